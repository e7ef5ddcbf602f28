//! How long the song is how loud: short-term loudness in steps of one LU.

use super::Chart;
use super::canvas::{Align, Canvas, Line, Words};
use super::data::{Data, Positions, Series};
use super::plot::{Frame, Key, Plot, SMALL};
use crate::error::Result;
use crate::model::Analysis;
use crate::report::Song;
use crate::report::measures::number;
use crate::report::palette::Ink;
use crate::units::Unit;

pub(super) static CHART: Chart =
    Chart { name: "histogram", title: "How long it is how loud", height: 260.0, data, draw };

/// Most bins: quieter passages count into the lowest one.
const BINS_MAX: f64 = 36.0;

fn data(song: &Song) -> Option<Data> {
    let analyses: Vec<&Analysis> = [Some(song.before()), song.after()].into_iter().flatten().collect();
    let values =
        || analyses.iter().flat_map(|a| a.loudness.short_term_lufs.iter().flatten().copied().map(f64::from));
    let highest = values().reduce(f64::max)?.floor();
    let quiet = Series::new("", Unit::Lufs, values().map(Some).collect()).quantile(0.02)?;
    let lowest = quiet.floor().max(highest - BINS_MAX + 1.0);
    let count = (highest - lowest) as usize + 1;
    let names = if analyses.len() == 2 { vec!["Before", "After"] } else { vec!["This song"] };
    let series = analyses.iter().zip(names).map(|(analysis, name)| {
        let mut bins = vec![0u32; count];
        for value in analysis.loudness.short_term_lufs.iter().flatten() {
            let bin = (f64::from(*value) - lowest).floor().max(0.0) as usize;
            bins[bin.min(count - 1)] += 1;
        }
        let total = f64::from(bins.iter().sum::<u32>().max(1));
        let shares = bins.iter().map(|bin| Some(100.0 * f64::from(*bin) / total)).collect();
        Series::new(format!("{name}, % of the time"), Unit::None, shares)
    });
    let series: Vec<Series> = series.collect();
    let sentence = sentence(song, lowest, series.last()?);
    let edges = (0..count).map(|bin| lowest + bin as f64).collect();
    Some(Data { positions: Positions::Levels(edges), series, sentence })
}

fn sentence(song: &Song, lowest: f64, series: &Series) -> String {
    let fullest = series.values.iter().flatten().copied().enumerate().max_by(|a, b| a.1.total_cmp(&b.1));
    let Some((bin, share)) = fullest else { return String::new() };
    let level = lowest + bin as f64;
    let name = if song.after().is_some() { "The master" } else { "The song" };
    format!(
        "{name} spends most of its time ({} %) between {} and {}.",
        number(share, 0),
        number(level, 0),
        format_args!("{}\u{a0}LUFS", number(level + 1.0, 0))
    )
}

fn draw(song: &Song, data: &Data, canvas: &Canvas) -> Result<Frame> {
    let both = data.series.len() == 2;
    let keys: Vec<(Key, &str)> = if both {
        vec![
            (Key::Patch(Ink::MixSoft), "Before, LUFS"),
            (Key::Stroke(Line::solid(Ink::Master, 2.0)), "After, LUFS"),
        ]
    } else {
        vec![(Key::Patch(Ink::MixSoft), "Share of the time by short-term loudness, LUFS")]
    };
    let key_height = Plot::key(canvas, 0.0, &keys)?;
    let highest = data.series.iter().filter_map(Series::max).fold(5.0, f64::max);
    let (from, to) = (data.x(0), data.x(data.len().saturating_sub(1)) + 1.0);
    let plot = Plot::new(canvas, (from, to), false, (0.0, highest * 1.08)).below(key_height + 28.0);
    plot.vertical("%", 4)?;
    for (index, share) in data.series[0].values.iter().enumerate() {
        let left = data.x(index);
        let gap = 1.0;
        let corner = (plot.x(left + 1.0) - gap, plot.frame.bottom);
        canvas.rectangle((plot.x(left) + gap, plot.y(share.unwrap_or(0.0))), corner, Ink::MixSoft)?;
        let top =
            [(plot.x(left) + gap, plot.y(share.unwrap_or(0.0))), (corner.0, plot.y(share.unwrap_or(0.0)))];
        if share.unwrap_or(0.0) > 0.0 {
            canvas.line(&top, Line::solid(Ink::Mix, 1.6))?;
        }
    }
    if both {
        let mut outline = vec![(plot.x(from), plot.frame.bottom)];
        for (index, share) in data.series[1].values.iter().enumerate() {
            let y = plot.y(share.unwrap_or(0.0));
            outline.push((plot.x(data.x(index)), y));
            outline.push((plot.x(data.x(index) + 1.0), y));
        }
        outline.push((plot.x(to), plot.frame.bottom));
        canvas.line(&outline, Line::solid(Ink::Master, 2.0))?;
    }
    level_axis(&plot, song.target_lufs())?;
    Ok(plot.frame)
}

fn level_axis(plot: &Plot, target: Option<f64>) -> Result<()> {
    let words = Words::new(Ink::Muted, SMALL, Align::Center);
    let step = super::plot::nice_step(plot.frame.to - plot.frame.from, 12).max(1.0);
    let mut level = (plot.frame.from / step).ceil() * step;
    while level <= plot.frame.to {
        let x = plot.x(level);
        plot.canvas.words(&number(level, 0), (x, plot.frame.bottom + 17.0), words)?;
        level += step;
    }
    if let Some(target) = target.filter(|target| *target > plot.frame.from && *target < plot.frame.to) {
        let x = plot.x(target);
        let line = [(x, plot.frame.top - 4.0), (x, plot.frame.bottom)];
        plot.canvas.line(&line, Line::dashed(Ink::Target, 1.8, 9.0, 4.0))?;
        let right = x > (plot.frame.left + plot.frame.right) / 2.0;
        let align = if right { Align::Right } else { Align::Left };
        let x = if right { x - 6.0 } else { x + 6.0 };
        let words = Words::new(Ink::Target, SMALL, align).bold();
        plot.canvas.words("Target", (x, plot.frame.top + 6.0), words)?;
    }
    plot.base_line()
}
