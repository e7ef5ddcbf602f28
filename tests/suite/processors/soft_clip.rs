//! Soft clipper: what is under the knee passes to the bit, the curve is the one that is promised, and nothing folds back.
#![allow(clippy::print_stdout, reason = "the figures reached are worth reading")]

use super::{busy, run, run_metered, signals};
use mixproof::model::Processor;
use std::f64::consts::TAU;

fn clip(ceiling_dbfs: f64, knee_db: f64) -> Processor {
    Processor::SoftClip { ceiling_dbfs, knee_db }
}

#[test]
fn what_is_under_the_knee_passes_to_the_bit() {
    let music = busy(1.0, 44_100, 2);
    let most = music.channels().iter().flatten().fold(0.0f32, |most, sample| most.max(sample.abs()));
    // Between its samples, noise may be twice as high as at them.
    let knee_dbfs = 20.0 * f64::from(most).log10() + 9.0;
    assert!(run(&[clip(knee_dbfs + 3.0, 3.0)], &music) == music);
    assert!(run(&[clip(knee_dbfs - 20.0, 3.0)], &music) != music);
}

#[test]
fn a_slow_wave_follows_the_curve() {
    // A tenth of a hertz hardly moves within the filters: each sample is the curve at that sample.
    let wave: Vec<f32> = (0..88_200).map(|n| (TAU * f64::from(n) / 88_200.0).sin() as f32).collect();
    let block = mixproof::audio::Block::from_channels(vec![wave.clone()], 44_100);
    let (ceiling, knee) = (10f64.powf(-3.0 / 20.0), 10f64.powf(-9.0 / 20.0));
    let output = run(&[clip(-3.0, 6.0)], &block);
    for (out, input) in output.channel(0).iter().zip(&wave) {
        let level = f64::from(input.abs());
        let room = ceiling - knee;
        let rounded = if level > knee { knee + room * ((level - knee) / room).tanh() } else { level };
        let expected = rounded * f64::from(input.signum());
        assert!((f64::from(*out) - expected).abs() < 1e-4, "{input}: {out}, not {expected}");
    }
}

#[test]
fn what_clipping_adds_are_harmonics_and_not_their_images() {
    // 3 dB into the clipper; harmonics of 5 kHz lie at 15 kHz, everything else is folded back.
    let rate = 44_100;
    let tone = signals::sine(4_900.0, 0.0, 1.5, rate as u32, 1);
    let output = run(&[clip(-3.0, 6.0)], &tone);
    let steady = &output.channel(0)[rate / 2..rate / 2 + rate];
    let mut rest: Vec<f64> = steady.iter().map(|sample| f64::from(*sample)).collect();
    let before: f64 = rest.iter().map(|x| x * x).sum();
    for harmonic in [1.0, 2.0, 3.0, 4.0] {
        let step = TAU * 4_900.0 * harmonic / rate as f64;
        let project = |wave: fn(f64) -> f64| {
            let sum: f64 = rest.iter().enumerate().map(|(n, x)| x * wave(step * n as f64)).sum();
            2.0 * sum / rest.len() as f64
        };
        let (sine, cosine) = (project(f64::sin), project(f64::cos));
        for (n, sample) in rest.iter_mut().enumerate() {
            *sample -= sine * (step * n as f64).sin() + cosine * (step * n as f64).cos();
        }
    }
    let images_db = 10.0 * (rest.iter().map(|x| x * x).sum::<f64>() / before).log10();
    println!("folded back from a clipped tone at 4.9 kHz: {images_db:.1} dB");
    assert!(images_db < -75.0, "{images_db} dB");
}

#[test]
fn peaks_stay_near_the_ceiling_and_the_meter_shows_what_was_taken() {
    let tone = signals::sine(997.0, 0.0, 1.0, 48_000, 2);
    let (output, meters) = run_metered(&[clip(-2.0, 3.0)], &tone);
    let most = output.channels().iter().flatten().fold(0.0f32, |most, sample| most.max(sample.abs()));
    let most_db = 20.0 * f64::from(most).log10();
    // tanh of what is over the knee: 0 dBFS comes out at −2.4 dBFS.
    let (ceiling, knee) = (10f64.powf(-0.1), 10f64.powf(-0.25));
    let expected_db = 20.0 * (knee + (ceiling - knee) * ((1.0 - knee) / (ceiling - knee)).tanh()).log10();
    assert!((most_db - expected_db).abs() < 0.05, "{most_db} dB, not {expected_db}");
    let taken_db = meters[0].gain_reduction_max_db.unwrap();
    assert!((taken_db + expected_db).abs() < 0.05, "{taken_db} dB");
}
