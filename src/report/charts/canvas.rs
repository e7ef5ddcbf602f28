//! A page to draw on in pixels of the finished picture: lines, areas, words. Everything goes through plotters.

use super::heat::{Heat, HeatOn};
use super::surface::{LINE_PER_EM, Pixels, SVG_SCALE, Surface, SvgText, stand_in};
use crate::error::{Error, Result};
use crate::report::palette::{Ink, Theme};
use plotters::coord::Shift;
use plotters::prelude::{
    Circle, DrawingArea, DrawingAreaErrorKind, FontDesc, FontFamily, FontStyle, IntoDrawingArea, PathElement,
    Polygon, RGBColor, Rectangle, ShapeStyle, Text, TextStyle,
};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters_backend::BackendColor;
use std::convert::Infallible;
use std::sync::Once;

/// Pixels of the finished PNG per pixel of the drawing, and the oversampling that smooths its edges.
const PNG_SCALE: u32 = 2;
const PNG_OVERSAMPLING: u32 = 3;

/// The typeface of every picture and of the page; licence beside it.
pub(in crate::report) static INTER_REGULAR: &[u8] = include_bytes!("../font/Inter-Regular.otf");
/// Its stronger cut.
pub(in crate::report) static INTER_SEMIBOLD: &[u8] = include_bytes!("../font/Inter-SemiBold.otf");

const FAMILY: &str = "Inter";

/// Where a word stands against its point, left to right.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Align {
    Left,
    Center,
    Right,
}

/// How a word looks.
#[derive(Clone, Copy)]
pub(super) struct Words {
    pub(super) ink: Ink,
    /// Em size in pixels.
    pub(super) size: f64,
    pub(super) bold: bool,
    pub(super) align: Align,
}

impl Words {
    pub(super) const fn new(ink: Ink, size: f64, align: Align) -> Words {
        Words { ink, size, bold: false, align }
    }

    pub(super) const fn bold(self) -> Words {
        Words { bold: true, ..self }
    }
}

/// How a line looks: ink, width in pixels, and dash and gap in pixels where it is broken.
#[derive(Clone, Copy)]
pub(super) struct Line {
    pub(super) ink: Ink,
    pub(super) width: f64,
    pub(super) dash: Option<(f64, f64)>,
}

impl Line {
    pub(super) const fn solid(ink: Ink, width: f64) -> Line {
        Line { ink, width, dash: None }
    }

    pub(super) const fn dashed(ink: Ink, width: f64, dash: f64, gap: f64) -> Line {
        Line { ink, width, dash: Some((dash, gap)) }
    }
}

/// A rectangle of a picture, with its own origin.
#[derive(Clone)]
pub(super) struct Canvas<'a> {
    area: DrawingArea<Surface<'a>, Shift>,
    scale: f64,
    left: f64,
    top: f64,
    /// Width in pixels.
    pub(super) width: f64,
    /// Height in pixels.
    pub(super) height: f64,
}

type Area = DrawingAreaErrorKind<Infallible>;

fn failed(error: Area) -> Error {
    Error::usage(format!("could not draw a chart: {error}"))
}

