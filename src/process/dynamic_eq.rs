//! Bells that cut while their band is loud: the dynamic equaliser and the de-esser.
//!
//! A bell is the signal plus a share of its band-pass (x + (g − 1) · band): at the centre its gain is exactly g, the poles
//! stand still while g moves, so that nothing clicks, and with g = 1 not a bit changes.

use super::meter::Reduction;
use super::stage::{CHUNK, Stage};
use crate::dsp::biquad::{self, StereoBiquad};
use crate::dsp::envelope::{Ballistics, EnvelopeDetector, StaticCurve};
use crate::model::DynamicBand;
use crate::units;

/// Knee of the bands: wide enough that s sounds are not switched, narrow enough that the threshold means something.
pub(super) const KNEE_DB: f64 = 3.0;

/// What a band hears: the band-pass of its bell, and its envelope.
pub(super) struct BandLevel {
    filter: StereoBiquad,
    detector: EnvelopeDetector,
    /// The band-passed chunk.
    pub(super) frames: [[f64; 2]; CHUNK],
}

impl BandLevel {
    pub(super) fn new(center_hz: f64, q: f64, sample_rate_hz: u32) -> BandLevel {
        let filter = biquad::band_pass(center_hz, q, f64::from(sample_rate_hz));
        BandLevel {
            filter: StereoBiquad::new(filter),
            detector: EnvelopeDetector::new(sample_rate_hz, f64::from(sample_rate_hz)),
            frames: [[0.0; 2]; CHUNK],
        }
    }

    /// The squared envelope of the band in each frame of a chunk.
    pub(super) fn power(&mut self, left: &[f32], right: &[f32], power: &mut [f32; CHUNK]) {
        for ((frame, left), right) in self.frames.iter_mut().zip(left).zip(right) {
            *frame = [f64::from(*left), f64::from(*right)];
        }
        self.filter.process_frames(&mut self.frames);
        self.filter.clear_silence();
        let mut channels = [[0.0f32; CHUNK]; 2];
        let [first, second] = &mut channels;
        for ((frame, first), second) in self.frames.iter().zip(first).zip(second) {
            (*first, *second) = (frame[0] as f32, frame[1] as f32);
        }
        self.detector.power(&channels[0], &channels[1], power);
    }
}

/// One band at work.
struct Band {
    level: BandLevel,
    curve: StaticCurve,
    ballistics: [Ballistics; 1],
    most_db: f32,
}

/// Bands in series. The meter shows the greatest cut of all bands.
pub(super) struct DynamicEq {
    bands: Vec<Band>,
    meter: Reduction,
}

impl DynamicEq {
    pub(super) fn new(bands: &[DynamicBand], sample_rate_hz: u32, late: usize) -> DynamicEq {
        let rate_hz = f64::from(sample_rate_hz);
        let band = |band: &DynamicBand| Band {
            level: BandLevel::new(band.center_hz, band.q, sample_rate_hz),
            curve: StaticCurve::new(band.threshold_dbfs, band.ratio, KNEE_DB),
            ballistics: [Ballistics::new(band.attack_ms, band.release_ms, rate_hz)],
            most_db: band.max_reduction_db as f32,
        };
        DynamicEq { bands: bands.iter().map(band).collect(), meter: Reduction::new(sample_rate_hz, late) }
    }
}

impl Stage for DynamicEq {
    fn process(&mut self, left: &mut [f32], right: &mut [f32]) {
        let mut most_db = [0.0f32; CHUNK];
        let mut input = [[0.0f32; CHUNK]; 2];
        input[0].copy_from_slice(left);
        input[1].copy_from_slice(right);
        for band in &mut self.bands {
            let mut power = [0.0; CHUNK];
            band.level.power(left, right, &mut power);
            let mut reductions_db = [[0.0; CHUNK]];
            band.curve.reductions_db(&power, &mut reductions_db[0]);
            reductions_db[0].iter_mut().for_each(|asked_db| *asked_db = asked_db.min(band.most_db));
            Ballistics::follow(&mut band.ballistics, &mut reductions_db);
            for index in 0..CHUNK {
                let reduction_db = reductions_db[0][index];
                let change = f64::from(units::fast_db_to_amplitude(-reduction_db)) - 1.0;
                let [first, second] = band.level.frames[index];
                left[index] = (f64::from(left[index]) + change * first) as f32;
                right[index] = (f64::from(right[index]) + change * second) as f32;
                most_db[index] = most_db[index].max(reduction_db);
            }
        }
        self.meter.push(&most_db, &input[0], &input[1]);
    }

    fn reduction(&self) -> Option<&Reduction> {
        Some(&self.meter)
    }

    fn reduction_mut(&mut self) -> Option<&mut Reduction> {
        Some(&mut self.meter)
    }
}
