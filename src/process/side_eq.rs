//! Width by frequency: bells and shelves on the side signal. As in `width`, the mid signal is untouched and only the change
//! of the side is added to the channels.

use super::eq;
use super::stage::Stage;
use crate::dsp::biquad::Biquad;
use crate::model::EqBand;

/// The filters of the side.
pub(super) struct SideEq {
    filters: Vec<Biquad>,
}

impl SideEq {
    pub(super) fn new(bands: &[EqBand], sample_rate_hz: f64) -> SideEq {
        SideEq { filters: eq::cascade(bands, sample_rate_hz).into_iter().map(Biquad::new).collect() }
    }
}

impl Stage for SideEq {
    fn process(&mut self, left: &mut [f32], right: &mut [f32]) {
        for (left, right) in left.iter_mut().zip(right.iter_mut()) {
            let (l, r) = (f64::from(*left), f64::from(*right));
            let side = (l - r) / 2.0;
            let change = self.filters.iter_mut().fold(side, |side, filter| filter.process(side)) - side;
            *left = (l + change) as f32;
            *right = (r - change) as f32;
        }
        self.filters.iter_mut().for_each(Biquad::clear_silence);
    }
}
