//! Lossy encoders, each on a thread of its own while the next block is being made.
//!
//! An encoder is started for one file and ends with it: no state is carried from one file to the next.

mod aac;
#[cfg(feature = "codecs")]
mod mp3;
#[cfg(feature = "codecs")]
mod opus;
mod vorbis;

use super::codec::{Codec, Coded};
use crate::audio::Block;
use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

/// Blocks that may wait for the encoder.
const WAITING_BLOCKS: usize = 4;

/// Frames that an encoder gets at a time, at most: longer blocks make libvorbis slow.
const PIECE_FRAMES: usize = 4096;

/// What the thread is told; a channel that closes without an end means that the file is not wanted any more.
enum Order {
    Encode(Vec<Vec<f32>>),
    End,
}

/// An encoder at work on one file.
trait Encoder {
    /// Encodes planar frames, at most [`PIECE_FRAMES`] of them.
    fn push(&mut self, channels: &[&[f32]]) -> io::Result<()>;

    /// Writes what is left, and whatever tells a player the exact length.
    fn finish(self: Box<Self>) -> io::Result<()>;
}

/// Hands blocks to the thread of an encoder.
pub(super) struct LossySink {
    orders: Option<SyncSender<Order>>,
    thread: Option<JoinHandle<io::Result<()>>>,
}

impl LossySink {
    /// Starts an encoder that writes to `file`, whose name is `path`.
    pub(super) fn start(coded: Coded, file: &File, path: &Path) -> io::Result<LossySink> {
        let (orders, waiting) = sync_channel(WAITING_BLOCKS);
        let (file, path) = (file.try_clone()?, path.to_path_buf());
        let thread = std::thread::Builder::new()
            .name(format!("{} encoder", coded.codec.name()))
            .spawn(move || run(coded, file, &path, &waiting))?;
        Ok(LossySink { orders: Some(orders), thread: Some(thread) })
    }

    pub(super) fn write(&mut self, block: &Block) -> io::Result<()> {
        // An encoder that has stopped says why.
        if self.tell(Order::Encode(block.channels().to_vec())) {
            Ok(())
        } else {
            self.finish().and(Err(stopped()))
        }
    }

    pub(super) fn finish(&mut self) -> io::Result<()> {
        self.tell(Order::End);
        drop(self.orders.take());
        match self.thread.take().map(JoinHandle::join) {
            Some(Ok(result)) => result,
            _ => Err(stopped()),
        }
    }

    /// `false` where the thread has ended.
    fn tell(&self, order: Order) -> bool {
        self.orders.as_ref().is_some_and(|orders| orders.send(order).is_ok())
    }
}

impl Drop for LossySink {
    /// The file may only go once nobody writes to it.
    fn drop(&mut self) {
        drop(self.orders.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn stopped() -> io::Error {
    io::Error::other("the encoder stopped")
}

fn run(coded: Coded, file: File, path: &Path, waiting: &Receiver<Order>) -> io::Result<()> {
    let mut encoder = start(coded, file, path)?;
    for order in waiting {
        let Order::Encode(block) = order else { return encoder.finish() };
        let frames = block.first().map_or(0, Vec::len);
        for from in (0..frames).step_by(PIECE_FRAMES) {
            let to = frames.min(from + PIECE_FRAMES);
            let piece: Vec<&[f32]> = block.iter().map(|channel| &channel[from..to]).collect();
            encoder.push(&piece)?;
        }
    }
    Err(stopped())
}

fn start(coded: Coded, file: File, path: &Path) -> io::Result<Box<dyn Encoder>> {
    Ok(match coded.codec {
        Codec::Vorbis => Box::new(vorbis::Vorbis::start(coded, file)?),
        Codec::Aac => Box::new(aac::Aac::start(coded, path)?),
        #[cfg(feature = "codecs")]
        Codec::Mp3 => Box::new(mp3::Mp3::start(coded, file)?),
        #[cfg(feature = "codecs")]
        Codec::Opus => Box::new(opus::Opus::start(coded, file)?),
        #[cfg(not(feature = "codecs"))]
        Codec::Mp3 | Codec::Opus => return Err(io::Error::other("this build has no such encoder")),
    })
}
