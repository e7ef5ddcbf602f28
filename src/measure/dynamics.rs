//! Level against peak.

use crate::audio::Block;
use crate::model::{Dynamics, Loudness, Peaks};

/// Level against peak.
pub struct DynamicsMeter {}

impl DynamicsMeter {
    /// A meter for a stream.
    pub fn new(_sample_rate_hz: u32, _channels: usize) -> DynamicsMeter {
        DynamicsMeter {}
    }

    /// Takes in the next block, of any length.
    pub fn push(&mut self, _block: &Block) {}

    /// What was measured.
    pub fn finish(self, _loudness: &Loudness, _peaks: &Peaks) -> Dynamics {
        Dynamics::default()
    }
}