impl Canvas<'_> {
    /// A part of the canvas as a canvas.
    pub(super) fn part(&self, left: f64, top: f64, width: f64, height: f64) -> Self {
        Canvas { left: self.left + left, top: self.top + top, width, height, ..self.clone() }
    }

    /// Whether it is as narrow as a phone.
    pub(super) fn narrow(&self) -> bool {
        self.width < 560.0
    }

    fn at(&self, (x, y): (f64, f64)) -> (i32, i32) {
        let place = |offset: f64, value: f64| ((offset + value) * self.scale).round() as i32;
        (place(self.left, x), place(self.top, y))
    }

    fn shape(&self, ink: Ink, width: f64) -> ShapeStyle {
        let (red, green, blue) = stand_in(ink);
        let color = RGBColor(red, green, blue);
        ShapeStyle::from(&color).filled().stroke_width((width * self.scale).round().max(1.0) as u32)
    }

    /// A line through points.
    pub(super) fn line(&self, points: &[(f64, f64)], line: Line) -> Result<()> {
        let style = self.shape(line.ink, line.width);
        let strokes = match line.dash {
            Some((dash, gap)) => dashes(points, dash, gap),
            None => vec![points.to_vec()],
        };
        for stroke in strokes.iter().filter(|stroke| stroke.len() > 1) {
            let points: Vec<(i32, i32)> = stroke.iter().map(|point| self.at(*point)).collect();
            self.area.draw(&PathElement::new(points, style)).map_err(failed)?;
        }
        Ok(())
    }

    /// A filled outline.
    pub(super) fn fill(&self, points: &[(f64, f64)], ink: Ink) -> Result<()> {
        let points: Vec<(i32, i32)> = points.iter().map(|point| self.at(*point)).collect();
        self.area.draw(&Polygon::new(points, self.shape(ink, 1.0))).map_err(failed)
    }

    /// A filled rectangle between two corners.
    pub(super) fn rectangle(&self, from: (f64, f64), to: (f64, f64), ink: Ink) -> Result<()> {
        self.area.draw(&Rectangle::new([self.at(from), self.at(to)], self.shape(ink, 1.0))).map_err(failed)
    }

    /// A picture of cells between two corners.
    pub(super) fn heat(&self, from: (f64, f64), to: (f64, f64), heat: &Heat) -> Result<()> {
        self.area.draw(&HeatOn { heat, corners: [self.at(from), self.at(to)] }).map_err(failed)
    }

    /// A disc.
    pub(super) fn disc(&self, center: (f64, f64), radius: f64, ink: Ink) -> Result<()> {
        let radius = (radius * self.scale).round() as u32;
        self.area.draw(&Circle::new(self.at(center), radius, self.shape(ink, 1.0))).map_err(failed)
    }

    fn style(&self, words: Words) -> TextStyle<'static> {
        let (red, green, blue) = stand_in(words.ink);
        let style = if words.bold { FontStyle::Bold } else { FontStyle::Normal };
        let horizontal = match words.align {
            Align::Left => HPos::Left,
            Align::Center => HPos::Center,
            Align::Right => HPos::Right,
        };
        // FontDesc::style would keep the outlines of the normal cut.
        let font = FontDesc::new(FontFamily::Name(FAMILY), words.size * self.scale * LINE_PER_EM, style);
        let color = BackendColor { alpha: 1.0, rgb: (red, green, blue) };
        TextStyle { font, color, pos: Pos::new(horizontal, VPos::Top) }
    }

    /// Words that stand on a baseline.
    pub(super) fn words(&self, text: &str, at: (f64, f64), words: Words) -> Result<()> {
        self.area.draw(&Text::new(text.to_string(), self.at(at), self.style(words))).map_err(failed)
    }

    /// Words whose capitals are centred on a height.
    pub(super) fn words_centred(&self, text: &str, at: (f64, f64), words: Words) -> Result<()> {
        // Half of Inter's cap height of 0.727 em.
        self.words(text, (at.0, at.1 + 0.364 * words.size), words)
    }

    /// Width of words.
    pub(super) fn width_of(&self, text: &str, words: Words) -> Result<f64> {
        let (width, _) = self.area.estimate_text_size(text, &self.style(words)).map_err(failed)?;
        Ok(f64::from(width) / self.scale)
    }
}

/// The dashes of a broken line: cut at equal lengths along it, so that a dash may bend.
fn dashes(points: &[(f64, f64)], dash: f64, gap: f64) -> Vec<Vec<(f64, f64)>> {
    let mut strokes = Vec::new();
    let mut stroke: Vec<(f64, f64)> = points.first().copied().into_iter().collect();
    let (mut drawing, mut left) = (true, dash);
    for pair in points.windows(2) {
        let (mut from, to) = (pair[0], pair[1]);
        loop {
            let length = (to.0 - from.0).hypot(to.1 - from.1);
            if length <= left {
                left -= length;
                if drawing {
                    stroke.push(to);
                }
                break;
            }
            let share = left / length;
            from = (from.0 + (to.0 - from.0) * share, from.1 + (to.1 - from.1) * share);
            if drawing {
                stroke.push(from);
                strokes.push(std::mem::take(&mut stroke));
            } else {
                stroke = vec![from];
            }
            drawing = !drawing;
            left = if drawing { dash } else { gap };
        }
    }
    if drawing {
        strokes.push(stroke);
    }
    strokes
}

