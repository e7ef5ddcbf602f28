//! symphonia's probe on a short leash: a format must show itself at the start of the file.
//!
//! The default probe searches a mebibyte for anything that it knows and so plays archives and pictures.

use super::leash::Leash;
use super::{mp4, sniff};
use crate::error::{Error, Result};
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;
use symphonia::core::errors::Error as SymphoniaError;
use symphonia::core::formats::probe::{Hint, Probe, ProbeOptions};
use symphonia::core::formats::{FormatOptions, FormatReader};
use symphonia::core::io::{MediaSource, MediaSourceStream};
use symphonia::core::meta::MetadataOptions;
use symphonia::default::formats::{AdtsReader, MpaReader};
use symphonia::default::meta::{ApeReader, Id3v1Reader, Id3v2Reader};

/// How far from the start (or from the end of a tag) a format may begin.
const PROBE_DEPTH_BYTES: u32 = 8;

/// The same for files that call themselves MPEG audio: their first frame often comes late.
const MPEG_PROBE_DEPTH_BYTES: u32 = 64 << 10;

/// FLAC metadata that is searched for the first frame when its lengths are wrong.
const FLAC_SEARCH_BYTES: u64 = 1 << 20;

type Reader = Box<dyn FormatReader>;

/// The reader of a compressed file.
pub(super) fn probe(file: &mut File, path: &Path) -> Result<Reader> {
    let first = match cut_short(file) {
        Some(part) => attempt(path, &all_formats(), Box::new(part)),
        None => attempt(path, &all_formats(), source(file, path)?),
    };
    let reason = match first {
        Ok(reader) => return Ok(reader),
        Err(reason) => reason,
    };
    let extension = path.extension().map(|extension| extension.to_string_lossy().to_lowercase());
    if extension.is_some_and(|extension| matches!(extension.as_str(), "mp3" | "mp2" | "aac"))
        && let Ok(reader) = attempt(path, &mpeg_formats(), source(file, path)?)
    {
        return Ok(reader);
    }
    if let Some(repaired) = without_metadata(file)
        && let Ok(reader) = attempt(path, &all_formats(), Box::new(repaired))
    {
        return Ok(reader);
    }
    Err(reason)
}

/// The file again from its start.
fn source(file: &mut File, path: &Path) -> Result<Box<dyn MediaSource>> {
    file.rewind().map_err(Error::io(path, "read the audio file"))?;
    Ok(Box::new(file.try_clone().map_err(Error::io(path, "read the audio file"))?))
}

fn attempt(path: &Path, probe: &Probe, source: Box<dyn MediaSource>) -> Result<Reader> {
    let len = std::fs::metadata(path).map_or(0, |metadata| metadata.len());
    let stream = MediaSourceStream::new(Box::new(Leash::new(source, len)), Default::default());
    let probed = guarded(path, || {
        probe.probe(&Hint::new(), stream, FormatOptions::default(), MetadataOptions::default())
    })?;
    probed.map_err(|error| match error {
        SymphoniaError::Unsupported(what)
            if !what.contains("probe reach") && !what.contains("no suitable") =>
        {
            sniff::unsupported(
                path,
                what.rsplit(": ").next().unwrap_or(what).trim_start_matches("unsupported "),
            )
        }
        SymphoniaError::IoError(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => Error::decode(
            path,
            "expected a sound header, found none that is whole: copy or export the file again",
        ),
        SymphoniaError::IoError(error) if error.raw_os_error().is_some() => {
            Error::io(path, "read the audio file")(error)
        }
        SymphoniaError::DecodeError(what) => damaged(path, what),
        SymphoniaError::LimitError(what) => damaged(path, what),
        _ => sniff::not_audio(path, "something else"),
    })
}

/// The line for a file whose header is damaged.
pub(super) fn damaged(path: &Path, what: &str) -> Error {
    Error::decode(
        path,
        format!("expected a sound header, found damage ({what}): copy or export the file again"),
    )
}

/// Runs code of symphonia; a panic in it is damage of the file, not the end of the program.
pub(super) fn guarded<T>(path: &Path, work: impl FnOnce() -> T) -> Result<T> {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(work))
        .map_err(|_| damaged(path, "the decoder gave up on it"))
}

