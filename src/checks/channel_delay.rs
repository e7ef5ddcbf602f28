//! `STER005`

use super::Context;
use super::registry::{Findings, check};
use crate::model::{Fix, Severity};
use crate::units::Unit;

check! {
    /// ### What it measures
    /// A steady delay of one channel against the other.
    ///
    /// ### Why it matters
    /// A fraction of a millisecond pulls the image to one side and combs the mono sum; it comes from
    /// one-sided plug-ins, misaligned transfers or a widener.
    ///
    /// ### What to do
    /// Shift the late channel back by the named time, unless a widener was meant.
    ///
    /// ### References
    /// Generalised cross-correlation (GCC-PHAT); the precedence effect moves the image from about 0.1 ms
    /// on.
    "STER005" "channel-delay" Warn since "0.1.0" => run
}

/// Moves the image from here on.
const AUDIBLE_S: f64 = 0.000_1;
/// Combs the mono sum well inside the music from here on (first notch at 1 kHz).
const COMBING_S: f64 = 0.000_5;

fn run(cx: &Context, found: &mut Findings) {
    let Some(delay_s) = cx.analysis.stereo.as_ref().and_then(|stereo| stereo.delay_s) else { return };
    if delay_s.abs() < AUDIBLE_S {
        return;
    }
    let late = if delay_s > 0.0 { "right" } else { "left" };
    let frames = (delay_s.abs() * f64::from(cx.analysis.source.sample_rate_hz)).round();
    let delay_ms = delay_s.abs() * 1000.0;
    found
        .push(
            if delay_s.abs() >= COMBING_S { Severity::Warn } else { Severity::Info },
            format!("the {late} channel is late by {delay_ms:.2} ms ({frames:.0} frames)"),
        )
        .measured(delay_ms, Unit::Ms)
        .expected("no steady delay")
        .advice(
            Fix::Mix,
            format!("shift the {late} channel back by {frames:.0} frames, unless a widener was meant"),
        )
        .confidence(0.6);
}
