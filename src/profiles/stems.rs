//! Profiles of stems (vocals, drums, bass, other) from the published mean spectra of MUSDB18.

use super::conversion::{CENTERS_HZ, relative_to_sum};
use super::quantile::rounded;
use super::reference::profile_band;
use crate::error::{Error, Result};
use crate::model::{Confidence, MEASURES_REV, Persisted, Profile, ProfileTone, Provenance, Span};
use crate::units::db_to_power;
use std::collections::BTreeMap;
use std::path::Path;

/// Mean third octaves per stem (github sony/FxNorm-automix, MIT).
const STEMS: &str = "musdb18_stem_third_octave.csv";

/// Songs behind the means, as the data page states.
const SONGS: u32 = 90;

/// Half-span that is assumed: the table holds means only, and single stems differ more than whole songs
/// (engineering choice: twice the tolerance of a whole song's middle bands, half as much again below 100 Hz).
const ASSUMED_DB: f64 = 6.0;
const ASSUMED_LOW_DB: f64 = 9.0;

/// Stems of the table, with their titles.
const TITLES: [(&str, &str); 4] = [
    ("vocals", "Stem: vocals"),
    ("drums", "Stem: drums"),
    ("bass", "Stem: bass"),
    ("other", "Stem: all other instruments"),
];

/// One profile per stem, named `stem-vocals` and so on.
pub(super) fn stems(folder: &Path) -> Result<Vec<Profile>> {
    let path = folder.join(STEMS);
    let text = std::fs::read_to_string(&path).map_err(Error::io(&path, "read the table"))?;
    let mut lines = text.lines();
    let header: Vec<&str> = lines.next().unwrap_or_default().split(',').collect();
    let column = |name: &str| {
        header
            .iter()
            .position(|known| *known == name)
            .ok_or_else(|| Error::document(&path, 1, format!("expected a column \"{name}\", found none")))
    };
    let (stem, level) = (column("stem")?, column("level_db_rel_broadband")?);
    let rows: Vec<Vec<&str>> = lines.map(|line| line.split(',').collect()).collect();
    TITLES
        .iter()
        .map(|(name, title)| {
            let levels_db: Vec<f64> = rows
                .iter()
                .filter(|cells| cells.get(stem) == Some(name))
                .filter_map(|cells| cells.get(level)?.trim().parse().ok())
                .collect();
            let levels_db: [f64; 31] = levels_db.try_into().map_err(|found: Vec<f64>| {
                Error::document(
                    &path,
                    0,
                    format!("expected 31 third octaves of {name}, found {}", found.len()),
                )
            })?;
            Ok(profile(name, title, levels_db))
        })
        .collect()
}

fn profile(name: &str, title: &str, levels_db: [f64; 31]) -> Profile {
    let levels_db = smoothed(relative_to_sum(levels_db.map(db_to_power)));
    let bands = CENTERS_HZ.iter().zip(levels_db).map(|(center_hz, level_db)| {
        let half_db = if *center_hz < 100.0 { ASSUMED_LOW_DB } else { ASSUMED_DB };
        profile_band(
            *center_hz,
            rounded(Span { p10: level_db - half_db, p50: level_db, p90: level_db + half_db }),
        )
    });
    Profile {
        schema: Profile::schema_tag(),
        name: format!("stem-{name}"),
        title: title.to_string(),
        provenance: Provenance {
            tracks: SONGS,
            method: format!(
                "tone.bands: published mean third-octave spectrum of the stem over about {SONGS} songs, relative to \
                 the sum of the bands, smoothed 1-2-1 as every song is. The table gives no spread: {ASSUMED_DB:.0} dB \
                 are assumed on each side, {ASSUMED_LOW_DB:.0} dB below 100 Hz, and percentiles are not given. Nothing else of the \
                 table is used: its loudness is that of one mixing practice, its other features are not measures of \
                 this program"
            ),
            source: "github sony/FxNorm-automix, features of MUSDB18".to_string(),
            licence: "MIT".to_string(),
            confidence: Confidence::Low,
        },
        measures_rev: MEASURES_REV,
        spans: BTreeMap::new(),
        tone: ProfileTone { bands: bands.collect(), k_bands: Vec::new() },
        width: Vec::new(),
        crest: Vec::new(),
    }
}

/// 1-2-1 over neighbours, in dB.
fn smoothed(levels_db: [f64; 31]) -> [f64; 31] {
    std::array::from_fn(|band| {
        let near = [band.checked_sub(1), Some(band), Some(band), Some(band + 1)];
        let values: Vec<f64> = near.iter().filter_map(|index| levels_db.get((*index)?).copied()).collect();
        values.iter().sum::<f64>() / values.len() as f64
    })
}
