//! Space: an echo that bounces between the sides, and a reverb. Both return only what they add.

use super::{Filter, SAMPLE_RATE_HZ, Stereo, frame_at};
use crate::units::db_to_amplitude;

/// An echo that comes back on alternating sides, duller every time.
#[derive(Debug, Clone, Copy)]
pub struct Echo {
    /// Time between two repeats.
    pub time_s: f64,
    /// Level of each repeat against the one before.
    pub feedback_db: f64,
    /// Corner of the low-pass in the loop.
    pub damping_hz: f64,
}

impl Echo {
    /// The repeats of a sound, without the sound itself. The first one comes from the left.
    pub fn of(self, dry: &Stereo) -> Stereo {
        let delay = frame_at(self.time_s).max(1);
        let feedback = db_to_amplitude(self.feedback_db) as f32;
        let mut wet = Stereo::silent(dry.frames());
        let mut to_left = Filter::butterworth(self.damping_hz);
        let mut to_right = to_left.clone();
        let [dry_left, dry_right] = dry.sides();
        let [wet_left, wet_right] = wet.sides_mut();
        for now in delay..dry.frames() {
            let past = now - delay;
            let middle = 0.5 * (dry_left[past] + dry_right[past]);
            wet_left[now] = feedback * to_left.low(middle + wet_right[past]);
            wet_right[now] = feedback * to_right.low(wet_left[past]);
        }
        wet
    }
}

/// Reverb: eight delay lines that feed each other through a lossless matrix (Jot's feedback delay network).
/// The odd lines are heard on the left, the even ones on the right, so the tail is wide.
#[derive(Debug, Clone, Copy)]
pub struct Reverb {
    /// Time in which the tail falls by 60 dB.
    pub decay_s: f64,
    /// Time before the tail begins.
    pub predelay_s: f64,
    /// Corner of the low-pass in every line: above it the tail dies faster.
    pub damping_hz: f64,
}

/// Lengths of the lines in frames: primes between 26 and 56 ms, so that their echoes never coincide.
const LINES: [usize; 8] = [1151, 1301, 1447, 1607, 1777, 1973, 2203, 2459];

impl Reverb {
    /// The tail of a sound, without the sound itself.
    pub fn of(self, dry: &Stereo) -> Stereo {
        let predelay = frame_at(self.predelay_s);
        let smoothing = (-std::f64::consts::TAU * self.damping_hz / SAMPLE_RATE_HZ).exp() as f32;
        let gains = LINES
            .map(|length| db_to_amplitude(-60.0 * length as f64 / (self.decay_s * SAMPLE_RATE_HZ)) as f32);
        let mut lines = LINES.map(|length| vec![0.0f32; length]);
        let mut at = [0usize; LINES.len()];
        let mut damped = [0.0f32; LINES.len()];
        let mut wet = Stereo::silent(dry.frames());
        let [dry_left, dry_right] = dry.sides();
        let [wet_left, wet_right] = wet.sides_mut();
        for now in predelay..dry.frames() {
            let input = [dry_left[now - predelay], dry_right[now - predelay]];
            let mut heard = [0.0f32; LINES.len()];
            for line in 0..LINES.len() {
                let out = gains[line] * lines[line][at[line]];
                damped[line] = out + smoothing * (damped[line] - out);
                heard[line] = damped[line];
            }
            // The smallest number that matters is far above this; it keeps the tail out of slow denormals.
            damped.iter_mut().for_each(|value| *value += 1e-18);
            wet_left[now] = 0.5 * (heard[0] - heard[2] + heard[4] - heard[6]);
            wet_right[now] = 0.5 * (heard[1] - heard[3] + heard[5] - heard[7]);
            hadamard(&mut heard);
            for line in 0..LINES.len() {
                lines[line][at[line]] = heard[line] + 0.5 * input[line % 2];
                at[line] += 1;
                if at[line] == LINES[line] {
                    at[line] = 0;
                }
            }
        }
        wet
    }
}

/// The lossless mixing matrix: sums and differences in three passes, scaled to keep the energy.
fn hadamard(values: &mut [f32; 8]) {
    for distance in [1, 2, 4] {
        for index in 0..8 {
            if index & distance == 0 {
                let (a, b) = (values[index], values[index + distance]);
                values[index] = a + b;
                values[index + distance] = a - b;
            }
        }
    }
    const SCALE: f32 = 0.353_553_4; // 1 / √8
    values.iter_mut().for_each(|value| *value *= SCALE);
}
