//! The time between songs: proposed from the tail, the tempo and the next start, or as asked for.

use super::{Options, Song, setting};
use crate::model::Album;

/// Pause from the last sound to the next: the default of workstations and of the Red Book's first pause.
const PAUSE_S: f64 = 2.0;
/// After a long fade the ear has had its distance already.
const PAUSE_AFTER_FADE_S: f64 = 1.0;
/// A tail that takes this long to die is a fade.
const FADE_S: f64 = 4.0;
/// A song whose first ten seconds lie this far below its loudness comes in softly, and may come sooner.
const SOFT_START_LU: f64 = 8.0;
/// How much sooner.
const SOONER_S: f64 = 0.5;
/// Tempo is counted on from this confidence on.
const SURE: f64 = 0.5;
/// Positions of a CD are frames of 1/75 s; proposed gaps keep to them.
const FRAMES_PER_S: f64 = 75.0;

/// Gaps, crossfades and starts for the order of the plan.
pub(super) fn space(album: &mut Album, songs: &[Song], options: &Options) {
    let mut start_s = 0.0;
    for index in 0..album.order.len() {
        let song = album.order[index];
        let track = &mut album.tracks[song];
        track.start_s = start_s;
        (track.gap_after_s, track.crossfade_s) = (0.0, 0.0);
        if let Some(joint) = album.joints.get_mut(index) {
            let crossfade_s = setting(&options.crossfades, song).or(options.crossfade_s).filter(|s| *s > 0.0);
            let gap_s = setting(&options.gaps, song).or(options.gap_s);
            if joint.gapless {
                joint.gap_because = "one stream: the songs run into each other".to_string();
            } else if let Some(asked_s) = crossfade_s {
                // Half of either song at most, so that two crossfades of one song never meet.
                let most_s = songs[joint.to].analysis.source.duration_s.min(track.duration_s) / 2.0;
                track.crossfade_s = asked_s.min(most_s);
                joint.gap_because = format!("crossfade of {:.2} s, as asked for", track.crossfade_s);
            } else if let Some(gap_s) = gap_s {
                track.gap_after_s = gap_s;
                joint.gap_because = "as asked for".to_string();
            } else {
                (track.gap_after_s, joint.gap_because) = proposed(&songs[song], &songs[joint.to]);
            }
        }
        start_s += track.duration_s + track.gap_after_s - track.crossfade_s;
    }
}

/// Silence to be put between two songs, and why.
fn proposed(before: &Song, after: &Song) -> (f64, String) {
    let mut pause_s = PAUSE_S;
    let mut because = format!("{PAUSE_S:.0} s from sound to sound");
    if before.edges.decay_s >= FADE_S {
        pause_s = PAUSE_AFTER_FADE_S;
        because = format!("short, after a tail of {:.1} s", before.edges.decay_s);
    }
    let head = &after.edges.head;
    let below_lu =
        after.analysis.loudness.integrated_lufs.zip(head.loudness_lufs).map(|(all, head)| all - head);
    if below_lu.is_some_and(|below_lu| below_lu >= SOFT_START_LU) {
        pause_s -= SOONER_S;
        because += ", the next song comes in softly";
    }
    let music = &before.analysis.music;
    let tempo_bpm = music.tempo_bpm.filter(|_| music.tempo_confidence.is_some_and(|sure| sure >= SURE));
    if let Some(tempo_bpm) = tempo_bpm.filter(|tempo_bpm| *tempo_bpm > 0.0) {
        let beat_s = 60.0 / tempo_bpm;
        let beats = (pause_s / beat_s).round().max(1.0);
        pause_s = beats * beat_s;
        because += &format!(", {beats:.0} beats at {tempo_bpm:.0} BPM");
    }
    let silence_s = before.edges.tail.silence_s + head.silence_s;
    if silence_s >= pause_s {
        because = format!("the files' own silence of {silence_s:.1} s is enough");
    } else if silence_s >= 0.05 {
        because += &format!("; {silence_s:.1} s of it is in the files");
    }
    let gap_s = ((pause_s - silence_s).max(0.0) * FRAMES_PER_S).round() / FRAMES_PER_S;
    (gap_s, because)
}
