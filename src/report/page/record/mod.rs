//! The page of a record: the programme as a timeline, levels before and after, tone, joints, prices, delivery.

mod charts;
mod tables;

use super::{base64, style};
use crate::model::{Album, AlbumTrack, Finding, Severity};
use crate::report::measures::{figure, figure_or_dash};
use crate::report::song::{severity_sign, severity_word};
use crate::report::verdict::{sentence, several};
use crate::report::{Record, plain};
use crate::units::{Unit, clock};
use maud::{DOCTYPE, Markup, PreEscaped, html};

static STYLE: &str = include_str!("record.css");

/// The whole page. It needs nothing beside itself, but for the transition reel, whose files it plays from their folder.
pub(in crate::report) fn page(record: &Record) -> String {
    let album = record.album;
    let title = plain(&album.title);
    let policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; \
                  media-src 'self' file:; base-uri 'none'; form-action 'none'";
    let sections = [
        ("timeline", "The record in time", Some(charts::timeline(record))),
        ("levels", "Levels", Some(html! { (charts::staircase(album)) (tables::prices(album)) })),
        (
            "tone",
            "Tone, width, dynamics",
            charts::spectra(album).map(|chart| html! { (chart) (tables::apart(album)) }),
        ),
        ("joints", "Joints", tables::joints(record)),
        ("order", "Order", tables::order(album)),
        ("sides", "Sides", tables::sides(album)),
        ("services", "Played as an album", tables::platforms(album)),
        ("findings", "Worth knowing", findings(album)),
        ("delivery", "Delivery", Some(tables::delivery(album))),
    ];
    let sections: Vec<_> =
        sections.into_iter().filter_map(|(id, name, body)| Some((id, name, body?))).collect();
    let body = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="referrer" content="no-referrer";
                meta name="generator" content=(concat!("mixproof ", env!("CARGO_PKG_VERSION")));
                link rel="icon" href={ "data:image/svg+xml;base64," (base64(ICON.as_bytes())) };
                title { (title) " · mixproof" }
                style { (PreEscaped(style())) (PreEscaped(STYLE)) }
            }
            body.record {
                a.skip href="#main" { "Skip to the report" }
                header.top {
                    span.brand { "mixproof" }
                    span.kind { (kind(album)) }
                    nav aria-label="Sections" { @for (id, name, _) in &sections { a href={ "#" (id) } { (name) } } }
                }
                main #main {
                    (first(album, &title))
                    @for (id, name, body) in &sections {
                        section id=(id) aria-labelledby={ (id) "-h" } { h2 id={ (id) "-h" } { (name) } (body) }
                    }
                }
                footer { p {
                    "Made by mixproof " (env!("CARGO_PKG_VERSION"))
                    ". Measured by ITU\u{2011}R BS.1770\u{2011}5 and EBU R 128. Software proposes, ears decide."
                } }
            }
        }
    };
    body.into_string()
}

/// An empty picture, so that no browser asks for one beside the page.
const ICON: &str = "<svg xmlns=\"http://www.w3.org/2000/svg\"/>";

fn kind(album: &Album) -> &'static str {
    if album.tracks.iter().any(|track| track.output.is_some()) { "Record" } else { "Plan of a record" }
}

/// What is most worth knowing, and the numbers of the whole.
fn first(album: &Album, title: &str) -> Markup {
    let worst = album.findings.iter().map(|finding| finding.severity).max();
    let (class, sign, word) = match worst {
        Some(Severity::Fail) => ("fail", "×", "not ready"),
        Some(Severity::Warn) => ("warn", "▲", "worth a look"),
        _ => ("good", "✓", "ready"),
    };
    let length_s = album.tracks.iter().map(|track| track.start_s + track.length_s()).fold(0.0, f64::max);
    let most_db = album.tracks.iter().map(|track| track.limiting_db).fold(0.0, f64::max);
    let held = album.headroom.crushed.len();
    let facts = [
        ("Loudness of the record", figure_or_dash(album.integrated_lufs, Unit::Lufs)),
        ("Loudest song", figure_or_dash(loudest(&album.tracks), Unit::Lufs)),
        ("Highest true peak", figure_or_dash(highest(&album.tracks), Unit::Dbtp)),
        ("Most limiting of a song", figure(most_db, Unit::Db)),
        ("Songs at the limit", if held == 0 { "none".to_string() } else { held.to_string() }),
    ];
    let songs = several(album.tracks.len(), "song", "songs");
    html! {
        section.first aria-labelledby="title" {
            h1.song #title { bdi { (title) } }
            p.verdict.(class) {
                span.badge { span aria-hidden="true" { (sign) } " " (word) }
                span.headline { (songs) ", " (clock(length_s, false)) }
            }
            p.lead { (crate::report::text::album_policy(album)) }
            dl.five.sums { @for (name, value) in &facts { div.card { dt.name { (name) } dd.big { (value) } } } }
        }
    }
}

fn loudest(tracks: &[AlbumTrack]) -> Option<f64> {
    tracks.iter().filter_map(|track| track.result_lufs).reduce(f64::max)
}

fn highest(tracks: &[AlbumTrack]) -> Option<f64> {
    tracks.iter().filter_map(|track| track.result_dbtp).reduce(f64::max)
}

/// All findings, the worst first, each with the song that it is about.
fn findings(album: &Album) -> Option<Markup> {
    let mut list: Vec<&Finding> = album.findings.iter().collect();
    list.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    let class = |finding: &Finding| match finding.severity {
        Severity::Fail => "fail",
        Severity::Warn => "warn",
        Severity::Info => "info",
    };
    (!list.is_empty()).then(|| {
        html! {
            ul.findings {
                @for finding in list {
                    li.(class(finding)) {
                        span.sign aria-hidden="true" { (severity_sign(finding.severity)) }
                        div {
                            h3 { bdi { (plain(&finding.subject)) } ": " (sentence(&finding.message)) }
                            @if !finding.advice.is_empty() { p.advice { (sentence(&finding.advice)) } }
                            p.meta {
                                span { (severity_word(finding.severity)) }
                                span { (plain(&finding.code)) " " (plain(&finding.name)) }
                            }
                        }
                    }
                }
            }
        }
    })
}
