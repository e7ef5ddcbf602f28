//! `STER003`

use super::Context;
use super::registry::{Findings, check};
use crate::model::{Fix, Severity};

check! {
    /// ### What it measures
    /// Whether one of two channels is silent, or 60 dB below the other.
    ///
    /// ### Why it matters
    /// A dead side is a broken cable, a hard-panned bus or a failed export.
    ///
    /// ### What to do
    /// Export again; a mono source goes to the centre.
    ///
    /// ### References
    /// 60 dB is an engineering choice: crosstalk of a converter lies lower, panned music higher.
    "STER003" "one-sided-silence" Fail since "0.1.0" => run
}

/// From this difference on, the softer side counts as silent.
const SILENT_DB: f64 = 60.0;

fn run(cx: &Context, found: &mut Findings) {
    let [left, right] = cx.analysis.peaks.channels.as_slice() else { return };
    let (dead, alive) = match (left.sample_dbfs, right.sample_dbfs) {
        (None, None) => return,
        (None, Some(_)) => ("left", "right"),
        (Some(_), None) => ("right", "left"),
        (Some(l_dbfs), Some(r_dbfs)) if r_dbfs - l_dbfs >= SILENT_DB => ("left", "right"),
        (Some(l_dbfs), Some(r_dbfs)) if l_dbfs - r_dbfs >= SILENT_DB => ("right", "left"),
        _ => return,
    };
    found
        .push(Severity::Fail, format!("the {dead} channel is silent: all sound is on the {alive}"))
        .expected("sound on both sides")
        .advice(Fix::Mix, "export again; a mono source belongs into the centre");
}
