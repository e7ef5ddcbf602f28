//! The limiter's promise, held by a meter that shares nothing with it: exact band-limited interpolation, 64-fold, by FFT.
#![allow(clippy::print_stdout, reason = "the figures reached are worth reading")]

use super::signals::{self, Random};
use super::{busy, limiter_of, run};
use mixproof::audio::Block;
use mixproof::model::Processor;
use mixproof::process::{PeakTrack, limiter::LimiterSettings};
use rustfft::{FftPlanner, num_complex::Complex};
use std::f64::consts::{PI, TAU};

/// Length of the pieces that are interpolated exactly.
const PIECE: usize = 4096;

/// Frames at both ends of a piece that fade in and out, so that its periodic continuation has no edge.
const FADE: usize = 512;

/// True peak in dBTP, up to Nyquist, by zero-padding the spectrum of overlapping pieces to 64 times their length.
fn true_peak_dbtp(block: &Block) -> f64 {
    const FACTOR: usize = 64;
    let mut planner = FftPlanner::<f64>::new();
    let forward = planner.plan_fft_forward(PIECE);
    let backward = planner.plan_fft_inverse(PIECE);
    let mut most = 0.0f64;
    for channel in block.channels() {
        let mut padded = vec![0.0f32; FADE];
        padded.extend_from_slice(channel);
        padded.resize(padded.len() + PIECE, 0.0);
        for start in (0..channel.len().max(1)).step_by(PIECE - 2 * FADE) {
            let loudest = padded[start..][..PIECE].iter().fold(0.0f32, |most, sample| most.max(sample.abs()));
            if f64::from(loudest) < most / 4.0 {
                continue;
            }
            let mut spectrum: Vec<Complex<f64>> = (0..PIECE)
                .map(|n| {
                    let edge = (n.min(PIECE - 1 - n) as f64 / FADE as f64).min(1.0);
                    let fade = 0.5 - 0.5 * (PI * edge).cos();
                    Complex::new(f64::from(padded[start + n]) * fade, 0.0)
                })
                .collect();
            forward.process(&mut spectrum);
            // One shifted inverse transform per phase is the 64-fold interpolation without its 64-fold memory; two
            // phases go in the real and the imaginary part of one transform.
            let turned = |bin: usize, phase: usize| {
                let signed = if bin <= PIECE / 2 { bin as f64 } else { bin as f64 - PIECE as f64 };
                let angle = TAU * signed * phase as f64 / (FACTOR * PIECE) as f64;
                let nyquist = Complex::new(angle.cos(), 0.0);
                spectrum[bin] * if bin == PIECE / 2 { nyquist } else { Complex::from_polar(1.0, angle) }
            };
            for phase in (0..FACTOR).step_by(2) {
                let mut shifted: Vec<Complex<f64>> = (0..PIECE)
                    .map(|bin| turned(bin, phase) + Complex::<f64>::i() * turned(bin, phase + 1))
                    .collect();
                backward.process(&mut shifted);
                for value in &shifted[FADE..PIECE - FADE] {
                    most = most.max(value.re.abs().max(value.im.abs()) / PIECE as f64);
                }
            }
        }
    }
    20.0 * most.log10()
}

/// One channel for both, with a different gain.
fn stereo(samples: Vec<f32>, sample_rate_hz: u32) -> Block {
    let other = samples.iter().map(|sample| sample * 0.2).collect();
    Block::from_channels(vec![samples, other], sample_rate_hz)
}

