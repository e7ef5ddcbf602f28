//! One pass over a file: its blocks, in order, to whoever wants them.

use super::Progress;
use crate::audio::Block;
use crate::decode::{Decoded, Decoder};
use crate::error::Result;
use std::path::Path;

/// Opens `path`, makes the consumer for its rate and channel count, and feeds it every block.
pub(super) fn pass<T>(
    path: &Path,
    task: &'static str,
    progress: &dyn Progress,
    start: impl FnOnce(u32, usize) -> Result<T>,
    mut each: impl FnMut(&mut T, &mut Block) -> Result<()>,
) -> Result<(T, Decoded)> {
    let mut decoder = Decoder::open(path)?;
    let declared_frames = decoder.declared_frames();
    let mut consumer = start(decoder.sample_rate_hz(), decoder.channel_count())?;
    let mut block = Block::empty(decoder.channel_count(), decoder.sample_rate_hz());
    progress.update(path, task, Some(0.0));
    let mut read_frames = 0u64;
    while decoder.read(&mut block)? {
        read_frames += block.frames() as u64;
        each(&mut consumer, &mut block)?;
        let share =
            declared_frames.filter(|frames| *frames > 0).map(|frames| read_frames as f64 / frames as f64);
        progress.update(path, task, share);
    }
    Ok((consumer, decoder.finish()?))
}
