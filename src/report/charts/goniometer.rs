//! Where the sound lies between left and right: the cloud of the samples, and the energy by direction.

use super::Chart;
use super::canvas::{Align, Canvas, Line, Words};
use super::data::{Data, Positions, Series};
use super::heat::{Heat, Hue};
use super::plot::{Frame, SMALL};
use crate::error::Result;
use crate::model::{Goniometer, levels_from_text};
use crate::report::Song;
use crate::report::measures::number;
use crate::report::palette::Ink;
use crate::units::Unit;

pub(super) static CHART: Chart =
    Chart { name: "goniometer", title: "Where the sound is", height: 232.0, data, draw };

const DIRECTIONS: [&str; 6] = ["Left", "Half left", "Middle", "Half right", "Right", "Out of phase"];

fn picture<'a>(song: &'a Song) -> Option<&'a Goniometer> {
    let of = |analysis: &'a crate::model::Analysis| analysis.pictures.as_ref()?.goniometer.as_ref();
    match song.after() {
        Some(after) => of(after),
        None => of(song.before()),
    }
    .filter(|picture| picture.size > 0 && picture.direction_share.len() == DIRECTIONS.len())
}

fn data(song: &Song) -> Option<Data> {
    let shares =
        |picture: &Goniometer| picture.direction_share.iter().map(|share| Some(100.0 * share)).collect();
    let picture = picture(song)?;
    let mut series = Vec::new();
    if let (Some(_), Some(before)) = (song.after(), song.before().pictures.as_ref()) {
        series.extend(before.goniometer.as_ref().map(|p| Series::new("Before, %", Unit::None, shares(p))));
    }
    let name = if song.after().is_some() { "After, %" } else { "Share of the energy, %" };
    series.push(Series::new(name, Unit::None, shares(picture)));
    let names = DIRECTIONS.iter().map(|name| name.to_string()).collect();
    Some(Data { positions: Positions::Names(names), series, sentence: sentence(picture) })
}

fn sentence(picture: &Goniometer) -> String {
    let share = |index: usize| 100.0 * picture.direction_share[index];
    let (left, right) = (share(0) + share(1), share(3) + share(4));
    let lean = match left - right {
        more if more > 10.0 => " It leans to the left.",
        more if more < -10.0 => " It leans to the right.",
        _ => "",
    };
    let phase = match share(5) {
        much if much > 15.0 => format!(" {} % cancels in mono.", number(much, 0)),
        _ => String::new(),
    };
    format!("{} % of the energy stands in the middle.{lean}{phase}", number(share(2), 0))
}

fn draw(song: &Song, data: &Data, canvas: &Canvas) -> Result<Frame> {
    let (top, bottom) = (20.0, canvas.height - 12.0);
    let side = (bottom - top).min(0.46 * canvas.width);
    let hue = if song.after().is_some() { Hue::Master } else { Hue::Mix };
    let words = Words::new(Ink::Muted, SMALL, Align::Center);
    if let Some(picture) = picture(song) {
        // Left and right stand at 45 degrees, as on the scopes of mixing desks.
        let (middle, half) = ((side / 2.0, top + side / 2.0), side / 2.0);
        for (dx, dy) in [(0.0, 1.0), (1.0, 0.0), (0.7, 0.7), (-0.7, 0.7)] {
            let from = (middle.0 - dx * half, middle.1 - dy * half);
            let to = (middle.0 + dx * half, middle.1 + dy * half);
            canvas.line(&[from, to], Line::solid(Ink::Grid, 1.0))?;
        }
        // Rare places count here: the cloud's edge is what it is looked at for.
        let lifted = levels_from_text(&picture.levels).into_iter().map(|level| match level {
            0 => 0,
            level => 16 + (u16::from(level) * 47 / 63) as u8,
        });
        let heat = Heat::new(hue, picture.size, lifted.collect());
        heat.draw(canvas, (0.0, top), (side, top + side))?;
        canvas.words("Mono", (middle.0, top - 7.0), words)?;
        canvas.words("L", (middle.0 - 0.76 * half, top + 0.2 * half), words)?;
        canvas.words("R", (middle.0 + 0.76 * half, top + 0.2 * half), words)?;
    }
    let label = if canvas.narrow() { 82.0 } else { 96.0 };
    let left = side + 22.0 + label;
    let right = canvas.width - 46.0;
    let most = data.series.iter().filter_map(Series::max).fold(10.0, f64::max);
    let height = (bottom - top) / DIRECTIONS.len() as f64;
    let inks: &[(Ink, Ink)] = match data.series.len() {
        2 => &[(Ink::MixSoft, Ink::Mix), (Ink::MasterSoft, Ink::Master)],
        _ if song.after().is_some() => &[(Ink::MasterSoft, Ink::Master)],
        _ => &[(Ink::MixSoft, Ink::Mix)],
    };
    for (index, name) in DIRECTIONS.iter().enumerate() {
        let y = top + height * (index as f64 + 0.5);
        canvas.words_centred(name, (left - 8.0, y), Words::new(Ink::Text, SMALL, Align::Right))?;
        let bar = (height * 0.62) / data.series.len() as f64;
        for (which, (series, (soft, ink))) in data.series.iter().zip(inks).enumerate() {
            let share = series.values.get(index).copied().flatten().unwrap_or(0.0);
            let from = y - height * 0.31 + bar * which as f64;
            let x = left + (right - left) * share / most;
            canvas.rectangle((left, from), (x, from + bar - 1.0), *soft)?;
            canvas.line(&[(x, from), (x, from + bar - 1.0)], Line::solid(*ink, 2.0))?;
        }
        let last = data.series.last().and_then(|series| series.values.get(index).copied().flatten());
        let text = format!("{} %", number(last.unwrap_or(0.0), 0));
        canvas.words_centred(&text, (canvas.width, y), Words::new(Ink::Text, SMALL, Align::Right))?;
    }
    canvas.line(&[(left, top), (left, bottom)], Line::solid(Ink::Axis, 1.0))?;
    Ok(Frame { left, right, top, bottom, from: 0.0, to: 1.0, octaves: false })
}
