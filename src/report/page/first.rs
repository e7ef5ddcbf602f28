//! The first screen, and what to fix in the mix.

use super::figures;
use super::term;
use crate::error::Result;
use crate::model::{Finding, Severity, Stage, TimeRange};
use crate::report::charts::{Figure, Gauge, gauge};
use crate::report::measures::{Measure, figure, measure, minus, number, position};
use crate::report::song::{needs_the_mix, severity_sign, severity_word};
use crate::report::verdict::{Outcome, sentence, verdict};
use crate::report::{FIVE, Song, clean, places_apart, plain};
use crate::units::clock;
use maud::{Markup, PreEscaped, html};

/// Most places of a finding that are listed.
const PLACES_MAX: usize = 8;

/// Verdict, five numbers, a picture.
pub(super) fn first_screen(song: &Song, charts: &[Figure]) -> Result<Markup> {
    let verdict = verdict(song);
    let outcome = match verdict.outcome {
        Outcome::Good => "good",
        Outcome::Look => "warn",
        Outcome::Bad => "fail",
    };
    let five = FIVE.iter().filter_map(|path| measure(path)).map(|measure| card(song, measure));
    let five = five.collect::<Result<Vec<Markup>>>()?;
    Ok(html! {
        section.first aria-labelledby="title" {
            h1.song #title {
                bdi { (plain(&song.title)) }
                @if let Some(artist) = song.before().source.tags.get("artist") {
                    " " span.artist { bdi { (plain(artist)) } }
                }
            }
            p.verdict.(outcome) {
                span.badge { span aria-hidden="true" { (verdict.outcome.sign()) } " " (verdict.outcome.word()) }
                span.headline { (verdict.headline) }
            }
            p.lead { (verdict.detail) }
            div.five { @for card in &five { (card) } }
            @if let Some(picture) = charts.first() { (figures::figure(picture, true)) }
        }
    })
}

fn card(song: &Song, measure: &'static Measure) -> Result<Markup> {
    let before = (measure.get)(song.before());
    let measured_after = song.after().map(|after| (measure.get)(after));
    let planned = song.plan.is_some_and(|plan| !plan.moves.is_empty()) && song.render.is_none();
    let predicted = if planned { song.predicted(measure) } else { None };
    let after = measured_after.flatten().or(predicted);
    let shown = if measured_after.is_some() { measured_after.flatten() } else { before };
    let target = match measure.path {
        "loudness.integrated_lufs" => song.target_lufs(),
        "peaks.true_peak_dbtp" => Some(song.ceiling_dbtp()),
        _ => None,
    };
    let span = song.span(measure).copied();
    let percentile = if measured_after.is_none() { song.percentile(measure) } else { None };
    let kind = &song.profile_title();
    let place =
        shown.zip(span).map(|(value, span)| sentence(&position(measure, value, &span, percentile, kind)));
    let missing = missing(song, measure);
    let picture = gauge(&Gauge { before, after, span, target })?;
    let unit = measure.unit();
    let id = format!("tip-{}", measure.path.replace(['.', '_'], "-"));
    Ok(html! {
        div.card {
            p.name { (term(&id, measure.name, measure.meaning)) }
            @match shown {
                Some(value) => p.big { (number(value, unit.decimals())) " " span.unit { (unit.symbol()) } },
                None => p.big.none { "–" },
            }
            @if shown.is_some() && (span.is_some() || target.is_some()) {
                svg.gauge viewBox={ "0 0 " (picture.size.0) " " (picture.size.1) } aria-hidden="true" {
                    (PreEscaped(&picture.elements))
                }
            }
            p.place {
                @match (shown, place) {
                    (None, _) => (missing),
                    (_, Some(place)) => (place),
                    (Some(value), None) if measure.path == "stereo.mono_loss_lu" => (in_mono(value)),
                    _ => {},
                }
                @if let (Some(value), Some(target)) = (after.or(shown), target) {
                    " " (aim(song, measure, value, target, predicted.is_some()))
                }
            }
            @if measured_after.is_some() {
                @if let Some(before) = before { p.was { "Before " (figure(before, unit)) } }
            } @else if let Some(predicted) = predicted {
                p.was.to { "Proposed " (figure(predicted, unit)) }
            }
        }
    })
}

