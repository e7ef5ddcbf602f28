//! Faults, and whether they can be heard (`ear.rs`). Everything is seeded: the same music gets the same faults.

use super::ear::{CLICK_FRAME_S, Ear, TONE_FRAME_S};
use super::signals::Random;
use mixproof::audio::Block;
use mixproof::units;
use rustfft::num_complex::Complex;
use std::f64::consts::TAU;

/// A fault with a place.
pub struct Fault {
    pub at_s: f64,
    pub length_s: f64,
    pub channel: usize,
    /// How far it stands over the masked threshold.
    pub over_db: f64,
    pub what: String,
}

/// Distance between faults of one kind.
const EVERY_S: f64 = 4.0;
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

/// Clicks of 1 to 6 samples, 0 to 12 dB over the level round them, at least −30 dBFS.
pub fn clicks(audio: &mut Block, seed: u64) -> Vec<Fault> {
    let mut random = Random(seed);
    let rate = f64::from(audio.sample_rate_hz());
    let ear = Ear::new(rate, CLICK_FRAME_S);
    let mut faults = Vec::new();
    for at in places(audio, &mut random) {
        let channel = (random.next_u64() % audio.channel_count() as u64) as usize;
        let music = audio.channel(channel);
        let height = rms(&music[at - 1100..at + 1100]).max(0.03) * (1.0 + 3.0 * random.unit());
        let width = 1 + (random.next_u64() % 6) as usize;
        let click: Vec<f64> = (0..width)
            .map(|k| height * (1.0 - k as f64 / width as f64) * if random.unit() > 0.5 { 1.0 } else { -1.0 })
            .collect();
        let over_db = ear.over_mask_db(music, &click, at);
        for (sample, click) in audio.channel_mut(channel)[at..].iter_mut().zip(&click) {
            *sample += *click as f32;
        }
        let (at_s, length_s) = (at as f64 / rate, width as f64 / rate);
        faults.push(Fault { at_s, length_s, channel, over_db, what: format!("{width} samples") });
    }
    faults
}

/// Gaps of digital silence of 2 to 100 ms, in one channel or all, where the music is over −40 dBFS on both sides. The difference
/// is the music that is missing.
pub fn dropouts(audio: &mut Block, seed: u64) -> Vec<Fault> {
    let mut random = Random(seed);
    let rate = f64::from(audio.sample_rate_hz());
    let ear = Ear::new(rate, CLICK_FRAME_S);
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
        let missing: Vec<f64> = music[at..at + length].iter().map(|x| -f64::from(*x)).collect();
        let over_db = ear.over_mask_db(music, &missing, at);
        for (other, samples) in audio.channels_mut().iter_mut().enumerate() {
            if everywhere || other == channel {
                samples[at..at + length].fill(0.0);
            }
        }
        let (at_s, length_s) = (at as f64 / rate, length as f64 / rate);
        faults.push(Fault { at_s, length_s, channel, over_db, what: format!("{:.0} ms", 1000.0 * length_s) });
    }
    faults
}

/// Harmonics of a hum: a transformer's and a rectifier's lines together.
const HARMONICS: [(f64, f64); 5] = [(1.0, 1.0), (2.0, 0.7), (3.0, 0.6), (4.0, 0.3), (5.0, 0.3)];

/// Lines of a hum of a level (RMS of all lines).
fn hum_lines(base_hz: f64, level_dbfs: f64) -> Vec<(f64, f64)> {
    let total: f64 = HARMONICS.iter().map(|(_, a)| a * a / 2.0).sum::<f64>().sqrt();
    let gain = units::db_to_amplitude(level_dbfs) / total;
    HARMONICS.iter().map(|(k, a)| (k * base_hz, gain * a)).collect()
}

/// Hum of a mains frequency with its harmonics in all channels at a level.
pub fn hum(audio: &mut Block, base_hz: f64, level_dbfs: f64) {
    let rate = f64::from(audio.sample_rate_hz());
    let lines = hum_lines(base_hz, level_dbfs);
    let mut phasors: Vec<Complex<f64>> =
        lines.iter().enumerate().map(|(k, (_, a))| Complex::from_polar(*a, k as f64)).collect();
    let turns: Vec<Complex<f64>> =
        lines.iter().map(|(hz, _)| Complex::from_polar(1.0, TAU * hz / rate)).collect();
    for i in 0..audio.frames() {
        let value: f64 = phasors.iter().map(|phasor| phasor.im).sum();
        phasors.iter_mut().zip(&turns).for_each(|(phasor, turn)| *phasor *= turn);
        audio.channels_mut().iter_mut().for_each(|samples| samples[i] += value as f32);
    }
}

/// Level of the hum that just reaches the masked threshold of the first channel in its quietest twentieth.
pub fn masked_hum_dbfs(audio: &Block, base_hz: f64) -> f64 {
    let ear = Ear::new(f64::from(audio.sample_rate_hz()), TONE_FRAME_S);
    -ear.steady_over_mask_db(audio.channel(0), &hum_lines(base_hz, 0.0))
}

