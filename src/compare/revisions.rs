//! Two revisions of one song, aligned: what moved over the whole song, and what else moved section by section.

use super::align::Alignment;
use super::contour::{BANDS, Contour, Frame};
use super::edits::Levels;
use super::words::{TOPICS, size};
use crate::dsp::bands::{THIRD_OCTAVE_CENTERS_HZ, third_octave_edges_hz};
use crate::dsp::stats;
use crate::model::{Analysis, Change, Finding, Section, SectionChange, SectionLabel};
use crate::units::{Quantity, Unit, finite, power_to_db};

/// One revision: its measures and its contour.
#[derive(Clone, Copy)]
pub struct Revision<'a> {
    /// What was measured.
    pub analysis: &'a Analysis,
    /// What it looks like over time.
    pub contour: &'a Contour,
}

/// Bands this far below the loudest one of both revisions say nothing.
const HEARD_DB: f64 = 50.0;

/// Smallest change of a third octave that is told, for the whole song and for one section (engineering choice: 0.7 dB
/// in a third of an octave is at the edge of hearing; a section has fewer notes).
const BAND_DB: f64 = 0.7;
const SECTION_BAND_DB: f64 = 1.5;

/// Smallest changes of a section's level, width, and peaks against its level.
const SECTION_LEVEL_DB: f64 = 0.5;
const SECTION_WIDTH_DB: f64 = 1.0;
const SECTION_PEAK_DB: f64 = 1.0;

/// Shorter sections are not told apart.
const SHORTEST_SECTION_S: f64 = 2.0;

/// Gain of B over A, what moved over the whole song, and section by section what moved beyond that.
pub fn changes(
    a: Revision,
    b: Revision,
    alignment: &Alignment,
) -> (Option<f64>, Vec<Change>, Vec<SectionChange>) {
    let length_s = a.contour.frames.len() as f64 * a.contour.frame_s;
    let whole = Stretch::of(a, b, alignment, 0.0, length_s);
    let levels = Levels::of(a, b, alignment);
    let Some(gain_db) = levels.gain_db().or_else(|| whole.level_db()) else {
        return (None, Vec::new(), Vec::new());
    };
    let mut overall = measure_changes(a.analysis, b.analysis);
    overall.extend(band_changes(&whole, |_| gain_db, BAND_DB));
    let sections = pieces(&a.analysis.sections, &levels.edits(gain_db))
        .into_iter()
        .map(|(start_s, end_s, label)| SectionChange {
            start_s,
            end_s,
            label,
            changes: section_changes(&Stretch::of(a, b, alignment, start_s, end_s), &whole, gain_db),
        })
        .collect();
    (finite(gain_db), overall, sections)
}

/// The sections of A, cut where an edit begins or ends. An edge near a section's edge is that edge.
fn pieces(sections: &[Section], edits: &[(f64, f64)]) -> Vec<(f64, f64, SectionLabel)> {
    let mut pieces = Vec::new();
    for section in sections {
        let mut edges = vec![section.start_s, section.end_s];
        edges.extend(edits.iter().flat_map(|(start_s, end_s)| [*start_s, *end_s]).filter(|edge_s| {
            edge_s - section.start_s >= SHORTEST_SECTION_S && section.end_s - edge_s >= SHORTEST_SECTION_S
        }));
        edges.sort_by(f64::total_cmp);
        pieces.extend(edges.windows(2).map(|pair| (pair[0], pair[1], section.label)));
    }
    pieces.retain(|(start_s, end_s, _)| end_s - start_s >= SHORTEST_SECTION_S);
    pieces
}

/// What moved over the whole song by the single measures, in the order of the changelog.
pub fn measure_changes(a: &Analysis, b: &Analysis) -> Vec<Change> {
    TOPICS.iter().filter_map(|topic| topic.change(a, b)).collect()
}

/// Findings of `after` that `before` has not, or has only milder.
pub fn new_findings(before: &[Finding], after: &[Finding]) -> Vec<Finding> {
    after
        .iter()
        .filter(|new| !before.iter().any(|old| old.code == new.code && old.severity >= new.severity))
        .cloned()
        .collect()
}

