//! One complex transform of two real channels: powers, difference and cross power per bin.

use super::simd::{Arithmetic, dispatch};
use rustfft::{Fft, FftPlanner, num_complex::Complex};
use std::sync::Arc;

/// Power spectra of a pair of channels, one-sided, scaled so that the bins of a channel add up to its mean square.
///
/// With a = Z\[k\], b = Z\[N−k\] of Z = FFT(L + iR):
/// |L|² + |R|² = (|a|² + |b|²) / 2, |L|² − |R|² = Re(ab), Re(L R*) = Im(ab) / 2. So mid, side and correlation need no
/// further transform.
pub struct PairSpectrum {
    fft: Arc<dyn Fft<f32>>,
    window: Vec<f32>,
    scale: f32,
    buffer: Vec<Complex<f32>>,
    scratch: Vec<Complex<f32>>,
    /// |L|² + |R|² per bin, 0 … N/2. The outermost bins (DC and Nyquist) are left out: 0.
    pub power: Vec<f32>,
    /// |L|² − |R|² per bin.
    pub difference: Vec<f32>,
    /// Re(L R*) per bin.
    pub cross: Vec<f32>,
}

impl PairSpectrum {
    /// Transforms of `size` points (even) of windows not longer than that.
    pub fn new(window: Vec<f32>, size: usize) -> PairSpectrum {
        let fft = FftPlanner::new().plan_fft_forward(size);
        let energy: f64 = window.iter().map(|w| f64::from(*w).powi(2)).sum();
        PairSpectrum {
            scale: (2.0 / (size as f64 * energy)) as f32,
            scratch: vec![Complex::default(); fft.get_inplace_scratch_len()],
            buffer: vec![Complex::default(); size],
            power: vec![0.0; size / 2 + 1],
            difference: vec![0.0; size / 2 + 1],
            cross: vec![0.0; size / 2 + 1],
            fft,
            window,
        }
    }

    /// Points of the transform.
    pub fn size(&self) -> usize {
        self.buffer.len()
    }

    /// Samples of the window.
    pub fn window_length(&self) -> usize {
        self.window.len()
    }

    /// Share of the window's energy that lies at or after sample `from`: for frames that begin before the signal.
    pub fn window_energy_share_from(&self, from: usize) -> f32 {
        if from == 0 {
            return 1.0;
        }
        let energy = |part: &[f32]| part.iter().map(|w| f64::from(*w).powi(2)).sum::<f64>();
        (energy(&self.window[from.min(self.window.len())..]) / energy(&self.window)) as f32
    }

    /// Transforms two channels of the window's length; without a right channel its power is 0.
    pub fn transform(&mut self, left: &[f32], right: Option<&[f32]>) {
        self.transform_parts([(left, right)]);
    }

    /// [`PairSpectrum::transform`] of a frame that lies in several pieces.
    pub fn transform_parts<const PARTS: usize>(&mut self, parts: [(&[f32], Option<&[f32]>); PARTS]) {
        let mut at = 0;
        for (left, right) in parts {
            let range = at..at + left.len();
            at = range.end;
            let (window, out) = (&self.window[range.clone()], &mut self.buffer[range]);
            match right {
                Some(right) => weigh(window, left, right, out),
                None => {
                    for ((z, w), l) in out.iter_mut().zip(window).zip(left) {
                        *z = Complex::new(w * l, 0.0);
                    }
                }
            }
        }
        self.buffer[self.window.len()..].fill(Complex::default());
        self.fft.process_with_scratch(&mut self.buffer, &mut self.scratch);
        self.unpack();
    }

    fn unpack(&mut self) {
        let half = self.buffer.len() / 2;
        let inner = 1..half;
        let (low, high) = self.buffer.split_at(half);
        let outputs =
            [&mut self.power[inner.clone()], &mut self.difference[inner.clone()], &mut self.cross[inner]];
        unpack(&low[1..], &high[1..], self.scale, outputs);
    }
}

dispatch! {
    fn weigh(window: &[f32], left: &[f32], right: &[f32], out: &mut [Complex<f32>]) = weigh_body
}

#[inline(always)]
#[expect(clippy::extra_unused_type_parameters, reason = "the two copies differ in their features only")]
fn weigh_body<A: Arithmetic>(window: &[f32], left: &[f32], right: &[f32], out: &mut [Complex<f32>]) {
    for (((z, w), l), r) in out.iter_mut().zip(window).zip(left).zip(right) {
        *z = Complex::new(w * l, w * r);
    }
}

dispatch! {
    fn unpack(low: &[Complex<f32>], high: &[Complex<f32>], scale: f32, outputs: [&mut [f32]; 3]) = unpack_body
}

/// `high` runs backwards: its last bin mirrors the first of `low`.
#[inline(always)]
fn unpack_body<A: Arithmetic>(
    low: &[Complex<f32>],
    high: &[Complex<f32>],
    scale: f32,
    outputs: [&mut [f32]; 3],
) {
    let halved = scale * 0.5;
    let [power, difference, cross] = outputs;
    let outputs = power.iter_mut().zip(difference).zip(cross);
    for (((power, difference), cross), (a, b)) in outputs.zip(low.iter().zip(high.iter().rev())) {
        let squares = A::madd32(a.re, a.re, a.im * a.im) + A::madd32(b.re, b.re, b.im * b.im);
        *power = halved * squares;
        *difference = scale * A::madd32(a.re, b.re, -(a.im * b.im));
        *cross = halved * A::madd32(a.re, b.im, a.im * b.re);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::simd::Plain;

    #[test]
    fn both_copies_agree_with_the_definition() {
        let wave = |step: f32| (0..64).map(|i| (i as f32 * step).sin()).collect::<Vec<f32>>();
        let (left, right) = (wave(0.7), wave(1.1));
        let mut fast = PairSpectrum::new(vec![1.0; 64], 64);
        fast.transform(&left, Some(&right));
        let mut plain = PairSpectrum::new(vec![1.0; 64], 64);
        weigh_body::<Plain>(&plain.window, &left, &right, &mut plain.buffer);
        plain.fft.process_with_scratch(&mut plain.buffer, &mut plain.scratch);
        let (low, high) = plain.buffer.split_at(32);
        let outputs = [&mut plain.power[1..32], &mut plain.difference[1..32], &mut plain.cross[1..32]];
        unpack_body::<Plain>(&low[1..], &high[1..], plain.scale, outputs);
        // The definition: one sum per bin and channel.
        let bin = |x: &[f32], k: usize| {
            x.iter().enumerate().fold((0.0, 0.0), |sum, (n, x)| {
                let angle = std::f64::consts::TAU * (k * n) as f64 / 64.0;
                (sum.0 + f64::from(*x) * angle.cos(), sum.1 - f64::from(*x) * angle.sin())
            })
        };
        for k in 1..32 {
            let (l, r) = (bin(&left, k), bin(&right, k));
            let scale = 2.0 / (64.0 * 64.0);
            let (l2, r2) = (l.0 * l.0 + l.1 * l.1, r.0 * r.0 + r.1 * r.1);
            let exact = [scale * (l2 + r2), scale * (l2 - r2), scale * (l.0 * r.0 + l.1 * r.1)];
            let fast = [fast.power[k], fast.difference[k], fast.cross[k]];
            let plain = [plain.power[k], plain.difference[k], plain.cross[k]];
            for i in 0..3 {
                assert!((f64::from(fast[i]) - exact[i]).abs() < 1e-6, "{k}: {fast:?} {exact:?}");
                assert!((fast[i] - plain[i]).abs() < 1e-6, "{k}: {fast:?} {plain:?}");
            }
        }
    }
}
