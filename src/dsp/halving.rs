//! Decimation by powers of two with binomial filters: cheap, and exactly known at every frequency.
//!
//! Each stage is the binomial filter of order 7, whose magnitude is cos⁷(π f / fs): it keeps the lowest part of the
//! band smooth and falls to nothing where the next rate folds. The droop of the passband is not flattened here but
//! divided out of the spectrum with [`Halvings::power_gain`].

use super::even_odd::EvenOdd;
use super::simd::{Arithmetic, dispatch};
use std::f64::consts::PI;

/// Order of the binomial filter. At a tenth of the final rate, what folds in is 94 dB down, at a sixth 57 dB.
const ORDER: usize = 7;
/// Binomial coefficients of order 7 up to the middle, over their sum.
const TAPS: [f32; 4] = [1.0 / 128.0, 7.0 / 128.0, 21.0 / 128.0, 35.0 / 128.0];

/// Pairs of samples that later outputs still need.
const HISTORY: usize = (ORDER - 1) / 2;

/// One stage: half the rate.
#[derive(Clone)]
struct Stage {
    parted: EvenOdd<f32>,
    /// What came out last.
    output: Vec<f32>,
}

/// A cascade of halvings of one channel.
#[derive(Clone)]
pub struct Halvings {
    stages: Vec<Stage>,
    rate_hz: f64,
}

impl Halvings {
    /// `count` halvings of a stream of `sample_rate_hz`.
    pub fn new(sample_rate_hz: f64, count: usize) -> Halvings {
        let stage = Stage { parted: EvenOdd::new(HISTORY), output: Vec::new() };
        Halvings { stages: vec![stage; count], rate_hz: sample_rate_hz }
    }

    /// Halvings after which the rate lies in `lowest_hz` … 2 × `lowest_hz`; 0 where it is lower already.
    pub fn count_down_to(sample_rate_hz: f64, lowest_hz: f64) -> usize {
        let mut count = 0;
        while sample_rate_hz / f64::from(1u32 << (count + 1)) >= lowest_hz && count < 20 {
            count += 1;
        }
        count
    }

    /// Rate of the output.
    pub fn output_rate_hz(&self) -> f64 {
        self.rate_hz / f64::from(1u32 << self.stages.len())
    }

    /// |H|² of the whole cascade at a frequency of the output band.
    pub fn power_gain(&self, frequency_hz: f64) -> f64 {
        let mut rate_hz = self.rate_hz;
        let mut gain = 1.0;
        for _ in &self.stages {
            gain *= (PI * frequency_hz / rate_hz).cos().powi(2 * ORDER as i32);
            rate_hz /= 2.0;
        }
        gain
    }

    /// Filters and decimates, and appends to `output`. Chunks of a multiple of 2^count give the same samples as one whole.
    pub fn push(&mut self, samples: &[f32], output: &mut Vec<f32>) {
        let lowest = self.stages.iter_mut().fold(samples, |samples, Stage { parted, output }| {
            halve(parted, samples, output);
            output
        });
        output.extend_from_slice(lowest);
    }
}

dispatch! {
    /// Every output that the samples allow, and nothing else: output n is the filter over samples 2n … 2n + 7, from the past on.
    fn halve(parted: &mut EvenOdd<f32>, samples: &[f32], output: &mut Vec<f32>) = halve_body
}

#[inline(always)]
fn halve_body<A: Arithmetic>(parted: &mut EvenOdd<f32>, samples: &[f32], output: &mut Vec<f32>) {
    let [even, odd] = parted.push(samples);
    let count = even.len() - HISTORY;
    output.resize(count, 0.0);
    let even: [&[f32]; 4] = std::array::from_fn(|i| &even[i..][..count]);
    let odd: [&[f32]; 4] = std::array::from_fn(|i| &odd[i..][..count]);
    for (n, out) in output.iter_mut().enumerate() {
        let outer = A::madd32(TAPS[1], odd[0][n] + even[3][n], TAPS[0] * (even[0][n] + odd[3][n]));
        let inner = A::madd32(TAPS[3], odd[1][n] + even[2][n], TAPS[2] * (even[1][n] + odd[2][n]));
        *out = outer + inner;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::simd::Plain;

    #[test]
    fn both_copies_agree_with_the_definition() {
        let signal: Vec<f32> = (0..1000).map(|i| ((i * 37 % 101) as f32 - 50.0) / 40.0).collect();
        let mut stage = Halvings::new(44100.0, 1);
        let mut fast = Vec::new();
        // Pieces of odd lengths, too.
        signal.chunks(333).for_each(|piece| stage.push(piece, &mut fast));
        let padded: Vec<f32> = std::iter::repeat_n(0.0, ORDER - 1).chain(signal.iter().copied()).collect();
        let mut plain = Vec::new();
        halve_body::<Plain>(&mut EvenOdd::new(HISTORY), &signal, &mut plain);
        let taps = [1.0, 7.0, 21.0, 35.0, 35.0, 21.0, 7.0, 1.0].map(|tap| tap / 128.0);
        let outputs = padded.windows(ORDER + 1).step_by(2);
        assert_eq!([fast.len(), plain.len()], [outputs.clone().count(); 2]);
        for ((window, fast), plain) in outputs.zip(&fast).zip(&plain) {
            let exact: f64 = window.iter().zip(taps).map(|(x, tap)| f64::from(*x) * tap).sum();
            assert!((f64::from(*fast) - exact).abs() < 1e-6 && (fast - plain).abs() < 1e-6);
        }
    }

    #[test]
    fn gain_is_the_closed_form_and_pieces_do_not_matter() {
        let signal: Vec<f32> = (0..16384).map(|i| (i as f32 * 0.01).sin()).collect();
        let mut whole = Vec::new();
        Halvings::new(44100.0, 3).push(&signal, &mut whole);
        let mut pieces = Vec::new();
        let mut cascade = Halvings::new(44100.0, 3);
        for piece in signal.chunks(512) {
            cascade.push(piece, &mut pieces);
        }
        assert_eq!(whole, pieces);
        let frequency_hz = 0.01 / (2.0 * PI) * 44100.0;
        let power = |x: &[f32]| x.iter().map(|v| f64::from(*v).powi(2)).sum::<f64>() / x.len() as f64;
        let gain = power(&whole[100..]) / power(&signal);
        assert!((gain / cascade.power_gain(frequency_hz) - 1.0).abs() < 0.02, "{gain}");
    }
}
