//! Two revisions of one song: loudness over time, room for peaks, and what moved in tone; on the time of A, at equal level.

use super::Figure;
use super::canvas::{Canvas, Line};
use super::data::{Data, Positions, Series};
use super::plot::{Frame, Key, Plot};
use crate::error::Result;
use crate::model::{Analysis, Comparison, SectionLabel, ToneBand};
use crate::report::measures::{change, figure};
use crate::report::palette::Ink;
use crate::units::{Unit, clock, shift_octaves};

/// Quiet passages below this distance from the loudest one are cut off, and are no place to look for changes.
const RANGE_LU: f64 = 36.0;
const HEARD_LU: f64 = 20.0;

/// Third octaves this far below the loudest one say nothing.
const HEARD_DB: f64 = 50.0;

/// Entries of 100 ms of a short-term window: 3 s.
const WINDOW: usize = 30;

/// All pictures of two revisions that lie on each other; none for other recordings.
pub(in crate::report) fn revisions(comparison: &Comparison) -> Result<Vec<Figure>> {
    let Some((b, _)) = comparison.b.as_ref().zip(comparison.offset_s) else { return Ok(Vec::new()) };
    let gain_db = comparison.gain_db.unwrap_or(0.0);
    let mut figures = Vec::new();
    if let Some(data) = loudness(comparison, b, gain_db) {
        let unit = "LUFS";
        let draw = |data: &Data, canvas: &Canvas| over_time(comparison, data, canvas, unit);
        figures.push(Figure::new(("loudness", "Loudness over time, at equal level"), 320.0, data, draw)?);
    }
    if let Some(data) = tone(&comparison.a, b) {
        figures.push(Figure::new(("tone", "What moved in tone"), 300.0, data, bars)?);
    }
    if let Some(data) = room(comparison, b) {
        let draw = |data: &Data, canvas: &Canvas| over_time(comparison, data, canvas, "LU");
        figures.push(Figure::new(("room", "Room for peaks over time"), 280.0, data, draw)?);
    }
    Ok(figures)
}

/// A series of B read at the times of A's entries, in tenths of a second.
fn on_the_time_of_a(comparison: &Comparison, of_b: &[Option<f64>], entries: usize) -> Vec<Option<f64>> {
    let faster = 1.0 + comparison.drift_ppm.unwrap_or(0.0) * 1e-6;
    let offset_s = comparison.offset_s.unwrap_or(0.0);
    (1..=entries)
        .map(|end| {
            let place = (end as f64 / 10.0 * faster + offset_s) * 10.0 - 1.0;
            (place > -0.5).then(|| of_b.get(place.round() as usize).copied().flatten()).flatten()
        })
        .collect()
}

fn loudness(comparison: &Comparison, b: &Analysis, gain_db: f64) -> Option<Data> {
    let wide = |values: &[Option<f32>]| values.iter().map(|value| value.map(f64::from)).collect::<Vec<_>>();
    let of_a = wide(&comparison.a.loudness.short_term_lufs);
    let louder: Vec<Option<f64>> =
        wide(&b.loudness.short_term_lufs).iter().map(|value| value.map(|level| level - gain_db)).collect();
    let of_b = on_the_time_of_a(comparison, &louder, of_a.len());
    let highest = of_a.iter().flatten().copied().reduce(f64::max)?;
    let apart = of_a.iter().zip(&of_b).enumerate().filter_map(|(index, (a, b))| {
        let (a, b) = ((*a)?, (*b)?);
        (a > highest - HEARD_LU).then_some((index, b - a))
    });
    let furthest = apart.max_by(|one, other| one.1.abs().total_cmp(&other.1.abs()))?;
    let turned = match gain_db {
        same if same.abs() < 0.05 => "Both are at the same level".to_string(),
        louder if louder > 0.0 => format!("B is turned down by {}", figure(louder, Unit::Db)),
        quieter => format!("B is turned up by {}", figure(-quieter, Unit::Db)),
    };
    let (index, distance_lu) = furthest;
    let sentence = if distance_lu.abs() < 0.5 {
        format!("{turned}; then the two are nowhere {} apart.", figure(0.5, Unit::Lu))
    } else {
        let at = clock((index + 1) as f64 / 10.0, false);
        format!("{turned}; B then differs most around {at}, by {}.", change(distance_lu, Unit::Lu))
    };
    let series =
        vec![Series::new("A, short-term", Unit::Lufs, of_a), Series::new("B, short-term", Unit::Lufs, of_b)];
    Some(Data::of_time(series, sentence))
}

