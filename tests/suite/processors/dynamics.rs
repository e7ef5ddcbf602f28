//! Compressor and multiband: static curve, time constants, stereo link, crossover sum.
#![allow(clippy::print_stdout, reason = "the figures reached are worth reading")]

use super::eq::level_db;
use super::signals;
use super::{busy, compressor, run, run_metered};
use mixproof::audio::Block;
use mixproof::model::{CompressorSettings, Processor};
use rustfft::{FftPlanner, num_complex::Complex};

/// Output level of the static curve (Giannoulis, Massberg and Reiss 2012, eq. 4).
fn curve_db(settings: &CompressorSettings, input_db: f64) -> f64 {
    let CompressorSettings { threshold_dbfs, ratio, knee_db, makeup_db, .. } = settings;
    let over_db = input_db - threshold_dbfs;
    let output_db = if 2.0 * over_db < -knee_db || over_db == 0.0 && *knee_db == 0.0 {
        input_db
    } else if 2.0 * over_db.abs() <= *knee_db {
        input_db + (1.0 / ratio - 1.0) * (over_db + knee_db / 2.0).powi(2) / (2.0 * knee_db)
    } else {
        threshold_dbfs + over_db / ratio
    };
    output_db + makeup_db
}

#[test]
fn the_compressor_has_the_static_curve_of_its_settings() {
    for (ratio, knee_db) in [(2.0, 6.0), (4.0, 0.0), (1.5, 12.0), (100.0, 3.0)] {
        let settings = CompressorSettings { knee_db, ..compressor(ratio, 1.5) };
        for sample_rate_hz in [44_100, 96_000] {
            for frequency_hz in [60.0, 997.0, 11_025.0, 15_000.0] {
                for level_dbfs in [-40.0, -27.0, -25.0, -24.0, -22.5, -18.0, -12.0, -3.0, 0.0] {
                    let tone = signals::sine(frequency_hz, level_dbfs, 1.0, sample_rate_hz, 2);
                    let output = run(&[Processor::Compressor(settings.clone())], &tone);
                    let error_db = level_db(output.channel(0)) - curve_db(&settings, level_dbfs);
                    assert!(
                        error_db.abs() < 0.1,
                        "ratio {ratio}, knee {knee_db} dB, {frequency_hz} Hz at {level_dbfs} dBFS: {error_db:.3} dB off"
                    );
                }
            }
        }
    }
}

/// Milliseconds after `step_frame` at which the gain has gone 63.2 % of its way to what it is at `end_frame`.
fn time_constant_ms(input: &Block, output: &Block, step_frame: usize, end_frame: usize) -> f64 {
    let gain_db = |frame: usize| {
        let (x, y) = (input.channel(0)[frame], output.channel(0)[frame]);
        (x.abs() > 1e-3).then(|| 20.0 * f64::from(y / x).log10())
    };
    let near = |frame: usize| (frame..).find_map(gain_db).unwrap();
    let (start_db, end_db) = (near(step_frame - 5), near(end_frame - 5));
    let goal = 1.0 - (-1.0f64).exp();
    let reached =
        |frame: usize| gain_db(frame).is_some_and(|now_db| (now_db - start_db) / (end_db - start_db) >= goal);
    let frame = (step_frame..end_frame).find(|frame| reached(*frame)).unwrap();
    (frame - step_frame) as f64 / f64::from(input.sample_rate_hz()) * 1000.0
}

#[test]
fn the_compressor_has_the_time_constants_of_its_settings() {
    for (attack_ms, release_ms) in [(10.0, 100.0), (30.0, 300.0), (100.0, 50.0)] {
        let settings = CompressorSettings { attack_ms, release_ms, ..compressor(3.0, 0.0) };
        let mut tone = signals::sine(3001.0, -6.0, 4.5, 48_000, 1);
        let (loud, quiet_again) = (48_000, 120_000);
        for (frame, sample) in tone.channel_mut(0).iter_mut().enumerate() {
            if frame < loud || frame >= quiet_again {
                *sample *= 0.06;
            }
        }
        let output = run(&[Processor::Compressor(settings)], &tone);
        let attack = time_constant_ms(&tone, &output, loud, quiet_again);
        let release = time_constant_ms(&tone, &output, quiet_again, tone.frames() - 100);
        println!("attack {attack_ms} ms: {attack:.2} ms; release {release_ms} ms: {release:.2} ms");
        assert!((attack / attack_ms - 1.0).abs() < 0.02, "attack {attack_ms} ms measures {attack:.2} ms");
        assert!(
            (release / release_ms - 1.0).abs() < 0.02,
            "release {release_ms} ms measures {release:.2} ms"
        );
    }
}

