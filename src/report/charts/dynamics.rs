//! Punch by octaves: the crest of each band against the profile.

use super::Chart;
use super::canvas::{Canvas, Line};
use super::data::{Data, Positions, Series};
use super::plot::{Frame, Key, Plot};
use crate::error::Result;
use crate::report::Song;
use crate::report::measures::figure;
use crate::report::palette::Ink;
use crate::units::{Unit, shift_octaves};

pub(super) static CHART: Chart =
    Chart { name: "dynamics", title: "Punch by frequency", height: 290.0, data, draw };

fn data(song: &Song) -> Option<Data> {
    let before = &song.before().dynamics.bands;
    let centers: Vec<f64> = before.iter().map(|band| band.center_hz).collect();
    before.iter().any(|band| band.crest_db.is_some()).then_some(())?;
    let mut series = match song.after() {
        None => vec![Series::new("This song", Unit::Db, before.iter().map(|band| band.crest_db).collect())],
        Some(after) => vec![
            Series::new("Before", Unit::Db, before.iter().map(|band| band.crest_db).collect()),
            Series::new("After", Unit::Db, after.dynamics.bands.iter().map(|band| band.crest_db).collect()),
        ],
    };
    if !song.profile.crest.is_empty() {
        let title = &song.profile_title();
        let span = |get: fn(&crate::model::Span) -> f64| -> Vec<Option<f64>> {
            let near = |center: &f64| {
                let band = song.profile.crest.iter().find(|band| (band.center_hz / center - 1.0).abs() < 0.1);
                band.map(|band| get(&band.crest_db))
            };
            centers.iter().map(near).collect()
        };
        series.push(Series::new(format!("{title}, lower edge"), Unit::Db, span(|span| span.p10)));
        series.push(Series::new(format!("{title}, upper edge"), Unit::Db, span(|span| span.p90)));
    }
    Some(Data { positions: Positions::Frequencies(centers), series, sentence: sentence(song) })
}

fn sentence(song: &Song) -> String {
    let dynamics = &song.subject().dynamics;
    let mut sentence =
        "How far peaks stand above the average in each octave: high is punchy, low is dense.".to_string();
    if let Some(psr) = dynamics.psr_min_lu {
        sentence += &format!(
            " In the densest 3 seconds {} are left between peak and loudness.",
            figure(psr, Unit::Lu)
        );
    }
    if let Some(limited) = dynamics.limited_db.filter(|limited| *limited >= 0.05) {
        sentence += &format!(" Limiting has taken about {} off the peaks.", figure(limited, Unit::Db));
    }
    sentence
}

fn draw(song: &Song, data: &Data, canvas: &Canvas) -> Result<Frame> {
    let of_song = if song.after().is_some() { 2 } else { 1 };
    let inks: &[Ink] = if of_song == 2 { &[Ink::Mix, Ink::Master] } else { &[Ink::Mix] };
    let span_name = format!("{}: {}", song.profile_title(), song.span_words());
    let mut keys: Vec<(Key, &str)> =
        data.series.iter().zip(inks).map(|(series, ink)| (Key::Dot(*ink), series.name.as_str())).collect();
    if data.series.len() > of_song {
        keys.push((Key::Patch(Ink::Band), &span_name));
    }
    let key_height = Plot::key(canvas, 0.0, &keys)?;
    let highest = data.series.iter().filter_map(Series::max).fold(12.0, f64::max);
    let lowest = data.series.iter().filter_map(Series::min).fold(highest, f64::min);
    let y = ((lowest - 2.0).max(0.0).floor(), (highest + 2.0).ceil());
    let plot = Plot::over_frequency(canvas, (18.0, 22400.0), y).below(key_height + 28.0);
    if let [low, high] = &data.series[of_song..] {
        for (index, (low, high)) in low.values.iter().zip(&high.values).enumerate() {
            if let (Some(low), Some(high)) = (low, high) {
                let center_hz = data.x(index);
                let from = (plot.x(shift_octaves(center_hz, -0.32)), plot.y(*high));
                canvas.rectangle(from, (plot.x(shift_octaves(center_hz, 0.32)), plot.y(*low)), Ink::Band)?;
            }
        }
    }
    plot.vertical("dB", 5)?;
    plot.frequency_axis()?;
    for (which, (series, ink)) in data.series.iter().zip(inks).enumerate() {
        let thin =
            if which + 1 < of_song { Line::dashed(*ink, 1.2, 4.0, 3.0) } else { Line::solid(*ink, 1.6) };
        plot.series(data, series, thin)?;
        for (index, value) in series.values.iter().enumerate() {
            if let Some(value) = value {
                canvas.disc((plot.x(data.x(index)), plot.y(*value)), 5.0, *ink)?;
            }
        }
    }
    Ok(plot.frame)
}
