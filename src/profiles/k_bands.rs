//! The nine K-weighted bands of the large data sets, and the K-weighting curve.

use std::f64::consts::TAU;

/// Edges of the nine bands (github ai-mastering/phaselimiter and bakuage_dataset1).
pub(super) const EDGES_HZ: [f64; 10] =
    [0.0, 148.2, 392.4, 794.7, 1457.6, 2549.7, 4349.2, 7314.2, 12199.3, 22050.0];

/// How many bands.
pub(super) const COUNT: usize = EDGES_HZ.len() - 1;

/// How the columns of the tables name the bands.
pub(super) const COLUMN_NAMES: [&str; COUNT] = [
    "0-148",
    "148-392",
    "392-795",
    "795-1458",
    "1458-2550",
    "2550-4349",
    "4349-7314",
    "7314-12199",
    "12199-22050",
];

/// Power response of a biquad (b0, b1, b2, 1, a1, a2) at an angular frequency per sample.
fn power_response(b: [f64; 3], a: [f64; 2], omega: f64) -> f64 {
    let part = |c: [f64; 3]| {
        let re = c[0] + c[1] * omega.cos() + c[2] * (2.0 * omega).cos();
        let im = c[1] * omega.sin() + c[2] * (2.0 * omega).sin();
        re * re + im * im
    };
    part(b) / part([1.0, a[0], a[1]])
}

/// Power gain of K-weighting: the two filters of BS.1770-5 annex 1 at 48 kHz.
pub(super) fn k_weighting_power(frequency_hz: f64) -> f64 {
    let omega = TAU * frequency_hz / 48_000.0;
    let shelf = power_response(
        [1.535_124_859_586_97, -2.691_696_189_406_38, 1.198_392_810_852_85],
        [-1.690_659_293_182_41, 0.732_480_774_215_85],
        omega,
    );
    let high_pass =
        power_response([1.0, -2.0, 1.0], [-1.990_047_454_833_98, 0.990_072_250_366_21], omega);
    shelf * high_pass
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::power_to_db;

    #[test]
    fn k_weighting_has_the_gains_of_the_standard() {
        for (frequency_hz, gain_db) in
            [(25.0, -10.393), (50.0, -3.934), (100.0, -1.133), (997.0, 0.691), (2000.0, 3.071), (10_000.0, 4.042)]
        {
            let measured_db = power_to_db(k_weighting_power(frequency_hz));
            assert!((measured_db - gain_db).abs() < 0.002, "{frequency_hz} Hz: {measured_db}");
        }
    }
}
