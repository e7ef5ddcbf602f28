//! Quiet, normal and loud stretches of a song, from its short-term loudness.
//!
//! This is the one place that says what "the loud parts" are; the spectrum rests on it.

use crate::model::{Loudness, Section, SectionLabel};
use crate::units;

/// Entries of the loudness series per second.
const CELLS_PER_S: f64 = 10.0;
/// Length of the short-term window (EBU Tech 3341): a window that ends at t speaks for the time round t − 1.5 s.
const SHORT_TERM_CELLS: usize = 30;
/// Length of the momentary window.
const MOMENTARY_CELLS: usize = 4;
/// Short-term loudness against integrated from which a part becomes loud. A song of one loudness is loud throughout.
const LOUD_ABOVE_LU: f64 = -1.0;
/// A loud part ends where short-term loudness falls below this against integrated.
const LOUD_UNTIL_LU: f64 = -3.0;
/// Below this against integrated a part becomes quiet.
const QUIET_BELOW_LU: f64 = -8.0;
/// A quiet part ends above this against integrated.
const QUIET_UNTIL_LU: f64 = -6.0;
/// Shortest section: two bars of 120 beats per minute. Shorter ones join their neighbour.
const SHORTEST_CELLS: usize = 40;

/// A label for every tenth of a second of the song.
pub(super) type Labels = Vec<SectionLabel>;

/// Labels every tenth of a second: hysteresis round integrated loudness, nothing shorter than 4 s.
///
/// All loud where the song is too short for a short-term loudness; empty where it is silent.
pub(super) fn labels(loudness: &Loudness) -> Labels {
    let Some(integrated_lufs) = loudness.integrated_lufs else { return Vec::new() };
    let cells = loudness.short_term_lufs.len().max(loudness.momentary_lufs.len());
    if loudness.short_term_lufs.iter().all(Option::is_none) {
        return vec![SectionLabel::Loud; cells];
    }
    let mut labels = Vec::with_capacity(cells);
    let mut current = SectionLabel::Normal;
    for cell in 0..cells {
        let relative_lu =
            centred_short_term(loudness, cell).map_or(f64::NEG_INFINITY, |s| s - integrated_lufs);
        current = match current {
            _ if relative_lu >= LOUD_ABOVE_LU => SectionLabel::Loud,
            _ if relative_lu < QUIET_BELOW_LU => SectionLabel::Quiet,
            SectionLabel::Loud if relative_lu >= LOUD_UNTIL_LU => SectionLabel::Loud,
            SectionLabel::Quiet if relative_lu < QUIET_UNTIL_LU => SectionLabel::Quiet,
            _ => SectionLabel::Normal,
        };
        labels.push(current);
    }
    join_short(&mut labels);
    labels
}

/// Whether a moment belongs to the loud parts.
pub(super) fn is_loud(labels: &Labels, at_s: f64) -> bool {
    let cell = (at_s.max(0.0) * CELLS_PER_S) as usize;
    labels.get(cell.min(labels.len().saturating_sub(1))) == Some(&SectionLabel::Loud)
}

/// Short-term loudness of the window that is centred on a cell, or of the nearest full window.
fn centred_short_term(loudness: &Loudness, cell: usize) -> Option<f64> {
    let series = &loudness.short_term_lufs;
    let first = (SHORT_TERM_CELLS - 1).min(series.len() - 1);
    let index = (cell + SHORT_TERM_CELLS / 2).clamp(first, series.len() - 1);
    series[index].map(f64::from)
}

/// Gives sections that are too short the label of the longer neighbour, the shortest first.
fn join_short(labels: &mut Labels) {
    loop {
        let runs = runs(labels);
        let Some((index, _)) = runs
            .iter()
            .enumerate()
            .filter(|(_, run)| run.1 - run.0 < SHORTEST_CELLS)
            .min_by_key(|(_, run)| run.1 - run.0)
        else {
            return;
        };
        let length = |index: Option<usize>| index.and_then(|i| runs.get(i)).map_or(0, |run| run.1 - run.0);
        let (before, after) = (index.checked_sub(1), Some(index + 1));
        let neighbour = if length(before) >= length(after) { before } else { after };
        let Some(run) = neighbour.and_then(|i| runs.get(i)) else { return };
        let label = labels[run.0];
        labels[runs[index].0..runs[index].1].fill(label);
    }
}

/// Stretches of one label: first cell, cell after the last.
fn runs(labels: &Labels) -> Vec<(usize, usize)> {
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for (cell, label) in labels.iter().enumerate() {
        match runs.last_mut() {
            Some(run) if labels[run.0] == *label => run.1 = cell + 1,
            _ => runs.push((cell, cell + 1)),
        }
    }
    runs
}

/// Splits a song into stretches of one loudness. Without integrated loudness it is one quiet stretch.
pub(super) fn sections(loudness: &Loudness, duration_s: f64) -> Vec<Section> {
    if duration_s <= 0.0 {
        return Vec::new();
    }
    let labels = labels(loudness);
    let runs = runs(&labels);
    if runs.is_empty() {
        let label = if loudness.integrated_lufs.is_some() { SectionLabel::Loud } else { SectionLabel::Quiet };
        let loudness_lufs = loudness.integrated_lufs;
        return vec![Section { start_s: 0.0, end_s: duration_s, loudness_lufs, label }];
    }
    let last = runs.len() - 1;
    runs.iter()
        .enumerate()
        .map(|(index, (from, to))| Section {
            start_s: *from as f64 / CELLS_PER_S,
            end_s: if index == last { duration_s } else { *to as f64 / CELLS_PER_S },
            loudness_lufs: mean_loudness(loudness, *from, *to),
            label: labels[*from],
        })
        .collect()
}

/// Loudness of the momentary windows that lie within a section: mean of their energies, ungated.
fn mean_loudness(loudness: &Loudness, from: usize, to: usize) -> Option<f64> {
    let series = &loudness.momentary_lufs;
    let first = (from + MOMENTARY_CELLS - 1).min(series.len());
    let windows = &series[first..to.clamp(first, series.len())];
    let energy: f64 = windows.iter().flatten().map(|lufs| units::lufs_to_energy(f64::from(*lufs))).sum();
    if energy <= 0.0 {
        return None;
    }
    units::finite(units::energy_to_lufs(energy / windows.len() as f64))
}
