//! A picture of cells: level as depth of colour, in one hue, on whatever paper it lies.
//!
//! On the page it is a small indexed PNG with transparency (the style sheet turns it over in the dark theme); in a
//! PNG its cells are painted. It travels through plotters as bytes, which only [`super::surface`] takes up.

use super::canvas::Canvas;
use crate::report::palette::Rgb;
use plotters::element::{BackendCoordOnly, Drawable, PointCollection};
use plotters_backend::{BackendCoord, DrawingBackend, DrawingErrorKind};

/// Levels of a cell: 0 (nothing) to 63.
const LEVELS: usize = 64;

/// Whose picture it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hue {
    /// The file as it came.
    Mix,
    /// The file as it was written.
    Master,
}

/// Cells, row by row from the top.
pub(super) struct Heat {
    hue: Hue,
    columns: usize,
    cells: Vec<u8>,
}

impl Heat {
    pub(super) fn new(hue: Hue, columns: usize, cells: Vec<u8>) -> Heat {
        Heat { hue, columns: columns.max(1), cells }
    }

    fn rows(&self) -> usize {
        self.cells.len() / self.columns
    }

    fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![self.hue as u8];
        bytes.extend((self.columns as u32).to_le_bytes());
        bytes.extend_from_slice(&self.cells);
        bytes
    }

    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Heat> {
        let (hue, rest) = bytes.split_first()?;
        let (columns, cells) = rest.split_at_checked(4)?;
        let columns = u32::from_le_bytes(columns.try_into().ok()?) as usize;
        let hue = if *hue == Hue::Mix as u8 { Hue::Mix } else { Hue::Master };
        Some(Heat::new(hue, columns, cells.to_vec()))
    }

    /// Colour and opacity of a level: soft and thin at first, deep and full at last.
    fn colour(&self, level: u8) -> (Rgb, f64) {
        let (soft, deep): (Rgb, Rgb) = match self.hue {
            Hue::Mix => ((0xE8, 0xA3, 0x66), (0x4A, 0x1E, 0x02)),
            Hue::Master => ((0x83, 0xAE, 0xE6), (0x06, 0x22, 0x50)),
        };
        // The lowest quarter stays paper, so that what matters stands out.
        let share = (f64::from(level.min(LEVELS as u8 - 1)) / (LEVELS - 1) as f64 - 0.25).max(0.0) / 0.75;
        let deepness = share * share;
        let mixed = |from: u8, to: u8| (f64::from(from) + (f64::from(to) - f64::from(from)) * deepness) as u8;
        let colour = (mixed(soft.0, deep.0), mixed(soft.1, deep.1), mixed(soft.2, deep.2));
        (colour, (share * 1.35).min(1.0))
    }

    /// Colour and opacity at a pixel of a drawing of a size.
    pub(super) fn at(&self, x: u32, y: u32, size: (u32, u32)) -> (Rgb, f64) {
        let column = (x as usize * self.columns / size.0.max(1) as usize).min(self.columns - 1);
        let row = y as usize * self.rows() / size.1.max(1) as usize;
        self.colour(self.cells.get(row * self.columns + column).copied().unwrap_or(0))
    }

    /// One pixel per cell. Empty where it cannot be encoded, which is a picture of no cells.
    pub(super) fn png(&self) -> Vec<u8> {
        let colours: Vec<(Rgb, f64)> = (0..LEVELS as u8).map(|level| self.colour(level)).collect();
        let palette: Vec<u8> = colours.iter().flat_map(|((r, g, b), _)| [*r, *g, *b]).collect();
        let alphas: Vec<u8> = colours.iter().map(|(_, alpha)| (255.0 * alpha).round() as u8).collect();
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, self.columns as u32, self.rows() as u32);
        encoder.set_color(png::ColorType::Indexed);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.set_palette(palette);
        encoder.set_trns(alphas);
        encoder.set_compression(png::Compression::Best);
        let cells = &self.cells[..self.rows() * self.columns];
        let written = encoder.write_header().and_then(|mut writer| writer.write_image_data(cells));
        if written.is_ok() { bytes } else { Vec::new() }
    }

    /// Draws it between two corners.
    pub(super) fn draw(&self, canvas: &Canvas, from: (f64, f64), to: (f64, f64)) -> crate::error::Result<()> {
        canvas.heat(from, to, self)
    }
}

/// A picture of cells at its place on a surface.
pub(super) struct HeatOn<'a> {
    pub(super) heat: &'a Heat,
    pub(super) corners: [(i32, i32); 2],
}

impl<'a> PointCollection<'a, (i32, i32)> for &'a HeatOn<'_> {
    type Point = &'a (i32, i32);
    type IntoIter = std::slice::Iter<'a, (i32, i32)>;

    fn point_iter(self) -> Self::IntoIter {
        self.corners.iter()
    }
}

impl<DB: DrawingBackend> Drawable<DB> for HeatOn<'_> {
    fn draw<I: Iterator<Item = <BackendCoordOnly as plotters::element::CoordMapper>::Output>>(
        &self,
        mut corners: I,
        backend: &mut DB,
        _: (u32, u32),
    ) -> Result<(), DrawingErrorKind<DB::ErrorType>> {
        let (Some(from), Some(to)) = (corners.next(), corners.next()) else { return Ok(()) };
        let size = ((to.0 - from.0).max(1) as u32, (to.1 - from.1).max(1) as u32);
        let at: BackendCoord = from;
        backend.blit_bitmap(at, size, &self.heat.to_bytes())
    }
}
