//! Triangular dither to the grid of the written file; the last step.
//!
//! Noise of ±1 LSB, triangular, independent per channel, makes the error of rounding independent of the music: total
//! error power LSB² / 4 (Lipshitz, Wannamaker and Vanderkooy, "Quantization and Dither", JAES 40/5, 1992).

use super::stage::Stage;
use crate::dsp::random::SplitMix64;

/// Adding and taking it away rounds a number below 2⁵¹ to the nearest whole one; `round` is a library call on
/// processors without SSE4.1.
const ROUND: f64 = 6_755_399_441_055_744.0;

/// One step of a grid of `bits` bits, full scale being 1.
pub(super) fn quantum(bits: u16) -> f64 {
    1.0 / f64::from(1u32 << (bits - 1))
}

/// Noise and rounding.
pub(super) struct Dither {
    /// Steps from zero to full scale.
    steps: f64,
    noise: [SplitMix64; 2],
}

impl Dither {
    pub(super) fn new(bits: u16, seed: u64) -> Dither {
        Dither { steps: 1.0 / quantum(bits), noise: [0, 1].map(|channel| SplitMix64::new(seed, channel)) }
    }
}

impl Stage for Dither {
    fn process(&mut self, left: &mut [f32], right: &mut [f32]) {
        let step = 1.0 / self.steps;
        for (samples, noise) in [left, right].into_iter().zip(&mut self.noise) {
            for sample in samples {
                let dithered = f64::from(*sample) * self.steps + noise.triangular();
                let whole = (dithered.clamp(-self.steps, self.steps - 1.0) + ROUND) - ROUND;
                *sample = (whole * step) as f32;
            }
        }
    }
}
