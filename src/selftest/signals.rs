//! What the recipes are made of: tones, steps of tones, and something like music for the comparison of two meters.

use crate::audio::Block;
use crate::units::db_to_amplitude;
use std::f64::consts::TAU;

/// Rate of the cases.
pub(super) const RATE_HZ: u32 = 48_000;

/// Frames of a duration.
fn frames(duration_s: f64) -> usize {
    (duration_s * f64::from(RATE_HZ)).round() as usize
}

/// One channel of a sine of the given peak level.
pub(super) fn tone(frequency_hz: f64, peak_dbfs: f64, duration_s: f64) -> Vec<f32> {
    let amplitude = db_to_amplitude(peak_dbfs);
    let step = TAU * frequency_hz / f64::from(RATE_HZ);
    (0..frames(duration_s)).map(|n| (amplitude * (step * n as f64).sin()) as f32).collect()
}

/// A block from its channels.
pub(super) fn block(channels: Vec<Vec<f32>>) -> Block {
    Block::from_channels(channels, RATE_HZ)
}

/// A stereo tone of 1 kHz in steps: duration in s, peak level in dBFS, silence where `None`. It runs through: a step
/// changes only its level.
pub(super) fn steps(recipe: &[(f64, Option<f64>)]) -> Block {
    let step = TAU * 1000.0 / f64::from(RATE_HZ);
    let mut channel = Vec::new();
    for (duration_s, peak_dbfs) in recipe {
        let amplitude = peak_dbfs.map_or(0.0, db_to_amplitude);
        channel.extend((0..frames(*duration_s)).map(|n| (amplitude * (step * n as f64).sin()) as f32));
    }
    block(vec![channel.clone(), channel])
}

/// Steps without silence.
pub(super) fn levels(recipe: &[(f64, f64)]) -> Block {
    let recipe: Vec<_> = recipe.iter().map(|(duration_s, level)| (*duration_s, Some(*level))).collect();
    steps(&recipe)
}

/// Half a minute of two different noises that swell, fade, drop out and overshoot: everything that gates, windows and
/// filters must agree on.
pub(super) fn programme() -> Block {
    let mut seed = 0x9E37_79B9_7F4A_7C15u64;
    let mut random = move || {
        // Xorshift (Marsaglia 2003): the same on every machine.
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        (seed >> 11) as f64 / (1u64 << 52) as f64 - 1.0
    };
    let rate = f64::from(RATE_HZ);
    let mut low = [0.0f64; 2];
    let mut channels = vec![Vec::new(); 2];
    for n in 0..frames(30.0) {
        let at_s = n as f64 / rate;
        let level_db = -30.0 + 20.0 * (TAU * at_s / 11.0).sin() + 6.0 * (TAU * at_s * 2.3).sin();
        let gate = if (13.0..15.5).contains(&at_s) { 0.0 } else { db_to_amplitude(level_db) };
        let bass = 0.4 * (TAU * 55.0 * at_s).sin();
        for (channel, low) in channels.iter_mut().zip(&mut low) {
            // A first-order low-pass: noise with more lows than highs, as music has.
            *low += 0.2 * (random() - *low);
            channel.push((gate * (bass + 3.0 * *low)) as f32);
        }
    }
    block(channels)
}
