//! Decimation by powers of two with binomial filters: cheap, and exactly known at every frequency.
//!
//! Each stage is the binomial filter of order 7, whose magnitude is cos⁷(π f / fs): it keeps the lowest part of the
//! band smooth and falls to nothing where the next rate folds. The droop of the passband is not flattened here but
//! divided out of the spectrum with [`Halvings::power_gain`].

use std::f64::consts::PI;

/// Order of the binomial filter. At a tenth of the final rate, what folds in is 94 dB down, at a sixth 57 dB.
const ORDER: usize = 7;
/// Binomial coefficients of order 7 up to the middle, over their sum.
const TAPS: [f32; 4] = [1.0 / 128.0, 7.0 / 128.0, 21.0 / 128.0, 35.0 / 128.0];

/// One stage: half the rate.
#[derive(Clone)]
struct Stage {
    /// The last samples that later outputs still need, then the new ones.
    line: Vec<f32>,
    /// Every other sample of the line.
    even: Vec<f32>,
    odd: Vec<f32>,
}

/// A cascade of halvings of one channel.
#[derive(Clone)]
pub struct Halvings {
    stages: Vec<Stage>,
    rate_hz: f64,
    input: Vec<f32>,
}

impl Halvings {
    /// `count` halvings of a stream of `sample_rate_hz`.
    pub fn new(sample_rate_hz: f64, count: usize) -> Halvings {
        let stage = Stage { line: vec![0.0; ORDER - 1], even: Vec::new(), odd: Vec::new() };
        Halvings { stages: vec![stage; count], rate_hz: sample_rate_hz, input: Vec::new() }
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
        if self.stages.is_empty() {
            output.extend_from_slice(samples);
            return;
        }
        let last = self.stages.len() - 1;
        let mut current = std::mem::take(&mut self.input);
        current.clear();
        current.extend_from_slice(samples);
        for (index, stage) in self.stages.iter_mut().enumerate() {
            stage.line.extend_from_slice(&current);
            current.clear();
            if index == last {
                stage.drain_into(output);
            } else {
                stage.drain_into(&mut current);
            }
        }
        self.input = current;
    }
}

impl Stage {
    /// Emits every output that the line allows and keeps what later ones need.
    fn drain_into(&mut self, output: &mut Vec<f32>) {
        let outputs = if self.line.len() > ORDER { (self.line.len() - ORDER - 1) / 2 + 1 } else { 0 };
        // Even and odd samples apart: every output then reads its neighbours' next ones, which vectors like.
        self.even.clear();
        self.odd.clear();
        self.even.extend(self.line.chunks_exact(2).map(|pair| pair[0]));
        self.odd.extend(self.line.chunks_exact(2).map(|pair| pair[1]));
        if outputs > 0 {
            let [e0, e1, e2, e3] = [0, 1, 2, 3].map(|by| &self.even[by..][..outputs]);
            let [o0, o1, o2, o3] = [0, 1, 2, 3].map(|by| &self.odd[by..][..outputs]);
            let start = output.len();
            output.resize(start + outputs, 0.0);
            for (n, out) in output[start..].iter_mut().enumerate() {
                *out = TAPS[0] * (e0[n] + o3[n])
                    + TAPS[1] * (o0[n] + e3[n])
                    + TAPS[2] * (e1[n] + o2[n])
                    + TAPS[3] * (o1[n] + e2[n]);
            }
        }
        self.line.drain(..2 * outputs);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
