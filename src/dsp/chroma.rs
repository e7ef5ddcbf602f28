//! Pitch classes: how much of a sound lies on each note, whatever the octave and the tuning.

use crate::units;
use std::f64::consts::TAU;

/// Steps per semitone of the fine histogram.
const STEPS: usize = 10;
/// Pitch classes.
pub const CLASSES: usize = 12;
/// Concert pitch, the A of every octave.
const A4_HZ: f64 = 440.0;
/// Pitch class of A, counted from C.
const CLASS_OF_A: f64 = 9.0;

/// Weight by pitch class, in tenths of a semitone.
pub struct Chroma {
    fine: [f64; CLASSES * STEPS],
}

impl Default for Chroma {
    fn default() -> Chroma {
        Chroma { fine: [0.0; CLASSES * STEPS] }
    }
}

impl Chroma {
    /// Adds the spectral peaks between two frequencies of one frame, weighted by amplitude; every frame counts the same.
    pub fn add(&mut self, power: &[f32], bin_hz: f64, low_hz: f64, high_hz: f64) {
        let first = ((low_hz / bin_hz) as usize).max(1);
        let last = ((high_hz / bin_hz) as usize).min(power.len().saturating_sub(2));
        let mut peaks = Vec::new();
        for k in first..=last {
            let (before, here, after) = (power[k - 1], power[k], power[k + 1]);
            if here > before && here >= after && here > 0.0 {
                // Parabola through the levels of three bins.
                let level = |power: f32| units::power_to_db(f64::from(power.max(f32::MIN_POSITIVE)));
                let (a, b, c) = (level(before), level(here), level(after));
                let place = k as f64 + 0.5 * (a - c) / (a - 2.0 * b + c).min(-1e-9);
                peaks.push((place * bin_hz, f64::from(here).sqrt()));
            }
        }
        let total: f64 = peaks.iter().map(|(_, weight)| weight).sum();
        for (hz, weight) in peaks {
            let class = (units::semitones(A4_HZ, hz) + CLASS_OF_A).rem_euclid(CLASSES as f64);
            let step = (class * STEPS as f64).round() as usize % self.fine.len();
            self.fine[step] += weight / total;
        }
    }

    /// How far the music is tuned above concert pitch, in semitones from −0.5 to 0.5.
    pub fn tuning_st(&self) -> f64 {
        let (mut x, mut y) = (0.0, 0.0);
        for (step, weight) in self.fine.iter().enumerate() {
            let angle = TAU * step as f64 / STEPS as f64;
            x += weight * angle.cos();
            y += weight * angle.sin();
        }
        y.atan2(x) / TAU
    }

    /// Weight of each pitch class from C, with the tuning taken out; adds up to one. `None` for silence.
    pub fn classes(&self) -> Option<[f64; CLASSES]> {
        let total: f64 = self.fine.iter().sum();
        let tuning_st = self.tuning_st();
        let mut classes = [0.0; CLASSES];
        for (step, weight) in self.fine.iter().enumerate() {
            let class = (step as f64 / STEPS as f64 - tuning_st).round().rem_euclid(CLASSES as f64);
            classes[class as usize % CLASSES] += weight / total;
        }
        (total > 0.0).then_some(classes)
    }
}
