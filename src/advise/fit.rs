//! Finds the few broad equaliser bands that bring a spectrum to where it is meant to be: least squares on the
//! filters' own responses, one band at a time, only as many as are worth it.

use super::deviation::ToneGap;
use super::response::prototype_db;
use crate::model::{EqBand, EqShape};
use crate::units::{octaves, shift_octaves};

/// Most bands that a proposal has.
pub(super) const MOST_BANDS: usize = 5;
/// Most gain of a band.
pub(super) const MOST_GAIN_DB: f64 = 4.0;
/// Most gain of all bands together at any frequency.
pub(super) const MOST_TOTAL_DB: f64 = 5.0;
/// Least distance of two bands.
const LEAST_DISTANCE_OCT: f64 = 1.0;
/// Least gain that is worth a band.
const LEAST_GAIN_DB: f64 = 0.5;
/// Most boost that may spill into bands without energy.
pub(super) const MOST_SPILL_DB: f64 = 1.0;
/// A further band has to lower the error by this share of what is left …
const WORTH_SHARE: f64 = 0.15;
/// … and by this much …
const WORTH_DB: f64 = 0.1;
/// … or by this much towards references, which say exactly what is wanted.
const WORTH_EXACT_DB: f64 = 0.04;
/// Root mean square outside the profile's spread from which anything is done at all: a broad stroke of 1 dB over a third
/// of the spectrum, the least that engineers call a change of tone.
const LEAST_OUTSIDE_DB: f64 = 0.5;
/// The same over one octave alone, which a mean over the whole spectrum thins out. At the default amount it asks for
/// [`LEAST_GAIN_DB`] to 0.75 dB: less is not worth a band.
const LEAST_STROKE_DB: f64 = 1.5;
/// The same towards references.
const LEAST_OUTSIDE_EXACT_DB: f64 = 0.15;
/// Weight of the bands' own size: of two proposals that do the same, the smaller one.
const RESTRAINT: f64 = 0.005;
/// Weight of the sum of gains, so that bands neither work against each other nor share one stroke.
const RESTRAINT_BAND: f64 = 0.04;
/// Weight of what is done where nothing is known or nothing is there.
const RESTRAINT_UNTOLD: f64 = 0.02;

/// A kind of band: where it may stand and how wide it may be.
struct Shape {
    shape: EqShape,
    from_hz: f64,
    to_hz: f64,
    q: (f64, f64),
    tried_q: &'static [f64],
}

/// Q of a shelf: steepest without overshoot is 0.7071.
const SHELF_Q: (f64, f64) = (0.7, 0.7);
/// The kinds of broad bands.
const SHAPES: [Shape; 3] = [
    Shape { shape: EqShape::LowShelf, from_hz: 60.0, to_hz: 600.0, q: SHELF_Q, tried_q: &[SHELF_Q.0] },
    Shape { shape: EqShape::HighShelf, from_hz: 1_200.0, to_hz: 10_000.0, q: SHELF_Q, tried_q: &[SHELF_Q.0] },
    Shape { shape: EqShape::Peak, from_hz: 45.0, to_hz: 12_500.0, q: (0.5, 1.4), tried_q: &[0.7, 1.4] },
];

/// The kind that a band is of.
fn kind(band: &EqBand) -> &'static Shape {
    match band.shape {
        EqShape::LowShelf => &SHAPES[0],
        EqShape::HighShelf => &SHAPES[1],
        EqShape::Peak => &SHAPES[2],
    }
}

