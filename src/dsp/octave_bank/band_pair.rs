//! The filters of two bands, over two stretches of time at once.

use super::{EDGE, Frame, OCTAVES_HZ};
use crate::dsp::simd::{Arithmetic, dispatch, greater32};
use std::f64::consts::{PI, SQRT_2};

/// Frames of one stretch, and before it those in which the filters settle: the slowest pole here lies at 0.86, and
/// 0.86 to the 128th is 4e−9.
pub(super) const STRETCH: usize = 1024;
pub(super) const SETTLE: usize = 128;

/// Frames between two looks at the filters' memories; a multiple divides [`SETTLE`] and [`STRETCH`].
const RUN: usize = 64;

/// Memories below this are cleared (−400 dB): silence must not become denormal numbers.
const SILENT: f32 = 1e-20;

/// Left and right of one band, left and right of another; and the same of a second stretch of time.
pub(super) const LANES: usize = 8;

/// A second-order high-pass and a second-order low-pass (Butterworth) at the edges of up to two bands.
#[derive(Debug, Clone)]
pub(super) struct BandPair {
    pub(super) bands: Vec<usize>,
    pub(super) coefficients: BandCoefficients,
    /// Gain of both filters together, by band. It is applied to the results, not to every sample.
    pub(super) gain: [f64; 2],
    pub(super) peak: [f32; 4],
    pub(super) energy: [f64; 4],
}

#[derive(Debug, Clone, Copy, Default)]
pub(super) struct BandCoefficients {
    /// High-pass: a1 a2 (its b is 1 −2 1).
    pub(super) high: [[f32; LANES]; 2],
    /// Low-pass: b1 b2 a1 a2 (its b0 is 1).
    pub(super) low: [[f32; LANES]; 4],
}

/// Difference of the last two inputs, high-pass output and low-pass output of one frame.
#[derive(Debug, Clone, Copy, Default)]
struct Memory {
    d: [f32; LANES],
    u: [f32; LANES],
    v: [f32; LANES],
}

impl BandPair {
    pub(super) fn new(bands: &[usize], rate_hz: f64) -> BandPair {
        let mut coefficients = BandCoefficients::default();
        let mut gains = [0.0; 2];
        for (i, band) in bands.iter().enumerate() {
            let center_hz = OCTAVES_HZ[*band].1;
            let (mut gain, high) = butterworth((PI * center_hz / EDGE / rate_hz).tan());
            let upper_hz = center_hz * EDGE;
            // A band that reaches to the Nyquist frequency has no upper edge to cut.
            let mut low = [0.0; 4];
            if upper_hz < 0.49 * rate_hz {
                let k = (PI * upper_hz / rate_hz).tan();
                let (low_gain, a) = butterworth(k);
                gain *= low_gain * k * k;
                low = [2.0, 1.0, a[0], a[1]];
            }
            gains[i] = gain;
            for lane in [2 * i, 2 * i + 1, 2 * i + 4, 2 * i + 5] {
                for (term, value) in coefficients.high.iter_mut().zip(high) {
                    term[lane] = value as f32;
                }
                for (term, value) in coefficients.low.iter_mut().zip(low) {
                    term[lane] = value as f32;
                }
            }
        }
        BandPair { bands: bands.to_vec(), coefficients, gain: gains, peak: [0.0; 4], energy: [0.0; 4] }
    }
}

/// 1 / a0 and the normalised a1, a2 of a second-order Butterworth section with pre-warped edge k = tan(π f / fs).
fn butterworth(k: f64) -> (f64, [f64; 2]) {
    let a0 = 1.0 + SQRT_2 * k + k * k;
    (1.0 / a0, [2.0 * (k * k - 1.0) / a0, (1.0 - SQRT_2 * k + k * k) / a0])
}

dispatch! {
    /// Peak and energy of two stretches of one length, after the [`SETTLE`] frames that each begins with.
    pub(super) fn filter_stretches(c: &BandCoefficients, stretches: [&[Frame]; 2]) -> ([f32; LANES], [f64; LANES]) = filter_body
}

