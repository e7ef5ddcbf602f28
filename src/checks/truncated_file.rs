//! `FILE001`

use super::Context;
use super::registry::{Findings, check};
use crate::model::{Fix, Integrity, Severity, TimeRange};
use crate::units::{Unit, clock};

check! {
    /// ### What it measures
    /// Whether the file holds all the audio that its header promises.
    ///
    /// ### Why it matters
    /// A broken upload or a full disk; the end of the song is missing.
    ///
    /// ### What to do
    /// Transfer or export the file again.
    ///
    /// ### References
    /// Declared and decoded frames are compared every time.
    "FILE001" "truncated-file" Fail since "0.1.0" => run
}

fn run(cx: &Context, found: &mut Findings) {
    if cx.analysis.integrity != Integrity::Truncated {
        return;
    }
    let source = &cx.analysis.source;
    let seconds = |frames: u64| frames as f64 / f64::from(source.sample_rate_hz.max(1));
    let message = match source.declared_frames {
        Some(declared) => format!(
            "the file ends early: {} of {} are there",
            clock(seconds(source.frames), true),
            clock(seconds(declared), true)
        ),
        None => "the file ends early".to_string(),
    };
    found
        .push(Severity::Fail, message)
        .measured(seconds(source.frames), Unit::S)
        .expected("all declared audio")
        .at([TimeRange { start_s: source.duration_s, end_s: source.duration_s }])
        .advice(Fix::Mix, "transfer or export the file again");
}