/// The bands for a gap, in ascending frequency, scaled by `scale` (0 to 1); empty where nothing is worth a move.
pub(super) fn fit(gap: &ToneGap, scale: f64) -> Vec<EqBand> {
    let mut bands: Vec<EqBand> = Vec::new();
    let least_db = if gap.exact { LEAST_OUTSIDE_EXACT_DB } else { LEAST_OUTSIDE_DB };
    let local = !gap.exact && gap.worst_stroke_db() >= LEAST_STROKE_DB;
    if gap.outside_db(&change(gap, &bands)) < least_db && !local {
        return bands;
    }
    let mut error_db = gap.error_db(&change(gap, &bands));
    let least_db = if gap.exact { WORTH_EXACT_DB } else { WORTH_DB };
    while bands.len() < MOST_BANDS {
        // Which shape is best shows only when all bands have settled around it.
        let settled = SHAPES.iter().filter_map(|shape| best_candidate(gap, &bands, shape)).map(|candidate| {
            let mut next = bands.clone();
            next.push(candidate);
            let cost = refine(gap, &mut next, &[0, 1, 2]);
            (cost, next)
        });
        let Some((_, next)) = settled.min_by(|a, b| a.0.total_cmp(&b.0)) else { break };
        let next_db = gap.error_db(&change(gap, &next));
        let worth_db = least_db.max(WORTH_SHARE * error_db);
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
fn change(gap: &ToneGap, bands: &[EqBand]) -> Vec<f64> {
    bands.iter().fold(vec![0.0; gap.centers_hz.len()], |mut total, band| {
        total.iter_mut().zip(column(gap, band)).for_each(|(total, gain)| *total += gain);
        total
    })
}

/// What one band does at every third octave.
fn column(gap: &ToneGap, band: &EqBand) -> Vec<f64> {
    prototype_db(band, &gap.centers_hz)
}

/// What is minimised: the distance, boosts where there is nothing to boost, and the size of the moves themselves.
fn cost(gap: &ToneGap, bands: &[EqBand], change_db: &[f64]) -> f64 {
    let error_db = gap.error_db(change_db);
    let mut cost = error_db * error_db * gap.weight.iter().sum::<f64>();
    cost += RESTRAINT_BAND * bands.iter().map(|band| band.gain_db.abs()).sum::<f64>();
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

/// The single band of a kind that helps most beside those that are there.
fn best_candidate(gap: &ToneGap, bands: &[EqBand], kind: &Shape) -> Option<EqBand> {
    let so_far = change(gap, bands);
    let mut best = None;
    let mut least = cost(gap, bands, &so_far);
    let mut center_hz = kind.from_hz;
    while center_hz <= kind.to_hz {
        for q in kind.tried_q {
            for gain_db in [-4.0, -2.0, -1.0, -0.5, 0.5, 1.0, 2.0, 4.0] {
                let band = EqBand { shape: kind.shape, center_hz, gain_db, q: *q };
                if !may_stand(gap, &band) || bands.iter().any(|other| crowds(gap, other, &band)) {
                    continue;
                }
                let tried = column(gap, &band);
                let tried: Vec<f64> =
                    tried.iter().zip(&so_far).map(|(tried, so_far)| tried + so_far).collect();
                let cost = cost(gap, bands, &tried) + RESTRAINT_BAND * gain_db.abs();
                if cost < least {
                    least = cost;
                    best = Some(band);
                }
            }
        }
        center_hz = shift_octaves(center_hz, 1.0 / 3.0);
    }
    best
}

/// A band stands where the song is known, and a boost where there is something to boost.
fn may_stand(gap: &ToneGap, band: &EqBand) -> bool {
    let nearest = gap.nearest(band.center_hz);
    let known = gap.centers_hz.get(nearest).is_some_and(|hz| octaves(*hz, band.center_hz).abs() < 0.34)
        && gap.weight.get(nearest).is_some_and(|weight| *weight > 0.0);
    known && (band.gain_db <= 0.0 || !gap.no_boost.get(nearest).copied().unwrap_or(true))
}

/// Two bands at one place are one band that hides its gain. Two shelves of one side are a staircase that nobody would set,
/// unless a reference says exactly what is wanted.
fn crowds(gap: &ToneGap, one: &EqBand, other: &EqBand) -> bool {
    let staircase = !gap.exact && one.shape == other.shape && one.shape != EqShape::Peak;
    staircase || octaves(one.center_hz, other.center_hz).abs() < LEAST_DISTANCE_OCT
}

/// Moves the given parameters (0 gain, 1 frequency, 2 Q) of all bands together downhill, in ever smaller steps.
/// Gives the cost that is left.
fn refine(gap: &ToneGap, bands: &mut [EqBand], parameters: &[usize]) -> f64 {
    let mut columns: Vec<Vec<f64>> = bands.iter().map(|band| column(gap, band)).collect();
    let sum = |columns: &[Vec<f64>]| -> Vec<f64> {
        (0..gap.centers_hz.len()).map(|i| columns.iter().map(|column| column[i]).sum()).collect()
    };
    let mut best = cost(gap, bands, &sum(&columns));
    let mut step = 1.0;
    while step > 0.01 {
        let mut moved = false;
        for i in 0..bands.len() {
            for parameter in parameters {
                for direction in [step, -step] {
                    let Some(tried) = shifted(&bands[i], *parameter, direction) else { continue };
                    let crowded = (0..bands.len()).any(|j| j != i && crowds(gap, &bands[j], &tried));
                    if !may_stand(gap, &tried) || crowded {
                        continue;
                    }
                    let column = column(gap, &tried);
                    let kept = std::mem::replace(&mut columns[i], column);
                    let before = std::mem::replace(&mut bands[i], tried);
                    let found = cost(gap, bands, &sum(&columns));
                    if found < best * (1.0 - 1e-6) {
                        best = found;
                        moved = true;
                    } else {
                        columns[i] = kept;
                        bands[i] = before;
                    }
                }
            }
        }
        if !moved {
            step /= 2.0;
        }
    }
    best
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
            inside(band.center_hz, (kind(&band).from_hz, kind(&band).to_hz))
        }
        _ => {
            band.q = shift_octaves(band.q, step / 2.0);
            inside(band.q, kind(&band).q)
        }
    };
    fits.then_some(band)
}

/// Frequencies and Q as a person would set them.
fn round_place(band: &mut EqBand) {
    band.center_hz = two_digits(band.center_hz);
    let (least_q, most_q) = kind(band).q;
    band.q = ((band.q * 20.0).round() / 20.0).clamp(least_q, most_q);
}

/// Two significant digits: 47, 250, 1100, 8300.
pub(super) fn two_digits(frequency_hz: f64) -> f64 {
    let mut unit_hz = 1.0;
    while frequency_hz / unit_hz >= 100.0 {
        unit_hz *= 10.0;
    }
    (frequency_hz / unit_hz).round() * unit_hz
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
