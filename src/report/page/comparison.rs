//! The page of a comparison: what broke, what moved, section by section; or where a song stands beside references.

use super::first::list;
use super::{Page, figures, term};
use crate::error::Result;
use crate::model::{
    Analysis, Change, Check, Comparison, Delivery, Deviation, Finding, Persisted, Relation, SectionLabel,
    Stage,
};
use crate::report::charts::{Figure, references, revisions};
use crate::report::measures::{
    MEASURES, Measure, change, figure, figure_or_dash, measure, minus, name_of, number, standing,
};
use crate::report::revision::{broken, kind, new_notes, outside, title, verdict};
use crate::report::verdict::{Outcome, sentence};
use crate::report::{FIVE, Song, plain};
use crate::units::{Unit, clock};
use maud::{Markup, html};

/// The page.
pub(in crate::report) fn page(comparison: &Comparison) -> Result<String> {
    let beside = matches!(comparison.relation, Relation::References | Relation::Different);
    let charts = if beside { beside_references(comparison)? } else { revisions(comparison)? };
    let sections = if beside {
        vec![
            ("outside", "Outside their span", Some(outside_table(comparison))),
            ("charts", "The charts", figures::section(&charts)),
            ("all", "Every measure", Some(all(comparison))),
            ("files", "The files", Some(files(comparison))),
        ]
    } else {
        vec![
            ("broke", "What broke", findings(&broken(comparison))),
            ("mended", "What was mended", findings(&comparison.mended.iter().collect::<Vec<_>>())),
            ("notes", "New notes", findings(&new_notes(comparison))),
            ("moved", "What moved", moved(comparison)),
            ("sections", "Section by section", sections(comparison)),
            ("charts", "The charts", figures::section(&charts)),
            ("numbers", "The numbers", comparison.b.as_ref().map(|b| numbers(&comparison.a, b))),
            ("files", "The files", Some(files(comparison))),
        ]
    };
    let page = Page {
        title: title(comparison),
        kind: if beside { "Comparison with references" } else { "Comparison of revisions" },
        first: first(comparison, &charts)?,
        sections: sections.into_iter().filter_map(|(id, name, body)| Some((id, name, body?))).collect(),
        footer: footer(),
        charts: &charts,
    };
    Ok(page.html())
}

/// The song and its references as a song and its profile.
fn beside_references(comparison: &Comparison) -> Result<Vec<Figure>> {
    let Some(profile) = &comparison.reference_profile else { return Ok(Vec::new()) };
    let check = Check {
        schema: Check::schema_tag(),
        analysis: comparison.a.clone(),
        profile: profile.name.clone(),
        delivery: String::new(),
        stage: Stage::Mix,
        deviations: comparison.deviations.clone(),
        findings: Vec::new(),
    };
    let nothing_demanded = Delivery::none();
    references(&Song::new(title(comparison), &check, profile, &nothing_demanded))
}

fn first(comparison: &Comparison, charts: &[Figure]) -> Result<Markup> {
    let verdict = verdict(comparison);
    let outcome = match verdict.outcome {
        Outcome::Good => "good",
        Outcome::Look => "warn",
        Outcome::Bad => "fail",
    };
    let five = FIVE.iter().filter_map(|path| measure(path));
    let revision = matches!(comparison.relation, Relation::Revision | Relation::Identical);
    Ok(html! {
        section.first aria-labelledby="title" {
            h1.song #title { bdi { (title(comparison)) } }
            p.verdict.(outcome) {
                span.badge { span aria-hidden="true" { (verdict.outcome.sign()) } " " (verdict.outcome.word()) }
                span.headline { (verdict.headline) }
            }
            p.lead { (verdict.detail) }
            div.five { @for measure in five {
                (card(comparison, measure, comparison.b.as_ref().filter(|_| revision)))
            } }
            @if let Some(hero) = charts.first() { (figures::figure(hero, true)) }
        }
    })
}

