//! How far a song's spectrum is from a profile, made fit for broad strokes: level aligned, narrow peaks clipped,
//! smoothed, and with the profile's own spread as the zone in which nothing needs doing.

use super::{Context, Standing};
use crate::units::octaves;

/// Below this the profiles say nothing that a move may rest on, and rumble lives there.
const BOOST_FROM_HZ: f64 = 40.0;
/// Level relative to the sum below which a band has no energy to raise.
const EMPTY_BELOW_DB: f64 = -45.0;
/// The same where references show that more can be there.
const EMPTY_OF_REFERENCE_DB: f64 = -60.0;
/// How much the last band below the edge of the spectrum counts.
const AT_EDGE: f64 = 0.3;
/// Lossy codecs reshape what lies above.
const LOSSY_FROM_HZ: f64 = 14_000.0;
/// How far one band may stand out of its neighbourhood before the rest is ignored: that is a note or a resonance, not tone.
const NARROW_DB: f64 = 1.0;
/// The same against references, whose notes are smoothed.
const NARROW_OF_REFERENCE_DB: f64 = 2.0;
/// Range whose median is taken for the broad level.
const MID_HZ: (f64, f64) = (100.0, 10_000.0);
/// Half-width of the narrowest zone, so that a profile without spread does not ask for more than can be heard.
const NARROWEST_DB: f64 = 0.25;
/// How far the level may follow a fit: the broad level is not tone, but it was estimated already.
const LEVEL_SLACK_DB: f64 = 1.0;
/// How near references are approached before nothing more needs doing.
const REFERENCE_ZONE_DB: f64 = 0.75;
/// Smoothing over neighbouring third octaves.
const KERNEL: [f64; 5] = [1.0, 2.0, 3.0, 2.0, 1.0];
/// Smoothing that profiles of references have had already ([`crate::model::Tone::smoothed_bands`]).
const THIRDS: [f64; 3] = [1.0, 2.0, 1.0];

/// The tonal problem that an equaliser has to solve. All vectors have one entry per third octave.
pub(super) struct ToneGap {
    /// Centres, ascending.
    pub(super) centers_hz: Vec<f64>,
    /// Song minus profile median, level aligned, narrow peaks clipped, smoothed.
    pub(super) gap_db: Vec<f64>,
    /// The profile's spread around its median: nothing needs doing inside.
    pub(super) zone_db: Vec<(f64, f64)>,
    /// Where the gap is meant to end up.
    pub(super) aim_db: Vec<(f64, f64)>,
    /// How much an error in the band counts, 0 to 1.
    pub(super) weight: Vec<f64>,
    /// Bands that must not be raised.
    pub(super) no_boost: Vec<bool>,
    /// The profile is made of references that the user chose.
    pub(super) exact: bool,
    /// Sample rate of the song.
    pub(super) sample_rate_hz: f64,
}

