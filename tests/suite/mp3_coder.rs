//! What an MP3 coder does to the sound, without its bits: the lines of the filter bank, rounded to a step, and put together again.

use super::signals::Random;
use mixproof::audio::Block;
use mixproof::dsp::hybrid::{BANDS, Hybrid, LINES, Slot, TAPS};
use std::f64::consts::PI;

/// The audio, coded in long blocks and written as 16 bit with dither. A step of zero rounds nothing.
pub fn coded(audio: &Block, step: f32) -> Block {
    let mut random = Random(12);
    let channels = audio.channels().iter().map(|samples| {
        let mut dithered = |x: f32| {
            let dither = 0.5 * (random.bipolar() + random.bipolar());
            ((f64::from(x) * 32768.0 + dither).round() / 32768.0) as f32
        };
        put_together(samples, step).into_iter().map(&mut dithered).collect()
    });
    Block::from_channels(channels.collect(), audio.sample_rate_hz())
}

/// Analysis, rounding, and the transposed bank, which is its inverse but for the ripple of its filter (under 0.07 dB in the standard).
fn put_together(samples: &[f32], step: f32) -> Vec<f32> {
    let bank = Hybrid::default();
    let responses = responses(&bank);
    let mut slots = Vec::new();
    bank.slots(samples, &mut slots);
    let mut back = vec![[0.0f32; BANDS]; slots.len()];
    for first in (0..slots.len().saturating_sub(2 * LINES)).step_by(LINES) {
        let mut lines = [[0.0; BANDS]; LINES];
        bank.lines(&slots[first..], false, &mut lines);
        if step > 0.0 {
            lines.iter_mut().flatten().for_each(|line| *line = (*line / step).round() * step);
        }
        unalias(&mut lines);
        for (i, slot) in back[first..first + 2 * LINES].iter_mut().enumerate() {
            let window = (PI / 36.0 * (i as f64 + 0.5)).sin() / 3.0;
            for (k, line) in lines.iter().enumerate() {
                let wave = (window * (PI / 72.0 * ((2 * i + 19) * (2 * k + 1)) as f64).cos()) as f32;
                slot.iter_mut().zip(line).for_each(|(sum, line)| *sum += wave * line);
            }
        }
    }
    let mut out = vec![0.0; samples.len()];
    for (t, slot) in back.iter_mut().enumerate() {
        if t % 2 == 1 {
            slot.iter_mut().skip(1).step_by(2).for_each(|value| *value = -*value);
        }
        for (sum, response) in out[BANDS * t..BANDS * t + TAPS].iter_mut().zip(&responses) {
            *sum += response.iter().zip(slot.iter()).map(|(a, b)| a * b).sum::<f32>();
        }
    }
    out
}

/// What a sample at every place of a slot does to its bands.
fn responses(bank: &Hybrid) -> Vec<Slot> {
    let response = |place: usize| {
        let mut impulse = vec![0.0; TAPS];
        impulse[place] = 1.0;
        let mut slots = Vec::new();
        bank.slots(&impulse, &mut slots);
        slots[0]
    };
    (0..TAPS).map(response).collect()
}

/// Undoes the butterflies between bands.
fn unalias(lines: &mut [Slot; LINES]) {
    for (k, c) in [-0.6f64, -0.535, -0.33, -0.185, -0.095, -0.041, -0.0142, -0.0037].into_iter().enumerate() {
        let (own, other) = ((1.0 / (1.0 + c * c).sqrt()) as f32, (c / (1.0 + c * c).sqrt()) as f32);
        for band in 0..BANDS - 1 {
            let (low, high) = (lines[LINES - 1 - k][band], lines[k][band + 1]);
            lines[LINES - 1 - k][band] = low * own - high * other;
            lines[k][band + 1] = high * own + low * other;
        }
    }
}

#[test]
fn the_bank_gives_back_what_goes_in() {
    let mut random = Random(8);
    let samples: Vec<f32> = (0..20_000).map(|_| 0.5 * random.bipolar() as f32).collect();
    let back = put_together(&samples, 0.0);
    let inner = 2_000..16_000;
    let error: f32 =
        samples[inner.clone()].iter().zip(&back[inner.clone()]).map(|(a, b)| (a - b).powi(2)).sum();
    let power: f32 = samples[inner].iter().map(|x| x * x).sum();
    assert!(error < 1e-4 * power, "{}", error / power);
}
