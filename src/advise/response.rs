//! What equaliser bands do to a spectrum: the very filters that will be applied, evaluated, not heard.

use crate::dsp::biquad::{self, Coefficients};
use crate::model::{EqBand, EqShape};
use crate::units::{db_to_amplitude, db_to_power, power_level_db, power_to_db};

/// Gain of one band at each of many frequencies, by the analogue prototype of the Audio EQ Cookbook: what a search tries
/// ten thousand times. The filters that are applied follow it up to 0.36 of the sample rate.
pub(super) fn prototype_db(band: &EqBand, at_hz: &[f64]) -> Vec<f64> {
    let a = db_to_amplitude(band.gain_db / 2.0);
    let slope = a.sqrt() / band.q;
    let square = |re: f64, im: f64| re * re + im * im;
    let gain_db = |x: f64| {
        let power = match band.shape {
            EqShape::Peak => square(1.0 - x * x, x * a / band.q) / square(1.0 - x * x, x / (a * band.q)),
            EqShape::LowShelf => a * a * square(a - x * x, slope * x) / square(1.0 - a * x * x, slope * x),
            EqShape::HighShelf => a * a * square(1.0 - a * x * x, slope * x) / square(a - x * x, slope * x),
        };
        power_to_db(power)
    };
    at_hz.iter().map(|at_hz| gain_db(at_hz / band.center_hz)).collect()
}

/// Gain of all bands together at each of many frequencies, by the filters that will be applied.
pub(super) fn total_db(bands: &[EqBand], at_hz: &[f64], sample_rate_hz: f64) -> Vec<f64> {
    let filters: Vec<Coefficients> = bands.iter().map(|band| filter(band, sample_rate_hz)).collect();
    at_hz.iter().map(|at_hz| biquad::response_db(&filters, *at_hz, sample_rate_hz)).collect()
}

/// The filter of one band.
fn filter(band: &EqBand, sample_rate_hz: f64) -> Coefficients {
    match band.shape {
        EqShape::Peak => biquad::peak(band.center_hz, band.gain_db, band.q, sample_rate_hz),
        EqShape::LowShelf => biquad::low_shelf(band.center_hz, band.gain_db, band.q, sample_rate_hz),
        EqShape::HighShelf => biquad::high_shelf(band.center_hz, band.gain_db, band.q, sample_rate_hz),
    }
}

/// Gain of the K-weighting (BS.1770-5 annex 1: a shelf of +4 dB above 1.7 kHz and a high-pass at 38 Hz), near enough
/// for estimates.
pub(super) fn k_weight_db(at_hz: f64) -> f64 {
    let x = (at_hz / 38.135).powi(2);
    // |H|² of a second-order high-pass of Q 0.5, and of the Butterworth shelf.
    let high_pass = (x / (1.0 + x)).powi(2);
    let x = (at_hz / 1682.0).powi(4);
    let a = db_to_power(2.0);
    power_to_db(high_pass * (1.0 + a * x) / (1.0 + x / a))
}

/// How much the loudness of a spectrum of `(center_hz, level_db)` changes by so many decibels per band; an estimate to
/// start a search from.
pub(super) fn loudness_change_lu(spectrum: &[(f64, f64)], change_db: &[f64]) -> f64 {
    let (mut before, mut after) = (0.0, 0.0);
    for ((center_hz, level_db), change_db) in spectrum.iter().zip(change_db) {
        let power = db_to_power(level_db + k_weight_db(*center_hz));
        before += power;
        after += power * db_to_power(*change_db);
    }
    power_level_db(after / before).unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_search_believes_is_what_the_filters_do() {
        let at_hz: Vec<f64> =
            (0..31).map(|i| crate::units::shift_octaves(20.0, f64::from(i) / 3.1)).collect();
        assert!(at_hz.last().is_some_and(|last_hz| (16_000.0..17_000.0).contains(last_hz)));
        for shape in [EqShape::Peak, EqShape::LowShelf, EqShape::HighShelf] {
            for (center_hz, gain_db) in
                [(60.0, 4.0), (600.0, -4.0), (3000.0, 2.5), (10_000.0, -4.0), (10_000.0, 4.0)]
            {
                let band = EqBand { shape, center_hz, gain_db, q: 0.7 };
                let found = total_db(&[band.clone(), band.clone()], &at_hz, 44_100.0);
                for (found, expected) in found.iter().zip(prototype_db(&band, &at_hz)) {
                    assert!(
                        (found - 2.0 * expected).abs() < 0.2,
                        "{band:?}: {found} dB, not twice {expected}"
                    );
                }
            }
        }
    }

    #[test]
    fn the_weighting_is_the_one_of_the_standard() {
        // BS.1770-5 at 48 kHz (standards digest, section 1.1); ours needs to be near only.
        for (at_hz, expected_db) in [(25.0, -10.393), (100.0, -1.133), (1000.0, 0.698), (10_000.0, 4.042)] {
            let found = k_weight_db(at_hz);
            assert!((found - expected_db).abs() < 0.3, "{at_hz} Hz: {found} dB");
        }
    }
}
