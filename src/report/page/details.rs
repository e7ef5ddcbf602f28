//! Before and after in numbers, all findings, all deviations, the file, the sources, the words.

use super::first::list;
use super::term;
use crate::model::{Confidence, Deviation, Integrity};
use crate::report::measures::{MEASURES, Measure, change, figure, figure_or_dash, name_of, number};
use crate::report::{Song, clean, plain};
use crate::units::{Unit, clock};
use maud::{Markup, html};

/// Most deviations that are listed.
const DEVIATIONS_MAX: usize = 120;
/// Most tags that are listed.
const TAGS_MAX: usize = 40;

/// The table of measures: now, or before and after.
pub(super) fn numbers(song: &Song) -> Option<Markup> {
    if song.silent() {
        return None;
    }
    let rows: Vec<&Measure> = MEASURES
        .iter()
        .filter(|measure| {
            (measure.get)(song.before()).is_some() || song.after().and_then(measure.get).is_some()
        })
        .collect();
    let proposed = song.after().is_none() && song.plan.is_some_and(|plan| !plan.moves.is_empty());
    let second = song.after().is_some() || proposed;
    Some(html! {
        div.scroll tabindex="0" role="region" aria-label="Table of measures" {
            table.numbers {
                caption.hidden { "Measures of the song" }
                thead { tr {
                    th scope="col" { "Measure" }
                    th scope="col" { @if second { "Before" } @else { "This song" } }
                    @if second {
                        th scope="col" { @if proposed { "Proposed" } @else { "After" } }
                        th scope="col" { "Change" }
                    }
                    th scope="col" { (song.profile_title()) ", " (song.span_words()) }
                } }
                tbody { @for measure in rows { (row(song, measure, second)) } }
            }
        }
    })
}

fn row(song: &Song, measure: &Measure, second: bool) -> Markup {
    let unit = measure.unit();
    let before = (measure.get)(song.before());
    let after = match song.after() {
        Some(after) => (measure.get)(after),
        None => song.predicted(measure),
    };
    let span = song.span(measure);
    let id = format!("row-{}", measure.path.replace(['.', '_'], "-"));
    html! {
        tr {
            th scope="row" { (term(&id, measure.name, measure.meaning)) }
            td.before { (figure_or_dash(before, unit)) }
            @if second {
                td.after { (figure_or_dash(after, unit)) }
                td { @match after.zip(before) { Some((after, before)) => (change(after - before, unit)), None => "–" } }
            }
            td.span {
                @match span {
                    Some(span) => {
                        (number(span.p10, unit.decimals())) " … " (figure(span.p90, unit))
                        @if let Some(value) = after.filter(|_| second).or(before) { " " (inside(value, span.p10, span.p90)) }
                    },
                    None => "–",
                }
            }
        }
    }
}

fn inside(value: f64, low: f64, high: f64) -> Markup {
    let (class, word) = match value {
        under if under < low => ("out", "below"),
        over if over > high => ("out", "above"),
        _ => ("in", "inside"),
    };
    html! { span class=(class) { (word) } }
}

/// Everything else, folded.
pub(super) fn details(song: &Song) -> Option<Markup> {
    let findings = song.findings();
    Some(html! {
        details.fold {
            summary { "All findings (" (findings.len()) ")" }
            @if findings.is_empty() { p { "None." } } @else { (list(&findings)) }
        }
        (deviations(song))
        details.fold { summary { "The file" } (file(song)) }
        details.fold { summary { "Where the comparisons come from" } (sources(song)) }
        details.fold { summary { "Words" } (words()) }
    })
}

fn deviations(song: &Song) -> Markup {
    let mut sorted: Vec<&Deviation> = song.check.deviations.iter().collect();
    sorted.sort_by(|a, b| b.tolerances.abs().total_cmp(&a.tolerances.abs()));
    if sorted.is_empty() {
        return html! {};
    }
    html! {
        details.fold.long {
            summary { "Every measure against " (song.profile_title()) " (" (sorted.len()) ")" }
            div.scroll tabindex="0" role="region" aria-label="Deviations from the profile" {
                table.numbers {
                    caption.hidden { "Deviations, farthest first" }
                    thead { tr {
                        th scope="col" { "Measure" } th scope="col" { "Measured" } th scope="col" { "Typical" }
                        th scope="col" { "Distance" } th scope="col" { "Rank" }
                    } }
                    tbody { @for deviation in sorted.iter().take(DEVIATIONS_MAX) {
                        @let unit = deviation.unit();
                        tr {
                            th scope="row" { (name_of(&deviation.measure)) }
                            td { (figure(deviation.measured, unit)) }
                            td { (number(deviation.expected.low, unit.decimals())) " … " (figure(deviation.expected.high, unit)) }
                            td { (change(deviation.tolerances, Unit::None)) " " @if deviation.tolerances.abs() > 1.0 { span.out { "outside" } } }
                            td { @match deviation.percentile { Some(p) => { (number(p, 0)) " of 100" }, None => "–" } }
                        }
                    } }
                }
            }
        }
    }
}

