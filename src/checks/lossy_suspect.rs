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
    /// Ask for the file from before the encoding.
    ///
    /// ### References
    /// The coder's own frame grid: coefficients of MP3, AAC or Vorbis that are zero at one framing and at no other (Yang, Qu and Huang,
    /// ACM MM&Sec 2008; Herre and Schug, AES 109, 2000). A steep edge of the spectrum, which any low-pass leaves, is told as evidence
    /// beside a grid and is no suspicion by itself. Never more than a suspicion.
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
        .confidence(0.8);
    if let Some(bandwidth_hz) = cx.analysis.tone.bandwidth_hz {
        draft.measured(bandwidth_hz, Unit::Hz);
    }
}
