//! One filter for everything: the state-variable filter of two poles, whose corner may move while it runs.

use super::SAMPLE_RATE_HZ;
use std::f64::consts::{FRAC_1_SQRT_2, PI};

/// State-variable filter with trapezoidal integrators (Simper 2013): low-pass, band-pass and high-pass of
/// 12 dB per octave from one state. Stable for every corner below half the sample rate.
#[derive(Debug, Clone)]
pub struct Filter {
    first: f64,
    second: f64,
    a1: f64,
    a2: f64,
    a3: f64,
    damping: f64,
}

impl Filter {
    /// A filter at rest without resonance: −3 dB at its corner.
    pub fn butterworth(corner_hz: f64) -> Filter {
        Filter::new(corner_hz, FRAC_1_SQRT_2)
    }

    /// A filter at rest with a corner and a quality: the higher, the sharper.
    pub fn new(corner_hz: f64, q: f64) -> Filter {
        let mut filter = Filter { first: 0.0, second: 0.0, a1: 0.0, a2: 0.0, a3: 0.0, damping: 0.0 };
        filter.tune(corner_hz, q);
        filter
    }

    /// Moves the corner and the quality; the state stays, so the sound goes on without a jump.
    pub fn tune(&mut self, corner_hz: f64, q: f64) {
        let g = (PI * corner_hz.clamp(5.0, 0.45 * SAMPLE_RATE_HZ) / SAMPLE_RATE_HZ).tan();
        self.damping = 1.0 / q;
        self.a1 = 1.0 / (1.0 + g * (g + self.damping));
        self.a2 = g * self.a1;
        self.a3 = g * self.a2;
    }

    /// What lies below the corner.
    pub fn low(&mut self, sample: f32) -> f32 {
        self.step(sample).1 as f32
    }

    /// What lies around the corner, with gain 1 in the middle.
    pub fn band(&mut self, sample: f32) -> f32 {
        (self.damping * self.step(sample).0) as f32
    }

    /// What lies above the corner.
    pub fn high(&mut self, sample: f32) -> f32 {
        let (band, low) = self.step(sample);
        (f64::from(sample) - self.damping * band - low) as f32
    }

    /// A peak or dip of `gain_ratio` (amplitude) around the corner.
    pub fn bell(&mut self, sample: f32, gain_ratio: f32) -> f32 {
        sample + (gain_ratio - 1.0) * self.band(sample)
    }

    /// One sample through both integrators: band-pass and low-pass output.
    fn step(&mut self, sample: f32) -> (f64, f64) {
        let input = f64::from(sample) - self.second;
        let band = self.a1 * self.first + self.a2 * input;
        let low = self.second + self.a2 * self.first + self.a3 * input;
        self.first = 2.0 * band - self.first;
        self.second = 2.0 * low - self.second;
        (band, low)
    }
}
