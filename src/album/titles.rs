//! What songs and records are called: what was asked for, then tags, then names of files and folders.

use super::Song;
use crate::model::{Album, Analysis, valid_upc};
use std::path::Path;

/// A tag, where it is not empty.
pub(super) fn tag(analysis: &Analysis, key: &str) -> Option<String> {
    let text = analysis.source.tags.get(key).map(|text| text.trim()).filter(|text| !text.is_empty());
    text.map(str::to_string)
}

/// The title tag, else the file's name without a leading track number.
pub(super) fn song_title(analysis: &Analysis) -> String {
    if let Some(title) = tag(analysis, "title") {
        return title;
    }
    let stem = Path::new(&analysis.source.path).file_stem().unwrap_or_default().to_string_lossy();
    let digits = stem.chars().take_while(char::is_ascii_digit).count();
    let rest = stem[digits..].trim_start_matches([' ', '-', '_', '.']);
    let numbered = (1..=3).contains(&digits) && rest.len() < stem.len() - digits && !rest.is_empty();
    let name = if numbered { rest } else { &stem };
    name.replace('_', " ").trim().to_string()
}

/// The album tag that more than half of the songs have, else the name of the folder.
pub(super) fn title(songs: &[Song]) -> String {
    let tags: Vec<String> = songs.iter().filter_map(|song| tag(song.analysis, "album")).collect();
    let count = |title: &String| tags.iter().filter(|other| *other == title).count();
    if let Some(title) = tags.iter().find(|title| 2 * count(title) > songs.len()) {
        return title.clone();
    }
    let folder = songs.first().and_then(|song| Path::new(&song.analysis.source.path).parent());
    let name = folder.and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned());
    name.unwrap_or_else(|| "Album".to_string())
}

/// The record's code where all songs carry the same valid one.
pub(super) fn upc(songs: &[Song]) -> Option<String> {
    let code = |song: &Song| valid_upc(&tag(song.analysis, "barcode")?);
    let first = code(songs.first()?)?;
    songs.iter().all(|song| code(song).as_ref() == Some(&first)).then_some(first)
}

/// Longest name, in characters, without its ending.
const LONGEST_NAME: usize = 100;

/// Name of the written song at a place of the order, by the record's template, without folder and ending.
pub fn written_name(album: &Album, place: usize) -> String {
    let track = &album.tracks[album.order[place]];
    let or_empty = |text: &Option<String>| text.clone().unwrap_or_default();
    let fields = [
        ("{number}", format!("{:02}", place + 1)),
        ("{title}", track.title.clone()),
        ("{performer}", or_empty(&track.performer)),
        ("{album}", album.title.clone()),
        ("{isrc}", or_empty(&track.isrc)),
    ];
    // Piece by piece, so that braces in a title mean nothing.
    let (mut name, mut rest) = (String::new(), album.names.as_str());
    while let Some(start) = rest.find('{') {
        name += &rest[..start];
        rest = &rest[start..];
        let field = fields.iter().find(|(place, _)| rest.starts_with(place));
        let (text, length) = field.map_or(("{", 1), |(place, text)| (text.as_str(), place.len()));
        name += text;
        rest = &rest[length..];
    }
    file_name(&(name + rest))
}

/// A title as the name of a file on any system.
pub fn file_name(title: &str) -> String {
    let safe = |c: char| if c.is_control() || "/\\:*?\"<>|".contains(c) { '_' } else { c };
    let name: String = title.chars().map(safe).take(LONGEST_NAME).collect();
    let name = name.trim().trim_matches('.').trim();
    if name.is_empty() { "untitled".to_string() } else { name.to_string() }
}
