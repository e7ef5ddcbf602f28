//! The CUE sheet of a rendered record, and the limits of the Red Book (IEC 60908) that it has to keep for a disc.

use super::pq::{clock, positions, sector};
use crate::model::{Album, AlbumTrack};
use std::path::Path;

/// Longest text of a title or performer that players accept.
const MOST_CHARACTERS: usize = 80;

/// Most tracks of a disc, and of a CUE sheet.
pub(super) const MOST_TRACKS: usize = 99;

/// Shortest track of a disc.
pub(super) const SHORTEST_TRACK_S: f64 = 4.0;

/// Longest programme of a disc: 79:57:74.
pub(super) const LONGEST_DISC_S: f64 = 79.0 * 60.0 + 57.0 + 74.0 / 75.0;

/// The sheet: one FILE per song with its gap as PREGAP, or one FILE of the continuous image, where the gap before a
/// song lies between its INDEX 00 and INDEX 01. File names are relative, as the sheet lies beside the files. Positions
/// are rounded to frames of 1/75 s, which is all that a CUE sheet can say.
pub fn cue_sheet(album: &Album) -> String {
    let mut sheet = String::from("REM COMMENT \"made by mixproof\"\n");
    if let Some(upc) = &album.upc {
        sheet += &format!("CATALOG {upc}\n");
    }
    let tracks: Vec<&AlbumTrack> = album.order.iter().map(|song| &album.tracks[*song]).collect();
    let performer = tracks.first().and_then(|first| first.performer.as_deref());
    sheet += &format!("TITLE {}\n", quoted(&album.title));
    if let Some(performer) =
        performer.filter(|name| tracks.iter().all(|track| track.performer.as_deref() == Some(*name)))
    {
        sheet += &format!("PERFORMER {}\n", quoted(performer));
    }
    if let Some(image) = &album.image {
        sheet += &format!("FILE {} WAVE\n", quoted_name(image));
    }
    let positions = positions(album);
    for (index, track) in tracks.iter().enumerate() {
        let gap_s = index.checked_sub(1).map_or(0.0, |before| tracks[before].gap_after_s);
        if album.image.is_none() {
            let name = track.output.as_deref().unwrap_or(&track.path);
            sheet += &format!("FILE {} WAVE\n", quoted_name(name));
        }
        sheet += &format!("  TRACK {:02} AUDIO\n", index + 1);
        sheet += &format!("    TITLE {}\n", quoted(&track.title));
        if let Some(performer) = &track.performer {
            sheet += &format!("    PERFORMER {}\n", quoted(performer));
        }
        if let Some(isrc) = &track.isrc {
            sheet += &format!("    ISRC {isrc}\n");
        }
        if album.image.is_some() {
            if positions[index].pause < positions[index].start {
                sheet += &format!("    INDEX 00 {}\n", clock(positions[index].pause));
            }
            sheet += &format!("    INDEX 01 {}\n", clock(positions[index].start));
        } else {
            if sector(gap_s) > 0 {
                sheet += &format!("    PREGAP {}\n", clock(sector(gap_s)));
            }
            sheet += "    INDEX 01 00:00:00\n";
        }
    }
    sheet
}

/// The last part of a path, in quotes.
fn quoted_name(path: &str) -> String {
    let name = Path::new(path)
        .file_name()
        .map_or_else(|| path.to_string(), |name| name.to_string_lossy().into_owned());
    format!("\"{}\"", harmless(&name))
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", harmless(text).chars().take(MOST_CHARACTERS).collect::<String>())
}

/// There is no escape for a quotation mark in a CUE sheet.
fn harmless(text: &str) -> String {
    text.chars()
        .map(|c| {
            if c == '"' {
                '\''
            } else if c.is_control() {
                ' '
            } else {
                c
            }
        })
        .collect()
}
