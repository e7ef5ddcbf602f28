//! `DEF009`

use super::Context;
use super::registry::{Findings, check};
use crate::model::{Fix, Severity, TimeRange};
use crate::units::Unit;

check! {
    /// ### What it measures
    /// The silence after the last sound: more than 5 s in a master, more than 30 s in a mix, or more than
    /// the delivery allows.
    ///
    /// ### Why it matters
    /// Dead air between songs; distributors reject minutes of it as padding.
    ///
    /// ### What to do
    /// Trim to one or two seconds after the last reverb.
    ///
    /// ### References
    /// Samples below -80 dBFS; the limits are engineering choices unless the delivery has one.
    "DEF009" "trailing-silence" Warn since "0.1.0" => run
}

/// Silence at this edge worth a word, where the delivery says nothing (engineering choice).
const LONG_S: f64 = 5.0;
/// In a mix, silence this long is a wrong export range.
const WRONG_RANGE_S: f64 = 30.0;

fn run(cx: &Context, found: &mut Findings) {
    let silence_s = cx.analysis.defects.trailing_silence_s;
    let limit_s = if cx.is_mix() { WRONG_RANGE_S } else { cx.delivery.max_edge_silence_s.unwrap_or(LONG_S) };
    // A silent file has its own finding.
    if silence_s <= limit_s || cx.analysis.peaks.sample_dbfs.is_none() {
        return;
    }
    let demanded = cx.is_master() && cx.delivery.max_edge_silence_s.is_some();
    found
        .push(
            if demanded || silence_s > 5.0 * LONG_S { Severity::Warn } else { Severity::Info },
            format!("{silence_s:.1} s of silence after the last sound"),
        )
        .measured(silence_s, Unit::S)
        .expected(format!("at most {limit_s:.1} s"))
        .at([TimeRange {
            start_s: (cx.analysis.source.duration_s - silence_s).max(0.0),
            end_s: cx.analysis.source.duration_s,
        }])
        .advice(if cx.is_mix() { Fix::Mix } else { Fix::Master }, "trim to 1 to 2 s after the last reverb");
}