fn all_formats() -> Probe {
    let mut probe = Probe::new_with_options(&options(PROBE_DEPTH_BYTES));
    symphonia::default::register_enabled_formats(&mut probe);
    probe
}

/// Only what has no header at its start, so that the deeper search cannot find anything else.
fn mpeg_formats() -> Probe {
    let mut probe = Probe::new_with_options(&options(MPEG_PROBE_DEPTH_BYTES));
    probe.register_format::<MpaReader<'_>>();
    probe.register_format::<AdtsReader<'_>>();
    probe.register_metadata::<ApeReader<'_>>();
    probe.register_metadata::<Id3v1Reader<'_>>();
    probe.register_metadata::<Id3v2Reader<'_>>();
    probe
}

fn options(max_probe_depth: u32) -> ProbeOptions {
    ProbeOptions { max_probe_depth, ..ProbeOptions::default() }
}

/// A FLAC file without its metadata, for files whose tags or pictures are damaged: `fLaC`, the stream
/// information marked as the last block, and the frames. `None` where that is not to be found.
fn without_metadata(file: &mut File) -> Option<Spliced> {
    const STREAM_INFO_BYTES: usize = 4 + 34;
    const LAST: u8 = 0x80;
    file.rewind().ok()?;
    let mut start = Vec::new();
    (&*file).take(FLAC_SEARCH_BYTES).read_to_end(&mut start).ok()?;
    if !start.starts_with(b"fLaC") {
        return None;
    }
    let info = start.windows(4).position(|block| matches!(block, [0 | LAST, 0, 0, 34]))?;
    let block = start.get(info..info + STREAM_INFO_BYTES)?;
    let behind = info + STREAM_INFO_BYTES;
    // A frame starts with 14 bits of sync code, a reserved 0 and the blocking strategy (RFC 9639, 9.1). The
    // frame number of the first one is 0, after two bytes on block size, rate, channels and depth.
    let is_first_frame =
        |bytes: &[u8]| bytes[0] == 0xff && bytes[1] & 0xfe == 0xf8 && bytes[2] & 0xf0 != 0 && bytes[4] == 0;
    let frames = behind + start[behind..].windows(5).position(is_first_frame)?;
    let mut head = b"fLaC".to_vec();
    head.extend_from_slice(block);
    head[4] |= LAST;
    Some(Spliced { head, file: file.try_clone().ok()?, tail_start: frames as u64, at: 0, declared_len: None })
}

/// An MP4 file that ends inside of its sound, as a stream that claims the length its boxes do: symphonia refuses
/// to read any part of a box that is not all there. `None` for all other files.
fn cut_short(file: &mut File) -> Option<Spliced> {
    let declared_len = Some(mp4::missing_end(file)?);
    Some(Spliced { head: Vec::new(), file: file.try_clone().ok()?, tail_start: 0, at: 0, declared_len })
}

/// Some bytes, and then a file from a position on.
struct Spliced {
    head: Vec<u8>,
    file: File,
    tail_start: u64,
    at: u64,
    /// The length to claim where it is not the true one; trailing tags are then not looked for.
    declared_len: Option<u64>,
}

impl Spliced {
    fn tail_len(&self) -> u64 {
        self.file.metadata().map_or(0, |metadata| metadata.len()).saturating_sub(self.tail_start)
    }
}

impl Read for Spliced {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        let head_len = self.head.len() as u64;
        let got = if self.at < head_len {
            (&self.head[self.at as usize..]).read(out)?
        } else {
            self.file.seek(SeekFrom::Start(self.tail_start + self.at - head_len))?;
            self.file.read(out)?
        };
        self.at += got as u64;
        Ok(got)
    }
}

impl Seek for Spliced {
    fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
        let len = self.declared_len.unwrap_or(self.head.len() as u64 + self.tail_len());
        let target = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
            SeekFrom::End(by) => len.checked_add_signed(by),
        };
        self.at = target.ok_or(std::io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}

impl MediaSource for Spliced {
    fn is_seekable(&self) -> bool {
        true
    }

    fn byte_len(&self) -> Option<u64> {
        self.declared_len.is_none().then(|| self.head.len() as u64 + self.tail_len())
    }
}
