//! `DEF002`

use super::Context;
use super::context::report_marks;
use super::registry::{Findings, check};

check! {
    /// ### What it measures
    /// Single clicks: samples that a short linear prediction does not explain.
    ///
    /// ### Why it matters
    /// A click is an edit without a fade, a digital error or a scratch; every listener hears it.
    ///
    /// ### What to do
    /// Listen at the named times; mend the edit with a short crossfade, or repair the sample.
    ///
    /// ### References
    /// Linear prediction residual with a matched filter (essentia, ClickDetector).
    "DEF002" "clicks" Warn since "0.1.0" => run
}

fn run(cx: &Context, found: &mut Findings) {
    report_marks(
        cx,
        found,
        &cx.analysis.defects.clicks,
        ["click", "clicks"],
        "repair a single click by interpolation, mend an edit by a crossfade of a few milliseconds",
    );
}
