//! Tables of a record: what levels cost, who stands apart, joints with players, order, sides, services, delivery.

use crate::model::{
    Album, AlbumTrack, Applicability, HeadroomChoice, Joint, JointReasonKind, OrderSource, ToneOutlier,
};
use crate::report::measures::{change, figure, figure_or_dash, number, signed};
use crate::report::palette::Ink;
use crate::report::verdict::sentence;
use crate::report::{Record, plain};
use crate::units::{Unit, clock};
use maud::{Markup, html};
use std::path::Path;

/// A table that scrolls by itself on narrow screens.
fn table(name: &str, head: &[&str], body: Markup) -> Markup {
    html! {
        div.scroll tabindex="0" role="region" aria-label=(name) {
            table {
                caption { (name) }
                thead { tr { @for title in head { th scope="col" { (title) } } } }
                tbody { (body) }
            }
        }
    }
}

/// Cost in dB; nothing worth a word is a dot.
fn cost(db: f64) -> String {
    if db < 0.05 { "·".to_string() } else { number(db, 1) }
}

fn title(track: &AlbumTrack) -> Markup {
    html! { bdi { (plain(&track.title)) } }
}

/// What the level of every song costs, and what else could be chosen.
pub(super) fn prices(album: &Album) -> Markup {
    let headroom = &album.headroom;
    let or_dash = |value: Option<f64>| value.map_or("–".to_string(), |value| number(value, 1));
    let rows = html! {
        @for (place, song) in album.order.iter().enumerate() {
            @let track = &album.tracks[*song];
            tr.held[headroom.crushed.contains(song)] {
                th scope="row" { (place + 1) " " (title(track)) }
                td.before { (or_dash(track.integrated_lufs)) }
                td { (change(track.wanted_gain_db, Unit::Db)) }
                td { (change(track.gain_db + track.makeup_db, Unit::Db)) }
                td { (cost(track.limiting_db)) }
                td { (cost(track.crest_lost_db)) }
                td.after { (or_dash(track.result_lufs)) }
                td { (or_dash(track.result_dbtp)) }
            }
        }
    };
    let head = ["Song", "LUFS", "Wanted", "Gain", "Limiting dB", "Crest lost dB", "To LUFS", "To dBTP"];
    html! {
        h3.sub { "What the levels cost" }
        p.intro {
            @if headroom.unlimited_by_db <= 0.05 {
                "No song needs a limiter. "
            } @else if headroom.crushed.is_empty() {
                "No song needs more than " (figure(headroom.max_reduction_db, Unit::Db)) " of limiting. "
            } @else if headroom.choice == HeadroomChoice::HoldSong {
                (headroom.crushed.len()) " of the songs would need more than " (figure(headroom.max_reduction_db, Unit::Db))
                " of limiting and are held there. Lowering the whole record by " (figure(headroom.lower_record_by_db, Unit::Db))
                " would keep every distance (--headroom record). "
            } @else {
                "The whole record is lowered by " (figure(headroom.lower_record_by_db, Unit::Db)) ", so that every distance is kept. "
            }
            @if headroom.unlimited_by_db > 0.05 {
                "Lowered by " (figure(headroom.unlimited_by_db, Unit::Db)) ", it would need no limiting at all."
            }
        }
        (table("Levels and their price", &head, rows))
    }
}

