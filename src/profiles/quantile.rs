//! Percentiles of counted and weighted values, and how spreads add up.

use crate::model::Span;

/// 90th percentile of the standard normal distribution: how many deviations a tenth percentile lies out.
pub(super) const Z90: f64 = 1.281_552;

/// The value below which `share` of the weight lies, interpolated between neighbours (values at the middle of
/// their weight). Values need not be sorted; `None` for no values.
pub(super) fn weighted_quantile(values: &[(f64, f64)], share: f64) -> Option<f64> {
    let mut sorted: Vec<(f64, f64)> = values.iter().copied().filter(|(value, _)| value.is_finite()).collect();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    let total: f64 = sorted.iter().map(|(_, weight)| weight).sum();
    let mut passed = 0.0;
    let mut last: Option<(f64, f64)> = None;
    for (value, weight) in &sorted {
        let position = (passed + weight / 2.0) / total;
        if position >= share {
            return Some(match last {
                Some((last_value, last_position)) => {
                    let part = (share - last_position) / (position - last_position);
                    last_value + part * (value - last_value)
                }
                None => *value,
            });
        }
        last = Some((*value, position));
        passed += weight;
    }
    last.map(|(value, _)| value)
}

/// Tenth percentile, median and ninetieth percentile of weighted values.
pub(super) fn weighted_span(values: &[(f64, f64)]) -> Option<Span> {
    Some(Span {
        p10: weighted_quantile(values, 0.1)?,
        p50: weighted_quantile(values, 0.5)?,
        p90: weighted_quantile(values, 0.9)?,
    })
}

/// As [`weighted_span`], every value counting once.
pub(super) fn span(values: impl IntoIterator<Item = f64>) -> Option<Span> {
    let values: Vec<(f64, f64)> = values.into_iter().map(|value| (value, 1.0)).collect();
    weighted_span(&values)
}

/// A span with an independent error (standard deviation) added in quadrature on both sides.
pub(super) fn widened(span: Span, deviation: f64) -> Span {
    let error = Z90 * deviation;
    Span {
        p10: span.p50 - (span.p50 - span.p10).hypot(error),
        p50: span.p50,
        p90: span.p50 + (span.p90 - span.p50).hypot(error),
    }
}

/// A span rounded to hundredths, which is finer than any of the data and keeps the documents readable.
pub(super) fn rounded(span: Span) -> Span {
    Span { p10: round2(span.p10), p50: round2(span.p50), p90: round2(span.p90) }
}

/// A value rounded to hundredths.
pub(super) fn round2(value: f64) -> f64 {
    let rounded = (value * 100.0).round() / 100.0;
    // No minus sign in front of nothing.
    if rounded == 0.0 { 0.0 } else { rounded }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_of_equal_weights_interpolate() {
        let values: Vec<(f64, f64)> = (1..=5).map(|value| (f64::from(value), 1.0)).collect();
        // Positions are 0.1, 0.3, 0.5, 0.7, 0.9.
        assert_eq!(weighted_quantile(&values, 0.1), Some(1.0));
        assert_eq!(weighted_quantile(&values, 0.5), Some(3.0));
        assert!((weighted_quantile(&values, 0.6).unwrap_or_default() - 3.5).abs() < 1e-12);
        assert_eq!(weighted_quantile(&values, 0.99), Some(5.0));
        assert_eq!(weighted_quantile(&[], 0.5), None);
    }

    #[test]
    fn a_weight_counts_like_so_many_tracks() {
        let weighted = [(1.0, 1.0), (2.0, 8.0), (9.0, 1.0)];
        let repeated: Vec<(f64, f64)> =
            [1.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 9.0].iter().map(|value| (*value, 1.0)).collect();
        assert_eq!(weighted_quantile(&weighted, 0.5), weighted_quantile(&repeated, 0.5));
    }

    #[test]
    fn errors_add_in_quadrature() {
        let span = widened(Span { p10: -3.0, p50: 0.0, p90: 4.0 }, 3.0 / Z90);
        assert!((span.p90 - 5.0).abs() < 1e-12 && (span.p10 + 18f64.sqrt()).abs() < 1e-12);
    }
}
