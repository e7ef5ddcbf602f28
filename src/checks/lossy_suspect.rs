//! `ORIG001`

use super::Context;
use super::registry::{Findings, check};
use crate::model::{Fix, Severity};
use crate::units::Unit;

check! {
    /// ### What it measures
    /// Whether a lossless file looks like decoded lossy audio.
    ///
    /// ### Why it matters
    /// What an encoder threw away does not come back, and a second encoder throws away more.
    ///
    /// ### What to do
    /// Ask for the file from before the encoding. Band-limited instruments and old recordings can look the
    /// same.
    ///
    /// ### References
    /// Frame grid of the coder, or a brick-wall edge of the spectrum at the cut-offs of encoders (standards digest, section 6). Never
    /// more than a suspicion.
    "ORIG001" "lossy-suspect" Warn since "0.1.0" => run
}

fn run(cx: &Context, found: &mut Findings) {
    if cx.analysis.origin.lossy_suspect != Some(true) || cx.is_lossy() {
        return;
    }
    let evidence = cx.analysis.origin.evidence.join("; ");
    let because =
        if evidence.is_empty() { String::new() } else { format!(": {}", evidence.trim_end_matches('.')) };
    let draft = found
        .push(Severity::Warn, format!("suspected to be decoded from a lossy file{because}"))
        .expected("audio that never was lossy")
        .advice(Fix::Mix, "ask for the file from before the lossy encoding, if there is one")
        .confidence(0.6);
    if let Some(bandwidth_hz) = cx.analysis.tone.bandwidth_hz {
        draft.measured(bandwidth_hz, Unit::Hz);
    }
}
