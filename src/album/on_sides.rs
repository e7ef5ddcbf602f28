//! What is worth knowing about the sides of a record: lengths, levels, what lies inside.

use super::Song;
use super::findings::{HARSH_INSIDE, SIDE_HOT, SIDE_LONG, finding};
use super::sides::Laid;
use crate::model::{Album, AlbumTrack, Finding, Severity};
use crate::units::{Quantity, Unit, clock};

/// RMS from which a cut may have to be made again (cutting houses' figure, standards 2.4).
const HOT_DBFS: f64 = -10.0;

/// A song of this share of the record's harshness is harsh.
const HARSH_SHARE: f64 = 0.75;

pub(super) fn findings(album: &Album, songs: &[Song], list: &mut Vec<Finding>) {
    let Some(sides) = &album.sides else { return };
    let gains_db: Vec<f64> = album.tracks.iter().map(|track| track.gain_db).collect();
    let lengths_s = album.tracks.iter().map(AlbumTrack::length_s).collect();
    let laid = Laid::new(songs, lengths_s, &gains_db);
    let mut at = 0;
    for side in &sides.sides {
        let on_it = &album.order[at..at + side.songs];
        at += side.songs;
        let subject = format!("side {}", side.name);
        if side.length_s > sides.longest_s {
            let (length, longest) = (clock(side.length_s, false), clock(sides.longest_s, false));
            let message = format!("is {length} long; {} is recommended up to {longest} a side", sides.medium);
            let advice = "move a song to another side, or choose a larger medium".to_string();
            list.push(finding(&SIDE_LONG, Severity::Warn, &subject, message, advice));
        }
        let harshest =
            on_it.iter().max_by(|a, b| laid.harshness_share[**a].total_cmp(&laid.harshness_share[**b]));
        if let (true, Some(last)) = (sides.groove && on_it.len() > 1, harshest)
            && on_it.last() == Some(last)
            && laid.harshness_share[*last] >= HARSH_SHARE
        {
            let message =
                format!("ends with its loudest and brightest song, \"{}\"", album.tracks[*last].title);
            let advice = "put it further out: --order suggest does".to_string();
            list.push(finding(&HARSH_INSIDE, Severity::Info, &subject, message, advice));
        }
        for song in on_it.iter().filter(|_| sides.groove) {
            let track = &album.tracks[*song];
            let rms_dbfs = songs[*song].analysis.dynamics.rms_dbfs.map(|dbfs| dbfs + track.gain_db);
            if let Some(rms_dbfs) = rms_dbfs.filter(|dbfs| *dbfs > HOT_DBFS) {
                let message = format!("has {rms_dbfs:.1} dBFS RMS on side {}", side.name);
                let advice = "lower the target for the cut".to_string();
                let mut hot = finding(&SIDE_HOT, Severity::Warn, &track.title, message, advice);
                hot.measured = Some(Quantity::new(rms_dbfs, Unit::Dbfs));
                list.push(hot);
            }
        }
    }
}
