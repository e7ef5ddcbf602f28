//! The header frame of an MP3: whether it promises a length. symphonia estimates one where it does not.

use super::chunks::Bytes;
use std::fs::File;

/// How far a first frame is looked for behind the tags.
const SEARCH_BYTES: u64 = 64 << 10;

/// How far from the end of a file its last whole frame is looked for.
const TAIL_BYTES: u64 = 4 << 20;

/// Whether the first MPEG frame is a header frame (Xing, Info or VBRI) that counts the frames of the file.
pub(super) fn has_frame_count(file: &mut File) -> bool {
    let mut bytes = Bytes::new(file);
    let start = skip_id3(&mut bytes);
    let head = bytes.get(start, SEARCH_BYTES);
    let is_layer_3 = |four: &[u8]| four[0] == 0xff && four[1] & 0xe6 == 0xe2 && four[2] & 0xf0 != 0xf0;
    let Some(at) = head.windows(4).position(is_layer_3) else { return false };
    let frame = &head[at..];
    let is_mpeg_1 = frame[1] & 0x08 != 0;
    let is_mono = frame[3] & 0xc0 == 0xc0;
    let side_bytes = match (is_mpeg_1, is_mono) {
        (true, false) => 32,
        (true, true) | (false, false) => 17,
        (false, true) => 9,
    };
    let xing = frame.get(4 + side_bytes..4 + side_bytes + 8).unwrap_or_default();
    let counts_frames = xing.get(7).is_some_and(|flags| flags & 1 != 0);
    let is_vbri = frame.get(36..40) == Some(b"VBRI".as_slice());
    is_vbri || (counts_frames && (xing.starts_with(b"Xing") || xing.starts_with(b"Info")))
}

/// Whether the file goes on behind the last frame that was whole, with the start of another one: a file that
/// was cut short, or goes on in another format, which only shows like this where no header counts the frames.
/// Frames of MPEG audio, ADTS and FLAC all start with eleven bits that are set.
pub(super) fn ends_in_a_frame(file: &mut File, last_frame: &[u8]) -> bool {
    let mut bytes = Bytes::new(file);
    let tail = bytes.get(bytes.len.saturating_sub(TAIL_BYTES), TAIL_BYTES);
    if last_frame.is_empty() {
        return false;
    }
    let Some(at) = tail.windows(last_frame.len()).rposition(|window| window == last_frame) else {
        return false;
    };
    matches!(tail[at + last_frame.len()..], [0xff, second, ..] if second & 0xe0 == 0xe0)
}

/// First byte behind all ID3v2 tags at the start of a file.
pub(super) fn skip_id3(bytes: &mut Bytes) -> u64 {
    let mut at = 0;
    while let Some([b'I', b'D', b'3', _, _, flags, a, b, c, d]) = bytes.array::<10>(at) {
        let len = [a, b, c, d].iter().fold(0, |len, byte| len << 7 | u64::from(byte & 0x7f));
        let footer = if flags & 0x10 != 0 { 10 } else { 0 };
        at += 10 + len + footer;
    }
    at
}
