//! Priming and padding of MP4 files: symphonia reads past them, this reads the boxes that tell.
//!
//! ISO/IEC 14496-12 (`mvhd`, `mdhd`, `elst`, `stts`) and the `iTunSMPB` comment of iTunes.

use super::chunks::{Bytes, MAX_BODY_BYTES, number};
use std::fs::File;

/// What to cut: frames before the audio, and how long the audio is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Trim {
    /// Frames of priming.
    pub(super) skip: u64,
    /// Frames of audio; `None` where only the end of the file tells.
    pub(super) length: Option<u64>,
}

/// The trim of the first audio track; `None` where the file says nothing, or counts in other units than frames.
pub(super) fn trim(file: &mut File, sample_rate_hz: u32) -> Option<Trim> {
    let mut bytes = Bytes::new(file);
    let mut at = 0;
    while let Some((name, body, end)) = box_at(&mut bytes, at) {
        if &name == b"moov" {
            let movie = bytes.get(body, (end - body).min(MAX_BODY_BYTES));
            return movie_trim(&movie, u64::from(sample_rate_hz));
        }
        at = end;
    }
    None
}

/// Where an MP4 file should end that ends inside of its sound; `None` for whole files and other formats.
pub(super) fn missing_end(file: &mut File) -> Option<u64> {
    let mut bytes = Bytes::new(file);
    let (_, _, mut at) = box_at(&mut bytes, 0).filter(|(name, ..)| name == b"ftyp")?;
    loop {
        let (name, _, end) = box_at(&mut bytes, at)?;
        if end > bytes.len {
            return (&name == b"mdat").then_some(end);
        }
        at = end;
    }
}

/// Name, body and end of the box at a position of the file.
fn box_at(bytes: &mut Bytes, at: u64) -> Option<([u8; 4], u64, u64)> {
    let head = bytes.array::<8>(at)?;
    let name = head[4..].try_into().ok()?;
    let (body, len) = match number(&head, 0, 4, true)? {
        0 => (at + 8, bytes.len - at),
        1 => (at + 16, bytes.array::<8>(at + 8).map(u64::from_be_bytes)?),
        len => (at + 8, len),
    };
    let end = at.checked_add(len)?;
    (end > at && end >= body).then_some((name, body, end))
}

/// Boxes of a slice, by name and body.
fn boxes(bytes: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let len = match number(rest, 0, 4, true)? {
            0 => rest.len(),
            len => len as usize,
        };
        let found = rest.get(..len).filter(|found| found.len() >= 8)?;
        rest = &rest[len..];
        Some((&found[4..8], &found[8..]))
    })
}

/// The body of the box at a path of names.
fn find<'a>(bytes: &'a [u8], path: &[&[u8; 4]]) -> Option<&'a [u8]> {
    let Some((first, rest)) = path.split_first() else { return Some(bytes) };
    boxes(bytes).filter(|(name, _)| name == first).find_map(|(_, body)| find(body, rest))
}

fn movie_trim(movie: &[u8], sample_rate_hz: u64) -> Option<Trim> {
    let is_sound =
        |track: &[u8]| find(track, &[b"mdia", b"hdlr"]).and_then(|hdlr| hdlr.get(8..12)) == Some(b"soun");
    let track = boxes(movie).find(|(name, body)| *name == b"trak" && is_sound(body))?.1;
    itunes_trim(movie).or_else(|| edit_trim(movie, track, sample_rate_hz))
}

/// The `iTunSMPB` comment: hexadecimal words, of which the second is the priming and the fourth the length.
fn itunes_trim(movie: &[u8]) -> Option<Trim> {
    let meta = find(movie, &[b"udta", b"meta"])?;
    // `meta` is a full box, with four bytes in front of its boxes; QuickTime leaves them out.
    let list = find(meta.get(4..)?, &[b"ilst"]).or_else(|| find(meta, &[b"ilst"]))?;
    let comment = boxes(list).find_map(|(name, body)| {
        let is_gapless = name == b"----" && find(body, &[b"name"])?.ends_with(b"iTunSMPB");
        is_gapless.then(|| find(body, &[b"data"])).flatten()
    })?;
    let words: Vec<u64> = std::str::from_utf8(comment.get(8..)?)
        .ok()?
        .split_ascii_whitespace()
        .map_while(|word| u64::from_str_radix(word, 16).ok())
        .collect();
    let length = *words.get(3).filter(|length| **length > 0)?;
    Some(Trim { skip: words[1], length: Some(length) })
}

/// The edit list: where the first edit starts in the media, and how long it is.
fn edit_trim(movie: &[u8], track: &[u8], sample_rate_hz: u64) -> Option<Trim> {
    let movie_scale = timescale(find(movie, &[b"mvhd"])?)?;
    let media_scale =
        timescale(find(track, &[b"mdia", b"mdhd"])?).filter(|scale| *scale == sample_rate_hz)?;
    let total =
        find(track, &[b"mdia", b"minf", b"stbl", b"stts"]).and_then(total_time).filter(|total| *total > 0);
    let Some((skip, edit)) = find(track, &[b"edts", b"elst"]).and_then(first_edit) else {
        return Some(Trim { skip: 0, length: total });
    };
    let rest = total.map(|total| total.saturating_sub(skip));
    if edit == 0 || movie_scale == 0 {
        return Some(Trim { skip, length: rest });
    }
    let scaled = |time: u64| (u128::from(time) * u128::from(media_scale) / u128::from(movie_scale)) as u64;
    // The edit counts in ticks of the movie, often milliseconds; the table of the samples is exact to the frame
    // and is preferred where both agree within a tick.
    let tick = scaled(1) + 1;
    let length = match rest {
        Some(rest) if rest.abs_diff(scaled(edit)) <= tick => rest,
        Some(rest) => rest.min(scaled(edit)),
        None => scaled(edit),
    };
    Some(Trim { skip, length: Some(length) })
}

/// Ticks per second of `mvhd` or `mdhd`.
fn timescale(body: &[u8]) -> Option<u64> {
    let at = if *body.first()? == 1 { 20 } else { 12 };
    number(body, at, 4, true)
}

/// Sum of all sample durations.
fn total_time(stts: &[u8]) -> Option<u64> {
    let entries = number(stts, 4, 4, true)? as usize;
    let times = stts.get(8..)?.chunks_exact(8).take(entries);
    let time = |entry: &[u8]| Some(number(entry, 0, 4, true)?.saturating_mul(number(entry, 4, 4, true)?));
    Some(times.filter_map(time).fold(0, u64::saturating_add))
}

/// Media time and duration of the first edit that shows media.
fn first_edit(elst: &[u8]) -> Option<(u64, u64)> {
    let wide = *elst.first()? == 1;
    let (step, size) = if wide { (20, 8) } else { (12, 4) };
    let empty = if wide { u64::MAX } else { u64::from(u32::MAX) };
    elst.get(8..)?
        .chunks_exact(step)
        .filter_map(|edit| Some((number(edit, size, size, true)?, number(edit, 0, size, true)?)))
        .find(|(media_time, _)| *media_time != empty)
}
