//! Finds the few broad equaliser bands that bring a spectrum to where it is meant to be: least squares on the
//! filters' own responses, one band at a time, only as many as are worth it.

use super::deviation::ToneGap;
use super::response::{band_db, total_db};
use crate::model::{EqBand, EqShape};
use crate::units::shift_octaves;
use std::f64::consts::FRAC_1_SQRT_2;

/// Most bands that a proposal has.
pub(super) const MOST_BANDS: usize = 5;
/// Most gain of a band.
pub(super) const MOST_GAIN_DB: f64 = 4.0;
/// Most gain of all bands together at any frequency.
pub(super) const MOST_TOTAL_DB: f64 = 6.0;
/// Least gain that is worth a band.
const LEAST_GAIN_DB: f64 = 0.5;
/// Most boost that may spill into bands without energy.
pub(super) const MOST_SPILL_DB: f64 = 1.0;
/// A further band has to lower the error by this share of what is left …
const WORTH_SHARE: f64 = 0.15;
/// … and by this much.
const WORTH_DB: f64 = 0.1;
/// Root mean square outside the profile's spread from which anything is done at all.
const LEAST_OUTSIDE_DB: f64 = 0.15;
/// Weight of the bands' own size: of two proposals that do the same, the smaller one.
const RESTRAINT: f64 = 0.005;
/// The same where nothing is known or nothing is there.
const RESTRAINT_UNTOLD: f64 = 0.02;

/// Narrowest and widest bell.
const BELL_Q: (f64, f64) = (0.5, 1.4);
/// Where bells may stand.
const BELL_HZ: (f64, f64) = (45.0, 12_500.0);
/// Where low shelves may stand.
const LOW_SHELF_HZ: (f64, f64) = (60.0, 400.0);
/// Where high shelves may stand.
const HIGH_SHELF_HZ: (f64, f64) = (1_500.0, 10_000.0);

/// The bands for a gap, in ascending frequency, scaled by `scale` (0 to 1); empty where nothing is worth a move.
pub(super) fn fit(gap: &ToneGap, scale: f64) -> Vec<EqBand> {
    let mut bands: Vec<EqBand> = Vec::new();
    if gap.outside_db(&change(gap, &bands)) < LEAST_OUTSIDE_DB {
        return bands;
    }
    let mut error_db = gap.error_db(&change(gap, &bands));
    while bands.len() < MOST_BANDS {
        let Some(candidate) = best_candidate(gap, &bands) else { break };
        let mut next = bands.clone();
        next.push(candidate);
        refine(gap, &mut next, &[0, 1, 2]);
        let next_db = gap.error_db(&change(gap, &next));
        let worth_db = WORTH_DB.max(WORTH_SHARE * error_db);
        if error_db - next_db < worth_db {
            break;
        }
        bands = next;
        error_db = next_db;
    }
    bands.iter_mut().for_each(round_place);
    refine(gap, &mut bands, &[0]);
    while let Some(weakest) = weakest_below(&bands, LEAST_GAIN_DB) {
        bands.remove(weakest);
        refine(gap, &mut bands, &[0]);
    }
    hold_bounds(gap, &mut bands);
    for band in &mut bands {
        band.gain_db = (band.gain_db * scale * 10.0).round() / 10.0;
    }
    bands.retain(|band| band.gain_db.abs() >= 0.1);
    bands.sort_by(|a, b| a.center_hz.total_cmp(&b.center_hz));
    bands
}

/// What the bands do at every third octave.
pub(super) fn change(gap: &ToneGap, bands: &[EqBand]) -> Vec<f64> {
    gap.centers_hz.iter().map(|center_hz| total_db(bands, *center_hz)).collect()
}

/// What is minimised: the distance, boosts where there is nothing to boost, and the size of the move itself.
fn cost(gap: &ToneGap, change_db: &[f64]) -> f64 {
    let error_db = gap.error_db(change_db);
    let mut cost = error_db * error_db * gap.weight.iter().sum::<f64>();
    for (i, change_db) in change_db.iter().enumerate() {
        let restraint = if gap.weight[i] > 0.0 { RESTRAINT } else { RESTRAINT_UNTOLD };
        cost += restraint * change_db * change_db;
        if gap.no_boost[i] {
            let spill_db = (change_db - 0.5 * MOST_SPILL_DB).max(0.0);
            cost += 4.0 * spill_db * spill_db;
        }
    }
    cost
}

/// The single band that helps most beside those that are there.
fn best_candidate(gap: &ToneGap, bands: &[EqBand]) -> Option<EqBand> {
    let so_far = change(gap, bands);
    let mut best: Option<(f64, EqBand)> = None;
    let bound = cost(gap, &so_far);
    let shapes = [
        (EqShape::LowShelf, LOW_SHELF_HZ, &[FRAC_1_SQRT_2][..]),
        (EqShape::Peak, BELL_HZ, &[0.7, 1.0, 1.4][..]),
        (EqShape::HighShelf, HIGH_SHELF_HZ, &[FRAC_1_SQRT_2][..]),
    ];
    for (shape, (from_hz, to_hz), qs) in shapes {
        let mut center_hz = from_hz;
        while center_hz <= to_hz {
            for q in qs {
                for gain_db in [-4.0, -2.5, -1.5, -0.75, 0.75, 1.5, 2.5, 4.0] {
                    let band = EqBand { shape, center_hz, gain_db, q: *q };
                    if !may_stand(gap, &band) {
                        continue;
                    }
                    let tried: Vec<f64> = so_far
                        .iter()
                        .zip(&gap.centers_hz)
                        .map(|(so_far, at_hz)| so_far + band_db(&band, *at_hz))
                        .collect();
                    let cost = cost(gap, &tried);
                    if cost < best.as_ref().map_or(bound, |best| best.0) {
                        best = Some((cost, band));
                    }
                }
            }
            center_hz = shift_octaves(center_hz, 1.0 / 3.0);
        }
    }
    best.map(|best| best.1)
}

