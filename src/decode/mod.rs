//! A path becomes a [`Source`] and blocks. The only place that names symphonia.
//!
//! Uncompressed files (the RIFF family, AIFF, AIFC) are read here; everything compressed goes through
//! symphonia behind guards. Nothing trusts a length that a header declares: allocations follow what was
//! read, and declared and decoded frames are compared every time.

mod aiff;
mod chunks;
mod codecs;
mod file_id;
mod guard;
mod leash;
mod metadata;
mod mp4;
mod mpeg;
mod names;
mod ogg_pages;
mod packets;
mod pcm;
mod probe;
mod sniff;
mod tags;
mod tally;
mod wave;

pub use file_id::{bytes_hash, file_id, text_id};
pub use guard::check_layout;

use crate::audio::Block;
use crate::error::{Error, Result};
use crate::model::{Integrity, Source};
use std::fs::File;
use std::ops::Range;
use std::path::{Path, PathBuf};
use tags::Tags;
use tally::Tally;

pub use tally::ContentHash;

/// Frames in a block of the decoder; the last one is shorter. Two channels of it fit the nearest cache, and the meters
/// that look at chunks of this length take it as it is.
pub const BLOCK_FRAMES: usize = 4096;

/// An open audio file that is read block by block.
///
/// | container | codecs |
/// |---|---|
/// | WAV, RIFX, RF64, BW64, Wave64 | integer PCM of 1 to 64 bits, float of 32 and 64; WAV also ADPCM, A-law, µ-law |
/// | AIFF, AIFC | integer PCM of 1 to 32 bits in both byte orders, float of 32 and 64; A-law, µ-law |
/// | FLAC, Ogg FLAC | FLAC |
/// | MP3, MP2 | MPEG layer III and II; encoder delay and padding of the LAME tag are cut |
/// | M4A, MP4, CAF, ADTS | AAC-LC and ALAC; priming and padding of MP4 and CAF are cut; CAF also PCM |
/// | Ogg, Matroska | Vorbis; in Ogg also Opus where the build has the feature `codecs` |
///
/// One to eight channels, 8 to 384 kHz. Samples are full scale at ±1.0, values above are kept; integers of
/// up to 25 bits are exact. HE-AAC, WavPack, Monkey's Audio and DSD are refused by name.
pub struct Decoder {
    path: PathBuf,
    format: Format,
    stream: Stream,
    tally: Tally,
    integrity: Integrity,
    ended: bool,
}

/// What is known about a file once it has been read to its end.
#[derive(Debug, Clone, PartialEq)]
pub struct Decoded {
    /// Format, frames, tags.
    pub source: Source,
    /// Whether the audio was whole.
    pub integrity: Integrity,
    /// Hash of the decoded PCM: `xxh3:` and 32 hexadecimal digits.
    pub content_id: String,
}

/// The format of an open file, as declared.
#[derive(Debug, Clone, PartialEq)]
struct Format {
    container: &'static str,
    codec: &'static str,
    sample_rate_hz: u32,
    channels: usize,
    bits: Option<u16>,
    /// Integer PCM that is coded without loss: its low bits mean something.
    lossless_integer: bool,
    declared_frames: Option<u64>,
    tags: Tags,
}

/// Where the frames come from.
enum Stream {
    Pcm(pcm::PcmReader),
    Packets(Box<packets::PacketReader>),
}

impl Decoder {
    /// Opens a file.
    ///
    /// # Errors
    /// One line: what was expected, what was found, what to do.
    pub fn open(path: &Path) -> Result<Decoder> {
        let mut file = open_regular_file(path)?;
        let (format, stream) = match sniff::family(&mut file, path)? {
            sniff::Family::Wave => match wave::open(&mut file, path)? {
                Some((format, layout)) => (format, pcm_stream(file, layout)),
                None => packets::open(file, path)?,
            },
            sniff::Family::Aiff => match aiff::open(&mut file, path)? {
                Some((format, layout)) => (format, pcm_stream(file, layout)),
                None => packets::open(file, path)?,
            },
            sniff::Family::Other => packets::open(file, path)?,
        };
        let tally = Tally::new(&format);
        let path = path.to_path_buf();
        Ok(Decoder { path, format, stream, tally, integrity: Integrity::Ok, ended: false })
    }

    /// Sample rate of the file.
    pub fn sample_rate_hz(&self) -> u32 {
        self.format.sample_rate_hz
    }

    /// Channels of the file, 1 to 8.
    pub fn channel_count(&self) -> usize {
        self.format.channels
    }

    /// Frames that the header promises, where it does.
    pub fn declared_frames(&self) -> Option<u64> {
        self.format.declared_frames
    }

    /// Text tags of the file, as in [`Source::tags`].
    pub fn tags(&self) -> std::collections::BTreeMap<String, String> {
        self.format.tags.clone().into_map()
    }

