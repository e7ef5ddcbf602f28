//! Sample and true peaks, clipping.

use crate::audio::Block;
use crate::model::Peaks;

/// Sample and true peaks, clipping.
pub struct PeakMeter {}

impl PeakMeter {
    /// A meter for a stream.
    pub fn new(_sample_rate_hz: u32, _channels: usize) -> PeakMeter {
        PeakMeter {}
    }

    /// Takes in the next block, of any length.
    pub fn push(&mut self, _block: &Block) {}

    /// What was measured.
    pub fn finish(self) -> Peaks {
        Peaks::default()
    }
}
