//! What is typical, as pictures: a profile's spectrum and its spans per band; and a song beside references.

use super::canvas::{Align, Canvas, Line, Words};
use super::data::{Data, Positions, Series};
use super::plot::{Frame, Key, Plot};
use super::{Figure, profile, spectrum};
use crate::error::Result;
use crate::model::{Profile, Span};
use crate::report::Song;
use crate::report::measures::{figure, number};
use crate::report::palette::Ink;
use crate::units::Unit;

/// A band and its span.
type Ranged = (f64, f64, Span);

/// Lowest frequency that is drawn: a band that begins at 0 Hz is drawn from here.
const LOWEST_HZ: f64 = 20.0;

/// The pictures of a profile: its spectrum, then level, movement, width and crest per band where it has them.
pub(in crate::report) fn profile(profile: &Profile) -> Result<Vec<Figure>> {
    let mut figures = Vec::new();
    if let Some(data) = tone(profile) {
        figures.push(Figure::new(("spectrum", "Tone"), 380.0, data, draw_tone)?);
    }
    let of_k = |get: fn(&crate::model::ProfileKBand) -> Option<Span>| -> Vec<Ranged> {
        profile.tone.k_bands.iter().filter_map(|band| Some((band.low_hz, band.high_hz, get(band)?))).collect()
    };
    let own_width: Vec<Ranged> =
        profile.width.iter().map(|band| (band.low_hz, band.high_hz, band.side_to_mid_db)).collect();
    let k_width = of_k(|band| band.side_to_mid_db);
    let crest: Vec<Ranged> = profile
        .crest
        .iter()
        .map(|band| {
            let half = std::f64::consts::SQRT_2;
            (band.center_hz / half, band.center_hz * half, band.crest_db)
        })
        .collect();
    let sets = [
        (
            ("level", "Loudness per band"),
            of_k(|band| Some(band.level_db)),
            "Level against the loudness of the whole",
        ),
        (
            ("width", "Width per band"),
            if k_width.is_empty() { own_width } else { k_width },
            "Side against mid: up is wider",
        ),
        (
            ("movement", "Movement per band"),
            of_k(|band| band.range_db),
            "From the quiet to the loud moments of a band",
        ),
        (("crest", "Crest per band"), crest, "Peak against average level"),
    ];
    for (names, bands, meaning) in sets {
        if bands.is_empty() {
            continue;
        }
        let data = ranges(&bands, meaning);
        figures.push(Figure::new(names, 260.0, data, |data, canvas| draw_ranges(&bands, data, canvas))?);
    }
    Ok(figures)
}

/// A song beside references: its spectrum in theirs, and its measures on their scale.
pub(in crate::report) fn references(song: &Song) -> Result<Vec<Figure>> {
    let mut figures: Vec<Figure> = [&spectrum::CHART, &profile::CHART]
        .iter()
        .filter_map(|chart| chart.figure(song).transpose())
        .collect::<Result<_>>()?;
    for (figure, title) in figures.iter_mut().zip(["Tone against the references", "Against the references"]) {
        figure.title = title;
    }
    Ok(figures)
}

fn tone(profile: &Profile) -> Option<Data> {
    let bands = &profile.tone.bands;
    let widest = bands
        .iter()
        .filter(|band| (100.0..=10_000.0).contains(&band.center_hz))
        .max_by(|one, other| (one.p90_db - one.p10_db).total_cmp(&(other.p90_db - other.p10_db)))?;
    let narrowest = bands
        .iter()
        .min_by(|one, other| (one.p90_db - one.p10_db).total_cmp(&(other.p90_db - other.p10_db)))?;
    let spread = |band: &crate::model::ProfileBand| {
        format!("{} at {}", figure(band.p90_db - band.p10_db, Unit::Db), figure(band.center_hz, Unit::Hz))
    };
    let column =
        |get: fn(&crate::model::ProfileBand) -> f64| bands.iter().map(|band| Some(get(band))).collect();
    Some(Data {
        positions: Positions::Frequencies(bands.iter().map(|band| band.center_hz).collect()),
        series: vec![
            Series::new("Tenth percentile", Unit::Db, column(|band| band.p10_db)),
            Series::new("Median", Unit::Db, column(|band| band.level_db)),
            Series::new("Ninetieth percentile", Unit::Db, column(|band| band.p90_db)),
        ],
        sentence: format!(
            "Third octaves relative to their sum. From tenth to ninetieth percentile: {} at the narrowest, {} at the widest between 100 Hz and 10 kHz.",
            spread(narrowest),
            spread(widest)
        ),
    })
}

