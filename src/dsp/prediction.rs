//! Linear prediction: what a waveform would have done next, and what it would have done in between.

use super::least_squares::Factor;
use super::simd::{Arithmetic, dispatch};
use std::ops::RangeInclusive;

/// Coefficients of a linear predictor.
pub struct Predictor {
    coefficients: Vec<f64>,
}

/// Least share of the power that is treated as noise, so that tones and silence do not make the equations singular: −90 dB.
const NOISE_SHARE: f64 = 1e-9;

/// The predictor of `order` that fits two stretches of sound together (autocorrelation method, Levinson–Durbin).
/// `None` for silence.
pub fn predictor(before: &[f32], after: &[f32], order: usize) -> Option<Predictor> {
    let mut correlation = vec![0.0; order + 1];
    for part in [before, after] {
        let windowed = under_half_sine(part);
        add_correlation(&windowed, &mut correlation);
    }
    correlation[0] *= 1.0 + NOISE_SHARE;
    if correlation[0] <= f64::MIN_POSITIVE {
        return None;
    }
    let mut a = vec![0.0; order];
    let mut error = correlation[0];
    for i in 0..order {
        let reach: f64 = a[..i].iter().zip(correlation[1..=i].iter().rev()).map(|(a, r)| a * r).sum();
        let reflection = (correlation[i + 1] - reach) / error;
        let old = a[..i].to_vec();
        for j in 0..i {
            a[j] -= reflection * old[i - 1 - j];
        }
        a[i] = reflection;
        error *= 1.0 - reflection * reflection;
        if error <= 0.0 {
            return None;
        }
    }
    Some(Predictor { coefficients: a })
}

/// Under the root of a Hann window: half a period of a sine. Each value comes from two before it, as far apart as there are lanes.
fn under_half_sine(part: &[f32]) -> Vec<f64> {
    let step = std::f64::consts::PI / part.len().max(1) as f64;
    let sine = |place: f64| ((place + 0.5) * step).sin();
    let turn = 2.0 * (LANES as f64 * step).cos();
    let mut last: [f64; LANES] = std::array::from_fn(|i| sine(i as f64 - LANES as f64));
    let mut now: [f64; LANES] = std::array::from_fn(|i| sine(i as f64));
    let mut windowed = Vec::with_capacity(part.len());
    for chunk in part.chunks(LANES) {
        windowed.extend(chunk.iter().zip(now).map(|(x, sine)| f64::from(*x) * sine));
        for (last, now) in last.iter_mut().zip(&mut now) {
            (*last, *now) = (*now, turn * *now - *last);
        }
    }
    windowed
}

/// Numbers that are worked on side by side.
const LANES: usize = 16;

dispatch! {
    /// Adds the sums of products of a stretch with itself, as many samples later as each sum has its place.
    fn add_correlation(samples: &[f64], sums: &mut [f64]) = add_correlation_body
}

#[inline(always)]
fn add_correlation_body<A: Arithmetic>(samples: &[f64], sums: &mut [f64]) {
    for (lag, sum) in sums.iter_mut().enumerate() {
        *sum += product::<A>(samples, samples.get(lag..).unwrap_or(&[]));
    }
}

/// Sum of products, added up in lanes that compilers make vectors of.
#[inline(always)]
fn product<A: Arithmetic>(one: &[f64], other: &[f64]) -> f64 {
    let length = one.len().min(other.len());
    let (one, one_rest) = one[..length].as_chunks::<LANES>();
    let (other, other_rest) = other[..length].as_chunks::<LANES>();
    let mut sums = [0.0; LANES];
    for (a, b) in one.iter().zip(other) {
        for i in 0..LANES {
            sums[i] = A::madd(a[i], b[i], sums[i]);
        }
    }
    sums.iter().sum::<f64>() + one_rest.iter().zip(other_rest).map(|(a, b)| a * b).sum::<f64>()
}

dispatch! {
    /// Samples minus their prediction from those before them, in each place of `residual` from the first that has them all.
    fn take_prediction(coefficients: &[f64], samples: &[f64], residual: &mut [f64]) = take_prediction_body
}

