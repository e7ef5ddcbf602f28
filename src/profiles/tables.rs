//! Published tables, read: per-track measures (CSV) and the cited numbers of rock (JSON).

use super::k_bands::{COLUMN_NAMES, COUNT};
use crate::error::{Error, Result};
use crate::units::finite;
use std::path::Path;

/// One measured track of the large data sets.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Track {
    /// Genre of the file's tags; empty where the set has none.
    pub(super) genre: String,
    pub(super) duration_s: Option<f64>,
    pub(super) integrated_lufs: Option<f64>,
    pub(super) range_lu: Option<f64>,
    pub(super) sample_peak_dbfs: Option<f64>,
    /// Only in the large set.
    pub(super) true_peak_dbtp: Option<f64>,
    pub(super) crest_db: Option<f64>,
    /// Band level relative to integrated loudness.
    pub(super) level_db: [Option<f64>; COUNT],
    /// p95 − p10 of the blocks in the band.
    pub(super) range_db: [Option<f64>; COUNT],
    /// Side against mid in the band.
    pub(super) side_to_mid_db: [Option<f64>; COUNT],
}

/// Tracks shorter than this are left out, as the data page does.
const SHORTEST_S: f64 = 60.0;

/// Tracks quieter than this are left out, as the data page does.
const QUIETEST_LUFS: f64 = -45.0;

/// What the published band levels lack: their root-Hann window keeps half of the power and they do not give it back.
/// Tracks whose bands hardly move (range 5 to 7 dB) show it: their nine bands sum to 3.6 dB below the integrated
/// loudness (p10 to p90: 3.8 to 3.5), where the mean of decibels accounts for 0.6 dB. `tone.k_bands` of `analysis/1`
/// has the full power.
const WINDOW_POWER_DB: f64 = 3.01;

/// Side against mid that no music reaches: an absolute 0 dB of a gated-out band, or rounding of pure mono.
const WIDEST_DB: f64 = 20.0;

/// The tracks of a table, without those too short or too quiet to be songs.
pub(super) fn tracks(path: &Path) -> Result<Vec<Track>> {
    let text = std::fs::read_to_string(path).map_err(Error::io(path, "read the table"))?;
    let mut lines = text.lines();
    let header: Vec<&str> = lines.next().unwrap_or_default().split(',').collect();
    let column = |name: &str| {
        header
            .iter()
            .position(|known| *known == name)
            .ok_or_else(|| Error::document(path, 1, format!("expected a column \"{name}\", found none")))
    };
    let bands = |prefix: &str, suffix: &str| -> Result<Vec<usize>> {
        COLUMN_NAMES.iter().map(|band| column(&format!("{prefix}{band}{suffix}"))).collect()
    };
    let genre = header.iter().position(|known| *known == "genre");
    let (duration, loudness, range) = (column("duration_s")?, column("lufs_i")?, column("lra")?);
    let (sample_peak, true_peak) = (column("sample_peak_dbfs")?, column("true_peak_dbtp")?);
    let crest = column("crest")?;
    let levels = bands("kband_", "_rel")?;
    let ranges = bands("kband_", "_range")?;
    let widths = bands("s_over_m_", "")?;

    let mut tracks = Vec::new();
    for line in lines {
        let cells: Vec<&str> = line.split(',').collect();
        let number =
            |column: usize| cells.get(column).and_then(|cell| cell.trim().parse().ok()).and_then(finite);
        let mut track = Track {
            genre: genre.and_then(|column| cells.get(column)).unwrap_or(&"").to_string(),
            duration_s: number(duration),
            integrated_lufs: number(loudness),
            range_lu: number(range),
            sample_peak_dbfs: number(sample_peak),
            true_peak_dbtp: number(true_peak),
            crest_db: number(crest),
            ..Track::default()
        };
        let Some(integrated_lufs) = track.integrated_lufs else { continue };
        if track.duration_s.is_none_or(|duration_s| duration_s < SHORTEST_S)
            || integrated_lufs < QUIETEST_LUFS
        {
            continue;
        }
        for band in 0..COUNT {
            // A band in which the gate took every block reads an absolute 0 dB: missing, not loud.
            let gated_out =
                number(levels[band]).is_none_or(|level_db| (level_db + integrated_lufs).abs() < 0.02);
            if !gated_out {
                track.level_db[band] = number(levels[band]).map(|level_db| level_db + WINDOW_POWER_DB);
                track.range_db[band] = number(ranges[band]);
                track.side_to_mid_db[band] =
                    number(widths[band]).filter(|width_db| *width_db != 0.0 && *width_db < WIDEST_DB);
            }
        }
        tracks.push(track);
    }
    Ok(tracks)
}

/// The numbers of `"key": [ … ]` in a flat JSON text. Enough for one table whose shape is known, and it keeps
/// the JSON library in `model`, where documents of ours are read.
pub(super) fn numbers_of(text: &str, key: &str, path: &Path) -> Result<Vec<f64>> {
    let missing = || Error::document(path, 0, format!("expected a list of numbers \"{key}\", found none"));
    let (_, rest) = text.split_once(&format!("\"{key}\":")).ok_or_else(missing)?;
    let (_, rest) = rest.split_once('[').ok_or_else(missing)?;
    let (list, _) = rest.split_once(']').ok_or_else(missing)?;
    list.split(',').map(|number| number.trim().parse().map_err(|_| missing())).collect()
}