#[inline(always)]
fn filter_body<A: Arithmetic>(
    c: &BandCoefficients,
    stretches: [&[Frame]; 2],
) -> ([f32; LANES], [f64; LANES]) {
    let (mut last, mut oldest) = (Memory::default(), Memory::default());
    let mut x = [0.0; LANES];
    let mut peak = [0.0; LANES];
    let mut energy = [0.0; LANES];
    for (index, (first, second)) in stretches[0].chunks(RUN).zip(stretches[1].chunks(RUN)).enumerate() {
        let mut run = [0.0; LANES];
        let mut highest = [0.0; LANES];
        let (first_pairs, first_odd) = first.as_chunks::<2>();
        let (second_pairs, second_odd) = second.as_chunks::<2>();
        // Two frames at a time: the memories change places instead of being moved.
        for (first, second) in first_pairs.iter().zip(second_pairs) {
            step::<A>(c, [first[0], second[0]], &mut x, &last, &mut oldest, &mut highest, &mut run);
            step::<A>(c, [first[1], second[1]], &mut x, &oldest, &mut last, &mut highest, &mut run);
        }
        if let ([first], [second]) = (first_odd, second_odd) {
            step::<A>(c, [*first, *second], &mut x, &last, &mut oldest, &mut highest, &mut run);
            std::mem::swap(&mut last, &mut oldest);
        }
        if index >= SETTLE / RUN {
            for i in 0..LANES {
                peak[i] = greater32(highest[i], peak[i]);
                energy[i] += f64::from(run[i]);
            }
        }
        for memory in [&mut last, &mut oldest] {
            for state in [&mut memory.d, &mut memory.u, &mut memory.v] {
                for value in state {
                    *value = if value.abs() < SILENT { 0.0 } else { *value };
                }
            }
        }
    }
    (peak, energy)
}

/// One frame; the new memory takes the place of the oldest. The term of the latest output comes last in each sum.
/// The high-pass begins with differences: those of neighbours are exact where the sound is all bass.
#[inline(always)]
fn step<A: Arithmetic>(
    c: &BandCoefficients,
    [a, b]: [Frame; 2],
    x: &mut [f32; LANES],
    last: &Memory,
    oldest: &mut Memory,
    peak: &mut [f32; LANES],
    energy: &mut [f32; LANES],
) {
    let input = [a[0], a[1], a[0], a[1], b[0], b[1], b[0], b[1]];
    let mut new = Memory::default();
    for i in 0..LANES {
        new.d[i] = input[i] - x[i];
        let ahead = new.d[i] - last.d[i];
        new.u[i] = A::madd32(-c.high[0][i], last.u[i], A::madd32(-c.high[1][i], oldest.u[i], ahead));
        let ahead = A::madd32(c.low[1][i], oldest.u[i], A::madd32(c.low[0][i], last.u[i], new.u[i]));
        new.v[i] = A::madd32(-c.low[2][i], last.v[i], A::madd32(-c.low[3][i], oldest.v[i], ahead));
        energy[i] = A::madd32(new.v[i], new.v[i], energy[i]);
        peak[i] = greater32(new.v[i].abs(), peak[i]);
    }
    *x = input;
    *oldest = new;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::simd::Plain;

    #[test]
    fn both_copies_agree() {
        let noise = |i: usize| ((i * 7919 % 1009) as f32 - 504.0) / 504.0;
        let frames: Vec<Frame> = (0..2000).map(|i| [noise(i), noise(1999 - i)]).collect();
        let pair = BandPair::new(&[8, 9], 48_000.0);
        let stretches = [&frames[..1000], &frames[1000..]];
        let fast = filter_stretches(&pair.coefficients, stretches);
        let plain = filter_body::<Plain>(&pair.coefficients, stretches);
        for lane in 0..LANES {
            assert!((fast.0[lane] / plain.0[lane] - 1.0).abs() < 1e-5, "{fast:?} {plain:?}");
            assert!((fast.1[lane] / plain.1[lane] - 1.0).abs() < 1e-5, "{fast:?} {plain:?}");
        }
    }
}
