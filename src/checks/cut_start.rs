//! `DEF006`

use super::Context;
use super::registry::{Findings, check};
use crate::model::{Fix, TimeRange};

check! {
    /// ### What it measures
    /// Whether the file starts in the middle of a sound.
    ///
    /// ### Why it matters
    /// A first note without its attack sounds like a mistake, and players that fade in swallow it.
    ///
    /// ### What to do
    /// Export again from a little earlier, with a fade of a few milliseconds.
    ///
    /// ### References
    /// The first 10 ms already above -60 dB (essentia, StartStopCut). Tight trims start on the first attack
    /// too, so that it is no more than a word.
    "DEF006" "cut-start" Info since "0.1.0" => run
}

fn run(cx: &Context, found: &mut Findings) {
    if !cx.analysis.defects.cut_start {
        return;
    }
    found
        .info("the file starts in the middle of a sound")
        .expected("silence or a fade before the first sound")
        .at([TimeRange { start_s: 0.0, end_s: 0.01 }])
        .advice(Fix::Mix, "export from a little before the first sound; where the tight start is meant, give it a fade-in of 2 to 5 ms")
        .confidence(0.5);
}
