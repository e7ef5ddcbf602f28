//! `DEF003`

use super::Context;
use super::context::{moments, places};
use super::registry::{Findings, check};
use crate::model::{Fix, Severity};
use crate::units::{Unit, clock};

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

/// More than this a minute is rather the sound of the music than a row of faults.
const MUSICAL_PER_MINUTE: f64 = 30.0;

fn run(cx: &Context, found: &mut Findings) {
    let marks = &cx.analysis.defects.dropouts;
    let Some(strongest) = marks.iter().max_by(|a, b| a.strength_db.total_cmp(&b.strength_db)) else { return };
    let minutes = (cx.analysis.source.duration_s / 60.0).max(1.0);
    let musical = marks.len() as f64 / minutes > MUSICAL_PER_MINUTE;
    let noun = if marks.len() == 1 { "dropout" } else { "dropouts" };
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
                "listen at {}: where the sound breaks off unmeant, export again with a larger buffer",
                moments(marks.iter().map(|mark| mark.at_s))
            ),
        )
        .confidence(if musical { 0.3 } else { 0.6 });
}
