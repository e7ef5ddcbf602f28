//! The independent meter: the `ebur128` crate (a port of libebur128) where it measures the same thing.
//!
//! It is the oracle of the tests, `analyze --meter reference`, and one side of `self-test`. Known differences:
//! loudness range samples short-term loudness once per second (ours ten times: up to 0.4 LU apart), and its true peak
//! is a 4-times filter of 49 taps (2 times from 96 kHz, none from 192 kHz).

use super::loudness::channel_weights;
use super::slots::{SLOTS_PER_TENTH, Slots};
use crate::audio::Block;
use crate::model::{ChannelPeaks, Loudness, Peaks};
use crate::units::{finite, level_db};
use ebur128::{Channel, EbuR128, Mode};

/// Slots before the first complete momentary and short-term window.
const MOMENTARY_SLOTS: u64 = 40;
const SHORT_TERM_SLOTS: u64 = 300;

/// Loudness and peaks as the `ebur128` crate measures them; feed it blocks of any size.
pub struct ReferenceMeter {
    slots: Slots,
    state: State,
}

struct State {
    meter: EbuR128,
    slots: u64,
    failed: bool,
    loudness: Loudness,
}

impl ReferenceMeter {
    /// A meter for a stream; `None` for layouts and rates that the crate refuses.
    pub fn new(sample_rate_hz: u32, channels: usize) -> Option<ReferenceMeter> {
        // Never `Mode::all()`: it sorts the blocks into bins of 0.1 LU.
        let mode = Mode::I | Mode::LRA | Mode::S | Mode::M | Mode::SAMPLE_PEAK | Mode::TRUE_PEAK;
        let mut meter = EbuR128::new(channels as u32, sample_rate_hz, mode).ok()?;
        for (index, weight) in channel_weights(channels).iter().enumerate() {
            let channel = match *weight {
                0.0 => Channel::Unused,
                1.0 => Channel::Center,
                _ => Channel::LeftSurround,
            };
            meter.set_channel(index as u32, channel).ok()?;
        }
        let state = State { meter, slots: 0, failed: false, loudness: Loudness::default() };
        Some(ReferenceMeter { slots: Slots::new(sample_rate_hz, channels), state })
    }

    /// Takes in the next block, of any length.
    pub fn push(&mut self, block: &Block) {
        let state = &mut self.state;
        let channels = block.channel_count();
        self.slots.push(block, |slot| {
            let planes: Vec<&[f32]> = (0..channels).map(|index| slot.channel(index)).collect();
            state.take(&planes);
        });
    }

    /// What was measured: loudness with its series, and the peaks that the crate knows (its true peak stands in
    /// `true_peak_4x_dbtp` as well, which is its nearest relative). Empty where the crate refused the audio.
    pub fn finish(self) -> (Loudness, Peaks) {
        let rest = self.slots.rest();
        let planes: Vec<&[f32]> =
            (0..self.state.meter.channels() as usize).map(|index| rest.channel(index)).collect();
        let State { mut meter, mut failed, mut loudness, .. } = self.state;
        failed |= meter.add_frames_planar_f32(&planes).is_err();
        if failed {
            return Default::default();
        }
        loudness.integrated_lufs = meter.loudness_global().ok().and_then(finite);
        loudness.range_lu = meter.loudness_range().ok().and_then(finite);
        let channels: Vec<ChannelPeaks> = (0..meter.channels())
            .map(|index| ChannelPeaks {
                sample_dbfs: meter.sample_peak(index).ok().and_then(level_db),
                true_peak_dbtp: meter.true_peak(index).ok().and_then(level_db),
                true_peak_at_s: None,
            })
            .collect();
        let highest = |of: fn(&ChannelPeaks) -> Option<f64>| channels.iter().filter_map(of).reduce(f64::max);
        let peaks = Peaks {
            sample_dbfs: highest(|channel| channel.sample_dbfs),
            true_peak_dbtp: highest(|channel| channel.true_peak_dbtp),
            true_peak_4x_dbtp: highest(|channel| channel.true_peak_dbtp),
            channels,
            ..Peaks::default()
        };
        (loudness, peaks)
    }
}

impl State {
    fn take(&mut self, planes: &[&[f32]]) {
        self.failed |= self.meter.add_frames_planar_f32(planes).is_err();
        self.slots += 1;
        if self.slots >= MOMENTARY_SLOTS {
            let momentary = self.meter.loudness_momentary().ok().and_then(finite);
            raise(&mut self.loudness.momentary_max_lufs, momentary);
        }
        if self.slots.is_multiple_of(SLOTS_PER_TENTH) {
            let momentary = self.meter.loudness_momentary().ok().and_then(finite);
            let short_term = self.meter.loudness_shortterm().ok().and_then(finite);
            let entry = |value: Option<f64>, first: u64| {
                value.filter(|_| self.slots >= first).map(|value| value as f32)
            };
            self.loudness.momentary_lufs.push(entry(momentary, MOMENTARY_SLOTS));
            self.loudness.short_term_lufs.push(entry(short_term, SHORT_TERM_SLOTS));
            if self.slots >= SHORT_TERM_SLOTS {
                raise(&mut self.loudness.short_term_max_lufs, short_term);
            }
        }
    }
}

/// Raises a maximum.
fn raise(maximum: &mut Option<f64>, value: Option<f64>) {
    if value > *maximum {
        *maximum = value;
    }
}
