//! Faults, and whether they can be heard. Everything is seeded: the same music gets the same faults.

use super::signals::Random;
use mixproof::audio::Block;
use mixproof::units;
use rustfft::{FftPlanner, num_complex::Complex};
use std::f64::consts::TAU;

/// A fault with a place.
pub struct Fault {
    pub at_s: f64,
    pub length_s: f64,
    pub channel: usize,
    /// How far it stands over what masks it.
    pub over_db: f64,
    pub what: String,
}

/// Distance between faults of one kind.
const EVERY_S: f64 = 4.0;
/// Samples in which a click is held against the music: 6 ms at 44.1 kHz, the time that the ear adds up over.
const EAR: usize = 256;

/// Places 4 s apart, give or take.
fn places(audio: &Block, random: &mut Random) -> Vec<usize> {
    let rate = f64::from(audio.sample_rate_hz());
    let count = (audio.frames() as f64 / rate / EVERY_S) as usize;
    (0..count)
        .map(|i| ((i as f64 + 0.2 + 0.6 * random.unit()) * EVERY_S * rate) as usize)
        .filter(|at| *at > 5000 && *at + 10_000 < audio.frames())
        .collect()
}

fn rms(samples: &[f32]) -> f64 {
    (samples.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>() / samples.len().max(1) as f64).sqrt()
}

fn power(samples: &[f32]) -> f64 {
    rms(samples).powi(2)
}

/// Power in the octave bands from 1 kHz up, within `EAR` samples.
fn octaves(samples: &[f64], rate: f64, planner: &mut FftPlanner<f64>) -> Vec<f64> {
    let mut z: Vec<Complex<f64>> = samples
        .iter()
        .enumerate()
        .map(|(i, x)| Complex::new(x * (0.5 - 0.5 * (TAU * i as f64 / EAR as f64).cos()), 0.0))
        .collect();
    planner.plan_fft_forward(EAR).process(&mut z);
    [1000.0f64, 2000.0, 4000.0, 8000.0]
        .iter()
        .map(|low_hz| {
            let bin = |hz: f64| ((hz * EAR as f64 / rate) as usize).min(EAR / 2);
            z[bin(*low_hz)..bin(2.0 * low_hz)].iter().map(|c| c.norm_sqr()).sum::<f64>()
        })
        .collect()
}

/// How far a click stands over the music in the octave band where it stands out most, within 6 ms; the music is the louder of
/// what lies under the click and of what comes just before (masking goes on).
fn click_over_db(music: &[f32], at: usize, click: &[f64], rate: f64) -> f64 {
    let mut planner = FftPlanner::new();
    let mut alone = vec![0.0; EAR];
    alone[EAR / 2..EAR / 2 + click.len()].copy_from_slice(click);
    let click = octaves(&alone, rate, &mut planner);
    let mut under = |from: usize| {
        let part: Vec<f64> = music[from..from + EAR].iter().map(|x| f64::from(*x)).collect();
        octaves(&part, rate, &mut planner)
    };
    let (now, before) = (under(at - EAR / 2), under(at - EAR));
    click
        .iter()
        .zip(now.iter().zip(&before))
        .map(|(click, (now, before))| units::power_to_db(click / now.max(*before).max(1e-7)))
        .fold(f64::NEG_INFINITY, f64::max)
}

/// Clicks of 1 to 6 samples, 0 to 12 dB over the level round them, at least −30 dBFS.
pub fn clicks(audio: &mut Block, seed: u64) -> Vec<Fault> {
    let mut random = Random(seed);
    let rate = f64::from(audio.sample_rate_hz());
    let mut faults = Vec::new();
    for at in places(audio, &mut random) {
        let channel = (random.next_u64() % audio.channel_count() as u64) as usize;
        let music = audio.channel(channel);
        let height = rms(&music[at - 1100..at + 1100]).max(0.03) * (1.0 + 3.0 * random.unit());
        let width = 1 + (random.next_u64() % 6) as usize;
        let click: Vec<f64> = (0..width)
            .map(|k| height * (1.0 - k as f64 / width as f64) * if random.unit() > 0.5 { 1.0 } else { -1.0 })
            .collect();
        let over_db = click_over_db(music, at, &click, rate);
        for (sample, click) in audio.channel_mut(channel)[at..].iter_mut().zip(&click) {
            *sample += *click as f32;
        }
        let (at_s, length_s) = (at as f64 / rate, width as f64 / rate);
        faults.push(Fault { at_s, length_s, channel, over_db, what: format!("{width} samples") });
    }
    faults
}

/// Gaps of digital silence of 2 to 100 ms, in one channel or all, where the music is over −40 dBFS on both sides; over
/// that, they are audible.
pub fn dropouts(audio: &mut Block, seed: u64) -> Vec<Fault> {
    let mut random = Random(seed);
    let rate = f64::from(audio.sample_rate_hz());
    let mut faults = Vec::new();
    for at in places(audio, &mut random) {
        let length = ((0.002 + 0.098 * random.unit()) * rate) as usize;
        let channel = (random.next_u64() % audio.channel_count() as u64) as usize;
        let everywhere = random.unit() > 0.5;
        let side = (0.010 * rate) as usize;
        let music = audio.channel(channel);
        let level = rms(&music[at - side..at]).min(rms(&music[at + length..at + length + side]));
        if level < 0.01 {
            continue;
        }
        for (other, samples) in audio.channels_mut().iter_mut().enumerate() {
            if everywhere || other == channel {
                samples[at..at + length].fill(0.0);
            }
        }
        // Louder than −34 dBFS on both sides counts as clearly audible (6 dB), the rest as borderline.
        let over_db = units::amplitude_to_db(level / 0.01);
        let (at_s, length_s) = (at as f64 / rate, length as f64 / rate);
        faults.push(Fault { at_s, length_s, channel, over_db, what: format!("{:.0} ms", 1000.0 * length_s) });
    }
    faults
}

