//! Equaliser: the design against the analogue prototype, and the response through the processor.

use super::{run, signals};
use mixproof::audio::Block;
use mixproof::dsp::biquad::{self, Coefficients};
use mixproof::model::{EqBand, EqPhase, EqShape, Processor};

/// Gain of the analogue prototypes of the Audio EQ Cookbook, in decibels.
fn prototype_db(shape: &str, center_hz: f64, gain_db: f64, q: f64, frequency_hz: f64) -> f64 {
    let a = 10f64.powf(gain_db / 40.0);
    let w = frequency_hz / center_hz;
    let square = |s2: f64, s1: f64, s0: f64| (s0 - s2 * w * w).powi(2) + (s1 * w).powi(2);
    let power = match shape {
        "peak" => square(1.0, a / q, 1.0) / square(1.0, 1.0 / (a * q), 1.0),
        "low" => a * a * square(1.0, a.sqrt() / q, a) / square(a, a.sqrt() / q, 1.0),
        _ => a * a * square(a, a.sqrt() / q, 1.0) / square(1.0, a.sqrt() / q, a),
    };
    10.0 * power.log10()
}

#[test]
fn eq_bands_follow_the_analogue_prototype_to_16_khz() {
    type Design = fn(f64, f64, f64, f64) -> Coefficients;
    let designs: [(&str, Design); 3] =
        [("peak", biquad::peak), ("low", biquad::low_shelf), ("high", biquad::high_shelf)];
    for (shape, design) in designs {
        for gain_db in [-24.0, -12.0, -6.0, -1.0, 0.5, 3.0, 6.0, 12.0, 24.0f64] {
            for q in [0.1, 0.4, 0.71, 1.0, 1.4, 4.0, 40.0] {
                // The goal is 0.1 dB; ±24 dB and resonant shelves, no moves of mastering, are held more loosely.
                let tolerance_db = match (shape, gain_db.abs() > 12.0) {
                    ("peak", false) => 0.1,
                    ("peak", true) => 0.3,
                    _ if q > 1.4 => continue,
                    _ => 0.1,
                };
                for center_hz in
                    [10.0, 31.5, 100.0, 400.0, 1e3, 2.5e3, 4e3, 6.3e3, 8e3, 1e4, 1.25e4, 1.6e4, 2e4, 21.6e3]
                {
                    let filter = design(center_hz, gain_db, q, 44_100.0);
                    for step in 0..200 {
                        let frequency_hz = 5.0 * (16_000.0f64 / 5.0).powf(f64::from(step) / 199.0);
                        let error_db = filter.magnitude_db(frequency_hz, 44_100.0)
                            - prototype_db(shape, center_hz, gain_db, q, frequency_hz);
                        assert!(
                            error_db.abs() <= tolerance_db,
                            "{shape} {center_hz} Hz {gain_db} dB Q {q}: {error_db:.3} dB at {frequency_hz:.0} Hz"
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn eq_bands_are_stable_at_every_setting_and_rate() {
    for rate_hz in [8_000.0, 44_100.0, 192_000.0, 384_000.0] {
        for gain_db in [-24.0, -6.0, -0.01, 0.01, 6.0, 24.0] {
            for q in [0.1, 0.71, 4.0, 40.0] {
                for center_hz in [10.0, 100.0, 1e3, 0.2 * rate_hz, 0.4 * rate_hz, 0.49 * rate_hz] {
                    for design in [biquad::peak, biquad::low_shelf, biquad::high_shelf] {
                        let filter = design(center_hz, gain_db, q, rate_hz);
                        for [c1, c2] in [filter.denominator(), filter.inverse().denominator()] {
                            assert!(
                                c2.abs() < 1.0 && c1.abs() < 1.0 + c2,
                                "{center_hz} Hz {gain_db} dB Q {q} at {rate_hz}: {filter:?}"
                            );
                        }
                    }
                }
            }
        }
    }
}

#[test]
fn a_cut_undoes_a_boost_and_no_gain_is_no_filter() {
    for design in [biquad::peak, biquad::low_shelf, biquad::high_shelf] {
        assert_eq!(design(1e3, 0.0, 1.0, 48_000.0), Coefficients::IDENTITY);
        let cascade = [design(3e3, 7.0, 0.9, 48_000.0), design(3e3, -7.0, 0.9, 48_000.0)];
        for frequency_hz in [20.0, 1e3, 3e3, 15e3, 23e3] {
            assert!(biquad::response_db(&cascade, frequency_hz, 48_000.0).abs() < 1e-9);
        }
    }
}

/// RMS level of the later half, in decibels of a sine's peak.
pub(super) fn level_db(samples: &[f32]) -> f64 {
    let tail = &samples[samples.len() / 2..];
    let power = tail.iter().map(|sample| f64::from(*sample).powi(2)).sum::<f64>() / tail.len() as f64;
    10.0 * (2.0 * power).log10()
}

/// Gain of a chain for a steady sine.
fn measured_db(processors: &[Processor], input: &Block) -> f64 {
    level_db(run(processors, input).channel(0)) - level_db(input.channel(0))
}

#[test]
fn the_equaliser_has_the_response_that_its_settings_say() {
    let bands = [
        EqBand { shape: EqShape::LowShelf, center_hz: 90.0, gain_db: -2.5, q: 0.71 },
        EqBand { shape: EqShape::Peak, center_hz: 300.0, gain_db: -3.0, q: 0.9 },
        EqBand { shape: EqShape::Peak, center_hz: 9_000.0, gain_db: 2.0, q: 0.7 },
        EqBand { shape: EqShape::HighShelf, center_hz: 12_000.0, gain_db: 3.0, q: 0.71 },
    ];
    let eq = [Processor::Eq { bands: bands.to_vec(), phase: EqPhase::Minimum }];
    let shapes = ["low", "peak", "peak", "high"];
    for frequency_hz in [20.0, 90.0, 300.0, 1e3, 4e3, 9e3, 12e3, 15.9e3] {
        let expected_db: f64 = bands
            .iter()
            .zip(shapes)
            .map(|(band, shape)| prototype_db(shape, band.center_hz, band.gain_db, band.q, frequency_hz))
            .sum();
        let tone = signals::sine(frequency_hz, -20.0, 1.0, 44_100, 2);
        let error_db = measured_db(&eq, &tone) - expected_db;
        assert!(error_db.abs() < 0.03, "{frequency_hz} Hz: {error_db:.3} dB off the prototype");
    }
}

#[test]
fn the_high_pass_is_butterworth() {
    for (frequency_hz, expected_db) in
        [(7.5, -24.1), (15.0, -12.30), (30.0, -3.01), (60.0, -0.26), (1000.0, 0.0)]
    {
        let tone = signals::sine(frequency_hz, -10.0, 2.0, 48_000, 1);
        let gain_db = measured_db(&[Processor::HighPass { frequency_hz: 30.0 }], &tone);
        assert!((gain_db - expected_db).abs() < 0.02, "{frequency_hz} Hz: {gain_db:.3} dB");
    }
    let constant = Block::from_channels(vec![vec![0.5; 48_000]; 2], 48_000);
    let rest = run(&[Processor::HighPass { frequency_hz: 30.0 }], &constant);
    assert!(rest.channel(0)[24_000..].iter().all(|sample| sample.abs() < 1e-6), "DC is removed");
}

/// The side has the response of the equaliser, the mid stays to the bit.
#[test]
fn an_equaliser_of_the_side_works_on_the_side_alone() {
    let band = |shape, center_hz, gain_db| EqBand { shape, center_hz, gain_db, q: 0.7 };
    let bands = vec![band(EqShape::Peak, 600.0, 2.0), band(EqShape::HighShelf, 3000.0, -2.0)];
    let eq = [Processor::Eq { bands: bands.clone(), phase: EqPhase::Minimum }];
    let side_eq = [Processor::SideEq { bands }];
    for frequency_hz in [100.0, 600.0, 3000.0, 12_000.0] {
        let tone = signals::sine(frequency_hz, -20.0, 1.0, 48_000, 1);
        let inverted: Vec<f32> = tone.channel(0).iter().map(|sample| -sample).collect();
        let side = Block::from_channels(vec![tone.channel(0).to_vec(), inverted], 48_000);
        let mid = Block::from_channels(vec![tone.channel(0).to_vec(); 2], 48_000);
        let (found_db, expected_db) = (measured_db(&side_eq, &side), measured_db(&eq, &mid));
        assert!((found_db - expected_db).abs() < 0.001, "{frequency_hz} Hz: {found_db}, not {expected_db}");
        assert!(run(&side_eq, &mid) == mid, "the mid signal is untouched");
    }
}

#[test]
fn width_works_on_the_side_alone() {
    let width =
        |side_gain_db, mono_below_hz| [Processor::Width { side_gain_db, mono_below_hz, balance_db: 0.0 }];
    for (frequency_hz, expected_db) in [(60.0, -12.30), (120.0, -3.01), (2000.0, 0.0)] {
        let tone = signals::sine(frequency_hz, -20.0, 1.0, 48_000, 1);
        let inverted: Vec<f32> = tone.channel(0).iter().map(|sample| -sample).collect();
        let side = Block::from_channels(vec![tone.channel(0).to_vec(), inverted], 48_000);
        let mid = Block::from_channels(vec![tone.channel(0).to_vec(); 2], 48_000);
        assert!(
            (measured_db(&width(0.0, Some(120.0)), &side) - expected_db).abs() < 0.02,
            "{frequency_hz} Hz"
        );
        assert!((measured_db(&width(4.0, None), &side) - 4.0).abs() < 1e-3);
        assert!(run(&width(4.0, Some(120.0)), &mid) == mid, "the mid signal is untouched");
    }
}
