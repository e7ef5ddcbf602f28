//! The modified discrete cosine transform, by a complex transform of a quarter of the frame, and the windows that coders use with it.

use rustfft::{Fft, FftPlanner, num_complex::Complex};
use std::f64::consts::PI;
use std::sync::Arc;

/// Transforms of one size: 2 N samples to N coefficients, scaled so that noise keeps its power.
pub struct Mdct {
    fft: Arc<dyn Fft<f32>>,
    turns: Vec<Complex<f32>>,
    folded: Vec<f32>,
    buffer: Vec<Complex<f32>>,
    scratch: Vec<Complex<f32>>,
}

impl Mdct {
    /// For `coefficients`, an even number.
    pub fn new(coefficients: usize) -> Mdct {
        let fft = FftPlanner::new().plan_fft_forward(coefficients / 2);
        let turn = |n: usize| {
            let (sin, cos) = (-PI * (8 * n + 1) as f64 / (8 * coefficients) as f64).sin_cos();
            Complex::new(cos as f32, sin as f32)
        };
        Mdct {
            turns: (0..coefficients / 2).map(turn).collect(),
            folded: vec![0.0; coefficients],
            buffer: vec![Complex::default(); coefficients / 2],
            scratch: vec![Complex::default(); fft.get_inplace_scratch_len()],
            fft,
        }
    }

    /// Coefficients of a frame under a window of its length.
    pub fn transform(&mut self, window: &[f32], frame: &[f32], coefficients: &mut [f32]) {
        let Mdct { fft, turns, folded, buffer, scratch } = self;
        let (count, half) = (folded.len(), folded.len() / 2);
        // Quarters of the frame under the window; as slices, so that the folding is vectorised.
        let quarter = |k: usize| {
            window[k * half..(k + 1) * half].iter().zip(&frame[k * half..(k + 1) * half]).map(|(w, x)| w * x)
        };
        let (early, late) = folded.split_at_mut(half);
        for (out, (c, d)) in early.iter_mut().zip(quarter(2).rev().zip(quarter(3))) {
            *out = -c - d;
        }
        for (out, (a, b)) in late.iter_mut().zip(quarter(0).zip(quarter(1).rev())) {
            *out = a - b;
        }
        for (n, (z, turn)) in buffer.iter_mut().zip(turns.iter()).enumerate() {
            *z = Complex::new(folded[2 * n], folded[count - 1 - 2 * n]) * turn;
        }
        fft.process_with_scratch(buffer, scratch);
        let scale = (2.0 / count as f32).sqrt();
        for (k, (z, turn)) in buffer.iter().zip(turns.iter()).enumerate() {
            let z = z * turn * scale;
            coefficients[2 * k] = z.re;
            coefficients[count - 1 - 2 * k] = -z.im;
        }
    }
}

/// Half a sine.
pub fn sine_window(length: usize) -> Vec<f32> {
    (0..length).map(|i| (PI * (i as f64 + 0.5) / length as f64).sin() as f32).collect()
}

/// The window of Vorbis.
pub fn vorbis_window(length: usize) -> Vec<f32> {
    let value = |i: usize| (PI / 2.0 * (PI * (i as f64 + 0.5) / length as f64).sin().powi(2)).sin();
    (0..length).map(|i| value(i) as f32).collect()
}

/// The window that is derived from that of Kaiser and Bessel; AAC has the shape 4.
pub fn kaiser_bessel_window(length: usize, shape: f64) -> Vec<f32> {
    let half = length / 2;
    let kernel: Vec<f64> = (0..=half)
        .map(|i| bessel(PI * shape * (1.0 - (2.0 * i as f64 / half as f64 - 1.0).powi(2)).max(0.0).sqrt()))
        .collect();
    let total: f64 = kernel.iter().sum();
    let rising = kernel[..half].iter().scan(0.0, |sum, value| {
        *sum += value;
        Some((*sum / total).sqrt() as f32)
    });
    let rising: Vec<f32> = rising.collect();
    rising.iter().chain(rising.iter().rev()).copied().collect()
}

/// Modified Bessel function of the first kind and order 0.
fn bessel(x: f64) -> f64 {
    let terms = (1..60).scan(1.0, |term, k| {
        *term *= (x / 2.0 / f64::from(k)).powi(2);
        Some(*term)
    });
    1.0 + terms.sum::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_add_up_under_every_window() {
        for window in [sine_window(64), vorbis_window(64), kaiser_bessel_window(64, 4.0)] {
            for i in 0..32 {
                assert!((window[i].powi(2) + window[i + 32].powi(2) - 1.0).abs() < 1e-6);
            }
        }
    }

    #[test]
    fn the_definition() {
        let count = 16;
        let frame: Vec<f32> = (0..2 * count).map(|i| (i as f32 * 1.3).sin() + 0.1 * i as f32).collect();
        let window = sine_window(2 * count);
        let mut coefficients = vec![0.0; count];
        Mdct::new(count).transform(&window, &frame, &mut coefficients);
        for (k, found) in coefficients.iter().enumerate() {
            let exact: f64 = (0..2 * count)
                .map(|n| {
                    let place = n as f64 + 0.5 + count as f64 / 2.0;
                    let wave = (PI / count as f64 * place * (k as f64 + 0.5)).cos();
                    f64::from(window[n] * frame[n]) * wave
                })
                .sum();
            let exact = exact * (2.0 / count as f64).sqrt();
            assert!((f64::from(*found) - exact).abs() < 1e-5, "{k}: {found} {exact}");
        }
    }
}
