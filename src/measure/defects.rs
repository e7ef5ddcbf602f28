//! Faults: DC, silence, cuts, clicks, dropouts, hum, noise floor.

use crate::audio::Block;
use crate::model::Defects;

/// Faults: DC, silence, cuts, clicks, dropouts, hum, noise floor.
pub struct DefectMeter {}

impl DefectMeter {
    /// A meter for a stream.
    pub fn new(_sample_rate_hz: u32, _channels: usize) -> DefectMeter {
        DefectMeter {}
    }

    /// Takes in the next block, of any length.
    pub fn push(&mut self, _block: &Block) {}

    /// What was measured.
    pub fn finish(self) -> Defects {
        Defects::default()
    }
}
