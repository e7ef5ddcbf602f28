//! WAV, RIFX, RF64, BW64 and Wave64: the chunks of a file as real programs write them, padded or not, with
//! lengths that are right, missing, wrapped or lies. Sound that is not PCM is left to symphonia.

use super::chunks::{Bytes, is_chunk_name, number};
use super::pcm::{Coding, Layout};
use super::tags::Tags;
use super::{Format, guard, metadata, sniff};
use crate::error::{Error, Result};
use crate::model::Integrity;
use std::fs::File;
use std::path::Path;

/// Format tags (RFC 2361; Microsoft, WAVEFORMATEXTENSIBLE).
const TAG_PCM: u64 = 1;
const TAG_FLOAT: u64 = 3;
const TAG_EXTENSIBLE: u64 = 0xfffe;

/// Codecs that symphonia reads out of WAV: Microsoft ADPCM, A-law, µ-law, IMA ADPCM.
const TAGS_COMPRESSED: [u64; 4] = [2, 6, 7, 0x11];

/// Tail of the GUIDs that stand for format tags; the tag is their first number.
const GUID_TAIL: [u8; 8] = *b"\x80\0\0\xaa\0\x38\x9b\x71";

/// Tail of the chunk GUIDs of Wave64; the name comes before it.
const WAVE64_TAIL: [u8; 12] = *b"\xf3\xac\xd3\x11\x8c\xd1\0\xc0\x4f\x8e\xdb\x8a";

/// Lengths from here up are placeholders of programs that wrote into a pipe.
const PLACEHOLDER_BYTES: u64 = 0x7fff_f000;

/// Chunks looked at before a file is given up as endless.
const MAX_CHUNKS: usize = 4096;

/// INFO names (RIFF multimedia data, 1991) and the keys that they become.
const INFO_KEYS: &[(&[u8; 4], &str)] = &[
    (b"INAM", "title"),
    (b"IART", "artist"),
    (b"IPRD", "album"),
    (b"ICRD", "date"),
    (b"IGNR", "genre"),
    (b"ITRK", "track"),
    (b"IPRT", "track"),
    (b"ICMT", "comment"),
    (b"ICOP", "copyright"),
    (b"IENG", "engineer"),
    (b"ISFT", "encoder"),
    (b"ISRC", "source"),
    (b"IMUS", "composer"),
];

/// Which of the four containers it is.
#[derive(Clone, Copy, PartialEq)]
enum Container {
    Riff { big_endian: bool },
    Rf64,
    Wave64,
}

/// What the chunks said.
#[derive(Default)]
struct Found {
    /// Body of the format chunk.
    format: Option<Vec<u8>>,
    data: Option<Data>,
    /// Length of the sound by the `ds64` chunk.
    long_data_bytes: Option<u64>,
    /// A second stretch of sound, or bytes behind the sound that are no chunk.
    disagrees: bool,
    tags: Tags,
}

/// The sound of a file: where it starts, what its header says, what is there.
struct Data {
    start: u64,
    declared: Option<u64>,
    bytes: u64,
}

