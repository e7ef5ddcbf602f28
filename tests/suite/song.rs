//! Longer seeded signals that behave like music, for the benchmarks and for tests that need material.
#![allow(dead_code, unreachable_pub, reason = "each user uses some of them")]

use mixproof::audio::Block;
use std::f64::consts::TAU;

/// A xorshift generator: uniform in −1 … 1.
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as f64 / (1u64 << 52) as f64 - 1.0
    }
}

/// Drums, bass, a pad and a lead at 120 BPM with verses and choruses, slightly limited; peaks near −1 dBFS.
pub fn song(duration_s: f64, sample_rate_hz: u32, seed: u64) -> Block {
    let rate = f64::from(sample_rate_hz);
    let frames = (duration_s * rate).round() as usize;
    let mut noise = Noise(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    let (mut left, mut right) = (Vec::with_capacity(frames), Vec::with_capacity(frames));
    let roots = [55.0, 43.65, 65.41, 49.0];
    let mut hat = 0.0;
    for i in 0..frames {
        let t = i as f64 / rate;
        let section = if ((t / 15.0) as usize).is_multiple_of(2) { 0.45 } else { 1.0 };
        let beat = (t * 2.0).fract() / 2.0;
        let root = roots[(t / 2.0) as usize % 4];
        let kick = (TAU * (50.0 * beat + 3.0 * (1.0 - (-beat * 40.0).exp()))).sin() * (-beat * 9.0).exp();
        let snare_at = ((t + 0.5) * 1.0).fract();
        let white = [noise.next(), noise.next()];
        let snare = (-snare_at * 14.0).exp();
        let eighth = (t * 4.0).fract() / 4.0;
        hat = 0.3 * hat + 0.7 * white[0];
        let hats = (white[0] - hat) * (-eighth * 45.0).exp();
        let bass = (TAU * root * t).sin() + 0.4 * (TAU * 2.0 * root * t).sin();
        let pad = |detune: f64| {
            (1..7).map(|k| (TAU * root * 4.0 * k as f64 * detune * t).sin() / k as f64).sum::<f64>()
        };
        let lead =
            (TAU * root * 8.0 * t + 2.0 * (TAU * 5.0 * t).sin()).sin() * (0.5 + 0.5 * (TAU * 0.25 * t).sin());
        let centre = section * (0.55 * kick + 0.25 * bass + 0.12 * lead);
        let sides = [1.003, 0.997].map(pad);
        for (channel, side) in [&mut left, &mut right].into_iter().zip([0, 1]) {
            let sum = centre
                + section * (0.22 * snare * white[side] + 0.1 * hats + 0.07 * sides[side])
                + 0.0005 * white[side];
            channel.push((0.89 * (1.3 * sum).tanh()) as f32);
        }
    }
    Block::from_channels(vec![left, right], sample_rate_hz)
}

/// White noise hard-clipped at full scale.
pub fn noise(duration_s: f64, sample_rate_hz: u32) -> Block {
    let mut noise = Noise(7);
    let frames = (duration_s * f64::from(sample_rate_hz)) as usize;
    let channel =
        |noise: &mut Noise| (0..frames).map(|_| (1.5 * noise.next()).clamp(-1.0, 1.0) as f32).collect();
    Block::from_channels(vec![channel(&mut noise), channel(&mut noise)], sample_rate_hz)
}

/// Chip-music squares at full scale, around 1 kHz.
pub fn squares(duration_s: f64, sample_rate_hz: u32) -> Block {
    let frames = (duration_s * f64::from(sample_rate_hz)) as usize;
    let channel = |frequency_hz: f64| {
        let step = frequency_hz / f64::from(sample_rate_hz);
        (0..frames).map(|i| if (i as f64 * step).fract() < 0.5 { 1.0 } else { -1.0 }).collect()
    };
    Block::from_channels(vec![channel(1000.0), channel(1318.5)], sample_rate_hz)
}
