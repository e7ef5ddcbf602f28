//! Drawings of a record: loudness over the whole programme, levels before and after, spectra over each other. Each is
//! drawn twice, for desks and for phones, by the same function.

use crate::model::{Album, AlbumTrack};
use crate::report::charts::{Data, Positions, Series, json_text};
use crate::report::measures::number;
use crate::report::palette::Ink;
use crate::report::verdict::several;
use crate::report::{Record, plain};
use crate::units::{Unit, clock, octaves};
use maud::{Markup, PreEscaped, html};
use std::fmt::Write;

const WIDE: f64 = 840.0;
const NARROW: f64 = 360.0;

/// Most points of the loudness over time that the script reads.
const POINTS: f64 = 3000.0;

/// Room for the numbers of the vertical axis.
const LEFT: f64 = 42.0;
const RIGHT: f64 = 8.0;

/// A picture: its words, its numbers for the script, and how it is drawn at a width.
struct Picture<'a> {
    id: &'a str,
    title: &'a str,
    data: Data,
    /// What is in the programme from which second on, for charts over time.
    parts: Vec<(f64, String)>,
    height: f64,
}

impl Picture<'_> {
    /// `frame` says where the data lie in a drawing of a width.
    fn figure(&self, frame: impl Fn(f64) -> Frame, draw: impl Fn(f64) -> Markup) -> Markup {
        let Picture { id, title, data, height, .. } = self;
        html! {
            figure.chart id={ "chart-" (id) } data-chart=(id) {
                figcaption { h3 { (title) } p { (crate::report::verdict::sentence(&data.sentence)) } }
                div.plot {
                    @for (class, width) in [("wide", WIDE), ("narrow", NARROW)] {
                        svg class=(class) role="img" viewBox={ "0 0 " (width) " " (height) } aria-labelledby={ (id) "-" (class) }
                            data-frame=(frame(width).words()) {
                            title id={ (id) "-" (class) } { (title) ": " (data.sentence) }
                            (draw(width))
                        }
                    }
                    div.readout hidden {}
                }
                script type="application/json" id={ "data-" (id) } { (PreEscaped(self.json())) }
            }
        }
    }

    fn json(&self) -> String {
        let json = self.data.json();
        if self.parts.is_empty() {
            return json;
        }
        let part = |(from_s, name): &(f64, String)| format!("[{from_s:.2},{}]", json_text(name));
        let parts: Vec<String> = self.parts.iter().map(part).collect();
        format!("{},\"parts\":[{}]}}", json.strip_suffix('}').unwrap_or(&json), parts.join(","))
    }
}

/// Where the data lie in a drawing, in the units of its view box.
struct Frame {
    left: f64,
    right: f64,
    top: f64,
    bottom: f64,
    from: f64,
    to: f64,
    octaves: bool,
}

impl Frame {
    fn words(&self) -> String {
        let Frame { left, right, top, bottom, from, to, octaves } = self;
        format!("{left:.1},{right:.1},{top},{bottom},{from},{to},{}", u8::from(*octaves))
    }
}

/// A linear scale.
#[derive(Clone, Copy)]
struct Scale {
    from: f64,
    to: f64,
    start: f64,
    end: f64,
}

impl Scale {
    fn at(self, value: f64) -> f64 {
        let share = ((value - self.from) / (self.to - self.from)).clamp(0.0, 1.0);
        self.start + share * (self.end - self.start)
    }
}

fn words(x: f64, y: f64, anchor: &str, ink: Ink, text: &str) -> Markup {
    html! {
        text x=(format!("{x:.1}")) y=(format!("{y:.1}")) text-anchor=(anchor) font-size="12" fill=(ink.css()) { (text) }
    }
}

fn line(x: [f64; 2], y: [f64; 2], ink: Ink, width: f64) -> Markup {
    html! {
        line x1=(format!("{:.1}", x[0])) x2=(format!("{:.1}", x[1])) y1=(format!("{:.1}", y[0])) y2=(format!("{:.1}", y[1]))
            stroke=(ink.css()) stroke-width=(width) {}
    }
}

/// Horizontal lines with their numbers.
fn levels(scale: Scale, right: f64, step: f64) -> Markup {
    let (low, high) = (scale.from.min(scale.to), scale.from.max(scale.to));
    let first = (low / step).ceil() as i64;
    let last = (high / step).floor() as i64;
    html! {
        @for level in (first..=last).map(|i| i as f64 * step) {
            (line([LEFT, right], [scale.at(level); 2], Ink::Grid, 1.0))
            (words(LEFT - 6.0, scale.at(level) + 4.0, "end", Ink::Muted, &number(level, 0)))
        }
    }
}