/// Reads the header of a file; `None` where the sound is not PCM.
pub(super) fn open(file: &mut File, path: &Path) -> Result<Option<(Format, Layout)>> {
    let mut bytes = Bytes::new(file);
    let container = match bytes.array::<4>(0).unwrap_or_default().as_slice() {
        b"RF64" | b"BW64" => Container::Rf64,
        b"RIFX" => Container::Riff { big_endian: true },
        b"riff" => Container::Wave64,
        _ => Container::Riff { big_endian: false },
    };
    let found = scan(&mut bytes, container);
    let Some(format) = &found.format else {
        return Err(damaged(path, "a format chunk (\"fmt \")"));
    };
    let Some(data) = &found.data else {
        return Err(damaged(path, "sound (a \"data\" chunk)"));
    };
    let big_endian = container == Container::Riff { big_endian: true };
    let field = |at, len| number(format, at, len, big_endian).unwrap_or(0);
    let channels = field(2, 2) as usize;
    let sample_rate_hz = field(4, 4) as u32;
    let mut tag = field(0, 2);
    let mut bits = field(14, 2);
    let mut valid_bits = bits;
    if tag == TAG_EXTENSIBLE && format.get(32..40) == Some(&GUID_TAIL) {
        tag = field(24, 4);
        // Zero valid bits are seen in the wild and mean: all of them.
        valid_bits = if (1..=bits).contains(&field(18, 2)) { field(18, 2) } else { bits };
    }
    if !matches!(tag, TAG_PCM | TAG_FLOAT) {
        let is_plain = container == Container::Riff { big_endian: false };
        return if is_plain && TAGS_COMPRESSED.contains(&tag) {
            Ok(None)
        } else {
            Err(compressed(path, tag))
        };
    }
    guard::check_layout(path, channels, sample_rate_hz)?;
    let block_align = field(12, 2);
    let mut integrity = if found.disagrees { Integrity::LengthMismatch } else { Integrity::Ok };
    let whole_bytes = bits.div_ceil(8);
    let stored_bytes = block_align / channels as u64;
    if whole_bytes * (channels as u64) != block_align {
        if bits > 0
            && block_align == stored_bytes * channels as u64
            && (whole_bytes..=8).contains(&stored_bytes)
        {
            bits = stored_bytes * 8;
        } else {
            integrity = Integrity::LengthMismatch;
        }
    }
    let coding = match (tag, bits) {
        (TAG_FLOAT, 32) => Coding::Float32,
        (TAG_FLOAT, 64) => Coding::Float64,
        (TAG_PCM, 1..=8) => Coding::Unsigned8,
        (TAG_PCM, 32) if valid_bits == 24 && is_low_24(&mut bytes, data, big_endian) => Coding::Low24,
        (TAG_PCM, 9..=64) => Coding::Integer { bytes: bits.div_ceil(8) as usize },
        _ => {
            let kind = if tag == TAG_FLOAT { "float of 32 or 64 bits" } else { "integers of 1 to 64 bits" };
            return Err(Error::decode(
                path,
                format!("expected {kind}, the header says {bits} bits: the file is damaged, export it again"),
            ));
        }
    };
    let frame_bytes = (coding.bytes() * channels) as u64;
    let declared_frames = data.declared.map(|declared| declared / frame_bytes);
    if data.declared.is_some_and(|declared| declared > data.bytes) {
        integrity = Integrity::Truncated;
    }
    let whole = data.bytes - data.bytes % frame_bytes;
    let layout = Layout { coding, big_endian, channels, start: data.start, bytes: whole, integrity };
    let float = tag == TAG_FLOAT;
    let format = Format {
        container: match container {
            Container::Riff { big_endian: false } => "wav",
            Container::Riff { big_endian: true } => "rifx",
            Container::Rf64 => "rf64",
            Container::Wave64 => "w64",
        },
        codec: if float { "pcm_float" } else { "pcm" },
        sample_rate_hz,
        channels,
        bits: Some(if float { bits } else { valid_bits } as u16),
        lossless_integer: !float,
        declared_frames,
        tags: found.tags,
    };
    Ok(Some((format, layout)))
}

fn damaged(path: &Path, expected: &str) -> Error {
    Error::decode(path, format!("expected {expected}, found none in this WAV file: copy or export it again"))
}

fn compressed(path: &Path, tag: u64) -> Error {
    sniff::unsupported(path, &format!("the codec 0x{tag:04x} in this WAV file"))
}

/// Walks all chunks, in front of and behind the sound.
fn scan(bytes: &mut Bytes, container: Container) -> Found {
    let mut found = Found::default();
    let mut at = if container == Container::Wave64 { 40 } else { 12 };
    for _ in 0..MAX_CHUNKS {
        let Some(chunk) = header(bytes, container, at) else {
            found.disagrees |= is_unexplained(bytes, at, &found);
            break;
        };
        let end = match &chunk.name {
            b"data" => data(bytes, container, &chunk, &mut found),
            _ => {
                keep(bytes, container, &chunk, &mut found);
                chunk.body.saturating_add(chunk.len)
            }
        };
        at = next_chunk(bytes, container, end);
    }
    found
}

struct Chunk {
    name: [u8; 4],
    body: u64,
    len: u64,
}

/// The header of the chunk at a position; `None` where there is none.
fn header(bytes: &mut Bytes, container: Container, at: u64) -> Option<Chunk> {
    if container == Container::Wave64 {
        let raw: [u8; 24] = bytes.array(at)?;
        let name = raw[..4].try_into().ok()?;
        // Only chunks of the common tail are known; the others are skipped by their length.
        let known = raw[4..16] == WAVE64_TAIL;
        let len = number(&raw, 16, 8, false)?.checked_sub(24)?;
        return Some(Chunk { name: if known { name } else { *b"    " }, body: at + 24, len });
    }
    let raw: [u8; 8] = bytes.array(at)?;
    let name: [u8; 4] = raw[..4].try_into().ok()?;
    let big_endian = container == Container::Riff { big_endian: true };
    is_chunk_name(&name).then_some(Chunk { name, body: at + 8, len: number(&raw, 4, 4, big_endian)? })
}

/// Where the chunk behind `end` starts: chunks are padded to even length (Wave64: to eight), but not by everyone.
fn next_chunk(bytes: &mut Bytes, container: Container, end: u64) -> u64 {
    if container == Container::Wave64 {
        return end.saturating_add(7) & !7;
    }
    let padded = end.saturating_add(end & 1);
    if padded != end && header(bytes, container, padded).is_none() && header(bytes, container, end).is_some()
    {
        return end;
    }
    padded
}

