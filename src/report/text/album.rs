//! Text for the terminal: a record with its levels, order, joints and findings.

use super::paint::{Paint, Style, wrapped};
use super::{Options, finding};
use crate::model::{Album, AlbumPolicy, HeadroomChoice, OrderSource, PlatformGain};
use crate::report::measures::{change, figure, figure_or_dash, number, signed};
use crate::report::plain;
use crate::report::verdict::{sentence, several};
use crate::units::{Unit, clock};

/// What a joint says of a difference that could not be measured.
const UNKNOWN: &str = "not known";

/// Most characters of a title in a table.
const TITLE: usize = 28;

/// A record: the songs in the order of the plan, what their levels cost, the joints, the search, the findings.
pub fn album(album: &Album, options: &Options) -> String {
    let paint = Paint::new(options);
    let mut out = String::new();
    let ends = album.tracks.iter().map(|track| track.start_s + track.length_s());
    let facts = format!(
        "{}, {}, {}",
        several(album.tracks.len(), "song", "songs"),
        clock(ends.fold(0.0, f64::max), false),
        figure_or_dash(album.integrated_lufs, Unit::Lufs)
    );
    out += &format!(
        "{}  {}\n",
        paint.styled(&plain(&album.title), Style::Bold),
        paint.styled(&facts, Style::Faint)
    );
    for line in wrapped(&album_policy(album), paint.width) {
        out += &format!("{line}\n");
    }
    songs(album, &paint, &mut out);
    joints(album, &paint, &mut out);
    order(album, &paint, &mut out);
    singles(album, &paint, &mut out);
    sides(album, &paint, &mut out);
    services(album, &paint, &mut out);
    if !album.findings.is_empty() {
        out += &format!("\n{}\n", paint.styled("Worth knowing", Style::Bold));
        for one in &album.findings {
            out += &format!("  {}\n", paint.styled(&plain(&one.subject), Style::Faint));
            finding(one, &paint, &mut out);
        }
    }
    paint.finish(out)
}

/// How levels were chosen and what it costs, in two sentences.
pub fn album_policy(album: &Album) -> String {
    let aim = album.target_lufs.map_or("its own level".to_string(), |target| figure(target, Unit::Lufs));
    let policy = match album.policy {
        AlbumPolicy::LoudestTrack => {
            format!("Levels: the loudest song at {aim}, all distances kept (loudest-track)")
        }
        AlbumPolicy::AlbumIntegrated => {
            format!("Levels: the record as a whole at {aim}, all distances kept (album-integrated)")
        }
        AlbumPolicy::LoudSections => {
            format!("Levels: the loudest parts of all songs alike, the loudest song at {aim} (loud-sections)")
        }
        AlbumPolicy::Anchor if album.tracks.iter().any(|track| track.vocal_lufs.is_some()) => format!(
            "Levels: all lead vocals alike, instrumentals beside them, the loudest song at {aim} (anchor)"
        ),
        AlbumPolicy::Anchor => format!("Levels: one song at {aim}, all distances kept (anchor)"),
        AlbumPolicy::PerTrack => format!("Levels: every song at {aim} (per-track)"),
    };
    let headroom = &album.headroom;
    let choice = match (headroom.crushed.is_empty(), headroom.choice) {
        (true, _) if headroom.unlimited_by_db < 0.05 => "no song needs a limiter".to_string(),
        (true, _) => format!("no song needs more than {:.1} dB of limiting", headroom.max_reduction_db),
        (false, HeadroomChoice::HoldSong) => format!(
            "held at {:.1} dB of limiting: {} of the songs; keeping every distance would cost the record {:.1} dB",
            headroom.max_reduction_db,
            headroom.crushed.len(),
            headroom.lower_record_by_db
        ),
        (false, HeadroomChoice::LowerRecord) => {
            format!(
                "the record is lowered by {:.1} dB, so that every distance is kept",
                headroom.lower_record_by_db
            )
        }
    };
    let trimmed = album.tracks.iter().filter(|track| track.trim_start_s + track.trim_end_s > 0.0).count();
    let choice = match trimmed {
        0 => choice,
        some => format!("{choice}. Trimmed: silence at the ends of {some} songs"),
    };
    let ceiling = figure(album.ceiling_dbtp, Unit::Dbtp);
    format!("{policy}, true peak at most {ceiling}. Headroom: {choice}.")
}

