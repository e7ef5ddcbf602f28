//! The mixer: faders, the way to 24 bits, and the sum. Stems are rounded before they are added, so that the
//! files a stranger adds up give the mix to the last bit.

use super::score::Score;
use super::synth::{SAMPLE_RATE_HZ, Stereo, frame_at, saturate};
use crate::audio::Block;
use crate::units::db_to_amplitude;
use std::f64::consts::TAU;

/// One track of the mixer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Track {
    pub(super) play: fn(&Score) -> Stereo,
    pub(super) fader_db: f64,
}

/// Steps of a 24-bit sample per unit of amplitude.
const STEPS: f32 = 8_388_608.0;
/// Corner of the high-pass that takes DC out of every track: far below the lowest note.
const DC_CORNER_HZ: f64 = 8.0;
/// Length of the fade at the very end, where only reverb is left.
const FADE_S: f64 = 1.0;

impl Track {
    /// What the track sends to the mix: gently saturated as by a console, faded, free of DC, silent at the end.
    pub(super) fn render(&self, score: &Score) -> Stereo {
        let mut track = (self.play)(score);
        track.map(saturate);
        block_dc(&mut track);
        let gain = db_to_amplitude(self.fader_db) as f32;
        let frames = track.frames();
        let fade = frame_at(FADE_S).min(frames);
        track.map(|sample| gain * sample);
        for channel in track.sides_mut() {
            for (from_end, sample) in channel.iter_mut().rev().take(fade).enumerate() {
                let level = from_end as f32 / fade as f32;
                *sample *= level * level;
            }
        }
        track
    }
}

/// Removes DC with a high-pass of one pole.
pub(super) fn block_dc(sound: &mut Stereo) {
    let share = 1.0 - (-TAU * DC_CORNER_HZ / SAMPLE_RATE_HZ).exp();
    let (mut left_dc, mut right_dc) = (0.0f64, 0.0f64);
    let [left, right] = sound.sides_mut();
    for (left, right) in left.iter_mut().zip(right) {
        left_dc += share * (f64::from(*left) - left_dc);
        right_dc += share * (f64::from(*right) - right_dc);
        *left -= left_dc as f32;
        *right -= right_dc as f32;
    }
}

/// All tracks together, not yet rounded.
pub(super) fn sum(score: &Score, tracks: &[Track]) -> Stereo {
    let mut mix = Stereo::silent(score.frames());
    for track in tracks {
        mix.add(&track.render(score), 1.0);
    }
    mix
}

/// Rounds to the nearest 24-bit sample, so that writing 24 bits changes nothing. Full scale stops at ±(1 − 2⁻²³).
pub(super) fn to_24_bit(mut sound: Stereo) -> Block {
    sound.map(|sample| (sample * STEPS).round().clamp(1.0 - STEPS, STEPS - 1.0) / STEPS);
    sound.into_block()
}