/// A boost stands where there is something to boost.
fn may_stand(gap: &ToneGap, band: &EqBand) -> bool {
    let nearest = gap.nearest(band.center_hz);
    gap.weight.get(nearest).is_some_and(|weight| *weight > 0.0)
        && (band.gain_db <= 0.0 || !gap.no_boost.get(nearest).copied().unwrap_or(true))
}

/// Moves the given parameters (0 gain, 1 frequency, 2 Q) of all bands together downhill, in ever smaller steps.
fn refine(gap: &ToneGap, bands: &mut [EqBand], parameters: &[usize]) {
    let mut columns: Vec<Vec<f64>> =
        bands.iter().map(|band| change(gap, std::slice::from_ref(band))).collect();
    let sum = |columns: &[Vec<f64>]| -> Vec<f64> {
        (0..gap.centers_hz.len()).map(|i| columns.iter().map(|column| column[i]).sum()).collect()
    };
    let mut best = cost(gap, &sum(&columns));
    let mut step = 1.0;
    while step > 0.01 {
        let mut moved = false;
        for i in 0..bands.len() {
            for parameter in parameters {
                for direction in [step, -step] {
                    let Some(tried) = shifted(&bands[i], *parameter, direction) else { continue };
                    if !may_stand(gap, &tried) {
                        continue;
                    }
                    let column = change(gap, std::slice::from_ref(&tried));
                    let kept = std::mem::replace(&mut columns[i], column);
                    let found = cost(gap, &sum(&columns));
                    if found < best * (1.0 - 1e-6) {
                        best = found;
                        bands[i] = tried;
                        moved = true;
                    } else {
                        columns[i] = kept;
                    }
                }
            }
        }
        if !moved {
            step /= 2.0;
        }
    }
}

/// The band with one parameter changed; `None` where that leaves its range.
fn shifted(band: &EqBand, parameter: usize, step: f64) -> Option<EqBand> {
    let mut band = band.clone();
    let inside = |value: f64, (low, high): (f64, f64)| (low..=high).contains(&value);
    let fits = match parameter {
        0 => {
            band.gain_db += step;
            inside(band.gain_db, (-MOST_GAIN_DB, MOST_GAIN_DB))
        }
        1 => {
            band.center_hz = shift_octaves(band.center_hz, step / 2.0);
            match band.shape {
                EqShape::Peak => inside(band.center_hz, BELL_HZ),
                EqShape::LowShelf => inside(band.center_hz, LOW_SHELF_HZ),
                EqShape::HighShelf => inside(band.center_hz, HIGH_SHELF_HZ),
            }
        }
        _ => {
            band.q = shift_octaves(band.q, step / 2.0);
            band.shape == EqShape::Peak && inside(band.q, BELL_Q)
        }
    };
    fits.then_some(band)
}

/// Frequencies and Q as a person would set them.
fn round_place(band: &mut EqBand) {
    // Two significant digits: 47, 250, 1100, 8300.
    let mut unit_hz = 1.0;
    while band.center_hz / unit_hz >= 100.0 {
        unit_hz *= 10.0;
    }
    band.center_hz = (band.center_hz / unit_hz).round() * unit_hz;
    if band.shape == EqShape::Peak {
        band.q = ((band.q * 20.0).round() / 20.0).clamp(BELL_Q.0, BELL_Q.1);
    } else {
        band.q = 0.7071;
    }
}

/// The band with the least gain, where that is below what is worth a band.
fn weakest_below(bands: &[EqBand], least_db: f64) -> Option<usize> {
    (0..bands.len())
        .min_by(|a, b| bands[*a].gain_db.abs().total_cmp(&bands[*b].gain_db.abs()))
        .filter(|i| bands[*i].gain_db.abs() < least_db)
}

/// Shrinks the proposal until it nowhere exceeds its bounds.
fn hold_bounds(gap: &ToneGap, bands: &mut [EqBand]) {
    let shrink = |bands: &mut [EqBand], boosts_only: bool| {
        for band in bands.iter_mut().filter(|band| !boosts_only || band.gain_db > 0.0) {
            band.gain_db *= 0.95;
        }
    };
    for _ in 0..60 {
        let change_db = change(gap, bands);
        let spilled = change_db
            .iter()
            .zip(&gap.no_boost)
            .any(|(change_db, no_boost)| *no_boost && *change_db > MOST_SPILL_DB);
        let too_much = change_db.iter().any(|change_db| change_db.abs() > MOST_TOTAL_DB);
        if !spilled && !too_much {
            return;
        }
        shrink(bands, !too_much);
    }
}