/// B's number with A's beside it; or the song's, and where it stands.
fn card(comparison: &Comparison, measure: &'static Measure, b: Option<&Analysis>) -> Markup {
    let unit = measure.unit();
    let of_a = (measure.get)(&comparison.a);
    let shown = b.map_or(of_a, measure.get);
    let id = format!("tip-{}", measure.path.replace(['.', '_'], "-"));
    let deviation = comparison.deviations.iter().find(|deviation| deviation.measure == measure.path);
    html! {
        div.card {
            p.name { (term(&id, measure.name, measure.meaning)) }
            @match shown {
                Some(value) => p.big { (number(value, unit.decimals())) " " span.unit { (unit.symbol()) } },
                None => p.big.none { "–" },
            }
            @if let (Some(_), Some(from), Some(to)) = (b, of_a, shown) {
                p.place { (moved_by(to - from, measure)) }
                p.was { "A " (figure(from, unit)) }
            } @else if let Some(deviation) = deviation {
                p.place { (sentence(&standing(deviation, kind(comparison)))) }
            }
        }
    }
}

/// `5.9 LU louder`, or that nothing moved.
fn moved_by(difference: f64, measure: &Measure) -> String {
    let size = change(difference.abs(), measure.unit());
    let size = size.trim_start_matches('+');
    if !size.chars().any(|c| ('1'..='9').contains(&c)) {
        return "Unchanged.".to_string();
    }
    format!("{size} {}.", if difference > 0.0 { measure.more } else { measure.less })
}

fn findings(findings: &[&Finding]) -> Option<Markup> {
    (!findings.is_empty()).then(|| list(findings))
}

fn moved(comparison: &Comparison) -> Option<Markup> {
    let intro = match comparison.gain_db {
        Some(_) => {
            "Over the whole song. Bands are compared at equal level, so that a change of level is not one of tone."
        }
        None => "Over the whole song, as it stands in the saved analyses.",
    };
    (!comparison.changes.is_empty()).then(|| {
        html! {
            p.intro { (intro) }
            (changes(&comparison.changes))
        }
    })
}

fn changes(changes: &[Change]) -> Markup {
    html! {
        ul.changes { @for change in changes {
            @let unit = Unit::of_path(&change.measure);
            li {
                span { (sentence(&plain(&minus(&change.message)))) }
                @if let (Some(a), Some(b)) = (change.measured_a, change.measured_b) {
                    @if !change.measure.contains('[') {
                        span.pair {
                            span.from { (number(a, unit.decimals())) } " → " span.to { (figure(b, unit)) }
                        }
                    }
                }
            }
        } }
    }
}

fn sections(comparison: &Comparison) -> Option<Markup> {
    if comparison.sections.is_empty() {
        return None;
    }
    let still = comparison.sections.iter().all(|section| section.changes.is_empty());
    Some(html! {
        p.intro { "What moved in one stretch beyond what moved over the whole song, on the time of A." }
        @if still { p.calm { "No section moved against the others." } } @else {
            @for section in &comparison.sections {
                div.part {
                    div {
                        h3 { (clock(section.start_s, false)) "–" (clock(section.end_s, false)) }
                        p.label { (match section.label {
                            SectionLabel::Quiet => "quiet",
                            SectionLabel::Normal => "normal",
                            SectionLabel::Loud => "loud",
                        }) }
                    }
                    @if section.changes.is_empty() { p.label { "As the rest of the song." } } @else {
                        ul { @for change in &section.changes { li { (sentence(&plain(&minus(&change.message)))) } } }
                    }
                }
            }
        }
    })
}

