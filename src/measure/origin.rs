//! Where the audio came from, as far as it shows.

use crate::audio::Block;
use crate::model::{Origin, Source, Tone};

/// Where the audio came from, as far as it shows.
pub struct OriginMeter {}

impl OriginMeter {
    /// A meter for a stream.
    pub fn new(_sample_rate_hz: u32, _channels: usize) -> OriginMeter {
        OriginMeter {}
    }

    /// Takes in the next block, of any length.
    pub fn push(&mut self, _block: &Block) {}

    /// What was measured.
    pub fn finish(self, _source: &Source, _tone: &Tone) -> Origin {
        Origin::default()
    }
}