/// The signals that have beaten limiters, at 0 dBFS.
fn adversaries(sample_rate_hz: u32) -> Vec<(String, Block)> {
    let frames = 2 * PIECE;
    let from = |f: &mut dyn FnMut(usize) -> f64| -> Block {
        stereo((0..frames).map(|n| f(n) as f32).collect(), sample_rate_hz)
    };
    let rate = f64::from(sample_rate_hz);
    let mut all = Vec::new();
    for phase in [0.0, 15.0, 22.5, 37.0, 45.0, 60.0, 80.0f64] {
        all.push((
            format!("fs/4 at {phase}°"),
            from(&mut |n| (n as f64 * PI / 2.0 + phase.to_radians()).sin()),
        ));
    }
    for frequency_hz in [50.0, 997.0, 11_000.0, 14_700.0, 18_500.0, 19_900.0] {
        all.push((format!("{frequency_hz} Hz"), from(&mut |n| (TAU * frequency_hz * n as f64 / rate).sin())));
    }
    let mut random = Random(9);
    all.push(("white noise".into(), from(&mut |_| random.bipolar())));
    all.push(("clipped noise".into(), from(&mut |_| (4.0 * random.bipolar()).clamp(-1.0, 1.0))));
    all.push(("square 1 kHz".into(), from(&mut |n| (TAU * 1000.0 * n as f64 / rate).sin().signum())));
    all.push(("square 60 Hz".into(), from(&mut |n| (TAU * 60.0 * n as f64 / rate).sin().signum())));
    all.push(("impulses".into(), from(&mut |n| if n % 331 == 0 { 1.0 } else { 0.0 })));
    all.push(("flips of 4".into(), from(&mut |n| if (n + n / 4) % 2 == 0 { 1.0 } else { -1.0 })));
    all.push(("flips of 16".into(), from(&mut |n| if (n + n / 16) % 2 == 0 { 1.0 } else { -1.0 })));
    all.push(("flips of 32".into(), from(&mut |n| if (n + n / 32) % 2 == 0 { 1.0 } else { -1.0 })));
    let mut bursts = Random(4);
    let mut frequency_hz = 0.0;
    all.push((
        "bursts 17–19.9 kHz".into(),
        from(&mut |n| {
            let at = n % 700;
            if at == 0 {
                frequency_hz = 17_000.0 + 2_900.0 * bursts.unit();
            }
            let window = 0.5 - 0.5 * (TAU * at as f64 / 700.0).cos();
            window * (TAU * frequency_hz * at as f64 / rate).sin()
        }),
    ));
    all.push(("music of a sort".into(), busy(0.4, sample_rate_hz, 2)));
    all
}

/// Limits every adversary and returns the worst excess over the ceiling, with its name.
#[track_caller]
fn check_ceiling(sample_rate_hz: u32, ceiling_dbtp: f64, gain_db: f64, lookahead_ms: f64, bits: Option<u16>) {
    let limiter =
        Processor::Limiter { ceiling_dbtp, gain_db, lookahead_ms, release_ms: 60.0, max_reduction_db: 6.0 };
    let dither = bits.map(|bits| Processor::Dither { bits, seed: 3 });
    let chain: Vec<Processor> = [limiter].into_iter().chain(dither).collect();
    for (name, signal) in adversaries(sample_rate_hz) {
        let over_db = true_peak_dbtp(&run(&chain, &signal)) - ceiling_dbtp;
        println!(
            "{sample_rate_hz} Hz, +{gain_db} dB, {lookahead_ms} ms, {bits:?}: {name:20} {over_db:.3} dB"
        );
        assert!(
            over_db <= 0.0,
            "{name} at {sample_rate_hz} Hz, +{gain_db} dB: {over_db:.3} dB over the ceiling"
        );
    }
}

#[test]
fn the_ceiling_holds_at_44_1_khz() {
    check_ceiling(44_100, -1.0, 3.0, 5.0, None);
    check_ceiling(44_100, -2.0, 12.0, 2.0, Some(16));
}

#[test]
fn the_ceiling_holds_at_48_khz() {
    check_ceiling(48_000, 0.0, 12.0, 5.0, Some(16));
}

#[test]
fn the_ceiling_holds_at_88_2_and_176_4_khz() {
    check_ceiling(88_200, -0.3, 12.0, 5.0, Some(24));
    check_ceiling(176_400, -2.0, 12.0, 1.0, None);
}

#[test]
fn the_ceiling_holds_at_96_and_192_khz() {
    check_ceiling(96_000, -1.0, 12.0, 1.5, Some(16));
    check_ceiling(192_000, -0.5, 6.0, 5.0, Some(24));
}

#[test]
fn the_reference_reads_true_peaks_exactly() {
    for (frequency_hz, phase) in [(11_025.0, 0.785), (14_700.0, 0.3), (997.0, 0.0), (20_000.0, 1.0)] {
        let samples: Vec<f32> = (0..44_100)
            .map(|n| (0.5 * (TAU * frequency_hz * f64::from(n) / 44_100.0 + phase).sin()) as f32)
            .collect();
        // The edges of the tone are no part of it: they ring above it.
        let faded = samples.iter().enumerate().map(|(n, x)| x * (n.min(44_099 - n) as f32 / 4000.0).min(1.0));
        let peak_dbtp = true_peak_dbtp(&Block::from_channels(vec![faded.collect()], 44_100));
        assert!((peak_dbtp + 6.0206).abs() < 0.005, "{frequency_hz} Hz: {peak_dbtp:.4} dBTP");
    }
}

