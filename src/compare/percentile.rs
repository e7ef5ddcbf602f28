//! Where a value stands among the tracks of a profile, from their tenth percentile, median and ninetieth.

use crate::model::Span;

/// 90th percentile of the standard normal distribution.
const Z90: f64 = 1.281_552;

/// Percentile of a value, by a normal distribution fitted to each side of the median (so that p10, p50 and p90 read
/// 10, 50 and 90), clamped to 0.1 … 99.9: further out the fit says nothing. `None` where the side has no spread.
pub(super) fn percentile(value: f64, span: Span) -> Option<f64> {
    let half_span = if value < span.p50 { span.p50 - span.p10 } else { span.p90 - span.p50 };
    let z = (half_span > 0.0).then(|| Z90 * (value - span.p50) / half_span)?;
    Some((100.0 * normal_share(z)).clamp(0.1, 99.9))
}

/// Share of a standard normal distribution below `z` (Abramowitz & Stegun 26.2.17, error below 7.5e-8).
fn normal_share(z: f64) -> f64 {
    const COEFFICIENTS: [f64; 5] = [0.319_381_530, -0.356_563_782, 1.781_477_937, -1.821_255_978, 1.330_274_429];
    let t = 1.0 / (1.0 + 0.231_641_9 * z.abs());
    let polynomial = COEFFICIENTS.iter().rev().fold(0.0, |sum, coefficient| (sum + coefficient) * t);
    let density = (-z * z / 2.0).exp() / std::f64::consts::TAU.sqrt();
    let above = density * polynomial;
    if z < 0.0 { above } else { 1.0 - above }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_points_read_as_they_are_called() {
        let span = Span { p10: -13.8, p50: -9.5, p90: -6.8 };
        for (value, expected) in [(-13.8, 10.0), (-9.5, 50.0), (-6.8, 90.0)] {
            let read = percentile(value, span).unwrap_or_default();
            assert!((read - expected).abs() < 1e-3, "{value}: {read}");
        }
    }

    #[test]
    fn it_rises_and_is_clamped() {
        let span = Span { p10: -2.0, p50: 0.0, p90: 1.0 };
        let read: Vec<f64> = (-100..=100).filter_map(|i| percentile(f64::from(i) / 20.0, span)).collect();
        assert!(read.windows(2).all(|pair| pair[0] <= pair[1]));
        assert_eq!(read.first(), Some(&0.1));
        assert_eq!(percentile(50.0, span), Some(99.9));
        assert_eq!(percentile(1.0, Span { p10: 1.0, p50: 1.0, p90: 1.0 }), None);
    }

    #[test]
    fn the_normal_distribution_has_its_tabled_values() {
        for (z, share) in [(0.0, 0.5), (1.0, 0.841_344_746), (1.959_964, 0.975), (-3.0, 0.001_349_898)] {
            assert!((normal_share(z) - share).abs() < 1e-7, "{z}");
        }
    }
}
