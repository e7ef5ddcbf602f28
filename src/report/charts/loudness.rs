//! Loudness over time: short-term against the target, with sections and findings; before and after.

use super::Chart;
use super::canvas::{Canvas, Line};
use super::data::{Data, Series};
use super::plot::{Frame, Key, Plot};
use crate::error::Result;
use crate::model::SectionLabel;
use crate::report::Song;
use crate::report::measures::figure;
use crate::report::palette::Ink;
use crate::units::Unit;

pub(super) static CHART: Chart =
    Chart { name: "loudness", title: "Loudness over time", height: 320.0, data, draw };

/// Quiet passages below this distance from the loudest one are cut off.
const RANGE_LU: f64 = 36.0;

fn data(song: &Song) -> Option<Data> {
    let before = &song.before().loudness;
    let short_term = before.short_term_lufs.iter().any(Option::is_some);
    let series = match song.after() {
        None if !short_term => vec![Series::of_time("Momentary (0.4 s)", Unit::Lufs, &before.momentary_lufs)],
        None => vec![
            Series::of_time("Momentary (0.4 s)", Unit::Lufs, &before.momentary_lufs),
            Series::of_time("Short-term (3 s)", Unit::Lufs, &before.short_term_lufs),
        ],
        Some(after) => vec![
            Series::of_time("Short-term before", Unit::Lufs, &before.short_term_lufs),
            Series::of_time("Short-term after", Unit::Lufs, &after.loudness.short_term_lufs),
        ],
    };
    series.iter().any(|series| series.max().is_some()).then_some(())?;
    Some(Data::of_time(series, sentence(song)))
}

fn sentence(song: &Song) -> String {
    let name = if song.after().is_some() { "The master" } else { "The song" };
    let loudness = &song.subject().loudness;
    let mut sentence = match loudness.integrated_lufs {
        Some(integrated) => format!("{name} is {} loud as a whole", figure(integrated, Unit::Lufs)),
        None => return format!("{name} is too quiet or too short for an integrated loudness."),
    };
    if let Some(target) = song.target_lufs() {
        sentence += &format!("; {} asks for {}", song.delivery_title(), figure(target, Unit::Lufs));
    }
    sentence.push('.');
    if let Some(range) = loudness.range_lu {
        sentence += &format!(" Quiet and loud passages are {} apart.", figure(range, Unit::Lu));
    }
    sentence
}

fn draw(song: &Song, data: &Data, canvas: &Canvas) -> Result<Frame> {
    let target = song.target_lufs();
    let highest = data.series.iter().filter_map(Series::max).chain(target).fold(-60.0, f64::max);
    let lowest = data.series.iter().filter_map(|series| series.quantile(0.04)).fold(highest - 9.0, f64::min);
    let y_to = (highest + 2.0).ceil();
    let y_from = (lowest - 2.0).max(y_to - RANGE_LU).floor();
    let before_line = Line::dashed(Ink::Mix, 1.8, 5.0, 3.0);
    let (lines, names): (Vec<Line>, Vec<&str>) = match song.after() {
        None if data.series.len() == 1 => (vec![Line::solid(Ink::Mix, 2.2)], vec!["Momentary, 0.4 s"]),
        None => (
            vec![Line::solid(Ink::MixSoft, 1.2), Line::solid(Ink::Mix, 2.2)],
            vec!["Momentary, 0.4 s", "Short-term, 3 s"],
        ),
        Some(_) => (vec![before_line, Line::solid(Ink::Master, 2.2)], vec!["Before", "After"]),
    };
    let mut keys: Vec<(Key, &str)> =
        lines.iter().zip(&names).map(|(line, name)| (Key::Stroke(*line), *name)).collect();
    // Where the song is at its target, one line says both.
    let apart = |level: &f64| target.is_none_or(|target| (level - target).abs() >= 0.5);
    let integrated = song.subject().loudness.integrated_lufs.filter(apart);
    let whole_line = Line::dashed(if song.after().is_some() { Ink::Master } else { Ink::Mix }, 1.4, 2.0, 3.0);
    let whole_label = integrated.map(|level| format!("Whole song {}", figure(level, Unit::Lufs)));
    let target_line = Line::dashed(Ink::Target, 1.8, 9.0, 4.0);
    let target_label = target.map(|target| format!("Target {}", figure(target, Unit::Lufs)));
    keys.extend(whole_label.as_deref().map(|label| (Key::Stroke(whole_line), label)));
    keys.extend(target_label.as_deref().map(|label| (Key::Stroke(target_line), label)));
    if song.before().sections.iter().any(|section| section.label == SectionLabel::Loud) {
        keys.push((Key::Patch(Ink::Loud), "Loud sections"));
    }
    let key_height = Plot::key(canvas, 0.0, &keys)?;
    let mut plot = Plot::over_time(canvas, song.duration_s(), (y_from, y_to)).below(key_height + 26.0);
    plot.cut_below = true;
    plot.sections(song)?;
    plot.vertical("LUFS", 6)?;
    for (series, line) in data.series.iter().zip(&lines) {
        plot.series(data, series, *line)?;
    }
    for (level, line) in integrated.zip(Some(whole_line)).into_iter().chain(target.zip(Some(target_line))) {
        if level > y_from && level < y_to {
            plot.horizontal_line(level, line)?;
        }
    }
    plot.findings(song, key_height + 13.0)?;
    plot.time_axis()?;
    Ok(plot.frame)
}
