//! The song at a glance: peaks outside, loudness inside, mirrored like a waveform; clips, overs and faults marked.

use super::Chart;
use super::canvas::{Align, Canvas, Line, Words};
use super::data::{Data, Series, tick};
use super::plot::{Frame, Plot, SMALL};
use crate::error::Result;
use crate::model::Analysis;
use crate::report::Song;
use crate::report::measures::figure;
use crate::report::palette::Ink;
use crate::units::{Unit, clock, db_to_amplitude};

pub(super) static CHART: Chart =
    Chart { name: "waveform", title: "The song at a glance", height: 250.0, data, draw };

/// Room above the highest level of the scale, so that peaks above full scale still show.
const HEADROOM: f64 = 1.12;

fn data(song: &Song) -> Option<Data> {
    let before = song.before();
    let mut series = of("", before);
    series.iter().any(|series| series.max().is_some()).then_some(())?;
    if let Some(after) = song.after() {
        series = of("Before: ", before);
        series.extend(of("After: ", after));
    }
    Some(Data::of_time(series, sentence(song)))
}

fn of(prefix: &str, analysis: &Analysis) -> Vec<Series> {
    vec![
        Series::of_time(format!("{prefix}peak"), Unit::Dbtp, &analysis.peaks.true_peak_dbtp_series),
        Series::of_time(format!("{prefix}loudness"), Unit::Lufs, &analysis.loudness.momentary_lufs),
    ]
}

fn sentence(song: &Song) -> String {
    let subject = song.subject();
    let mut parts = vec!["Outside the peaks, inside the loudness.".to_string()];
    if let Some((loudness, at_s)) = loudest(subject) {
        let loudness = figure(loudness, Unit::Lufs);
        parts.push(format!("Loudest around {} ({loudness}).", clock(at_s, false)));
    }
    let peaks = &subject.peaks;
    match (peaks.clipped_runs, peaks.over_count) {
        (0, 0) => parts.push("Nothing is clipped.".to_string()),
        (0, overs) => parts.push(format!("{overs} peaks between the samples are above full scale.")),
        (clips, _) => parts.push(format!("{clips} clipped stretches.")),
    }
    parts.join(" ")
}

/// The highest short-term loudness, or momentary in a short file, and the middle of its window.
fn loudest(analysis: &Analysis) -> Option<(f64, f64)> {
    let best = |values: &[Option<f32>], window_s: f64| {
        let best = values.iter().enumerate().filter_map(|(i, v)| v.map(|v| (i, f64::from(v))));
        best.max_by(|a, b| a.1.total_cmp(&b.1)).map(|(i, v)| (v, (i + 1) as f64 / 10.0 - window_s / 2.0))
    };
    best(&analysis.loudness.short_term_lufs, 3.0).or_else(|| best(&analysis.loudness.momentary_lufs, 0.4))
}

fn draw(song: &Song, data: &Data, canvas: &Canvas) -> Result<Frame> {
    let lane = 20.0;
    let plot = Plot::over_time(canvas, song.duration_s(), (-1.0, 1.0)).below(lane);
    plot.sections(song)?;
    let Frame { top, bottom, .. } = plot.frame;
    let rows: Vec<Row> = match song.after() {
        None => vec![Row { label: "", soft: Ink::MixSoft, ink: Ink::Mix, analysis: song.before() }],
        Some(after) => vec![
            Row { label: "Before", soft: Ink::MixSoft, ink: Ink::Mix, analysis: song.before() },
            Row { label: "After", soft: Ink::MasterSoft, ink: Ink::Master, analysis: after },
        ],
    };
    let scale_db = scale_db(data);
    let edge = HEADROOM * db_to_amplitude(scale_db);
    let height = (bottom - top) / rows.len() as f64;
    for (index, row) in rows.iter().enumerate() {
        let row_plot = Plot::over_time(canvas, song.duration_s(), (-edge, edge))
            .below(top + height * index as f64 + 3.0)
            .above(top + height * (index + 1) as f64 - 3.0);
        envelope(&row_plot, data, &data.series[index * 2..index * 2 + 2], row)?;
        faults(&row_plot, row.analysis)?;
        levels(&row_plot, row, scale_db)?;
    }
    plot.findings(song, 9.0)?;
    plot.time_axis()?;
    Ok(plot.frame)
}

