//! `DEF009`

use super::Context;
use super::context::EdgeSilence;
use super::registry::{Findings, check};

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
fn run(cx: &Context, found: &mut Findings) {
    let silence_s = cx.analysis.defects.trailing_silence_s;
    let advice = "trim to 1 to 2 s after the last reverb";
    EdgeSilence { silence_s, long_s: LONG_S, leading: false, advice }.report(cx, found);
}
