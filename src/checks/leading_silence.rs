//! `DEF008`

use super::Context;
use super::registry::{Findings, check};
use crate::model::{Fix, Severity, TimeRange};
use crate::units::Unit;

check! {
    /// ### What it measures
    /// The silence before the first sound: more than 2 s in a master, more than 30 s in a mix, or more than
    /// the delivery allows.
    ///
    /// ### Why it matters
    /// A song that does not start is skipped.
    ///
    /// ### What to do
    /// Trim to some tenths of a second before the first sound.
    ///
    /// ### References
    /// Samples below -80 dBFS; the limits are engineering choices unless the delivery has one.
    "DEF008" "leading-silence" Warn since "0.1.0" => run
}

/// Silence at this edge worth a word, where the delivery says nothing (engineering choice).
const LONG_S: f64 = 2.0;
/// In a mix, silence this long is a wrong export range.
const WRONG_RANGE_S: f64 = 30.0;

fn run(cx: &Context, found: &mut Findings) {
    let silence_s = cx.analysis.defects.leading_silence_s;
    let limit_s = if cx.is_mix() { WRONG_RANGE_S } else { cx.delivery.max_edge_silence_s.unwrap_or(LONG_S) };
    // A silent file has its own finding.
    if silence_s <= limit_s || cx.analysis.peaks.sample_dbfs.is_none() {
        return;
    }
    let demanded = cx.is_master() && cx.delivery.max_edge_silence_s.is_some();
    found
        .push(
            if demanded || silence_s > 5.0 * LONG_S { Severity::Warn } else { Severity::Info },
            format!("{silence_s:.1} s of silence before the first sound"),
        )
        .measured(silence_s, Unit::S)
        .expected(format!("at most {limit_s:.1} s"))
        .at([TimeRange { start_s: 0.0, end_s: silence_s }])
        .advice(
            if cx.is_mix() { Fix::Mix } else { Fix::Master },
            "trim to 0.1 to 0.5 s before the first sound",
        );
}
