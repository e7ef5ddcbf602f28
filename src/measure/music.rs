//! Tempo, key and energy: indicative, with confidence.

use crate::audio::Block;
use crate::model::{Loudness, Music};

/// Tempo, key and energy: indicative, with confidence.
pub struct MusicMeter {}

impl MusicMeter {
    /// A meter for a stream.
    pub fn new(_sample_rate_hz: u32, _channels: usize) -> MusicMeter {
        MusicMeter {}
    }

    /// Takes in the next block, of any length.
    pub fn push(&mut self, _block: &Block) {}

    /// What was measured.
    pub fn finish(self, _loudness: &Loudness) -> Music {
        Music::default()
    }
}
