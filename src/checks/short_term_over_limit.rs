//! `LOUD006`

use super::Context;
use super::context::series_range;
use super::registry::{Findings, check};
use crate::model::{Fix, Severity, TimeRange};
use crate::units::Unit;

check! {
    /// ### What it measures
    /// The highest short-term loudness (3 s) of a master against the limit of a delivery that has one.
    ///
    /// ### Why it matters
    /// Short-form broadcast rules cap the loudest three seconds as well as the whole.
    ///
    /// ### What to do
    /// Lower the loudest passage, or the gain of the whole.
    ///
    /// ### References
    /// EBU R 128 s1 (short-form content: at most -18 LUFS short-term); EBU Tech 3341.
    "LOUD006" "short-term-over-limit" Fail since "0.1.0" => run
}

/// A loudness meter may be off by this much (EBU Tech 3341).
const METER_TOLERANCE_LU: f64 = 0.1;

fn run(cx: &Context, found: &mut Findings) {
    let (Some(highest_lufs), Some(limit_lufs)) =
        (cx.analysis.loudness.short_term_max_lufs, cx.delivery.short_term_max_lufs)
    else {
        return;
    };
    if !cx.is_master() || highest_lufs <= limit_lufs + METER_TOLERANCE_LU {
        return;
    }
    let series = &cx.analysis.loudness.short_term_lufs;
    let over = series
        .iter()
        .enumerate()
        .filter(|(_, value)| value.is_some_and(|lufs| f64::from(lufs) > limit_lufs + METER_TOLERANCE_LU));
    let places: Vec<TimeRange> = over.map(|(i, _)| series_range(i.saturating_sub(29), i + 1)).collect();
    found
        .push(
            Severity::Fail,
            format!(
                "short-term loudness reaches {highest_lufs:.1} LUFS, {:.1} LU over the limit",
                highest_lufs - limit_lufs
            ),
        )
        .measured(highest_lufs, Unit::Lufs)
        .expected(format!("at most {limit_lufs:.1} LUFS"))
        .at(places.first().copied())
        .advice(Fix::Master, format!("turn the loudest passage down by {:.1} dB", highest_lufs - limit_lufs));
}
