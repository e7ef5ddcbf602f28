//! Blocks become a file. The only place that writes audio; atomic, and never onto an input.

mod wave;

use crate::audio::Block;
use crate::error::{Error, Result};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

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
///
/// `.wav` holds integers of 16, 24 and 32 bits and 32-bit float. It becomes RF64 (EBU Tech 3306) where it grows
/// past 4 GiB, and says its channels in a `WAVE_FORMAT_EXTENSIBLE` header where there are more than two of them
/// or more than 16 bits.
pub struct Writer {
    path: PathBuf,
    force: bool,
    format: Format,
    file: NamedTempFile,
    sink: wave::WaveSink,
}

impl Writer {
    /// Starts a file. Samples are rounded to the nearest step; dither is the business of `process`.
    /// Integers are clamped at full scale, floats are kept as they are. Missing folders are made.
    ///
    /// # Errors
    /// [`Error::Exists`] where the file exists and `force` is not given, or is no regular file;
    /// [`Error::Unsupported`] for an ending or a format that is not written; [`Error::Io`].
    pub fn create(path: &Path, format: Format, force: bool) -> Result<Writer> {
        check_format(path, format)?;
        refuse_existing(path, force)?;
        let folder = folder_of(path);
        std::fs::create_dir_all(folder).map_err(Error::io(folder, "create the folder"))?;
        let mut file = temporary(folder).map_err(Error::io(path, "write"))?;
        let sink = wave::WaveSink::start(format, file.as_file_mut()).map_err(Error::io(path, "write"))?;
        Ok(Writer { path: path.to_path_buf(), force, format, file, sink })
    }

    /// Appends the frames of a block.
    ///
    /// # Errors
    /// [`Error::Usage`] for a block of another rate or channel count, [`Error::Io`].
    pub fn write(&mut self, block: &Block) -> Result<()> {
        let Format { sample_rate_hz, channels, .. } = self.format;
        if block.channel_count() != usize::from(channels) || block.sample_rate_hz() != sample_rate_hz {
            return Err(Error::usage(format!(
                "expected blocks of {channels} channels at {sample_rate_hz} Hz, found {} channels at {} Hz",
                block.channel_count(),
                block.sample_rate_hz()
            )));
        }
        self.sink.write(block, self.file.as_file_mut()).map_err(Error::io(&self.path, "write"))
    }

    /// Completes the header, syncs and gives the file its final name.
    ///
    /// # Errors
    /// [`Error::Io`]; [`Error::Exists`] where the file has appeared meanwhile and `force` is not given.
    pub fn finish(mut self) -> Result<()> {
        let path = self.path;
        self.sink.finish(self.file.as_file_mut()).map_err(Error::io(&path, "write"))?;
        self.file.as_file().sync_all().map_err(Error::io(&path, "write"))?;
        let renamed = if self.force { self.file.persist(&path) } else { self.file.persist_noclobber(&path) };
        renamed.map_err(|error| match error.error.kind() {
            std::io::ErrorKind::AlreadyExists => exists(&path),
            _ => Error::io(&path, "write")(error.error),
        })?;
        // The name itself is on disk only once the folder is; not every file system can do that.
        if let Ok(folder) = std::fs::File::open(folder_of(&path)) {
            let _ = folder.sync_all();
        }
        Ok(())
    }
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// A temporary file that gets the mode of an ordinary new file once it is renamed.
fn temporary(folder: &Path) -> std::io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".mixproof-").suffix(".tmp");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // The umask of the user takes away from this, as with every other program.
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(folder)
}

fn exists(path: &Path) -> Error {
    Error::Exists {
        path: path.to_path_buf(),
        reason: "the file exists and is not overwritten: choose another name or give --force",
    }
}

/// Looks at the name itself, not at what a link points to: a link is replaced, never written through.
fn refuse_existing(path: &Path, force: bool) -> Result<()> {
    let Ok(metadata) = std::fs::symlink_metadata(path) else { return Ok(()) };
    let kind = metadata.file_type();
    if !kind.is_file() && !kind.is_symlink() {
        return Err(Error::Exists {
            path: path.to_path_buf(),
            reason: "expected the name of a file to write, found a folder, pipe or device: choose another name",
        });
    }
    if force { Ok(()) } else { Err(exists(path)) }
}

fn check_format(path: &Path, format: Format) -> Result<()> {
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase()).unwrap_or_default();
    if ending != "wav" {
        return Err(Error::unsupported(
            path,
            format!("cannot write a file that ends in \".{ending}\": name it .wav"),
        ));
    }
    let possible = matches!((format.bits, format.float), (16 | 24 | 32, false) | (32, true));
    if !possible {
        let kind = if format.float { "float" } else { "integer" };
        return Err(Error::unsupported(
            path,
            format!("cannot write {} bit {kind}: choose 16 or 24 bit integer or 32 bit float", format.bits),
        ));
    }
    if !(1..=8).contains(&format.channels) || format.sample_rate_hz == 0 {
        return Err(Error::unsupported(
            path,
            format!(
                "cannot write {} channels at {} Hz: 1 to 8 channels are possible",
                format.channels, format.sample_rate_hz
            ),
        ));
    }
    Ok(())
}
