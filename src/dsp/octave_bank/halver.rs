//! Half the sample rate for two channels.

use super::Frame;
use crate::dsp::simd::{Arithmetic, dispatch};

/// Halves the sample rate: a half-band filter of 19 taps, flat to 0.143 and 60 dB down from 0.357 of the input rate.
#[derive(Debug, Clone)]
pub(super) struct Halver {
    /// Frames of even and of odd number: the filter's side taps and its centre meet only one kind each.
    even: Vec<Frame>,
    odd: Vec<Frame>,
}

/// Side taps of the half-band filter from the centre outwards: sinc(t / 2) / 2 under a Kaiser window (β = 5.65),
/// scaled to sum to a quarter, so that a constant passes as it is.
const SIDE_TAPS: [f32; 5] = [0.310_117_2, -0.083_822_5, 0.032_220_1, -0.010_826_5, 0.002_311_7];

/// Pairs of frames that the filter looks back on.
const HALVER_HISTORY: usize = 2 * SIDE_TAPS.len() - 1;

impl Default for Halver {
    fn default() -> Halver {
        let history = vec![[0.0; 2]; HALVER_HISTORY];
        Halver { even: history.clone(), odd: history }
    }
}

impl Halver {
    /// Takes in any number of frames and appends every output that they allow.
    pub(super) fn push(&mut self, frames: &[Frame], out: &mut Vec<Frame>) {
        let mut frames = frames;
        if self.even.len() > self.odd.len()
            && let Some((first, rest)) = frames.split_first()
        {
            self.odd.push(*first);
            frames = rest;
        }
        let (pairs, last) = frames.as_chunks::<2>();
        self.even.extend(pairs.iter().map(|pair| pair[0]));
        self.odd.extend(pairs.iter().map(|pair| pair[1]));
        self.even.extend_from_slice(last);
        let count = self.odd.len() - HALVER_HISTORY;
        let from = out.len();
        out.resize(from + count, [0.0; 2]);
        halve(self.even.as_flattened(), self.odd.as_flattened(), out[from..].as_flattened_mut());
        self.even.drain(..count);
        self.odd.drain(..count);
    }
}

dispatch! {
    /// Over the samples of both channels in turn.
    fn halve(even: &[f32], odd: &[f32], out: &mut [f32]) = halve_body
}

#[inline(always)]
fn halve_body<A: Arithmetic>(even: &[f32], odd: &[f32], out: &mut [f32]) {
    const SIDES: usize = SIDE_TAPS.len();
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
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::simd::Plain;
    use std::f64::consts::PI;

    #[test]
    fn both_copies_agree() {
        let noise = |i: usize| ((i * 7919 % 1009) as f32 - 504.0) / 504.0;
        let even: Vec<f32> = (0..3000).map(noise).collect();
        let odd: Vec<f32> = (0..3000).rev().map(noise).collect();
        let mut fast = vec![0.0; 1000];
        let mut plain = vec![0.0; 1000];
        halve(&even, &odd, &mut fast);
        halve_body::<Plain>(&even, &odd, &mut plain);
        assert!(fast.iter().zip(&plain).all(|(a, b)| (a - b).abs() < 1e-6));
    }

    #[test]
    fn halving_keeps_what_is_low_and_stops_what_would_fold() {
        let level = |cycles_per_sample: f64| {
            let sine: Vec<Frame> =
                (0..4000).map(|i| [(2.0 * PI * cycles_per_sample * i as f64).sin() as f32; 2]).collect();
            let mut halver = Halver::default();
            let mut out = Vec::new();
            sine.chunks(37).for_each(|piece| halver.push(piece, &mut out));
            assert_eq!(out.len(), sine.len() / 2);
            out[100..].iter().fold(0f32, |peak, x| peak.max(x[0].abs()))
        };
        assert!((level(0.02) - 1.0).abs() < 0.01);
        assert!((level(0.143) - 1.0).abs() < 0.01);
        assert!(level(0.357) < 0.001, "{}", level(0.357));
        assert!(level(0.45) < 0.001);
    }
}
