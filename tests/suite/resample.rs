//! Sample-rate conversion: flat, clean, in place, the same in any blocks.

use crate::signals;
use mixproof::dsp::resample::Resampler;
use mixproof::units::amplitude_to_db;
use std::f64::consts::TAU;

fn convert(channel: &[f32], from_hz: u32, to_hz: u32, lengths: &[usize]) -> Vec<f32> {
    let mut resampler = Resampler::new(from_hz, to_hz, 1).unwrap();
    let mut out = vec![Vec::new()];
    let block = mixproof::audio::Block::from_channels(vec![channel.to_vec()], from_hz);
    for piece in signals::pieces(&block, lengths) {
        resampler.process(piece.channels(), &mut out);
    }
    resampler.flush(&mut out);
    out.remove(0)
}

fn tone(frequency_hz: f64, rate_hz: u32) -> Vec<f32> {
    let frames = rate_hz as usize;
    (0..frames).map(|i| (0.5 * (TAU * frequency_hz * i as f64 / f64::from(rate_hz)).sin()) as f32).collect()
}

/// Amplitude and error of the best sine of a frequency in the middle of a signal.
fn sine_in(samples: &[f32], frequency_hz: f64, rate_hz: u32) -> (f64, f64) {
    let middle = &samples[samples.len() / 4..samples.len() / 4 * 3];
    let first = samples.len() / 4;
    let angle = |i: usize| TAU * frequency_hz * (first + i) as f64 / f64::from(rate_hz);
    let (mut ss, mut cc, mut sc, mut xs, mut xc) = (0.0, 0.0, 0.0, 0.0, 0.0);
    for (i, sample) in middle.iter().enumerate() {
        let (s, c) = angle(i).sin_cos();
        ss += s * s;
        cc += c * c;
        sc += s * c;
        xs += f64::from(*sample) * s;
        xc += f64::from(*sample) * c;
    }
    let det = ss * cc - sc * sc;
    let (a, b) = ((xs * cc - xc * sc) / det, (xc * ss - xs * sc) / det);
    let error: f64 = middle
        .iter()
        .enumerate()
        .map(|(i, sample)| (f64::from(*sample) - a * angle(i).sin() - b * angle(i).cos()).powi(2))
        .sum();
    (a.hypot(b), (error / middle.len() as f64).sqrt())
}

const RATES: [(u32, u32); 7] = [
    (44_100, 48_000),
    (48_000, 44_100),
    (96_000, 44_100),
    (44_100, 96_000),
    (192_000, 48_000),
    (88_200, 44_100),
    (32_000, 44_100),
];

#[test]
fn the_pass_band_is_flat_and_clean() {
    for (from_hz, to_hz) in RATES {
        let top_hz: f64 = if from_hz.min(to_hz) < 44_100 { 14_500.0 } else { 20_000.0 };
        for frequency_hz in [31.0, 997.0, 7001.0, 15_013.0, 19_001.0, 20_000.0] {
            if frequency_hz > top_hz {
                continue;
            }
            let out = convert(&tone(frequency_hz, from_hz), from_hz, to_hz, &[4096]);
            let (amplitude, error) = sine_in(&out, frequency_hz, to_hz);
            let gain_db = amplitude_to_db(amplitude / 0.5);
            let noise_db = amplitude_to_db(error / 0.5);
            assert!(gain_db.abs() < 0.001, "{from_hz} to {to_hz}, {frequency_hz} Hz: {gain_db} dB");
            // f32 in and out leaves about −150 dB.
            assert!(noise_db < -140.0, "{from_hz} to {to_hz}, {frequency_hz} Hz: {noise_db} dB of noise");
        }
    }
}

#[test]
fn what_is_above_the_new_nyquist_is_gone() {
    for (from_hz, to_hz) in RATES.into_iter().filter(|(from, to)| from > to) {
        for over in [1.0, 1.01, 1.05, 1.09] {
            let frequency_hz = f64::from(to_hz) / 2.0 * over;
            if frequency_hz * 2.0 > f64::from(from_hz) {
                continue;
            }
            let out = convert(&tone(frequency_hz, from_hz), from_hz, to_hz, &[10_000]);
            let peak = out[8000..out.len() - 8000].iter().fold(0f32, |peak, sample| peak.max(sample.abs()));
            let left_db = amplitude_to_db(f64::from(peak) / 0.5);
            assert!(left_db < -120.0, "{from_hz} to {to_hz}: {frequency_hz} Hz is left at {left_db} dB");
        }
    }
}

#[test]
fn nothing_moves_in_time_and_the_length_is_kept() {
    for (from_hz, to_hz) in RATES {
        // A pulse of 2 kHz bandwidth at 0.3 s, which is a whole number of frames at every rate here.
        let pulse = |rate_hz: u32| -> Vec<f32> {
            (0..rate_hz)
                .map(|i| {
                    let t = f64::from(i) / f64::from(rate_hz) - 0.3;
                    (0.5 * (-(t * 4000.0).powi(2)).exp()) as f32
                })
                .collect()
        };
        let out = convert(&pulse(from_hz), from_hz, to_hz, &[777]);
        let wanted = pulse(to_hz);
        assert_eq!(out.len(), wanted.len(), "{from_hz} to {to_hz}");
        let worst = out.iter().zip(&wanted).map(|(a, b)| (a - b).abs()).fold(0f32, f32::max);
        assert!(worst < 1e-6, "{from_hz} to {to_hz}: off by {worst}");
    }
    for frames in [0usize, 1, 2, 3000, 44_099, 50_001] {
        let out = convert(&vec![0.25; frames], 44_100, 48_000, &[1000]);
        assert_eq!(out.len(), (frames * 480 + 220) / 441, "{frames} frames");
    }
}

#[test]
fn blocks_do_not_matter() {
    let noise = signals::white(0.5, 0.4, 44_100, 1, 3).channel(0).to_vec();
    let whole = convert(&noise, 44_100, 48_000, &[noise.len()]);
    assert!(whole == convert(&noise, 44_100, 48_000, &[1, 0, 4097, 63]));
}
