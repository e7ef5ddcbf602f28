//! A room to send parts to: a feedback delay network of eight lines, in stereo.
//!
//! Eight delays of prime length feed each other through a Hadamard matrix, which keeps energy, so that the gain of each
//! line alone sets how fast sound dies (Jot and Chaigne 1991, Digital delay networks for designing artificial
//! reverberators; Schlecht 2020, FDNTB). All-passes in front thicken the onset (Schroeder 1962). The same input gives the
//! same output, to the bit.

use crate::audio::Block;
use crate::dsp::biquad::{BUTTERWORTH_Q, StereoCascade, high_pass};
use crate::error::{Error, Result};
use crate::model::Space;
use std::f64::consts::PI;

/// Lines, and how long each is: 30 to 58 ms, ratios far from small whole numbers.
const LINES: usize = 8;
const LENGTHS_S: [f64; LINES] = [0.0299, 0.0331, 0.0371, 0.0413, 0.0453, 0.0497, 0.0541, 0.0583];
/// All-passes of either side, and their gain.
const DIFFUSERS_S: [[f64; 3]; 2] = [[0.0021, 0.0049, 0.0083], [0.0025, 0.0045, 0.0089]];
const DIFFUSION: f64 = 0.6;
/// Signs with which the lines are heard on either side: orthogonal, so the sides are unlike each other.
const LEFT: [f64; LINES] = [1.0, 1.0, 1.0, 1.0, -1.0, -1.0, -1.0, -1.0];
const RIGHT: [f64; LINES] = [1.0, -1.0, 1.0, -1.0, 1.0, -1.0, 1.0, -1.0];
/// What a plan may ask for.
const DECAY_S: std::ops::RangeInclusive<f64> = 0.1..=10.0;
const PREDELAY_S: std::ops::RangeInclusive<f64> = 0.0..=0.25;
const HIGH_PASS_HZ: std::ops::RangeInclusive<f64> = 20.0..=1000.0;
const DAMPING_HZ: std::ops::RangeInclusive<f64> = 1000.0..=20_000.0;
/// Below this nothing is left of a sound.
const SILENT: f64 = 1e-20;

/// The sound of a room alone, without what is sent to it. A sound without bass comes back with its own energy.
pub struct Room {
    high_pass: StereoCascade,
    network: Network,
    gain: f64,
}

impl Room {
    /// A room at rest.
    ///
    /// # Errors
    /// Settings outside their range, naming the key.
    pub fn new(space: &Space, sample_rate_hz: u32) -> Result<Room> {
        for (key, value, range) in [
            ("decay_s", space.decay_s, DECAY_S),
            ("predelay_s", space.predelay_s, PREDELAY_S),
            ("high_pass_hz", space.high_pass_hz, HIGH_PASS_HZ),
            ("damping_hz", space.damping_hz, DAMPING_HZ),
        ] {
            if !range.contains(&value) {
                let (low, high) = (range.start(), range.end());
                return Err(Error::usage(format!(
                    "space: expected {key} from {low} to {high}, found {value}"
                )));
            }
        }
        let rate_hz = f64::from(sample_rate_hz);
        let mut trial = Network::new(space, rate_hz);
        let mut energy = 0.0;
        for frame in 0..(2.0 * space.decay_s * rate_hz) as usize + (0.4 * rate_hz) as usize {
            let out = trial.frame([if frame == 0 { 1.0 } else { 0.0 }, 0.0]);
            energy += out[0] * out[0] + out[1] * out[1];
        }
        Ok(Room {
            high_pass: StereoCascade::new(&[high_pass(space.high_pass_hz, BUTTERWORTH_Q, rate_hz)]),
            network: Network::new(space, rate_hz),
            gain: if energy > 0.0 { 1.0 / energy.sqrt() } else { 0.0 },
        })
    }

    /// Replaces what was sent by what comes back; two channels.
    pub fn process(&mut self, block: &mut Block) {
        let [left, right] = block.channels_mut() else { return };
        self.high_pass.process(left, right);
        for (left, right) in left.iter_mut().zip(right) {
            let out = self.network.frame([f64::from(*left), f64::from(*right)]);
            [*left, *right] = out.map(|x| (self.gain * x) as f32);
        }
    }
}

