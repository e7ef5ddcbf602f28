//! One pass over a file: its blocks are made in order, and handed to any number of lanes that take them side by side.

use super::Progress;
use super::relay::{Batch, relay};
use crate::audio::Block;
use crate::decode::{Decoded, Decoder};
use crate::encode::Writer;
use crate::error::{Error, Result};
use std::path::Path;

/// Blocks of the decoder that travel together: enough work that the hand-over between threads costs nothing, little
/// enough that some of them stay in the cache of a core.
pub(super) const BATCH_BLOCKS: usize = 4;

/// What takes the blocks of a stream, one after the other.
pub(super) type Lane<'t> = Box<dyn FnMut(&Block) -> Result<()> + Send + 't>;

/// A single lane.
pub(super) fn alone<'t>(take: impl FnMut(&Block) -> Result<()> + Send + 't) -> Vec<Lane<'t>> {
    vec![Box::new(take)]
}

/// The single lane into a file.
pub(super) fn into_file(writer: &mut Writer) -> Vec<Lane<'_>> {
    alone(|block| writer.write(block))
}

/// Opens `path`, makes maker and taker for its rate and channel count, and runs every block through both: `make`
/// changes a block, each of the taker's `lanes` has what came out. Lanes know nothing of each other; each sees all blocks
/// in order, so that the result does not depend on the threads.
pub(super) fn pass<M: Send, T: Send>(
    path: &Path,
    task: &'static str,
    progress: &dyn Progress,
    start: impl FnOnce(u32, usize) -> Result<(M, T)>,
    mut make: impl FnMut(&mut M, &mut Block) -> Result<()> + Send,
    lanes: impl for<'t> FnOnce(&'t mut T) -> Vec<Lane<'t>>,
) -> Result<(M, T, Decoded)> {
    let mut decoder = Decoder::open(path)?;
    let declared_frames = decoder.declared_frames().filter(|declared| *declared > 0);
    let empty = Block::empty(decoder.channel_count(), decoder.sample_rate_hz());
    let (mut maker, mut taker) = start(decoder.sample_rate_hz(), decoder.channel_count())?;
    progress.update(path, task, Some(0.0));
    let mut frames = 0;
    let next = |batch: &mut Batch| {
        if progress.is_stopped() {
            return Err(Error::Interrupted { path: path.to_path_buf() });
        }
        batch.resize(BATCH_BLOCKS, empty.clone());
        for index in 0..BATCH_BLOCKS {
            let block = &mut batch[index];
            if !decoder.read(block)? {
                batch.truncate(index);
                return Ok(false);
            }
            frames += block.frames() as u64;
            make(&mut maker, block)?;
        }
        progress.update(path, task, declared_frames.map(|declared| frames as f64 / declared as f64));
        Ok(true)
    };
    relay(next, lanes(&mut taker))?;
    Ok((maker, taker, decoder.finish()?))
}
