//! Broad-band stereo figures from exact sums over all samples, in the time domain.

use crate::dsp::level::add_mid_side;

/// Sums over (L+R)², (L−R)² and (L+R)(L−R): what mid, side, left, right and their products follow from.
#[derive(Default)]
pub(super) struct Moments {
    sum: f64,
    difference: f64,
    product: f64,
}

/// A channel 120 dB below the other one is silent.
const SILENT_SHARE: f64 = 1e-12;

impl Moments {
    pub(super) fn push(&mut self, left: &[f32], right: &[f32]) {
        let mut sums = [self.sum, self.difference, self.product];
        add_mid_side(&mut sums, left, right);
        [self.sum, self.difference, self.product] = sums;
    }

    /// Energy of left and right, as four times the sum of squares.
    fn sides(&self) -> (f64, f64) {
        let both = self.sum + self.difference;
        let (left, right) = (both + 2.0 * self.product, both - 2.0 * self.product);
        let audible = |energy: f64| if energy > SILENT_SHARE * both { energy } else { 0.0 };
        (audible(left), audible(right))
    }

    /// Whether there was nothing at all.
    pub(super) fn silent(&self) -> bool {
        self.sum + self.difference <= 0.0
    }

    /// Whether every sample was the same on both sides, and there was any.
    pub(super) fn identical(&self) -> bool {
        self.difference == 0.0 && self.sum > 0.0
    }

    /// Σ LR / √(Σ L² Σ R²); NaN while a side is silent.
    pub(super) fn correlation(&self) -> f64 {
        let (left, right) = self.sides();
        ((self.sum - self.difference) / (left * right).sqrt()).clamp(-1.0, 1.0)
    }

    /// Energy of the side over that of the mid.
    pub(super) fn side_to_mid(&self) -> f64 {
        self.difference / self.sum
    }

    /// Energy of left over that of right.
    pub(super) fn balance(&self) -> f64 {
        let (left, right) = self.sides();
        left / right
    }
}
