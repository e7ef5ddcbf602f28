//! `DEF004`

use super::Context;
use super::context::report_marks;
use super::registry::{Findings, check};

check! {
    /// ### What it measures
    /// Jumps of the waveform that its course does not explain.
    ///
    /// ### Why it matters
    /// A lost or doubled block, or two takes joined without a crossfade.
    ///
    /// ### What to do
    /// Listen at the named times; join with a crossfade of a few milliseconds, or export again.
    ///
    /// ### References
    /// Third-order linear prediction, 8 deviations (essentia, DiscontinuityDetector).
    "DEF004" "discontinuities" Warn since "0.1.0" => run
}

fn run(cx: &Context, found: &mut Findings) {
    report_marks(
        cx,
        found,
        &cx.analysis.defects.discontinuities,
        ["jump of the waveform", "jumps of the waveform"],
        "join takes by a crossfade of a few milliseconds, or export again",
    );
}
