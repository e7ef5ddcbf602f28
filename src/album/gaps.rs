//! The time between songs: proposed from the tail, the tempo and the next start, or as asked for.

use super::options::setting;
use super::{Options, Song, sides};
use crate::model::{Album, Joint};

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

/// What is left of a file's own silence before the first sound, and after the last (with the fades that lie in it). What is
/// shorter stays as it is.
const HEAD_S: f64 = 0.1;
const TAIL_S: f64 = 0.25;
/// Fades of a trimmed end: the figures of published sequencing tools (standards 8.1).
const FADE_IN_S: f64 = 0.05;
const FADE_OUT_S: f64 = 0.1;
/// A trim of less is not worth a cut.
const LEAST_TRIM_S: f64 = 0.05;

/// Cuts at both ends of a song, with fades that end before the sound and start after it.
#[derive(Debug, Default)]
pub(super) struct Trims {
    pub(super) start_s: f64,
    pub(super) end_s: f64,
    pub(super) fade_in_s: f64,
    pub(super) fade_out_s: f64,
}

/// Trims of silence only; nothing where a file starts or ends in sound, or has no sound.
pub(super) fn trims(song: &Song) -> Trims {
    if song.analysis.loudness.integrated_lufs.is_none() {
        return Trims::default();
    }
    let cut = |silence_s: f64, kept_s: f64, fade_s: f64| {
        // Hundredths of a second are whole samples at all usual rates.
        let trim_s = ((silence_s - kept_s) * 100.0).floor() / 100.0;
        if trim_s >= LEAST_TRIM_S { (trim_s, fade_s) } else { (0.0, 0.0) }
    };
    let (start_s, fade_in_s) = cut(song.edges.head.silence_s, HEAD_S, FADE_IN_S);
    let (end_s, fade_out_s) = cut(song.edges.tail.silence_s, TAIL_S, FADE_OUT_S);
    Trims { start_s, end_s, fade_in_s, fade_out_s }
}

/// Where gaps and crossfades come from.
pub(super) enum Spacing<'a> {
    /// Options, and proposals where they say nothing.
    Proposed(&'a Options),
    /// The plan that is worked out again, with its joints.
    Kept(&'a [Joint]),
}

/// Gaps, crossfades and starts for the order of the plan.
pub(super) fn space(album: &mut Album, songs: &[Song], spacing: &Spacing) {
    let breaks = sides::breaks(album);
    let mut start_s = 0.0;
    for (index, song) in album.order.clone().into_iter().enumerate() {
        album.tracks[song].start_s = start_s;
        let last = index + 1 == album.order.len();
        let (mut gap_s, mut crossfade_s, mut because) = (0.0, 0.0, String::new());
        if let Some(joint) = album.joints.get(index) {
            if breaks[index] {
                because = "the side ends here".to_string();
            } else if joint.gapless {
                because = "one stream: the songs run into each other".to_string();
            } else {
                (gap_s, crossfade_s, because) = match spacing {
                    Spacing::Proposed(options) => wished(album, songs, options, joint),
                    Spacing::Kept(joints) => kept(album, joints, joint),
                };
            }
        }
        let end_s = start_s + album.tracks[song].length_s();
        if album.disc && !last && !album.joints[index].gapless {
            // A track of a disc starts on a whole sector.
            let next_s = ((end_s + gap_s - crossfade_s) * FRAMES_PER_S - 1e-6).ceil() / FRAMES_PER_S;
            let more_s = (next_s - (end_s + gap_s - crossfade_s)).max(0.0);
            if crossfade_s > 0.0 { crossfade_s = (crossfade_s - more_s).max(0.0) } else { gap_s += more_s }
        }
        let track = &mut album.tracks[song];
        (track.gap_after_s, track.crossfade_s) = (gap_s, crossfade_s);
        if let Some(joint) = album.joints.get_mut(index) {
            joint.gap_because = because;
        }
        start_s = end_s + gap_s - crossfade_s;
    }
}

/// Gap, crossfade and reason as asked for, or as proposed.
fn wished(album: &Album, songs: &[Song], options: &Options, joint: &Joint) -> (f64, f64, String) {
    let [before, after] = [joint.from, joint.to].map(|song| &album.tracks[song]);
    let crossfade_s = setting(&options.crossfades, joint.from).or(options.crossfade_s).filter(|s| *s > 0.0);
    if let Some(asked_s) = crossfade_s {
        // Half of either song at most, so that two crossfades of one song never meet.
        let crossfade_s = asked_s.min(before.length_s().min(after.length_s()) / 2.0);
        return (0.0, crossfade_s, format!("crossfade of {crossfade_s:.2} s, as asked for"));
    }
    if let Some(gap_s) = setting(&options.gaps, joint.from).or(options.gap_s) {
        return (gap_s, 0.0, "as asked for".to_string());
    }
    let silence_s =
        before.edges.tail.silence_s - before.trim_end_s + after.edges.head.silence_s - after.trim_start_s;
    let (gap_s, because) = proposed(&songs[joint.from], &songs[joint.to], silence_s.max(0.0));
    (gap_s, 0.0, because)
}

/// Gap and crossfade of the plan, with its reason where the joint is still the same.
fn kept(album: &Album, joints: &[Joint], joint: &Joint) -> (f64, f64, String) {
    let track = &album.tracks[joint.from];
    let same = joints.iter().find(|old| (old.from, old.to) == (joint.from, joint.to));
    let because = same.map_or("as the plan says".to_string(), |old| old.gap_because.clone());
    (track.gap_after_s, track.crossfade_s, because)
}

/// Silence to be put between two songs, and why.
fn proposed(before: &Song, after: &Song, silence_s: f64) -> (f64, String) {
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
    if silence_s >= pause_s {
        because = format!("the files' own silence of {silence_s:.1} s is enough");
    } else if silence_s >= 0.05 {
        because += &format!("; {silence_s:.1} s of it is in the files");
    }
    let gap_s = ((pause_s - silence_s).max(0.0) * FRAMES_PER_S).round() / FRAMES_PER_S;
    (gap_s, because)
}
