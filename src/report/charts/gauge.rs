//! The little picture beside a number: the span of the profile, what is demanded, and where the song stands.

use super::canvas::{Align, Canvas, Line, Words};
use super::data::tick;
use crate::error::Result;
use crate::model::Span;
use crate::report::palette::Ink;

/// Size in pixels.
pub(super) const SIZE: (f64, f64) = (180.0, 42.0);

/// A value against a span.
pub(in crate::report) struct Gauge {
    /// What the source measures.
    pub(in crate::report) before: Option<f64>,
    /// What the written file measures, or what is expected.
    pub(in crate::report) after: Option<f64>,
    /// Span of the profile.
    pub(in crate::report) span: Option<Span>,
    /// What is aimed at, or must not be passed.
    pub(in crate::report) target: Option<f64>,
}

impl Gauge {
    /// Ends of the scale: a quarter beyond everything that is shown.
    fn scale(&self) -> (f64, f64) {
        let span = self.span.map(|span| [span.p10, span.p90]);
        let shown =
            [self.before, self.after, self.target].into_iter().flatten().chain(span.into_iter().flatten());
        let (low, high) = shown
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
        if low > high {
            return (0.0, 1.0);
        }
        let room = ((high - low) * 0.18).max(0.5);
        (low - room, high + room)
    }

    /// Draws it over the whole canvas.
    pub(super) fn draw(&self, canvas: &Canvas) -> Result<()> {
        let (low, high) = self.scale();
        let x = |value: f64| 4.0 + (value - low) / (high - low) * (canvas.width - 8.0);
        let y = 18.0;
        canvas.rectangle((0.0, y - 4.0), (canvas.width, y + 4.0), Ink::Grid)?;
        if let Some(span) = &self.span {
            canvas.rectangle((x(span.p10), y - 4.0), (x(span.p90), y + 4.0), Ink::Axis)?;
            canvas.line(&[(x(span.p50), y - 4.0), (x(span.p50), y + 4.0)], Line::solid(Ink::Paper, 2.0))?;
            let words = Words::new(Ink::Muted, 11.0, Align::Center);
            let (left, right) = (tick(rounded(span.p10)), tick(rounded(span.p90)));
            // Words closer than this would touch.
            if x(span.p90) - x(span.p10) > 44.0 {
                canvas.words(&left, (x(span.p10).max(14.0), y + 20.0), words)?;
                canvas.words(&right, (x(span.p90).min(canvas.width - 14.0), y + 20.0), words)?;
            } else {
                let centre = ((x(span.p10) + x(span.p90)) / 2.0).clamp(34.0, canvas.width - 34.0);
                canvas.words(&format!("{left} … {right}"), (centre, y + 20.0), words)?;
            }
        }
        if let Some(target) = self.target {
            let line = [(x(target), y - 9.0), (x(target), y + 9.0)];
            canvas.line(&line, Line::dashed(Ink::Target, 2.0, 3.0, 2.0))?;
        }
        if let (Some(before), Some(after)) = (self.before, self.after) {
            canvas.line(&[(x(before), y), (x(after), y)], Line::solid(Ink::Text, 1.4))?;
        }
        if let Some(before) = self.before {
            canvas.disc((x(before), y), 7.0, Ink::Paper)?;
            canvas.disc((x(before), y), 5.5, Ink::Mix)?;
        }
        if let Some(after) = self.after {
            let diamond = |half: f64| {
                let centre = x(after);
                [(centre, y - half), (centre + half, y), (centre, y + half), (centre - half, y)]
            };
            canvas.fill(&diamond(10.0), Ink::Paper)?;
            canvas.fill(&diamond(7.5), Ink::Master)?;
        }
        Ok(())
    }
}

fn rounded(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}
