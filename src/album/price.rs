//! What the wanted gains cost, and the one decision on headroom.

use super::levels::together;
use super::{Options, Song};
use crate::model::HeadroomChoice;

/// Most gain that a processor takes.
const MOST_GAIN_DB: f64 = 24.0;

/// A song this little beyond the bound is not worth a word.
const WORTH_A_WORD_DB: f64 = 0.05;

/// The gains that are applied, and what was decided on the way.
pub(super) struct Price {
    pub(super) gains_db: Vec<f64>,
    pub(super) crushed: Vec<usize>,
    pub(super) lower_record_by_db: f64,
    pub(super) unlimited_by_db: f64,
}

/// Gain reduction that a song needs under the ceiling: its limiter has to take its highest true peak down to it.
pub(super) fn limiting_db(song: &Song, gain_db: f64, ceiling_dbtp: f64) -> f64 {
    song.analysis.peaks.true_peak_dbtp.map_or(0.0, |dbtp| (dbtp + gain_db - ceiling_dbtp).max(0.0))
}

/// Holds the gains within the bound on limiting and within what processors take.
pub(super) fn price(songs: &[Song], options: &Options, wanted_db: &[f64], flows: &[bool]) -> Price {
    let bound_db = options.max_reduction_db;
    let over_db = |bound_db: f64| {
        let needs = songs.iter().zip(wanted_db);
        needs.map(move |(song, gain_db)| limiting_db(song, *gain_db, options.ceiling_dbtp) - bound_db)
    };
    let crushed =
        over_db(bound_db).enumerate().filter(|(_, db)| *db > WORTH_A_WORD_DB).map(|(i, _)| i).collect();
    let lower_record_by_db = over_db(bound_db).fold(0.0, f64::max);
    let unlimited_by_db = over_db(0.0).fold(0.0, f64::max);
    let mut gains_db: Vec<f64> = match options.headroom {
        HeadroomChoice::LowerRecord => wanted_db.iter().map(|gain_db| gain_db - lower_record_by_db).collect(),
        HeadroomChoice::HoldSong => {
            let over = over_db(bound_db).map(|db| db.max(0.0));
            wanted_db.iter().zip(over).map(|(gain_db, over_db)| gain_db - over_db).collect()
        }
    };
    for (gain_db, song) in gains_db.iter_mut().zip(songs) {
        // Hundredths, rounded down: what people read is what is applied, and it is never more than allowed.
        *gain_db = ((*gain_db * 100.0 + 1e-6).floor() / 100.0).clamp(-MOST_GAIN_DB, MOST_GAIN_DB);
        if song.analysis.loudness.integrated_lufs.is_none() {
            *gain_db = 0.0;
        }
    }
    together(&mut gains_db, flows);
    Price { gains_db, crushed, lower_record_by_db, unlimited_by_db }
}