struct Network {
    predelays: [Ring; 2],
    diffusers: [Vec<Ring>; 2],
    lines: Vec<Line>,
}

struct Line {
    ring: Ring,
    feedback: f64,
    /// Share of the last sample in a one-pole low-pass.
    damping: f64,
    memory: f64,
}

impl Network {
    fn new(space: &Space, rate_hz: f64) -> Network {
        let damping = (-2.0 * PI * space.damping_hz.min(0.45 * rate_hz) / rate_hz).exp();
        let line = |length_s: f64| {
            let ring = Ring::new(prime((length_s * rate_hz) as usize));
            // 60 dB less after the time of decay, however often the line was passed.
            let feedback =
                crate::units::db_to_amplitude(-60.0 * ring.samples.len() as f64 / (space.decay_s * rate_hz));
            Line { ring, feedback, damping, memory: 0.0 }
        };
        let ring = |length_s: f64| Ring::new(prime((length_s * rate_hz) as usize));
        let predelay = || Ring::new(((space.predelay_s * rate_hz) as usize).max(1));
        Network {
            predelays: [predelay(), predelay()],
            diffusers: DIFFUSERS_S.map(|lengths| lengths.into_iter().map(ring).collect()),
            lines: LENGTHS_S.into_iter().map(line).collect(),
        }
    }

    fn frame(&mut self, input: [f64; 2]) -> [f64; 2] {
        let mut sent = input;
        for (side, sent) in sent.iter_mut().enumerate() {
            *sent = self.predelays[side].push(*sent);
            for ring in &mut self.diffusers[side] {
                let late = ring.oldest();
                let inside = *sent + DIFFUSION * late;
                ring.push(inside);
                *sent = late - DIFFUSION * inside;
            }
        }
        let mut heard = [0.0; LINES];
        for (heard, line) in heard.iter_mut().zip(&mut self.lines) {
            line.memory += (1.0 - line.damping) * (line.ring.oldest() - line.memory);
            *heard = line.feedback * line.memory;
        }
        let mixed = hadamard(heard);
        for (index, (line, mixed)) in self.lines.iter_mut().zip(mixed).enumerate() {
            line.ring.push(mixed + sent[index % 2]);
        }
        let side = |signs: [f64; LINES]| signs.iter().zip(&heard).map(|(sign, x)| sign * x).sum();
        [side(LEFT), side(RIGHT)]
    }
}

/// A delay.
struct Ring {
    samples: Vec<f64>,
    at: usize,
}

impl Ring {
    fn new(length: usize) -> Ring {
        Ring { samples: vec![0.0; length.max(1)], at: 0 }
    }

    fn oldest(&self) -> f64 {
        self.samples[self.at]
    }

    /// Puts a sample in, and gives the one that leaves.
    fn push(&mut self, sample: f64) -> f64 {
        let oldest = self.samples[self.at];
        self.samples[self.at] = if sample.abs() < SILENT { 0.0 } else { sample };
        self.at = (self.at + 1) % self.samples.len();
        oldest
    }
}

/// The Hadamard transform, scaled to keep energy.
fn hadamard(mut x: [f64; LINES]) -> [f64; LINES] {
    let mut half = 1;
    while half < LINES {
        for from in (0..LINES).step_by(2 * half) {
            for i in from..from + half {
                (x[i], x[i + half]) = (x[i] + x[i + half], x[i] - x[i + half]);
            }
        }
        half *= 2;
    }
    x.map(|x| x / (LINES as f64).sqrt())
}

