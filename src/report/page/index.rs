//! The reports of a folder on one page: a table to be sorted, with a small picture of each song.

use super::{INDEX, MAIN, Shell, shell, term};
use crate::error::Result;
use crate::model::Severity;
use crate::report::charts::small_loudness;
use crate::report::measures::{Measure, figure_or_dash, measure, number};
use crate::report::verdict::{Outcome, several, verdict};
use crate::report::{FIVE, IndexEntry, plain};
use crate::units::clock;
use maud::{Markup, PreEscaped, html};

/// The page. All small pictures share one scale of level, so that songs compare.
pub(in crate::report) fn index(title: &str, entries: &[IndexEntry]) -> Result<String> {
    let five: Vec<&Measure> = FIVE.iter().filter_map(|path| measure(path)).collect();
    let highest = entries.iter().filter_map(|entry| entry.song.subject().loudness.short_term_max_lufs);
    let top_lufs = highest.fold(f64::NEG_INFINITY, f64::max);
    let longest_s = entries.iter().map(|entry| entry.song.duration_s()).fold(1.0, f64::max);
    let rows: Vec<Markup> =
        entries.iter().map(|entry| row(entry, &five, (top_lufs, longest_s))).collect::<Result<_>>()?;
    let main = html! {
        section.first aria-labelledby="title" {
            h1.headline #title { (plain(title)) }
            p.lead { (sentence(entries)) }
            div.scroll tabindex="0" role="region" aria-label="Songs" {
                table.numbers.songs #songs {
                    caption.hidden { "All songs; choose a column to sort by it" }
                    thead { tr {
                        (head("Song")) (head("Verdict")) (head("Length"))
                        th scope="col" { (term("tip-curve", "Loudness over time", "Short-term loudness, all songs on one scale; the filled part is the song.")) }
                        @for measure in &five { (head(measure.name)) }
                        (head("Problems")) (head("Warnings"))
                    } }
                    tbody { @for row in &rows { (row) } }
                }
            }
        }
    };
    Ok(shell(Shell {
        title: plain(title),
        kind: "Folder",
        sections: Vec::new(),
        main,
        footer: html! { p { "Made by mixproof " (env!("CARGO_PKG_VERSION")) ". Each song has a page of its own." } },
        data: html! {},
        scripts: vec![&MAIN, &INDEX],
        style: "",
        loads: "",
    }))
}

fn sentence(entries: &[IndexEntry]) -> String {
    let count = |outcome| entries.iter().filter(|entry| verdict(&entry.song).outcome == outcome).count();
    let (good, look, bad) = (count(Outcome::Good), count(Outcome::Look), count(Outcome::Bad));
    let songs = several(entries.len(), "song", "songs");
    format!("{songs}: {good} all right, {look} worth a look, {bad} in need of work.")
}

fn head(name: &str) -> Markup {
    html! { th scope="col" { button type="button" { (name) } } }
}

fn row(entry: &IndexEntry, five: &[&Measure], scale: (f64, f64)) -> Result<Markup> {
    let song = &entry.song;
    let verdict = verdict(song);
    let (class, rank) = match verdict.outcome {
        Outcome::Good => ("good", 0),
        Outcome::Look => ("warn", 1),
        Outcome::Bad => ("fail", 2),
    };
    let of = |severity| song.findings().iter().filter(|finding| finding.severity == severity).count();
    let (problems, warnings) = (of(Severity::Fail), of(Severity::Warn));
    let picture = small_loudness(song, scale)?;
    Ok(html! {
        tr {
            th scope="row" { a href=(href(&entry.page)) { bdi { (plain(&song.title)) } } }
            td.(class) data-value=(rank) { span.badge { span aria-hidden="true" { (verdict.outcome.sign()) } " " (verdict.outcome.word()) } }
            td data-value=(song.duration_s()) { (clock(song.duration_s(), false)) }
            td.small {
                svg viewBox={ "0 0 " (picture.size.0) " " (picture.size.1) } aria-hidden="true" { (PreEscaped(&picture.elements)) }
            }
            @for measure in five {
                @let value = (measure.get)(song.subject());
                td data-value=[value.or(None).map(|value| number(value, 3).replace('−', "-")).or(Some(String::new()))] {
                    (figure_or_dash(value, measure.unit()))
                }
            }
            td data-value=(problems) { (problems) }
            td data-value=(warnings) { (warnings) }
        }
    })
}

/// A path as a link that can only lead to a file beside this one: every byte that is no plain letter is escaped, so
/// that no name can be taken for a scheme, a host or a query.
fn href(page: &str) -> String {
    let mut out = String::from("./");
    for byte in page.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'/' => out.push(char::from(byte)),
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    out
}