/// Highest true peak of the last 3 s over their loudness: what a limiter takes away.
fn room(comparison: &Comparison, b: &Analysis) -> Option<Data> {
    let of = |analysis: &Analysis| -> Vec<Option<f64>> {
        let gate = analysis.loudness.integrated_lufs.map_or(-70.0, |lufs| lufs - HEARD_LU);
        let peaks = &analysis.peaks.true_peak_dbtp_series;
        let loudness = &analysis.loudness.short_term_lufs;
        (0..loudness.len())
            .map(|index| {
                let level = loudness[index].map(f64::from).filter(|level| *level > gate)?;
                let window = peaks.get((index + 1).saturating_sub(WINDOW)..(index + 1).min(peaks.len()))?;
                let peak = window.iter().flatten().copied().reduce(f32::max)?;
                Some(f64::from(peak) - level)
            })
            .collect()
    };
    let of_a = of(&comparison.a);
    let of_b = on_the_time_of_a(comparison, &of(b), of_a.len());
    let middle = |values: &[Option<f64>]| Series::new("", Unit::Lu, values.to_vec()).quantile(0.5);
    let (a_lu, b_lu) = (middle(&of_a)?, middle(&of_b)?);
    let difference_lu = b_lu - a_lu;
    let sentence = match difference_lu {
        same if same.abs() < 0.5 => {
            format!("The peaks stand {} above the loudness in both.", figure(b_lu, Unit::Lu))
        }
        _ => {
            let word = if difference_lu < 0.0 { "more compressed or limited" } else { "more open" };
            let (a_lu, b_lu) = (figure(a_lu, Unit::Lu), figure(b_lu, Unit::Lu));
            format!(
                "The peaks stand {a_lu} above the loudness in A and {b_lu} in B, as a median: B is {word}."
            )
        }
    };
    let series = vec![
        Series::new("A, peak over short-term loudness", Unit::Lu, of_a),
        Series::new("B, peak over short-term loudness", Unit::Lu, of_b),
    ];
    Some(Data::of_time(series, sentence))
}

/// Both series with A broken and B solid, over the loud sections of A.
fn over_time(comparison: &Comparison, data: &Data, canvas: &Canvas, unit: &str) -> Result<Frame> {
    let highest = data.series.iter().filter_map(Series::max).fold(f64::NEG_INFINITY, f64::max);
    let lowest = data.series.iter().filter_map(|series| series.quantile(0.04)).fold(highest - 9.0, f64::min);
    let y_to = (highest + 2.0).ceil();
    let y_from = (lowest - 2.0).max(y_to - RANGE_LU).floor();
    let lines = [Line::dashed(Ink::Mix, 1.8, 5.0, 3.0), Line::solid(Ink::Master, 2.2)];
    let mut keys = vec![(Key::Stroke(lines[0]), "A"), (Key::Stroke(lines[1]), "B")];
    let loud = || comparison.a.sections.iter().filter(|section| section.label == SectionLabel::Loud);
    if loud().next().is_some() {
        keys.push((Key::Patch(Ink::Loud), "Loud sections of A"));
    }
    let key_height = Plot::key(canvas, 0.0, &keys)?;
    let duration_s = comparison.a.source.duration_s;
    let mut plot = Plot::over_time(canvas, duration_s, (y_from, y_to)).below(key_height + 26.0);
    plot.cut_below = true;
    for section in loud() {
        let from = (plot.x(section.start_s), plot.frame.top);
        canvas.rectangle(from, (plot.x(section.end_s), plot.frame.bottom), Ink::Loud)?;
    }
    plot.vertical(unit, 6)?;
    // The broken line last: where both lie on each other, both are seen.
    for (series, line) in data.series.iter().zip(lines).rev() {
        plot.series(data, series, line)?;
    }
    plot.time_axis()?;
    Ok(plot.frame)
}

