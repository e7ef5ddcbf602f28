//! Envelopes: how loud a note is while it lasts. They start and end at zero, so a note never clicks.

use super::SAMPLE_RATE_HZ;
use crate::units::db_to_amplitude;

/// Attack, decay, sustain, release. The attack is straight, the decay exponential, the release a parabola to zero.
#[derive(Debug, Clone, Copy)]
pub struct Envelope {
    /// Time to rise from silence to full level.
    pub attack_s: f64,
    /// Time constant of the fall from full level to the sustained one.
    pub decay_s: f64,
    /// Level while the note is held, below full level.
    pub sustain_db: f64,
    /// Time from the end of the note to silence.
    pub release_s: f64,
}

impl Envelope {
    /// Levels of a note that is held for `held_s`, one per sample, from 0 back to 0.
    pub fn levels(self, held_s: f64) -> impl Iterator<Item = f32> {
        let frames = |time_s: f64| (time_s * SAMPLE_RATE_HZ).max(1.0);
        let attack = frames(self.attack_s);
        let held = frames(held_s);
        let release = frames(self.release_s);
        let sustain = db_to_amplitude(self.sustain_db);
        let falling = (-1.0 / frames(self.decay_s)).exp();
        let mut above_sustain = 1.0 - sustain;
        let mut level = 0.0;
        (0..(held + release).ceil() as usize).map(move |index| {
            let at = index as f64;
            if at < held {
                level = if at < attack { at / attack } else { sustain + above_sustain };
                if at >= attack {
                    above_sustain *= falling;
                }
                level as f32
            } else {
                let left = (1.0 - (at - held) / release).max(0.0);
                (level * left * left) as f32
            }
        })
    }
}

/// An exponential decay from 1 with the given time constant, for `duration_s`; its last 10 % also fade to zero.
pub fn decay(time_constant_s: f64, duration_s: f64) -> impl Iterator<Item = f32> {
    let frames = (duration_s * SAMPLE_RATE_HZ).max(1.0);
    let falling = (-1.0 / (time_constant_s * SAMPLE_RATE_HZ)).exp();
    let mut level = 1.0;
    (0..frames as usize).map(move |index| {
        let now = level;
        level *= falling;
        let left = 10.0 * (1.0 - index as f64 / frames);
        (now * left.min(1.0)) as f32
    })
}
