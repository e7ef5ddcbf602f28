//! Blocks become a file. The only place that writes audio; atomic, and never onto an input.

use crate::audio::Block;
use crate::error::{Error, Result};
use std::path::Path;

/// Format of a file to be written. The container follows the ending of its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Format {
    /// Sample rate.
    pub sample_rate_hz: u32,
    /// Channels.
    pub channels: u16,
    /// 16, 24 or 32.
    pub bits: u16,
    /// Floating point; only with 32 bits.
    pub float: bool,
}

/// A file being written: a temporary file beside its final name until [`Writer::finish`].
/// Dropping it unfinished removes the temporary file.
pub struct Writer {}

impl Writer {
    /// Starts a file. Samples are rounded to the nearest step; dither is the business of `process`.
    ///
    /// # Errors
    /// [`Error::Exists`] where the file exists and `force` is not given; [`Error::Io`].
    pub fn create(path: &Path, _format: Format, _force: bool) -> Result<Writer> {
        Err(Error::unsupported(path, "not yet"))
    }

    /// Appends the frames of a block.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn write(&mut self, _block: &Block) -> Result<()> {
        Ok(())
    }

    /// Completes the header, syncs and gives the file its final name.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn finish(self) -> Result<()> {
        Ok(())
    }
}