fn songs(album: &Album, paint: &Paint, out: &mut String) {
    let header = format!(
        "{:>4}  {:<TITLE$}{:>7}{:>9}{:>8}{:>9}{:>10}{:>8}",
        "", "song", "start", "LUFS", "gain", "to LUFS", "limiting", "crest"
    );
    *out += &format!("\n{}\n", paint.styled(&header, Style::Faint));
    for (place, song) in album.order.iter().enumerate() {
        let track = &album.tracks[*song];
        let title: String = plain(&track.title).chars().take(TITLE - 2).collect();
        let or_dash = |value: Option<f64>| value.map_or("–".to_string(), |value| number(value, 1));
        let cost = |db: f64| if db < 0.05 { "·".to_string() } else { number(db, 1) };
        let lost =
            if track.crest_lost_db < 0.05 { "·".to_string() } else { number(-track.crest_lost_db, 1) };
        let gain_db = track.gain_db + track.makeup_db;
        let style = if album.headroom.crushed.contains(song) { Style::Warn } else { Style::Master };
        *out += &format!(
            "{}  {title:<TITLE$}{:>7}{:>9}{:>8}{:>9}{:>10}{:>8}\n",
            paint.styled(&format!("{:>4}", place + 1), style),
            clock(track.start_s, false),
            or_dash(track.integrated_lufs),
            format!("{gain_db:+.1}").replace('-', "−"),
            or_dash(track.result_lufs),
            cost(track.limiting_db),
            lost
        );
    }
}

/// Singles, where they have been written.
fn singles(album: &Album, paint: &Paint, out: &mut String) {
    let written = |song: &usize| {
        let single = album.tracks[*song].single.as_ref()?;
        single.output.as_ref().map(|_| (*song, single))
    };
    let singles: Vec<_> = album.order.iter().filter_map(written).collect();
    if singles.is_empty() {
        return;
    }
    let header =
        format!("{:>4}  {:<TITLE$}{:>8}{:>9}{:>10}", "", "on its own", "gain", "to LUFS", "limiting");
    *out += &format!("\n{}\n", paint.styled(&header, Style::Faint));
    for (song, single) in singles {
        let title: String = plain(&album.tracks[song].title).chars().take(TITLE - 2).collect();
        *out += &format!(
            "{:>4}  {title:<TITLE$}{:>8}{:>9}{:>10}\n",
            at_place(album, song),
            format!("{:+.1}", single.gain_db + single.makeup_db).replace('-', "−"),
            single.result_lufs.map_or("–".to_string(), |lufs| number(lufs, 1)),
            if single.limiting_db < 0.05 { "·".to_string() } else { number(single.limiting_db, 1) },
        );
    }
}

/// Sides with their lengths and songs.
fn sides(album: &Album, paint: &Paint, out: &mut String) {
    let Some(sides) = &album.sides else { return };
    let longest = clock(sides.longest_s, false);
    *out +=
        &format!("\n{}\n", paint.styled(&format!("Sides ({}, up to {longest})", sides.medium), Style::Bold));
    let mut at = 0;
    for side in &sides.sides {
        let names: Vec<String> = album.order[at..at + side.songs]
            .iter()
            .map(|song| format!("{} {}", at_place(album, *song), plain(&album.tracks[*song].title)))
            .collect();
        at += side.songs;
        let length = clock(side.length_s, false);
        let style = if side.length_s > sides.longest_s { Style::Warn } else { Style::Master };
        let head = paint.styled(&format!("  {:<3}{length:>6}", side.name), style);
        for (index, line) in wrapped(&names.join(" · "), paint.width.saturating_sub(13)).iter().enumerate() {
            let start = if index == 0 { head.clone() } else { " ".repeat(11) };
            *out += &format!("{start}  {line}\n");
        }
    }
}

