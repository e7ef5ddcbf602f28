//! `ORIG002`

use super::Context;
use super::registry::{Findings, check};
use crate::model::{Fix, Severity};

check! {
    /// ### What it measures
    /// Whether a file of a high sample rate has nothing above the range of a lower rate.
    ///
    /// ### Why it matters
    /// It takes twice the room and sounds no better; some services check for it.
    ///
    /// ### What to do
    /// Deliver at the original rate, or ask for the recording at the high rate.
    ///
    /// ### References
    /// Absolute frequencies, never ratios to Nyquist, which accuse half of all recordings (audiocheckr).
    /// Never more than a suspicion.
    "ORIG002" "upsampled-suspect" Warn since "0.1.0" => run
}

fn run(cx: &Context, found: &mut Findings) {
    if cx.analysis.origin.upsampled_suspect != Some(true) {
        return;
    }
    let rate = f64::from(cx.analysis.source.sample_rate_hz) / 1000.0;
    let reach = cx
        .analysis
        .tone
        .bandwidth_hz
        .map_or(String::new(), |bandwidth_hz| format!(": the spectrum ends at {bandwidth_hz:.0} Hz"));
    found
        .push(
            if cx.is_master() { Severity::Warn } else { Severity::Info },
            format!("suspected to be upsampled to {rate:.1} kHz{reach}"),
        )
        .expected("content that needs the sample rate")
        .advice(Fix::Mix, "deliver at the rate it was recorded at; nothing is gained by a higher one")
        .confidence(0.6);
}
