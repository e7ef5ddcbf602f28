//! Blocks become a file. The only place that writes audio; atomic, and never onto an input.

mod aiff;
mod bext;
mod checksum;
mod codec;
mod flac;
mod kind;
mod lossy;
mod memory;
mod raw;
mod tags;
mod wave;

pub use bext::Bext;
pub use checksum::md5_of;
pub use codec::{Codec, Coded};
pub use kind::FileKind;
pub use memory::packed;
pub use raw::RawWriter;
pub use tags::{AlbumGain, PlaybackGain, Tags};

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
/// or more than 16 bits. `.flac` (RFC 9639) holds integers of 16 and 24 bits, at the effort of `flac -5`;
/// `.aiff` integers of 16, 24 and 32 bits. Lossy files are written by [`Writer::create_coded`].
pub struct Writer {
    path: PathBuf,
    force: bool,
    sample_rate_hz: u32,
    channels: u16,
    // Dropped in this order: no file goes while an encoder writes to it.
    sink: Sink,
    file: NamedTempFile,
}

/// The container that is written.
enum Sink {
    Wave(wave::WaveSink),
    Aiff(aiff::AiffSink),
    Flac(Box<flac::FlacSink>),
    Lossy(lossy::LossySink, Codec),
}

/// A whole file that has no name yet: to be read again, and named once it has been found good.
/// Dropping it removes it.
pub struct Unnamed {
    path: PathBuf,
    force: bool,
    sink: Sink,
    file: NamedTempFile,
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
        let Format { sample_rate_hz, channels, .. } = format;
        Writer::start(path, force, sample_rate_hz, channels, |file| {
            Ok(match ending_of(path).as_str() {
                "flac" => Sink::Flac(Box::new(flac::FlacSink::start(format, file.as_file_mut())?)),
                "aif" | "aiff" => Sink::Aiff(aiff::AiffSink::start(format, file.as_file_mut())?),
                _ => Sink::Wave(wave::WaveSink::start(format, file.as_file_mut())?),
            })
        })
    }

    /// Starts a lossy file of any name. The encoder starts with it, works on a thread of its own, and ends with it;
    /// samples above full scale are handed to it as they are.
    ///
    /// # Errors
    /// As [`Writer::create`]; [`Error::Unsupported`] also where the codec is missing, saying how to get it.
    pub fn create_coded(path: &Path, coded: Coded, force: bool) -> Result<Writer> {
        coded.check(path)?;
        Writer::start(path, force, coded.sample_rate_hz, coded.channels, |file| {
            lossy::LossySink::start(coded, file.as_file(), file.path())
                .map(|sink| Sink::Lossy(sink, coded.codec))
        })
    }

    fn start(
        path: &Path,
        force: bool,
        sample_rate_hz: u32,
        channels: u16,
        sink: impl FnOnce(&mut NamedTempFile) -> std::io::Result<Sink>,
    ) -> Result<Writer> {
        refuse_existing(path, force)?;
        let folder = folder_of(path);
        std::fs::create_dir_all(folder).map_err(Error::io(folder, "create the folder"))?;
        let mut file = temporary(folder).map_err(Error::io(path, "write"))?;
        let sink = sink(&mut file).map_err(Error::io(path, "write"))?;
        Ok(Writer { path: path.to_path_buf(), force, sample_rate_hz, channels, file, sink })
    }

    /// Keeps room for a `bext` chunk, which [`Unnamed::set_bext`] fills. To be called before the first block.
    ///
    /// # Errors
    /// [`Error::Unsupported`] for other files than WAV, [`Error::Io`].
    pub fn with_bext(mut self) -> Result<Writer> {
        match &mut self.sink {
            Sink::Wave(sink) => {
                sink.set_bext(&Bext::default(), self.file.as_file_mut())
                    .map_err(Error::io(&self.path, "write"))?;
                Ok(self)
            }
            _ => Err(Error::unsupported(
                &self.path,
                "only WAV holds a broadcast extension (bext): name the file .wav, or leave --bext out",
            )),
        }
    }

    /// Appends the frames of a block.
    ///
    /// # Errors
    /// [`Error::Usage`] for a block of another rate or channel count, [`Error::Io`].
    pub fn write(&mut self, block: &Block) -> Result<()> {
        let Writer { sample_rate_hz, channels, .. } = *self;
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
            Sink::Aiff(sink) => sink.write(block, file),
            Sink::Lossy(sink, _) => sink.write(block),
        };
        written.map_err(Error::io(&self.path, "write"))
    }

    /// Completes the file, syncs it and gives it its final name.
    ///
    /// # Errors
    /// [`Error::Io`]; [`Error::Exists`] where the file has appeared meanwhile and `force` is not given.
    pub fn finish(self) -> Result<()> {
        self.complete()?.publish()
    }

    /// Completes the file and leaves it without its final name.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn complete(mut self) -> Result<Unnamed> {
        let file = self.file.as_file_mut();
        let finished = match &mut self.sink {
            Sink::Wave(sink) => sink.finish(file),
            Sink::Flac(sink) => sink.finish(file),
            Sink::Aiff(sink) => sink.finish(file),
            Sink::Lossy(sink, _) => sink.finish(),
        };
        finished.map_err(Error::io(&self.path, "write"))?;
        Ok(Unnamed { path: self.path, force: self.force, sink: self.sink, file: self.file })
    }
}

