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

        let clipped_db = without_narrow_peaks(&raw_db);
        let gap_db = smooth(&clipped_db);
        let level_db = broad_level(&centers_hz, &gap_db);
        let gap_db: Vec<f64> = gap_db.iter().map(|gap_db| gap_db - level_db).collect();
        let zone_db: Vec<(f64, f64)> = smooth(&low_db).into_iter().zip(smooth(&high_db)).collect();
        let aim_db = gap_db.iter().zip(&zone_db).map(|(gap_db, zone_db)| aim(*gap_db, *zone_db)).collect();

        // A band's upper edge lies a sixth of an octave above its centre.
        let filled = |center_hz: f64, level_db: f64| level_db > EMPTY_BELOW_DB && center_hz * 1.12 < edge_hz;
        let weight = rows
            .iter()
            .map(|(center_hz, level_db, _)| {
                let told = filled(*center_hz, *level_db) && !(lossy && *center_hz > LOSSY_FROM_HZ);
                if told { audibility(*center_hz) } else { 0.0 }
            })
            .collect();
        let no_boost = rows
            .iter()
            .map(|(center_hz, level_db, _)| {
                // References were measured as the song was; a genre's sub-bass rests on conversions with 6 dB of error.
                let too_low = *center_hz < BOOST_FROM_HZ && !standing.reference;
                too_low || !filled(*center_hz, *level_db)
            })
            .collect();
        Some(ToneGap { centers_hz, gap_db, zone_db, aim_db, weight, no_boost })
    }

    /// Root mean square of what lies outside the profile's spread, after a change per band.
    pub(super) fn outside_db(&self, change_db: impl Fn(f64) -> f64) -> f64 {
        let mut sum = 0.0;
        let mut weights = 0.0;
        for i in 0..self.centers_hz.len() {
            let excess = outside(self.gap_db[i] + change_db(self.centers_hz[i]), self.zone_db[i]);
            sum += self.weight[i] * excess * excess;
            weights += self.weight[i];
        }
        if weights > 0.0 { (sum / weights).sqrt() } else { 0.0 }
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

/// Mean over neighbouring bands, weighted 1-2-3-2-1 and cut at the ends.
pub(super) fn smooth(values: &[f64]) -> Vec<f64> {
    let reach = KERNEL.len() / 2;
    (0..values.len())
        .map(|i| {
            let mut sum = 0.0;
            let mut weights = 0.0;
            for (k, weight) in KERNEL.iter().enumerate() {
                if let Some(value) = (i + k).checked_sub(reach).and_then(|j| values.get(j)) {
                    sum += weight * value;
                    weights += weight;
                }
            }
            sum / weights
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
fn broad_level(centers_hz: &[f64], gap_db: &[f64]) -> f64 {
    let middle: Vec<f64> = centers_hz
        .iter()
        .zip(gap_db)
        .filter(|(center_hz, _)| (MID_HZ.0..=MID_HZ.1).contains(*center_hz))
        .map(|(_, gap_db)| *gap_db)
        .collect();
    median(if middle.is_empty() { gap_db } else { &middle })
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

/// Where a gap is meant to end up: anywhere in the zone for a song that is in it. One that is outside is brought in
/// by as much again, at most half-way to the median (all the way where the zone is that of references, within 1 dB).
fn aim(gap_db: f64, (low_db, high_db): (f64, f64)) -> (f64, f64) {
    let depth = |edge_db: f64, excess_db: f64| excess_db.min((edge_db / 2.0).max(edge_db.min(1.0)));
    let excess_db = outside(gap_db, (low_db, high_db));
    if excess_db > 0.0 {
        (low_db, high_db - depth(high_db, excess_db))
    } else if excess_db < 0.0 {
        (low_db + depth(-low_db, -excess_db), high_db)
    } else {
        (low_db, high_db)
    }
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
