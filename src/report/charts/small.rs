//! A loudness curve the size of a word, for tables of many songs.

use super::canvas::{Canvas, Line};
use super::data::{Data, Series};
use super::plot::{Frame, Plot};
use super::{Vector, canvas, scaled};
use crate::error::Result;
use crate::report::Song;
use crate::report::palette::Ink;
use crate::units::Unit;

const SIZE: (f64, f64) = (150.0, 34.0);

/// Range below the loudest passage of all songs.
const RANGE_LU: f64 = 24.0;

/// Short-term loudness on the scale of all songs: the loudest passage and the longest duration.
pub(in crate::report) fn small_loudness(song: &Song, (top_lufs, longest_s): (f64, f64)) -> Result<Vector> {
    let ((), elements) = canvas::svg(SIZE, |canvas| draw(song, canvas, top_lufs, longest_s))?;
    Ok(Vector { size: scaled(SIZE), elements, frame: None })
}

fn draw(song: &Song, canvas: &Canvas, top_lufs: f64, longest_s: f64) -> Result<()> {
    let values = &song.subject().loudness.short_term_lufs;
    let data = Data::of_time(vec![Series::of_time("Short-term", Unit::Lufs, values)], String::new());
    let mut plot = Plot::over_time(canvas, longest_s, (top_lufs - RANGE_LU, top_lufs));
    plot.frame = Frame { left: 0.0, right: SIZE.0, top: 1.0, bottom: SIZE.1 - 1.0, ..plot.frame };
    let (soft, ink) =
        if song.after().is_some() { (Ink::MasterSoft, Ink::Master) } else { (Ink::MixSoft, Ink::Mix) };
    for strand in plot.strands(&data, &data.series[0]) {
        // One place per pixel is all that a word has room for.
        let curve: Vec<(f64, f64)> = strand
            .chunk_by(|a, b| a.0.floor() == b.0.floor())
            .map(|column| (column[0].0, plot.y(column.iter().map(|(_, v)| *v).fold(f64::MIN, f64::max))))
            .collect();
        let (Some(first), Some(last)) = (curve.first(), curve.last()) else { continue };
        let ends = [(last.0, plot.frame.bottom), (first.0, plot.frame.bottom)];
        let area: Vec<(f64, f64)> = curve.iter().copied().chain(ends).collect();
        canvas.fill(&area, soft)?;
        canvas.line(&curve, Line::solid(ink, 1.2))?;
    }
    Ok(())
}
