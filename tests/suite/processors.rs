//! Processors: the shared contract, and the measured response of each.

use mixproof::dsp::biquad::{self, Coefficients};

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
            for q in [0.1, 0.4, 0.7071, 1.0, 1.4, 4.0, 40.0] {
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
            for q in [0.1, 0.7071, 4.0, 40.0] {
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
