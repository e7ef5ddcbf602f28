//! Raw 16-bit samples without a header, as the image of a disc.

use super::{refuse_existing, temporary};
use crate::audio::Block;
use crate::error::{Error, Result};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// A raw image being written, little-endian and interleaved: a temporary file until [`RawWriter::finish`].
pub struct RawWriter {
    path: PathBuf,
    file: BufWriter<NamedTempFile>,
    channels: usize,
    frames: u64,
}

impl RawWriter {
    /// Starts an image in a folder that exists or is made.
    ///
    /// # Errors
    /// [`Error::Exists`] where it exists and `force` is not given; [`Error::Io`].
    pub fn create(path: &Path, channels: usize, force: bool) -> Result<RawWriter> {
        refuse_existing(path, force)?;
        let folder = path.parent().unwrap_or(Path::new("."));
        std::fs::create_dir_all(folder).map_err(Error::io(folder, "create the folder"))?;
        let file = BufWriter::new(temporary(folder).map_err(Error::io(path, "write"))?);
        Ok(RawWriter { path: path.to_path_buf(), file, channels, frames: 0 })
    }

    /// Appends frames; samples of a 16-bit file come out as they went in.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn write(&mut self, block: &Block) -> Result<()> {
        for frame in 0..block.frames() {
            for channel in block.channels() {
                let sample = (channel[frame] * 32_768.0).round().clamp(-32_768.0, 32_767.0) as i16;
                self.file.write_all(&sample.to_le_bytes()).map_err(Error::io(&self.path, "write"))?;
            }
        }
        self.frames += block.frames() as u64;
        Ok(())
    }

    /// Appends silence.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn silence(&mut self, frames: u64) -> Result<()> {
        let frame = vec![0u8; 2 * self.channels];
        (0..frames).try_for_each(|_| self.file.write_all(&frame)).map_err(Error::io(&self.path, "write"))?;
        self.frames += frames;
        Ok(())
    }

    /// Frames that were written.
    pub fn frames(&self) -> u64 {
        self.frames
    }

    /// Gives the file its name.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn finish(self) -> Result<()> {
        let path = self.path;
        let file = self.file.into_inner().map_err(|error| Error::io(&path, "write")(error.into_error()))?;
        file.as_file().sync_all().map_err(Error::io(&path, "write"))?;
        file.persist(&path).map_err(|error| Error::io(&path, "write")(error.error))?;
        Ok(())
    }
}