impl Unnamed {
    /// Where the file lies for now.
    pub fn path(&self) -> &Path {
        self.file.path()
    }

    /// Fills the `bext` chunk that [`Writer::with_bext`] has kept room for.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn set_bext(&mut self, bext: &Bext) -> Result<()> {
        match &mut self.sink {
            Sink::Wave(sink) => {
                sink.set_bext(bext, self.file.as_file_mut()).map_err(Error::io(&self.path, "write"))
            }
            _ => Ok(()),
        }
    }

    /// Puts tags and pictures into the file; the sound stays as it is. Ogg and MP4 files are held in memory for it.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn tag(&mut self, tags: &Tags) -> Result<()> {
        if tags.is_empty() {
            return Ok(());
        }
        self.embed(&tags::Embedded(tags)).map_err(Error::io(&self.path, "write the tags of"))
    }

    fn embed(&mut self, tags: &tags::Embedded) -> std::io::Result<()> {
        let file = self.file.as_file_mut();
        match &mut self.sink {
            Sink::Wave(sink) => sink.append(&tags.wave_chunks()?, file),
            Sink::Aiff(sink) => sink.append(&tags.aiff_chunks()?, file),
            Sink::Lossy(_, Codec::Vorbis) => tags.ogg(file, false),
            Sink::Lossy(_, Codec::Opus) => tags.ogg(file, true),
            Sink::Lossy(_, Codec::Aac) => tags.mp4(file),
            Sink::Flac(_) | Sink::Lossy(_, Codec::Mp3) => {
                let mut tagged = temporary(folder_of(&self.path))?;
                match self.sink {
                    Sink::Flac(_) => tags.flac(file, tagged.as_file_mut())?,
                    _ => tags.mp3(file, tagged.as_file_mut())?,
                }
                self.file = tagged;
                Ok(())
            }
        }
    }

    /// Syncs the file and gives it its final name.
    ///
    /// # Errors
    /// As [`Writer::finish`].
    pub fn publish(self) -> Result<()> {
        let path = self.path;
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

/// A folder for files that are only listened to or measured; it goes with the value.
pub struct Scratch(tempfile::TempDir);

impl Scratch {
    /// A new folder among the system's temporary ones.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn new() -> Result<Scratch> {
        let folder = tempfile::Builder::new().prefix("mixproof-").tempdir();
        folder.map(Scratch).map_err(Error::io(&std::env::temp_dir(), "make a temporary folder in"))
    }

    /// Path of a file in it.
    pub fn file(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
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
        ("aif" | "aiff", 16 | 24 | 32, false) => Ok(()),
        ("wav", ..) => Err("a .wav file holds 16, 24 or 32 bit integers or 32 bit float"),
        ("flac", ..) => Err("a .flac file holds 16 or 24 bit integers; name it .wav for float"),
        ("aif" | "aiff", ..) => Err("an AIFF file holds 16, 24 or 32 bit integers; name it .wav for float"),
        _ => Err("name the file .wav, .flac or .aiff"),
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

/// Adding and taking it away rounds a number below 2⁵¹ to the nearest whole one, ties to even; `round` is a library call on
/// processors without SSE4.1.
const ROUND: f64 = 6_755_399_441_055_744.0;

/// Puts every sample of a block on the grid of integers of `bits` bits, as a file of them will hold it: what is heard of
/// the block is then heard of the file.
pub fn to_grid(block: &mut Block, bits: u16) {
    let steps = f64::from(1u32 << (bits - 1));
    let step = 1.0 / steps;
    for sample in block.channels_mut().iter_mut().flatten() {
        let whole = ((f64::from(*sample) * steps).clamp(-steps, steps - 1.0) + ROUND) - ROUND;
        *sample = if whole.is_nan() { 0.0 } else { (whole * step) as f32 };
    }
}
