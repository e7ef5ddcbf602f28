//! What plotters draws on: themed SVG for the page, or pixels for a PNG. The same drawing calls serve both.
//!
//! Colours arrive as stand-ins that name an [`Ink`]; here they become CSS variables or the colours of a theme.
//! Coordinates are integers at [`SVG_SCALE`] or the bitmap's scale, fine enough that no step is seen.

use super::heat::Heat;
use crate::report::base64;
use crate::report::palette::{INKS, Ink, Rgb, Theme};
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind, FontStyle,
    text_anchor::HPos,
};
use std::convert::Infallible;
use std::fmt::Write;

/// Units of an SVG per pixel of the drawing.
pub(super) const SVG_SCALE: u32 = 4;

/// Height of Inter's line (ascender − descender) in em; plotters measures fonts by it.
pub(super) const LINE_PER_EM: f64 = 1.21;

/// The stand-in for an ink: red 1, green 2, blue the number of the ink.
pub(super) fn stand_in(ink: Ink) -> Rgb {
    (1, 2, ink as u8)
}

/// The ink behind a stand-in.
fn ink_of(color: BackendColor) -> Ink {
    INKS.get(usize::from(color.rgb.2)).map_or(Ink::Text, |colour| colour.ink)
}

/// A picture in the making.
pub(super) enum Surface<'a> {
    /// Elements of an SVG.
    Svg(&'a mut SvgText),
    /// Pixels.
    Bitmap(&'a mut Pixels),
}

/// The elements of an SVG, without its frame.
#[derive(Default)]
pub(super) struct SvgText {
    pub(super) size: (u32, u32),
    pub(super) elements: String,
    /// Ink and width of the stroke that is still open, so that equal strokes share one element.
    open_stroke: Option<(Ink, u32)>,
}

/// RGB pixels.
pub(super) struct Pixels {
    pub(super) size: (u32, u32),
    pub(super) rgb: Vec<u8>,
    pub(super) theme: Theme,
}

type Drawn = Result<(), DrawingErrorKind<Infallible>>;

impl SvgText {
    pub(super) fn new(size: (u32, u32)) -> SvgText {
        SvgText { size, ..SvgText::default() }
    }

    /// Ends the open stroke.
    pub(super) fn close(&mut self) {
        if self.open_stroke.take().is_some() {
            self.elements.push_str("\"/>");
        }
    }

    fn add(&mut self, element: std::fmt::Arguments) {
        self.close();
        // Writing to a String cannot fail.
        let _ = self.elements.write_fmt(element);
    }

    fn stroke(&mut self, points: &[BackendCoord], ink: Ink, width: u32) {
        if self.open_stroke != Some((ink, width)) {
            self.add(format_args!(
                "<path fill=\"none\" stroke=\"{}\" stroke-width=\"{width}\" stroke-linejoin=\"round\" d=\"",
                ink.css()
            ));
            self.open_stroke = Some((ink, width));
        }
        write_path(&mut self.elements, points);
    }

    fn fill(&mut self, points: &[BackendCoord], ink: Ink) {
        self.add(format_args!("<path fill=\"{}\" d=\"", ink.css()));
        write_path(&mut self.elements, points);
        self.elements.push_str("z\"/>");
    }
}

/// A path with relative steps, which are shorter than absolute ones.
fn write_path(out: &mut String, points: &[BackendCoord]) {
    let Some((first, rest)) = points.split_first() else { return };
    let _ = write!(out, "M{},{}", first.0, first.1);
    let mut at = *first;
    for point in rest.iter() {
        let (dx, dy) = (point.0 - at.0, point.1 - at.1);
        let _ = match (dx, dy) {
            (0, 0) => continue,
            (_, 0) => write!(out, "h{dx}"),
            (0, _) => write!(out, "v{dy}"),
            _ => write!(out, "l{dx},{dy}"),
        };
        at = *point;
    }
}

impl Pixels {
    pub(super) fn new(size: (u32, u32), theme: Theme) -> Pixels {
        let (red, green, blue) = Ink::Paper.rgb(theme);
        let pixels = size.0 as usize * size.1 as usize;
        Pixels { size, rgb: [red, green, blue].repeat(pixels), theme }
    }

    /// Blends a colour over one pixel; outside the picture nothing happens.
    fn blend(&mut self, at: BackendCoord, ink: Ink, alpha: f64) {
        self.blend_rgb(at, ink.rgb(self.theme), alpha);
    }

    fn blend_rgb(&mut self, (x, y): BackendCoord, (red, green, blue): Rgb, alpha: f64) {
        let (width, height) = (self.size.0 as i32, self.size.1 as i32);
        if x < 0 || y < 0 || x >= width || y >= height {
            return;
        }
        let at = (y as usize * width as usize + x as usize) * 3;
        for (pixel, colour) in self.rgb[at..at + 3].iter_mut().zip([red, green, blue]) {
            let mixed = f64::from(*pixel) * (1.0 - alpha) + f64::from(colour) * alpha;
            *pixel = mixed.round() as u8;
        }
    }

    /// Fills a rectangle row by row.
    fn rectangle(&mut self, from: BackendCoord, to: BackendCoord, ink: Ink) {
        let (width, height) = (self.size.0 as i32, self.size.1 as i32);
        let (left, right) = (from.0.min(to.0).clamp(0, width), from.0.max(to.0).clamp(0, width));
        let (top, bottom) = (from.1.min(to.1).clamp(0, height), from.1.max(to.1).clamp(0, height));
        let (red, green, blue) = ink.rgb(self.theme);
        for y in top..bottom {
            let row = y as usize * width as usize;
            let pixels = &mut self.rgb[(row + left as usize) * 3..(row + right as usize) * 3];
            pixels.chunks_exact_mut(3).for_each(|pixel| pixel.copy_from_slice(&[red, green, blue]));
        }
    }

    /// Fills a polygon row by row, even-odd, at the centres of the pixels.
    fn polygon(&mut self, points: &[BackendCoord], ink: Ink) {
        let height = self.size.1 as i32;
        let top = points.iter().map(|point| point.1).min().unwrap_or(0).clamp(0, height);
        let bottom = points.iter().map(|point| point.1).max().unwrap_or(0).clamp(0, height);
        let mut crossings: Vec<f64> = Vec::new();
        for y in top..bottom {
            let centre = f64::from(y) + 0.5;
            crossings.clear();
            let ends = points.iter().cycle().skip(1);
            crossings.extend(points.iter().zip(ends).filter_map(|(from, to)| {
                let (y0, y1) = (f64::from(from.1), f64::from(to.1));
                ((y0 <= centre) != (y1 <= centre))
                    .then(|| f64::from(from.0) + f64::from(to.0 - from.0) * (centre - y0) / (y1 - y0))
            }));
            crossings.sort_by(f64::total_cmp);
            for span in crossings.chunks_exact(2) {
                self.rectangle((span[0].round() as i32, y), (span[1].round() as i32, y + 1), ink);
            }
        }
    }

    fn disc(&mut self, centre: BackendCoord, radius: i32, ink: Ink) {
        for dy in -radius..radius {
            let half =
                (f64::from(radius).powi(2) - (f64::from(dy) + 0.5).powi(2)).max(0.0).sqrt().round() as i32;
            self.rectangle((centre.0 - half, centre.1 + dy), (centre.0 + half, centre.1 + dy + 1), ink);
        }
    }

    /// A thick line as one quadrangle per stretch with round joints: exact for spiky curves.
    fn thick_line(&mut self, points: &[BackendCoord], ink: Ink, width: u32) {
        let half = f64::from(width) / 2.0;
        for pair in points.windows(2) {
            let (from, to) = (pair[0], pair[1]);
            let (dx, dy) = (f64::from(to.0 - from.0), f64::from(to.1 - from.1));
            let length = dx.hypot(dy);
            if length < 0.5 {
                continue;
            }
            let (nx, ny) = (-dy / length * half, dx / length * half);
            let corner = |point: BackendCoord, sign: f64| {
                let x = f64::from(point.0) + sign * nx;
                let y = f64::from(point.1) + sign * ny;
                (x.round() as i32, y.round() as i32)
            };
            self.polygon(&[corner(from, 1.0), corner(to, 1.0), corner(to, -1.0), corner(from, -1.0)], ink);
        }
        // Ends stay square, so that dashes keep their length.
        for joint in points.iter().skip(1).rev().skip(1) {
            self.disc(*joint, width as i32 / 2, ink);
        }
    }
}

impl Surface<'_> {
    fn polygon(&mut self, points: &[BackendCoord], color: BackendColor) {
        match self {
            Surface::Svg(svg) => svg.fill(points, ink_of(color)),
            Surface::Bitmap(pixels) => pixels.polygon(points, ink_of(color)),
        }
    }
}

