//! Half the sample rate for two channels.

use super::Frame;
use crate::dsp::simd::{Arithmetic, dispatch};

/// Halves the sample rate: a half-band filter of 19 taps, flat to 0.143 and 60 dB down from 0.357 of the input rate.
#[derive(Debug, Clone)]
pub(super) struct Halver {
    /// Frames of even and of odd number, those of the past first: the filter's side taps and its centre meet only one kind each.
    /// Room that is used again and again, so that nothing is cleared before it is written.
    even: Vec<Frame>,
    odd: Vec<Frame>,
    /// A frame of even number whose partner has not come yet.
    single: Option<Frame>,
}

/// Side taps of the half-band filter from the centre outwards: sinc(t / 2) / 2 under a Kaiser window (β = 5.65),
/// scaled to sum to a quarter, so that a constant passes as it is.
const SIDE_TAPS: [f32; 5] = [0.310_117_2, -0.083_822_5, 0.032_220_1, -0.010_826_5, 0.002_311_7];

/// Pairs of frames that the filter looks back on.
const HALVER_HISTORY: usize = 2 * SIDE_TAPS.len() - 1;

impl Default for Halver {
    fn default() -> Halver {
        let history = vec![[0.0; 2]; HALVER_HISTORY];
        Halver { even: history.clone(), odd: history, single: None }
    }
}

impl Halver {
    /// Takes in any number of frames and writes every output that they allow to the beginning of `out`, which has room for as
    /// many as half the frames, rounded up; how many they are.
    pub(super) fn push(&mut self, frames: &[Frame], out: &mut [Frame]) -> usize {
        let Halver { even, odd, single } = self;
        let room = HALVER_HISTORY + frames.len().div_ceil(2);
        if even.len() < room {
            even.resize(room, [0.0; 2]);
            odd.resize(room, [0.0; 2]);
        }
        let (mut held, mut frames) = (HALVER_HISTORY, frames);
        if let Some((first, rest)) = frames.split_first()
            && let Some(before) = single.take()
        {
            (even[held], odd[held]) = (before, *first);
            (held, frames) = (held + 1, rest);
        }
        let (pairs, last) = frames.as_chunks::<2>();
        split(pairs, &mut even[held..], &mut odd[held..]);
        held += pairs.len();
        *single = last.first().copied().or(*single);
        let count = held - HALVER_HISTORY;
        halve(even[..held].as_flattened(), odd[..held].as_flattened(), out[..count].as_flattened_mut());
        even.copy_within(count..held, 0);
        odd.copy_within(count..held, 0);
        count
    }
}

dispatch! {
    /// Tells frames of even number from those of odd number.
    fn split(pairs: &[[Frame; 2]], even: &mut [Frame], odd: &mut [Frame]) = split_body
}

#[inline(always)]
#[expect(clippy::extra_unused_type_parameters, reason = "the two copies differ in their features only")]
fn split_body<A: Arithmetic>(pairs: &[[Frame; 2]], even: &mut [Frame], odd: &mut [Frame]) {
    for ((pair, even), odd) in pairs.iter().zip(even).zip(odd) {
        [*even, *odd] = *pair;
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
