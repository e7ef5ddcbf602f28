//! Blocks become a file. The only place that writes audio; atomic, and never onto an input.

mod checksum;
mod flac;
mod raw;
mod wave;

pub use checksum::md5_of;
pub use raw::RawWriter;

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
/// or more than 16 bits. `.flac` (RFC 9639) holds integers of 16 and 24 bits, at the effort of `flac -5`.
pub struct Writer {
    path: PathBuf,
    force: bool,
    format: Format,
    file: NamedTempFile,
    sink: Sink,
}

/// The container that is written.
enum Sink {
    Wave(wave::WaveSink),
    Flac(Box<flac::FlacSink>),
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
        let handle = file.as_file_mut();
        let sink = match ending_of(path).as_str() {
            "flac" => flac::FlacSink::start(format, handle).map(|sink| Sink::Flac(Box::new(sink))),
            _ => wave::WaveSink::start(format, handle).map(Sink::Wave),
        };
        let sink = sink.map_err(Error::io(path, "write"))?;
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
        let file = self.file.as_file_mut();
        let written = match &mut self.sink {
            Sink::Wave(sink) => sink.write(block, file),
            Sink::Flac(sink) => sink.write(block, file),
        };
        written.map_err(Error::io(&self.path, "write"))
    }

    /// Completes the header, syncs and gives the file its final name.
    ///
    /// # Errors
    /// [`Error::Io`]; [`Error::Exists`] where the file has appeared meanwhile and `force` is not given.
    pub fn finish(mut self) -> Result<()> {
        let path = self.path;
        let file = self.file.as_file_mut();
        let finished = match &mut self.sink {
            Sink::Wave(sink) => sink.finish(file),
            Sink::Flac(sink) => sink.finish(file),
        };
        finished.map_err(Error::io(&path, "write"))?;
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

/// The ending of the name in lower case; empty where there is none.
fn ending_of(path: &Path) -> String {
    path.extension().map(|ending| ending.to_string_lossy().to_lowercase()).unwrap_or_default()
}

fn check_format(path: &Path, format: Format) -> Result<()> {
    let possible = match (ending_of(path).as_str(), format.bits, format.float) {
        ("wav", 16 | 24 | 32, false) | ("wav", 32, true) | ("flac", 16 | 24, false) => Ok(()),
        ("wav", ..) => Err("a .wav file holds 16, 24 or 32 bit integers or 32 bit float"),
        ("flac", ..) => Err("a .flac file holds 16 or 24 bit integers; name it .wav for float"),
        _ => Err("name the file .wav or .flac"),
    };
    if let Err(choice) = possible {
        let kind = if format.float { "float" } else { "integer" };
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        return Err(Error::unsupported(
            path,
            format!("cannot write {} bit {kind} as \"{name}\": {choice}", format.bits),
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
