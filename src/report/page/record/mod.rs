//! The page of a record: the programme as a timeline, levels before and after, tone, joints, prices, delivery.

mod charts;
mod tables;

use super::{MAIN, Shell, shell};
use crate::model::{Album, AlbumTrack, Finding, Severity};
use crate::report::measures::{figure, figure_or_dash};
use crate::report::song::{severity_sign, severity_word};
use crate::report::verdict::{sentence, several};
use crate::report::{Record, plain};
use crate::units::{Unit, clock};
use maud::{Markup, html};

static STYLE: &str = include_str!("record.css");

/// The whole page. It needs nothing beside itself, but for the transition reel, whose files it plays from their folder.
pub(in crate::report) fn page(record: &Record) -> String {
    let album = record.album;
    let title = plain(&album.title);
    let sections = [
        ("timeline", "In time", Some(charts::timeline(record))),
        (
            "levels",
            "Levels",
            Some(html! { (charts::staircase(album)) (tables::prices(album)) (tables::singles(album)) }),
        ),
        (
            "tone",
            "Tone and width",
            charts::spectra(album).map(|chart| html! { (chart) (tables::apart(album)) }),
        ),
        ("joints", "Joints", tables::joints(record)),
        ("order", "Order", tables::order(album)),
        ("sides", "Sides", tables::sides(album)),
        ("services", "Played as an album", tables::platforms(album)),
        ("findings", "Notes", findings(album)),
        ("delivery", "Delivery", Some(tables::delivery(album))),
    ];
    let sections: Vec<_> =
        sections.into_iter().filter_map(|(id, name, body)| Some((id, name, body?))).collect();
    shell(Shell {
        title: title.clone(),
        kind: kind(album),
        sections: sections.iter().map(|(id, name, _)| (*id, *name)).collect(),
        main: super::main(&first(album, &title), &sections),
        footer: html! { p {
            "Made by mixproof " (env!("CARGO_PKG_VERSION"))
            ". Measured by ITU\u{2011}R BS.1770\u{2011}5 and EBU R 128. Software proposes, ears decide."
        } },
        data: html! {},
        scripts: vec![&MAIN],
        style: STYLE,
        // The transition reel lies beside the page.
        loads: "media-src 'self' file:; ",
    })
}

fn kind(album: &Album) -> &'static str {
    if album.tracks.iter().any(|track| track.output.is_some()) { "Record" } else { "Plan of a record" }
}

/// What is most worth knowing, and the numbers of the whole.
fn first(album: &Album, title: &str) -> Markup {
    let worst = album.findings.iter().map(|finding| finding.severity).max();
    let (class, sign, word) = match worst {
        Some(Severity::Fail) => ("fail", "×", "Not ready"),
        Some(Severity::Warn) => ("warn", "▲", "Worth a look"),
        _ => ("good", "✓", "Ready"),
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
                span.headline { (sentence(&format!("{songs}, {}", clock(length_s, false)))) }
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
