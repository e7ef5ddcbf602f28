//! Butterworth high-pass of second order, against rumble and DC.

use super::stage::Stage;
use crate::dsp::biquad::{self, BUTTERWORTH_Q, StereoCascade};

/// One high-pass filter.
pub(super) struct HighPass {
    cascade: StereoCascade,
}

impl HighPass {
    pub(super) fn new(frequency_hz: f64, sample_rate_hz: f64) -> HighPass {
        let filter = biquad::high_pass(frequency_hz, BUTTERWORTH_Q, sample_rate_hz);
        HighPass { cascade: StereoCascade::new(&[filter]) }
    }
}

impl Stage for HighPass {
    fn process(&mut self, left: &mut [f32], right: &mut [f32]) {
        self.cascade.process(left, right);
    }
}
