//! Level over time and pitch, of the written file where there is one.

use super::Chart;
use super::canvas::{Align, Canvas, Line, Words};
use super::data::{Data, Positions, Series};
use super::heat::{Heat, Hue};
use super::plot::{Frame, Plot, SMALL};
use crate::error::Result;
use crate::model::{Spectrogram, levels_from_text};
use crate::report::Song;
use crate::report::measures::figure;
use crate::report::palette::Ink;
use crate::units::{Unit, db_to_power, octaves, power_level_db, shift_octaves};

pub(super) static CHART: Chart =
    Chart { name: "spectrogram", title: "Spectrogram", height: 330.0, data, draw };

/// Where lows end and highs begin, as on the devices.
const LOW_HZ: f64 = 250.0;
const HIGH_HZ: f64 = 4000.0;

fn picture<'a>(song: &'a Song) -> Option<&'a Spectrogram> {
    let of = |analysis: &'a crate::model::Analysis| analysis.pictures.as_ref()?.spectrogram.as_ref();
    match song.after() {
        Some(after) => of(after),
        None => of(song.before()),
    }
    .filter(|picture| picture.rows > 0 && picture.columns > 0 && picture.step_s > 0.0)
}

fn data(song: &Song) -> Option<Data> {
    let picture = picture(song)?;
    let levels = levels_from_text(&picture.levels);
    let row_oct = octaves(picture.low_hz, picture.high_hz) / picture.rows as f64;
    let series = |name: &str, from_hz: f64, to_hz: f64| {
        let inside: Vec<usize> = (0..picture.rows)
            .filter(|row| {
                let center_hz = shift_octaves(picture.low_hz, (*row as f64 + 0.5) * row_oct);
                center_hz >= from_hz && center_hz < to_hz
            })
            .collect();
        let values = levels.chunks(picture.rows).map(|column| {
            let cells = inside.iter().filter_map(|row| column.get(*row)).filter(|level| **level > 0);
            let power =
                |level: &u8| db_to_power(picture.floor_db + (f64::from(*level) - 1.0) * picture.step_db);
            power_level_db(cells.map(power).sum())
        });
        Series::new(name, Unit::Db, values.collect())
    };
    let series = vec![
        series("Lows, to 250 Hz", 0.0, LOW_HZ),
        series("Mids, to 4 kHz", LOW_HZ, HIGH_HZ),
        series("Highs", HIGH_HZ, f64::INFINITY),
    ];
    let positions = Positions::Time { start_s: picture.step_s / 2.0, step_s: picture.step_s };
    Some(Data { positions, series, sentence: sentence(song) })
}

fn sentence(song: &Song) -> String {
    let mut sentence = "What sounds when, and how high: the deeper the colour, the louder.".to_string();
    if let Some(edge_hz) = song.subject().tone.bandwidth_hz {
        sentence += &format!(" The sound reaches up to {}.", figure(edge_hz, Unit::Hz));
    }
    sentence
}

fn draw(song: &Song, _: &Data, canvas: &Canvas) -> Result<Frame> {
    let plot = Plot::over_time(canvas, song.duration_s(), (0.0, 1.0)).below(22.0);
    let Frame { left, top, bottom, .. } = plot.frame;
    let Some(picture) = picture(song) else { return Ok(plot.frame) };
    let levels = levels_from_text(&picture.levels);
    let by_row = (0..picture.rows).rev().flat_map(|row| {
        let levels = &levels;
        (0..picture.columns).map(move |column| levels.get(column * picture.rows + row).copied().unwrap_or(0))
    });
    let hue = if song.after().is_some() { Hue::Master } else { Hue::Mix };
    let right = plot.x(picture.columns as f64 * picture.step_s);
    Heat::new(hue, picture.columns, by_row.collect()).draw(canvas, (left, top), (right, bottom))?;
    let words = Words::new(Ink::Muted, SMALL, Align::Right);
    let whole_oct = octaves(picture.low_hz, picture.high_hz);
    for (hz, label) in [(100.0, "100"), (300.0, "300"), (1000.0, "1k"), (3000.0, "3k"), (10_000.0, "10k")] {
        let y = bottom - (bottom - top) * octaves(picture.low_hz, hz) / whole_oct;
        if hz < picture.high_hz {
            canvas.words_centred(label, (left - 7.0, y), words)?;
            canvas.line(&[(left - 4.0, y), (left, y)], Line::solid(Ink::Axis, 1.0))?;
        }
    }
    canvas.words("Hz", (0.0, top - 4.0), Words::new(Ink::Muted, SMALL, Align::Left))?;
    plot.findings(song, 9.0)?;
    plot.time_axis()?;
    Ok(plot.frame)
}
