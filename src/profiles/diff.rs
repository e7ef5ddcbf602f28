//! What separates two profiles, measure by measure.

use crate::model::{Profile, Span};
use std::collections::BTreeMap;

/// One measure that two profiles both have.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// Path of the measure, as in `analysis/1`.
    pub measure: String,
    /// Span of the first profile.
    pub a: Span,
    /// Span of the second.
    pub b: Span,
}

impl Difference {
    /// Median of the second minus median of the first, in the unit of the measure.
    pub fn median_shift(&self) -> f64 {
        self.b.p50 - self.a.p50
    }

    /// Whether the median of each profile lies outside the span of the other: two kinds of music, in this measure.
    pub fn is_apart(&self) -> bool {
        let outside = |value: f64, span: &Span| value < span.p10 || value > span.p90;
        outside(self.b.p50, &self.a) && outside(self.a.p50, &self.b)
    }
}

/// Every measure that both profiles have, single values first, then bands from low to high.
pub fn diff(a: &Profile, b: &Profile) -> Vec<Difference> {
    let other: BTreeMap<String, Span> = named_spans(b).into_iter().collect();
    named_spans(a)
        .into_iter()
        .filter_map(|(measure, span)| {
            let b = *other.get(&measure)?;
            Some(Difference { measure, a: span, b })
        })
        .collect()
}

/// All spans of a profile with the paths of their measures.
fn named_spans(profile: &Profile) -> Vec<(String, Span)> {
    let mut spans: Vec<(String, Span)> =
        profile.spans.iter().map(|(path, span)| (path.clone(), *span)).collect();
    for band in &profile.tone.bands {
        let span = Span { p10: band.p10_db, p50: band.level_db, p90: band.p90_db };
        spans.push((format!("tone.bands[{}].level_db", band.center_hz), span));
    }
    for band in &profile.tone.k_bands {
        let edges = format!("tone.k_bands[{:.0}-{:.0}]", band.low_hz, band.high_hz);
        spans.push((format!("{edges}.level_db"), band.level_db));
        spans.extend(band.range_db.map(|span| (format!("{edges}.range_db"), span)));
        spans.extend(band.side_to_mid_db.map(|span| (format!("{edges}.side_to_mid_db"), span)));
    }
    for band in &profile.width {
        let edges = format!("stereo.bands[{:.0}-{:.0}].side_to_mid_db", band.low_hz, band.high_hz);
        spans.push((edges, band.side_to_mid_db));
    }
    for band in &profile.crest {
        spans.push((format!("dynamics.bands[{}].crest_db", band.center_hz), band.crest_db));
    }
    spans
}
