//! Dynamic equaliser and de-esser: static curve and range at the centre, width, time constants, nothing elsewhere.

use super::eq::level_db;
use super::{dynamic_band, run, run_metered, signals};
use mixproof::model::{DynamicBand, Processor};

/// Gain of a de-esser for a steady sine.
fn gain_db(band: &DynamicBand, frequency_hz: f64, level_dbfs: f64) -> f64 {
    let tone = signals::sine(frequency_hz, level_dbfs, 1.0, 48_000, 2);
    let output = run(&[Processor::DeEsser(band.clone())], &tone);
    level_db(output.channel(0)) - level_db(tone.channel(0))
}

#[test]
fn the_cut_follows_its_static_curve_up_to_its_range() {
    let band = DynamicBand { ratio: 2.0, threshold_dbfs: -30.0, ..dynamic_band(7000.0, 1.4, 4.0) };
    // Outside the knee of 3 dB: half of what is over the threshold, and never more than the range.
    for (level_dbfs, expected_db) in [(-40.0, 0.0), (-32.0, 0.0), (-28.0, -1.0), (-26.0, -2.0), (-10.0, -4.0)]
    {
        let found_db = gain_db(&band, 7000.0, level_dbfs);
        assert!((found_db - expected_db).abs() < 0.1, "{level_dbfs} dBFS: {found_db:.3} dB");
    }
}

#[test]
fn the_cut_has_the_width_of_its_q_and_leaves_the_rest_alone() {
    let band = DynamicBand { ratio: 100.0, threshold_dbfs: -60.0, ..dynamic_band(1000.0, 4.0, 6.0) };
    // 1 + (g − 1) · band-pass, in closed form (bilinear, as digital filters are).
    let change = 10f64.powf(-6.0 / 20.0) - 1.0;
    for frequency_hz in [100.0, 500.0, 883.0, 1000.0, 1133.0, 2000.0, 10_000.0] {
        let warp = |hz: f64| (std::f64::consts::PI * hz / 48_000.0).tan();
        let x = warp(frequency_hz) / warp(1000.0);
        // s / q over s² + s / q + 1.
        let (re, im) = (1.0 - x * x, x / 4.0);
        let power = |re: f64, im: f64| re * re + im * im;
        let expected_db = 10.0 * (power(re, im * (1.0 + change)) / power(re, im)).log10();
        let found_db = gain_db(&band, frequency_hz, -6.0);
        assert!(
            (found_db - expected_db).abs() < 0.05,
            "{frequency_hz} Hz: {found_db:.3}, not {expected_db:.3} dB"
        );
    }
}

#[test]
fn only_what_is_loud_in_the_band_is_cut_and_the_meter_says_when() {
    // A steady tone at 1 kHz, and an "s" at 7 kHz in the middle second.
    let mut both = signals::sine(1000.0, -12.0, 3.0, 48_000, 2);
    let hiss = signals::sine(7000.0, -20.0, 3.0, 48_000, 2);
    for (channel, hiss) in both.channels_mut().iter_mut().zip(hiss.channels()) {
        for (frame, (sample, hiss)) in channel.iter_mut().zip(hiss).enumerate() {
            *sample += if (48_000..96_000).contains(&frame) { *hiss } else { 0.0 };
        }
    }
    let de_esser = Processor::DeEsser(DynamicBand {
        threshold_dbfs: -28.0,
        ratio: 100.0,
        ..dynamic_band(7000.0, 1.4, 6.0)
    });
    let (output, meters) = run_metered(&[de_esser], &both);
    for frames in [20_000..40_000, 120_000..140_000] {
        for frame in frames {
            assert!((output.channel(0)[frame] - both.channel(0)[frame]).abs() < 1e-4, "untouched at {frame}");
        }
    }
    let meter = &meters[0];
    assert!((meter.gain_reduction_max_db.unwrap() - 6.0).abs() < 0.2, "{:?}", meter.gain_reduction_max_db);
    assert!(meter.gain_reduction_db[5] < 0.01 && meter.gain_reduction_db[15] > 5.5);
    assert!(meter.gain_reduction_db[28] < 0.01, "released");
}

#[test]
fn the_cut_has_the_time_constants_of_its_settings() {
    // The gain at the centre is a straight ratio of output to input at the crests of the tone.
    let band = DynamicBand {
        threshold_dbfs: -40.0,
        ratio: 100.0,
        attack_ms: 20.0,
        release_ms: 200.0,
        ..dynamic_band(3001.0, 0.5, 12.0)
    };
    let mut tone = signals::sine(3001.0, -12.0, 3.0, 48_000, 1);
    let (loud, quiet_again) = (24_000, 72_000);
    for (frame, sample) in tone.channel_mut(0).iter_mut().enumerate() {
        if frame < loud || frame >= quiet_again {
            *sample *= 0.003;
        }
    }
    let output = run(&[Processor::DeEsser(band)], &tone);
    let level = |frame: usize| {
        let rms = |samples: &[f32]| samples.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>();
        10.0 * (rms(&output.channel(0)[frame..frame + 48]) / rms(&tone.channel(0)[frame..frame + 48])).log10()
    };
    // The first milliseconds after a step belong to the ringing of the band-pass.
    let reached = |from: usize, start_db: f64, end_db: f64| {
        let goal_db = start_db + (end_db - start_db) * (1.0 - (-1.0f64).exp());
        let frame = (from + 240..)
            .step_by(4)
            .find(|n| (level(*n) - goal_db).signum() == (end_db - start_db).signum());
        (frame.unwrap() + 24 - from) as f64 / 48.0
    };
    let attack_ms = reached(loud, 0.0, -12.0);
    let release_ms = reached(quiet_again, -12.0, 0.0);
    // The band-pass itself takes a fraction of a millisecond to fill.
    assert!((attack_ms / 20.0 - 1.0).abs() < 0.05, "{attack_ms} ms");
    assert!((release_ms / 200.0 - 1.0).abs() < 0.02, "{release_ms} ms");
}
