//! `TONE006`

use super::Context;
use super::registry::{Findings, check};
use crate::model::{Fix, SIBILANCE_LIMIT_DB};
use crate::units::Unit;

check! {
    /// ### What it measures
    /// How much the range from 5 to 8 kHz jumps out of its own median (p95 against p50 of frames of 46 ms, as
    /// long as an s), compared with that from 1 to 3.15 kHz, where the treble is already over the profile.
    ///
    /// ### Why it matters
    /// Sharp s sounds grow with every limiter and encoder and cannot be cut on vinyl.
    ///
    /// ### What to do
    /// De-ess the voice in the mix by 2 to 4 dB around 6 to 8 kHz; hi-hats look the same to this check, so
    /// listen first.
    ///
    /// ### References
    /// Detector band 5 to 10 kHz as de-essers use it; thresholds are engineering choices.
    "TONE006" "sibilant-peaks" Info since "0.1.0" => run
}

fn run(cx: &Context, found: &mut Findings) {
    let Some(jumpier_db) = cx.analysis.tone.sibilance_db else { return };
    let bright = cx.treble().is_some_and(|gap| gap.tolerances > 0.5);
    if !bright || jumpier_db <= SIBILANCE_LIMIT_DB {
        return;
    }
    found
        .info(format!("5 to 8 kHz jumps {jumpier_db:.1} dB more than the voice range, in a bright spectrum"))
        .measured(jumpier_db, Unit::Db)
        .expected(format!("at most {SIBILANCE_LIMIT_DB:.0} dB"))
        .advice(
            Fix::Mix,
            "listen for sharp s sounds; de-ess the voice by 2 to 4 dB around 6 to 8 kHz, or tame the hi-hat",
        )
        .confidence(0.4);
}
