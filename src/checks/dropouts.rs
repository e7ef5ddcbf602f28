//! `DEF003`

use super::Context;
use super::context::report_marks;
use super::registry::{Findings, check};

check! {
    /// ### What it measures
    /// Short gaps in running sound.
    ///
    /// ### Why it matters
    /// Lost buffers and damaged media leave holes of some milliseconds.
    ///
    /// ### What to do
    /// Listen at the named times and export again; if the hole is in the source, transfer it again.
    ///
    /// ### References
    /// Gaps below -50 dB between sound above -30 dB (essentia, GapsDetector); runs of digital zero from 1
    /// ms.
    "DEF003" "dropouts" Warn since "0.1.0" => run
}

fn run(cx: &Context, found: &mut Findings) {
    report_marks(
        cx,
        found,
        &cx.analysis.defects.dropouts,
        ["dropout", "dropouts"],
        "where the sound breaks off unmeant, export again with a larger buffer",
    );
}
