//! `FILE010`

use super::Context;
use super::registry::{Findings, check};
use crate::model::{Fix, Severity};
use crate::units::Unit;

check! {
    /// ### What it measures
    /// Whether the sample rate lies below 44.1 kHz.
    ///
    /// ### Why it matters
    /// Nothing above half the rate is there; no release format is that low.
    ///
    /// ### What to do
    /// Find the recording at its original rate; converting up brings nothing back.
    ///
    /// ### References
    /// IEC 60908 (44.1 kHz).
    "FILE010" "low-sample-rate" Warn since "0.1.0" => run
}

/// Lowest rate of any release format.
const RELEASE_HZ: u32 = 44_100;

fn run(cx: &Context, found: &mut Findings) {
    let rate_hz = cx.analysis.source.sample_rate_hz;
    if rate_hz >= RELEASE_HZ {
        return;
    }
    found
        .push(
            Severity::Warn,
            format!("sample rate of {rate_hz} Hz: nothing above {} Hz can be there", rate_hz / 2),
        )
        .measured(f64::from(rate_hz), Unit::Hz)
        .expected(format!("at least {RELEASE_HZ} Hz"))
        .advice(Fix::Mix, "export at the rate of the session, 44.1 kHz or more");
}
