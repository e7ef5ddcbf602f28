//! `ORIG004`

use super::Context;
use super::registry::{Findings, check};
use crate::model::{Fix, Severity};

check! {
    /// ### What it measures
    /// Whether the file itself is lossy (mp3, AAC, Vorbis, Opus).
    ///
    /// ### Why it matters
    /// A lossy file is no basis for mastering and no delivery: every service encodes it again.
    ///
    /// ### What to do
    /// Export as WAV, AIFF or FLAC.
    ///
    /// ### References
    /// The codec that was decoded.
    "ORIG004" "lossy-source" Warn since "0.1.0" => run
}

fn run(cx: &Context, found: &mut Findings) {
    if !cx.is_lossy() {
        return;
    }
    found
        .push(Severity::Warn, format!("the file is lossy ({})", cx.analysis.source.codec))
        .expected("WAV, AIFF or FLAC")
        .advice(Fix::Mix, "export as WAV or FLAC at 24 bit; judge peaks and treble of this file with care");
}
