//! The PQ sheet: where the tracks of the continuous programme start and end, for the plant and for checking.

use crate::model::{Album, AlbumTrack};
use std::fmt::Write;

/// Sectors of a disc per second.
pub(super) const SECTORS_PER_S: f64 = 75.0;

/// Sectors of the first pause, which every disc has: two seconds.
pub(super) const FIRST_PAUSE: u64 = 150;

/// A track of the programme in sectors from the start of the programme, its pause before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Position {
    /// Where the pause before the track starts; the same as `start` without one.
    pub(super) pause: u64,
    /// Index 01.
    pub(super) start: u64,
    /// Where the sound of the track ends, rounded up.
    pub(super) end: u64,
}

/// The sector nearest to a time.
pub(super) fn sector(at_s: f64) -> u64 {
    (at_s.max(0.0) * SECTORS_PER_S).round() as u64
}

/// `mm:ss:ff`.
pub(super) fn clock(sectors: u64) -> String {
    format!("{:02}:{:02}:{:02}", sectors / 75 / 60, sectors / 75 % 60, sectors % 75)
}

/// All tracks in order; indices strictly increase whatever rounding says.
pub(super) fn positions(album: &Album) -> Vec<Position> {
    let tracks: Vec<&AlbumTrack> = album.order.iter().map(|song| &album.tracks[*song]).collect();
    let mut lowest = 0;
    let mut positions = Vec::new();
    for (index, track) in tracks.iter().enumerate() {
        let gap_s = index.checked_sub(1).map_or(0.0, |before| tracks[before].gap_after_s);
        let pause = sector(track.start_s - gap_s).max(lowest);
        let start = sector(track.start_s).max(lowest);
        let pause = if index == 0 { start } else { pause.min(start) };
        let end = ((track.start_s + track.length_s()) * SECTORS_PER_S - 1e-6).ceil().max(0.0) as u64;
        positions.push(Position { pause, start, end });
        lowest = start + 1;
    }
    positions
}

/// The sheet as text: every track with its pause, start, length and ISRC, in the time of a disc (the first track starts
/// at 00:02:00).
pub fn pq_sheet(album: &Album) -> String {
    let mut sheet = format!("PQ sheet: {}\n", plain(&album.title));
    let upc = album.upc.as_deref().unwrap_or("none");
    let positions = positions(album);
    let end = positions.last().map_or(0, |last| last.end) + FIRST_PAUSE;
    let _ = writeln!(sheet, "UPC/EAN: {upc}");
    let _ = writeln!(
        sheet,
        "tracks: {}, length {}, end at {}",
        positions.len(),
        clock(end - FIRST_PAUSE),
        clock(end)
    );
    let _ = writeln!(sheet, "times mm:ss:ff, 75 frames per second, the first track at 00:02:00\n");
    let _ = writeln!(
        sheet,
        "{:>2}  {:<8}  {:<8}  {:<8}  {:<12}  title",
        "no", "pause", "start", "length", "ISRC"
    );
    for (index, (song, position)) in album.order.iter().zip(&positions).enumerate() {
        let track = &album.tracks[*song];
        let start = position.start + FIRST_PAUSE;
        let pause = if index == 0 { 0 } else { position.pause + FIRST_PAUSE };
        let pause = if pause == start { "-".to_string() } else { clock(pause) };
        let _ = writeln!(
            sheet,
            "{:>2}  {pause:<8}  {:<8}  {:<8}  {:<12}  {}",
            index + 1,
            clock(start),
            clock(position.end.saturating_sub(position.start)),
            track.isrc.as_deref().unwrap_or("-"),
            plain(&track.title)
        );
    }
    let _ = writeln!(sheet, "AA            {:<8}  lead-out", clock(end));
    sheet
}

fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}