/// The same stretch of music in both revisions, as powers.
pub(super) struct Stretch {
    bands: [[f64; BANDS]; 2],
    mid_side: [[f64; 2]; 2],
    true_peak_dbtp: [Option<f64>; 2],
}

impl Stretch {
    pub(super) fn of(a: Revision, b: Revision, alignment: &Alignment, start_s: f64, end_s: f64) -> Stretch {
        let mut stretch = Stretch {
            bands: [[0.0; BANDS]; 2],
            mid_side: [[0.0; 2]; 2],
            true_peak_dbtp: [
                true_peak_dbtp(a.analysis, start_s, end_s),
                true_peak_dbtp(b.analysis, alignment.in_b(start_s), alignment.in_b(end_s)),
            ],
        };
        let first = (start_s / a.contour.frame_s).ceil().max(0.0) as usize;
        let last = ((end_s / a.contour.frame_s) as usize).min(a.contour.frames.len());
        for index in first..last {
            // The frame of B that covers the same music lies between two of its frames.
            let place = alignment.in_b(index as f64 * a.contour.frame_s) / b.contour.frame_s;
            let place = if (place - place.round()).abs() < 1e-6 { place.round() } else { place };
            if place < -0.01 {
                continue;
            }
            let (below, part) = (place.max(0.0) as usize, place.max(0.0).fract());
            let Some(near) = b.contour.frames.get(below) else { break };
            let next = b.contour.frames.get(below + 1).unwrap_or(near);
            stretch.add(0, &a.contour.frames[index], 1.0);
            stretch.add(1, near, 1.0 - part);
            stretch.add(1, next, part);
        }
        stretch
    }

    fn add(&mut self, side: usize, frame: &Frame, weight: f64) {
        for (sum, power) in self.bands[side].iter_mut().zip(&frame.bands) {
            *sum += weight * f64::from(*power);
        }
        for (sum, power) in self.mid_side[side].iter_mut().zip(&frame.mid_side) {
            *sum += weight * f64::from(*power);
        }
    }

    /// Level of B over A per third octave; `None` where there is nothing in either.
    fn bands_db(&self) -> [Option<f64>; BANDS] {
        let loudest = self.bands.map(|bands| power_to_db(bands.into_iter().fold(0.0, f64::max)));
        std::array::from_fn(|index| {
            let [a_db, b_db] = self.bands.map(|bands| power_to_db(bands[index]));
            let heard = a_db > loudest[0] - HEARD_DB && b_db > loudest[1] - HEARD_DB;
            heard.then_some(b_db - a_db).and_then(finite)
        })
    }

    /// Power of A.
    pub(super) fn power_of_a(&self) -> f64 {
        self.bands[0].iter().sum()
    }

    /// Level of B over A: the median of the bands, so that an equaliser's stroke is no change of level.
    pub(super) fn level_db(&self) -> Option<f64> {
        stats::median(&mut self.bands_db().into_iter().flatten().collect::<Vec<f64>>())
    }

    /// How much wider B is, side against mid; `None` in mono.
    fn wider_db(&self) -> Option<f64> {
        let [a_db, b_db] = self.mid_side.map(|[mid, side]| finite(power_to_db(side / mid)));
        Some(b_db? - a_db?)
    }

    /// How much higher the highest peak of B is.
    fn peak_change_db(&self) -> Option<f64> {
        Some(self.true_peak_dbtp[1]? - self.true_peak_dbtp[0]?)
    }
}

/// Highest true peak of a stretch, from the series with ten entries a second.
fn true_peak_dbtp(analysis: &Analysis, start_s: f64, end_s: f64) -> Option<f64> {
    let series = &analysis.peaks.true_peak_dbtp_series;
    let first = ((start_s * 10.0).round().max(0.0) as usize).min(series.len());
    let end = ((end_s * 10.0).round().max(0.0) as usize).clamp(first, series.len());
    series[first..end].iter().flatten().map(|peak| f64::from(*peak)).max_by(f64::total_cmp)
}