fn draw_tone(data: &Data, canvas: &Canvas) -> Result<Frame> {
    let middle = Line::solid(Ink::Master, 2.4);
    let keys = [(Key::Stroke(middle), "median"), (Key::Patch(Ink::Band), "8 of 10 tracks")];
    let key_height = Plot::key(canvas, 0.0, &keys)?;
    let highest = data.series.iter().filter_map(Series::max).fold(-60.0, f64::max);
    let lowest = data.series.iter().filter_map(Series::min).fold(highest - 12.0, f64::min);
    let y_to = (highest + 2.0).ceil();
    let y_from = (lowest - 2.0).max(y_to - 60.0).floor();
    let plot = Plot::over_frequency(canvas, (18.0, 22400.0), (y_from, y_to)).below(key_height + 26.0);
    spectrum::band(&plot, data, (2, 0))?;
    plot.vertical("dB", 6)?;
    plot.frequency_axis()?;
    spectrum::ranges(&plot)?;
    plot.series(data, &data.series[1], middle)?;
    Ok(plot.frame)
}

fn ranges(bands: &[Ranged], meaning: &str) -> Data {
    let column = |get: fn(&Span) -> f64| bands.iter().map(|(_, _, span)| Some(get(span))).collect();
    let centers =
        bands.iter().map(|(low_hz, high_hz, _)| (low_hz.max(LOWEST_HZ) * high_hz.min(20_000.0)).sqrt());
    let lowest = bands.iter().map(|band| band.2.p50).fold(f64::INFINITY, f64::min);
    let highest = bands.iter().map(|band| band.2.p50).fold(f64::NEG_INFINITY, f64::max);
    Data {
        positions: Positions::Frequencies(centers.map(f64::round).collect()),
        series: vec![
            Series::new("Tenth percentile", Unit::Db, column(|span| span.p10)),
            Series::new("Median", Unit::Db, column(|span| span.p50)),
            Series::new("Ninetieth percentile", Unit::Db, column(|span| span.p90)),
        ],
        sentence: format!(
            "{meaning}, in {} bands; medians from {} to {}.",
            bands.len(),
            figure(lowest, Unit::Db),
            figure(highest, Unit::Db)
        ),
    }
}

/// A box per band from its tenth to its ninetieth percentile, with a line at the median.
fn draw_ranges(bands: &[Ranged], data: &Data, canvas: &Canvas) -> Result<Frame> {
    let keys =
        [(Key::Stroke(Line::solid(Ink::Master, 2.6)), "median"), (Key::Patch(Ink::Band), "8 of 10 tracks")];
    let key_height = Plot::key(canvas, 0.0, &keys)?;
    let highest = data.series.iter().filter_map(Series::max).fold(f64::NEG_INFINITY, f64::max);
    let lowest = data.series.iter().filter_map(Series::min).fold(f64::INFINITY, f64::min);
    let plot =
        Plot::over_frequency(canvas, (18.0, 22400.0), ((lowest - 1.5).floor(), (highest + 1.5).ceil()))
            .below(key_height + 26.0);
    plot.vertical("dB", 5)?;
    plot.frequency_axis()?;
    for (low_hz, high_hz, span) in bands {
        let (from, to) = (plot.x(low_hz.max(LOWEST_HZ)) + 1.5, plot.x(high_hz.min(22_050.0)) - 1.5);
        canvas.rectangle((from, plot.y(span.p90)), (to, plot.y(span.p10)), Ink::Band)?;
        let y = plot.y(span.p50);
        canvas.line(&[(from, y), (to, y)], Line::solid(Ink::Master, 2.6))?;
        let words = Words::new(Ink::Text, 12.0, Align::Center);
        let label = number(span.p50, 1);
        if canvas.width_of(&label, words)? < to - from {
            canvas.words(&label, ((from + to) / 2.0, y - 6.0), words)?;
        }
    }
    Ok(plot.frame)
}