/// The songs on their own: by the moves of the record, at the level of the delivery.
pub(super) fn singles(album: &Album) -> Markup {
    let or_dash = |value: Option<f64>| value.map_or("–".to_string(), |value| number(value, 1));
    let rows = album.order.iter().enumerate().filter_map(|(place, song)| {
        let track = &album.tracks[*song];
        let single = track.single.as_ref()?;
        Some(html! {
            tr {
                th scope="row" { (place + 1) " " (title(track)) }
                td { (change(single.gain_db + single.makeup_db, Unit::Db)) }
                td { (change(single.gain_db + single.makeup_db - track.gain_db - track.makeup_db, Unit::Db)) }
                td { (cost(single.limiting_db)) }
                td { (cost(single.crest_lost_db)) }
                td.after { (or_dash(single.result_lufs)) }
                td { (or_dash(single.result_dbtp)) }
            }
        })
    });
    let rows: Vec<Markup> = rows.collect();
    if rows.is_empty() {
        return html! {};
    }
    let written =
        album.tracks.iter().filter_map(|track| track.single.as_ref()).any(|single| single.output.is_some());
    let head = ["Song", "Gain", "Over the record", "Limiting dB", "Crest lost dB", "To LUFS", "To dBTP"];
    html! {
        h3.sub { "The same songs as singles" }
        p.intro {
            "By the moves of the record; only the level is another. "
            @if written { "They lie in the folder " code { "singles" } "." } @else { "Written by " code { "--singles" } "." }
        }
        (table("Singles and their price", &head, html! { @for row in &rows { (row) } }))
    }
}