/// Third octaves of the loud parts, B minus A, after their median is taken away: the two at equal level.
fn tone(a: &Analysis, b: &Analysis) -> Option<Data> {
    let loudest = |bands: &[ToneBand]| bands.iter().filter_map(|band| band.level_db).reduce(f64::max);
    let (a_top, b_top) = (loudest(&a.tone.bands)?, loudest(&b.tone.bands)?);
    let pairs: Vec<(f64, Option<f64>)> = a
        .tone
        .bands
        .iter()
        .map(|band| {
            let of_b = b.tone.bands.iter().find(|other| other.center_hz == band.center_hz);
            let difference_db = band
                .level_db
                .filter(|level| *level > a_top - HEARD_DB)
                .zip(of_b.and_then(|other| other.level_db).filter(|level| *level > b_top - HEARD_DB))
                .map(|(a, b)| b - a);
            (band.center_hz, difference_db)
        })
        .collect();
    let differences = Series::new("", Unit::Db, pairs.iter().map(|pair| pair.1).collect());
    let level_db = differences.quantile(0.5)?;
    let values: Vec<Option<f64>> = pairs.iter().map(|pair| pair.1.map(|value| value - level_db)).collect();
    let most = pairs
        .iter()
        .zip(&values)
        .filter_map(|(pair, value)| Some((pair.0, (*value)?)))
        .max_by(|one, other| one.1.abs().total_cmp(&other.1.abs()))?;
    let sentence = if most.1.abs() < 0.7 {
        "No third octave moved by 0.7 dB or more.".to_string()
    } else {
        let word = if most.1 > 0.0 { "more" } else { "less" };
        format!(
            "B has {} {word} at {}: loud parts, third octaves, at equal level.",
            figure(most.1.abs(), Unit::Db),
            figure(most.0, Unit::Hz)
        )
    };
    Some(Data {
        positions: Positions::Frequencies(pairs.iter().map(|pair| pair.0).collect()),
        series: vec![Series::new("B against A", Unit::Db, values)],
        sentence,
    })
}

/// One bar per third octave, up for more in B.
fn bars(data: &Data, canvas: &Canvas) -> Result<Frame> {
    let values = &data.series[0].values;
    let furthest = values.iter().flatten().fold(0f64, |furthest, value| furthest.max(value.abs()));
    let y = (furthest + 0.5).ceil().max(3.0);
    let keys = [(Key::Patch(Ink::Master), "more in B"), (Key::Patch(Ink::Mix), "more in A")];
    let key_height = Plot::key(canvas, 0.0, &keys)?;
    let plot = Plot::over_frequency(canvas, (17.5, 22600.0), (-y, y)).below(key_height + 26.0);
    plot.vertical("dB", 6)?;
    plot.frequency_axis()?;
    for (index, value) in values.iter().enumerate() {
        let Some(value) = value.filter(|value| value.abs() >= 0.05) else { continue };
        let center_hz = data.x(index);
        let (from, to) =
            (plot.x(shift_octaves(center_hz, -1.0 / 7.0)), plot.x(shift_octaves(center_hz, 1.0 / 7.0)));
        let ink = if value > 0.0 { Ink::Master } else { Ink::Mix };
        canvas.rectangle((from, plot.y(value.max(0.0))), (to, plot.y(value.min(0.0))), ink)?;
    }
    plot.horizontal_line(0.0, Line::solid(Ink::Median, 1.4))?;
    Ok(plot.frame)
}
