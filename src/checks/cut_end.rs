//! `DEF007`

use super::Context;
use super::registry::{Findings, check};
use crate::model::{Fix, Severity, TimeRange};
use crate::units::clock;

check! {
    /// ### What it measures
    /// Whether the file ends in the middle of a sound.
    ///
    /// ### Why it matters
    /// A reverb that is chopped off is the most frequent fault of an export.
    ///
    /// ### What to do
    /// Export again with a longer tail; in mastering, a short fade hides the cut.
    ///
    /// ### References
    /// The last 10 ms still above -60 dB (essentia, StartStopCut).
    "DEF007" "cut-end" Warn since "0.1.0" => run
}

fn run(cx: &Context, found: &mut Findings) {
    // A fade that breaks off has a finding of its own.
    if !cx.analysis.defects.cut_end || cx.fade_ends_at_lufs().is_some() {
        return;
    }
    let end_s = cx.analysis.source.duration_s;
    found
        .push(Severity::Warn, format!("the file ends in the middle of a sound at {}", clock(end_s, true)))
        .expected("silence or a fade after the last sound")
        .at([TimeRange { start_s: (end_s - 0.01).max(0.0), end_s }])
        .advice(Fix::Mix, format!("export again with the tail beyond {}, or fade out its last tenths of a second; a loop or a segue into the next track stays", clock(end_s, true)))
        .confidence(0.6);
}