#[inline(always)]
fn take_prediction_body<A: Arithmetic>(coefficients: &[f64], samples: &[f64], residual: &mut [f64]) {
    let (chunks, rest) = residual.as_chunks_mut::<LANES>();
    for (at, chunk) in chunks.iter_mut().enumerate() {
        let mut left = *chunk;
        let past = &samples[LANES * at..][..LANES + coefficients.len() - 1];
        for (past, a) in past.windows(LANES).zip(coefficients.iter().rev()) {
            for lane in 0..LANES {
                left[lane] = A::madd(-a, past[lane], left[lane]);
            }
        }
        *chunk = left;
    }
    let from = LANES * chunks.len();
    for (at, left) in rest.iter_mut().enumerate() {
        let past = &samples[from + at..][..coefficients.len()];
        *left -= past.iter().zip(coefficients.iter().rev()).map(|(past, a)| a * past).sum::<f64>();
    }
}

impl Predictor {
    /// Expects silence: the residual is the sound itself.
    pub fn of_silence() -> Predictor {
        Predictor { coefficients: Vec::new() }
    }

    /// Samples that a prediction looks back at.
    pub fn order(&self) -> usize {
        self.coefficients.len()
    }

    /// Samples minus their prediction; 0 where the past is too short.
    pub fn residual(&self, samples: &[f32]) -> Vec<f64> {
        let order = self.coefficients.len();
        let samples: Vec<f64> = samples.iter().map(|x| f64::from(*x)).collect();
        let known = order.min(samples.len());
        let mut residual = samples.clone();
        residual[..known].fill(0.0);
        take_prediction(&self.coefficients, &samples, &mut residual[known..]);
        residual
    }

    /// What would have followed.
    pub fn continue_from(&self, past: &[f32], length: usize) -> Vec<f64> {
        let order = self.coefficients.len();
        let mut line: Vec<f64> =
            past[past.len().saturating_sub(order)..].iter().map(|x| f64::from(*x)).collect();
        line.splice(0..0, std::iter::repeat_n(0.0, order - line.len()));
        for _ in 0..length {
            let n = line.len();
            line.push(self.next(|back| line[n - back]));
        }
        line.split_off(order)
    }

    /// Chooses `count` neighbouring samples anew, so that the residual is left with the least energy: the least-squares
    /// interpolation of Janssen, Veldhuis and Vries (1986). Of all `starts`, the one that leaves least.
    pub fn repair(&self, residual: &[f64], starts: RangeInclusive<usize>, count: usize) -> Repair {
        let filter: Vec<f64> = std::iter::once(1.0).chain(self.coefficients.iter().map(|a| -a)).collect();
        let along = |part: &[f64]| filter.iter().zip(part).map(|(a, e)| a * e).sum::<f64>();
        let normal: Vec<f64> = (0..count).map(|lag| along(filter.get(lag..).unwrap_or(&[]))).collect();
        let matrix: Vec<f64> = (0..count)
            .flat_map(|row| (0..count).map(move |column| row.abs_diff(column)))
            .map(|lag| normal[lag])
            .collect();
        let factor = Factor::new(&matrix, count, 0.0);
        let mut best = Repair { start: *starts.start(), changes: vec![0.0; count], residual: Vec::new() };
        let mut most = 0.0;
        for start in starts {
            let right: Vec<f64> =
                (start..start + count).map(|at| along(residual.get(at..).unwrap_or(&[]))).collect();
            let half = factor.forward(&right);
            let taken = half.iter().map(|y| y * y).sum();
            if taken > most {
                most = taken;
                best.start = start;
                best.changes = half;
            }
        }
        best.changes = factor.back(best.changes);
        best.residual = residual.to_vec();
        for (i, change) in best.changes.iter().enumerate() {
            for (a, left) in filter.iter().zip(best.residual.iter_mut().skip(best.start + i)) {
                *left -= change * a;
            }
        }
        best
    }

    fn next(&self, past: impl Fn(usize) -> f64) -> f64 {
        self.coefficients.iter().enumerate().map(|(i, a)| a * past(i + 1)).sum()
    }
}

/// Samples that were chosen anew.
pub struct Repair {
    start: usize,
    changes: Vec<f64>,
    residual: Vec<f64>,
}

impl Repair {
    /// The first of them.
    pub fn start(&self) -> usize {
        self.start
    }

    /// How far each stood off.
    pub fn changes(&self) -> &[f64] {
        &self.changes
    }

