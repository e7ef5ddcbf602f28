//! Spectrum and stereo image, per band, from one transform of both channels.

use crate::audio::Block;
use crate::model::{Loudness, Stereo, Tone};

/// Spectrum and stereo image, per band, from one transform of both channels.
pub struct SpectralMeter {}

impl SpectralMeter {
    /// A meter for a stream.
    pub fn new(_sample_rate_hz: u32, _channels: usize) -> SpectralMeter {
        SpectralMeter {}
    }

    /// Takes in the next block, of any length.
    pub fn push(&mut self, _block: &Block) {}

    /// What was measured.
    pub fn finish(self, _loudness: &Loudness) -> (Tone, Option<Stereo>) {
        (Tone::default(), None)
    }
}
