//! The linear filters of a plan: as they are here, and as the bilinear biquads of most other tools make them.

use super::applied;
use crate::dsp::biquad::{BUTTERWORTH_Q, Coefficients, high_pass, high_shelf, low_shelf, peak, response_db};
use crate::model::{EqBand, EqShape, Plan, Processor};
use crate::units::{db_to_amplitude, power_to_db, shift_octaves};
use std::f64::consts::PI;

/// One filter of a plan.
pub(super) enum Filter<'a> {
    HighPass(f64),
    Band(&'a EqBand),
}

/// The filters of a plan, in their order.
pub(super) fn filters(plan: &Plan) -> Vec<Filter<'_>> {
    applied(plan).flat_map(|step| filters_of(&step.processor)).collect()
}

/// The filters of one move; bands without gain are none.
pub(super) fn filters_of(processor: &Processor) -> Vec<Filter<'_>> {
    match processor {
        Processor::HighPass { frequency_hz } => vec![Filter::HighPass(*frequency_hz)],
        Processor::Eq { bands, .. } => {
            bands.iter().filter(|band| band.gain_db != 0.0).map(Filter::Band).collect()
        }
        _ => Vec::new(),
    }
}

impl Filter<'_> {
    /// As the chain of this program filters.
    pub(super) fn ours(&self, rate_hz: f64) -> Coefficients {
        match self {
            Filter::HighPass(corner_hz) => high_pass(*corner_hz, BUTTERWORTH_Q, rate_hz),
            Filter::Band(EqBand { shape, center_hz, gain_db, q }) => match shape {
                EqShape::Peak => peak(*center_hz, *gain_db, *q, rate_hz),
                EqShape::LowShelf => low_shelf(*center_hz, *gain_db, *q, rate_hz),
                EqShape::HighShelf => high_shelf(*center_hz, *gain_db, *q, rate_hz),
            },
        }
    }

    /// Magnitude in decibels of the Audio EQ Cookbook's bilinear biquad with the same settings: the analogue prototype
    /// at a frequency bent by the tangent.
    fn bilinear_db(&self, frequency_hz: f64, rate_hz: f64) -> f64 {
        let Filter::Band(EqBand { shape, center_hz, gain_db, q }) = self else {
            return self.ours(rate_hz).magnitude_db(frequency_hz, rate_hz);
        };
        let bent = |hz: f64| (PI * hz / rate_hz).tan();
        let x = bent(frequency_hz) / bent(*center_hz);
        let a = db_to_amplitude(gain_db / 2.0);
        // Powers of numerator and denominator in s = jx.
        let power = |s2: f64, s1: f64, s0: f64| (s0 - s2 * x * x).powi(2) + (s1 * x).powi(2);
        let slope = a.sqrt() / q;
        let ratio = match shape {
            EqShape::Peak => power(1.0, a / q, 1.0) / power(1.0, 1.0 / (a * q), 1.0),
            EqShape::LowShelf => a * a * power(1.0, slope, a) / power(a, slope, 1.0),
            EqShape::HighShelf => a * a * power(a, slope, 1.0) / power(1.0, slope, a),
        };
        power_to_db(ratio)
    }
}

/// The greatest difference from 20 Hz to 18 kHz between a plan's filters here and bilinear ones, and where it is.
pub(super) fn bilinear_difference(filters: &[Filter], rate_hz: f64) -> (f64, f64) {
    let cascade: Vec<Coefficients> = filters.iter().map(|filter| filter.ours(rate_hz)).collect();
    // Twelfths of an octave.
    (0..=118)
        .map(|step| shift_octaves(20.0, f64::from(step) / 12.0).min(18_000.0))
        .map(|hz| {
            let bilinear_db: f64 = filters.iter().map(|filter| filter.bilinear_db(hz, rate_hz)).sum();
            ((bilinear_db - response_db(&cascade, hz, rate_hz)).abs(), hz)
        })
        .fold((0.0, 20.0), |worst, one| if one.0 > worst.0 { one } else { worst })
}