#[test]
fn what_needs_no_limiting_only_gets_the_gain() {
    let music = busy(1.0, 44_100, 2);
    let limited = run(&[limiter_of(-1.0, -12.0)], &music);
    let gained = run(&[Processor::Gain { gain_db: -12.0 }], &music);
    assert!(limited == gained);
}

/// Everything but the fundamental, relative to it, in the steady state of a limited sine.
fn distortion_db(frequency_hz: f64) -> f64 {
    let tone = signals::sine(frequency_hz, -1.0, 12.0, 48_000, 2);
    let limited = run(&[limiter_of(-1.0, 3.0)], &tone);
    let steady = &limited.channel(0)[528_000..48_000 * 11 + 24_000];
    let step = TAU * frequency_hz / 48_000.0;
    let project = |wave: fn(f64) -> f64| {
        let sum: f64 = steady.iter().enumerate().map(|(n, x)| f64::from(*x) * wave(step * n as f64)).sum();
        2.0 * sum / steady.len() as f64
    };
    let (sine, cosine) = (project(f64::sin), project(f64::cos));
    let rest: f64 = steady
        .iter()
        .enumerate()
        .map(|(n, x)| f64::from(*x) - sine * (step * n as f64).sin() - cosine * (step * n as f64).cos())
        .map(|error| error * error)
        .sum();
    let fundamental = (sine * sine + cosine * cosine) * steady.len() as f64 / 2.0;
    10.0 * (rest / fundamental).log10()
}

#[test]
fn a_limited_sine_stays_a_sine() {
    for (frequency_hz, most_db) in [(1000.0, -110.0), (100.0, -60.0), (50.0, -40.0)] {
        let distortion_db = distortion_db(frequency_hz);
        println!("THD+N of {frequency_hz} Hz at -1 dBFS with 3 dB of reduction: {distortion_db:.1} dB");
        assert!(distortion_db < most_db, "{frequency_hz} Hz: {distortion_db:.1} dB");
    }
}

#[test]
fn the_gain_moves_ahead_of_a_peak_and_returns_after_it() {
    let mut tone = signals::sine(1000.0, -6.0, 3.0, 48_000, 2);
    for sample in &mut tone.channel_mut(0)[48_000..48_480] {
        *sample *= 4.0;
    }
    let limited = run(&[limiter_of(-1.0, 0.0)], &tone);
    let gain = |frame: usize| limited.channel(1)[frame] / tone.channel(1)[frame];
    assert_eq!(gain(48_000 - 400), 1.0, "untouched well before");
    assert!(gain(48_000 - 100) < 0.999 && gain(48_000 - 100) > gain(48_012), "on its way ahead of the peak");
    assert!((20.0 * gain(48_012).log10() + 7.06).abs() < 0.15, "{}", gain(48_012));
    assert!(gain(48_480 + 4_812) < gain(48_480 + 14_412), "released over time");
    assert!(gain(48_000 + 48_012) > 0.99, "and wholly");
}

#[test]
fn the_peak_track_tells_what_the_limiter_will_do() {
    let music = busy(4.0, 44_100, 2);
    // Songs of hours get coarser tracks, whose prediction is rougher: the confirming pass corrects it.
    for (block_length, slots_per_s, most_db) in [(1000, 1000, 0.1), (70_000, 1000, 0.1), (1000, 200, 0.6)] {
        let mut track = PeakTrack::new(44_100, 2, -20.0, slots_per_s);
        for block in signals::pieces(&music, &[block_length]) {
            track.push(&block);
        }
        track.finish();
        for gain_db in [-6.0, 0.0, 3.0, 6.0, 9.0] {
            let settings = LimiterSettings {
                ceiling_dbtp: -1.0,
                gain_db,
                lookahead_ms: 5.0,
                release_ms: 80.0,
                bits: None,
            };
            let gains = track.gains(&settings);
            assert_eq!(gains.len(), 4 * slots_per_s as usize);
            let predicted: f64 = (0..music.frames())
                .map(|frame| f64::from(gains[frame * slots_per_s as usize / 44_100]))
                .zip(music.channel(0))
                .map(|(gain, sample)| (gain * f64::from(*sample)).powi(2))
                .sum();
            let limited = run(&[limiter_of(-1.0, gain_db)], &music);
            let measured: f64 = limited.channel(0).iter().map(|sample| f64::from(*sample).powi(2)).sum();
            let error_db = 10.0 * (predicted / measured).log10();
            println!("{slots_per_s} slots, +{gain_db} dB: {error_db:.3} dB off the render");
            assert!(error_db.abs() < most_db, "+{gain_db} dB: {error_db:.3} dB off the render");
        }
    }
}
