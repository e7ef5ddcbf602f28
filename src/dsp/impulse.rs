//! Impulse responses of filter cascades, for convolvers.

use super::biquad::{Biquad, Coefficients, response_db};
use crate::units;
use realfft::RealFftPlanner;
use realfft::num_complex::Complex;

/// The cascade's own response to one sample of 1: minimum phase, cut after `frames`.
pub fn minimum_phase(cascade: &[Coefficients], frames: usize) -> Vec<f64> {
    let mut filters: Vec<Biquad> = cascade.iter().map(|section| Biquad::new(*section)).collect();
    (0..frames)
        .map(|frame| {
            let input = if frame == 0 { 1.0 } else { 0.0 };
            filters.iter_mut().fold(input, |sample, filter| filter.process(sample))
        })
        .collect()
}

/// The same magnitudes with a constant delay of half the length: linear phase. `frames` is even.
pub fn linear_phase(cascade: &[Coefficients], sample_rate_hz: f64, frames: usize) -> Vec<f64> {
    // Twice as many frequencies as needed: what wraps around in time is the far end of the tail.
    let size = 2 * frames;
    let bins = size / 2 + 1;
    let mut spectrum: Vec<Complex<f64>> = (0..bins)
        .map(|bin| {
            let frequency_hz = bin as f64 * sample_rate_hz / size as f64;
            // A filter with a zero at 0 Hz has no decibels there.
            let gain_db = response_db(cascade, frequency_hz, sample_rate_hz).max(-300.0);
            Complex::new(units::db_to_amplitude(gain_db), 0.0)
        })
        .collect();
    let inverse = RealFftPlanner::new().plan_fft_inverse(size);
    let mut whole = inverse.make_output_vec();
    // Real spectra of the right length cannot be refused.
    let _ = inverse.process(&mut spectrum, &mut whole);
    (0..frames).map(|frame| whole[(frame + size - frames / 2) % size] / size as f64).collect()
}
