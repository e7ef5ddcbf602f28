//! A song of the record on its own: the same moves, another level.

use super::{Song, price};
use crate::model::{Album, Single};

/// Works out the singles of all songs. A gain that stands in the plan is kept; where there is none, the song goes to the
/// target as far as the bound on limiting allows.
pub(super) fn settle(album: &mut Album, songs: &[Song]) {
    let (ceiling_dbtp, bound_db) = (album.ceiling_dbtp, album.headroom.max_reduction_db);
    let target_lufs = album.target_lufs;
    for (track, song) in album.tracks.iter_mut().zip(songs) {
        let Some(lufs) = song.analysis.loudness.integrated_lufs.map(|lufs| lufs + track.moves_lu) else {
            track.single = None;
            continue;
        };
        let to_target = || {
            let wanted_db = target_lufs? - lufs;
            let over_db = price::limiting_db(song, wanted_db, ceiling_dbtp) - bound_db;
            Some(price::applied_db(wanted_db - over_db.max(0.0)))
        };
        let Some(gain_db) = track.single.take().map(|single| single.gain_db).or_else(to_target) else {
            continue;
        };
        let limiting_db = price::limiting_db(song, gain_db, ceiling_dbtp);
        track.single = Some(Single {
            gain_db,
            makeup_db: 0.0,
            limiting_db,
            crest_lost_db: limiting_db,
            result_lufs: Some(lufs + gain_db),
            result_dbtp: song.analysis.peaks.true_peak_dbtp.map(|dbtp| (dbtp + gain_db).min(ceiling_dbtp)),
            output: None,
        });
    }
}
