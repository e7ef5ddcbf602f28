//! Which places of a song are worth hearing: the loudest, the quietest, the most changed, and where a finding is.

use super::Listen;
use super::listening::ListenJob;
use crate::model::{Analysis, Finding, Severity};
use crate::units::{clock, lufs_to_energy};

/// Length of a loop: a bar or two, long enough for a loudness, short enough to be compared.
const LOOP_S: f64 = 6.0;

/// From one candidate to the next.
const STEP: usize = 5;

/// Loops of findings, with and without a master to embed besides.
const FINDINGS_WITH_MASTER: usize = 1;
const FINDINGS_ALONE: usize = 3;

/// A place counts as quiet music, not as silence, down to this distance from the song's loudness.
const QUIETEST_LU: f64 = 25.0;

/// How far a finding may be spread to be heard at one place.
const SPREAD_S: f64 = 20.0;

/// A loop to be cut.
#[derive(Clone)]
pub(super) struct Place {
    pub(super) title: String,
    pub(super) start_s: f64,
    pub(super) end_s: f64,
}

/// The places of a song, in the order in which they are offered.
pub(super) fn choose(job: &ListenJob) -> Vec<Place> {
    let subject = job.after.map_or(job.before, |(after, _)| after);
    let duration_s = subject.source.duration_s.min(job.before.source.duration_s);
    let named = |title: &str, start_s: f64, end_s: f64| Place { title: title.to_string(), start_s, end_s };
    if duration_s <= 0.4 || job.listen == Listen::Nothing {
        return Vec::new();
    }
    if job.listen == Listen::Songs {
        return vec![named("The whole song", 0.0, duration_s)];
    }
    let length_s = LOOP_S.min(duration_s);
    let windows = windows(&subject.loudness.momentary_lufs, length_s);
    let mut places: Vec<Place> = Vec::new();
    let inside = |start_s: f64| start_s.clamp(0.0, duration_s - length_s);
    let mut add = |title: &str, start_s: f64| {
        let start_s = inside(start_s);
        if places.iter().all(|place: &Place| (place.start_s - start_s).abs() > 0.5 * length_s) {
            places.push(named(title, start_s, start_s + length_s));
        }
    };
    let loudest = windows.iter().max_by(|a, b| a.1.total_cmp(&b.1));
    add("Loudest", loudest.map_or(0.0, |window| window.0));
    let floor = subject.loudness.integrated_lufs.map_or(0.0, |lufs| lufs_to_energy(lufs - QUIETEST_LU));
    let heard = windows.iter().filter(|window| window.1 > floor);
    if let Some(window) = heard.min_by(|a, b| a.1.total_cmp(&b.1)) {
        add("Quietest", window.0);
    }
    if let Some(start_s) = job.after.and_then(|(after, _)| most_changed(job.before, after, length_s)) {
        add("Most changed", start_s);
    }
    let most = if job.after.is_some() { FINDINGS_WITH_MASTER } else { FINDINGS_ALONE };
    let mut left = most;
    for (title, at_s) in found(job.findings) {
        // A finding that an earlier loop holds, with a little before and after it, needs none of its own.
        let heard = |place: &Place| at_s >= place.start_s + 0.2 && at_s <= place.end_s - 0.5;
        if left > 0 && !places.iter().any(heard) {
            let start_s = inside(at_s - 0.3 * length_s);
            places.push(named(&title, start_s, start_s + length_s));
            left -= 1;
        }
    }
    places
}

/// The loudest stretch of a song.
pub(super) fn loudest(momentary_lufs: &[Option<f32>], length_s: f64) -> (f64, f64) {
    let windows = windows(momentary_lufs, length_s);
    let start_s = windows.iter().max_by(|a, b| a.1.total_cmp(&b.1)).map_or(0.0, |window| window.0);
    (start_s, start_s + length_s)
}

/// Start and mean energy of every candidate.
fn windows(momentary_lufs: &[Option<f32>], length_s: f64) -> Vec<(f64, f64)> {
    let energies: Vec<f64> =
        momentary_lufs.iter().map(|lufs| lufs.map_or(0.0, |lufs| lufs_to_energy(f64::from(lufs)))).collect();
    let length = (10.0 * length_s) as usize;
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len().max(1) as f64;
    let at = |(index, values): (usize, &[f64])| (index as f64 / 10.0, mean(values));
    match energies.len() > length {
        true => energies.windows(length.max(1)).enumerate().step_by(STEP).map(at).collect(),
        false => vec![(0.0, mean(&energies))],
    }
}

/// Where the master differs most from the mix once the gain is taken out of the whole song.
fn most_changed(before: &Analysis, after: &Analysis, length_s: f64) -> Option<f64> {
    /// Less is not worth a loop.
    const CHANGED_LU: f64 = 0.3;
    let gain_lu = after.loudness.integrated_lufs? - before.loudness.integrated_lufs?;
    let pairs = before.loudness.momentary_lufs.iter().zip(&after.loudness.momentary_lufs);
    let change = |(before, after): (&Option<f32>, &Option<f32>)| {
        before.zip(*after).map_or(0.0, |(before, after)| (f64::from(after - before) - gain_lu).abs())
    };
    let changes: Vec<f64> = pairs.map(change).collect();
    let length = ((10.0 * length_s) as usize).max(1);
    let mean =
        |(index, values): (usize, &[f64])| (index as f64 / 10.0, values.iter().sum::<f64>() / length as f64);
    let best =
        changes.windows(length).enumerate().step_by(STEP).map(mean).max_by(|a, b| a.1.total_cmp(&b.1))?;
    (best.1 > CHANGED_LU).then_some(best.0)
}

/// Places of findings that can be heard at one place, worst first.
fn found(findings: &[Finding]) -> Vec<(String, f64)> {
    let mut heard: Vec<&Finding> = findings.iter().filter(|f| f.severity > Severity::Info).collect();
    heard.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    let place = |finding: &&Finding| {
        let range = finding.at.iter().find(|range| range.end_s - range.start_s < SPREAD_S)?;
        let name = finding.name.replace(['-', '_'], " ");
        let mut letters = name.chars();
        let name: String = letters.next().map(|c| c.to_uppercase().collect::<String>() + letters.as_str())?;
        Some((format!("{name}, {}", clock(range.start_s, false)), range.start_s))
    };
    heard.iter().filter_map(place).collect()
}
