//! The page of a song's versions: how loudness, peak and distance from the profile went, and a table of all.

use super::{Page, figures};
use crate::error::Result;
use crate::model::{Bounce, History, Severity, Verdict};
use crate::report::charts;
use crate::report::measures::figure_or_dash;
use crate::report::plain;
use crate::units::Unit;
use maud::{Markup, html};
use std::path::Path;

/// The page.
pub(in crate::report) fn page(history: &History) -> Result<String> {
    let drawn = charts::history(history)?;
    let page = Page {
        title: plain(&history.song),
        kind: "Versions of a song",
        first: first(history, drawn.first()),
        sections: [
            ("charts", "The charts", figures::section(&drawn)),
            ("versions", "All versions", Some(table(history))),
        ]
        .into_iter()
        .filter_map(|(id, name, body)| Some((id, name, body?)))
        .collect(),
        footer: html! {
            p { "Made by mixproof " (env!("CARGO_PKG_VERSION")) " from its history of a watched folder. Software follows, ears decide." }
        },
        charts: &drawn,
    };
    Ok(page.html())
}

fn first(history: &History, hero: Option<&charts::Figure>) -> Markup {
    let newest = history.versions.last();
    html! {
        section.first aria-labelledby="title" {
            h1.song #title { bdi { (plain(&history.song)) } }
            @if let Some(newest) = newest {
                @let (class, sign, word) = badge(newest.verdict);
                p.verdict.(class) {
                    span.badge { span aria-hidden="true" { (sign) } " " (word) }
                    span.headline { "Version " (newest.version) ": " (facts(newest)) }
                }
                p.lead { (since(newest)) }
            }
            @if let Some(hero) = hero { (figures::figure(hero, true)) }
        }
    }
}

fn badge(verdict: Verdict) -> (&'static str, &'static str, &'static str) {
    match verdict {
        Verdict::Pass => ("good", "✓", "Pass"),
        Verdict::Warn => ("warn", "▲", "Look at it"),
        Verdict::Fail => ("fail", "×", "Not fit"),
    }
}

fn facts(bounce: &Bounce) -> String {
    format!(
        "{}, {}, range {}",
        figure_or_dash(bounce.integrated_lufs, Unit::Lufs),
        figure_or_dash(bounce.true_peak_dbtp, Unit::Dbtp),
        figure_or_dash(bounce.range_lu, Unit::Lu)
    )
}

fn since(bounce: &Bounce) -> String {
    let Some(since) = &bounce.since else { return "The first version.".to_string() };
    let codes = |findings: &[crate::model::RowFinding]| -> String {
        let worth = findings.iter().filter(|finding| finding.severity > Severity::Info);
        worth.map(|finding| finding.code.as_str()).collect::<Vec<_>>().join(", ")
    };
    let (broke, mended) = (codes(&since.broke), codes(&since.mended));
    let mut parts = Vec::new();
    if !broke.is_empty() {
        parts.push(format!("Broke: {broke}."));
    }
    if !mended.is_empty() {
        parts.push(format!("Mended: {mended}."));
    }
    parts.extend(since.moved.iter().map(|moved| format!("{}.", plain(moved))));
    if parts.is_empty() { "Nothing moved since the version before.".to_string() } else { parts.join(" ") }
}

fn table(history: &History) -> Markup {
    html! {
        div.scroll tabindex="0" role="region" aria-label="All versions" {
            table {
                caption { "Newest first" }
                thead { tr {
                    th scope="col" { "Version" } th scope="col" { "File" } th scope="col" { "Verdict" }
                    th scope="col" { "Loudness" } th scope="col" { "True peak" } th scope="col" { "Range" }
                    th scope="col" { "From profile" } th scope="col" { "Since the one before" }
                } }
                tbody { @for bounce in history.versions.iter().rev() {
                    @let (_, sign, word) = badge(bounce.verdict);
                    tr {
                        th scope="row" { (bounce.version) }
                        td { bdi { (plain(&Path::new(&bounce.path).file_name().unwrap_or_default().to_string_lossy())) } }
                        td { (sign) " " (word) }
                        td { (figure_or_dash(bounce.integrated_lufs, Unit::Lufs)) }
                        td { (figure_or_dash(bounce.true_peak_dbtp, Unit::Dbtp)) }
                        td { (figure_or_dash(bounce.range_lu, Unit::Lu)) }
                        td { (figure_or_dash(bounce.tone_distance_db, Unit::Db)) }
                        td { (since(bounce)) }
                    }
                } }
            }
        }
    }
}
