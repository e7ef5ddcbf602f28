//! The versions of a song over time: loudness, true peak, distance of the spectrum from the profile.

use super::canvas::{Align, Canvas, Line, Words};
use super::data::{Data, Positions, Series};
use super::plot::{Frame, Plot, SMALL};
use super::{Figure, Ink};
use crate::error::Result;
use crate::model::{Bounce, History};
use crate::report::measures::{change, figure};
use crate::report::plain;
use crate::units::Unit;
use std::path::Path;

/// Most words below a plot.
const MARKS: usize = 12;

/// What is followed: id, heading, unit, value.
type Followed = (&'static str, &'static str, Unit, fn(&Bounce) -> Option<f64>);

const FOLLOWED: [Followed; 3] = [
    ("loudness", "Integrated loudness", Unit::Lufs, |bounce| bounce.integrated_lufs),
    ("peak", "True peak", Unit::Dbtp, |bounce| bounce.true_peak_dbtp),
    ("distance", "Distance of the spectrum from the profile", Unit::Db, |bounce| bounce.tone_distance_db),
];

/// A chart for everything that was measured on two versions or more.
pub(in crate::report) fn history(history: &History) -> Result<Vec<Figure>> {
    let figures = FOLLOWED.iter().filter_map(|(id, title, unit, read)| {
        let values: Vec<Option<f64>> = history.versions.iter().map(read).collect();
        let known: Vec<f64> = values.iter().flatten().copied().collect();
        let (first, last) = (known.first()?, known.last()?);
        let sentence = match known.len() {
            1 => format!("One version so far: {}.", figure(*last, *unit)),
            _ => format!(
                "{} now, {} since the first version.",
                figure(*last, *unit),
                change(last - first, *unit)
            ),
        };
        let name = |bounce: &Bounce| {
            let name = Path::new(&bounce.path).file_name().unwrap_or_default().to_string_lossy().into_owned();
            format!("{}: {}", bounce.version, plain(&name))
        };
        let data = Data {
            positions: Positions::Versions(history.versions.iter().map(name).collect()),
            series: vec![Series::new(*title, *unit, values)],
            sentence,
        };
        Some(Figure::new((id, title), 260.0, data, |data, canvas| draw(data, canvas, *unit)))
    });
    figures.collect()
}

fn draw(data: &Data, canvas: &Canvas, unit: Unit) -> Result<Frame> {
    /// What is less high than this is drawn flat: a tenth of a decibel is no mountain.
    const LEAST_RANGE: f64 = 4.0;
    let series = &data.series[0];
    let (low, high) = (series.min().unwrap_or(0.0), series.max().unwrap_or(0.0));
    let room = (LEAST_RANGE - (high - low)).max(0.8) / 2.0;
    // A distance does not go below nothing.
    let y_from = if unit == Unit::Db { (low - room).max(0.0) } else { low - room };
    let count = data.len() as f64;
    let plot = Plot::new(canvas, (0.5, count + 0.5), false, (y_from, high + room)).below(26.0);
    plot.vertical(unit.symbol(), 5)?;
    plot.series(data, series, Line::solid(Ink::Master, 2.2))?;
    let words = Words::new(Ink::Muted, SMALL, Align::Center);
    let step = data.len().div_ceil(MARKS).max(1);
    for (index, value) in series.values.iter().enumerate() {
        let x = plot.x(data.x(index));
        if let Some(value) = value {
            canvas.disc((x, plot.y(*value)), 4.0, Ink::Master)?;
        }
        if index % step == 0 {
            canvas.words(&(index + 1).to_string(), (x, plot.frame.bottom + 17.0), words)?;
        }
    }
    plot.base_line()?;
    Ok(plot.frame)
}
