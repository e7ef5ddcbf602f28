//! Stereo-linked feed-forward compressor: envelope, soft knee, smooth branching ballistics in decibels.

use super::meter::Reduction;
use super::stage::{CHUNK, Stage};
use crate::dsp::envelope::{Ballistics, EnvelopeDetector, StaticCurve};
use crate::model::CompressorSettings;
use crate::units;

/// Detector and static curve of one band.
pub(super) struct LevelComputer {
    detector: EnvelopeDetector,
    curve: StaticCurve,
}

impl LevelComputer {
    /// For a band that ends at `highest_hz`.
    pub(super) fn new(settings: &CompressorSettings, sample_rate_hz: u32, highest_hz: f64) -> LevelComputer {
        LevelComputer {
            detector: EnvelopeDetector::new(sample_rate_hz, highest_hz),
            curve: StaticCurve::new(settings.threshold_dbfs, settings.ratio, settings.knee_db),
        }
    }

    /// The reduction that each frame asks for.
    pub(super) fn reductions_db(&mut self, left: &[f32], right: &[f32], reduction_db: &mut [f32; CHUNK]) {
        let mut power = [0.0; CHUNK];
        self.detector.power(left, right, &mut power);
        self.curve.reductions_db(&power, reduction_db);
    }
}

/// The ballistics of a compressor's settings.
pub(super) fn ballistics(settings: &CompressorSettings, sample_rate_hz: u32) -> Ballistics {
    Ballistics::new(settings.attack_ms, settings.release_ms, f64::from(sample_rate_hz))
}

/// The compressor at work.
pub(super) struct Compressor {
    level: LevelComputer,
    ballistics: [Ballistics; 1],
    makeup_db: f32,
    meter: Reduction,
}

impl Compressor {
    pub(super) fn new(settings: &CompressorSettings, sample_rate_hz: u32, late: usize) -> Compressor {
        Compressor {
            level: LevelComputer::new(settings, sample_rate_hz, f64::from(sample_rate_hz)),
            ballistics: [ballistics(settings, sample_rate_hz)],
            makeup_db: settings.makeup_db as f32,
            meter: Reduction::new(sample_rate_hz, late),
        }
    }
}

impl Stage for Compressor {
    fn process(&mut self, left: &mut [f32], right: &mut [f32]) {
        let mut reductions_db = [[0.0; CHUNK]];
        self.level.reductions_db(left, right, &mut reductions_db[0]);
        Ballistics::follow(&mut self.ballistics, &mut reductions_db);
        self.meter.push(&reductions_db[0], left, right);
        for ((left, right), reduction_db) in left.iter_mut().zip(right.iter_mut()).zip(&reductions_db[0]) {
            let gain = units::fast_db_to_amplitude(self.makeup_db - reduction_db);
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