/// Neighbouring third octaves that moved the same way, as one change each, named by the band that moved most.
fn band_changes(stretch: &Stretch, level_db: impl Fn(usize) -> f64, least_db: f64) -> Vec<Change> {
    let moved: Vec<Option<f64>> = stretch
        .bands_db()
        .iter()
        .enumerate()
        .map(|(index, change_db)| {
            change_db
                .map(|change_db| change_db - level_db(index))
                .filter(|change_db| change_db.abs() >= least_db)
        })
        .collect();
    let mut list = Vec::new();
    let mut from = 0;
    while from < moved.len() {
        let Some(first_db) = moved[from] else {
            from += 1;
            continue;
        };
        let same_way =
            |change_db: &Option<f64>| change_db.is_some_and(|change_db| change_db * first_db > 0.0);
        let to = from + moved[from..].iter().take_while(|change_db| same_way(change_db)).count();
        let most = (from..to).max_by(|i, j| {
            moved[*i].unwrap_or_default().abs().total_cmp(&moved[*j].unwrap_or_default().abs())
        });
        if let Some((most, change_db)) = most.and_then(|most| Some((most, moved[most]?))) {
            list.push(band_change(stretch, from, to - 1, most, change_db));
        }
        from = to;
    }
    list
}

fn band_change(stretch: &Stretch, from: usize, to: usize, most: usize, change_db: f64) -> Change {
    let hertz = |frequency_hz: f64| Quantity::new(frequency_hz, Unit::Hz).to_string();
    let word = if change_db > 0.0 { "more" } else { "less" };
    let center_hz = THIRD_OCTAVE_CENTERS_HZ[most];
    let place = if from == to {
        format!("at {}", hertz(center_hz))
    } else {
        format!(
            "from {} to {}, most at {}",
            hertz(third_octave_edges_hz(from).0.round()),
            hertz(third_octave_edges_hz(to).1.round()),
            hertz(center_hz)
        )
    };
    let relative = |side: usize| {
        let total: f64 = stretch.bands[side].iter().sum();
        finite(power_to_db(stretch.bands[side][most] / total))
    };
    Change {
        measure: format!("tone.bands[{center_hz}].level_db"),
        measured_a: relative(0),
        measured_b: relative(1),
        change: finite(change_db),
        message: format!("{} {word} {place}", size(change_db, Unit::Db)),
    }
}

/// What moved in one section beyond what moved over the whole song.
fn section_changes(section: &Stretch, whole: &Stretch, gain_db: f64) -> Vec<Change> {
    let Some(level_db) = section.level_db().map(|level_db| level_db - gain_db) else { return Vec::new() };
    let mut list = Vec::new();
    let mut tell = |measure: &str, change: f64, least: f64, more: &str, less: &str| {
        if change.abs() >= least {
            let words = if change > 0.0 { more } else { less };
            list.push(Change {
                measure: measure.to_string(),
                measured_a: None,
                measured_b: None,
                change: finite(change),
                message: format!("{} {words}", size(change, Unit::Db)),
            });
        }
    };
    tell(
        "sections[].loudness_lufs",
        level_db,
        SECTION_LEVEL_DB,
        "louder against the rest of the song",
        "quieter against the rest of the song",
    );
    if let Some((section_db, whole_db)) = section.wider_db().zip(whole.wider_db()) {
        tell("stereo.side_to_mid_db", section_db - whole_db, SECTION_WIDTH_DB, "wider", "narrower");
    }
    if let Some(peak_db) = section.peak_change_db() {
        let over_level_db = peak_db - gain_db - level_db;
        tell(
            "peaks.true_peak_dbtp",
            over_level_db,
            SECTION_PEAK_DB,
            "higher peaks against its level",
            "lower peaks against its level: more compressed or limited",
        );
    }
    let overall = whole.bands_db();
    list.extend(band_changes(section, |index| level_db + overall[index].unwrap_or(gain_db), SECTION_BAND_DB));
    list
}