#[test]
fn both_channels_get_the_same_gain() {
    let mut music = busy(0.5, 44_100, 2);
    music.channel_mut(1).iter_mut().for_each(|sample| *sample *= 0.1);
    let output = run(&[Processor::Compressor(compressor(4.0, 0.0))], &music);
    let mut compared = 0;
    for frame in 0..music.frames() {
        let gains = [0, 1].map(|channel| output.channel(channel)[frame] / music.channel(channel)[frame]);
        if music.channels().iter().all(|channel| channel[frame].abs() > 1e-4) {
            assert!((gains[0] - gains[1]).abs() < 1e-5, "frame {frame}: {gains:?}");
            compared += usize::from(gains[0] < 0.9);
        }
    }
    assert!(compared > 1000, "the compressor worked");
}

#[test]
fn the_reduction_in_the_meter_is_that_of_the_audio() {
    let settings = CompressorSettings { knee_db: 0.0, ..compressor(2.0, 0.0) };
    let tone = signals::sine(1000.0, -12.0, 2.0, 48_000, 2);
    let (_, meters) = run_metered(&[Processor::Compressor(settings)], &tone);
    let meter = &meters[0];
    assert!((meter.gain_reduction_max_db.unwrap() - 6.0).abs() < 0.05, "{:?}", meter.gain_reduction_max_db);
    assert!((meter.gain_reduction_mean_db.unwrap() - 6.0).abs() < 0.1, "{:?}", meter.gain_reduction_mean_db);
    assert_eq!(meter.gain_reduction_db.len(), 20);
}

/// Magnitude in decibels of a chain's response to an impulse, at the bins of a transform of 65 536.
fn response_db(processor: &Processor, sample_rate_hz: u32) -> Vec<f64> {
    let mut impulse = Block::silent(1, 65_536, sample_rate_hz);
    impulse.channel_mut(0)[0] = 0.01;
    let output = run(std::slice::from_ref(processor), &impulse);
    let mut spectrum: Vec<Complex<f64>> =
        output.channel(0).iter().map(|sample| Complex::new(f64::from(*sample) * 100.0, 0.0)).collect();
    FftPlanner::new().plan_fft_forward(spectrum.len()).process(&mut spectrum);
    spectrum[..spectrum.len() / 2].iter().map(|bin| 20.0 * bin.norm().log10()).collect()
}

/// Bands that compress, but not at the level of the test, with a make-up gain each.
fn idle_multiband(crossovers_hz: &[f64], makeup_db: &[f64]) -> Processor {
    let band = |makeup_db: &f64| CompressorSettings { threshold_dbfs: 0.0, ..compressor(2.0, *makeup_db) };
    Processor::Multiband {
        crossovers_hz: crossovers_hz.to_vec(),
        bands: makeup_db.iter().map(band).collect(),
    }
}

#[test]
fn the_bands_add_up_flat() {
    for crossovers_hz in [&[1000.0][..], &[200.0, 2000.0], &[400.0, 1200.0], &[120.0, 800.0, 5000.0]] {
        let multiband = idle_multiband(crossovers_hz, &vec![0.0; crossovers_hz.len() + 1]);
        let worst_db = response_db(&multiband, 44_100).iter().fold(0.0f64, |worst, db| worst.max(db.abs()));
        println!("{crossovers_hz:?}: {worst_db:.5} dB");
        assert!(worst_db < 0.01, "{crossovers_hz:?}: {worst_db:.4} dB");
    }
}

#[test]
fn a_band_is_lifted_alone() {
    let response = response_db(&idle_multiband(&[200.0, 4000.0], &[0.0, 6.0, 0.0]), 44_100);
    let at = |frequency_hz: f64| response[(frequency_hz / 44_100.0 * 65_536.0).round() as usize];
    for (frequency_hz, expected_db, tolerance_db) in [
        (25.0, 0.0, 0.05),
        (900.0, 6.0, 0.05),
        (200.0, 3.52, 0.05),
        (4000.0, 3.52, 0.05),
        (20_000.0, 0.0, 0.05),
    ] {
        let error_db = at(frequency_hz) - expected_db;
        assert!(error_db.abs() < tolerance_db, "{frequency_hz} Hz: {:.3} dB", at(frequency_hz));
    }
}

#[test]
fn the_fast_logarithm_and_exponential_are_close_enough() {
    use mixproof::units;
    for step in -3000..1500 {
        let level_db = f64::from(step) * 0.1 + 0.033;
        let power = units::db_to_power(level_db) as f32;
        let error_db = f64::from(units::fast_power_to_db(power)) - units::power_to_db(f64::from(power));
        assert!(error_db.abs() < 2e-4, "{level_db} dB: {error_db}");
        let ratio =
            f64::from(units::fast_db_to_amplitude(level_db as f32)) / units::db_to_amplitude(level_db);
        assert!(units::amplitude_to_db(ratio).abs() < 1e-4, "{level_db} dB: {ratio}");
    }
    assert_eq!(units::fast_db_to_amplitude(0.0), 1.0);
    assert!(units::fast_power_to_db(0.0) < -300.0 && units::fast_power_to_db(f32::MIN_POSITIVE) < -300.0);
}
