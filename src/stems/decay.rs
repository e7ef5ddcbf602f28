//! How fast a stem falls silent: the dryness that can be measured without knowing the instrument.

use crate::units::power_level_db;

/// A level below this is silence.
const SILENT_DB: f64 = -90.0;
/// Less per frame is no fall: a room of 5 s loses 1 dB in 85 ms.
const FALL_DB: f64 = 1.0;
/// Falls that count.
const LEAST_FALL_DB: f64 = 20.0;
/// Falls that make a figure.
const LEAST_FALLS: u32 = 6;
/// Steps of the figure, and their number; slower falls share the last.
const STEP_S: f64 = 0.025;
const STEPS: usize = 120;

/// Follows the level of one stem.
#[derive(Debug, Clone)]
pub struct Decay {
    frame_s: f64,
    last_db: f64,
    /// Height of the present fall, and its frames.
    fallen_db: f64,
    frames: u32,
    falls: Vec<u32>,
}

impl Decay {
    /// For frames of a length.
    pub fn new(frame_s: f64) -> Decay {
        Decay { frame_s, last_db: SILENT_DB, fallen_db: 0.0, frames: 0, falls: vec![0; STEPS] }
    }

    /// Takes in the mean power of a frame.
    pub fn add(&mut self, mean_square: f64) {
        let level_db = power_level_db(mean_square).unwrap_or(SILENT_DB).max(SILENT_DB);
        // The last step into silence is no whole one, unless it is the only one.
        let cut = level_db <= SILENT_DB && self.fallen_db >= LEAST_FALL_DB;
        if level_db <= self.last_db - FALL_DB && !cut {
            self.fallen_db += self.last_db - level_db;
            self.frames += 1;
        } else {
            self.end();
        }
        self.last_db = level_db;
    }

    fn end(&mut self) {
        if self.fallen_db >= LEAST_FALL_DB {
            let decay_s = 60.0 * f64::from(self.frames) * self.frame_s / self.fallen_db;
            self.falls[((decay_s / STEP_S) as usize).min(STEPS - 1)] += 1;
        }
        (self.fallen_db, self.frames) = (0.0, 0);
    }

    /// The median time for 60 dB.
    pub fn decay_s(&self) -> Option<f64> {
        let count: u32 = self.falls.iter().sum();
        let mut seen = 0;
        let step = self.falls.iter().position(|falls| {
            seen += falls;
            2 * seen >= count
        })?;
        (count >= LEAST_FALLS).then_some((step as f64 + 0.5) * STEP_S)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::db_to_power;

    #[test]
    fn falls_are_timed_and_steady_sound_has_none() {
        for decay_s in [0.3, 0.8, 1.6] {
            let mut decay = Decay::new(0.085);
            for frame in 0..600 {
                decay.add(db_to_power(-20.0 - 60.0 * f64::from(frame % 40) * 0.085 / decay_s));
            }
            let found = decay.decay_s().unwrap_or_default();
            assert!((found / decay_s - 1.0).abs() < 0.1, "{found} for {decay_s}");
        }
        let mut steady = Decay::new(0.085);
        (0..600).for_each(|_| steady.add(0.01));
        assert_eq!(steady.decay_s(), None);
    }
}