    /// What the prediction does not explain then.
    pub fn residual(&self) -> &[f64] {
        &self.residual
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::simd::Plain;

    /// Three tones under a little noise.
    fn sound(length: usize) -> Vec<f32> {
        let mut noise = 1u32;
        (0..length)
            .map(|i| {
                noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let noise = f64::from(noise) / f64::from(u32::MAX) - 0.5;
                let tone = |turn: f64| (turn * i as f64).sin();
                (0.3 * tone(0.05) + 0.2 * tone(0.31) + 0.1 * tone(1.1) + 0.001 * noise) as f32
            })
            .collect()
    }

    #[test]
    fn both_copies_agree_with_the_definition() {
        for length in [21, 36, 37, 52, 500] {
            let samples: Vec<f64> = sound(length).into_iter().map(f64::from).collect();
            let (mut fast, mut plain) = (vec![1.0; 21], vec![1.0; 21]);
            add_correlation(&samples, &mut fast);
            add_correlation_body::<Plain>(&samples, &mut plain);
            for lag in 0..21 {
                let exact = 1.0 + samples.iter().zip(&samples[lag..]).map(|(a, b)| a * b).sum::<f64>();
                assert!((fast[lag] - exact).abs() < 1e-12 && (plain[lag] - exact).abs() < 1e-12, "{length}");
            }
            let coefficients: Vec<f64> = (0..20).map(|i| (f64::from(i) * 0.7).sin()).collect();
            let (mut fast, mut plain) = (samples[20..].to_vec(), samples[20..].to_vec());
            take_prediction(&coefficients, &samples, &mut fast);
            take_prediction_body::<Plain>(&coefficients, &samples, &mut plain);
            for at in 20..length {
                let predicted: f64 = (0..20).map(|i| coefficients[i] * samples[at - 1 - i]).sum();
                for own in [&fast, &plain] {
                    assert!((own[at - 20] - (samples[at] - predicted)).abs() < 1e-12, "{length}: {at}");
                }
            }
        }
        // The window is the root of a Hann window at the middle of each sample.
        let windowed = under_half_sine(&[1.0; 1234]);
        for (i, value) in windowed.iter().enumerate() {
            let hann = 0.5 - 0.5 * (std::f64::consts::TAU * (i as f64 + 0.5) / 1234.0).cos();
            assert!((value * value - hann).abs() < 1e-12, "{i}");
        }
    }

    #[test]
    fn the_residual_is_what_the_past_does_not_say() {
        let samples = sound(500);
        let model = predictor(&samples, &[], 12).unwrap_or_else(Predictor::of_silence);
        assert_eq!(model.order(), 12);
        let residual = model.residual(&samples);
        for n in [12, 13, 200, 499] {
            let expected = model.continue_from(&samples[..n], 1)[0];
            assert!((residual[n] - (f64::from(samples[n]) - expected)).abs() < 1e-12, "{n}");
        }
        assert!(residual[..12].iter().all(|e| *e == 0.0));
        assert_eq!(model.residual(&samples[..5]), vec![0.0; 5]);
        assert_eq!(
            Predictor::of_silence().residual(&samples[..2]),
            samples[..2].iter().map(|x| f64::from(*x)).collect::<Vec<_>>()
        );
    }

    #[test]
    fn samples_that_are_off_are_found_and_mended() {
        let clean = sound(900);
        let model = predictor(&clean[..400], &clean[500..], 20).unwrap_or_else(Predictor::of_silence);
        assert_eq!(model.order(), 20);
        let usual = model.residual(&clean)[20..].iter().fold(0.0f64, |most, e| most.max(e.abs()));
        let mut off = clean.clone();
        let errors = [0.2, -0.3, 0.0, 0.1f32];
        off[450..454].iter_mut().zip(errors).for_each(|(sample, error)| *sample += error);
        let residual = model.residual(&off);
        let repair = model.repair(&residual, 430..=460, 8);
        assert!((443..=450).contains(&repair.start), "{}", repair.start);
        for (at, change) in (repair.start..).zip(&repair.changes) {
            let error = if (450..454).contains(&at) { f64::from(errors[at - 450]) } else { 0.0 };
            assert!((change - error).abs() < 0.01, "{at}: {change}");
        }
        assert!(repair.residual[20..].iter().all(|e| e.abs() < 2.0 * usual));
        // What goes on is not mended.
        let goes_on: Vec<f32> = clean
            .iter()
            .zip(0..)
            .map(|(x, i)| if (450..490).contains(&i) { x + 0.2 * (i % 2) as f32 } else { *x })
            .collect();
        let repair = model.repair(&model.residual(&goes_on), 430..=460, 8);
        assert!(repair.residual[20..].iter().any(|e| e.abs() > 0.05));
    }
}