fn path(points: &[(f64, f64)]) -> String {
    let mut path = String::new();
    for (index, (x, y)) in points.iter().enumerate() {
        let _ = write!(path, "{}{x:.1},{y:.1}", if index == 0 { "M" } else { "L" });
    }
    path
}

/// Short-term loudness of the whole programme with the plan's gains, and the level of every song.
pub(super) fn timeline(record: &Record) -> Markup {
    const HEIGHT: f64 = 300.0;
    let album = record.album;
    let whole_s = album.tracks.iter().map(|track| track.start_s + track.length_s()).fold(1.0, f64::max);
    let quietest = album.tracks.iter().filter_map(|track| track.result_lufs).fold(-20.0, f64::min);
    let low = ((quietest - 12.0) / 6.0).floor() * 6.0;
    let sentence = format!(
        "short-term loudness of {} songs over {}, with the gains of the plan; the flat lines are the songs' integrated loudness",
        album.tracks.len(),
        clock(whole_s, false)
    );
    let picture = Picture {
        id: "timeline",
        title: "Loudness over the record",
        data: programme(record, whole_s, sentence),
        parts: album.order.iter().enumerate().map(|(place, song)| part(album, place, *song)).collect(),
        height: HEIGHT,
    };
    let frame = |width| Frame {
        left: LEFT,
        right: width - RIGHT,
        top: 12.0,
        bottom: HEIGHT - 46.0,
        from: 0.0,
        to: whole_s,
        octaves: false,
    };
    picture.figure(frame, |width| {
        let right = width - RIGHT;
        let x = Scale { from: 0.0, to: whole_s, start: LEFT, end: right };
        let y = Scale { from: 0.0, to: low, start: 12.0, end: HEIGHT - 46.0 };
        let least = (width / 14.0) as usize;
        let every = album.order.len().div_ceil(least.max(1)).max(1);
        html! {
            (levels(y, right, 6.0))
            (words(LEFT - 6.0, HEIGHT - 30.0, "end", Ink::Muted, "LUFS"))
            @for (place, song) in album.order.iter().enumerate() {
                @let track = &album.tracks[*song];
                @let end_s = track.start_s + track.length_s();
                @let points = series(record, *song, (x.at(end_s) - x.at(track.start_s)).max(2.0));
                @let points: Vec<(f64, f64)> = points.iter().map(|(at_s, lufs)| (x.at(*at_s), y.at(*lufs))).collect();
                rect x=(format!("{:.1}", x.at(track.start_s))) width=(format!("{:.1}", x.at(end_s) - x.at(track.start_s)))
                    y="12" height=(HEIGHT - 58.0) fill=(if place % 2 == 0 { Ink::Loud.css() } else { "none".to_string() }) {}
                path d=(path(&points)) fill="none" stroke=(Ink::Master.css()) stroke-width="1.2" stroke-linejoin="round" {}
                @if let Some(lufs) = track.result_lufs {
                    (line([x.at(track.start_s), x.at(end_s)], [y.at(lufs); 2], Ink::Text, 2.0))
                }
                @if place % every == 0 {
                    (words((x.at(track.start_s) + x.at(end_s)) / 2.0, HEIGHT - 30.0, "middle", Ink::Text, &(place + 1).to_string()))
                }
            }
            @for share in if width > 500.0 { &[0.0, 0.25, 0.5, 0.75, 1.0][..] } else { &[0.0, 0.5, 1.0] } {
                @let anchor = if *share == 0.0 { "start" } else if *share == 1.0 { "end" } else { "middle" };
                (words(x.at(whole_s * share), HEIGHT - 8.0, anchor, Ink::Muted, &clock(whole_s * share, false)))
            }
        }
    })
}

/// Where a song starts, and how it is called.
fn part(album: &Album, place: usize, song: usize) -> (f64, String) {
    let track = &album.tracks[song];
    (track.start_s, format!("{} {}", place + 1, plain(&track.title)))
}

/// Short-term loudness over the whole programme, at even steps; silence between the songs is `None`.
fn programme(record: &Record, whole_s: f64, sentence: String) -> Data {
    let step_s = (whole_s / POINTS).max(0.1);
    let values = (0..=(whole_s / step_s) as usize).map(|index| {
        let at_s = index as f64 * step_s;
        // The later of two songs where they cross.
        let song = record.album.order.iter().rev().find(|song| {
            let track = &record.album.tracks[**song];
            (track.start_s..track.start_s + track.length_s()).contains(&at_s)
        })?;
        let track = &record.album.tracks[*song];
        let values = &record.analyses.get(*song)?.loudness.short_term_lufs;
        let in_song = ((at_s - track.start_s + track.trim_start_s) * 10.0) as usize;
        let gain_db = track.gain_db + track.makeup_db + track.moves_lu;
        values.get(in_song).copied().flatten().map(|lufs| f64::from(lufs) + gain_db)
    });
    let series = vec![Series::new("Short-term", Unit::Lufs, values.collect())];
    Data { positions: Positions::Time { start_s: 0.0, step_s }, series, sentence }
}

