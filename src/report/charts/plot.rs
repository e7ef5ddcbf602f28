//! A frame with axes: from the numbers of a song to places on the canvas.

use super::canvas::{Align, Canvas, Line, Words};
use super::data::{Data, Series, tick};
use crate::error::Result;
use crate::report::palette::Ink;
use crate::units::{clock, octaves};

/// Size of the words on axes.
pub(super) const SMALL: f64 = 12.0;

/// Where the plot lies and what its horizontal axis means: the page's script reads values by it.
#[derive(Debug, Clone, Copy)]
pub(in crate::report) struct Frame {
    /// Edges, in pixels of the drawing.
    pub(in crate::report) left: f64,
    pub(in crate::report) right: f64,
    pub(in crate::report) top: f64,
    pub(in crate::report) bottom: f64,
    /// Values at the left and right edge.
    pub(in crate::report) from: f64,
    pub(in crate::report) to: f64,
    /// Whether the horizontal axis is in octaves.
    pub(in crate::report) octaves: bool,
}

/// A plot on a canvas.
pub(super) struct Plot<'c, 'a> {
    pub(super) canvas: &'c Canvas<'a>,
    pub(super) frame: Frame,
    pub(super) y_from: f64,
    pub(super) y_to: f64,
    /// Whether a series ends where it falls below the plot, instead of running along its edge.
    pub(super) cut_below: bool,
}

/// One entry of the key above a plot.
pub(super) enum Key {
    Stroke(Line),
    Patch(Ink),
    Dot(Ink),
}

impl<'c, 'a> Plot<'c, 'a> {
    /// A plot of times.
    pub(super) fn over_time(canvas: &'c Canvas<'a>, duration_s: f64, y: (f64, f64)) -> Self {
        Plot::new(canvas, (0.0, duration_s.max(0.1)), false, y)
    }

    /// A plot of frequencies.
    pub(super) fn over_frequency(canvas: &'c Canvas<'a>, x: (f64, f64), y: (f64, f64)) -> Self {
        Plot::new(canvas, x, true, y)
    }

    /// A plot of anything.
    pub(super) fn new(canvas: &'c Canvas<'a>, x: (f64, f64), octaves: bool, y: (f64, f64)) -> Self {
        let left = 48.0;
        let frame = Frame {
            left,
            right: canvas.width - 10.0,
            top: 10.0,
            bottom: canvas.height - 24.0,
            from: x.0,
            to: x.1,
            octaves,
        };
        Plot { canvas, frame, y_from: y.0, y_to: y.1, cut_below: false }
    }

    /// Leaves room above the plot.
    pub(super) fn below(mut self, top: f64) -> Self {
        self.frame.top = top;
        self
    }

    /// Leaves room below the plot.
    pub(super) fn above(mut self, bottom: f64) -> Self {
        self.frame.bottom = bottom;
        self
    }

    pub(super) fn x(&self, value: f64) -> f64 {
        let Frame { left, right, from, to, octaves: logarithmic, .. } = self.frame;
        let share = if logarithmic {
            octaves(from, value.max(1e-3)) / octaves(from, to)
        } else {
            (value - from) / (to - from)
        };
        left + share.clamp(0.0, 1.0) * (right - left)
    }

    pub(super) fn y(&self, value: f64) -> f64 {
        let Frame { top, bottom, .. } = self.frame;
        let share = (value - self.y_from) / (self.y_to - self.y_from);
        bottom - share.clamp(0.0, 1.0) * (bottom - top)
    }

    /// Grid and words of the vertical axis.
    pub(super) fn vertical(&self, unit: &str, lines: usize) -> Result<()> {
        let words = Words::new(Ink::Muted, SMALL, Align::Right);
        let step = nice_step(self.y_to - self.y_from, lines);
        let mut value = (self.y_from / step).ceil() * step;
        while value <= self.y_to + 1e-9 {
            let y = self.y(value);
            self.horizontal_line(value, Line::solid(Ink::Grid, 1.0))?;
            self.canvas.words_centred(&tick(value), (self.frame.left - 7.0, y), words)?;
            value += step;
        }
        let unit_words = Words::new(Ink::Muted, SMALL, Align::Left);
        if !unit.is_empty() {
            self.canvas.words(unit, (0.0, self.frame.top - 9.0), unit_words)?;
        }
        Ok(())
    }

    /// Words of a time axis.
    pub(super) fn time_axis(&self) -> Result<()> {
        const STEPS_S: [f64; 16] = [
            0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1200.0, 1800.0, 3600.0,
        ];
        let most = if self.canvas.narrow() { 5.0 } else { 11.0 };
        let duration_s = self.frame.to;
        let step = STEPS_S.into_iter().find(|step| duration_s / step <= most).unwrap_or(7200.0);
        let words = Words::new(Ink::Muted, SMALL, Align::Center);
        let mut at_s = 0.0;
        while at_s <= duration_s + 1e-9 {
            let x = self.x(at_s);
            let align = match x {
                first if first < self.frame.left + 1.0 => Align::Left,
                last if last > self.frame.right - 14.0 => Align::Right,
                _ => Align::Center,
            };
            let label = clock(at_s + 1e-6, step < 1.0);
            self.canvas.words(&label, (x, self.frame.bottom + 17.0), Words { align, ..words })?;
            let tick = [(x, self.frame.bottom), (x, self.frame.bottom + 4.0)];
            self.canvas.line(&tick, Line::solid(Ink::Axis, 1.0))?;
            at_s += step;
        }
        self.base_line()
    }

