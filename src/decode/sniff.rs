//! The first bytes of a file: which reader is to have it, or what it is instead of audio.

use super::chunks::Bytes;
use super::mpeg;
use crate::error::{Error, Result};
use std::fs::File;
use std::path::Path;

/// GUID of a Wave64 file (Sony Wave64 specification): `riff` and a fixed tail.
pub(super) const WAVE64_RIFF: [u8; 16] = *b"riff\x2e\x91\xcf\x11\xa5\xd6\x28\xdb\x04\xc1\0\0";

/// Bytes looked at.
const HEAD_BYTES: u64 = 512;

/// Which reader a file belongs to.
#[derive(Debug, PartialEq)]
pub(super) enum Family {
    /// WAV, RIFX, RF64, BW64, Wave64.
    Wave,
    /// AIFF, AIFC.
    Aiff,
    /// Compressed audio, or something unknown.
    Other,
}

/// Audio that is known and not read.
const UNSUPPORTED: &[(usize, &[u8], &str)] = &[
    (0, b"wvpk", "WavPack"),
    (0, b"MAC ", "Monkey's Audio (APE)"),
    (0, b"DSD ", "DSD (DSF)"),
    (0, b"FRM8", "DSD (DSDIFF)"),
    (0, b"TTA1", "True Audio (TTA)"),
    (0, b"TTA2", "True Audio (TTA)"),
    (0, b"MPCK", "Musepack"),
    (0, b"MP+", "Musepack"),
    (0, b"OFR ", "OptimFROG"),
    (0, b"ajkg", "Shorten"),
    (0, b".snd", "Sun/NeXT AU"),
    (0, b"Creative Voice File", "Creative Voice (VOC)"),
    (0, b"SOUND\x1a", "Sndtool"),
    (0, b"#!AMR", "AMR"),
    (0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "Windows Media"),
    (0, b"MThd", "MIDI"),
    #[cfg(not(feature = "codecs"))]
    (28, b"OpusHead", "Opus"),
    (65, b"FSSD", "HCOM"),
    (8, b"8SVX", "8SVX"),
];

/// Files that are no audio.
const OTHER_FILES: &[(usize, &[u8], &str)] = &[
    (0, b"\x89PNG", "a PNG picture"),
    (0, b"\xff\xd8\xff", "a JPEG picture"),
    (0, b"GIF8", "a GIF picture"),
    (0, b"PK\x03\x04", "a ZIP archive"),
    (0, b"PK\x05\x06", "a ZIP archive"),
    (0, b"Rar!", "a RAR archive"),
    (0, b"7z\xbc\xaf", "a 7z archive"),
    (0, b"\x1f\x8b", "a gzip archive"),
    (0, b"%PDF", "a PDF document"),
    (0, b"\x7fELF", "a program"),
    (0, b"MZ", "a program"),
    (8, b"AVI ", "an AVI film"),
    (8, b"WEBP", "a WebP picture"),
    (8, b"RMID", "a MIDI file"),
];

/// Decides by the first bytes; the ending of the name plays no part.
pub(super) fn family(file: &mut File, path: &Path) -> Result<Family> {
    let mut bytes = Bytes::new(file);
    let start = mpeg::skip_id3(&mut bytes);
    let head = bytes.get(start, HEAD_BYTES);
    let has = |at: usize, magic: &[u8]| head.get(at..).is_some_and(|rest| rest.starts_with(magic));
    if start == 0 && has(0, &WAVE64_RIFF) {
        return Ok(Family::Wave);
    }
    let is_riff = ["RIFF", "RIFX", "RF64", "BW64"].iter().any(|magic| has(0, magic.as_bytes()));
    if start == 0 && is_riff && has(8, b"WAVE") {
        return Ok(Family::Wave);
    }
    if start == 0 && has(0, b"FORM") && (has(8, b"AIFF") || has(8, b"AIFC")) {
        return Ok(Family::Aiff);
    }
    if let Some((.., name)) = UNSUPPORTED.iter().find(|(at, magic, _)| has(*at, magic)) {
        return Err(unsupported(path, name));
    }
    if let Some((.., name)) = OTHER_FILES.iter().find(|(at, magic, _)| has(*at, magic)) {
        return Err(not_audio(path, name));
    }
    let is_known_audio =
        ["fLaC", "OggS", "caff", "RIFF", "FORM"].iter().any(|magic| has(0, magic.as_bytes()));
    if !is_known_audio && is_text(&head) {
        return Err(not_audio(path, "text"));
    }
    Ok(Family::Other)
}

/// The line for audio that this build does not decode.
pub(super) fn unsupported(path: &Path, name: &str) -> Error {
    Error::unsupported(path, format!("{name} is not supported in this build: convert to WAV or FLAC first"))
}

/// The line for a file that is no audio.
pub(super) fn not_audio(path: &Path, found: &str) -> Error {
    Error::decode(
        path,
        format!(
            "expected audio (WAV, AIFF, FLAC, MP3, M4A, Ogg Vorbis, CAF), found {found}: name an audio file"
        ),
    )
}

/// Whether the bytes are text: UTF-8 (but for a character cut at the end) without control characters.
fn is_text(head: &[u8]) -> bool {
    let valid = match std::str::from_utf8(head) {
        Ok(text) => text,
        Err(error) if error.valid_up_to() + 4 > head.len() => {
            std::str::from_utf8(&head[..error.valid_up_to()]).unwrap_or_default()
        }
        Err(_) => return false,
    };
    !valid.is_empty() && !valid.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t'))
}