/// Every measure of both.
fn numbers(a: &Analysis, b: &Analysis) -> Markup {
    let rows = MEASURES.iter().filter(|measure| (measure.get)(a).is_some() || (measure.get)(b).is_some());
    html! {
        div.scroll tabindex="0" role="region" aria-label="Table of measures" {
            table.numbers {
                caption.hidden { "Measures of both revisions" }
                thead { tr { th scope="col" { "Measure" } th scope="col" { "A" } th scope="col" { "B" } th scope="col" { "Change" } } }
                tbody { @for measure in rows {
                    @let (of_a, of_b) = ((measure.get)(a), (measure.get)(b));
                    @let unit = measure.unit();
                    tr {
                        th scope="row" { (term(&format!("row-{}", measure.path.replace(['.', '_'], "-")), measure.name, measure.meaning)) }
                        td.before { (figure_or_dash(of_a, unit)) }
                        td.after { (figure_or_dash(of_b, unit)) }
                        td { @match of_a.zip(of_b) { Some((from, to)) => (change(to - from, unit)), None => "–" } }
                    }
                } }
            }
        }
    }
}

fn outside_table(comparison: &Comparison) -> Markup {
    let outside = outside(comparison);
    html! {
        @if outside.is_empty() { p.calm { "Nothing: every measure lies within the span." } }
        @else { (deviations(&outside, comparison, "Table of what lies outside, farthest first")) }
    }
}

fn all(comparison: &Comparison) -> Markup {
    let every: Vec<&Deviation> = comparison.deviations.iter().collect();
    html! {
        details.fold.long {
            summary { "All " (every.len()) " measures with their spans" }
            (deviations(&every, comparison, "Table of every measure"))
        }
    }
}

fn deviations(rows: &[&Deviation], comparison: &Comparison, caption: &str) -> Markup {
    html! {
        div.scroll tabindex="0" role="region" aria-label=(caption) {
            table.numbers {
                caption.hidden { (caption) }
                thead { tr {
                    th scope="col" { "Measure" } th scope="col" { "This song" } th scope="col" { "Span" }
                    th scope="col" { "In words" }
                } }
                tbody { @for deviation in rows {
                    @let unit = deviation.unit();
                    tr {
                        th scope="row" { (name_of(&deviation.measure)) }
                        td.before { (figure(deviation.measured, unit)) }
                        td.span { (number(deviation.expected.low, unit.decimals())) " … " (figure(deviation.expected.high, unit)) }
                        td { (in_words(deviation, comparison)) }
                    }
                } }
            }
        }
    }
}

/// Where a measure stands, without saying again against what.
fn in_words(deviation: &Deviation, comparison: &Comparison) -> String {
    let kind = kind(comparison);
    let words = standing(deviation, kind);
    words
        .replace(&format!(" than {kind}"), "")
        .replace(&format!(" of {kind}"), "")
        .replace(&format!("within {kind}"), "within")
}

fn files(comparison: &Comparison) -> Markup {
    let describe = |analysis: &Analysis| {
        let source = &analysis.source;
        let bits = source.bits.map_or_else(String::new, |bits| format!(", {bits} bit"));
        let rate = figure(f64::from(source.sample_rate_hz), Unit::Hz);
        let (path, container) = (plain(&source.path), plain(&source.container));
        format!("{path}: {}, {container}{bits}, {rate}", clock(source.duration_s, true))
    };
    html! {
        dl.facts {
            dt { "A" } dd { bdi { (describe(&comparison.a)) } }
            @if let Some(b) = &comparison.b { dt { "B" } dd { bdi { (describe(b)) } } }
            @for (number, path) in comparison.references.iter().enumerate() {
                dt { "Reference " (number + 1) } dd { bdi { (plain(path)) } }
            }
            @if let Some(profile) = &comparison.reference_profile {
                dt { "Their span" } dd { (plain(&profile.provenance.method)) }
            }
        }
    }
}

fn footer() -> Markup {
    html! {
        p {
            "Made by mixproof " (env!("CARGO_PKG_VERSION")) ". Measured by ITU\u{2011}R BS.1770\u{2011}5 and EBU R 128, "
            "aligned in time and matched in level before anything is compared. Software proposes, ears decide."
        }
    }
}
