//! A path becomes a [`Source`] and blocks. The only place that names symphonia.

use crate::audio::Block;
use crate::error::{Error, Result};
use crate::model::{Integrity, Source};
use std::path::Path;

/// Frames in a block of the decoder; the last one is shorter.
pub const BLOCK_FRAMES: usize = 8192;

/// An open audio file that is read block by block.
pub struct Decoder {}

/// What is known about a file once it has been read to its end.
#[derive(Debug, Clone, PartialEq)]
pub struct Decoded {
    /// Format, frames, tags.
    pub source: Source,
    /// Whether the audio was whole.
    pub integrity: Integrity,
    /// Hash of the decoded PCM.
    pub content_id: String,
}

impl Decoder {
    /// Opens a file.
    ///
    /// # Errors
    /// One line: what was expected, what was found, what to do.
    pub fn open(path: &Path) -> Result<Decoder> {
        Err(Error::unsupported(path, "not yet"))
    }

    /// Sample rate of the file.
    pub fn sample_rate_hz(&self) -> u32 {
        0
    }

    /// Channels of the file, 1 to 8.
    pub fn channel_count(&self) -> usize {
        0
    }

    /// Frames that the header promises, where it does.
    pub fn declared_frames(&self) -> Option<u64> {
        None
    }

    /// Fills `block` with the next frames (its old content is replaced); `false` at the end of the file.
    ///
    /// # Errors
    /// Damage that leaves no result at all; truncation is no error but [`Integrity::Truncated`].
    pub fn read(&mut self, _block: &mut Block) -> Result<bool> {
        Ok(false)
    }

    /// What was found out, after [`Decoder::read`] has returned `false`.
    ///
    /// # Errors
    /// A file without a single frame.
    pub fn finish(self) -> Result<Decoded> {
        Err(Error::usage("not yet"))
    }
}
