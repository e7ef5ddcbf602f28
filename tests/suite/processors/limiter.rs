//! The limiter's promise, held by a meter that shares nothing with it: exact band-limited interpolation, 64-fold, by FFT.

use super::signals::{self, Random};
use super::{busy, limiter_of, run};
use mixproof::audio::Block;
use mixproof::model::Processor;
use rustfft::{FftPlanner, num_complex::Complex};
use std::f64::consts::{PI, TAU};

/// Length of the pieces that are interpolated exactly.
const PIECE: usize = 4096;

/// Frames at both ends of a piece that fade in and out, so that its periodic continuation has no edge.
const FADE: usize = 512;

/// True peak in dBTP by zero-padding the spectrum of overlapping pieces to 64 times their length.
/// With `below_hz`, of the part below that frequency alone.
fn true_peak_dbtp(block: &Block, below_hz: Option<f64>) -> f64 {
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
            // One shifted inverse transform per phase is the 64-fold interpolation, without its 64-fold memory.
            for phase in 0..FACTOR {
                let mut shifted: Vec<Complex<f64>> = (0..PIECE)
                    .map(|bin| {
                        let signed = if bin <= PIECE / 2 { bin as f64 } else { bin as f64 - PIECE as f64 };
                        let frequency_hz = signed.abs() / PIECE as f64 * f64::from(block.sample_rate_hz());
                        if below_hz.is_some_and(|below_hz| frequency_hz > below_hz) {
                            return Complex::default();
                        }
                        let angle = TAU * signed * phase as f64 / (FACTOR * PIECE) as f64;
                        let turn = if bin == PIECE / 2 {
                            Complex::new(angle.cos(), 0.0)
                        } else {
                            Complex::from_polar(1.0, angle)
                        };
                        spectrum[bin] * turn
                    })
                    .collect();
                backward.process(&mut shifted);
                let inside = &shifted[FADE..PIECE - FADE];
                most = inside.iter().fold(most, |most, value| most.max(value.re.abs() / PIECE as f64));
            }
        }
    }
    20.0 * most.log10()
}

/// One channel for both, with a different gain.
fn stereo(samples: Vec<f32>, sample_rate_hz: u32) -> Block {
    let other = samples.iter().map(|sample| sample * 0.7).collect();
    Block::from_channels(vec![samples, other], sample_rate_hz)
}

/// The signals that have beaten limiters, at 0 dBFS: name, whether all of it lies below 20 kHz, samples.
fn adversaries(sample_rate_hz: u32) -> Vec<(String, bool, Block)> {
    let frames = 3 * PIECE;
    let from = |f: &mut dyn FnMut(usize) -> f64| -> Block {
        stereo((0..frames).map(|n| f(n) as f32).collect(), sample_rate_hz)
    };
    let rate = f64::from(sample_rate_hz);
    let mut all = Vec::new();
    for phase in [0.0, 15.0, 22.5, 37.0, 45.0, 60.0, 80.0f64] {
        all.push((
            format!("fs/4 at {phase}°"),
            rate < 80_000.0,
            from(&mut |n| (n as f64 * PI / 2.0 + phase.to_radians()).sin()),
        ));
    }
    for frequency_hz in [50.0, 997.0, 11_000.0, 14_700.0, 18_500.0, 19_900.0] {
        all.push((
            format!("{frequency_hz} Hz"),
            true,
            from(&mut |n| (TAU * frequency_hz * n as f64 / rate).sin()),
        ));
    }
    let mut random = Random(9);
    all.push(("white noise".into(), false, from(&mut |_| random.bipolar())));
    all.push(("clipped noise".into(), false, from(&mut |_| (4.0 * random.bipolar()).clamp(-1.0, 1.0))));
    all.push(("square 1 kHz".into(), false, from(&mut |n| (TAU * 1000.0 * n as f64 / rate).sin().signum())));
    all.push(("square 60 Hz".into(), false, from(&mut |n| (TAU * 60.0 * n as f64 / rate).sin().signum())));
    all.push(("impulses".into(), false, from(&mut |n| if n % 331 == 0 { 1.0 } else { 0.0 })));
    all.push(("flips of 4".into(), false, from(&mut |n| if (n + n / 4) % 2 == 0 { 1.0 } else { -1.0 })));
    all.push(("flips of 16".into(), false, from(&mut |n| if (n + n / 16) % 2 == 0 { 1.0 } else { -1.0 })));
    let mut bursts = Random(4);
    let mut frequency_hz = 0.0;
    all.push((
        "bursts 17–19.9 kHz".into(),
        true,
        from(&mut |n| {
            let at = n % 700;
            if at == 0 {
                frequency_hz = 17_000.0 + 2_900.0 * bursts.unit();
            }
            let window = 0.5 - 0.5 * (TAU * at as f64 / 700.0).cos();
            window * (TAU * frequency_hz * at as f64 / rate).sin()
        }),
    ));
    all.push(("music of a sort".into(), false, busy(0.4, sample_rate_hz, 2)));
    all
}

#[test]
fn probe() {
    for sample_rate_hz in [44_100u32, 48_000, 192_000] {
        for (name, below_20_khz, signal) in adversaries(sample_rate_hz) {
            let mut row = format!("{sample_rate_hz:6} {name:20} {below_20_khz:5}");
            for gain_db in [3.0] {
                let output = run(&[limiter_of(-1.0, gain_db)], &signal);
                let peak = true_peak_dbtp(&output, None) + 1.0;
                let (_, meters) = super::run_metered(&[limiter_of(-1.0, gain_db)], &signal);
                let mean = meters[0].gain_reduction_mean_db.unwrap();
                row += &format!(
                    "  +{gain_db:2}: {peak:7.4} gr {mean:6.2} {}",
                    if peak > 0.05 { "OVER" } else { "" }
                );
            }
            println!("{row}");
        }
    }
}
