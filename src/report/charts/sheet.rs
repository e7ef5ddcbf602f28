//! One image to post: verdict, five numbers, loudness and tone.

use super::canvas::{Align, Canvas, Line, Words};
use super::marks::severity_ink;
use super::{fitting, gauge::Gauge, lines, loudness, spectrum, waveform};
use crate::error::Result;
use crate::model::Severity;
use crate::report::measures::{Measure, figure, measure, number};
use crate::report::palette::Ink;
use crate::report::verdict::{Outcome, verdict};
use crate::report::{FIVE, Song, plain};
use crate::units::{Unit, clock};

/// Size in pixels; the file has twice as many.
pub(super) const SIZE: (f64, f64) = (1080.0, 1350.0);

const MARGIN: f64 = 56.0;

/// Draws the sheet.
pub(super) fn draw(song: &Song, canvas: &Canvas) -> Result<()> {
    let width = canvas.width - 2.0 * MARGIN;
    let mut y = head(song, canvas, width)?;
    y = five(song, canvas, y, width)?;
    let bottom = canvas.height - 64.0;
    let charts = [&waveform::CHART, &loudness::CHART, &spectrum::CHART];
    let shown: Vec<_> = charts.into_iter().filter_map(|chart| Some((chart, (chart.data)(song)?))).collect();
    let total: f64 = shown.iter().map(|(chart, _)| chart.height).sum();
    let room = bottom - y - 46.0 * shown.len() as f64;
    for (chart, data) in &shown {
        let height = room * chart.height / total;
        canvas.words(chart.title, (MARGIN, y + 24.0), Words::new(Ink::Text, 16.0, Align::Left).bold())?;
        (chart.draw)(song, data, &canvas.part(MARGIN, y + 38.0, width, height - 8.0))?;
        y += height + 46.0;
    }
    foot(song, canvas, width)
}

fn head(song: &Song, canvas: &Canvas, width: f64) -> Result<f64> {
    let verdict = verdict(song);
    let (ink, severity) = match verdict.outcome {
        Outcome::Good => (Ink::Good, None),
        Outcome::Look => (Ink::Warn, Some(Severity::Warn)),
        Outcome::Bad => (Ink::Fail, Some(Severity::Fail)),
    };
    let title = Words::new(Ink::Muted, 20.0, Align::Left);
    canvas.words(&fitting(canvas, &plain(&song.title), title, width)?, (MARGIN, 76.0), title)?;
    let badge = Words::new(severity.map_or(ink, severity_ink), 16.0, Align::Left).bold();
    let word = verdict.outcome.word();
    let place = (MARGIN + 9.0, 110.0);
    match severity {
        Some(severity) => super::marks::shape(canvas, severity, place)?,
        None => {
            let tick = [(MARGIN + 2.0, 110.0), (MARGIN + 7.0, 115.0), (MARGIN + 16.0, 104.0)];
            canvas.line(&tick, Line::solid(ink, 3.0))?;
        }
    }
    canvas.words_centred(word, (MARGIN + 26.0, 110.0), badge)?;
    let headline = Words::new(Ink::Text, 40.0, Align::Left).bold();
    let mut y = 168.0;
    for line in lines(canvas, &verdict.headline, headline, width)?.iter().take(3) {
        canvas.words(line, (MARGIN, y), headline)?;
        y += 48.0;
    }
    Ok(y - 8.0)
}

fn five(song: &Song, canvas: &Canvas, top: f64, width: f64) -> Result<f64> {
    let column = width / FIVE.len() as f64;
    let measures = FIVE.iter().filter_map(|path| measure(path));
    canvas.line(&[(MARGIN, top), (MARGIN + width, top)], Line::solid(Ink::Grid, 1.5))?;
    for (index, measure) in measures.enumerate() {
        let left = MARGIN + column * index as f64;
        card(song, &canvas.part(left, top, column - 22.0, 150.0), measure)?;
    }
    let bottom = top + 132.0;
    canvas.line(&[(MARGIN, bottom), (MARGIN + width, bottom)], Line::solid(Ink::Grid, 1.5))?;
    Ok(bottom + 16.0)
}

fn card(song: &Song, canvas: &Canvas, measure: &Measure) -> Result<()> {
    let before = (measure.get)(song.before());
    let after = song.after().and_then(measure.get);
    let name = Words::new(Ink::Muted, 13.5, Align::Left);
    canvas.words(measure.name, (0.0, 28.0), name)?;
    let unit = measure.unit();
    let big = Words::new(Ink::Text, 30.0, Align::Left).bold();
    let Some(shown) = after.or(before) else {
        return canvas.words("–", (0.0, 64.0), big);
    };
    let text = number(shown, unit.decimals());
    canvas.words(&text, (0.0, 64.0), big)?;
    let right = canvas.width_of(&text, big)? + 6.0;
    canvas.words(unit.symbol(), (right, 64.0), name)?;
    let target = match unit {
        Unit::Lufs => song.target_lufs(),
        Unit::Dbtp => Some(song.ceiling_dbtp()),
        _ => None,
    };
    let span = song.span(measure).copied();
    if span.is_none() && target.is_none() {
        return Ok(());
    }
    Gauge { before, after, span, target }.draw(&canvas.part(0.0, 72.0, canvas.width, 46.0))
}

fn foot(song: &Song, canvas: &Canvas, width: f64) -> Result<()> {
    let y = canvas.height - 30.0;
    let words = Words::new(Ink::Muted, 13.0, Align::Left);
    let source = &song.before().source;
    let facts = format!(
        "{}, {}, {} channels. Compared with {} ({} tracks), for {}.",
        clock(source.duration_s, false),
        figure(f64::from(source.sample_rate_hz), Unit::Hz),
        source.channels,
        song.profile_title(),
        song.profile.provenance.tracks,
        song.delivery_title()
    );
    canvas.words(&fitting(canvas, &facts, words, width - 90.0)?, (MARGIN, y), words)?;
    canvas.words("mixproof", (MARGIN + width, y), Words { align: Align::Right, ..words }.bold())
}
