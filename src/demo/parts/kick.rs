//! The bass drum: one sound, placed on the beats of the groove; mono.

use super::kick_beats;
use crate::demo::score::{Score, fold_st};
use crate::demo::synth::{Stereo, drums, pitch_hz};

/// The drum is tuned to the key note between this G (49 Hz) and the F sharp above it.
const LOWEST_ST: f64 = 31.0;

pub(in crate::demo) fn play(score: &Score) -> Stereo {
    let hit = drums::kick(pitch_hz(fold_st(score.pitch_st(0), LOWEST_ST, 12.0)));
    let mut track = Stereo::silent(score.frames());
    for bar in score.bars() {
        for beat in kick_beats(&bar) {
            track.place(bar.start_s + beat * score.beat_s(), &hit, bar.gain_ratio, 0.0);
        }
    }
    track
}
