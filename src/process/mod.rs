//! Moves and blocks become new blocks: a chain of processors in the order of the plan.

use crate::audio::Block;
use crate::error::Result;
use crate::model::{Meter, Move};

/// The processors of a plan's automatic moves, in order, with their latency trimmed:
/// as many frames come out as went in, at the same place in time.
pub struct Chain {}

impl Chain {
    /// A chain for a mono or stereo stream.
    ///
    /// # Errors
    /// Settings outside their range (naming move and key), and more than two channels.
    pub fn new(_moves: &[Move], _sample_rate_hz: u32, _channels: usize) -> Result<Chain> {
        Ok(Chain {})
    }

    /// Replaces the content of `block` by the frames that are ready; fewer, or none, until the latency is filled.
    pub fn process(&mut self, _block: &mut Block) {}

    /// The frames that are still inside, after the last block.
    pub fn flush(&mut self) -> Block {
        Block::empty(2, 48_000)
    }

    /// What each move did so far.
    pub fn meters(&self) -> Vec<Meter> {
        Vec::new()
    }
}
