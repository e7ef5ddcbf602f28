//! One file on several cores: while the meters read one stretch, each on its own, the next one is decoded.
//!
//! Every meter gets every stretch, in order, so the numbers are the same to the bit on any number of cores. The cores are
//! those of the surrounding pool: a batch gives a file more than one only where there are fewer files than cores.

use super::Progress;
use crate::audio::Block;
use crate::decode::{Decoded, Decoder};
use crate::error::Result;
use crate::measure::Analyser;
use rayon::prelude::*;
use std::path::Path;

/// Frames of a stretch: long enough that handing it over costs nothing, short enough to stay in the cache. About
/// three quarters of a second.
const STRETCH_FRAMES: usize = 32_768;

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
    while stretch.audio.frames() > 0 {
        if rayon::current_num_threads() > 1 {
            let measure = || {
                let audio = &stretch.audio;
                analyser.meters().into_par_iter().with_max_len(1).for_each(|meter| meter.take(audio));
            };
            rayon::join(|| next.fill(&mut decoder), measure).0?;
        } else {
            analyser.push(&stretch.audio);
            next.fill(&mut decoder)?;
        }
        read_frames += stretch.audio.frames() as u64;
        progress.update(path, task, declared_frames.map(|frames| read_frames as f64 / frames as f64));
        std::mem::swap(&mut stretch, &mut next);
    }
    Ok((analyser, decoder.finish()?))
}

/// Several blocks of the decoder in one.
struct Stretch {
    audio: Block,
    block: Block,
}

impl Stretch {
    fn new(decoder: &Decoder) -> Stretch {
        let empty = Block::empty(decoder.channel_count(), decoder.sample_rate_hz());
        Stretch { audio: empty.clone(), block: empty }
    }

    /// Reads the next stretch; empty at the end of the file.
    fn fill(&mut self, decoder: &mut Decoder) -> Result<()> {
        self.audio.clear();
        while self.audio.frames() < STRETCH_FRAMES && decoder.read(&mut self.block)? {
            if self.audio.frames() == 0 {
                self.audio.start_frame = self.block.start_frame;
            }
            self.audio.append(&self.block);
        }
        Ok(())
    }
}
