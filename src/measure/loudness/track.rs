//! Loudness under a gain that moves: K-weighted energies of short stretches, to be weighed again for every gain that is tried.

use super::{Slot, Slots, channel_weights, integrated_lufs, loudness_range_lu};
use crate::audio::Block;
use crate::dsp::kweight::KWeightedPair;
use crate::units::energy_to_lufs;

/// Gating blocks per second, and such steps in a block: 400 ms every 100 ms (BS.1770-5 annex 1).
const STEPS_PER_S: u32 = 10;
const BLOCK_STEPS: usize = 4;

/// Steps of a short-term window: 3 s.
const SHORT_TERM_STEPS: usize = 30;

/// The K-weighted energy of each entry, a millisecond or more, of a stream.
///
/// A gain that is slow against the signal may change places with the K-weighting, so that the loudness of the stream under
/// such a gain is the gated mean of energy · gain². For one constant gain it is the loudness that
/// [`super::LoudnessMeter`] measures, to 0.01 LU (the entries are rounded to whole frames).
pub struct LoudnessTrack {
    slots: Slots,
    filters: Filters,
    /// Entries of a tenth of a second.
    step_entries: usize,
    /// Weighted mean square of each whole entry.
    energies: Vec<f32>,
}

impl LoudnessTrack {
    /// An empty track for a stream, of so many entries per second: a multiple of ten.
    pub fn new(sample_rate_hz: u32, channels: usize, entries_per_s: u32) -> LoudnessTrack {
        let filters = vec![KWeightedPair::new(sample_rate_hz); channels.div_ceil(2)];
        LoudnessTrack {
            slots: Slots::per_second(u64::from(entries_per_s), sample_rate_hz, channels),
            filters: Filters { weights: channel_weights(channels), filters },
            step_entries: (entries_per_s / STEPS_PER_S).max(1) as usize,
            energies: Vec::new(),
        }
    }

    /// Takes the next block, of any length.
    pub fn push(&mut self, block: &Block) {
        let (filters, energies) = (&mut self.filters, &mut self.energies);
        self.slots.push(block, |slot| energies.push(filters.mean_square(&slot) as f32));
    }

    /// Integrated loudness of the stream with a linear gain for each entry; the last one holds to the end.
    /// `None` where nothing lies above the absolute gate.
    pub fn integrated_lufs(&self, gains: &[f32]) -> Option<f64> {
        integrated_lufs(self.windows(&self.steps(gains), BLOCK_STEPS))
    }

    /// Loudness range under such gains (EBU Tech 3342); `None` where too little passes its gates.
    pub fn range_lu(&self, gains: &[f32]) -> Option<f64> {
        loudness_range_lu(self.windows(&self.steps(gains), SHORT_TERM_STEPS))
    }

    /// Short-term loudness under such gains, ten per second from the end of the third second on.
    pub fn short_term_lufs(&self, gains: &[f32]) -> Vec<f64> {
        self.windows(&self.steps(gains), SHORT_TERM_STEPS).map(energy_to_lufs).collect()
    }

    /// Energy of each tenth of a second.
    fn steps(&self, gains: &[f32]) -> Vec<f64> {
        let last = gains.last().copied().unwrap_or(1.0);
        let mut gains = gains.iter().copied().chain(std::iter::repeat(last));
        let weighed = |(energy, gain): (&f32, f32)| f64::from(*energy) * f64::from(gain) * f64::from(gain);
        let steps = self.energies.chunks_exact(self.step_entries);
        steps.map(|step| step.iter().zip(&mut gains).map(weighed).sum::<f64>()).collect()
    }

    /// Mean squares of windows of so many steps, one from each step on.
    fn windows<'s>(&self, steps: &'s [f64], length: usize) -> impl Iterator<Item = f64> + Clone + use<'s> {
        let entries = (length * self.step_entries) as f64;
        steps.windows(length).map(move |steps| steps.iter().sum::<f64>() / entries)
    }
}

/// The K-weighting of all channels.
struct Filters {
    weights: Vec<f64>,
    filters: Vec<KWeightedPair>,
}

impl Filters {
    /// Weighted mean square of one entry.
    fn mean_square(&mut self, slot: &Slot<'_>) -> f64 {
        let mut energy = 0.0;
        for (pair, filter) in self.filters.iter_mut().enumerate() {
            let [left, right] = slot.pair(pair);
            let energies = filter.energies(left, right);
            filter.flush();
            energy +=
                self.weights[2 * pair..].iter().zip(energies).map(|(weight, e)| weight * e).sum::<f64>();
        }
        energy / slot.frames() as f64
    }
}
