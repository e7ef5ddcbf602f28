//! The high-pass and equaliser of a plan as an impulse response.

use super::curve::filters;
use crate::audio::Block;
use crate::dsp::biquad::Coefficients;
use crate::dsp::impulse::{linear_phase, minimum_phase};
use crate::model::Plan;

/// Length at rates up to 48 kHz: 1.4 s, in which any filter of a plan has died away.
const FRAMES: usize = 65_536;

/// Phase of an impulse response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// As an analogue equaliser: no delay, what this program itself does.
    Minimum,
    /// A constant delay of half the length; nothing is shifted against anything else.
    Linear,
}

/// One channel for a convolver at `sample_rate_hz`; constant gain is not in it.
pub fn impulse(plan: &Plan, phase: Phase, sample_rate_hz: u32) -> Block {
    let rate_hz = f64::from(sample_rate_hz);
    let cascade: Vec<Coefficients> = filters(plan).iter().map(|filter| filter.ours(rate_hz)).collect();
    let frames = FRAMES * (sample_rate_hz.div_ceil(48_000).max(1).next_power_of_two() as usize);
    let samples = match phase {
        Phase::Minimum => minimum_phase(&cascade, frames),
        Phase::Linear => linear_phase(&cascade, rate_hz, frames),
    };
    Block::from_channels(vec![samples.iter().map(|sample| *sample as f32).collect()], sample_rate_hz)
}
