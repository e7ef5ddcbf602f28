//! Oversampled soft clipper: rounds what stands above a knee, in front of a limiter.
//!
//! Only the change that clipping makes is filtered back to the sample rate and added to the delayed signal: what stays under
//! the knee passes without a changed bit, and the filters can colour nothing but the distortion itself.

use super::meter::Reduction;
use super::stage::{CHUNK, Stage};
use crate::dsp::clip::{Clipper, DELAY, RATIOS_DELAY};
use crate::units;

/// The clipper of both channels. Its meter shows how far peaks are pulled down.
pub(super) struct SoftClip {
    channels: [Clipper; 2],
    meter: Reduction,
}

impl SoftClip {
    pub(super) fn new(ceiling_dbfs: f64, knee_db: f64, sample_rate_hz: u32, late: usize) -> SoftClip {
        let ceiling = units::db_to_amplitude(ceiling_dbfs);
        let knee = units::db_to_amplitude(ceiling_dbfs - knee_db);
        SoftClip {
            channels: [0, 1].map(|_| Clipper::new(ceiling, knee, CHUNK)),
            meter: Reduction::new(sample_rate_hz, late + RATIOS_DELAY),
        }
    }
}

impl Stage for SoftClip {
    fn latency(&self) -> usize {
        DELAY
    }

    fn process(&mut self, left: &mut [f32], right: &mut [f32]) {
        let mut reductions_db = [0.0f32; CHUNK];
        for (clipper, samples) in self.channels.iter_mut().zip([&mut *left, &mut *right]) {
            clipper.process(samples);
            for (most_db, ratio) in reductions_db.iter_mut().zip(clipper.ratios()) {
                if *ratio < 1.0 {
                    *most_db = most_db.max(-units::fast_power_to_db(ratio * ratio));
                }
            }
        }
        self.meter.push(&reductions_db, left, right);
    }

    fn reduction(&self) -> Option<&Reduction> {
        Some(&self.meter)
    }

    fn reduction_mut(&mut self) -> Option<&mut Reduction> {
        Some(&mut self.meter)
    }
}
