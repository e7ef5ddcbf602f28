//! Loudness meter (BS.1770-5, EBU Tech 3341, 3342).

use crate::audio::Block;
use crate::model::Loudness;

/// Loudness meter (BS.1770-5, EBU Tech 3341, 3342).
pub struct LoudnessMeter {}

impl LoudnessMeter {
    /// A meter for a stream.
    pub fn new(_sample_rate_hz: u32, _channels: usize) -> LoudnessMeter {
        LoudnessMeter {}
    }

    /// Takes in the next block, of any length.
    pub fn push(&mut self, _block: &Block) {}

    /// What was measured.
    pub fn finish(self) -> Loudness {
        Loudness::default()
    }
}
