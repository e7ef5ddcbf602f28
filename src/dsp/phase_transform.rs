//! Generalised cross-correlation with the phase transform (GCC-PHAT): how late one channel is against another.

use super::window::hann;
use rustfft::{Fft, FftPlanner, num_complex::Complex};
use std::sync::Arc;

/// Bins whose cross power is this much weaker than the strongest carry no phase to speak of: 60 dB.
const MIN_BIN_SHARE: f32 = 1e-6;

/// The phase transform of frames of one size.
pub struct PhaseTransform {
    forward: Arc<dyn Fft<f32>>,
    inverse: Arc<dyn Fft<f32>>,
    window: Vec<f32>,
    frame: Vec<Complex<f32>>,
    cross: Vec<Complex<f32>>,
    bins: usize,
}

impl PhaseTransform {
    /// Frames of `size` samples (even).
    pub fn new(size: usize) -> PhaseTransform {
        let mut planner = FftPlanner::new();
        PhaseTransform {
            forward: planner.plan_fft_forward(size),
            inverse: planner.plan_fft_inverse(size),
            window: hann(size),
            frame: vec![Complex::default(); size],
            cross: vec![Complex::default(); size],
            bins: 0,
        }
    }

    /// Samples of a frame.
    pub fn size(&self) -> usize {
        self.frame.len()
    }

    /// Correlates two frames; gives the number of bins that had a say, `None` for silence on either side.
    pub fn transform(&mut self, left: &[f32], right: &[f32]) -> Option<usize> {
        let size = self.size();
        for (((z, w), l), r) in self.frame.iter_mut().zip(&self.window).zip(left).zip(right) {
            *z = Complex::new(w * l, w * r);
        }
        self.forward.process(&mut self.frame);
        self.cross.fill(Complex::default());
        for k in 1..size / 2 {
            let (a, b) = (self.frame[k], self.frame[size - k]);
            // L R* from Z = FFT(L + iR): Im(ab)/2 + i (|a|² − |b|²)/4.
            self.cross[k] = Complex::new((a * b).im / 2.0, (a.norm_sqr() - b.norm_sqr()) / 4.0);
        }
        let strongest = self.cross.iter().map(|c| c.norm()).fold(0.0, f32::max);
        if strongest <= f32::MIN_POSITIVE {
            return None;
        }
        self.bins = 0;
        for cross in &mut self.cross[1..size / 2] {
            let power = cross.norm();
            if power > MIN_BIN_SHARE * strongest {
                *cross /= power;
                self.bins += 1;
            } else {
                *cross = Complex::default();
            }
        }
        self.inverse.process(&mut self.cross);
        Some(self.bins)
    }

    /// Height of the correlation where the right channel is `delay` samples late; 1 for a pure delay.
    pub fn height(&self, delay: i32) -> f32 {
        let place = (-delay).rem_euclid(self.cross.len() as i32) as usize;
        self.cross[place].re / self.bins.max(1) as f32
    }
}
