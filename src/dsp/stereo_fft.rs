//! Spectra of stereo frames by one complex transform, and correlations over both channels at once.
//!
//! With z = L + iR the real part of Σ z₁ z₂* is Σ L₁L₂ + R₁R₂, so one transform serves both channels.

use rustfft::{Fft, FftPlanner, num_complex::Complex};
use std::sync::Arc;

/// A complex spectrum, real and imaginary parts apart.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Spectrum {
    /// Real parts.
    pub re: Vec<f32>,
    /// Imaginary parts.
    pub im: Vec<f32>,
}

impl Spectrum {
    /// Of `bins` zeros.
    pub fn zeros(bins: usize) -> Spectrum {
        Spectrum { re: vec![0.0; bins], im: vec![0.0; bins] }
    }
}

/// Transforms of one size.
#[derive(Clone)]
pub struct StereoFft {
    forward: Arc<dyn Fft<f32>>,
    inverse: Arc<dyn Fft<f32>>,
    buffer: Vec<Complex<f32>>,
    scratch: Vec<Complex<f32>>,
}

impl StereoFft {
    /// Frames of `size` samples.
    pub fn new(size: usize) -> StereoFft {
        let mut planner = FftPlanner::new();
        let (forward, inverse) = (planner.plan_fft_forward(size), planner.plan_fft_inverse(size));
        let scratch = forward.get_inplace_scratch_len().max(inverse.get_inplace_scratch_len());
        StereoFft {
            forward,
            inverse,
            buffer: vec![Complex::default(); size],
            scratch: vec![Complex::default(); scratch],
        }
    }

    /// Samples of a frame.
    pub fn size(&self) -> usize {
        self.buffer.len()
    }

    /// The spectrum of L + iR, all bins in the order of the transform. `window` may be empty for none.
    pub fn transform(&mut self, window: &[f32], left: &[f32], right: &[f32], spectrum: &mut Spectrum) {
        for ((z, l), r) in self.buffer.iter_mut().zip(left).zip(right) {
            *z = Complex::new(*l, *r);
        }
        for (z, w) in self.buffer.iter_mut().zip(window) {
            *z *= *w;
        }
        self.forward.process_with_scratch(&mut self.buffer, &mut self.scratch);
        spectrum.re.clear();
        spectrum.im.clear();
        spectrum.re.extend(self.buffer.iter().map(|z| z.re));
        spectrum.im.extend(self.buffer.iter().map(|z| z.im));
    }

    /// The correlation whose cross spectrum is `cross`, each bin weighted: entry `l` belongs to a lag of `l` samples,
    /// negative lags stand at the end.
    pub fn correlation(&mut self, cross: &Spectrum, weights: &[f32], correlation: &mut Vec<f32>) {
        let bins = cross.re.iter().zip(&cross.im).zip(weights);
        for (z, ((re, im), weight)) in self.buffer.iter_mut().zip(bins) {
            *z = Complex::new(re * weight, im * weight);
        }
        self.inverse.process_with_scratch(&mut self.buffer, &mut self.scratch);
        correlation.clear();
        correlation.extend(self.buffer.iter().map(|z| z.re));
    }
}

/// Σ conj(a) b of two stretches, in lanes so that the loop is vectorised.
pub fn complex_dot(a: (&[f32], &[f32]), b: (&[f32], &[f32])) -> (f64, f64) {
    const LANES: usize = 8;
    let (mut re, mut im) = ([0f32; LANES], [0f32; LANES]);
    let (a_re, a_re_rest) = a.0.as_chunks::<LANES>();
    let (a_im, a_im_rest) = a.1.as_chunks::<LANES>();
    let (b_re, b_re_rest) = b.0.as_chunks::<LANES>();
    let (b_im, b_im_rest) = b.1.as_chunks::<LANES>();
    for (((ar, ai), br), bi) in a_re.iter().zip(a_im).zip(b_re).zip(b_im) {
        for lane in 0..LANES {
            re[lane] += ar[lane] * br[lane] + ai[lane] * bi[lane];
            im[lane] += ar[lane] * bi[lane] - ai[lane] * br[lane];
        }
    }
    let mut sum = (re.iter().map(|x| f64::from(*x)).sum(), im.iter().map(|x| f64::from(*x)).sum());
    for (((ar, ai), br), bi) in a_re_rest.iter().zip(a_im_rest).zip(b_re_rest).zip(b_im_rest) {
        sum.0 += f64::from(ar * br + ai * bi);
        sum.1 += f64::from(ar * bi - ai * br);
    }
    sum
}
