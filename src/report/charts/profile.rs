//! Every measure on one scale: where the song stands in the span of the profile, and where mastering moved it.

use super::Chart;
use super::canvas::{Align, Canvas, Line, Words};
use super::data::{Data, Positions, Series};
use super::plot::{Frame, Plot, SMALL};
use crate::error::Result;
use crate::model::{Deviation, Expected};
use crate::report::Song;
use crate::report::measures::{MEASURES, Measure, tolerances};
use crate::report::palette::Ink;
use crate::units::Unit;

pub(super) static CHART: Chart =
    Chart { name: "profile", title: "Against the profile", height: 360.0, data, draw };

/// Farther out is drawn at the edge.
const EDGE: f64 = 3.0;
/// Most rows.
const ROWS_MAX: usize = 11;

/// Measures of the song that the profile has a span for.
fn rows<'a>(song: &'a Song) -> impl Iterator<Item = (&'static Measure, &'a Deviation)> {
    let of = |measure: &'static Measure| {
        let deviation = song.check.deviations.iter().find(|deviation| deviation.measure == measure.path)?;
        Some((measure, deviation))
    };
    MEASURES.iter().filter_map(of).take(ROWS_MAX)
}

fn data(song: &Song) -> Option<Data> {
    let names: Vec<String> = rows(song).map(|(measure, _)| measure.name.to_string()).collect();
    if names.is_empty() {
        return None;
    }
    let before: Vec<Option<f64>> = rows(song).map(|(_, deviation)| Some(deviation.tolerances)).collect();
    let of = |measure: &Measure, expected: &Expected| {
        let value = match song.after() {
            Some(after) => (measure.get)(after),
            None => song.predicted(measure),
        };
        tolerances(value?, expected)
    };
    let after: Vec<Option<f64>> =
        rows(song).map(|(measure, deviation)| of(measure, &deviation.expected)).collect();
    let outside = |values: &[Option<f64>]| values.iter().flatten().filter(|value| value.abs() > 1.0).count();
    let count = names.len();
    let title = song.profile_title();
    let mut sentence = match outside(&before) {
        0 => format!("All {count} measures lie within the span of {title}."),
        1 => format!("1 of {count} measures lies outside the span of {title}."),
        outside => format!("{outside} of {count} measures lie outside the span of {title}."),
    };
    let mut series = vec![Series::new("Before, in spans", Unit::None, before)];
    if song.after().is_some() {
        sentence += &match outside(&after) {
            0 => " After mastering all of them are inside.".to_string(),
            outside => format!(" After mastering: {outside}."),
        };
        series.push(Series::new("After, in spans", Unit::None, after));
    } else if song.plan().is_some_and(|plan| !plan.moves.is_empty()) && after.iter().any(Option::is_some) {
        series.push(Series::new("Proposed, in spans", Unit::None, after));
    }
    Some(Data { positions: Positions::Names(names), series, sentence })
}

fn draw(song: &Song, data: &Data, canvas: &Canvas) -> Result<Frame> {
    let (top, bottom) = (30.0, canvas.height - 8.0);
    let left = if canvas.narrow() { 132.0 } else { 190.0 };
    let right = canvas.width - if canvas.narrow() { 8.0 } else { 150.0 };
    let mut plot = Plot::new(canvas, (-EDGE, EDGE), false, (0.0, 1.0)).below(top).above(bottom);
    (plot.frame.left, plot.frame.right) = (left, right);
    let (low, middle, high) = (plot.x(-1.0), plot.x(0.0), plot.x(1.0));
    canvas.rectangle((low, top), (high, bottom), Ink::Band)?;
    canvas.line(&[(middle, top), (middle, bottom)], Line::solid(Ink::Median, 1.2))?;
    let words = Words::new(Ink::Muted, SMALL, Align::Center);
    let heading = format!("{}: {}", song.profile_title(), song.span_words());
    let half = canvas.width_of(&heading, words)? / 2.0;
    canvas.words(&heading, (middle, top - 10.0), words)?;
    for (word, x) in [("below", (left + low) / 2.0), ("above", (high + right) / 2.0)] {
        // Where the heading needs the room, the place of a dot says it as well.
        if (x - middle).abs() > half + canvas.width_of(word, words)? / 2.0 + 6.0 {
            canvas.words(word, (x, top - 10.0), words)?;
        }
    }
    let height = (bottom - top) / data.len() as f64;
    for (index, (measure, deviation)) in rows(song).enumerate() {
        let y = top + height * (index as f64 + 0.5);
        canvas.line(&[(left, y), (right, y)], Line::solid(Ink::Grid, 1.0))?;
        let name = Words::new(Ink::Text, 12.5, Align::Left);
        canvas.words_centred(measure.name, (0.0, y), name)?;
        let places: Vec<f64> =
            data.series.iter().filter_map(|series| series.values[index]).map(|value| plot.x(value)).collect();
        if let [before, after] = places.as_slice() {
            arrow(canvas, (*before, y), (*after, y))?;
        }
        if let Some(before) = places.first() {
            canvas.disc((*before, y), 5.0, Ink::Mix)?;
        }
        if !canvas.narrow() {
            numbers(song, canvas, measure, deviation, (canvas.width, y))?;
        }
    }
    Ok(plot.frame)
}

/// From the dot before to a ring after.
fn arrow(canvas: &Canvas, from: (f64, f64), to: (f64, f64)) -> Result<()> {
    canvas.line(&[from, to], Line::solid(Ink::Master, 2.0))?;
    let (x, y) = to;
    canvas.fill(&[(x, y - 6.5), (x + 6.5, y), (x, y + 6.5), (x - 6.5, y)], Ink::Master)
}

fn numbers(
    song: &Song,
    canvas: &Canvas,
    measure: &Measure,
    deviation: &Deviation,
    at: (f64, f64),
) -> Result<()> {
    let decimals = measure.unit().decimals();
    let number = |value: f64| crate::report::measures::number(value, decimals);
    let after = song.after().and_then(|after| (measure.get)(after)).or_else(|| song.predicted(measure));
    let unit = measure.unit().symbol();
    let text = match after {
        Some(after) if song.plan().is_some() => {
            format!("{} → {} {unit}", number(deviation.measured), number(after))
        }
        _ => format!("{} {unit}", number(deviation.measured)),
    };
    canvas.words_centred(text.trim_end(), at, Words::new(Ink::Text, 12.5, Align::Right))
}
