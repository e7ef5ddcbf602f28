//! Peak and energy of a stretch of samples.

use super::simd::{Arithmetic, dispatch, greater32};

/// Lanes of the sums; the order of addition is a function of the length alone.
const LANES: usize = 8;

dispatch! {
    /// Largest magnitude in a slice; 0 for none. Samples that are no numbers are passed over.
    pub fn max_abs(samples: &[f32]) -> f32 = max_abs_body
}

#[inline(always)]
fn max_abs_body<A: Arithmetic>(samples: &[f32]) -> f32 {
    let mut lanes = [0f32; 4 * LANES];
    let chunks = samples.chunks_exact(4 * LANES);
    let rest = chunks.remainder();
    for chunk in chunks {
        for (lane, sample) in lanes.iter_mut().zip(chunk) {
            *lane = greater32(sample.abs(), *lane);
        }
    }
    for (lane, sample) in lanes.iter_mut().zip(rest) {
        *lane = greater32(sample.abs(), *lane);
    }
    lanes.iter().fold(0.0, |peak, lane| greater32(*lane, peak))
}

dispatch! {
    /// Sum of squares, in double precision.
    pub fn energy(samples: &[f32]) -> f64 = energy_body
}

#[inline(always)]
fn energy_body<A: Arithmetic>(samples: &[f32]) -> f64 {
    let mut lanes = [0f64; LANES];
    let chunks = samples.chunks_exact(LANES);
    let rest = chunks.remainder();
    for chunk in chunks {
        for (lane, sample) in lanes.iter_mut().zip(chunk) {
            let sample = f64::from(*sample);
            *lane = A::madd(sample, sample, *lane);
        }
    }
    for (lane, sample) in lanes.iter_mut().zip(rest) {
        let sample = f64::from(*sample);
        *lane = A::madd(sample, sample, *lane);
    }
    lanes.iter().sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::simd::Plain;

    #[test]
    fn both_copies_agree_with_the_definition() {
        for length in [0, 1, 7, 8, 31, 32, 33, 441] {
            let samples: Vec<f32> = (0..length).map(|i| ((i * 37 % 101) as f32 - 50.0) / 40.0).collect();
            let peak = samples.iter().fold(0f32, |peak, x| peak.max(x.abs()));
            let sum: f64 = samples.iter().map(|x| f64::from(*x).powi(2)).sum();
            assert_eq!(max_abs(&samples), peak);
            assert_eq!(max_abs_body::<Plain>(&samples), peak);
            assert!((energy(&samples) - sum).abs() <= 1e-12 * sum);
            assert!((energy_body::<Plain>(&samples) - sum).abs() <= 1e-12 * sum);
        }
        assert_eq!(max_abs(&[0.5, f32::NAN, -0.25]), 0.5);
    }
}