/// Notes the sound; gives its end. Length 0 and the largest lengths are what programs leave that write into a
/// pipe or were killed: the sound then goes on to the end of the file.
fn data(bytes: &mut Bytes, container: Container, chunk: &Chunk, found: &mut Found) -> u64 {
    let left = bytes.len.saturating_sub(chunk.body);
    let len = match (container, found.long_data_bytes) {
        (Container::Rf64, Some(long)) if chunk.len == u64::from(u32::MAX) => long,
        _ => chunk.len,
    };
    let is_placeholder = match len {
        0 => left > 0 && header(bytes, container, chunk.body).is_none(),
        _ => len > left && (PLACEHOLDER_BYTES..=u64::from(u32::MAX)).contains(&len),
    };
    let declared = (!is_placeholder).then_some(len);
    let there =
        if is_placeholder { left } else { len.min(left) + wrapped_bytes(bytes, container, chunk, len, left) };
    if found.data.is_none() {
        found.data = Some(Data { start: chunk.body, declared, bytes: there });
    } else {
        found.disagrees |= there > 0;
    }
    chunk.body.saturating_add(there.max(if is_placeholder { 0 } else { len }))
}

/// Bytes of sound that a 32-bit length field lost by wrapping round at 4 GiB: what follows the declared end is
/// then sound and no chunk.
fn wrapped_bytes(bytes: &mut Bytes, container: Container, chunk: &Chunk, len: u64, left: u64) -> u64 {
    let lost = left.saturating_sub(len) >> 32 << 32;
    if lost == 0 || container == Container::Wave64 {
        return 0;
    }
    let end = next_chunk(bytes, container, chunk.body + len);
    if header(bytes, container, end).is_some() { 0 } else { lost }
}

/// Whether bytes behind the last chunk are unexplained: neither padding nor a tag that players append.
fn is_unexplained(bytes: &mut Bytes, at: u64, found: &Found) -> bool {
    let rest = bytes.get(at, 4096);
    let is_tag = ["TAG", "ID3", "APETAGEX", "LYRICS"].iter().any(|name| rest.starts_with(name.as_bytes()));
    found.data.is_some() && !is_tag && rest.len() >= 8 && rest.iter().any(|byte| *byte != 0)
}

/// Notes the chunks beside the sound.
fn keep(bytes: &mut Bytes, container: Container, chunk: &Chunk, found: &mut Found) {
    let big_endian = container == Container::Riff { big_endian: true };
    match &chunk.name {
        b"fmt " if found.format.is_none() => found.format = Some(bytes.get(chunk.body, chunk.len.min(64))),
        b"ds64" => found.long_data_bytes = number(&bytes.get(chunk.body, 28), 8, 8, false),
        b"LIST" => info_tags(&bytes.get(chunk.body, chunk.len), big_endian, &mut found.tags),
        b"bext" => broadcast_tags(&bytes.get(chunk.body, chunk.len.min(602)), &mut found.tags),
        b"id3 " | b"ID3 " => found.tags.merge(metadata::id3_tags(bytes.get(chunk.body, chunk.len))),
        _ => {}
    }
}

/// Tags of a `LIST` chunk of kind `INFO`.
fn info_tags(list: &[u8], big_endian: bool, tags: &mut Tags) {
    if !list.starts_with(b"INFO") {
        return;
    }
    let mut at = 4;
    while let (Some(name), Some(len)) = (list.get(at..at + 4), number(list, at + 4, 4, big_endian)) {
        let len = len as usize;
        let value = &list[at + 8..list.len().min(at.saturating_add(8).saturating_add(len))];
        if let Some((_, key)) = INFO_KEYS.iter().find(|(known, _)| known.as_slice() == name) {
            tags.add_bytes(key, value);
        }
        at = at.saturating_add(8).saturating_add(len).saturating_add(len & 1);
    }
}

/// Description, originator and date of a broadcast extension (EBU Tech 3285).
fn broadcast_tags(body: &[u8], tags: &mut Tags) {
    for (range, key) in [(0..256, "description"), (256..288, "originator"), (320..330, "date")] {
        if let Some(value) = body.get(range) {
            tags.add_bytes(key, value);
        }
    }
}

/// Whether 24-bit samples lie at the bottom of their four bytes: the lowest byte is used, and the highest is
/// nothing but a sign or zero. Looked at in the first mebibyte; silence counts as the standard's place.
fn is_low_24(bytes: &mut Bytes, data: &Data, big_endian: bool) -> bool {
    let head = bytes.get(data.start, data.bytes.min(1 << 20));
    let (words, _) = head.as_chunks::<4>();
    let order = |word: &[u8; 4]| {
        if big_endian { [word[3], word[2], word[1], word[0]] } else { *word }
    };
    let uses_lowest = words.iter().any(|word| order(word)[0] != 0);
    let is_extension = |word: &[u8; 4]| {
        let [.., middle, top] = order(word);
        top == 0 || (top == 0xff && middle >= 0x80)
    };
    uses_lowest && words.iter().all(is_extension)
}
