//! The page of a profile: what is typical for a kind of music, and how far that may be trusted.

use super::{Page, figures, term};
use crate::error::Result;
use crate::model::{Confidence, Profile, Span};
use crate::report::charts::{Gauge, gauge, profile_figures};
use crate::report::measures::{MEASURES, Measure, figure, number};
use crate::report::{clean, plain};
use maud::{Markup, PreEscaped, html};

/// Most single measures on the first screen.
const CARDS_MAX: usize = 5;

/// The page.
pub(in crate::report) fn page(profile: &Profile) -> Result<String> {
    let charts = profile_figures(profile)?;
    let sections = [
        ("charts", "Band by band", figures::section(&charts)),
        ("spans", "The spans", spans(profile)),
        ("provenance", "Where it comes from", Some(provenance(profile))),
    ];
    let page = Page {
        title: plain(&profile.title),
        kind: "Reference profile",
        first: html! {
            section.first aria-labelledby="title" {
                h1.song #title { bdi { (plain(&profile.title)) } " " span.tag { (plain(&profile.name)) } }
                p.verdict { span.headline { (headline(profile)) } }
                p.lead { (lead(profile)) }
                @let cards = cards(profile)?;
                @if !cards.is_empty() { div.five { @for card in &cards { (card) } } }
                @if let Some(hero) = charts.first() { (figures::figure(hero, true)) }
            }
        },
        sections: sections.into_iter().filter_map(|(id, name, body)| Some((id, name, body?))).collect(),
        footer: html! { p {
            "Made by mixproof " (env!("CARGO_PKG_VERSION")) ". A profile says what is typical, not what is right: "
            "nothing inside its span is touched."
        } },
        charts: &charts,
    };
    Ok(page.html())
}

fn headline(profile: &Profile) -> String {
    let trust = match profile.provenance.confidence {
        Confidence::Low => "low",
        Confidence::Medium => "medium",
        Confidence::High => "high",
    };
    match profile.provenance.tracks {
        1 => format!("One track, {trust} confidence."),
        tracks => format!("{tracks} tracks, {trust} confidence."),
    }
}

fn lead(profile: &Profile) -> String {
    let spread = if profile.has_spread() {
        "The spans hold 8 of 10 tracks."
    } else {
        "The spans are assumed: there are too few tracks, or only means, to show a spread."
    };
    format!("Measured by {}. {spread}", plain(&profile.provenance.source))
}

/// Medians with their spans.
fn cards(profile: &Profile) -> Result<Vec<Markup>> {
    let known = MEASURES.iter().filter_map(|measure| Some((measure, profile.spans.get(measure.path)?)));
    known.take(CARDS_MAX).map(|(measure, span)| card(measure, span)).collect()
}

fn card(measure: &Measure, span: &Span) -> Result<Markup> {
    let picture = gauge(&Gauge { before: None, after: None, span: Some(*span), target: None })?;
    let unit = measure.unit();
    let id = format!("tip-{}", measure.path.replace(['.', '_'], "-"));
    Ok(html! {
        div.card {
            p.name { (term(&id, measure.name, measure.meaning)) }
            p.big { (number(span.p50, unit.decimals())) " " span.unit { (unit.symbol()) } }
            svg.gauge viewBox={ "0 0 " (picture.size.0) " " (picture.size.1) } aria-hidden="true" {
                (PreEscaped(&picture.elements))
            }
        }
    })
}

fn spans(profile: &Profile) -> Option<Markup> {
    (!profile.spans.is_empty()).then(|| {
        html! {
            div.scroll tabindex="0" role="region" aria-label="Spans of the single measures" {
                table.numbers {
                    caption.hidden { "Spans of the single measures" }
                    thead { tr {
                        th scope="col" { "Measure" } th scope="col" { "Tenth percentile" }
                        th scope="col" { "Median" } th scope="col" { "Ninetieth percentile" }
                    } }
                    tbody { @for (measure, span) in MEASURES.iter().filter_map(|measure| Some((measure, profile.spans.get(measure.path)?))) {
                        @let unit = measure.unit();
                        tr {
                            th scope="row" { (measure.name) }
                            td { (figure(span.p10, unit)) } td { (figure(span.p50, unit)) } td { (figure(span.p90, unit)) }
                        }
                    } }
                }
            }
        }
    })
}

fn provenance(profile: &Profile) -> Markup {
    let from = &profile.provenance;
    html! {
        dl.facts {
            dt { "Tracks" } dd { (from.tracks) }
            dt { "Published by" } dd { (clean(&from.source)) }
            dt { "Licence" } dd { (clean(&from.licence)) }
            dt { "Measured by" } dd { (clean(&from.method)) }
            dt { "Meaning of the measures" } dd { "revision " (profile.measures_rev) }
        }
    }
}
