//! What mastering proposes or did: the moves in their order, what was missed, and what it cannot mend.

use super::Page;
use super::first::list;
use crate::model::{Applicability, Finding, Meter, Move, Plan, Unresolved};
use crate::report::measures::{figure, figure_or_dash, name_of};
use crate::report::moves::{condition, confidence, cost, name, settings, stage};
use crate::report::verdict::sentence;
use crate::report::{Song, plain};
use crate::units::Unit;
use maud::{Markup, html};

/// What kind of report this is.
pub(super) fn kind(song: &Song) -> &'static str {
    match (song.render, song.plan, song.check.stage) {
        (Some(_), ..) => "Mastering report",
        (None, Some(_), _) => "Mastering proposal",
        (None, None, crate::model::Stage::Mix) => "Mix check",
        (None, None, crate::model::Stage::Master) => "Master check",
    }
}

/// Heading of the section.
pub(super) fn heading(song: &Song) -> &'static str {
    if song.render.is_some() { "What mastering did" } else { "What mastering proposes" }
}

/// The section; `None` where nothing is proposed because nobody asked.
pub(super) fn moves(song: &Song) -> Option<Markup> {
    let plan = song.plan()?;
    let (new, old): (Vec<&Finding>, Vec<&Finding>) =
        song.findings_after().into_iter().partition(|finding| song.is_new(finding));
    Some(html! {
        @if song.leaves_alone() {
            p.calm { "Already fits: nothing to do. " (song.delivery_title()) " can have it as it is." }
        }
        @if !plan.moves.is_empty() {
            p.intro { (intro(song)) }
            ol.moves { @for a_move in &plan.moves { (item(a_move, song.meters(), song.render.is_some())) } }
        }
        @if let Some(words) = song.render.and_then(|render| render.audibility.as_ref()).and_then(cost) {
            p.heard { (words) }
        }
        (missed(song))
        @if !new.is_empty() {
            h3.sub { "New on the written file" }
            (list(&new))
        }
        @if !song.unmended().is_empty() {
            h3.sub { "What mastering cannot mend" }
            ul.plain { @for remaining in song.unmended() { (unresolved(remaining)) } }
        }
        @if !old.is_empty() {
            details.fold.spaced {
                summary { "Still found on the written file (" (old.len()) ")" }
                (list(&old))
            }
        }
    })
}

fn intro(song: &Song) -> String {
    let ceiling = figure(song.ceiling_dbtp(), Unit::Dbtp);
    let goal = match song.target_lufs() {
        Some(target) => format!("{} with peaks at most {ceiling}", figure(target, Unit::Lufs)),
        None => format!("peaks at most {ceiling}"),
    };
    let all_applied = song
        .plan()
        .is_none_or(|plan| plan.moves.iter().all(|step| step.applicability == Applicability::Automatic));
    let done = match (song.render.is_some(), all_applied) {
        (false, _) => "Proposed in this order",
        (true, true) => "Applied in this order",
        (true, false) => "Applied in this order, but for what is marked as not applied",
    };
    let amount = song.plan().map(|plan| plan.amount).filter(|amount| *amount < 100.0);
    let amount = amount.map_or(String::new(), |amount| format!(", at {amount:.0} % of the proposal"));
    format!("{done}{amount}. The goal: {goal}, for {}.", song.delivery_title())
}

fn item(a_move: &Move, meters: &[Meter], rendered: bool) -> Markup {
    let applied = a_move.applicability == Applicability::Automatic;
    let meter = meters.iter().find(|meter| meter.id == a_move.id);
    html! {
        li.aside[!applied] {
            div.what {
                h3 { (name(&a_move.processor)) " " span.tag { (stage(a_move.stage)) } }
                ul.settings { @for line in settings(&a_move.processor) { li { (line) } } }
            }
            div.why {
                p { (sentence(&a_move.reason)) }
                @if !a_move.predicted_effect.is_empty() { p.effect { "Effect: " (sentence(&a_move.predicted_effect)) } }
                @if let Some(most) = meter.and_then(|meter| meter.gain_reduction_max_db) {
                    p.effect { "Took off at most " (figure(most.abs(), Unit::Db)) "." }
                }
                p.meta {
                    @if let Some(condition) = condition(a_move.applicability, rendered) { span { (condition) } }
                    span { "Confidence: " (confidence(a_move.confidence)) " (" (format!("{:.0}", 100.0 * a_move.confidence)) " %)" }
                    @if !a_move.because.is_empty() { span { "Because of " (because(a_move)) } }
                }
            }
        }
    }
}

/// The page of a plan alone.
pub(in crate::report) fn page(plan: &Plan, title: &str) -> String {
    let headline =
        match plan.moves.iter().filter(|step| step.applicability == Applicability::Automatic).count() {
            0 => "Nothing is done unasked.".to_string(),
            1 => "One move is proposed.".to_string(),
            several => format!("{several} moves are proposed."),
        };
    let goal = plan.target_lufs.map_or("no loudness norm".to_string(), |target| figure(target, Unit::Lufs));
    let predicted = &plan.predicted;
    let lead = format!(
        "Made for {}. The goal: {goal} with peaks at most {}; expected by simulation: {}, {}. At {:.0} % of the proposal.",
        plain(&plan.input),
        figure(plan.ceiling_dbtp, Unit::Dbtp),
        figure_or_dash(predicted.loudness.integrated_lufs, Unit::Lufs),
        figure_or_dash(predicted.peaks.true_peak_dbtp, Unit::Dbtp),
        plan.amount
    );
    let moves = (!plan.moves.is_empty())
        .then(|| html! { ol.moves { @for step in &plan.moves { (item(step, &[], false)) } } });
    let left = (!plan.unresolved.is_empty())
        .then(|| html! { ul.plain { @for remaining in &plan.unresolved { (unresolved(remaining)) } } });
    let sections = [("mastering", "The moves", moves), ("left", "What mastering cannot mend", left)];
    let page = Page {
        title: plain(title),
        kind: "Mastering proposal",
        first: html! {
            section.first aria-labelledby="title" {
                h1.song #title { bdi { (plain(title)) } }
                p.verdict { span.headline { (headline) } }
                p.lead { (lead) }
            }
        },
        sections: sections.into_iter().filter_map(|(id, name, body)| Some((id, name, body?))).collect(),
        footer: html! { p { "Made by mixproof " (env!("CARGO_PKG_VERSION")) ". A plan is a note to an engineer: change a gain, strike a move, and render it." } },
        charts: &[],
    };
    page.html()
}

/// What remains, and where to mend it.
fn unresolved(unresolved: &Unresolved) -> Markup {
    html! {
        li { (sentence(&unresolved.advice)) " " span.meta { (name_of(&unresolved.because)) } }
    }
}

fn because(a_move: &Move) -> String {
    a_move.because.iter().map(|id| name_of(id)).collect::<Vec<_>>().join(", ")
}

fn missed(song: &Song) -> Markup {
    let Some(render) = song.render else { return html! {} };
    if render.missed.is_empty() {
        return html! { p.calm { "Every prediction was met on the written file." } };
    }
    html! {
        h3.sub { "What was missed" }
        ul.plain {
            @for missed in &render.missed {
                @let unit = Unit::of_path(&missed.measure);
                li {
                    strong { (name_of(&missed.measure)) } ": aimed at " (figure(missed.predicted, unit))
                    ", measured " (figure(missed.measured, unit)) ". " (sentence(&missed.reason))
                }
            }
        }
    }
}
