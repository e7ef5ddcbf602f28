//! AIFF and AIFC with PCM in either byte order. Other codings are left to symphonia.

use super::chunks::{Bytes, is_chunk_name, number};
use super::pcm::{Coding, Layout};
use super::tags::Tags;
use super::{Format, guard, metadata};
use crate::error::{Error, Result};
use crate::model::Integrity;
use std::fs::File;
use std::path::Path;

/// Chunks looked at before a file is given up as endless.
const MAX_CHUNKS: usize = 4096;

/// Reads the header of a file; `None` where the sound is not PCM.
pub(super) fn open(file: &mut File, path: &Path) -> Result<Option<(Format, Layout)>> {
    let mut bytes = Bytes::new(file);
    let mut common = Vec::new();
    let mut sound = None;
    let mut tags = Tags::default();
    let mut at = 12;
    for _ in 0..MAX_CHUNKS {
        let Some(head) = bytes.array::<8>(at) else { break };
        let Some(len) = number(&head, 4, 4, true).filter(|_| is_chunk_name(&head[..4])) else { break };
        let body = at + 8;
        match &head[..4] {
            b"COMM" => common = bytes.get(body, len.min(256)),
            b"SSND" => sound = sound.or(Some((body, len))),
            b"NAME" => tags.add_bytes("title", &bytes.get(body, len)),
            b"AUTH" => tags.add_bytes("artist", &bytes.get(body, len)),
            b"(c) " => tags.add_bytes("copyright", &bytes.get(body, len)),
            b"ANNO" => tags.add_bytes("comment", &bytes.get(body, len)),
            b"ID3 " => tags.merge(metadata::id3_tags(bytes.get(body, len))),
            _ => {}
        }
        at = body + len + (len & 1);
    }
    let (Some(channels), Some(frames), Some(bits), Some(rate)) = (
        number(&common, 0, 2, true),
        number(&common, 2, 4, true),
        number(&common, 6, 2, true),
        extended(&common),
    ) else {
        return Err(damaged(path, "a format chunk (\"COMM\")"));
    };
    let Some((body, len)) = sound else {
        return Err(damaged(path, "sound (an \"SSND\" chunk)"));
    };
    let Some((coding, big_endian)) = coding(common.get(18..22), bits) else { return Ok(None) };
    let channels = channels as usize;
    // Rates are whole numbers in practice; nonsense ends at 0 or the largest number and is refused by name.
    let sample_rate_hz = rate.round() as u32;
    guard::check_layout(path, channels, sample_rate_hz)?;
    let offset = bytes.array::<4>(body).map_or(0, u32::from_be_bytes);
    let start = body.saturating_add(8).saturating_add(u64::from(offset));
    let promised = len.saturating_sub(8).saturating_sub(u64::from(offset));
    let there = promised.min(bytes.len.saturating_sub(start));
    let frame_bytes = (coding.bytes() * channels) as u64;
    let integrity = match frames {
        _ if promised > there => Integrity::Truncated,
        _ if frames * frame_bytes > there => Integrity::Truncated,
        _ if frames * frame_bytes + frame_bytes <= there => Integrity::LengthMismatch,
        _ => Integrity::Ok,
    };
    let layout = Layout {
        coding,
        big_endian,
        channels,
        start,
        bytes: (frames * frame_bytes).min(there - there % frame_bytes),
        integrity,
    };
    let float = matches!(coding, Coding::Float32 | Coding::Float64);
    let format = Format {
        container: "aiff",
        codec: if float { "pcm_float" } else { "pcm" },
        sample_rate_hz,
        channels,
        bits: Some(if float { coding.bytes() as u64 * 8 } else { bits } as u16),
        lossless_integer: !float,
        declared_frames: Some(frames),
        tags,
    };
    Ok(Some((format, layout)))
}

/// Coding and byte order by the compression type of AIFC; AIFF has none.
fn coding(kind: Option<&[u8]>, bits: u64) -> Option<(Coding, bool)> {
    let integer = (1..=32).contains(&bits).then(|| Coding::Integer { bytes: bits.div_ceil(8) as usize });
    match kind {
        None | Some(b"NONE" | b"twos" | b"in24" | b"in32") => integer.map(|coding| (coding, true)),
        Some(b"sowt" | b"42ni" | b"23ni") => integer.map(|coding| (coding, false)),
        Some(b"raw ") if bits <= 8 => Some((Coding::Unsigned8, true)),
        Some(b"fl32" | b"FL32") => Some((Coding::Float32, true)),
        Some(b"fl64" | b"FL64") => Some((Coding::Float64, true)),
        Some(_) => None,
    }
}

/// The sample rate, an 80-bit IEEE 754 extended number at byte 8.
fn extended(common: &[u8]) -> Option<f64> {
    let exponent = number(common, 8, 2, true)? as i32;
    let mantissa = number(common, 10, 8, true)?;
    // Bias 16383, and 63 places of the mantissa behind its leading 1; powi is exact for powers of two.
    Some(if exponent & 0x8000 != 0 { 0.0 } else { mantissa as f64 * 2f64.powi(exponent - 16_383 - 63) })
}

fn damaged(path: &Path, expected: &str) -> Error {
    Error::decode(path, format!("expected {expected}, found none in this AIFF file: copy or export it again"))
}
