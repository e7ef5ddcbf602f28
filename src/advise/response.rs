//! What equaliser bands do to a spectrum: magnitudes of the filters that the bands ask for.

use crate::model::{EqBand, EqShape};
use crate::units::{db_to_amplitude, power_to_db};

/// Magnitude of one band at a frequency: the analogue prototype of the Audio EQ Cookbook, which the matched digital
/// filters follow up to the top of the audible range.
pub(super) fn band_db(band: &EqBand, frequency_hz: f64) -> f64 {
    let x = frequency_hz / band.center_hz;
    let a = db_to_amplitude(band.gain_db / 2.0);
    let square = |re: f64, im: f64| re * re + im * im;
    let (above, below) = match band.shape {
        EqShape::Peak => (square(1.0 - x * x, x * a / band.q), square(1.0 - x * x, x / (a * band.q))),
        EqShape::LowShelf => {
            let im = a.sqrt() * x / band.q;
            (a * a * square(a - x * x, im), square(1.0 - a * x * x, im))
        }
        EqShape::HighShelf => {
            let im = a.sqrt() * x / band.q;
            (a * a * square(1.0 - a * x * x, im), square(a - x * x, im))
        }
    };
    power_to_db(above / below)
}

/// Magnitude of all bands together at a frequency.
pub(super) fn total_db(bands: &[EqBand], frequency_hz: f64) -> f64 {
    bands.iter().map(|band| band_db(band, frequency_hz)).sum()
}

/// Gain of the K-weighting at a frequency (BS.1770-5 annex 1: a shelf of +4 dB above 1.7 kHz and a high-pass at 38 Hz), for estimates.
fn k_weight_db(frequency_hz: f64) -> f64 {
    let shelf = EqBand { shape: EqShape::HighShelf, center_hz: 1681.97, gain_db: 4.0, q: 0.7072 };
    let x = frequency_hz / 38.135;
    // |H|² of a second-order high-pass of Q = 0.5: two real poles.
    let high_pass = (x * x / (1.0 + x * x)) * (x * x / (1.0 + x * x));
    band_db(&shelf, frequency_hz) + power_to_db(high_pass)
}

/// How much the loudness of a spectrum changes by `change_db` per band; an estimate to start a search from.
pub(super) fn loudness_change_lu(bands: &[(f64, f64)], change_db: impl Fn(f64) -> f64) -> f64 {
    let power = |change: &dyn Fn(f64) -> f64| {
        bands
            .iter()
            .map(|(center_hz, level_db)| {
                crate::units::db_to_power(level_db + k_weight_db(*center_hz) + change(*center_hz))
            })
            .sum::<f64>()
    };
    crate::units::power_level_db(power(&change_db) / power(&|_| 0.0)).unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn band(shape: EqShape, gain_db: f64) -> EqBand {
        EqBand { shape, center_hz: 1000.0, gain_db, q: std::f64::consts::FRAC_1_SQRT_2 }
    }

    #[test]
    fn filters_reach_their_gain_where_they_should() {
        for gain_db in [-4.0, 3.0] {
            let near = |shape, at_hz, expected: f64| {
                let found = band_db(&band(shape, gain_db), at_hz);
                assert!((found - expected).abs() < 0.01, "{shape:?} {at_hz} Hz: {found} dB, not {expected}");
            };
            near(EqShape::Peak, 1000.0, gain_db);
            near(EqShape::Peak, 10.0, 0.0);
            near(EqShape::Peak, 100_000.0, 0.0);
            near(EqShape::LowShelf, 10.0, gain_db);
            near(EqShape::LowShelf, 1000.0, gain_db / 2.0);
            near(EqShape::LowShelf, 100_000.0, 0.0);
            near(EqShape::HighShelf, 10.0, 0.0);
            near(EqShape::HighShelf, 1000.0, gain_db / 2.0);
            near(EqShape::HighShelf, 100_000.0, gain_db);
        }
    }

    #[test]
    fn the_weighting_is_the_one_of_the_standard() {
        // standards §1.1, at 48 kHz; our analogue form needs to be near only.
        for (frequency_hz, expected_db) in
            [(25.0, -10.393), (100.0, -1.133), (1000.0, 0.698), (10_000.0, 4.042)]
        {
            let found = k_weight_db(frequency_hz);
            assert!((found - expected_db).abs() < 0.15, "{frequency_hz} Hz: {found}");
        }
    }
}