/// Hum of a mains frequency with its harmonics in all channels at a level.
pub fn hum(audio: &mut Block, base_hz: f64, level_dbfs: f64) {
    let rate = f64::from(audio.sample_rate_hz());
    let parts = [(1.0, 1.0), (2.0, 0.7), (3.0, 0.6), (4.0, 0.3), (5.0, 0.3)];
    let total: f64 = parts.iter().map(|(_, a)| a * a / 2.0).sum::<f64>().sqrt();
    let gain = units::db_to_amplitude(level_dbfs) / total;
    for i in 0..audio.frames() {
        let phase = TAU * base_hz * i as f64 / rate;
        let value = gain * parts.iter().map(|(k, a)| a * (k * phase + k).sin()).sum::<f64>();
        audio.channels_mut().iter_mut().for_each(|samples| samples[i] += value as f32);
    }
}

/// Level of the hum that is just heard: as loud as the quietest twentieth of the seconds in the range of hum (40 to 320 Hz).
/// `None` for files without sound.
pub fn masked_hum_dbfs(audio: &Block) -> Option<f64> {
    let rate = f64::from(audio.sample_rate_hz());
    let coefficient = |hz: f64| 1.0 - (-TAU * hz / rate).exp();
    let (low, high) = (coefficient(40.0), coefficient(320.0));
    let mut powers: Vec<f64> = Vec::new();
    for samples in audio.channels() {
        let (mut slow, mut fast) = ([0.0; 2], [0.0; 2]);
        for (index, second) in samples.chunks_exact(rate as usize).enumerate() {
            let mut sum = 0.0;
            for x in second {
                fast[0] += high * (f64::from(*x) - fast[0]);
                fast[1] += high * (fast[0] - fast[1]);
                slow[0] += low * (fast[1] - slow[0]);
                slow[1] += low * (slow[0] - slow[1]);
                sum += (fast[1] - slow[0]).powi(2);
            }
            if powers.len() <= index {
                powers.push(0.0);
            }
            powers[index] += sum / rate / audio.channel_count() as f64;
        }
    }
    powers.retain(|power| *power > 1e-12);
    powers.sort_by(f64::total_cmp);
    powers.get(powers.len() / 20).map(|power| units::power_to_db(*power))
}

/// A stretch of the file that begins and ends in running sound: 10 ms on both sides of both cuts are within 6 dB of each other and
/// over −40 dBFS, the sound inside goes on for 0.3 s at its level, and the waveform steps there by at least a third of its RMS (a cut at a
/// zero crossing does not click).
pub fn cut_out(audio: &Block, random: &mut Random) -> Option<Block> {
    let rate = f64::from(audio.sample_rate_hz());
    let (side, look) = ((0.010 * rate) as usize, (0.3 * rate) as usize);
    let mean = |from: usize, to: usize| {
        audio.channels().iter().map(|c| power(&c[from..to])).sum::<f64>() / audio.channel_count() as f64
    };
    let within = |a: f64, b: f64, ratio: f64| a < ratio * b && b < ratio * a;
    let running = |at: usize, inside: std::ops::Range<usize>| {
        let (before, after) = (mean(at - side, at), mean(at, at + side));
        let step = if at == inside.start { mean(at, at + 3) } else { mean(at - 3, at) };
        within(before, after, 4.0)
            && after > 1e-4
            && within(after, mean(inside.start, inside.end), 4.0)
            && step > 0.1 * after
    };
    let mut pick = |inwards: bool| {
        (0..50).find_map(|_| {
            let at =
                look + side + (random.unit() * (audio.frames() as f64 - 2.0 * (look + side) as f64)) as usize;
            let inside = if inwards { at..at + look } else { at - look..at };
            (at + look + side < audio.frames() && running(at, inside)).then_some(at)
        })
    };
    let (one, other) = (pick(true)?, pick(false)?);
    (other > one + 3 * look).then(|| audio.slice(one, other))
}

/// Stretches of 30 ms raised until their peak is 3 dB over full scale, and cut off there, as a converter does.
pub fn clipping(audio: &mut Block, seed: u64) -> Vec<Fault> {
    let mut random = Random(seed);
    let rate = f64::from(audio.sample_rate_hz());
    // Nothing else may lie at the ceiling.
    let peak = audio.channels().iter().flatten().fold(0.0f32, |most, x| most.max(x.abs()));
    if peak < 1e-4 {
        return Vec::new();
    }
    audio.channels_mut().iter_mut().flatten().for_each(|x| *x *= 0.7 / peak);
    let mut faults = Vec::new();
    for at in places(audio, &mut random) {
        let end = (at + (0.03 * rate) as usize).min(audio.frames());
        let channel = (random.next_u64() % audio.channel_count() as u64) as usize;
        let most = audio.channel(channel)[at..end].iter().fold(0.0f32, |most, x| most.max(x.abs()));
        if most < 0.05 {
            continue;
        }
        let gain = 1.41 / most;
        audio.channel_mut(channel)[at..end].iter_mut().for_each(|x| *x = (*x * gain).clamp(-1.0, 1.0));
        let at_s = at as f64 / rate;
        faults.push(Fault { at_s, length_s: 0.03, channel, over_db: 6.0, what: String::from("3 dB") });
    }
    faults
}
