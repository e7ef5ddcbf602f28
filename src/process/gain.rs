//! Constant gain.

use super::stage::Stage;
use crate::units;

/// Multiplies by one number.
pub(super) struct Gain {
    factor: f64,
}

impl Gain {
    pub(super) fn new(gain_db: f64) -> Gain {
        Gain { factor: units::db_to_amplitude(gain_db) }
    }
}

impl Stage for Gain {
    fn process(&mut self, left: &mut [f32], right: &mut [f32]) {
        for sample in left.iter_mut().chain(right) {
            *sample = (f64::from(*sample) * self.factor) as f32;
        }
    }
}
