//! What the wanted gains cost, and the one decision on headroom.

use super::levels::together;
use super::{Options, Song};
use crate::model::{Album, AlbumTrack, HeadroomChoice};

/// Most gain that a processor takes.
const MOST_GAIN_DB: f64 = 24.0;

/// A song this little beyond the bound is not worth a word.
const WORTH_A_WORD_DB: f64 = 0.05;

/// Gain reduction that a song needs under the ceiling: its limiter has to take its highest true peak down to it.
pub(super) fn limiting_db(song: &Song, gain_db: f64, ceiling_dbtp: f64) -> f64 {
    song.analysis.peaks.true_peak_dbtp.map_or(0.0, |dbtp| (dbtp + gain_db - ceiling_dbtp).max(0.0))
}

/// In hundredths, rounded down: what people read is what is applied, and it is never more than allowed.
pub(super) fn applied_db(gain_db: f64) -> f64 {
    ((gain_db * 100.0 + 1e-6).floor() / 100.0).clamp(-MOST_GAIN_DB, MOST_GAIN_DB)
}

/// Holds the gains within the bound on limiting and within what processors take.
pub(super) fn price(songs: &[Song], options: &Options, wanted_db: &[f64], flows: &[bool]) -> Vec<f64> {
    let bound_db = options.max_reduction_db;
    let over_db = |bound_db: f64| {
        let needs = songs.iter().zip(wanted_db);
        needs.map(move |(song, gain_db)| limiting_db(song, *gain_db, options.ceiling_dbtp) - bound_db)
    };
    let lower_record_by_db = over_db(bound_db).fold(0.0, f64::max);
    let mut gains_db: Vec<f64> = match options.headroom {
        HeadroomChoice::LowerRecord => wanted_db.iter().map(|gain_db| gain_db - lower_record_by_db).collect(),
        HeadroomChoice::HoldSong => {
            let over = over_db(bound_db).map(|db| db.max(0.0));
            wanted_db.iter().zip(over).map(|(gain_db, over_db)| gain_db - over_db).collect()
        }
    };
    for (gain_db, song) in gains_db.iter_mut().zip(songs) {
        *gain_db = applied_db(*gain_db);
        if song.analysis.loudness.integrated_lufs.is_none() {
            *gain_db = 0.0;
        }
    }
    together(&mut gains_db, flows);
    gains_db
}

/// What the record's headroom decision is about: who is beyond the bound, and what would keep every distance. A gain that
/// a hand has raised beyond what the policy wanted counts as wanted.
pub(super) fn settle(album: &mut Album, songs: &[Song]) {
    let ceiling_dbtp = album.ceiling_dbtp;
    let need_db = |(song, track): (&Song, &AlbumTrack)| {
        limiting_db(song, track.wanted_gain_db.max(track.gain_db), ceiling_dbtp)
    };
    let needs_db: Vec<f64> = songs.iter().zip(&album.tracks).map(need_db).collect();
    let headroom = &mut album.headroom;
    let beyond = needs_db.iter().map(|need_db| need_db - headroom.max_reduction_db);
    headroom.lower_record_by_db = beyond.clone().fold(0.0, f64::max);
    headroom.crushed =
        beyond.enumerate().filter(|(_, db)| *db > WORTH_A_WORD_DB).map(|(song, _)| song).collect();
    headroom.unlimited_by_db = needs_db.into_iter().fold(0.0, f64::max);
}
