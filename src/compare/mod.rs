//! An [`Analysis`] against a [`Profile`]: every measure with its span, distance and percentile; and two revisions of
//! one song against each other ([`align`], [`changes`]).
//!
//! Single measures are compared as they are. Third-octave spectra are smoothed 1-2-1 over neighbours, so that the
//! key of a song does not show, and then aligned in level with the profile, so that a heavy bass does not read as
//! missing treble. The nine K-weighted bands stand relative to integrated loudness on both sides and need neither.

mod align;
mod contour;
mod edits;
mod percentile;
mod revisions;
mod words;

pub use align::{Alignment, align};
pub use contour::{Contour, ContourMeter};
pub use revisions::{Revision, changes, measure_changes, new_findings};

use crate::model::{
    Analysis, Deviation, Expected, Profile, ProfileBand, Span, WidthBand, side_to_mid_between_db,
};
use crate::units::Unit;

/// Every measure that both sides have: single measures by path, then bands from low to high.
///
/// `expected` is the profile's p10, p50 and p90, never narrower than the smallest tolerance that a measure is worth;
/// `tolerances` is the signed distance from the middle in half-spans of that side, so ±1 is the edge of the span;
/// `percentile` is where the value stands among the profile's tracks (a normal distribution fitted to each side of
/// the median; clamped to 0.1 … 99.9), `None` for a profile of fewer than ten tracks.
pub fn compare(analysis: &Analysis, profile: &Profile) -> Vec<Deviation> {
    let mut deviations: Vec<Deviation> = profile
        .spans
        .iter()
        .filter_map(|(path, span)| Some(deviation(path.clone(), analysis.scalar(path)?, *span)))
        .collect();
    third_octaves(analysis, profile, &mut deviations);
    k_bands(analysis, profile, &mut deviations);
    width(analysis, profile, &mut deviations);
    crest(analysis, profile, &mut deviations);
    if !profile.has_spread() {
        deviations.iter_mut().for_each(|deviation| deviation.percentile = None);
    }
    deviations
}

/// One measure against its span.
fn deviation(measure: String, measured: f64, span: Span) -> Deviation {
    let least = smallest_tolerance(&measure);
    let expected =
        Expected { low: span.p10.min(span.p50 - least), mid: span.p50, high: span.p90.max(span.p50 + least) };
    let distance = measured - expected.mid;
    let half_span = if distance < 0.0 { expected.mid - expected.low } else { expected.high - expected.mid };
    Deviation {
        tolerances: distance / half_span,
        percentile: percentile::percentile(measured, span),
        measure,
        measured,
        expected,
    }
}

/// The half-span below which a difference is not worth a word, whatever the spread of a profile (engineering
/// choice, near what is heard: 1 dB in a third of an octave, 1 LU, 0.05 of correlation).
fn smallest_tolerance(measure: &str) -> f64 {
    match Unit::of_path(measure) {
        Unit::DbPerOct => 0.3,
        Unit::None => 0.05,
        _ => 1.0,
    }
}

/// Third octaves, smoothed and aligned.
fn third_octaves(analysis: &Analysis, profile: &Profile, deviations: &mut Vec<Deviation>) {
    let smoothed = analysis.tone.smoothed_bands();
    let pairs: Vec<(&ProfileBand, f64)> = profile
        .tone
        .bands
        .iter()
        .filter_map(|band| {
            let (_, level_db) = smoothed.iter().find(|(center_hz, _)| *center_hz == band.center_hz)?;
            Some((band, *level_db))
        })
        .collect();
    let offset_db = alignment_db(&pairs);
    for (band, level_db) in pairs {
        let span = Span { p10: band.p10_db, p50: band.level_db, p90: band.p90_db };
        let measure = format!("tone.bands[{}].level_db", band.center_hz);
        deviations.push(deviation(measure, level_db + offset_db, span));
    }
}

/// The gain that puts a spectrum on a profile: the weighted median of the differences, each band weighing as much
/// as the profile is narrow there (one over its half-span squared). A median, so that one region far off (a
/// heavy bass, a dull top) does not move the others.
fn alignment_db(pairs: &[(&ProfileBand, f64)]) -> f64 {
    let mut differences: Vec<(f64, f64)> = pairs
        .iter()
        .map(|(band, level_db)| {
            let half_db = ((band.p90_db - band.p10_db) / 2.0).max(1.0);
            (band.level_db - level_db, 1.0 / (half_db * half_db))
        })
        .collect();
    differences.sort_by(|a, b| a.0.total_cmp(&b.0));
    let half: f64 = differences.iter().map(|(_, weight)| weight).sum::<f64>() / 2.0;
    let mut passed = 0.0;
    for (difference_db, weight) in differences {
        passed += weight;
        if passed >= half {
            return difference_db;
        }
    }
    0.0
}

/// The nine K-weighted bands: level, range and width.
fn k_bands(analysis: &Analysis, profile: &Profile, deviations: &mut Vec<Deviation>) {
    for band in &profile.tone.k_bands {
        let Some(measured) = analysis
            .tone
            .k_bands
            .iter()
            .find(|other| same_edges((band.low_hz, band.high_hz), (other.low_hz, other.high_hz)))
        else {
            continue;
        };
        for (field, value, span) in [
            ("level_db", measured.level_db, Some(band.level_db)),
            ("range_db", measured.range_db, band.range_db),
            ("side_to_mid_db", measured.side_to_mid_db, band.side_to_mid_db),
        ] {
            if let (Some(value), Some(span)) = (value, span) {
                let path = format!("tone.k_bands[{:.0}-{:.0}].{field}", band.low_hz, band.high_hz);
                deviations.push(deviation(path, value, span));
            }
        }
    }
}

/// Stereo width over the third octaves, where it is not already compared like with like in a K-weighted band.
fn width(analysis: &Analysis, profile: &Profile, deviations: &mut Vec<Deviation>) {
    let Some(stereo) = &analysis.stereo else { return };
    let in_k_bands = |band: &WidthBand| {
        profile.tone.k_bands.iter().any(|other| {
            other.side_to_mid_db.is_some()
                && same_edges((band.low_hz, band.high_hz), (other.low_hz, other.high_hz))
        })
    };
    for band in profile.width.iter().filter(|band| !in_k_bands(band)) {
        if let Some(measured) = side_to_mid_between_db(&stereo.bands, band.low_hz, band.high_hz) {
            let path = format!("stereo.bands[{:.0}-{:.0}].side_to_mid_db", band.low_hz, band.high_hz);
            deviations.push(deviation(path, measured, band.side_to_mid_db));
        }
    }
}

/// Crest per octave band.
fn crest(analysis: &Analysis, profile: &Profile, deviations: &mut Vec<Deviation>) {
    for band in &profile.crest {
        let measured =
            analysis.dynamics.bands.iter().find(|other| (other.center_hz - band.center_hz).abs() < 0.5);
        if let Some(crest_db) = measured.and_then(|other| other.crest_db) {
            let path = format!("dynamics.bands[{}].crest_db", band.center_hz);
            deviations.push(deviation(path, crest_db, band.crest_db));
        }
    }
}

/// Whether two bands have the same edges, to a hertz.
fn same_edges(a: (f64, f64), b: (f64, f64)) -> bool {
    (a.0 - b.0).abs() < 1.0 && (a.1 - b.1).abs() < 1.0
}