struct Row<'a> {
    label: &'static str,
    soft: Ink,
    ink: Ink,
    analysis: &'a Analysis,
}

fn envelope(plot: &Plot, data: &Data, series: &[Series], row: &Row) -> Result<()> {
    for (series, ink) in series.iter().zip([row.soft, row.ink]) {
        for strand in plot.strands(data, series) {
            // One column per pixel keeps the outline short and the picture true: the highest of each.
            let columns: Vec<(f64, f64)> = strand
                .chunk_by(|a, b| a.0.floor() == b.0.floor())
                .map(|column| {
                    let level_db = column.iter().map(|(_, level_db)| *level_db).fold(f64::MIN, f64::max);
                    (column[0].0, db_to_amplitude(level_db).min(plot.y_to))
                })
                .collect();
            let upper = columns.iter().map(|(x, amplitude)| (*x, plot.y(*amplitude)));
            let lower = columns.iter().rev().map(|(x, amplitude)| (*x, plot.y(-*amplitude)));
            let outline: Vec<(f64, f64)> = upper.chain(lower).collect();
            plot.canvas.fill(&outline, ink)?;
        }
    }
    Ok(())
}

/// Clipped stretches and overs at the edges, clicks, gaps and jumps through the middle.
fn faults(plot: &Plot, analysis: &Analysis) -> Result<()> {
    let mut last_x = f64::NEG_INFINITY;
    let overs = analysis.peaks.true_peak_dbtp_series.iter().enumerate();
    let overs =
        overs.filter(|(_, peak)| peak.is_some_and(|peak| peak > 0.0)).map(|(i, _)| i as f64 / 10.0 + 0.05);
    let clips = analysis.peaks.clipped.iter().map(|run| run.start_s);
    for at_s in overs.chain(clips) {
        let x = plot.x(at_s);
        if (x - last_x).abs() < 1.5 {
            continue;
        }
        last_x = x;
        for (edge, inwards) in [(plot.frame.top, 7.0), (plot.frame.bottom, -7.0)] {
            plot.canvas.line(&[(x, edge), (x, edge + inwards)], Line::solid(Ink::Fail, 1.5))?;
        }
    }
    let defects = &analysis.defects;
    let marks = defects.clicks.iter().chain(&defects.dropouts).chain(&defects.discontinuities).take(200);
    for mark in marks {
        let x = plot.x(mark.at_s);
        let line = [(x, plot.frame.top + 8.0), (x, plot.frame.bottom - 8.0)];
        plot.canvas.line(&line, Line::dashed(Ink::Warn, 1.5, 4.0, 3.0))?;
    }
    Ok(())
}

/// Full scale, or for quiet songs the level that their peaks fill.
fn scale_db(data: &Data) -> f64 {
    let highest = data.series.iter().step_by(2).filter_map(Series::max).fold(f64::NEG_INFINITY, f64::max);
    if highest.is_finite() && highest < -9.0 { (highest / 3.0).ceil() * 3.0 } else { 0.0 }
}

fn levels(plot: &Plot, row: &Row, scale_db: f64) -> Result<()> {
    let words = Words::new(Ink::Muted, SMALL, Align::Right);
    let full = db_to_amplitude(scale_db);
    for side in [full, -full] {
        plot.horizontal_line(side, Line::dashed(Ink::Axis, 1.0, 2.0, 3.0))?;
    }
    let label = |level_db: f64, amplitude: f64, unit: &str| {
        let text = format!("{}{unit}", tick(level_db));
        plot.canvas.words_centred(&text, (plot.frame.left - 7.0, plot.y(amplitude)), words)
    };
    label(scale_db, full, " dB")?;
    let centre = plot.y(0.0);
    if row.label.is_empty() {
        let half = db_to_amplitude(scale_db - 6.0);
        label(scale_db - 6.0, half, "")?;
        label(scale_db - 6.0, -half, "")?;
        label(scale_db, -full, " dB")
    } else {
        let words = Words::new(row.ink, SMALL, Align::Right).bold();
        plot.canvas.words_centred(row.label, (plot.frame.left - 7.0, centre), words)
    }
}
