//! `PEAK005`

use super::Context;
use super::registry::{Findings, check};
use crate::model::{Fix, Severity};
use crate::units::Unit;

check! {
    /// ### What it measures
    /// Whether samples of a floating-point or lossy file lie above 0 dBFS.
    ///
    /// ### Why it matters
    /// Floating point holds them; every fixed-point file, converter and most players cut them off.
    ///
    /// ### What to do
    /// Lower the level by the named amount before it becomes fixed point.
    ///
    /// ### References
    /// IEEE 754 against integer PCM; EBU R 128 (true peak at most -1 dBTP).
    "PEAK005" "samples-over-full-scale" Warn since "0.1.0" => run
}

fn run(cx: &Context, found: &mut Findings) {
    let Some(peak_dbfs) = cx.analysis.peaks.sample_dbfs else { return };
    if peak_dbfs <= 0.01 {
        return;
    }
    let severity = if cx.is_master() && !cx.is_lossy() { Severity::Warn } else { Severity::Info };
    found
        .push(
            severity,
            format!("samples reach {peak_dbfs:+.1} dBFS: they clip as soon as the file becomes fixed point"),
        )
        .measured(peak_dbfs, Unit::Dbfs)
        .expected("at most 0 dBFS")
        .advice(
            if cx.is_mix() { Fix::Mix } else { Fix::Master },
            format!("turn the whole file down by {:.1} dB before it is written in fixed point: in floating point nothing is lost yet", peak_dbfs + 1.0),
        );
}