/// A song's short-term loudness as the plan plays it: the greatest of every half pixel, in the time of the record.
fn series(record: &Record, song: usize, pixels: f64) -> Vec<(f64, f64)> {
    let track = &record.album.tracks[song];
    let Some(analysis) = record.analyses.get(song) else { return Vec::new() };
    let gain_db = track.gain_db + track.makeup_db + track.moves_lu;
    let values = &analysis.loudness.short_term_lufs;
    let many = (values.len() as f64 / (pixels * 2.0)).ceil().max(1.0) as usize;
    let group = |(index, group): (usize, &[Option<f32>])| {
        let loudest = group.iter().flatten().copied().reduce(f32::max)?;
        let at_s = (index * many) as f64 / 10.0 - track.trim_start_s;
        let inside = (0.0..=track.length_s()).contains(&at_s);
        inside.then(|| (track.start_s + at_s, f64::from(loudest) + gain_db))
    };
    values.chunks(many).enumerate().filter_map(group).collect()
}

/// Every song's level before and after, in the order of the record.
pub(super) fn staircase(album: &Album) -> Markup {
    let height = 52.0 + 30.0 * album.order.len() as f64;
    let known = |value: fn(&AlbumTrack) -> Option<f64>| album.tracks.iter().filter_map(value);
    let all: Vec<f64> =
        known(|track| track.integrated_lufs).chain(known(|track| track.result_lufs)).collect();
    let low = (all.iter().copied().fold(-16.0, f64::min) / 3.0).floor() * 3.0;
    let high = (all.iter().copied().fold(-14.0, f64::max) / 3.0).ceil() * 3.0;
    let mut sentence =
        "integrated loudness of every song, as it came (circle) and on the record (diamond)".to_string();
    if let Some(target) = album.target_lufs {
        sentence += &format!("; the line is the target of {} LUFS", number(target, 1));
    }
    let in_order = |value: fn(&AlbumTrack) -> Option<f64>| {
        album.order.iter().map(|song| value(&album.tracks[*song])).collect::<Vec<_>>()
    };
    let names = album.order.iter().enumerate().map(|(place, song)| part(album, place, *song).1);
    let data = Data {
        positions: Positions::Names(names.collect()),
        series: vec![
            Series::new("As it came", Unit::Lufs, in_order(|track| track.integrated_lufs)),
            Series::new("On the record", Unit::Lufs, in_order(|track| track.result_lufs)),
        ],
        sentence,
    };
    let picture = Picture { id: "levels", title: "Level staircase", data, parts: Vec::new(), height };
    let label_of = |width: f64| if width > 500.0 { 230.0 } else { 130.0 };
    let frame = |width| Frame {
        left: label_of(width),
        right: width - 44.0,
        top: 11.0,
        bottom: height - 41.0,
        from: low,
        to: high,
        octaves: false,
    };
    picture.figure(frame, |width| {
        let label = label_of(width);
        let x = Scale { from: low, to: high, start: label, end: width - 44.0 };
        let room = ((label - 30.0) / 6.6) as usize;
        html! {
            @for lufs in (0..).map(|i| low + 3.0 * f64::from(i)).take_while(|lufs| *lufs <= high) {
                (line([x.at(lufs); 2], [8.0, height - 30.0], Ink::Grid, 1.0))
                (words(x.at(lufs), height - 12.0, "middle", Ink::Muted, &number(lufs, 0)))
            }
            @if let Some(target) = album.target_lufs {
                (line([x.at(target); 2], [8.0, height - 30.0], Ink::Target, 2.0))
            }
            @for (place, song) in album.order.iter().enumerate() {
                @let track = &album.tracks[*song];
                @let y = 26.0 + 30.0 * place as f64;
                (words(4.0, y + 4.0, "start", Ink::Muted, &(place + 1).to_string()))
                (words(26.0, y + 4.0, "start", Ink::Text, &shortened(&track.title, room)))
                @if let (Some(before), Some(after)) = (track.integrated_lufs, track.result_lufs) {
                    (line([x.at(before), x.at(after)], [y, y], Ink::Axis, 1.5))
                    circle cx=(format!("{:.1}", x.at(before))) cy=(y) r="4.5" fill=(Ink::Mix.css()) {}
                    path d=(format!("M{:.1},{:.1}l6,6l-6,6l-6,-6z", x.at(after), y - 6.0)) fill=(Ink::Master.css()) {}
                    (words(width - 2.0, y + 4.0, "end", Ink::Master, &number(after, 1)))
                } @else {
                    (words(x.start, y + 4.0, "start", Ink::Warn, "silent"))
                }
            }
        }
    })
}

