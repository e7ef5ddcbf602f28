//! The charts, one file each: drawn by one function for SVG (themed by the page) and PNG.

mod canvas;
mod data;
mod dynamics;
mod gain_reduction;
mod gauge;
mod goniometer;
mod heat;
mod histogram;
mod history;
mod loudness;
mod marks;
mod plot;
mod profile;
mod revisions;
mod sheet;
mod small;
mod spectrogram;
mod spectrum;
mod spread;
mod stereo;
mod surface;
mod waveform;

pub(super) use canvas::{INTER_REGULAR, INTER_SEMIBOLD};
pub(super) use data::{Data, Positions, Series, json_text};
pub(super) use history::history;
pub(super) use plot::Frame;
pub(super) use revisions::revisions;
pub(super) use small::small_loudness;
pub(super) use spread::{profile as profile_figures, references};

use super::Song;
use super::palette::{Ink, Theme};
use crate::error::Result;
use canvas::{Align, Canvas, Words};

/// One chart: a value in [`CHARTS`], one file each.
pub(super) struct Chart {
    /// File name and HTML id.
    pub(super) name: &'static str,
    /// What it shows.
    pub(super) title: &'static str,
    /// Height of the wide drawing, in pixels; a chart of named rows is as high as it has rows.
    height: f64,
    /// The numbers; `None` where the song has none for it.
    pub(super) data: fn(&Song) -> Option<Data>,
    /// The picture.
    draw: fn(&Song, &Data, &Canvas) -> Result<Frame>,
}

/// All charts, in the order of the page. The first one is the picture of the first screen.
pub(super) static CHARTS: &[&Chart] = &[
    &waveform::CHART,
    &loudness::CHART,
    &spectrum::CHART,
    &spectrogram::CHART,
    &profile::CHART,
    &stereo::CHART,
    &goniometer::CHART,
    &dynamics::CHART,
    &gain_reduction::CHART,
    &histogram::CHART,
];

/// Width of the drawing for desks and print, and for phones.
const WIDE: f64 = 840.0;
const NARROW: f64 = 380.0;

/// A chart as vector elements: they go into an SVG whose view box is four times the size.
pub(super) struct Vector {
    /// View box of the SVG.
    pub(super) size: (u32, u32),
    /// Its inside.
    pub(super) elements: String,
    /// Where the plot is, in pixels: a quarter of the view box's units.
    pub(super) frame: Option<Frame>,
}

/// Which screen a drawing is for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Screen {
    /// Desk, tablet, print.
    Wide,
    /// Phone.
    Narrow,
}

/// A chart with its two drawings, ready for the page.
pub(super) struct Figure {
    /// HTML id.
    pub(super) name: &'static str,
    /// What it shows.
    pub(super) title: &'static str,
    /// The numbers.
    pub(super) data: Data,
    /// For desks and print.
    pub(super) wide: Vector,
    /// For phones.
    pub(super) narrow: Vector,
}

impl Figure {
    fn new(
        (name, title): (&'static str, &'static str),
        height: f64,
        data: Data,
        draw: impl Fn(&Data, &Canvas) -> Result<Frame>,
    ) -> Result<Figure> {
        let vector = |screen| {
            let size = size(height, &data, screen);
            let (frame, elements) = canvas::svg(size, |canvas| draw(&data, canvas))?;
            Ok(Vector { size: scaled(size), elements, frame: Some(frame) })
        };
        Ok(Figure { name, title, wide: vector(Screen::Wide)?, narrow: vector(Screen::Narrow)?, data })
    }
}

/// Size of a drawing; a chart of named rows is as high as it has rows.
fn size(height: f64, data: &Data, screen: Screen) -> (f64, f64) {
    let height = match &data.positions {
        Positions::Names(names) => 46.0 + 31.0 * names.len() as f64,
        _ => height,
    };
    match (screen, &data.positions) {
        (Screen::Wide, _) => (WIDE, height),
        (Screen::Narrow, Positions::Names(_)) => (NARROW, height),
        (Screen::Narrow, _) => (NARROW, (height * 0.86).max(220.0)),
    }
}

impl Chart {
    /// Draws for the page; `None` where the song has no numbers for it.
    pub(super) fn figure(&self, song: &Song) -> Result<Option<Figure>> {
        let Some(data) = (self.data)(song) else { return Ok(None) };
        let draw = |data: &Data, canvas: &Canvas| (self.draw)(song, data, canvas);
        Figure::new((self.name, self.title), self.height, data, draw).map(Some)
    }

    /// Draws with title and sentence, as a picture that stands alone.
    pub(super) fn picture(&self, song: &Song, data: &Data) -> Result<Vec<u8>> {
        const MARGIN: f64 = 28.0;
        const HEAD: f64 = 84.0;
        let (width, height) = size(self.height, data, Screen::Wide);
        canvas::png((width + 2.0 * MARGIN, height + HEAD + 44.0), Theme::Light, |canvas| {
            let title = Words::new(Ink::Text, 20.0, Align::Left).bold();
            canvas.words(self.title, (MARGIN, 38.0), title)?;
            let words = Words::new(Ink::Muted, 13.0, Align::Left);
            canvas.words(&fitting(canvas, &data.sentence, words, width)?, (MARGIN, 60.0), words)?;
            (self.draw)(song, data, &canvas.part(MARGIN, HEAD, width, height))?;
            let foot = height + HEAD + 28.0;
            let words = Words::new(Ink::Muted, 12.0, Align::Left);
            let name = fitting(canvas, &super::plain(&song.title), words, width - 100.0)?;
            canvas.words(&name, (MARGIN, foot), words)?;
            canvas.words("mixproof", (MARGIN + width, foot), Words { align: Align::Right, ..words })
        })
    }
}

/// The little picture beside a number: the span of the profile and where the song stands.
pub(super) fn gauge(gauge: &gauge::Gauge) -> Result<Vector> {
    let size = gauge::SIZE;
    let ((), elements) = canvas::svg(size, |canvas| gauge.draw(canvas))?;
    Ok(Vector { size: scaled(size), elements, frame: None })
}

pub(super) use gauge::Gauge;

/// One image to post.
pub(super) fn summary(song: &Song) -> Result<Vec<u8>> {
    canvas::png(sheet::SIZE, Theme::Light, |canvas| sheet::draw(song, canvas))
}

fn scaled(size: (f64, f64)) -> (u32, u32) {
    let scale = f64::from(surface::SVG_SCALE);
    ((size.0 * scale) as u32, (size.1 * scale) as u32)
}

/// Text cut at a width, with an ellipsis.
fn fitting(canvas: &Canvas, text: &str, words: Words, width: f64) -> Result<String> {
    if canvas.width_of(text, words)? <= width {
        return Ok(text.to_string());
    }
    let mut kept: Vec<char> = text.chars().take(400).collect();
    while !kept.is_empty() {
        let cut: String = kept.iter().collect::<String>().trim_end().to_string() + "…";
        if canvas.width_of(&cut, words)? <= width {
            return Ok(cut);
        }
        kept.pop();
    }
    Ok(String::new())
}

/// Text broken into lines of a width.
fn lines(canvas: &Canvas, text: &str, words: Words, width: f64) -> Result<Vec<String>> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        let longer = lines.last().map(|line| format!("{line} {word}"));
        match longer {
            Some(longer) if canvas.width_of(&longer, words)? <= width => {
                if let Some(last) = lines.last_mut() {
                    *last = longer;
                }
            }
            _ => lines.push(fitting(canvas, word, words, width)?),
        }
    }
    Ok(lines)
}
