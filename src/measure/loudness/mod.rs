//! Loudness meter (BS.1770-5 annex 1, EBU Tech 3341, 3342).
//!
//! One pass: K-weighted energies of 10 ms slots; every window (400 ms, 3 s) is a sum of slot energies, and the gates
//! work on the windows. No window is ever summed again from samples.

mod layout;
mod track;

pub use crate::dsp::gating::{integrated_lufs, loudness_range_lu, pooled_integrated_lufs, pooled_range_lu};
pub use layout::channel_weights;
pub use track::LoudnessTrack;

use super::slots::{SLOTS_PER_TENTH, Slot, Slots, slot_start};
use crate::audio::Block;
use crate::dsp::kweight::KWeightedPair;
use crate::model::Loudness;
use crate::units::{energy_to_lufs, finite};
use std::collections::VecDeque;

/// Slots of a momentary window: 400 ms (Tech 3341, 2.2).
const MOMENTARY_SLOTS: u64 = 40;

/// Tenths of a second in a short-term window: 3 s (Tech 3341, 2.2).
const SHORT_TERM_TENTHS: u64 = 30;

/// Weighted mean squares below this are the filter's own decay, not signal: −200 dB.
const ENERGY_FLOOR: f64 = 1e-20;

/// Measures loudness: feed it blocks of any size, then [`finish`](LoudnessMeter::finish).
///
/// Channels are weighted as [`channel_weights`] says. Momentary loudness is evaluated every 10 ms for its maximum
/// (Tech 3341 case 13 needs 20 ms or less) and kept ten times per second; short-term loudness ten times per second.
/// Only complete windows count, as BS.1770-5 demands of the gating blocks.
pub struct LoudnessMeter {
    slots: Slots,
    windows: Windows,
}

impl LoudnessMeter {
    /// A meter for a stream.
    pub fn new(sample_rate_hz: u32, channels: usize) -> LoudnessMeter {
        LoudnessMeter {
            slots: Slots::new(sample_rate_hz, channels),
            windows: Windows::new(sample_rate_hz, channels),
        }
    }

    /// Takes in the next block, of any length.
    pub fn push(&mut self, block: &Block) {
        let windows = &mut self.windows;
        self.slots.push(block, |slot| windows.take(&slot));
    }

    /// What was measured.
    pub fn finish(self) -> Loudness {
        let Windows { slots, momentary, short_term, momentary_max, short_term_max, .. } = self.windows;
        let tenths = (slots / SLOTS_PER_TENTH) as usize;
        let lufs = |energies: &[f64]| {
            let unfilled = std::iter::repeat_n(None, tenths - energies.len());
            let filled = energies.iter().map(|energy| loudness_lufs(*energy).map(|value| value as f32));
            unfilled.chain(filled).collect()
        };
        Loudness {
            integrated_lufs: integrated_lufs(momentary.iter().copied()),
            range_lu: loudness_range_lu(short_term.iter().copied()),
            momentary_max_lufs: loudness_lufs(momentary_max),
            short_term_max_lufs: loudness_lufs(short_term_max),
            momentary_lufs: lufs(&momentary),
            short_term_lufs: lufs(&short_term),
        }
    }
}

/// Loudness of a weighted mean square; `None` for silence.
fn loudness_lufs(energy: f64) -> Option<f64> {
    if energy < ENERGY_FLOOR { None } else { finite(energy_to_lufs(energy)) }
}

/// From slots to windows.
struct Windows {
    sample_rate_hz: u32,
    weights: Vec<f64>,
    filters: Vec<KWeightedPair>,
    /// Slots taken so far.
    slots: u64,
    /// Weighted energy sums of the last 40 slots.
    recent_slots: VecDeque<f64>,
    /// Weighted energy sums of the last 30 tenths of a second.
    recent_tenths: VecDeque<f64>,
    /// Weighted mean squares of the windows that end at each tenth of a second, from the first that is full.
    momentary: Vec<f64>,
    short_term: Vec<f64>,
    momentary_max: f64,
    short_term_max: f64,
}

impl Windows {
    fn new(sample_rate_hz: u32, channels: usize) -> Windows {
        Windows {
            sample_rate_hz,
            weights: channel_weights(channels),
            filters: vec![KWeightedPair::new(sample_rate_hz); channels.div_ceil(2)],
            slots: 0,
            recent_slots: VecDeque::with_capacity(MOMENTARY_SLOTS as usize + 1),
            recent_tenths: VecDeque::with_capacity(SHORT_TERM_TENTHS as usize + 1),
            momentary: Vec::new(),
            short_term: Vec::new(),
            momentary_max: 0.0,
            short_term_max: 0.0,
        }
    }

    fn take(&mut self, slot: &Slot<'_>) {
        let mut energy = 0.0;
        for (pair, filter) in self.filters.iter_mut().enumerate() {
            let weights = &self.weights[2 * pair..];
            if weights.iter().take(2).all(|weight| *weight == 0.0) {
                continue;
            }
            let [left, right] = slot.pair(pair);
            let energies = filter.energies(left, right);
            filter.flush();
            energy += weights.iter().zip(energies).map(|(weight, energy)| weight * energy).sum::<f64>();
        }
        self.slots += 1;
        push_bounded(&mut self.recent_slots, energy, MOMENTARY_SLOTS);
        let momentary = self.window_mean(&self.recent_slots, MOMENTARY_SLOTS, 1);
        if let Some(mean) = momentary {
            self.momentary_max = self.momentary_max.max(mean);
        }
        if self.slots.is_multiple_of(SLOTS_PER_TENTH) {
            let tenth = self.recent_slots.iter().rev().take(SLOTS_PER_TENTH as usize).rev().sum();
            push_bounded(&mut self.recent_tenths, tenth, SHORT_TERM_TENTHS);
            let short_term = self.window_mean(&self.recent_tenths, SHORT_TERM_TENTHS, SLOTS_PER_TENTH);
            if let Some(mean) = short_term {
                self.short_term_max = self.short_term_max.max(mean);
            }
            self.momentary.extend(momentary);
            self.short_term.extend(short_term);
        }
    }

    /// Mean square over the newest `length` sums, each of `slots_each` slots; `None` while there are fewer.
    fn window_mean(&self, sums: &VecDeque<f64>, length: u64, slots_each: u64) -> Option<f64> {
        let start = self.slots.checked_sub(length * slots_each)?;
        let frames = slot_start(self.sample_rate_hz, self.slots) - slot_start(self.sample_rate_hz, start);
        Some(sums.iter().sum::<f64>() / frames as f64)
    }
}

/// Appends to a queue of at most `limit` values.
fn push_bounded(queue: &mut VecDeque<f64>, value: f64, limit: u64) {
    if queue.len() as u64 == limit {
        queue.pop_front();
    }
    queue.push_back(value);
}
