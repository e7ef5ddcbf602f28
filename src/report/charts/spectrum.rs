//! Tone: the third-octave spectrum of the loud parts against the span of the profile, before and after.

use super::Chart;
use super::canvas::{Align, Canvas, Line, Words};
use super::data::{Data, Positions, Series};
use super::plot::{Frame, Key, Plot};
use crate::error::Result;
use crate::model::Analysis;
use crate::report::Song;
use crate::report::measures::{change, figure};
use crate::report::palette::Ink;
use crate::units::Unit;

pub(super) static CHART: Chart =
    Chart { name: "spectrum", title: "Tone against the profile", height: 380.0, data, draw };

/// What people call the ranges, with their lower edges.
const RANGES: [(f64, &str); 7] = [
    (20.0, "Sub"),
    (60.0, "Bass"),
    (250.0, "Low mids"),
    (500.0, "Mids"),
    (2000.0, "High mids"),
    (4000.0, "Presence"),
    (10000.0, "Air"),
];

/// Where a distance from the profile is worth words: below it only rumble counts, above it a lossy file ends.
const HEARD_HZ: std::ops::RangeInclusive<f64> = 30.0..=13000.0;

/// Order of the series: the profile's three, then the song's.
const LOW: usize = 0;
const MIDDLE: usize = 1;
const HIGH: usize = 2;
const SONG: usize = 3;

fn data(song: &Song) -> Option<Data> {
    let before = song.before();
    let centers: Vec<f64> = before.tone.bands.iter().map(|band| band.center_hz).collect();
    before.tone.bands.iter().any(|band| band.level_db.is_some()).then_some(())?;
    let of_profile = |get: fn(&crate::model::ProfileBand) -> f64| {
        let band =
            |center: &f64| song.profile.tone.bands.iter().find(|band| same(band.center_hz, *center)).map(get);
        centers.iter().map(band).collect::<Vec<_>>()
    };
    let of_analysis = |analysis: &Analysis| {
        let band = |center: &f64| {
            analysis
                .tone
                .bands
                .iter()
                .find(|band| same(band.center_hz, *center))
                .and_then(|band| band.level_db)
        };
        centers.iter().map(band).collect::<Vec<_>>()
    };
    let title = &song.profile_title();
    let mut series = vec![
        Series::new(format!("{title}, lower edge"), Unit::Db, of_profile(|band| band.p10_db)),
        Series::new(format!("{title}, middle"), Unit::Db, of_profile(|band| band.level_db)),
        Series::new(format!("{title}, upper edge"), Unit::Db, of_profile(|band| band.p90_db)),
    ];
    let predicted = song.plan().map(|plan| &plan.predicted.tone.bands);
    match (song.after(), predicted) {
        (Some(after), _) => {
            series.push(Series::new("Before", Unit::Db, of_analysis(before)));
            series.push(Series::new("After", Unit::Db, of_analysis(after)));
        }
        (None, Some(predicted)) if !predicted.is_empty() => {
            let band = |center: &f64| {
                predicted.iter().find(|band| same(band.center_hz, *center)).map(|band| band.level_db)
            };
            series.push(Series::new("Now", Unit::Db, of_analysis(before)));
            series.push(Series::new("Proposed", Unit::Db, centers.iter().map(band).collect()));
        }
        _ => series.push(Series::new("This song", Unit::Db, of_analysis(before))),
    }
    let sentence = sentence(song, &centers, &series);
    Some(Data { positions: Positions::Frequencies(centers), series, sentence })
}

fn same(a_hz: f64, b_hz: f64) -> bool {
    (a_hz / b_hz - 1.0).abs() < 0.02
}

/// The bands farthest outside the span, at most `count`: index and distance from the nearest edge.
fn outside(centers: &[f64], series: &[Series], count: usize) -> Vec<(usize, f64)> {
    let Some(last) = series.last() else { return Vec::new() };
    let distance = |index: usize| -> Option<(usize, f64)> {
        let value = last.values.get(index).copied().flatten()?;
        HEARD_HZ.contains(centers.get(index)?).then_some(())?;
        let (low, high) = (series[LOW].values[index]?, series[HIGH].values[index]?);
        match value {
            over if over > high => Some((index, over - high)),
            under if under < low => Some((index, under - low)),
            _ => None,
        }
    };
    let mut all: Vec<(usize, f64)> = (0..last.values.len()).filter_map(distance).collect();
    all.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()));
    let mut kept: Vec<(usize, f64)> = Vec::new();
    for (index, distance) in all {
        if distance.abs() >= 1.0 && kept.iter().all(|(other, _)| other.abs_diff(index) > 3) {
            kept.push((index, distance));
        }
    }
    kept.truncate(count);
    kept
}

