//! `PEAK006`

use super::Context;
use super::registry::{Findings, check};
use crate::model::Fix;
use crate::units::Unit;

check! {
    /// ### What it measures
    /// Whether a master that is quieter than its target has peaks far below the ceiling.
    ///
    /// ### Why it matters
    /// Gain alone, without any limiting, would bring it nearer to its target.
    ///
    /// ### What to do
    /// Raise the gain by the named amount.
    ///
    /// ### References
    /// The delivery's target and ceiling.
    "PEAK006" "unused-headroom" Info since "0.1.0" => run
}

/// Room under the ceiling worth a word.
const UNUSED_DB: f64 = 1.0;

fn run(cx: &Context, found: &mut Findings) {
    let (Some(true_peak_dbtp), Some(integrated_lufs), Some(target_lufs)) =
        (cx.analysis.peaks.true_peak_dbtp, cx.analysis.loudness.integrated_lufs, cx.delivery.integrated_lufs)
    else {
        return;
    };
    let free_db = cx.delivery.ceiling_dbtp - true_peak_dbtp;
    let short_lu = target_lufs - integrated_lufs;
    if !cx.is_master() || free_db <= UNUSED_DB || short_lu <= cx.delivery.tolerance_lu {
        return;
    }
    let gain_db = free_db.min(short_lu);
    found
        .info(format!("{free_db:.1} dB under the ceiling are unused while the master is {short_lu:.1} LU under its target"))
        .measured(true_peak_dbtp, Unit::Dbtp)
        .expected(format!("near {:.1} dBTP", cx.delivery.ceiling_dbtp))
        .advice(Fix::Master, format!("raise the gain of the whole file by {gain_db:.1} dB; no limiting is needed for that"));
}