impl ToneGap {
    /// The gap between song and profile; `None` where fewer than eight bands are on both sides.
    pub(super) fn of(cx: &Context, standing: &Standing) -> Option<ToneGap> {
        let tone = &cx.analysis.tone;
        let lossy = cx.analysis.source.bits.is_none() || cx.analysis.origin.lossy_suspect == Some(true);
        let edge_hz = tone.bandwidth_hz.unwrap_or(f64::INFINITY);
        // Profiles of references are smoothed over neighbours; so is the song, then.
        let smoothed_db = tone.smoothed_bands();
        let mut rows = Vec::new();
        for band in &tone.bands {
            // Nominal centres of both sides agree to a few per cent.
            let near = |center_hz: f64| octaves(center_hz, band.center_hz).abs() < 1.0 / 6.0;
            let target = cx.profile.tone.bands.iter().find(|target| near(target.center_hz));
            let smoothed = smoothed_db.iter().find(|smoothed| near(smoothed.0));
            let (Some(level_db), Some(target), Some(smoothed)) = (band.level_db, target, smoothed) else {
                continue;
            };
            let values = [band.center_hz, level_db, target.level_db, target.p10_db, target.p90_db];
            if values.iter().any(|value| !value.is_finite()) || band.center_hz <= 0.0 {
                continue;
            }
            let compared_db = if standing.reference { smoothed.1 } else { level_db };
            rows.push((band.center_hz, level_db, compared_db - target.level_db, target));
        }
        if rows.len() < 8 {
            return None;
        }
        let centers_hz: Vec<f64> = rows.iter().map(|row| row.0).collect();
        let raw_db: Vec<f64> = rows.iter().map(|row| row.2).collect();
        // The spread of a few references is assumed, not measured; and pointing at them means "like this".
        let spread = |distance_db: f64| {
            if standing.reference { REFERENCE_ZONE_DB } else { distance_db.max(NARROWEST_DB) }
        };
        let low_db: Vec<f64> = rows.iter().map(|(.., t)| -spread(t.level_db - t.p10_db)).collect();
        let high_db: Vec<f64> = rows.iter().map(|(.., t)| spread(t.p90_db - t.level_db)).collect();

        let empty_db = if standing.reference { EMPTY_OF_REFERENCE_DB } else { EMPTY_BELOW_DB };
        let filled: Vec<bool> = rows.iter().map(|row| row.1 > empty_db && row.0 < edge_hz).collect();
        let weight: Vec<f64> = (0..rows.len())
            .map(|i| {
                let told = filled[i] && !(lossy && centers_hz[i] > LOSSY_FROM_HZ);
                // The slope of an edge shows in the last band below it.
                let at_edge = filled.get(i + 1) == Some(&false);
                match (told, at_edge) {
                    (false, _) => 0.0,
                    (true, true) => AT_EDGE * audibility(centers_hz[i]),
                    (true, false) => audibility(centers_hz[i]),
                }
            })
            .collect();
        let no_boost = (0..rows.len())
            .map(|i| {
                // References were measured as the song was, and say how much is missing. A genre's sub-bass rests on
                // conversions with 6 dB of error, and its treble may be there because its songs have some.
                if standing.reference {
                    !filled[i] && raw_db[i] > 0.0
                } else {
                    !filled[i] || centers_hz[i] < BOOST_FROM_HZ
                }
            })
            .collect();

        // What cannot be told does not show in its neighbours either.
        let narrow_db = if standing.reference { NARROW_OF_REFERENCE_DB } else { NARROW_DB };
        let gap_db = smooth(&without_narrow_peaks(&raw_db, narrow_db), &weight);
        let level_db = broad_level(&centers_hz, &gap_db, &weight);
        let gap_db: Vec<f64> = gap_db.iter().map(|gap_db| gap_db - level_db).collect();
        let zone_db: Vec<(f64, f64)> =
            smooth(&low_db, &weight).into_iter().zip(smooth(&high_db, &weight)).collect();
        let aim_db = zone_db.iter().map(|zone_db| aim(*zone_db)).collect();
        let sample_rate_hz = f64::from(cx.analysis.source.sample_rate_hz);
        let exact = standing.reference;
        Some(ToneGap { centers_hz, gap_db, zone_db, aim_db, weight, no_boost, exact, sample_rate_hz })
    }

    /// Root mean square of what lies outside the profile's spread, after a change per third octave.
    pub(super) fn outside_db(&self, change_db: &[f64]) -> f64 {
        self.distance_db(change_db, &self.zone_db)
    }

    /// How far the octave that stands out most lies outside the profile's spread, where ears count.
    pub(super) fn worst_stroke_db(&self) -> f64 {
        let bands: Vec<(f64, f64)> = (0..self.gap_db.len())
            .map(|i| (outside(self.gap_db[i], self.zone_db[i]), self.weight[i]))
            .collect();
        let octave = |bands: &[(f64, f64)]| {
            let counts = bands.iter().all(|band| band.1 >= 0.5);
            if counts {
                (bands.iter().map(|band| band.0).sum::<f64>() / bands.len() as f64).abs()
            } else {
                0.0
            }
        };
        bands.windows(3).map(octave).fold(0.0, f64::max)
    }

    /// Root mean square distance from where the gap is meant to end up, after a change per third octave.
    pub(super) fn error_db(&self, change_db: &[f64]) -> f64 {
        self.distance_db(change_db, &self.aim_db)
    }

    /// Weighted root mean square distance from spans, at the level (within [`LEVEL_SLACK_DB`]) that suits best.
    fn distance_db(&self, change_db: &[f64], spans_db: &[(f64, f64)]) -> f64 {
        let weights: f64 = self.weight.iter().sum();
        if weights <= 0.0 {
            return 0.0;
        }
        // The gap was smoothed, so what is done about it is looked at as smoothly.
        let change_db = if self.exact { &weighted_mean(change_db, &THIRDS, None) } else { change_db };
        let change_db = smooth(change_db, &self.weight);
        let after_db: Vec<f64> = change_db.iter().zip(&self.gap_db).map(|(c, g)| c + g).collect();
        let mut level_db = 0.0;
        // Newton's method on a sum of parabolas: exact after the step that no longer changes who is outside.
        for _ in 0..4 {
            let (mut slope, mut curvature) = (0.0, 0.0);
            for i in 0..after_db.len() {
                let error_db = outside(after_db[i] - level_db, spans_db[i]);
                slope += self.weight[i] * error_db;
                curvature += if error_db != 0.0 { self.weight[i] } else { 0.0 };
            }
            if curvature <= 0.0 {
                break;
            }
            level_db = (level_db + slope / curvature).clamp(-LEVEL_SLACK_DB, LEVEL_SLACK_DB);
        }
        let squares = (0..after_db.len()).map(|i| {
            let error_db = outside(after_db[i] - level_db, spans_db[i]);
            self.weight[i] * error_db * error_db
        });
        (squares.sum::<f64>() / weights).sqrt()
    }

