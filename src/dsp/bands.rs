//! Frequency bands: third octaves of IEC 61260-1, and weighted sums over the bins of a transform.

use super::simd::{Arithmetic, dispatch};
use crate::units;

/// Nominal centres of the third octaves from 20 Hz to 20 kHz (IEC 61260-1, table of nominal frequencies).
pub const THIRD_OCTAVE_CENTERS_HZ: [f64; 31] = [
    20.0, 25.0, 31.5, 40.0, 50.0, 63.0, 80.0, 100.0, 125.0, 160.0, 200.0, 250.0, 315.0, 400.0, 500.0, 630.0,
    800.0, 1000.0, 1250.0, 1600.0, 2000.0, 2500.0, 3150.0, 4000.0, 5000.0, 6300.0, 8000.0, 10000.0, 12500.0,
    16000.0, 20000.0,
];

/// Index of the 1 kHz band, the reference of the series.
const INDEX_OF_1_KHZ: f64 = 17.0;

/// Exact centre of a third octave: 1000 × 10^(n/10) Hz (IEC 61260-1, base ten).
pub fn third_octave_center_hz(index: usize) -> f64 {
    1000.0 * units::db_to_power(index as f64 - INDEX_OF_1_KHZ)
}

/// Edges of a third octave: the centre times 10^(∓1/20).
pub fn third_octave_edges_hz(index: usize) -> (f64, f64) {
    let center_hz = third_octave_center_hz(index);
    (center_hz * units::db_to_power(-0.5), center_hz * units::db_to_power(0.5))
}

/// A weighted sum over neighbouring bins. A bin k covers k ± ½, so that edges between bins share them.
pub struct BandSum {
    first: usize,
    weights: Vec<f32>,
}

impl BandSum {
    /// The sum over `low_hz` … `high_hz` of bins `bin_hz` apart (index 1 … `bins` − 2), each weighted by `weight(frequency)`.
    pub fn new(low_hz: f64, high_hz: f64, bin_hz: f64, bins: usize, weight: impl Fn(f64) -> f64) -> BandSum {
        let (low, high) = (low_hz / bin_hz, high_hz / bin_hz);
        let last_bin = bins.saturating_sub(2);
        let first = ((low + 0.5).floor() as usize).clamp(1, last_bin.max(1));
        let last = ((high + 0.5).floor() as usize).min(last_bin);
        let weights = (first..=last)
            .map(|k| {
                let k = k as f64;
                // The lowest and the highest bin stand for everything beyond them.
                let from = if k <= 1.0 { 0.0 } else { k - 0.5 };
                let to = if k as usize == last_bin { k + 1.0 } else { k + 0.5 };
                let share = ((high.min(to) - low.max(from)) / (to - from)).clamp(0.0, 1.0);
                (share * weight(k * bin_hz)) as f32
            })
            .collect();
        BandSum { first, weights }
    }

    /// The weighted sum of the bins of a spectrum.
    pub fn of(&self, bins: &[f32]) -> f32 {
        dot(&bins[self.first..self.first + self.weights.len()], &self.weights)
    }
}

dispatch! {
    /// Sum of products, in lanes of one fixed order.
    pub fn dot(a: &[f32], b: &[f32]) -> f32 = dot_body
}

#[inline(always)]
fn dot_body<A: Arithmetic>(a: &[f32], b: &[f32]) -> f32 {
    const LANES: usize = 32;
    let mut lanes = [0.0f32; LANES];
    let (a_lanes, a_rest) = a.as_chunks::<LANES>();
    let (b_lanes, b_rest) = b.as_chunks::<LANES>();
    for (x, y) in a_lanes.iter().zip(b_lanes) {
        for i in 0..LANES {
            lanes[i] = A::madd32(x[i], y[i], lanes[i]);
        }
    }
    let rest: f32 = a_rest.iter().zip(b_rest).map(|(x, y)| x * y).sum();
    let mut eight = [0.0f32; 8];
    for i in 0..8 {
        eight[i] = (lanes[i] + lanes[i + 8]) + (lanes[i + 16] + lanes[i + 24]);
    }
    eight.iter().sum::<f32>() + rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::simd::Plain;

    #[test]
    fn both_copies_of_the_dot_product_agree_with_the_definition() {
        for length in [0, 1, 7, 31, 32, 33, 100, 2048] {
            let a: Vec<f32> = (0..length).map(|i| ((i * 37 % 101) as f32 - 50.0) / 40.0).collect();
            let b: Vec<f32> = (0..length).map(|i| ((i * 53 % 97) as f32 - 48.0) / 40.0).collect();
            let exact: f64 = a.iter().zip(&b).map(|(x, y)| f64::from(*x) * f64::from(*y)).sum();
            for product in [dot(&a, &b), dot_body::<Plain>(&a, &b)] {
                assert!((f64::from(product) - exact).abs() < 1e-4 * (1.0 + exact.abs()), "{length}: {product} {exact}");
            }
        }
    }
}
