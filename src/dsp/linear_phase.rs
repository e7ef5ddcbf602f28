//! Symmetric filters drawn from a magnitude, and the convolution that applies them.
//!
//! A magnitude sampled at every bin of a long transform, without any phase, is the spectrum of a filter that is the same
//! forwards and backwards. It is applied in equal partitions (overlap-save with a delay line of spectra), so that the only
//! latency is the filter's own: half its length.

use realfft::{ComplexToReal, RealFftPlanner, RealToComplex, num_complex::Complex};
use std::sync::Arc;

/// A filter of `length` taps (a power of two) that is symmetric around tap `length / 2` and has the given linear gain at
/// every frequency, named as a share of the sample rate (0 to 0.5).
pub fn symmetric_filter(length: usize, gain: impl Fn(f64) -> f64) -> Vec<f64> {
    let inverse = RealFftPlanner::<f64>::new().plan_fft_inverse(length);
    let scale = 1.0 / length as f64;
    let mut spectrum: Vec<Complex<f64>> =
        (0..=length / 2).map(|bin| Complex::new(gain(bin as f64 / length as f64) * scale, 0.0)).collect();
    let mut taps = vec![0.0; length];
    // The lengths are those of the plan, and a real spectrum has no imaginary part at its ends.
    let _ = inverse.process(&mut spectrum, &mut taps);
    taps.rotate_right(length / 2);
    taps
}

/// A filter at work on one channel, in blocks of one length.
pub struct Convolver {
    block: usize,
    forward: Arc<dyn RealToComplex<f64>>,
    inverse: Arc<dyn ComplexToReal<f64>>,
    /// Spectrum of each partition of the filter, scaled for the inverse transform.
    partitions: Vec<Vec<Complex<f64>>>,
    /// Spectra of the blocks so far, the newest at `newest`.
    spectra: Vec<Vec<Complex<f64>>>,
    newest: usize,
    /// The block before, then this one.
    input: Vec<f64>,
    buffer: Vec<f64>,
    sum: Vec<Complex<f64>>,
}

impl Convolver {
    /// A filter at rest; its length is rounded up to whole blocks.
    pub fn new(taps: &[f64], block: usize) -> Convolver {
        let size = 2 * block;
        let mut planner = RealFftPlanner::<f64>::new();
        let (forward, inverse) = (planner.plan_fft_forward(size), planner.plan_fft_inverse(size));
        let partition = |taps: &[f64]| {
            let mut padded = vec![0.0; size];
            padded.iter_mut().zip(taps).for_each(|(padded, tap)| *padded = tap / size as f64);
            let mut spectrum = forward.make_output_vec();
            let _ = forward.process(&mut padded, &mut spectrum);
            spectrum
        };
        let partitions: Vec<_> = taps.chunks(block).map(partition).collect();
        let silent = forward.make_output_vec();
        Convolver {
            block,
            spectra: vec![silent.clone(); partitions.len()],
            partitions,
            newest: 0,
            input: vec![0.0; size],
            buffer: vec![0.0; size],
            sum: silent,
            forward,
            inverse,
        }
    }

    /// Replaces one block by the filtered one. `samples` has the length of a block.
    pub fn process(&mut self, samples: &mut [f32]) {
        self.input.copy_within(self.block.., 0);
        for (input, sample) in self.input[self.block..].iter_mut().zip(samples.iter()) {
            *input = f64::from(*sample);
        }
        self.newest = (self.newest + self.spectra.len() - 1) % self.spectra.len();
        self.buffer.copy_from_slice(&self.input);
        let _ = self.forward.process(&mut self.buffer, &mut self.spectra[self.newest]);
        self.sum.fill(Complex::default());
        for (age, partition) in self.partitions.iter().enumerate() {
            let spectrum = &self.spectra[(self.newest + age) % self.spectra.len()];
            for ((sum, spectrum), partition) in self.sum.iter_mut().zip(spectrum).zip(partition) {
                *sum += spectrum * partition;
            }
        }
        // A transform of real audio has nothing there but rounding.
        for end in [0, self.block] {
            self.sum[end].im = 0.0;
        }
        let _ = self.inverse.process(&mut self.sum, &mut self.buffer);
        for (sample, output) in samples.iter_mut().zip(&self.buffer[self.block..]) {
            *sample = *output as f32;
        }
    }
}
