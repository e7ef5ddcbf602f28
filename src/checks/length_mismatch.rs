//! `FILE002`

use super::Context;
use super::registry::{Findings, check};
use crate::model::{Fix, Integrity, Severity};
use crate::units::Unit;

check! {
    /// ### What it measures
    /// Whether the decoded length differs from the declared one otherwise than by a cut.
    ///
    /// ### Why it matters
    /// Players show a wrong time, seek wrongly or stop early; streams written to a pipe carry no length.
    ///
    /// ### What to do
    /// Write the file again with a tool that completes the header.
    ///
    /// ### References
    /// Declared and decoded frames are compared every time.
    "FILE002" "length-mismatch" Warn since "0.1.0" => run
}

fn run(cx: &Context, found: &mut Findings) {
    if cx.analysis.integrity != Integrity::LengthMismatch {
        return;
    }
    let source = &cx.analysis.source;
    let declared =
        source.declared_frames.map_or(String::new(), |frames| format!(" where the header promises {frames}"));
    found
        .push(Severity::Warn, format!("{} frames were decoded{declared}", source.frames))
        .measured(source.frames as f64, Unit::None)
        .expected("as many frames as declared")
        .advice(Fix::Mix, "write the file again; its audio may be whole, its header is not");
}
