//! The bass drum: one sound, placed on the beats of the groove; mono.

use super::kick_beats;
use crate::demo::score::Score;
use crate::demo::synth::{Stereo, drums};

/// Where the drum's sweep ends: the fundamental of the mix.
const BASE_HZ: f64 = 60.0;

pub(in crate::demo) fn play(score: &Score) -> Stereo {
    let hit = drums::kick(BASE_HZ);
    let mut track = Stereo::silent(score.frames());
    for bar in score.bars() {
        for beat in kick_beats(&bar) {
            track.place(bar.start_s + beat * score.beat_s(), &hit, bar.gain_ratio, 0.0);
        }
    }
    track
}