/// Why there is no number.
fn missing(song: &Song, measure: &Measure) -> &'static str {
    match measure.path {
        _ if song.silent() => "Silence has none.",
        "stereo.mono_loss_lu" if song.before().source.channels == 1 => "A mono file: nothing is lost.",
        "stereo.mono_loss_lu" if song.before().source.channels > 2 => "Only measured on stereo files.",
        "loudness.range_lu" => "Too short: it needs some seconds of sound.",
        _ => "Too short or too quiet to be measured.",
    }
}

/// A loss in mono in words, for profiles without a span of it: one loudness unit is about what is heard as a
/// difference, and three are lost where left and right have nothing in common.
fn in_mono(loss_lu: f64) -> &'static str {
    match loss_lu {
        little if little < 1.0 => "Safe in mono.",
        some if some < 3.0 => "Somewhat quieter in mono.",
        _ => "Sounds cancel in mono.",
    }
}

/// What is demanded, and whether it is met, or would be by the proposal.
fn aim(song: &Song, measure: &Measure, value: f64, target: f64, proposed: bool) -> Markup {
    // Half of the last digit that is shown.
    const ROUNDING: f64 = 0.05;
    let text = figure(target, measure.unit());
    let limit = measure.path == "peaks.true_peak_dbtp";
    let met = if limit {
        value <= target + ROUNDING
    } else {
        (value - target).abs() <= song.delivery.tolerance_lu.max(0.1)
    };
    // A mix does not have to meet what a master has to.
    let early = song.render.is_none() && song.check.stage == Stage::Mix;
    let name = if limit { "Limit" } else { "Target" };
    let verb = match (met, proposed) {
        (true, true) => "would be met",
        (true, false) => "met",
        (false, false) if limit && !early => "not kept",
        (false, _) => "not met yet",
    };
    html! { span.aim.open[!met] { (name) " " (text) ": " (verb) "." } }
}

/// Findings that only the mix can mend, worst first; a word of praise where there are none.
pub(super) fn to_fix(song: &Song) -> Option<Markup> {
    if song.silent() {
        return None;
    }
    let findings: Vec<&Finding> =
        song.findings().into_iter().filter(|finding| needs_the_mix(finding)).collect();
    Some(html! {
        @if findings.is_empty() {
            p.calm { "Nothing has to go back to the mix." }
        } @else {
            p.intro { "Mastering cannot mend these well. They are quicker and better mended in the mix." }
            (list(&findings))
        }
    })
}

/// Findings as a list.
pub(super) fn list(findings: &[&Finding]) -> Markup {
    html! {
        ul.findings {
            @for finding in findings { (item(finding)) }
        }
    }
}

fn item(finding: &Finding) -> Markup {
    let severity = match finding.severity {
        Severity::Fail => "fail",
        Severity::Warn => "warn",
        Severity::Info => "info",
    };
    html! {
        li class=(severity) {
            span.sign aria-hidden="true" { (severity_sign(finding.severity)) }
            div {
                h3 { (sentence(&finding.message)) }
                @if !finding.advice.is_empty() { p.advice { (sentence(&finding.advice)) } }
                (places(&finding.at))
                p.meta {
                    span { (severity_word(finding.severity)) }
                    span { (plain(&finding.code)) " " (plain(&finding.name)) }
                    @if let Some(expected) = &finding.expected { span { "Expected: " (minus(&clean(expected))) } }
                    span { (sureness(finding.confidence)) }
                }
            }
        }
    }
}

fn sureness(confidence: f64) -> String {
    format!("Confidence {} %", number(100.0 * confidence, 0))
}

/// Times as buttons that show the place in every time chart.
fn places(at: &[TimeRange]) -> Markup {
    if at.is_empty() {
        return html! {};
    }
    let shown = places_apart(at, PLACES_MAX);
    html! {
        p.places {
            "At "
            @for range in &shown {
                button.at type="button" data-from=(format!("{:.3}", range.start_s)) data-to=(format!("{:.3}", range.end_s)) {
                    (span_text(range))
                }
            }
            @if at.len() > shown.len() { span.more { "and " (at.len() - shown.len()) " more" } }
        }
    }
}

fn span_text(range: &TimeRange) -> String {
    if range.end_s - range.start_s < 1.0 {
        clock(range.start_s, true)
    } else {
        format!("{}–{}", clock(range.start_s, false), clock(range.end_s, false))
    }
}
