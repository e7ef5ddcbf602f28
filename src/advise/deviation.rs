//! How far a song's spectrum is from a profile, made fit for broad strokes: level aligned, narrow peaks clipped,
//! smoothed, and with the profile's own spread as the zone in which nothing needs doing.

use super::{Context, Standing};
use crate::units::octaves;

/// Below this the profiles say nothing that a move may rest on, and rumble lives there.
const BOOST_FROM_HZ: f64 = 40.0;
/// Level relative to the sum below which a band has no energy to raise.
const EMPTY_BELOW_DB: f64 = -45.0;
/// Lossy codecs reshape what lies above.
const LOSSY_FROM_HZ: f64 = 14_000.0;
/// How far one band may stand out of its neighbourhood before the rest is ignored: that is a note or a resonance, not tone.
const NARROW_DB: f64 = 1.0;
/// Range whose median is taken for the broad level.
const MID_HZ: (f64, f64) = (100.0, 10_000.0);
/// Half-width of the narrowest zone, so that a profile without spread does not ask for more than can be heard.
const NARROWEST_DB: f64 = 0.25;
/// How far the level may follow a fit: the broad level is not tone, but it was estimated already.
const LEVEL_SLACK_DB: f64 = 1.0;
/// Smoothing over neighbouring third octaves.
const KERNEL: [f64; 5] = [1.0, 2.0, 3.0, 2.0, 1.0];

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
}

impl ToneGap {
    /// The gap between song and profile; `None` where fewer than eight bands are on both sides.
    pub(super) fn of(cx: &Context, standing: &Standing) -> Option<ToneGap> {
        let tone = &cx.analysis.tone;
        let lossy = cx.analysis.source.bits.is_none() || cx.analysis.origin.lossy_suspect == Some(true);
        let edge_hz = tone.bandwidth_hz.unwrap_or(f64::INFINITY);
        let mut rows = Vec::new();
        for band in &tone.bands {
            // Nominal centres of both sides agree to a few per cent.
            let target = cx
                .profile
                .tone
                .bands
                .iter()
                .find(|target| octaves(target.center_hz, band.center_hz).abs() < 1.0 / 6.0);
            let (Some(level_db), Some(target)) = (band.level_db, target) else { continue };
            let values = [band.center_hz, level_db, target.level_db, target.p10_db, target.p90_db];
            if values.iter().any(|value| !value.is_finite()) || band.center_hz <= 0.0 {
                continue;
            }
            rows.push((band.center_hz, level_db, target));
        }
        if rows.len() < 8 {
            return None;
        }
        let centers_hz: Vec<f64> = rows.iter().map(|row| row.0).collect();
        let raw_db: Vec<f64> = rows.iter().map(|(_, level_db, target)| level_db - target.level_db).collect();
        let low_db: Vec<f64> =
            rows.iter().map(|(.., t)| (t.p10_db - t.level_db).min(-NARROWEST_DB)).collect();
        let high_db: Vec<f64> =
            rows.iter().map(|(.., t)| (t.p90_db - t.level_db).max(NARROWEST_DB)).collect();

        let filled: Vec<bool> = rows
            .iter()
            .map(|(center_hz, level_db, _)| *level_db > EMPTY_BELOW_DB && *center_hz < edge_hz)
            .collect();
        let weight: Vec<f64> = centers_hz
            .iter()
            .zip(&filled)
            .map(|(center_hz, filled)| {
                let told = *filled && !(lossy && *center_hz > LOSSY_FROM_HZ);
                if told { audibility(*center_hz) } else { 0.0 }
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
        let gap_db = smooth(&without_narrow_peaks(&raw_db), &weight);
        let level_db = broad_level(&centers_hz, &gap_db, &weight);
        let gap_db: Vec<f64> = gap_db.iter().map(|gap_db| gap_db - level_db).collect();
        let zone_db: Vec<(f64, f64)> =
            smooth(&low_db, &weight).into_iter().zip(smooth(&high_db, &weight)).collect();
        let aim_db = gap_db.iter().zip(&zone_db).map(|(gap_db, zone_db)| aim(*gap_db, *zone_db)).collect();
        Some(ToneGap { centers_hz, gap_db, zone_db, aim_db, weight, no_boost, exact: standing.reference })
    }

    /// Root mean square of what lies outside the profile's spread, after a change per third octave.
    pub(super) fn outside_db(&self, change_db: &[f64]) -> f64 {
        self.distance_db(change_db, &self.zone_db)
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
        let after_db: Vec<f64> =
            smooth(change_db, &self.weight).iter().zip(&self.gap_db).map(|(c, g)| c + g).collect();
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

/// Mean over neighbouring bands, weighted 1-2-3-2-1, leaving out those that do not count; 0 where none does.
fn smooth(values: &[f64], counts: &[f64]) -> Vec<f64> {
    let reach = KERNEL.len() / 2;
    (0..values.len())
        .map(|i| {
            let mut sum = 0.0;
            let mut weights = 0.0;
            for (k, weight) in KERNEL.iter().enumerate() {
                let Some(j) = (i + k).checked_sub(reach).filter(|j| counts.get(*j).is_some_and(|w| *w > 0.0))
                else {
                    continue;
                };
                sum += weight * values[j];
                weights += weight;
            }
            if weights > 0.0 { sum / weights } else { 0.0 }
        })
        .collect()
}

/// Each band held within [`NARROW_DB`] of the median of the five bands around it.
fn without_narrow_peaks(values: &[f64]) -> Vec<f64> {
    (0..values.len())
        .map(|i| {
            let from = i.saturating_sub(2).min(values.len().saturating_sub(5));
            let around = &values[from..(from + 5).min(values.len())];
            let middle = median(around);
            values[i].clamp(middle - NARROW_DB, middle + NARROW_DB)
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

/// Where a gap is meant to end up. A gap inside a wide zone is free; one outside is brought in by as much again, at most
/// half-way to the median. A zone within 1 dB is that of a reference: there the median itself is meant.
fn aim(gap_db: f64, (low_db, high_db): (f64, f64)) -> (f64, f64) {
    let edge = |edge_db: f64, excess_db: f64| {
        let free_db = edge_db * (edge_db - 1.0).clamp(0.0, 1.0);
        free_db.min(edge_db - excess_db.clamp(0.0, edge_db / 2.0))
    };
    (-edge(-low_db, low_db - gap_db), edge(high_db, gap_db - high_db))
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
