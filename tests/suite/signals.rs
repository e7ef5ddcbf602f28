//! Seeded synthetic signals for all tests. The same call gives the same samples on every machine.
#![allow(dead_code, reason = "each test module uses some of them")]

use mixproof::audio::Block;
use std::f64::consts::TAU;
use std::path::PathBuf;

/// Folder of real audio beside the project; tests that want it print that they were skipped where it is absent.
pub fn real_audio() -> Option<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/audio");
    folder.is_dir().then_some(folder)
}

/// A sine of the given peak level, the same in all channels.
pub fn sine(
    frequency_hz: f64,
    peak_dbfs: f64,
    duration_s: f64,
    sample_rate_hz: u32,
    channels: usize,
) -> Block {
    let amplitude = mixproof::units::db_to_amplitude(peak_dbfs);
    let frames = (duration_s * f64::from(sample_rate_hz)).round() as usize;
    let step = TAU * frequency_hz / f64::from(sample_rate_hz);
    let channel: Vec<f32> = (0..frames).map(|i| (amplitude * (step * i as f64).sin()) as f32).collect();
    Block::from_channels(vec![channel; channels], sample_rate_hz)
}

/// Silence.
pub fn silence(duration_s: f64, sample_rate_hz: u32, channels: usize) -> Block {
    Block::silent(channels, (duration_s * f64::from(sample_rate_hz)).round() as usize, sample_rate_hz)
}

/// One block after the other.
pub fn join(parts: &[Block]) -> Block {
    let mut whole = parts[0].clone();
    parts[1..].iter().for_each(|part| whole.append(part));
    whole
}

/// SplitMix64: small, seeded, good enough for noise.
pub struct Random(pub u64);

impl Random {
    pub fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Uniform in −1 … 1.
    pub fn bipolar(&mut self) -> f64 {
        (self.next_u64() >> 11) as f64 / (1u64 << 52) as f64 - 1.0
    }

    /// Uniform in 0 … 1.
    pub fn unit(&mut self) -> f64 {
        (self.next_u64() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Normal with mean 0 and deviation 1.
    pub fn normal(&mut self) -> f64 {
        (-2.0 * self.unit().max(1e-300).ln()).sqrt() * (TAU * self.unit()).cos()
    }
}

/// White noise, uniform, independent channels, peak at most `amplitude`.
pub fn white(amplitude: f64, duration_s: f64, sample_rate_hz: u32, channels: usize, seed: u64) -> Block {
    let mut random = Random(seed);
    let frames = (duration_s * f64::from(sample_rate_hz)).round() as usize;
    let channels =
        (0..channels).map(|_| (0..frames).map(|_| (amplitude * random.bipolar()) as f32).collect()).collect();
    Block::from_channels(channels, sample_rate_hz)
}

/// Splits a block into pieces of the given lengths, repeated to the end.
pub fn pieces(whole: &Block, lengths: &[usize]) -> Vec<Block> {
    let mut out = Vec::new();
    let mut at = 0;
    for length in lengths.iter().cycle() {
        if at >= whole.frames() {
            break;
        }
        let end = (at + (*length).max(1)).min(whole.frames());
        out.push(whole.slice(at, end));
        at = end;
    }
    out
}
