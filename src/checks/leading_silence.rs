//! `DEF008`

use super::Context;
use super::context::EdgeSilence;
use super::registry::{Findings, check};

check! {
    /// ### What it measures
    /// The silence before the first sound: more than 2 s in a master, more than 30 s in a mix, or more than
    /// the delivery allows.
    ///
    /// ### Why it matters
    /// A song that does not start is skipped.
    ///
    /// ### What to do
    /// Trim to some tenths of a second before the first sound; one of a set of stems stays as it is, or it
    /// would be early against the others.
    ///
    /// ### References
    /// Samples below -80 dBFS; the limits are engineering choices unless the delivery has one.
    "DEF008" "leading-silence" Warn since "0.1.0" => run
}

/// Silence at this edge worth a word, where the delivery says nothing (engineering choice).
const LONG_S: f64 = 2.0;
fn run(cx: &Context, found: &mut Findings) {
    let silence_s = cx.analysis.defects.leading_silence_s;
    let advice = "trim to 0.1 to 0.5 s before the first sound";
    EdgeSilence { silence_s, long_s: LONG_S, leading: true, advice }.report(cx, found);
}