impl DrawingBackend for Surface<'_> {
    type ErrorType = Infallible;

    fn get_size(&self) -> (u32, u32) {
        match self {
            Surface::Svg(svg) => svg.size,
            Surface::Bitmap(pixels) => pixels.size,
        }
    }

    fn ensure_prepared(&mut self) -> Drawn {
        Ok(())
    }

    fn present(&mut self) -> Drawn {
        if let Surface::Svg(svg) = self {
            svg.close();
        }
        Ok(())
    }

    fn draw_pixel(&mut self, point: BackendCoord, color: BackendColor) -> Drawn {
        match self {
            Surface::Svg(svg) => svg.fill(
                &[point, (point.0 + 1, point.1), (point.0 + 1, point.1 + 1), (point.0, point.1 + 1)],
                ink_of(color),
            ),
            Surface::Bitmap(pixels) => pixels.blend(point, ink_of(color), color.alpha),
        }
        Ok(())
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        style: &S,
    ) -> Drawn {
        let points: Vec<BackendCoord> = path.into_iter().collect();
        match self {
            Surface::Svg(svg) => {
                svg.stroke(&points, ink_of(style.color()), style.stroke_width());
            }
            Surface::Bitmap(pixels) => {
                pixels.thick_line(&points, ink_of(style.color()), style.stroke_width())
            }
        }
        Ok(())
    }

    fn draw_rect<S: BackendStyle>(
        &mut self,
        from: BackendCoord,
        to: BackendCoord,
        style: &S,
        _fill: bool,
    ) -> Drawn {
        let ink = ink_of(style.color());
        match self {
            Surface::Svg(svg) => svg.fill(&[from, (to.0, from.1), to, (from.0, to.1)], ink),
            Surface::Bitmap(pixels) => pixels.rectangle(from, to, ink),
        }
        Ok(())
    }

    fn draw_circle<S: BackendStyle>(
        &mut self,
        center: BackendCoord,
        radius: u32,
        style: &S,
        _fill: bool,
    ) -> Drawn {
        let ink = ink_of(style.color());
        match self {
            Surface::Svg(svg) => {
                svg.add(format_args!(
                    "<circle cx=\"{}\" cy=\"{}\" r=\"{radius}\" fill=\"{}\"/>",
                    center.0,
                    center.1,
                    ink.css()
                ));
            }
            Surface::Bitmap(pixels) => pixels.disc(center, radius as i32, ink),
        }
        Ok(())
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        vertices: I,
        style: &S,
    ) -> Drawn {
        let points: Vec<BackendCoord> = vertices.into_iter().collect();
        self.polygon(&points, style.color());
        Ok(())
    }

    /// Only cells of a [`super::heat::Heat`] come this way: what they mean is agreed there.
    fn blit_bitmap(&mut self, at: BackendCoord, size: (u32, u32), cells: &[u8]) -> Drawn {
        let Some(heat) = Heat::from_bytes(cells) else { return Ok(()) };
        match self {
            Surface::Svg(svg) => svg.add(format_args!(
                "<image class=\"heat\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" \
                 preserveAspectRatio=\"none\" href=\"data:image/png;base64,{}\"/>",
                at.0,
                at.1,
                size.0,
                size.1,
                base64(&heat.png())
            )),
            Surface::Bitmap(pixels) => {
                for y in 0..size.1 {
                    for x in 0..size.0 {
                        let (colour, alpha) = heat.at(x, y, size);
                        pixels.blend_rgb((at.0 + x as i32, at.1 + y as i32), colour, alpha);
                    }
                }
            }
        }
        Ok(())
    }

    /// Text stands on the baseline at `at`; only its horizontal anchor is asked for.
    fn draw_text<T: BackendTextStyle>(&mut self, text: &str, style: &T, at: BackendCoord) -> Drawn {
        let color = style.color();
        match self {
            Surface::Svg(svg) => {
                let anchor = match style.anchor().h_pos {
                    HPos::Left => "",
                    HPos::Center => " text-anchor=\"middle\"",
                    HPos::Right => " text-anchor=\"end\"",
                };
                let weight =
                    if matches!(style.style(), FontStyle::Bold) { " font-weight=\"600\"" } else { "" };
                svg.add(format_args!(
                    "<text x=\"{}\" y=\"{}\" fill=\"{}\" font-size=\"{:.0}\"{anchor}{weight}>{}</text>",
                    at.0,
                    at.1,
                    ink_of(color).css(),
                    style.size() / LINE_PER_EM,
                    escape(text)
                ));
                Ok(())
            }
            Surface::Bitmap(pixels) => {
                let font_error = |error: T::FontError| DrawingErrorKind::FontError(Box::new(error));
                let width = style.layout_box(text).map_err(font_error)?.1.0;
                let left = match style.anchor().h_pos {
                    HPos::Left => at.0,
                    HPos::Center => at.0 - width / 2,
                    HPos::Right => at.0 - width,
                };
                // plotters puts the baseline half a line below the origin of a text.
                let top = at.1 - (style.size() / 2.0) as i32;
                style
                    .draw(text, (left, top), |x, y, color| -> Result<(), Infallible> {
                        pixels.blend((x, y), ink_of(color), color.alpha);
                        Ok(())
                    })
                    .map_err(font_error)?
                    .map_err(DrawingErrorKind::DrawingError)
            }
        }
    }
}

/// Text as it may stand between tags.
fn escape(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut out, c| {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ => out.push(c),
        }
        out
    })
}