    /// Fills `block` with the next frames (its old content is replaced); `false` at the end of the file.
    ///
    /// # Errors
    /// Damage that leaves no result at all; truncation is no error but [`Integrity::Truncated`].
    pub fn read(&mut self, block: &mut Block) -> Result<bool> {
        let Format { channels, sample_rate_hz, .. } = self.format;
        if block.channel_count() != channels || block.sample_rate_hz() != sample_rate_hz {
            *block = Block::empty(channels, sample_rate_hz);
        }
        block.start_frame = self.tally.frames();
        if self.ended {
            block.clear();
            return Ok(false);
        }
        block.resize(BLOCK_FRAMES);
        let frames = match &mut self.stream {
            Stream::Pcm(reader) => reader.fill(block.channels_mut(), &self.path)?,
            Stream::Packets(reader) => reader.fill(block.channels_mut(), &self.path)?,
        };
        block.resize(frames);
        self.tally.take(block);
        guard::check_length(&self.path, self.tally.frames(), sample_rate_hz)?;
        if frames == 0 {
            self.ended = true;
            self.integrity = self.judge();
        }
        Ok(frames > 0)
    }

    /// What was found out, after [`Decoder::read`] has returned `false`; reads on to the end where it has not.
    ///
    /// # Errors
    /// A file without a single frame.
    pub fn finish(mut self) -> Result<Decoded> {
        let mut rest = Block::empty(self.format.channels, self.format.sample_rate_hz);
        while self.read(&mut rest)? {}
        let frames = self.tally.frames();
        if frames == 0 {
            return Err(Error::decode(
                &self.path,
                format!(
                    "expected audio, found no frame at all ({} of zero length): copy or export the file again",
                    self.format.container
                ),
            ));
        }
        let Format { container, codec, sample_rate_hz, channels, bits, declared_frames, tags, .. } =
            self.format;
        let source = Source {
            path: self.path.to_string_lossy().into_owned(),
            container: container.to_string(),
            codec: codec.to_string(),
            sample_rate_hz,
            channels: channels as u16,
            frames,
            duration_s: frames as f64 / f64::from(sample_rate_hz),
            bits,
            effective_bits: self.tally.effective_bits(),
            declared_frames,
            non_finite_samples: self.tally.non_finite_samples(),
            tags: tags.into_map(),
        };
        Ok(Decoded { source, integrity: self.integrity, content_id: self.tally.content_id(sample_rate_hz) })
    }

    /// Stretches of the file, each from one frame to before another, shorter where the file ends before; `None` where frames
    /// cannot be passed over, since what comes depends on what came before: only uncompressed samples stand for themselves.
    ///
    /// # Errors
    /// As [`Decoder::read`].
    pub fn excerpts(self, spans: &[Range<u64>]) -> Result<Option<Vec<Block>>> {
        let Decoder { path, format, mut stream, mut tally, .. } = self;
        let Stream::Pcm(reader) = &mut stream else { return Ok(None) };
        let excerpt = |span: &Range<u64>| {
            let mut excerpt = Block::empty(format.channels, format.sample_rate_hz);
            let there = reader.go_to(span.start);
            excerpt.resize(span.end.saturating_sub(span.start).min(there) as usize);
            let frames = reader.fill(excerpt.channels_mut(), &path)?;
            excerpt.resize(frames);
            tally.take(&mut excerpt);
            Ok(excerpt)
        };
        spans.iter().map(excerpt).collect::<Result<_>>().map(Some)
    }

    /// The worst of what was found: missing frames, lengths that disagree, samples that are no numbers.
    fn judge(&self) -> Integrity {
        let (found, tolerance) = match &self.stream {
            Stream::Pcm(reader) => (reader.integrity(), 0),
            Stream::Packets(reader) => (reader.integrity(), reader.tolerance()),
        };
        let frames = self.tally.frames();
        match self.format.declared_frames {
            _ if found != Integrity::Ok => found,
            Some(declared) if frames + tolerance < declared => Integrity::Truncated,
            Some(declared) if frames > declared + tolerance => Integrity::LengthMismatch,
            _ if self.tally.non_finite_samples() > 0 => Integrity::NonFinite,
            _ => Integrity::Ok,
        }
    }
}

/// Reads a whole file into one block. Holds all of it in memory: for short files and tests only.
///
/// # Errors
/// As [`Decoder::open`], [`Decoder::read`] and [`Decoder::finish`].
pub fn read_all(path: &Path) -> Result<(Block, Decoded)> {
    let mut decoder = Decoder::open(path)?;
    let mut whole = Block::empty(decoder.channel_count(), decoder.sample_rate_hz());
    let mut block = whole.clone();
    while decoder.read(&mut block)? {
        whole.append(&block);
    }
    Ok((whole, decoder.finish()?))
}

fn pcm_stream(file: File, layout: pcm::Layout) -> Stream {
    Stream::Pcm(pcm::PcmReader::new(file, layout))
}

/// Opens a regular file that is not empty. Folders, pipes and devices are refused before they are opened:
/// opening a pipe would wait for its writer.
fn open_regular_file(path: &Path) -> Result<File> {
    let metadata = std::fs::metadata(path).map_err(Error::io(path, "open the audio file"))?;
    if metadata.is_dir() {
        return Err(Error::decode(path, "expected an audio file, found a folder: name the files in it"));
    }
    if !metadata.is_file() {
        return Err(Error::decode(
            path,
            "expected a regular file, found a pipe or device: save the audio first",
        ));
    }
    if metadata.len() == 0 {
        return Err(Error::decode(
            path,
            "expected audio, found an empty file (0 bytes): copy or export it again",
        ));
    }
    File::open(path).map_err(Error::io(path, "open the audio file"))
}