fn register_fonts() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // The files are embedded and tested; a font that does not load surfaces as an error at the first word.
        let _ = plotters::style::register_font(FAMILY, FontStyle::Normal, INTER_REGULAR);
        let _ = plotters::style::register_font(FAMILY, FontStyle::Bold, INTER_SEMIBOLD);
    });
}

fn canvas_on(surface: Surface<'_>, size: (f64, f64), scale: u32) -> Canvas<'_> {
    register_fonts();
    Canvas {
        area: surface.into_drawing_area(),
        scale: f64::from(scale),
        left: 0.0,
        top: 0.0,
        width: size.0,
        height: size.1,
    }
}

fn pixels(size: (f64, f64), scale: u32) -> (u32, u32) {
    ((size.0 * f64::from(scale)).round() as u32, (size.1 * f64::from(scale)).round() as u32)
}

/// Draws the inside of an SVG whose view box is the size times four. Returns what the drawing returns, and the elements.
pub(super) fn svg<T>(size: (f64, f64), draw: impl FnOnce(&Canvas) -> Result<T>) -> Result<(T, String)> {
    let mut text = SvgText::new(pixels(size, SVG_SCALE));
    let drawn = draw(&canvas_on(Surface::Svg(&mut text), size, SVG_SCALE))?;
    text.close();
    Ok((drawn, text.elements))
}

/// Draws a PNG of twice the size, for sharp screens and messengers.
pub(super) fn png<T>(
    size: (f64, f64),
    theme: Theme,
    draw: impl FnOnce(&Canvas) -> Result<T>,
) -> Result<Vec<u8>> {
    let scale = PNG_SCALE * PNG_OVERSAMPLING;
    let mut fine = Pixels::new(pixels(size, scale), theme);
    draw(&canvas_on(Surface::Bitmap(&mut fine), size, scale))?;
    encode(&averaged(&fine.rgb, fine.size), (fine.size.0 / PNG_OVERSAMPLING, fine.size.1 / PNG_OVERSAMPLING))
}

/// The mean of every square of fine pixels.
fn averaged(fine: &[u8], (width, height): (u32, u32)) -> Vec<u8> {
    let factor = PNG_OVERSAMPLING as usize;
    let columns = width as usize / factor;
    let mut out = Vec::with_capacity(columns * (height as usize / factor) * 3);
    let mut sums = vec![0u32; columns * 3];
    for rows in fine.chunks_exact(width as usize * 3 * factor) {
        sums.fill(0);
        for row in rows.chunks_exact(width as usize * 3) {
            for (square, sum) in row.chunks_exact(3 * factor).zip(sums.chunks_exact_mut(3)) {
                for pixel in square.chunks_exact(3) {
                    sum.iter_mut().zip(pixel).for_each(|(sum, value)| *sum += u32::from(*value));
                }
            }
        }
        let count = (factor * factor) as u32;
        out.extend(sums.iter().map(|sum| ((sum + count / 2) / count) as u8));
    }
    out
}

fn encode(rgb: &[u8], (width, height): (u32, u32)) -> Result<Vec<u8>> {
    let failed = |error: png::EncodingError| Error::usage(format!("could not encode a picture: {error}"));
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    // Flat areas repeat exactly: without a filter they pack best.
    encoder.set_filter(png::FilterType::NoFilter);
    encoder.set_adaptive_filter(png::AdaptiveFilterType::NonAdaptive);
    encoder.set_compression(png::Compression::Default);
    // Twice 72 dpi: the size in which the drawing was made.
    encoder.set_pixel_dims(Some(png::PixelDimensions { xppu: 5669, yppu: 5669, unit: png::Unit::Meter }));
    let mut writer = encoder.write_header().map_err(failed)?;
    writer.write_image_data(rgb).map_err(failed)?;
    writer.finish().map_err(failed)?;
    Ok(bytes)
}
