//! One complex transform of two real channels: powers, difference and cross power per bin.

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
        let energy = |part: &[f32]| part.iter().map(|w| f64::from(*w).powi(2)).sum::<f64>();
        (energy(&self.window[from.min(self.window.len())..]) / energy(&self.window)) as f32
    }

    /// Transforms two channels of the window's length; without a right channel its power is 0.
    pub fn transform(&mut self, left: &[f32], right: Option<&[f32]>) {
        let window = &self.window;
        match right {
            Some(right) => {
                for (((z, w), l), r) in self.buffer.iter_mut().zip(window).zip(left).zip(right) {
                    *z = Complex::new(w * l, w * r);
                }
            }
            None => {
                for ((z, w), l) in self.buffer.iter_mut().zip(window).zip(left) {
                    *z = Complex::new(w * l, 0.0);
                }
            }
        }
        self.buffer[window.len()..].fill(Complex::default());
        self.fft.process_with_scratch(&mut self.buffer, &mut self.scratch);
        self.unpack();
    }

    fn unpack(&mut self) {
        let half = self.buffer.len() / 2;
        let (low, high) = self.buffer.split_at(half);
        let full = self.scale;
        let halved = self.scale * 0.5;
        let outputs =
            self.power[1..half].iter_mut().zip(&mut self.difference[1..half]).zip(&mut self.cross[1..half]);
        for (((power, difference), cross), (a, b)) in outputs.zip(low[1..].iter().zip(high[1..].iter().rev()))
        {
            *power = halved * (a.re * a.re + a.im * a.im + b.re * b.re + b.im * b.im);
            *difference = full * (a.re * b.re - a.im * b.im);
            *cross = halved * (a.re * b.im + a.im * b.re);
        }
    }
}
