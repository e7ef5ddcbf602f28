//! `PEAK001`

use super::Context;
use super::registry::{Findings, check};
use crate::model::{Fix, Severity, TimeRange};
use crate::units::{Quantity, Unit};

check! {
    /// ### What it measures
    /// The highest true peak of any channel of a master against the ceiling of the delivery. Decoded lossy
    /// audio overshoots by itself and gets a warning at most.
    ///
    /// ### Why it matters
    /// Peaks between samples clip in converters and in lossy encoders.
    ///
    /// ### What to do
    /// Lower the limiter's ceiling, or the gain in front of it.
    ///
    /// ### References
    /// ITU-R BS.1770-5, annex 2; EBU R 128; AES77-2023; the delivery's own source.
    "PEAK001" "true-peak-over-ceiling" Fail since "0.1.0" => run
}

/// Rounding and dither of the written file move its peaks by less than this.
const ROUNDING_DB: f64 = 0.05;

fn run(cx: &Context, found: &mut Findings) {
    let Some(true_peak_dbtp) = cx.analysis.peaks.true_peak_dbtp else { return };
    let ceiling_dbtp = cx.delivery.ceiling_dbtp;
    let over_db = true_peak_dbtp - ceiling_dbtp;
    if !cx.is_master() || over_db <= ROUNDING_DB {
        return;
    }
    let (severity, advice) = if cx.is_lossy() {
        // The ceiling is for the file that is delivered. A lossy one is somebody's copy of it: only what passes full
        // scale, and so clips in most players, is worth a warning.
        (
            if true_peak_dbtp > 0.0 { Severity::Warn } else { Severity::Info },
            format!(
                "check the lossless master against {ceiling_dbtp:.1} dBTP: this file is lossy, and its decoding raises peaks by itself"
            ),
        )
    } else {
        (
            Severity::Fail,
            format!(
                "lower the ceiling of the limiter, or the level of the file, by {over_db:.1} dB to {ceiling_dbtp:.1} dBTP"
            ),
        )
    };
    let places = cx.analysis.peaks.channels.iter().filter(|channel| {
        channel.true_peak_dbtp.is_some_and(|peak_dbtp| peak_dbtp > ceiling_dbtp + ROUNDING_DB)
    });
    found
        .push(
            severity,
            format!(
                "true peak of {} is {over_db:.1} dB over the ceiling of {ceiling_dbtp:.1} dBTP",
                Quantity::new(true_peak_dbtp, Unit::Dbtp)
            ),
        )
        .measured(true_peak_dbtp, Unit::Dbtp)
        .expected(format!("at most {ceiling_dbtp:.1} dBTP"))
        .at(places
            .filter_map(|channel| channel.true_peak_at_s)
            .map(|at_s| TimeRange { start_s: at_s, end_s: at_s }))
        .advice(Fix::Master, advice);
}