fn file(song: &Song) -> Markup {
    let analysis = song.before();
    let source = &analysis.source;
    let mut facts: Vec<(&str, String)> = vec![
        ("File", plain(&source.path)),
        ("Length", clock(source.duration_s, true)),
        ("Format", format!("{}, {}", source.container, source.codec)),
        ("Sample rate", figure(f64::from(source.sample_rate_hz), Unit::Hz)),
        ("Channels", source.channels.to_string()),
    ];
    if let Some(bits) = source.bits {
        let used = source.effective_bits.filter(|used| *used < bits);
        facts.push((
            "Bits",
            used.map_or(bits.to_string(), |used| format!("{bits}, of which {used} carry signal")),
        ));
    }
    let whole = match analysis.integrity {
        Integrity::Ok => "whole",
        Integrity::Truncated => "ends early",
        Integrity::LengthMismatch => "length differs from what it declares",
        Integrity::NonFinite => "some samples are not numbers",
    };
    facts.push(("Integrity", whole.to_string()));
    if let Some(key) = &analysis.music.key {
        facts.push(("Key, as estimated", plain(key)));
    }
    if let Some(tempo) = analysis.music.tempo_bpm {
        facts.push(("Tempo, as estimated", figure(tempo, Unit::Bpm)));
    }
    facts.extend(analysis.origin.evidence.iter().map(|evidence| ("Origin", plain(evidence))));
    facts.push(("Audio id", plain(&analysis.content_id)));
    if let Some(output) = song.render.map(|render| &render.output) {
        let kind = match (output.bits, output.kbps) {
            (_, Some(kbps)) => format!("{} at {kbps} kbit/s", output.codec),
            (Some(bits), _) if output.float => format!("{bits} bits floating point"),
            (Some(bits), _) => format!("{bits} bits integer"),
            (None, None) => output.codec.clone(),
        };
        let rate = figure(f64::from(output.sample_rate_hz), Unit::Hz);
        facts.push(("Written file", plain(&output.path)));
        facts.push(("Written as", format!("{}, {kind}, {rate}", output.container)));
    }
    let tags = source.tags.iter().take(TAGS_MAX);
    html! {
        dl.facts {
            @for (name, value) in &facts { dt { (name) } dd { bdi { (value) } } }
            @for (key, value) in tags { dt { "Tag " bdi { (plain(key)) } } dd { bdi { (plain(value)) } } }
        }
    }
}

fn sources(song: &Song) -> Markup {
    let provenance = &song.profile.provenance;
    let trust = match provenance.confidence {
        Confidence::Low => "low",
        Confidence::Medium => "medium",
        Confidence::High => "high",
    };
    html! {
        dl.facts {
            dt { "Profile" } dd { (song.profile_title()) ", " (provenance.tracks) " tracks, confidence " (trust) }
            dt { "Measured by" } dd { (clean(&provenance.method)) }
            dt { "Published by" } dd { (clean(&provenance.source)) " (" (clean(&provenance.licence)) ")" }
            dt { "Delivery" } dd { (song.delivery_title()) }
            dt { "Its figures" } dd { (clean(&song.delivery.source)) ", checked on " (song.delivery.checked_on) }
        }
    }
}

fn words() -> Markup {
    html! {
        dl.facts.words { @for measure in MEASURES { dt { (measure.name) } dd { (measure.meaning) } } }
    }
}

/// The last line.
pub(super) fn colophon(song: &Song) -> Markup {
    let version = env!("CARGO_PKG_VERSION");
    html! {
        p {
            "Made by mixproof " (version) ". Measured by ITU\u{2011}R BS.1770\u{2011}5 and EBU R 128. Compared with "
            (song.profile_title()) " (" (song.profile.provenance.tracks) " tracks), checked for " (song.delivery_title())
            ". Software proposes, ears decide."
            @if song.listening.is_none() && !song.silent() {
                " There is no player on this page: it was made from documents, or without sound by choice."
            }
        }
    }
}
