//! The filters of two bands, over two stretches of time at once.

use super::{EDGE, Frame, OCTAVES_HZ};
use crate::dsp::simd::{Arithmetic, dispatch, greater32};
use std::f64::consts::{PI, SQRT_2};

/// Frames of one stretch, and before it those in which the filters settle: the slowest pole here lies at 0.86, and
/// 0.86 to the 128th is 4e−9.
pub(super) const STRETCH: usize = 1024;
pub(super) const SETTLE: usize = 128;

/// Frames between two looks at the filters' memories: those in which they settle are the first run.
const RUN: usize = SETTLE;

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

/// The last input, the difference of the last two, and the last two outputs of the high-pass and of the low-pass.
#[derive(Debug, Clone, Copy, Default)]
struct Memory {
    x: [f32; LANES],
    d: [f32; LANES],
    u: [[f32; LANES]; 2],
    v: [[f32; LANES]; 2],
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

/// Peak and energy of two stretches of one length, after the [`SETTLE`] frames that each begins with.
pub(super) fn filter_stretches(
    c: &BandCoefficients,
    stretches: [&[Frame]; 2],
) -> ([f32; LANES], [f64; LANES]) {
    let mut memory = Memory::default();
    let (mut peak, mut energy) = ([0.0; LANES], [0.0; LANES]);
    for (index, (first, second)) in stretches[0].chunks(RUN).zip(stretches[1].chunks(RUN)).enumerate() {
        let (highest, sum) = filter_run(c, &mut memory, [first, second]);
        if index > 0 {
            for i in 0..LANES {
                peak[i] = greater32(highest[i], peak[i]);
                energy[i] += f64::from(sum[i]);
            }
        }
        let Memory { x: _, d, u: [u1, u2], v: [v1, v2] } = &mut memory;
        for state in [d, u1, u2, v1, v2] {
            for value in state {
                *value = if value.abs() < SILENT { 0.0 } else { *value };
            }
        }
    }
    (peak, energy)
}

dispatch! {
    fn filter_run(c: &BandCoefficients, memory: &mut Memory, run: [&[Frame]; 2]) -> ([f32; LANES], [f32; LANES]) = run_body
}

/// Peak and energy of one run. The term of the latest output comes last in each sum. The high-pass begins with differences: those of
/// neighbours are exact where the sound is all bass. One plain loop: with more in it, compilers keep the memories on
/// the stack, and every frame waits for them.
#[inline(always)]
fn run_body<A: Arithmetic>(
    c: &BandCoefficients,
    memory: &mut Memory,
    run: [&[Frame]; 2],
) -> ([f32; LANES], [f32; LANES]) {
    let Memory { mut x, mut d, u: [mut u1, mut u2], v: [mut v1, mut v2] } = *memory;
    let (mut peak, mut energy) = ([0.0; LANES], [0.0; LANES]);
    for (a, b) in run[0].iter().zip(run[1]) {
        let input = [a[0], a[1], a[0], a[1], b[0], b[1], b[0], b[1]];
        let [mut difference, mut u, mut v] = [[0.0; LANES]; 3];
        for i in 0..LANES {
            difference[i] = input[i] - x[i];
            let ahead = difference[i] - d[i];
            u[i] = A::madd32(-c.high[0][i], u1[i], A::madd32(-c.high[1][i], u2[i], ahead));
            let ahead = A::madd32(c.low[1][i], u2[i], A::madd32(c.low[0][i], u1[i], u[i]));
            v[i] = A::madd32(-c.low[2][i], v1[i], A::madd32(-c.low[3][i], v2[i], ahead));
            energy[i] = A::madd32(v[i], v[i], energy[i]);
            peak[i] = greater32(v[i].abs(), peak[i]);
        }
        (x, d, u2, u1, v2, v1) = (input, difference, u1, u, v1, v);
    }
    *memory = Memory { x, d, u: [u1, u2], v: [v1, v2] };
    (peak, energy)
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
        let run = [&frames[..1000], &frames[1000..]];
        let fast = filter_run(&pair.coefficients, &mut Memory::default(), run);
        let plain = run_body::<Plain>(&pair.coefficients, &mut Memory::default(), run);
        for lane in 0..LANES {
            assert!((fast.0[lane] / plain.0[lane] - 1.0).abs() < 1e-5, "{fast:?} {plain:?}");
            assert!((fast.1[lane] / plain.1[lane] - 1.0).abs() < 1e-5, "{fast:?} {plain:?}");
        }
    }
}
