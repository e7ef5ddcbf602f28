//! `STER002`

use super::Context;
use super::registry::{Findings, check};
use crate::model::{Fix, Severity};

check! {
    /// ### What it measures
    /// Whether both channels of a stereo file carry the same signal.
    ///
    /// ### Why it matters
    /// In a mix it is nearly always an export in mono by mistake; as a delivery it doubles the size of a
    /// mono file.
    ///
    /// ### What to do
    /// Export again in stereo. If the song is mono on purpose, say so to whoever receives it.
    ///
    /// ### References
    /// Correlation above 0.9995 (essentia, FalseStereoDetector).
    "STER002" "false-stereo" Warn since "0.1.0" => run
}

fn run(cx: &Context, found: &mut Findings) {
    if !cx.analysis.stereo.as_ref().is_some_and(|stereo| stereo.dual_mono) {
        return;
    }
    found
        .push(
            if cx.is_mix() { Severity::Warn } else { Severity::Info },
            "both channels carry the same signal: the file is mono",
        )
        .expected("two different channels")
        .advice(Fix::Mix, "export again in stereo, unless the song is mono on purpose");
}
