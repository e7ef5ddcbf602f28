//! Minimum-phase equaliser: bells and shelves in series, both channels at once, in f64.

use super::stage::Stage;
use crate::dsp::biquad::{self, Coefficients, StereoCascade};
use crate::model::{EqBand, EqShape};

/// The bands of one equaliser.
pub(super) struct Eq {
    cascade: StereoCascade,
}

impl Eq {
    pub(super) fn new(bands: &[EqBand], sample_rate_hz: f64) -> Eq {
        Eq { cascade: StereoCascade::new(&cascade(bands, sample_rate_hz)) }
    }
}

/// The filters of the bands that do something.
pub(super) fn cascade(bands: &[EqBand], sample_rate_hz: f64) -> Vec<Coefficients> {
    let band = |band: &EqBand| {
        let design = match band.shape {
            EqShape::Peak => biquad::peak,
            EqShape::LowShelf => biquad::low_shelf,
            EqShape::HighShelf => biquad::high_shelf,
        };
        design(band.center_hz, band.gain_db, band.q, sample_rate_hz)
    };
    bands.iter().map(band).filter(|filter| *filter != Coefficients::IDENTITY).collect()
}

impl Stage for Eq {
    fn process(&mut self, left: &mut [f32], right: &mut [f32]) {
        self.cascade.process(left, right);
    }
}