/// Services that play an album at one gain.
fn services(album: &Album, paint: &Paint, out: &mut String) {
    if album.platforms.is_empty() {
        return;
    }
    *out += &format!("\n{}\n", paint.styled("Played as an album, all songs at one gain", Style::Bold));
    for service in &album.platforms {
        let levels = || service.results_lufs.iter().flatten().copied();
        let range = levels().reduce(f64::min).zip(levels().reduce(f64::max));
        let range = range.map_or(String::new(), |(low, high)| {
            format!("{} to {}", number(low, 1), figure(high, Unit::Lufs))
        });
        let title: String = plain(&service.title).chars().take(TITLE - 2).collect();
        *out += &format!("  {title:<TITLE$}{:>9}  {range}\n", change(service.gain_db, Unit::Db));
        for line in wrapped(&set_by(album, service), paint.width.saturating_sub(6)) {
            *out += &format!("      {}\n", paint.styled(&line, Style::Faint));
        }
    }
}

/// Which song sets the gain of an album, and why.
fn set_by(album: &Album, service: &PlatformGain) -> String {
    match service.set_by.and_then(|song| album.tracks.get(song)) {
        Some(track) => format!("{}: {}.", plain(&track.title), signed(&plain(&service.because))),
        None => sentence(&signed(&plain(&service.because))),
    }
}

/// Place of a song on the record, from 1.
fn at_place(album: &Album, song: usize) -> usize {
    album.order.iter().position(|other| *other == song).unwrap_or(0) + 1
}

fn joints(album: &Album, paint: &Paint, out: &mut String) {
    if album.joints.is_empty() {
        return;
    }
    *out += &format!("\n{}\n", paint.styled("Joints", Style::Bold));
    for (place, joint) in album.joints.iter().enumerate() {
        let track = &album.tracks[joint.from];
        let time = match (joint.gapless, track.crossfade_s > 0.0) {
            (true, _) => "gapless".to_string(),
            (false, true) => format!("crossfade {:.2} s", track.crossfade_s),
            (false, false) => format!("gap {:.2} s", track.gap_after_s),
        };
        let known = joint.reasons.iter().filter(|reason| reason.detail != UNKNOWN);
        let dearest: Vec<String> = known.take(2).map(|reason| reason.detail.clone()).collect();
        let dearest = match dearest.is_empty() && !joint.gapless {
            true => "nothing to compare".to_string(),
            false => signed(&dearest.join("; ")),
        };
        let line = format!(
            "  {:>2} → {:<2}  cost {:.2}  {time}  {}",
            place + 1,
            place + 2,
            joint.cost,
            paint.styled(&plain(&dearest), Style::Faint)
        );
        *out += &format!("{}\n", line.trim_end());
        for line in wrapped(&sentence(&joint.gap_because), paint.width.saturating_sub(11)) {
            *out += &format!("           {}\n", paint.styled(&line, Style::Faint));
        }
    }
}

fn order(album: &Album, paint: &Paint, out: &mut String) {
    if album.order.len() < 3 {
        return;
    }
    let suggestion = &album.suggestion;
    *out += &format!("\n{}\n", paint.styled("Order", Style::Bold));
    let for_sides = album.sides.is_some() && album.order_from == OrderSource::Suggest;
    let used = match album.order_from {
        OrderSource::Keep => "as given",
        OrderSource::Suggest if for_sides => "as suggested for these sides",
        OrderSource::Suggest => "as suggested",
        OrderSource::Plan => "as the plan says",
    };
    let sure = if suggestion.exact {
        "no order is cheaper".to_string()
    } else {
        let bound = suggestion.lower_bound_cost;
        let gap = 100.0 * (suggestion.cost - bound) / bound.max(1e-9);
        format!(
            "searched, not proved: no order costs less than {bound:.2}, so it is at most {gap:.0} % above the best"
        )
    };
    let without = if album.sides.is_some() { " without sides" } else { "" };
    let costs = format!(
        "This order ({used}) costs {:.2}; as given {:.2}, suggested{without} {:.2} ({sure}), random orders {:.2} on average, {:.2} the best of {}.",
        album.order_cost,
        album.order_cost_as_given,
        suggestion.cost,
        suggestion.random_mean_cost,
        suggestion.random_lowest_cost,
        suggestion.random_orders
    );
    for line in wrapped(&costs, paint.width.saturating_sub(2)) {
        *out += &format!("  {line}\n");
    }
    if album.order_from == OrderSource::Keep && suggestion.order != album.order {
        let names: Vec<String> =
            suggestion.order.iter().map(|song| plain(&album.tracks[*song].title)).collect();
        for line in wrapped(&format!("Suggested: {}", names.join(" · ")), paint.width.saturating_sub(2)) {
            *out += &format!("  {line}\n");
        }
    }
}
