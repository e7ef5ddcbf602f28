//! One file on several cores: while the meters read one stretch, each on its own, the next one is decoded.
//!
//! Every meter gets every stretch, in order, so the numbers are the same to the bit on any number of cores. The cores are
//! those of the surrounding pool: a batch gives a file more than one only where there are fewer files than cores.

use super::Progress;
use crate::audio::Block;
use crate::decode::{Decoded, Decoder};
use crate::error::Result;
use crate::measure::{Analyser, Measure};
use rayon::prelude::*;
use std::path::Path;

/// Blocks of a stretch: long enough that handing it over costs nothing, short enough to stay in the cache. About
/// three quarters of a second.
const STRETCH_BLOCKS: usize = 8;

/// Opens `path`, makes the meters for its rate and channel count, and feeds them every block.
pub(super) fn pass(
    path: &Path,
    task: &'static str,
    progress: &dyn Progress,
    start: impl FnOnce(u32, usize) -> Result<Analyser>,
) -> Result<(Analyser, Decoded)> {
    let mut decoder = Decoder::open(path)?;
    let mut analyser = start(decoder.sample_rate_hz(), decoder.channel_count())?;
    progress.update(path, task, Some(0.0));
    let declared_frames = decoder.declared_frames().filter(|frames| *frames > 0);
    let mut read_frames = 0u64;
    let mut stretch = Stretch::new(&decoder);
    let mut next = Stretch::new(&decoder);
    stretch.fill(&mut decoder)?;
    while !stretch.blocks().is_empty() {
        if rayon::current_num_threads() > 1 {
            let measure = || {
                let read = |meter: &mut dyn Measure| stretch.blocks().iter().for_each(|block| meter.take(block));
                analyser.meters().into_par_iter().with_max_len(1).for_each(read);
            };
            rayon::join(|| next.fill(&mut decoder), measure).0?;
        } else {
            stretch.blocks().iter().for_each(|block| analyser.push(block));
            next.fill(&mut decoder)?;
        }
        read_frames += stretch.blocks().iter().map(|block| block.frames() as u64).sum::<u64>();
        progress.update(path, task, declared_frames.map(|frames| read_frames as f64 / frames as f64));
        std::mem::swap(&mut stretch, &mut next);
    }
    Ok((analyser, decoder.finish()?))
}

/// Several blocks of the decoder, and how many of them hold audio.
struct Stretch {
    blocks: Vec<Block>,
    filled: usize,
}

impl Stretch {
    fn new(decoder: &Decoder) -> Stretch {
        let empty = Block::empty(decoder.channel_count(), decoder.sample_rate_hz());
        Stretch { blocks: vec![empty; STRETCH_BLOCKS], filled: 0 }
    }

    fn blocks(&self) -> &[Block] {
        &self.blocks[..self.filled]
    }

    /// Reads the next stretch; empty at the end of the file.
    fn fill(&mut self, decoder: &mut Decoder) -> Result<()> {
        self.filled = 0;
        while self.filled < STRETCH_BLOCKS && decoder.read(&mut self.blocks[self.filled])? {
            self.filled += 1;
        }
        Ok(())
    }
}