/// The next prime number.
fn prime(from: usize) -> usize {
    let is_prime = |n: usize| (2..).take_while(|d| d * d <= n).all(|d| !n.is_multiple_of(d));
    (from.max(2)..).find(|n| is_prime(*n)).unwrap_or(from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::power_to_db;

    const RATE_HZ: u32 = 48_000;

    fn space(decay_s: f64) -> Space {
        Space { decay_s, predelay_s: 0.02, high_pass_hz: 20.0, damping_hz: 20_000.0 }
    }

    /// Noise for `sounds_s`, then silence, through a room in blocks of a length.
    fn answer(space: &Space, rate_hz: u32, sounds_s: f64, length_s: f64, block: usize) -> Block {
        let mut seed = 1u32;
        let frames = (length_s * f64::from(rate_hz)) as usize;
        let sounds = (sounds_s * f64::from(rate_hz)) as usize;
        let mut channel = || -> Vec<f32> {
            let mut next = |frame: usize| {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                if frame < sounds { (seed >> 8) as f32 / (1 << 23) as f32 - 1.0 } else { 0.0 }
            };
            (0..frames).map(&mut next).collect()
        };
        let whole = Block::from_channels(vec![channel(), channel()], rate_hz);
        let Ok(mut room) = Room::new(space, rate_hz) else { return Block::empty(2, rate_hz) };
        let mut out = Block::empty(2, rate_hz);
        for from in (0..frames).step_by(block) {
            let mut part = whole.slice(from, (from + block).min(frames));
            room.process(&mut part);
            out.append(&part);
        }
        out
    }

    fn power(block: &Block, from_s: f64, to_s: f64) -> f64 {
        let rate_hz = f64::from(block.sample_rate_hz());
        let place = (from_s * rate_hz) as usize..(to_s * rate_hz) as usize;
        let of =
            |channel: &Vec<f32>| channel[place.clone()].iter().map(|x| f64::from(*x).powi(2)).sum::<f64>();
        block.channels().iter().map(of).sum::<f64>() / 2.0 / place.len() as f64
    }

    #[test]
    fn sound_dies_as_fast_as_asked_at_every_rate() {
        for rate_hz in [8_000, 44_100, 96_000] {
            for decay_s in [0.5, 1.0, 2.0] {
                let out = answer(&space(decay_s), rate_hz, 0.5, 0.6 + decay_s, 4096);
                let fallen_db = power_to_db(
                    power(&out, 0.65, 0.75) / power(&out, 0.65 + decay_s / 2.0, 0.75 + decay_s / 2.0),
                );
                assert!((fallen_db / 30.0 - 1.0).abs() < 0.15, "{rate_hz} Hz, {decay_s} s: {fallen_db} dB");
            }
        }
    }

    #[test]
    fn noise_comes_back_with_its_energy_and_wide() {
        let out = answer(&space(1.0), RATE_HZ, 6.0, 6.0, 1000);
        // Uniform noise has a third of its peak's power; the sides of the room add.
        let level_db = power_to_db(power(&out, 3.0, 6.0) * 3.0);
        assert!(level_db.abs() < 1.0, "{level_db}");
        let (left, right) = (out.channel(0), out.channel(1));
        let product: f64 = left.iter().zip(right).map(|(l, r)| f64::from(*l) * f64::from(*r)).sum();
        let correlation = product / left.len() as f64 / power(&out, 0.0, 6.0);
        assert!(correlation.abs() < 0.2, "{correlation}");
    }

    #[test]
    fn blocks_do_not_matter_silence_stays_silent_and_odd_settings_are_refused() {
        let by = |block| answer(&space(0.6), RATE_HZ, 0.3, 1.0, block);
        assert_eq!(by(4096).channels(), by(77).channels());
        assert!(answer(&space(0.6), RATE_HZ, 0.0, 0.5, 512).channels().iter().flatten().all(|x| *x == 0.0));
        for (odd, key) in [
            (Space { decay_s: f64::NAN, ..space(1.0) }, "decay_s"),
            (Space { predelay_s: 1.0, ..space(1.0) }, "predelay_s"),
            (Space { high_pass_hz: 0.0, ..space(1.0) }, "high_pass_hz"),
            (Space { damping_hz: 30_000.0, ..space(1.0) }, "damping_hz"),
        ] {
            let refused = Room::new(&odd, RATE_HZ).err().map(|error| error.to_string()).unwrap_or_default();
            assert!(refused.contains(key), "{refused}");
        }
    }
}
