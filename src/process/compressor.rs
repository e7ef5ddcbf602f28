//! Stereo-linked feed-forward compressor: envelope, soft knee, smooth branching ballistics in decibels.

use super::meter::Reduction;
use super::stage::{CHUNK, Stage};
use crate::dsp::envelope::{Ballistics, EnvelopeDetector, StaticCurve};
use crate::model::CompressorSettings;
use crate::units;

/// Detector, curve and ballistics of one band.
pub(super) struct GainComputer {
    detector: EnvelopeDetector,
    curve: StaticCurve,
    ballistics: Ballistics,
    makeup_db: f32,
}

impl GainComputer {
    pub(super) fn new(settings: &CompressorSettings, sample_rate_hz: u32) -> GainComputer {
        GainComputer {
            detector: EnvelopeDetector::new(sample_rate_hz),
            curve: StaticCurve::new(settings.threshold_dbfs, settings.ratio, settings.knee_db),
            ballistics: Ballistics::new(settings.attack_ms, settings.release_ms, f64::from(sample_rate_hz)),
            makeup_db: settings.makeup_db as f32,
        }
    }

    /// The reduction of each frame.
    pub(super) fn reductions_db(&mut self, left: &[f32], right: &[f32], reduction_db: &mut [f32; CHUNK]) {
        let mut power = [0.0; CHUNK];
        self.detector.power(left, right, &mut power);
        self.curve.reductions_db(&power, reduction_db);
        for reduction_db in reduction_db.iter_mut() {
            *reduction_db = self.ballistics.process(*reduction_db);
        }
        self.ballistics.clear_silence();
    }

    /// The gain that goes with a reduction.
    #[inline(always)]
    pub(super) fn gain(&self, reduction_db: f32) -> f32 {
        units::fast_db_to_amplitude(self.makeup_db - reduction_db)
    }
}

/// The compressor at work.
pub(super) struct Compressor {
    computer: GainComputer,
    meter: Reduction,
}

impl Compressor {
    pub(super) fn new(settings: &CompressorSettings, sample_rate_hz: u32, late: usize) -> Compressor {
        Compressor {
            computer: GainComputer::new(settings, sample_rate_hz),
            meter: Reduction::new(sample_rate_hz, late),
        }
    }
}

impl Stage for Compressor {
    fn process(&mut self, left: &mut [f32], right: &mut [f32]) {
        let mut reduction_db = [0.0; CHUNK];
        self.computer.reductions_db(left, right, &mut reduction_db);
        self.meter.push(&reduction_db, left, right);
        for ((left, right), reduction_db) in left.iter_mut().zip(right.iter_mut()).zip(&reduction_db) {
            let gain = self.computer.gain(*reduction_db);
            *left *= gain;
            *right *= gain;
        }
    }

    fn reduction(&self) -> Option<&Reduction> {
        Some(&self.meter)
    }

    fn reduction_mut(&mut self) -> Option<&mut Reduction> {
        Some(&mut self.meter)
    }
}
