//! `DEF004`

use super::Context;
use super::context::{moments, places};
use super::registry::{Findings, check};
use crate::model::{Fix, Severity};
use crate::units::{Unit, clock};

check! {
    /// ### What it measures
    /// Jumps of the waveform that its course does not explain.
    ///
    /// ### Why it matters
    /// A lost or doubled block, or two takes joined without a crossfade.
    ///
    /// ### What to do
    /// Listen at the named times; join with a crossfade of a few milliseconds, or export again.
    ///
    /// ### References
    /// Third-order linear prediction, 8 deviations (essentia, DiscontinuityDetector).
    "DEF004" "discontinuities" Warn since "0.1.0" => run
}

/// More than this a minute is rather the sound of the music than a row of faults.
const MUSICAL_PER_MINUTE: f64 = 30.0;

fn run(cx: &Context, found: &mut Findings) {
    let marks = &cx.analysis.defects.discontinuities;
    let Some(strongest) = marks.iter().max_by(|a, b| a.strength_db.total_cmp(&b.strength_db)) else { return };
    let minutes = (cx.analysis.source.duration_s / 60.0).max(1.0);
    let musical = marks.len() as f64 / minutes > MUSICAL_PER_MINUTE;
    let noun = if marks.len() == 1 { "jump of the waveform" } else { "jumps of the waveform" };
    let doubt = if musical { ", so many that it may be the sound of the music" } else { "" };
    found
        .push(
            if musical { Severity::Info } else { Severity::Warn },
            format!("{} {noun}, the strongest at {}{doubt}", marks.len(), clock(strongest.at_s, true)),
        )
        .measured(marks.len() as f64, Unit::None)
        .expected("none")
        .at(places(marks))
        .advice(
            Fix::Mix,
            format!(
                "listen at {}: join takes by a crossfade of a few milliseconds, or export again",
                moments(marks.iter().map(|mark| mark.at_s))
            ),
        )
        .confidence(if musical { 0.3 } else { 0.6 });
}
