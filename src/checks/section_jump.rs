//! `LOUD005`

use super::Context;
use super::registry::{Findings, check};
use crate::model::{Fix, Severity, TimeRange};
use crate::units::{Unit, clock};

check! {
    /// ### What it measures
    /// The step in loudness between neighbouring sections of at least five seconds, against 8 LU or the
    /// widest usual loudness range of the profile, whichever is more. A rise out of the first section and a fall into the last one are left out.
    ///
    /// ### Why it matters
    /// A step of that size makes listeners reach for the volume; in a mix it is often an automation or a
    /// plug-in that failed.
    ///
    /// ### What to do
    /// Listen at the named times. Meant: leave it. Not meant: automate the sections towards each other, a
    /// few decibels are enough.
    ///
    /// ### References
    /// EBU Tech 3342 (loudness range); the lower limit is an engineering choice.
    "LOUD005" "section-jump" Warn since "0.1.0" => run
}

/// Step that is never worth a word.
const SMALLEST_STEP_LU: f64 = 8.0;
/// Shorter stretches are breaks and pick-ups, not sections.
const SHORTEST_SECTION_S: f64 = 5.0;
/// Share of the limit from which a step is worth a warning.
const FAR: f64 = 1.5;

/// More than this is no matter of automation: something is missing (engineering choice).
const MOST_RIDE_DB: f64 = 6.0;

fn run(cx: &Context, found: &mut Findings) {
    let usual_lu = cx.profile.spans.get("loudness.range_lu").map_or(0.0, |span| span.p90);
    let limit_lu = usual_lu.max(SMALLEST_STEP_LU);
    let long: Vec<(f64, f64)> = cx
        .analysis
        .sections
        .iter()
        .filter(|section| section.end_s - section.start_s >= SHORTEST_SECTION_S)
        .filter_map(|section| Some((section.start_s, section.loudness_lufs?)))
        .collect();
    // A rise out of the first section and a fall into the last one are how songs begin and end.
    let last = long.len().saturating_sub(2);
    let jumps: Vec<(f64, f64)> = long
        .windows(2)
        .enumerate()
        .map(|(index, pair)| (index, pair[1].0, pair[1].1 - pair[0].1))
        .filter(|(index, _, step_lu)| (*index != 0 || *step_lu <= 0.0) && (*index != last || *step_lu >= 0.0))
        .map(|(_, at_s, step_lu)| (at_s, step_lu))
        .filter(|(_, step_lu)| step_lu.abs() > limit_lu)
        .collect();
    let Some((at_s, step_lu)) = jumps.iter().copied().max_by(|a, b| a.1.abs().total_cmp(&b.1.abs())) else {
        return;
    };
    let direction = if step_lu > 0.0 { "up" } else { "down" };
    let closer_db = (step_lu.abs() - limit_lu).max(2.0);
    let mend = if closer_db <= MOST_RIDE_DB {
        format!("bring the two sections {closer_db:.0} dB closer by automation")
    } else {
        "look for a part that is muted or was not rendered, and export again".to_string()
    };
    let severity = if step_lu.abs() > FAR * limit_lu { Severity::Warn } else { Severity::Info };
    found
        .push(
            severity,
            format!("loudness steps {direction} by {:.1} LU at {}", step_lu.abs(), clock(at_s, false)),
        )
        .measured(step_lu, Unit::Lu)
        .expected(format!("steps of at most {limit_lu:.1} LU between sections"))
        .at(jumps.iter().map(|(at_s, _)| TimeRange { start_s: *at_s, end_s: *at_s }))
        .advice(
            Fix::Mix,
            format!("listen at {}: a break or a build that is meant stays; else {mend}", clock(at_s, false)),
        )
        .confidence(0.6);
}