fn sentence(song: &Song, centers: &[f64], series: &[Series]) -> String {
    let title = &song.profile_title();
    if series[MIDDLE].values.iter().all(Option::is_none) {
        return format!(
            "The loud parts of the song by third octaves; {title} has no spectrum to compare with."
        );
    }
    let outside = outside(centers, series, 3);
    if outside.is_empty() {
        return format!("Within the span of {title} at every frequency, or less than 1 dB beside it.");
    }
    let words: Vec<String> = outside
        .iter()
        .map(|(index, distance)| {
            let side = if *distance > 0.0 { "above" } else { "below" };
            format!("{} {side} it at {}", figure(distance.abs(), Unit::Db), figure(centers[*index], Unit::Hz))
        })
        .collect();
    format!("Outside the span of {title}: {}.", words.join(", "))
}

fn draw(song: &Song, data: &Data, canvas: &Canvas) -> Result<Frame> {
    let proposed = song.after().is_none() && data.series.len() > SONG + 1;
    let both = data.series.len() > SONG + 1;
    let first = if both { Line::dashed(Ink::Mix, 1.8, 5.0, 3.0) } else { Line::solid(Ink::Mix, 2.4) };
    let second =
        if proposed { Line::dashed(Ink::Master, 2.2, 2.5, 2.5) } else { Line::solid(Ink::Master, 2.4) };
    let span = format!("{}: {}", song.profile_title(), song.span_words());
    let mut keys: Vec<(Key, &str)> = Vec::new();
    for (series, line) in data.series[SONG..].iter().zip([first, second]) {
        keys.push((Key::Stroke(line), &series.name));
    }
    let has_span = data.series[MIDDLE].max().is_some();
    if has_span {
        keys.push((Key::Patch(Ink::Band), &span));
        keys.push((Key::Stroke(Line::solid(Ink::Median, 1.2)), "their middle"));
    }
    let key_height = Plot::key(canvas, 0.0, &keys)?;
    let highest = data.series.iter().filter_map(Series::max).fold(-60.0, f64::max);
    let lowest = data.series[SONG..].iter().filter_map(Series::min).fold(highest - 12.0, f64::min);
    let y_to = (highest + 3.0).ceil();
    let y_from = (lowest - 3.0).max(y_to - 55.0).floor();
    let plot = Plot::over_frequency(canvas, (18.0, 22400.0), (y_from, y_to)).below(key_height + 26.0);
    if has_span {
        band(&plot, data, (HIGH, LOW))?;
    }
    plot.vertical("dB", 6)?;
    plot.frequency_axis()?;
    ranges(&plot)?;
    plot.series(data, &data.series[MIDDLE], Line::solid(Ink::Median, 1.2))?;
    for (series, line) in data.series[SONG..].iter().zip([first, second]) {
        plot.series(data, series, line)?;
    }
    let centers: Vec<f64> = (0..data.len()).map(|index| data.x(index)).collect();
    for (index, distance) in outside(&centers, &data.series, if canvas.narrow() { 2 } else { 3 }) {
        note(&plot, data, index, distance)?;
    }
    Ok(plot.frame)
}

/// The area between two series.
pub(super) fn band(plot: &Plot, data: &Data, (upper, lower): (usize, usize)) -> Result<()> {
    let edge = |which: usize| plot.strands(data, &data.series[which]).into_iter().flatten();
    let upper = edge(upper).map(|(x, level_db)| (x, plot.y(level_db)));
    let lower: Vec<(f64, f64)> = edge(lower).map(|(x, level_db)| (x, plot.y(level_db))).collect();
    let outline: Vec<(f64, f64)> = upper.chain(lower.into_iter().rev()).collect();
    plot.canvas.fill(&outline, Ink::Band)
}

/// Names of the frequency ranges above the plot.
pub(super) fn ranges(plot: &Plot) -> Result<()> {
    let words = Words::new(Ink::Muted, 11.0, Align::Center);
    let ends = RANGES.iter().skip(1).map(|(low_hz, _)| *low_hz).chain([20000.0]);
    for ((low_hz, name), high_hz) in RANGES.iter().zip(ends) {
        let (from, to) = (plot.x(*low_hz), plot.x(high_hz));
        if plot.canvas.width_of(name, words)? < to - from - 4.0 {
            plot.canvas.words(name, ((from + to) / 2.0, plot.frame.top - 8.0), words)?;
        }
        let tick = [(from, plot.frame.top - 6.0), (from, plot.frame.top)];
        plot.canvas.line(&tick, Line::solid(Ink::Axis, 1.0))?;
    }
    Ok(())
}

/// Words beside the curve where it leaves the span.
fn note(plot: &Plot, data: &Data, index: usize, distance: f64) -> Result<()> {
    let Some(value) = data.series.last().and_then(|series| series.values[index]) else { return Ok(()) };
    let (x, y) = (plot.x(data.x(index)), plot.y(value));
    let label = change(distance, Unit::Db);
    let words = Words::new(Ink::Text, 12.0, Align::Center).bold();
    plot.canvas.disc((x, y), 3.6, Ink::Text)?;
    let above = distance > 0.0 || y + 24.0 > plot.frame.bottom;
    let baseline = if above { (y - 10.0).max(plot.frame.top + 12.0) } else { y + 20.0 };
    let x = x.clamp(plot.frame.left + 24.0, plot.frame.right - 24.0);
    plot.canvas.words(&label, (x, baseline), words)
}
