//! Blocks of one sample rate become blocks of another; blocks of the right rate pass untouched.

use crate::audio::Block;
use crate::dsp::resample::Resampler;
use crate::error::{Error, Result};

/// A converter at work on one stream.
pub(super) struct Converter {
    resampler: Option<Resampler>,
    to_hz: u32,
    channels: usize,
    frames_out: u64,
}

impl Converter {
    pub(super) fn new(from_hz: u32, to_hz: u32, channels: usize) -> Result<Converter> {
        let resampler = if from_hz == to_hz {
            None
        } else {
            let impossible =
                || Error::usage(format!("expected sample rates, found {from_hz} and {to_hz} Hz"));
            Some(Resampler::new(from_hz, to_hz, channels).ok_or_else(impossible)?)
        };
        Ok(Converter { resampler, to_hz, channels, frames_out: 0 })
    }

    /// Replaces the content of a block by what is ready of it at the other rate.
    pub(super) fn process(&mut self, block: &mut Block) {
        let Some(resampler) = &mut self.resampler else { return };
        let mut out = vec![Vec::new(); self.channels];
        resampler.process(block.channels(), &mut out);
        *block = self.block(out);
    }

    /// What is still inside after the last block.
    pub(super) fn flush(&mut self) -> Block {
        let mut out = vec![Vec::new(); self.channels];
        if let Some(resampler) = &mut self.resampler {
            resampler.flush(&mut out);
        }
        self.block(out)
    }

    fn block(&mut self, channels: Vec<Vec<f32>>) -> Block {
        let mut block = Block::from_channels(channels, self.to_hz);
        block.start_frame = self.frames_out;
        self.frames_out += block.frames() as u64;
        block
    }
}
