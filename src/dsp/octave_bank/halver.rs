//! Half the sample rate for two channels.

use super::Frame;
use crate::dsp::even_odd::EvenOdd;
use crate::dsp::simd::{Arithmetic, dispatch};

/// Halves the sample rate: a half-band filter of 19 taps, flat to 0.143 and 60 dB down from 0.357 of the input rate.
#[derive(Debug, Clone)]
pub(super) struct Halver(EvenOdd<Frame>);

/// Side taps of the half-band filter from the centre outwards: sinc(t / 2) / 2 under a Kaiser window (β = 5.65),
/// scaled to sum to a quarter, so that a constant passes as it is.
const SIDE_TAPS: [f32; 5] = [0.310_117_2, -0.083_822_5, 0.032_220_1, -0.010_826_5, 0.002_311_7];

/// Pairs of frames that the filter looks back on.
const HALVER_HISTORY: usize = 2 * SIDE_TAPS.len() - 1;

impl Default for Halver {
    fn default() -> Halver {
        Halver(EvenOdd::new(HALVER_HISTORY))
    }
}

impl Halver {
    /// Takes in any number of frames and writes every output that they allow to the beginning of `out`, which has room for as
    /// many as half the frames, rounded up; how many they are.
    pub(super) fn push(&mut self, frames: &[Frame], out: &mut [Frame]) -> usize {
        halve(&mut self.0, frames, out)
    }
}

dispatch! {
    fn halve(parted: &mut EvenOdd<Frame>, frames: &[Frame], out: &mut [Frame]) -> usize = halve_body
}

/// Over the samples of both channels in turn.
#[inline(always)]
fn halve_body<A: Arithmetic>(parted: &mut EvenOdd<Frame>, frames: &[Frame], out: &mut [Frame]) -> usize {
    const SIDES: usize = SIDE_TAPS.len();
    let [even, odd] = parted.push(frames);
    let outputs = even.len() - HALVER_HISTORY;
    let (even, odd) = (even.as_flattened(), odd.as_flattened());
    let out = out[..outputs].as_flattened_mut();
    let count = out.len();
    let centre = &odd[2 * (SIDES - 1)..][..count];
    let before: [&[f32]; SIDES] = std::array::from_fn(|i| &even[2 * (SIDES - 1 - i)..][..count]);
    let after: [&[f32]; SIDES] = std::array::from_fn(|i| &even[2 * (SIDES + i)..][..count]);
    for n in 0..count {
        let mut sum = 0.5 * centre[n];
        for i in 0..SIDES {
            sum = A::madd32(SIDE_TAPS[i], before[i][n] + after[i][n], sum);
        }
        out[n] = sum;
    }
    outputs
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::simd::Plain;
    use std::f64::consts::PI;

    #[test]
    fn both_copies_agree() {
        let noise = |i: usize| ((i * 7919 % 1009) as f32 - 504.0) / 504.0;
        let frames: Vec<Frame> = (0..2001).map(|i| [noise(i), noise(2000 - i)]).collect();
        let (mut fast, mut plain) = (vec![[0.0; 2]; 1001], vec![[0.0; 2]; 1001]);
        let mut halver = Halver::default();
        let mut written = 0;
        for piece in frames.chunks(333) {
            written += halver.push(piece, &mut fast[written..]);
        }
        assert_eq!(written, 1000);
        assert_eq!(halve_body::<Plain>(&mut EvenOdd::new(HALVER_HISTORY), &frames, &mut plain), 1000);
        for (a, b) in fast.as_flattened().iter().zip(plain.as_flattened()) {
            assert!((a - b).abs() < 1e-6);
        }
    }

    #[test]
    fn halving_keeps_what_is_low_and_stops_what_would_fold() {
        let level = |cycles_per_sample: f64| {
            let sine: Vec<Frame> =
                (0..4000).map(|i| [(2.0 * PI * cycles_per_sample * i as f64).sin() as f32; 2]).collect();
            let mut halver = Halver::default();
            let mut out = vec![[0.0; 2]; sine.len() / 2];
            let written = sine.chunks(37).fold(0, |at, piece| at + halver.push(piece, &mut out[at..]));
            assert_eq!(written, sine.len() / 2);
            out[100..].iter().fold(0f32, |peak, x| peak.max(x[0].abs()))
        };
        assert!((level(0.02) - 1.0).abs() < 0.01);
        assert!((level(0.143) - 1.0).abs() < 0.01);
        assert!(level(0.357) < 0.001, "{}", level(0.357));
        assert!(level(0.45) < 0.001);
    }
}
