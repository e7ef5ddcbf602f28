//! One pass over a file: its blocks, in order, made on one thread while the block before is taken in on another.

use super::Progress;
use crate::audio::Block;
use crate::decode::{Decoded, Decoder};
use crate::error::Result;
use std::path::Path;

/// Frames of a block: enough work that the hand-over between threads costs nothing, little enough for the caches.
const BLOCK_FRAMES: usize = 32_768;

/// Opens `path`, makes maker and taker for its rate and channel count, and runs every block through both: `make`
/// changes a block, `take` has what came out. While one block is taken, the next one is decoded and made; each sees all
/// blocks in order, so that the result does not depend on the threads.
pub(super) fn pass<M: Send, T: Send>(
    path: &Path,
    task: &'static str,
    progress: &dyn Progress,
    start: impl FnOnce(u32, usize) -> Result<(M, T)>,
    make: impl FnMut(&mut M, &mut Block) -> Result<()> + Send,
    mut take: impl FnMut(&mut T, &Block) -> Result<()> + Send,
) -> Result<(M, T, Decoded)> {
    let decoder = Decoder::open(path)?;
    let declared_frames = decoder.declared_frames();
    let empty = Block::empty(decoder.channel_count(), decoder.sample_rate_hz());
    let (maker, mut taker) = start(decoder.sample_rate_hz(), decoder.channel_count())?;
    progress.update(path, task, Some(0.0));
    let mut source = Making { decoder, maker, make, read: empty.clone(), frames: 0 };
    let (mut block, mut next) = (empty.clone(), empty);
    let mut more = source.next(&mut block)?;
    while more {
        let frames = source.frames;
        let (made, taken) = rayon::join(|| source.next(&mut next), || take(&mut taker, &block));
        taken?;
        more = made?;
        std::mem::swap(&mut block, &mut next);
        let share = declared_frames.filter(|declared| *declared > 0);
        progress.update(path, task, share.map(|declared| frames as f64 / declared as f64));
    }
    Ok((source.maker, taker, source.decoder.finish()?))
}

/// Where made blocks come from.
struct Making<M, F> {
    decoder: Decoder,
    maker: M,
    make: F,
    /// What the decoder gave last.
    read: Block,
    frames: u64,
}

impl<M, F: FnMut(&mut M, &mut Block) -> Result<()>> Making<M, F> {
    /// Replaces the content of `block` by the next made frames; `false` at the end of the file.
    fn next(&mut self, block: &mut Block) -> Result<bool> {
        block.clear();
        block.start_frame = self.frames;
        while block.frames() < BLOCK_FRAMES && self.decoder.read(&mut self.read)? {
            block.append(&self.read);
        }
        if block.frames() == 0 {
            return Ok(false);
        }
        self.frames += block.frames() as u64;
        (self.make)(&mut self.maker, block)?;
        Ok(true)
    }
}
