//! Seeded synthetic signals for all tests. The same call gives the same samples on every machine.
#![allow(dead_code, reason = "each test module uses some of them")]

use mixproof::audio::Block;
use std::f64::consts::TAU;
use std::path::{Path, PathBuf};

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

/// Writes a WAV with another library than ours: 8, 16, 24 bit integer or 32 bit float.
pub fn write_wav(path: &Path, audio: &Block, bits: u16) {
    let float = bits == 32;
    let spec = hound::WavSpec {
        channels: audio.channel_count() as u16,
        sample_rate: audio.sample_rate_hz(),
        bits_per_sample: bits,
        sample_format: if float { hound::SampleFormat::Float } else { hound::SampleFormat::Int },
    };
    let mut writer = hound::WavWriter::create(path, spec).unwrap();
    let full = f64::from(1u32 << (bits - 1));
    for frame in 0..audio.frames() {
        for channel in audio.channels() {
            if float {
                writer.write_sample(channel[frame]).unwrap();
            } else {
                let step = (f64::from(channel[frame]) * full).round().clamp(-full, full - 1.0);
                writer.write_sample(step as i32).unwrap();
            }
        }
    }
    writer.finalize().unwrap();
}

/// Something like a song: a kick, a bass line, chords and hats with panning, quiet and loud parts. Peaks near `peak_dbfs`.
pub fn song(duration_s: f64, peak_dbfs: f64, sample_rate_hz: u32, seed: u64) -> Block {
    let rate = f64::from(sample_rate_hz);
    let frames = (duration_s * rate) as usize;
    let mut random = Random(seed);
    let (mut left, mut right) = (vec![0f64; frames], vec![0f64; frames]);
    let chords = [[220.0, 277.2, 329.6], [196.0, 246.9, 293.7], [174.6, 220.0, 261.6], [164.8, 207.7, 246.9]];
    let mut dark = 0.0;
    for i in 0..frames {
        let at_s = i as f64 / rate;
        let beat = (at_s * 2.0).fract() / 2.0;
        let bar = ((at_s / 2.0) as usize) % 4;
        let loud = if ((at_s / 8.0) as usize).is_multiple_of(2) { 0.5 } else { 1.0 };
        let kick = (-beat * 18.0).exp() * (TAU * (50.0 * beat + 6.0 * (1.0 - (-beat * 30.0).exp()))).sin();
        let bass_hz = chords[bar][0] / 4.0;
        let bass: f64 = (1..6).map(|k| (TAU * bass_hz * k as f64 * at_s).sin() / (k * k) as f64).sum();
        let noise = random.bipolar();
        dark += 0.3 * (noise - dark);
        let hat = (-((at_s * 4.0).fract() / 4.0) * 60.0).exp() * (noise - dark);
        let mut pad = [0.0; 2];
        for (n, note) in chords[bar].iter().enumerate() {
            for k in 1..8 {
                let phase = TAU * note * k as f64 * at_s;
                pad[0] += (phase + n as f64).sin() / (k as f64 * 6.0);
                pad[1] += (phase * 1.0007 + k as f64).sin() / (k as f64 * 6.0);
            }
        }
        let centre = 0.8 * kick + 0.35 * bass;
        left[i] = loud * (centre + 0.25 * pad[0] + 0.22 * hat);
        right[i] = loud * (centre + 0.25 * pad[1] + 0.15 * hat);
    }
    let peak = left.iter().chain(&right).fold(0.0f64, |peak, x| peak.max(x.abs()));
    let gain = mixproof::units::db_to_amplitude(peak_dbfs) / peak;
    let to_f32 = |channel: Vec<f64>| channel.into_iter().map(|x| (gain * x) as f32).collect();
    Block::from_channels(vec![to_f32(left), to_f32(right)], sample_rate_hz)
}

/// True peak by an independent way: 16 times a 96-tap Kaiser-windowed sinc (β 9), every point, no shortcuts.
pub fn true_peak_reference_db(audio: &Block) -> f64 {
    const PHASES: usize = 16;
    const HALF: i64 = 48;
    let bessel = |x: f64| {
        let (mut sum, mut term) = (1.0, 1.0);
        for k in 1..40 {
            term *= (x / 2.0 / f64::from(k)).powi(2);
            sum += term;
        }
        sum
    };
    let taps: Vec<Vec<f64>> = (0..PHASES)
        .map(|phase| {
            (-HALF..HALF)
                .map(|tap| {
                    let t = tap as f64 + phase as f64 / PHASES as f64;
                    let sinc = if t.abs() < 1e-12 { 1.0 } else { (t * TAU / 2.0).sin() / (t * TAU / 2.0) };
                    let edge = 1.0 - (t / HALF as f64).powi(2);
                    sinc * bessel(9.0 * edge.max(0.0).sqrt()) / bessel(9.0)
                })
                .collect()
        })
        .collect();
    let mut peak = 0f64;
    for channel in audio.channels() {
        let highest = channel.iter().fold(0f32, |peak, x| peak.max(x.abs()));
        for at in 0..channel.len() as i64 + HALF {
            // Only the neighbourhood of large samples can hold the peak; 6 dB is more than any music overshoots here.
            let window = (at - 8).max(0) as usize..((at + 8).max(0) as usize).min(channel.len());
            if window.is_empty() || channel[window].iter().all(|x| x.abs() < highest * 0.5) {
                continue;
            }
            for phase in &taps {
                let sum: f64 = (-HALF..HALF)
                    .zip(phase)
                    .filter_map(|(tap, weight)| {
                        let index = at + tap;
                        (index >= 0)
                            .then(|| channel.get(index as usize))
                            .flatten()
                            .map(|x| f64::from(*x) * weight)
                    })
                    .sum();
                peak = peak.max(sum.abs());
            }
        }
        peak = peak.max(f64::from(highest));
    }
    mixproof::units::amplitude_to_db(peak)
}
