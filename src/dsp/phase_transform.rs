//! Generalised cross-correlation with the phase transform (GCC-PHAT): how late one channel is against another.

use super::simd::greater32;
use super::spectrum::PairSpectrum;
use rustfft::{Fft, FftPlanner, num_complex::Complex};
use std::sync::Arc;

/// Bins whose cross power is this much weaker than the strongest carry no phase to speak of: 60 dB.
const MIN_BIN_SHARE: f32 = 1e-6;

/// The phase transform of frames of one size.
pub struct PhaseTransform {
    inverse: Arc<dyn Fft<f32>>,
    scratch: Vec<Complex<f32>>,
    cross: Vec<Complex<f32>>,
    bins: usize,
}

impl PhaseTransform {
    /// Frames of `size` samples (even).
    pub fn new(size: usize) -> PhaseTransform {
        let inverse = FftPlanner::new().plan_fft_inverse(size);
        PhaseTransform {
            scratch: vec![Complex::default(); inverse.get_inplace_scratch_len()],
            inverse,
            cross: vec![Complex::default(); size],
            bins: 0,
        }
    }

    /// Samples of a frame.
    pub fn size(&self) -> usize {
        self.cross.len()
    }

    /// Correlates the channels of a frame that has just been transformed with this size; gives the number of bins that had
    /// a say, `None` for silence on either side.
    pub fn correlate(&mut self, spectrum: &PairSpectrum) -> Option<usize> {
        let size = self.size();
        let frame = spectrum.bins();
        let mut strongest = 0f32;
        let (low, high) = (&frame[1..size / 2], &frame[size / 2 + 1..]);
        let (cross, mirrored) = self.cross.split_at_mut(size / 2);
        for ((cross, a), b) in cross[1..].iter_mut().zip(low).zip(high.iter().rev()) {
            // L R* from Z = FFT(L + iR): Im(ab)/2 + i (|a|² − |b|²)/4.
            *cross = Complex::new((a * b).im / 2.0, (a.norm_sqr() - b.norm_sqr()) / 4.0);
            strongest = greater32(cross.norm_sqr(), strongest);
        }
        let strongest = strongest.sqrt();
        if strongest <= f32::MIN_POSITIVE {
            return None;
        }
        self.bins = 0;
        cross[0] = Complex::default();
        mirrored.fill(Complex::default());
        for cross in &mut cross[1..] {
            let power = cross.norm_sqr().sqrt();
            if power > MIN_BIN_SHARE * strongest {
                *cross /= power;
                self.bins += 1;
            } else {
                *cross = Complex::default();
            }
        }
        self.inverse.process_with_scratch(&mut self.cross, &mut self.scratch);
        Some(self.bins)
    }

    /// Height of the correlation where the right channel is `delay` samples late, at most the frame's length; 1 for a pure
    /// delay.
    pub fn height(&self, delay: i32) -> f32 {
        let late = delay.unsigned_abs() as usize;
        let place = if delay > 0 { self.cross.len() - late } else { late };
        self.cross[place].re / self.bins.max(1) as f32
    }
}