    /// The band nearest to a frequency.
    pub(super) fn nearest(&self, frequency_hz: f64) -> usize {
        let distance = |i: usize| octaves(self.centers_hz[i], frequency_hz).abs();
        (0..self.centers_hz.len()).min_by(|a, b| distance(*a).total_cmp(&distance(*b))).unwrap_or(0)
    }
}

/// Signed distance from a span; 0 inside.
pub(super) fn outside(value: f64, (low, high): (f64, f64)) -> f64 {
    if value > high {
        value - high
    } else if value < low {
        value - low
    } else {
        0.0
    }
}

/// What lies under a broad stroke: the mean over neighbouring bands, leaving out those that do not count.
fn smooth(values: &[f64], counts: &[f64]) -> Vec<f64> {
    weighted_mean(values, &KERNEL, Some(counts))
}

/// Mean over neighbouring bands, weighted by a kernel that is cut at the ends; 0 where none counts.
fn weighted_mean(values: &[f64], kernel: &[f64], counts: Option<&[f64]>) -> Vec<f64> {
    let reach = kernel.len() / 2;
    let counted = |j: usize| j < values.len() && counts.is_none_or(|counts| counts[j] > 0.0);
    (0..values.len())
        .map(|i| {
            let (mut sum, mut weights) = (0.0, 0.0);
            for (k, weight) in kernel.iter().enumerate() {
                let Some(j) = (i + k).checked_sub(reach).filter(|j| counted(*j)) else { continue };
                sum += weight * values[j];
                weights += weight;
            }
            if weights > 0.0 { sum / weights } else { 0.0 }
        })
        .collect()
}

/// Each band held within `narrow_db` of the median of the seven bands around it.
fn without_narrow_peaks(values: &[f64], narrow_db: f64) -> Vec<f64> {
    (0..values.len())
        .map(|i| {
            let from = i.saturating_sub(3).min(values.len().saturating_sub(7));
            let middle = median(&values[from..(from + 7).min(values.len())]);
            values[i].clamp(middle - narrow_db, middle + narrow_db)
        })
        .collect()
}

/// The level of the whole: not tone, so it is taken out. A median, which a broad fault does not drag along.
fn broad_level(centers_hz: &[f64], gap_db: &[f64], weight: &[f64]) -> f64 {
    let within = |range: (f64, f64)| -> Vec<f64> {
        (0..gap_db.len())
            .filter(|i| weight[*i] > 0.0 && (range.0..=range.1).contains(&centers_hz[*i]))
            .map(|i| gap_db[i])
            .collect()
    };
    let middle = within(MID_HZ);
    if middle.is_empty() { median(&within((0.0, f64::INFINITY))) } else { median(&middle) }
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    match sorted.len() {
        0 => 0.0,
        n if n % 2 == 1 => sorted[n / 2],
        n => (sorted[n / 2 - 1] + sorted[n / 2]) / 2.0,
    }
}

/// Where a gap is meant to end up: at the edge of the zone. What the songs of a kind span is its freedom, not a fault, so
/// nothing is done inside; a zone within 1 dB is that of a reference, where the median itself is meant.
fn aim((low_db, high_db): (f64, f64)) -> (f64, f64) {
    let edge = |edge_db: f64| edge_db * (edge_db - 1.0).clamp(0.0, 1.0);
    (-edge(-low_db), edge(high_db))
}

/// How much an error counts: full from 60 Hz to 12.5 kHz, less where few systems and ears reach.
fn audibility(center_hz: f64) -> f64 {
    match center_hz {
        f if f < 28.0 => 0.1,
        f if f < 36.0 => 0.25,
        f if f < 57.0 => 0.6,
        f if f > 18_000.0 => 0.1,
        f if f > 14_000.0 => 0.35,
        _ => 1.0,
    }
}
