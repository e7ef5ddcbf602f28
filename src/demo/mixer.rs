//! The mixer: faders, the way to 24 bits, and the sum. Stems are rounded before they are added, so that the
//! files a stranger adds up give the mix to the last bit.

use super::score::Score;
use super::synth::{Filter, Stereo, frame_at};
use crate::audio::Block;
use crate::units::db_to_amplitude;

/// One track of the mixer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Track {
    pub(super) play: fn(&Score) -> Stereo,
    pub(super) fader_db: f64,
}

/// Steps of a 24-bit sample per unit of amplitude.
const STEPS: f32 = 8_388_608.0;
/// Below the lowest note: takes DC and rumble out of every track.
const RUMBLE_HZ: f64 = 22.0;
/// Length of the fade at the very end, where only reverb is left.
const FADE_S: f64 = 1.0;

impl Track {
    /// What the track sends to the mix: faded, free of DC, silent at the end.
    pub(super) fn render(&self, score: &Score) -> Stereo {
        let mut track = (self.play)(score);
        track.filter(&Filter::new(RUMBLE_HZ, 0.7071), Filter::high);
        let gain = db_to_amplitude(self.fader_db) as f32;
        let frames = track.frames();
        let fade = frame_at(FADE_S);
        for channel in [&mut track.left, &mut track.right] {
            for (index, sample) in channel.iter_mut().enumerate() {
                let left = (frames - 1 - index).min(fade) as f32 / fade as f32;
                *sample *= gain * left * left;
            }
        }
        track
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
