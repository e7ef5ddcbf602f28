//! What limiter and compressors did over time: gain reduction hangs from zero.

use super::Chart;
use super::canvas::{Align, Canvas, Line, Words};
use super::data::{Data, Series};
use super::plot::{Frame, Plot};
use crate::error::Result;
use crate::model::Meter;
use crate::report::Song;
use crate::report::measures::figure;
use crate::report::palette::Ink;
use crate::units::Unit;

pub(super) static CHART: Chart =
    Chart { name: "gain-reduction", title: "Gain reduction", height: 240.0, data, draw };

/// Most processors shown under each other.
const ROWS_MAX: usize = 3;

fn meters<'a>(song: &'a Song) -> impl Iterator<Item = &'a Meter> {
    song.meters().iter().filter(|meter| !meter.gain_reduction_db.is_empty()).take(ROWS_MAX)
}

fn data(song: &Song) -> Option<Data> {
    let series: Vec<Series> = meters(song)
        .map(|meter| {
            let values = meter.gain_reduction_db.iter().map(|value| Some(f64::from(value.abs())));
            Series::new(name(song, meter), Unit::Db, values.collect())
        })
        .collect();
    (!series.is_empty()).then(|| Data::of_time(series, sentence(song)))
}

fn name(song: &Song, meter: &Meter) -> String {
    let found = song.plan().and_then(|plan| plan.moves.iter().find(|a_move| a_move.id == meter.id));
    found.map_or_else(
        || crate::report::plain(&meter.id),
        |a_move| crate::report::moves::name(&a_move.processor).to_string(),
    )
}

fn sentence(song: &Song) -> String {
    let parts: Vec<String> = meters(song)
        .filter_map(|meter| {
            let most = meter.gain_reduction_max_db?;
            let mean = meter.gain_reduction_mean_db?;
            let name = name(song, meter);
            let (most, mean) = (figure(most.abs(), Unit::Db), figure(mean.abs(), Unit::Db));
            Some(format!("{name}: at most {most}, {mean} on average."))
        })
        .collect();
    parts.join(" ")
}

fn draw(song: &Song, data: &Data, canvas: &Canvas) -> Result<Frame> {
    let rows = data.series.len().max(1);
    let bottom = canvas.height - 24.0;
    let height = bottom / rows as f64;
    let deepest = data.series.iter().filter_map(Series::max).fold(3.0, f64::max).ceil();
    let mut frame: Option<Frame> = None;
    for (index, series) in data.series.iter().enumerate() {
        let top = height * index as f64;
        // Reduction grows downwards.
        let plot = Plot::over_time(canvas, song.duration_s(), (deepest, 0.0))
            .below(top + 26.0)
            .above(top + height - 4.0);
        let words = Words::new(Ink::Text, 13.0, Align::Left).bold();
        canvas.words(&format!("{}, dB", series.name), (0.0, top + 14.0), words)?;
        for strand in plot.strands(data, series) {
            // The deepest of each pixel: what a limiter takes off is read at its peaks.
            let deepest: Vec<(f64, f64)> = strand
                .chunk_by(|a, b| a.0.floor() == b.0.floor())
                .map(|column| {
                    (column[0].0, plot.y(column.iter().map(|(_, value)| *value).fold(0.0, f64::max)))
                })
                .collect();
            let Some((first, last)) = deepest.first().zip(deepest.last()) else { continue };
            let ends = ((first.0, plot.y(0.0)), (last.0, plot.y(0.0)));
            let outline: Vec<(f64, f64)> =
                std::iter::once(ends.0).chain(deepest.iter().copied()).chain([ends.1]).collect();
            canvas.fill(&outline, Ink::MasterSoft)?;
            canvas.line(&deepest, Line::solid(Ink::Master, 1.0))?;
        }
        axis(&plot, deepest)?;
        if index + 1 == rows {
            plot.time_axis()?;
        }
        let frame = frame.get_or_insert(plot.frame);
        frame.bottom = plot.frame.bottom;
    }
    Ok(frame.unwrap_or(Plot::over_time(canvas, 1.0, (0.0, 1.0)).frame))
}

fn axis(plot: &Plot, deepest: f64) -> Result<()> {
    let words = Words::new(Ink::Muted, 12.0, Align::Right);
    let step = super::plot::nice_step(deepest, 4).max(1.0);
    let mut value = 0.0;
    while value <= deepest + 1e-9 {
        plot.horizontal_line(value, Line::solid(Ink::Grid, 1.0))?;
        let label = super::data::tick(-value);
        plot.canvas.words_centred(&label, (plot.frame.left - 7.0, plot.y(value)), words)?;
        value += step;
    }
    Ok(())
}
