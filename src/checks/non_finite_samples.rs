//! `FILE003`

use super::Context;
use super::registry::{Findings, check};
use crate::model::{Fix, Integrity, Severity};
use crate::units::Unit;

check! {
    /// ### What it measures
    /// Samples that are no numbers (NaN) or infinite in a floating-point file.
    ///
    /// ### Why it matters
    /// They come from a plug-in that crashed; players answer with full-scale noise or silence.
    ///
    /// ### What to do
    /// Find the plug-in (a filter at an extreme setting, often), reset it and export again.
    ///
    /// ### References
    /// IEEE 754. mixproof reads such samples as silence and counts them.
    "FILE003" "non-finite-samples" Fail since "0.1.0" => run
}

fn run(cx: &Context, found: &mut Findings) {
    let count = cx.analysis.source.non_finite_samples;
    if count == 0 && cx.analysis.integrity != Integrity::NonFinite {
        return;
    }
    let samples = if count == 1 { "sample is" } else { "samples are" };
    found
        .push(Severity::Fail, format!("{count} {samples} not a number or infinite"))
        .measured(count as f64, Unit::None)
        .expected("numbers only")
        .advice(
            Fix::Mix,
            "reset the plug-in that produced them, most often a filter or a reverb, and export again",
        );
}
