//! Pictures of the audio itself, coarse and compact: what a report shows and no number says.

use serde::{Deserialize, Serialize};

/// Alphabet of [`Spectrogram::levels`] and [`Goniometer::levels`]: one character per cell, level 0 to 63.
const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Pictures of one file.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Pictures {
    /// Level over time and frequency; `None` for a file shorter than one frame of it (93 ms at 44.1 kHz).
    pub spectrogram: Option<Spectrogram>,
    /// Where the samples lie between left and right; `None` for files that are not stereo, and for silence.
    pub goniometer: Option<Goniometer>,
}

/// Level over time and frequency.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Spectrogram {
    /// Time from one column to the next; the first column starts with the file.
    pub step_s: f64,
    /// Lower edge of the lowest row.
    pub low_hz: f64,
    /// Upper edge of the highest row; rows are evenly spaced in pitch.
    pub high_hz: f64,
    /// Rows.
    pub rows: usize,
    /// Columns.
    pub columns: usize,
    /// Level of cell value 1, dB relative to the loudest cell of the file; 0 is anything below.
    pub floor_db: f64,
    /// Level from one cell value to the next.
    pub step_db: f64,
    /// Cells, column by column, each from the lowest row up: one character of base 64 each.
    pub levels: String,
}

/// How often the samples lie where between left and right.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Goniometer {
    /// Cells of a side of the square.
    pub size: usize,
    /// Level at the edge of the square.
    pub edge_dbfs: f64,
    /// Cells, row by row from the top (mid up, left to the left): one character of base 64 each, 0 for never, else
    /// the logarithm of the count, 63 for the most frequent.
    pub levels: String,
    /// Share of the energy by direction, from hard left over the middle to hard right in five sectors of 22.5 degrees;
    /// the sixth is energy between the sides with opposite signs, which cancels in mono.
    pub direction_share: Vec<f64>,
}

/// Cells as text.
pub fn levels_to_text(levels: impl Iterator<Item = u8>) -> String {
    levels.map(|level| char::from(ALPHABET[usize::from(level.min(63))])).collect()
}

/// Text as cells; what is no cell reads as 0.
pub fn levels_from_text(text: &str) -> Vec<u8> {
    let value = |c: u8| ALPHABET.iter().position(|known| *known == c).map_or(0, |index| index as u8);
    text.bytes().map(value).collect()
}
