//! Peak to short-term loudness ratio (AES e-brief 2017, Shepherd et al.).

use crate::model::{Loudness, Peaks};

/// Entries of the ten-per-second series in a short-term window.
const WINDOW: usize = 30;

/// Windows quieter than the integrated loudness by more than this do not count; the distance is that of the relative
/// gate of BS.1770-5.
const GATE_LU: f64 = -10.0;

/// Low percentile that is reported beside the minimum.
const LOW_PERCENTILE: f64 = 0.05;

/// Minimum and fifth percentile over all gated windows; `None` where there are none.
pub(super) fn psr(loudness: &Loudness, peaks: &Peaks) -> (Option<f64>, Option<f64>) {
    let Some(integrated_lufs) = loudness.integrated_lufs else { return (None, None) };
    let gate_lufs = integrated_lufs + GATE_LU;
    let windows = peaks.true_peak_dbtp_series.windows(WINDOW);
    let levels = loudness.short_term_lufs.get(WINDOW - 1..).unwrap_or_default();
    let mut ratios: Vec<f64> = windows
        .zip(levels)
        .filter_map(|(peaks_dbtp, level_lufs)| {
            let level_lufs = f64::from((*level_lufs)?);
            let peak_dbtp = peaks_dbtp.iter().flatten().copied().reduce(f32::max)?;
            (level_lufs > gate_lufs).then(|| f64::from(peak_dbtp) - level_lufs)
        })
        .collect();
    ratios.sort_by(f64::total_cmp);
    let low = (ratios.len().saturating_sub(1) as f64 * LOW_PERCENTILE).round() as usize;
    (ratios.first().copied(), ratios.get(low).copied())
}
