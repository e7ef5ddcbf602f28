//! `DEF002`

use super::Context;
use super::context::{moments, places};
use super::registry::{Findings, check};
use crate::model::{Fix, Severity};
use crate::units::{Unit, clock};

check! {
    /// ### What it measures
    /// Single clicks: samples that a short linear prediction does not explain.
    ///
    /// ### Why it matters
    /// A click is an edit without a fade, a digital error or a scratch; every listener hears it.
    ///
    /// ### What to do
    /// Listen at the named times; mend the edit with a short crossfade, or repair the sample.
    ///
    /// ### References
    /// Linear prediction residual with a matched filter (essentia, ClickDetector).
    "DEF002" "clicks" Warn since "0.1.0" => run
}

/// More than this a minute is rather the sound of the music than a row of faults.
const MUSICAL_PER_MINUTE: f64 = 30.0;

fn run(cx: &Context, found: &mut Findings) {
    let marks = &cx.analysis.defects.clicks;
    let Some(strongest) = marks.iter().max_by(|a, b| a.strength_db.total_cmp(&b.strength_db)) else { return };
    let minutes = (cx.analysis.source.duration_s / 60.0).max(1.0);
    let musical = marks.len() as f64 / minutes > MUSICAL_PER_MINUTE;
    let noun = if marks.len() == 1 { "click" } else { "clicks" };
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
                "listen at {}: repair a single click by interpolation, mend an edit by a crossfade of a few milliseconds",
                moments(marks.iter().map(|mark| mark.at_s))
            ),
        )
        .confidence(if musical { 0.3 } else { 0.6 });
}