fn shortened(text: &str, most: usize) -> String {
    let text = plain(text);
    if text.chars().count() <= most {
        return text;
    }
    text.chars().take(most.saturating_sub(1)).collect::<String>() + "…"
}

/// Third octaves of all songs at equal loudness, the median, and those that stand apart.
pub(super) fn spectra(album: &Album) -> Option<Markup> {
    const HEIGHT: f64 = 340.0;
    let coherence = &album.coherence;
    if coherence.songs.is_empty() {
        return None;
    }
    let apart: Vec<usize> = (0..coherence.songs.len()).filter(|song| is_apart(album, *song)).collect();
    let sentence = format!(
        "third octaves of all songs at equal loudness: the median thick, {} in colour with the song's place",
        if apart.is_empty() {
            "no song apart from it".to_string()
        } else {
            format!("{} apart from it", several(apart.len(), "song", "songs"))
        }
    );
    let medians: Vec<Option<f64>> = coherence.bands.iter().map(|band| band.median_db).collect();
    let mut series = vec![Series::new("Median", Unit::Db, medians.clone())];
    for (place, song) in album.order.iter().enumerate().filter(|(_, song)| apart.contains(song)) {
        let levels_db = coherence.songs[*song].levels_db.clone();
        series.push(Series::new(part(album, place, *song).1, Unit::Db, levels_db));
    }
    let centers_hz = coherence.bands.iter().map(|band| band.center_hz).collect();
    let data = Data { positions: Positions::Frequencies(centers_hz), series, sentence };
    let picture =
        Picture { id: "tone", title: "Spectra over each other", data, parts: Vec::new(), height: HEIGHT };
    let frame = |width| Frame {
        left: LEFT,
        right: width - 26.0,
        top: 10.0,
        bottom: HEIGHT - 34.0,
        from: 20.0,
        to: 20_000.0,
        octaves: true,
    };
    Some(picture.figure(frame, |width| {
        let right = width - 26.0;
        let y = Scale { from: 6.0, to: -54.0, start: 10.0, end: HEIGHT - 34.0 };
        let whole_oct = octaves(20.0, 20_000.0);
        let x = Scale { from: 0.0, to: whole_oct, start: LEFT, end: right };
        let curve = |levels: &[Option<f64>]| {
            let bands = coherence.bands.iter().zip(levels);
            let points = bands
                .filter_map(|(band, level)| Some((x.at(octaves(20.0, band.center_hz)), y.at((*level)?))));
            points.collect::<Vec<(f64, f64)>>()
        };
        html! {
            (levels(y, right, 12.0))
            (words(LEFT - 6.0, HEIGHT - 12.0, "end", Ink::Muted, "dB"))
            @for (hz, name) in [(31.5, "31"), (100.0, "100"), (315.0, "315"), (1000.0, "1k"), (3150.0, "3.1k"), (10_000.0, "10k")] {
                (line([x.at(octaves(20.0, hz)); 2], [10.0, HEIGHT - 34.0], Ink::Grid, 1.0))
                (words(x.at(octaves(20.0, hz)), HEIGHT - 12.0, "middle", Ink::Muted, name))
            }
            @for (song, tone) in coherence.songs.iter().enumerate() {
                @if !apart.contains(&song) {
                    path d=(path(&curve(&tone.levels_db))) fill="none" stroke=(Ink::Axis.css()) stroke-width="1" stroke-opacity="0.7" {}
                }
            }
            path d=(path(&curve(&medians))) fill="none" stroke=(Ink::Text.css()) stroke-width="3" {}
            @for song in &apart {
                @let points = curve(&coherence.songs[*song].levels_db);
                @let place = album.order.iter().position(|other| other == song).unwrap_or(0) + 1;
                path d=(path(&points)) fill="none" stroke=(Ink::Mix.css()) stroke-width="1.8" stroke-dasharray="6 3" {}
                @if let Some((at, level)) = points.last() {
                    (words(at + 4.0, level + 4.0, "start", Ink::Mix, &place.to_string()))
                }
            }
        }
    }))
}

/// Whether a song is apart in tone; width and dynamics are not in this picture.
fn is_apart(album: &Album, song: usize) -> bool {
    let regions: Vec<&String> = album.coherence.regions.iter().map(|region| &region.name).collect();
    album.coherence.songs[song].outliers.iter().any(|outlier| regions.contains(&&outlier.what))
}
