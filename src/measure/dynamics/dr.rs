//! Dynamic range by the TT method ("DR14").
//!
//! Blocks of 3 s without overlap, the shorter last one kept. Per block and channel: rms = √(2 · mean square), so that a
//! sine reads its peak, and the highest sample. Per channel: DR = −20 log10(rms of the loudest fifth of the blocks
//! (power mean) / second-highest block peak). The file's value is the mean of its channels, not rounded.
//!
//! Two conventions are in use. Here: blocks of exactly 3 s, and the loudest fifth rounded down, at least one block.
//! dr14_t.meter makes its blocks 3 × 60 samples longer at 44.1 kHz to match the original meter, PyMasVis rounds the fifth
//! to the nearest number: either moves a value by a tenth or two.

use crate::units::{amplitude_to_db, finite, power_to_db};

const BLOCK_S: u64 = 3;

/// Fewest blocks that give a value: with two, the second-highest peak and the loudest block say nothing.
const BLOCKS_MIN: usize = 3;

/// The loudest fifth.
const LOUD_SHARE_DIVISOR: usize = 5;

/// The blocks of one channel.
pub(super) struct DynamicRange {
    block_frames: u64,
    current: Block,
    blocks: Vec<Block>,
}

#[derive(Clone, Copy, Default)]
struct Block {
    frames: u64,
    energy: f64,
    peak: f32,
}

impl DynamicRange {
    pub(super) fn new(sample_rate_hz: u32) -> DynamicRange {
        DynamicRange {
            block_frames: BLOCK_S * u64::from(sample_rate_hz),
            current: Block::default(),
            blocks: Vec::new(),
        }
    }

    /// Takes in the energy and the peak of the next slot; a block is a whole number of slots at every rate.
    pub(super) fn take(&mut self, frames: u64, energy: f64, peak: f32) {
        self.current.frames += frames;
        self.current.energy += energy;
        self.current.peak = self.current.peak.max(peak);
        if self.current.frames >= self.block_frames {
            self.blocks.push(std::mem::take(&mut self.current));
        }
    }

    /// The channel's value; `None` for silence and with fewer than three blocks.
    fn finish(mut self) -> Option<f64> {
        if self.current.frames > 0 {
            self.blocks.push(self.current);
        }
        if self.blocks.len() < BLOCKS_MIN {
            return None;
        }
        let mut powers: Vec<f64> =
            self.blocks.iter().map(|block| 2.0 * block.energy / block.frames as f64).collect();
        let mut peaks: Vec<f32> = self.blocks.iter().map(|block| block.peak).collect();
        powers.sort_by(|a, b| b.total_cmp(a));
        peaks.sort_by(|a, b| b.total_cmp(a));
        let loud = &powers[..(powers.len() / LOUD_SHARE_DIVISOR).max(1)];
        let power = loud.iter().sum::<f64>() / loud.len() as f64;
        finite(amplitude_to_db(f64::from(peaks[1])) - power_to_db(power))
    }
}

/// Mean of the channels that have a value; `None` where none has.
pub(super) fn dr_db(channels: impl Iterator<Item = DynamicRange>) -> Option<f64> {
    let values: Vec<f64> = channels.filter_map(DynamicRange::finish).collect();
    finite(values.iter().sum::<f64>() / values.len() as f64)
}
