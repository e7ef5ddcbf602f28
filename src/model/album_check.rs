//! What a hand may have broken in an album plan, with the line where it stands.

use super::{Album, Persisted, read_text};
use crate::error::{Error, Result};
use std::path::Path;

/// Placeholders of [`Album::names`].
pub const NAME_PLACES: [&str; 5] = ["{number}", "{title}", "{performer}", "{album}", "{isrc}"];

/// Trims may come this near to the first and the last sound without being called wrong.
const ROUNDING_S: f64 = 0.0005;

/// What is wrong: a key, which of its occurrences (from 0), and words.
struct Fault(&'static str, usize, String);

impl Album {
    /// Reads a plan that people may have edited, and holds its parts against each other.
    ///
    /// # Errors
    /// Those of [`Persisted::load`]; [`Error::Document`] with the line of what contradicts itself.
    pub fn load_edited(path: &Path) -> Result<Album> {
        let text = read_text(path)?;
        let album = Album::from_json(&text, path)?;
        album.consistent().map_err(|Fault(key, nth, reason)| {
            Error::document(path, line_of(&text, key, nth), format!("{key}: {reason}"))
        })?;
        Ok(album)
    }

    fn consistent(&self) -> std::result::Result<(), Fault> {
        let songs = self.tracks.len();
        let mut seen = self.order.clone();
        seen.sort_unstable();
        if songs == 0 || seen != (0..songs).collect::<Vec<_>>() {
            let reason = format!("expected every number from 0 to {} once", songs.saturating_sub(1));
            return Err(Fault("order", 0, reason));
        }
        if let Some(upc) = self.upc.as_deref().filter(|upc| valid_upc(upc).is_none()) {
            let reason = format!("\"{upc}\" is no UPC or EAN: 12 or 13 digits with a right check digit");
            return Err(Fault("upc", 0, reason));
        }
        check_names(&self.names).map_err(|reason| Fault("names", 0, reason))?;
        if let Some(sides) = &self.sides {
            let on_sides: usize = sides.sides.iter().map(|side| side.songs).sum();
            if on_sides != songs || sides.sides.iter().any(|side| side.songs == 0) {
                let reason = format!("the sides hold {on_sides} songs, the record has {songs}");
                return Err(Fault("sides", 0, reason));
            }
        }
        self.codes()?;
        (0..songs).try_for_each(|song| self.ends(song))
    }

    fn codes(&self) -> std::result::Result<(), Fault> {
        for (song, track) in self.tracks.iter().enumerate() {
            let Some(isrc) = &track.isrc else { continue };
            if valid_isrc(isrc).as_ref() != Some(isrc) {
                let reason =
                    format!("\"{isrc}\" is no ISRC: two letters, three letters or digits, seven digits");
                return Err(Fault("isrc", song, reason));
            }
            if let Some(twin) = self.tracks[..song].iter().position(|other| other.isrc.as_ref() == Some(isrc))
            {
                return Err(Fault("isrc", song, format!("{isrc} is that of song {} already", twin + 1)));
            }
        }
        Ok(())
    }

    /// Trims, fades and crossfades of one song.
    fn ends(&self, song: usize) -> std::result::Result<(), Fault> {
        let track = &self.tracks[song];
        let (head_s, tail_s) = (track.edges.head.silence_s, track.edges.tail.silence_s);
        for (key, ends_s, silence_s, place) in [
            ("trim_start_s", track.trim_start_s, head_s, "starts"),
            ("fade_in_s", track.trim_start_s + track.fade_in_s, head_s, "starts"),
            ("trim_end_s", track.trim_end_s, tail_s, "ends"),
            ("fade_out_s", track.trim_end_s + track.fade_out_s, tail_s, "ends"),
        ] {
            if ends_s > silence_s + ROUNDING_S {
                let side = if place == "starts" { "start" } else { "end" };
                let reason = format!(
                    "reaches into the sound of \"{}\", which {place} {silence_s:.3} s from the {side} of the file",
                    track.title
                );
                return Err(Fault(key, song, reason));
            }
        }
        if track.length_s() <= 0.0 {
            return Err(Fault("trim_end_s", song, "nothing is left of the song".to_string()));
        }
        if track.crossfade_s > 0.0 && track.gap_after_s > 0.0 {
            let reason = "a joint has a gap or a crossfade, not both: make one of them 0".to_string();
            return Err(Fault("crossfade_s", song, reason));
        }
        let next = self.order.iter().position(|other| *other == song).and_then(|at| self.order.get(at + 1));
        let next_s = next.map_or(f64::INFINITY, |next| self.tracks[*next].length_s());
        if track.crossfade_s > track.length_s().min(next_s) / 2.0 + ROUNDING_S {
            let reason = "is longer than half of one of the two songs".to_string();
            return Err(Fault("crossfade_s", song, reason));
        }
        Ok(())
    }
}

/// Line of the `nth` occurrence of a key, from 1; 0 where there is none.
fn line_of(text: &str, key: &str, nth: usize) -> usize {
    let quoted = format!("\"{key}\"");
    let has_key =
        |line: &&str| line.split_once(&quoted).is_some_and(|(_, after)| after.trim_start().starts_with(':'));
    let mut lines = text.lines().enumerate().filter(|(_, line)| has_key(line));
    lines.nth(nth).map_or(0, |(index, _)| index + 1)
}

/// Twelve characters of an ISRC (ISO 3901): two letters, three letters or digits, seven digits; hyphens and spaces go.
pub fn valid_isrc(text: &str) -> Option<String> {
    let isrc: String =
        text.chars().filter(|c| !matches!(c, '-' | ' ')).map(|c| c.to_ascii_uppercase()).collect();
    let fits = |(place, c): (usize, char)| match place {
        0 | 1 => c.is_ascii_uppercase(),
        2..=4 => c.is_ascii_uppercase() || c.is_ascii_digit(),
        _ => c.is_ascii_digit(),
    };
    (isrc.chars().count() == 12 && isrc.chars().enumerate().all(fits)).then_some(isrc)
}

/// Thirteen digits of an EAN; a UPC of twelve gets its leading zero. `None` for a wrong check digit (modulo 10, weights
/// 1 and 3 from the left).
pub fn valid_upc(text: &str) -> Option<String> {
    let digits: String = text.chars().filter(|c| !matches!(c, '-' | ' ')).collect();
    let ean = if digits.chars().count() == 12 { format!("0{digits}") } else { digits };
    if ean.chars().count() != 13 || !ean.chars().all(|c| c.is_ascii_digit()) {
        return None;
    }
    let weighted = ean.chars().enumerate().map(|(place, c)| {
        let digit = c.to_digit(10).unwrap_or(0);
        if place % 2 == 0 { digit } else { 3 * digit }
    });
    (weighted.sum::<u32>() % 10 == 0).then_some(ean)
}

/// Whether a template names songs apart from each other.
///
/// # Errors
/// What is wrong with it, in words.
pub fn check_names(names: &str) -> std::result::Result<(), String> {
    let mut rest = names.to_string();
    NAME_PLACES.iter().for_each(|place| rest = rest.replace(place, ""));
    if rest.contains(['{', '}']) {
        return Err(format!("\"{names}\": known are {}", NAME_PLACES.join(", ")));
    }
    if !names.contains("{number}") && !names.contains("{title}") {
        return Err(format!("\"{names}\": needs {{number}} or {{title}}, or all songs have one name"));
    }
    Ok(())
}