/// A stretch of the file that begins and ends in running sound: 10 ms on both sides of both cuts are within 6 dB of each other and
/// over −40 dBFS, and the sound inside goes on for 0.3 s at its level. How far the cuts stand over the mask is told for both: the
/// difference is that to the same cut with the fade of 5 ms that an engineer would have made, which is the music that masks.
pub fn cut_out(audio: &Block, random: &mut Random) -> Option<(Block, [f64; 2])> {
    let rate = f64::from(audio.sample_rate_hz());
    let (side, look) = ((0.010 * rate) as usize, (0.3 * rate) as usize);
    let mean = |from: usize, to: usize| {
        audio.channels().iter().map(|c| power(&c[from..to])).sum::<f64>() / audio.channel_count() as f64
    };
    let within = |a: f64, b: f64, ratio: f64| a < ratio * b && b < ratio * a;
    let running = |at: usize, inside: std::ops::Range<usize>| {
        let (before, after) = (mean(at - side, at), mean(at, at + side));
        within(before, after, 4.0) && after > 1e-4 && within(after, mean(inside.start, inside.end), 4.0)
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
    if other <= one + 3 * look {
        return None;
    }
    let part = audio.slice(one, other);
    let ear = Ear::new(rate, CLICK_FRAME_S);
    let start = part.channels().iter().map(|c| cut_over_db(&ear, c, rate, false));
    let over_db = [start.fold(f64::NEG_INFINITY, f64::max), end_over_db(&part)];
    Some((part, over_db))
}

/// How far the end of a file stands over the masked threshold of the same end with a fade of 5 ms; of less than 0.2 s nothing is said.
pub fn end_over_db(audio: &Block) -> f64 {
    let rate = f64::from(audio.sample_rate_hz());
    if (audio.frames() as f64) < 0.2 * rate {
        return f64::NEG_INFINITY;
    }
    let ear = Ear::new(rate, CLICK_FRAME_S);
    let backwards =
        audio.channels().iter().map(|channel| channel.iter().rev().copied().collect::<Vec<f32>>());
    backwards.map(|c| cut_over_db(&ear, &c, rate, true)).fold(f64::NEG_INFINITY, f64::max)
}

/// At most so many parts between rests of one file.
const MOST_PARTS: usize = 20;

/// The parts of a file between its rests of 60 ms and more, as who trims to the first and last sample above −60 dBFS cuts them: they
/// start and end by themselves. With their places in seconds; none shorter than 0.4 s or below −40 dBFS.
pub fn between_rests(audio: &Block) -> Vec<(f64, Block)> {
    let rate = f64::from(audio.sample_rate_hz());
    let (rest, least) = ((0.06 * rate) as usize, (0.4 * rate) as usize);
    let sounds: Vec<usize> =
        (0..audio.frames()).filter(|at| audio.channels().iter().any(|c| c[*at].abs() > 1e-3)).collect();
    let parts: Vec<(f64, Block)> = sounds
        .chunk_by(|one, next| next - one < rest)
        .map(|part| (part[0], part[part.len() - 1] + 1))
        .filter(|(start, end)| end - start > least)
        .map(|(start, end)| (start as f64 / rate, audio.slice(start, end)))
        .filter(|(_, part)| part.channels().iter().any(|channel| power(channel) > 1e-4))
        .collect();
    let step = parts.len().div_ceil(MOST_PARTS).max(1);
    parts.into_iter().step_by(step).collect()
}

/// How far a hard edge at sample 0 stands over the masked threshold of the same edge with a fade of 5 ms. A channel that ends is given
/// `reversed`, and turned round so that what came before it masks.
fn cut_over_db(ear: &Ear, channel: &[f32], rate: f64, reversed: bool) -> f64 {
    let (fade, lead, look) = ((0.005 * rate) as usize, (0.05 * rate) as usize, (0.1 * rate) as usize);
    let mut faded = vec![0.0f32; lead];
    faded.extend(&channel[..look]);
    let mut error = vec![0.0f64; fade];
    for i in 0..fade {
        let gain = 0.5 - 0.5 * (TAU / 2.0 * (i as f64 + 0.5) / fade as f64).cos();
        error[i] = f64::from(channel[i]) * (1.0 - gain);
        faded[lead + i] *= gain as f32;
    }
    if reversed {
        faded.reverse();
        error.reverse();
        return ear.over_mask_db(&faded, &error, look - fade);
    }
    ear.over_mask_db(&faded, &error, lead)
}

/// Stretches of 30 ms raised until their peak is 3 dB over full scale, and cut off there, as a converter does. The difference is what
/// was cut off.
pub fn clipping(audio: &mut Block, seed: u64) -> Vec<Fault> {
    let mut random = Random(seed);
    let rate = f64::from(audio.sample_rate_hz());
    // Nothing else may lie at the ceiling.
    let peak = audio.channels().iter().flatten().fold(0.0f32, |most, x| most.max(x.abs()));
    if peak < 1e-4 {
        return Vec::new();
    }
    audio.channels_mut().iter_mut().flatten().for_each(|x| *x *= 0.7 / peak);
    let ear = Ear::new(rate, CLICK_FRAME_S);
    let mut faults = Vec::new();
    for at in places(audio, &mut random) {
        let end = (at + (0.03 * rate) as usize).min(audio.frames());
        let channel = (random.next_u64() % audio.channel_count() as u64) as usize;
        let most = audio.channel(channel)[at..end].iter().fold(0.0f32, |most, x| most.max(x.abs()));
        if most < 0.05 {
            continue;
        }
        let gain = 1.41 / most;
        audio.channel_mut(channel)[at..end].iter_mut().for_each(|x| *x *= gain);
        let over: Vec<f64> =
            audio.channel(channel)[at..end].iter().map(|x| f64::from(x.clamp(-1.0, 1.0) - x)).collect();
        let over_db = ear.over_mask_db(audio.channel(channel), &over, at);
        audio.channel_mut(channel)[at..end].iter_mut().for_each(|x| *x = x.clamp(-1.0, 1.0));
        let (at_s, length_s) = (at as f64 / rate, 0.03);
        faults.push(Fault { at_s, length_s, channel, over_db, what: String::from("3 dB") });
    }
    faults
}
