//! Linear-phase equaliser: the gain of the minimum-phase one, drawn as a symmetric filter.

use super::eq::cascade;
use super::stage::{CHUNK, Stage};
use crate::dsp::biquad;
use crate::dsp::linear_phase::{Convolver, symmetric_filter};
use crate::model::EqBand;
use crate::units::db_to_amplitude;

/// How many time constants of the slowest band the filter holds on each side (−95 dB).
const TIME_CONSTANTS: f64 = 11.0;

/// Shortest and longest filter, in frames.
const LENGTHS: (usize, usize) = (4096, 262_144);

/// The filter of both channels.
pub(super) struct LinearEq {
    channels: [Convolver; 2],
    latency: usize,
}

impl LinearEq {
    /// `None` where no band does anything.
    pub(super) fn new(bands: &[EqBand], sample_rate_hz: f64) -> Option<LinearEq> {
        let cascade = cascade(bands, sample_rate_hz);
        if cascade.is_empty() {
            return None;
        }
        let length = length(bands, sample_rate_hz);
        let taps = symmetric_filter(length, |share| {
            db_to_amplitude(biquad::response_db(&cascade, share * sample_rate_hz, sample_rate_hz))
        });
        let channels = [0, 1].map(|_| Convolver::new(&taps, CHUNK));
        Some(LinearEq { channels, latency: length / 2 })
    }
}

/// Frames that hold the ringing of every band: a resonance decays with the time constant Q / (π f), and a gain makes the
/// poles of a bell, or the zeros of its inverse, narrower by the root of it.
fn length(bands: &[EqBand], sample_rate_hz: f64) -> usize {
    let slowest_s = bands
        .iter()
        .map(|band| {
            let narrower = db_to_amplitude(band.gain_db.abs() / 2.0);
            band.q.max(0.5) * narrower / (std::f64::consts::PI * band.center_hz)
        })
        .fold(0.0, f64::max);
    let frames = 2.0 * TIME_CONSTANTS * slowest_s * sample_rate_hz;
    (frames as usize).next_power_of_two().clamp(LENGTHS.0, LENGTHS.1)
}

impl Stage for LinearEq {
    fn latency(&self) -> usize {
        self.latency
    }

    fn process(&mut self, left: &mut [f32], right: &mut [f32]) {
        let [first, second] = &mut self.channels;
        first.process(left);
        second.process(right);
    }
}
