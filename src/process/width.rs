//! Stereo width, mono bass, balance. The mid signal is untouched; only the change of the side signal is added to
//! the channels, so that neutral settings do not change a bit.

use super::stage::Stage;
use crate::dsp::biquad::{self, BUTTERWORTH_Q, Biquad, Coefficients};
use crate::units;

/// Gain and high-pass of the side signal, then the balance.
pub(super) struct Width {
    side_gain: f64,
    side_filter: Biquad,
    /// Gains of the left and the right channel.
    balance: [f64; 2],
}

impl Width {
    pub(super) fn new(
        side_gain_db: f64,
        mono_below_hz: Option<f64>,
        balance_db: f64,
        sample_rate_hz: f64,
    ) -> Width {
        let filter = mono_below_hz.map_or(Coefficients::IDENTITY, |corner_hz| {
            biquad::high_pass(corner_hz, BUTTERWORTH_Q, sample_rate_hz)
        });
        Width {
            side_gain: units::db_to_amplitude(side_gain_db),
            side_filter: Biquad::new(filter),
            balance: [balance_db / 2.0, -balance_db / 2.0].map(units::db_to_amplitude),
        }
    }
}

impl Stage for Width {
    fn process(&mut self, left: &mut [f32], right: &mut [f32]) {
        for (left, right) in left.iter_mut().zip(right.iter_mut()) {
            let (l, r) = (f64::from(*left), f64::from(*right));
            let side = (l - r) / 2.0;
            let change = self.side_gain * self.side_filter.process(side) - side;
            *left = ((l + change) * self.balance[0]) as f32;
            *right = ((r - change) * self.balance[1]) as f32;
        }
        self.side_filter.clear_silence();
    }
}