/// Songs that stand apart, and the moves that are proposed or applied.
pub(super) fn apart(album: &Album) -> Markup {
    let words = |outlier: &ToneOutlier| {
        let unit = if outlier.what.contains("loudness") { Unit::Lu } else { Unit::Db };
        format!("{} {}", outlier.what, change(outlier.off_db, unit))
    };
    let songs: Vec<usize> = album
        .order
        .iter()
        .copied()
        .filter(|song| album.coherence.songs.get(*song).is_some_and(|tone| !tone.outliers.is_empty()))
        .collect();
    html! {
        @if songs.is_empty() {
            p.calm { "No song stands apart from the record's own middle." }
        } @else {
            ul.plain {
                @for song in songs {
                    @let track = &album.tracks[song];
                    li {
                        strong { (title(track)) } ": "
                        (album.coherence.songs[song].outliers.iter().map(words).collect::<Vec<_>>().join(", "))
                        @for step in &track.moves {
                            p.effect {
                                @if step.applicability == Applicability::Automatic { "Applied: " } @else { "Proposed, not applied: " }
                                (signed(&plain(&step.predicted_effect)))
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Every joint with its cost by reason, its time, and its place in the reel.
pub(super) fn joints(record: &Record) -> Option<Markup> {
    let album = record.album;
    if album.joints.is_empty() {
        return None;
    }
    let dearest = album.joints.iter().map(|joint| joint.cost).fold(0.1, f64::max);
    Some(html! {
        p.intro {
            "How far the start of a song is from the end of the one before it: 0 is the smoothest, 1 the roughest joint. "
            @if album.reel.is_empty() { "Write the record with --reel to listen to the joints here." }
            @else { "The players hold the last and the first eight seconds, as they follow each other." }
        }
        ul.keys {
            @for reason in REASONS {
                li { i.key style=(format!("background:{}", ink_of(reason).css())) aria-hidden="true" {} (name_of(reason)) }
            }
        }
        ol.joints {
            @for (place, joint) in album.joints.iter().enumerate() {
                @let [from, to] = [joint.from, joint.to].map(|song| &album.tracks[song]);
                li {
                    div.names {
                        span.tag { (place + 1) " → " (place + 2) }
                        h3 { (title(from)) " → " (title(to)) }
                    }
                    div.time { strong { (time(from, joint)) } " " span.tag { (sentence(&joint.gap_because)) } }
                    (bar(joint, dearest))
                    @if let Some(part) = album.reel.iter().find(|part| (part.from, part.to) == (joint.from, joint.to)) {
                        audio controls preload="none" src=(beside(&part.path, record.page))
                            aria-label={ "Joint from " (plain(&from.title)) " to " (plain(&to.title)) } {}
                    }
                }
            }
        }
    })
}

fn time(track: &AlbumTrack, joint: &Joint) -> String {
    match (joint.gapless, track.crossfade_s > 0.0) {
        (true, _) => "Gapless".to_string(),
        (false, false) if track.gap_after_s == 0.0 => "No gap".to_string(),
        (false, true) => format!("Crossfade {:.2} s", track.crossfade_s),
        (false, false) => format!("Gap {:.2} s", track.gap_after_s),
    }
}

/// The reasons of a joint's cost, for the key of the bars.
const REASONS: [JointReasonKind; 5] = [
    JointReasonKind::Loudness,
    JointReasonKind::Tempo,
    JointReasonKind::Key,
    JointReasonKind::Tone,
    JointReasonKind::Energy,
];

fn ink_of(reason: JointReasonKind) -> Ink {
    match reason {
        JointReasonKind::Loudness => Ink::Master,
        JointReasonKind::Tempo => Ink::Mix,
        JointReasonKind::Key => Ink::Target,
        JointReasonKind::Tone => Ink::Median,
        JointReasonKind::Energy => Ink::Warn,
    }
}

fn name_of(reason: JointReasonKind) -> &'static str {
    match reason {
        JointReasonKind::Loudness => "loudness",
        JointReasonKind::Tempo => "tempo",
        JointReasonKind::Key => "key",
        JointReasonKind::Tone => "tone",
        JointReasonKind::Energy => "energy",
    }
}

/// Cost by reason as one bar, and in words.
fn bar(joint: &Joint, dearest: f64) -> Markup {
    html! {
        div.cost {
            div.bar aria-hidden="true" {
                @for reason in &joint.reasons {
                    span style=(format!("width:{:.1}%;background:{}", 100.0 * reason.cost / dearest, ink_of(reason.reason).css())) {}
                }
            }
            p { strong { "Cost " (format!("{:.2}", joint.cost)) } }
            @if !joint.reasons.is_empty() {
                details {
                    summary { "Why" }
                    ul.plain {
                        @for reason in &joint.reasons {
                            li {
                                i.key style=(format!("background:{}", ink_of(reason.reason).css())) aria-hidden="true" {}
                                (name_of(reason.reason)) " " (format!("{:.2}", reason.cost)) ": " (signed(&plain(&reason.detail)))
                            }
                        }
                    }
                }
            }
        }
    }
}

/// A written file as the page finds it: relative to the page's folder where it lies in it.
fn beside(path: &str, page: &Path) -> String {
    let folder = page.parent().unwrap_or(Path::new(""));
    let relative = Path::new(path).strip_prefix(folder).unwrap_or(Path::new(path));
    let text = relative.display().to_string().replace('\\', "/");
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~/".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out += &format!("%{byte:02X}");
        }
    }
    out
}

/// What this order costs beside others.
pub(super) fn order(album: &Album) -> Option<Markup> {
    if album.order.len() < 3 {
        return None;
    }
    let found = &album.suggestion;
    let used = match album.order_from {
        OrderSource::Keep => "This order (as given)",
        OrderSource::Suggest if album.sides.is_some() => "This order (as suggested for these sides)",
        OrderSource::Suggest => "This order (as suggested)",
        OrderSource::Plan => "This order (as the plan says)",
    };
    let bound = if found.exact {
        "no order is cheaper".to_string()
    } else {
        format!("no order costs less than {:.2}", found.lower_bound_cost)
    };
    let mut rows = vec![
        (used.to_string(), album.order_cost),
        ("As given".to_string(), album.order_cost_as_given),
        (
            format!("Suggested{} ({bound})", if album.sides.is_some() { " without sides" } else { "" }),
            found.cost,
        ),
    ];
    if found.random_orders > 0 {
        rows.push((format!("Best of {} random orders", found.random_orders), found.random_lowest_cost));
        rows.push(("Random orders on average".to_string(), found.random_mean_cost));
    }
    let dearest = rows.iter().map(|row| row.1).fold(0.1, f64::max);
    let rows = html! {
        @for (name, cost) in &rows {
            tr {
                th scope="row" { (name) }
                td { (format!("{cost:.2}")) }
                td.wide { div.bar aria-hidden="true" { span style=(format!("width:{:.1}%;background:{}", 100.0 * cost / dearest, Ink::Master.css())) {} } }
            }
        }
    };
    let suggested: Vec<String> = found.order.iter().map(|song| plain(&album.tracks[*song].title)).collect();
    Some(html! {
        (table("Cost of all joints", &["Order", "Cost", "Beside each other"], rows))
        @if found.order != album.order && album.order_from != OrderSource::Suggest { p.intro.spaced { "Suggested: " (suggested.join(" · ")) ". Nothing is reordered unasked." } }
    })
}

/// Sides with their lengths.
pub(super) fn sides(album: &Album) -> Option<Markup> {
    let sides = album.sides.as_ref()?;
    let mut at = 0;
    let rows = sides.sides.iter().map(|side| {
        let songs: Vec<String> =
            album.order[at..at + side.songs].iter().map(|song| plain(&album.tracks[*song].title)).collect();
        at += side.songs;
        html! {
            tr.held[side.length_s > sides.longest_s] {
                th scope="row" { (side.name) }
                td { (clock(side.length_s, false)) }
                td { (clock(sides.longest_s - side.length_s.min(sides.longest_s), false)) }
                td.words { (songs.join(" · ")) }
            }
        }
    });
    let rows: Vec<Markup> = rows.collect();
    Some(html! {
        p.intro { (sides.medium) ", recommended up to " (clock(sides.longest_s, false)) " a side." }
        (table("Length of the sides", &["Side", "Length", "Left", "Songs"], html! { @for row in &rows { (row) } }))
    })
}

/// What services that take one gain for an album do to it.
pub(super) fn platforms(album: &Album) -> Option<Markup> {
    if album.platforms.is_empty() {
        return None;
    }
    let rows = html! {
        @for service in &album.platforms {
            @let levels: Vec<f64> = service.results_lufs.iter().flatten().copied().collect();
            @let lowest = levels.iter().copied().reduce(f64::min);
            @let highest = levels.iter().copied().reduce(f64::max);
            tr {
                th scope="row" { (plain(&service.title)) }
                td { (change(service.gain_db, Unit::Db)) }
                td { (figure_or_dash(lowest, Unit::Lufs)) }
                td { (figure_or_dash(highest, Unit::Lufs)) }
                td.words {
                    @if let Some(song) = service.set_by { strong { (title(&album.tracks[song])) } ": " }
                    (signed(&plain(&service.because)))
                }
            }
        }
    };
    let head = ["Service", "Gain of all songs", "Quietest song", "Loudest song", "Set by"];
    Some(table("Playback of the album as one", &head, rows))
}

/// What is written, and what the sheets say.
pub(super) fn delivery(album: &Album) -> Markup {
    let or_dash = |text: &Option<String>| text.as_deref().map_or("–".to_string(), plain);
    let file = |track: &AlbumTrack| {
        let name = track.output.as_deref().map(Path::new).and_then(Path::file_name);
        name.map_or("not written".to_string(), |name| plain(&name.to_string_lossy()))
    };
    let rows = html! {
        @for (place, song) in album.order.iter().enumerate() {
            @let track = &album.tracks[*song];
            tr {
                th scope="row" { (place + 1) " " (title(track)) }
                td { (clock(track.start_s, false)) }
                td { (clock(track.length_s(), false)) }
                td { (or_dash(&track.isrc)) }
                td.words { (file(track)) }
            }
        }
    };
    html! {
        dl.facts {
            dt { "Ceiling" } dd { (figure(album.ceiling_dbtp, Unit::Dbtp)) }
            dt { "UPC/EAN" } dd { (or_dash(&album.upc)) }
            dt { "Made for" } dd { (plain(&album.delivery)) @if album.disc { ", disc (Red Book)" } }
        }
        div.spaced { (table("Songs", &["Song", "Start", "Length", "ISRC", "File"], rows)) }
    }
}