    /// Grid and words of a frequency axis: 20, 50, 100 …
    pub(super) fn frequency_axis(&self) -> Result<()> {
        const MARKS_HZ: [(f64, &str); 10] = [
            (20.0, "20"),
            (50.0, "50"),
            (100.0, "100"),
            (200.0, "200"),
            (500.0, "500"),
            (1000.0, "1k"),
            (2000.0, "2k"),
            (5000.0, "5k"),
            (10000.0, "10k"),
            (20000.0, "20k"),
        ];
        let shown = MARKS_HZ.iter().filter(|(hz, _)| *hz >= self.frame.from && *hz <= self.frame.to * 1.001);
        for (hz, label) in shown {
            let x = self.x(*hz);
            self.canvas.line(&[(x, self.frame.top), (x, self.frame.bottom)], Line::solid(Ink::Grid, 1.0))?;
            let last = *hz >= 20000.0;
            let text = if last && !self.canvas.narrow() { "20k Hz" } else { label };
            let align = if last { Align::Right } else { Align::Center };
            let right = if last { self.canvas.width.min(x + 10.0) } else { x };
            self.canvas.words(
                text,
                (right, self.frame.bottom + 17.0),
                Words::new(Ink::Muted, SMALL, align),
            )?;
        }
        self.base_line()
    }

    pub(super) fn base_line(&self) -> Result<()> {
        let line = [(self.frame.left, self.frame.bottom), (self.frame.right, self.frame.bottom)];
        self.canvas.line(&line, Line::solid(Ink::Axis, 1.0))
    }

    /// A line across at a value.
    pub(super) fn horizontal_line(&self, value: f64, line: Line) -> Result<()> {
        let y = self.y(value);
        self.canvas.line(&[(self.frame.left, y), (self.frame.right, y)], line)
    }

    /// A series as a line, broken where nothing was measured.
    pub(super) fn series(&self, data: &Data, series: &Series, line: Line) -> Result<()> {
        for strand in self.strands(data, series) {
            let points: Vec<(f64, f64)> = strand.iter().map(|(x, value)| (*x, self.y(*value))).collect();
            match points.as_slice() {
                [only] => self.canvas.disc(*only, line.width, line.ink)?,
                _ => self.canvas.line(&points, line)?,
            }
        }
        Ok(())
    }

    /// Unbroken stretches of a series: place on the canvas and value. More than two points on a pixel
    /// become its lowest and highest.
    pub(super) fn strands(&self, data: &Data, series: &Series) -> Vec<Vec<(f64, f64)>> {
        let mut strands = Vec::new();
        let mut strand: Vec<(f64, f64)> = Vec::new();
        for (index, value) in series.values.iter().enumerate() {
            match value.filter(|value| !self.cut_below || *value >= self.y_from) {
                Some(value) => strand.push((self.x(data.x(index)), value)),
                None if strand.is_empty() => {}
                None => strands.push(std::mem::take(&mut strand)),
            }
        }
        if !strand.is_empty() {
            strands.push(strand);
        }
        let width = self.frame.right - self.frame.left;
        if series.values.len() as f64 > 2.0 * width {
            strands.iter_mut().for_each(|strand| *strand = lowest_and_highest(strand));
        }
        strands
    }

    /// The key above the plot, in one or more rows from the left; returns the height it takes.
    pub(super) fn key(canvas: &Canvas, left: f64, entries: &[(Key, &str)]) -> Result<f64> {
        let words = Words::new(Ink::Text, SMALL, Align::Left);
        let (mut x, mut y) = (left, 9.0);
        for (key, label) in entries {
            let width = 28.0 + canvas.width_of(label, words)?;
            if x > left && x + width > canvas.width {
                (x, y) = (left, y + 19.0);
            }
            match key {
                Key::Stroke(line) => canvas.line(&[(x, y), (x + 20.0, y)], *line)?,
                Key::Patch(ink) => canvas.rectangle((x, y - 5.0), (x + 20.0, y + 5.0), *ink)?,
                Key::Dot(ink) => canvas.disc((x + 10.0, y), 4.5, *ink)?,
            }
            canvas.words_centred(label, (x + 26.0, y), words)?;
            x += width + 18.0;
        }
        Ok(y + 12.0)
    }
}

/// A step of 1, 2, 5 × 10ⁿ (or 3 and 6, which levels like) that gives at most so many lines.
pub(super) fn nice_step(range: f64, lines: usize) -> f64 {
    const STEPS: [f64; 14] = [0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 3.0, 6.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0];
    STEPS.into_iter().find(|step| range / step <= lines as f64).unwrap_or(1000.0)
}

fn lowest_and_highest(strand: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let same_pixel = |a: &(f64, f64), b: &(f64, f64)| a.0.floor() == b.0.floor();
    strand
        .chunk_by(same_pixel)
        .flat_map(|group| {
            let x = group[0].0;
            let (low, high) =
                group.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), (_, value)| {
                    (low.min(*value), high.max(*value))
                });
            [(x, low), (x, high)]
        })
        .collect()
}
