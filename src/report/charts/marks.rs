//! Places of findings over a time chart: bars and shapes in a lane above the plot, so that severity shows without colour.

use super::canvas::{Canvas, Line};
use super::plot::Plot;
use crate::error::Result;
use crate::model::{Finding, SectionLabel, Severity};
use crate::report::Song;
use crate::report::palette::Ink;

/// Most marks of one finding.
const MARKS_MAX: usize = 60;

/// Ink of a severity.
pub(super) fn severity_ink(severity: Severity) -> Ink {
    match severity {
        Severity::Fail => Ink::Fail,
        Severity::Warn => Ink::Warn,
        Severity::Info => Ink::Info,
    }
}

/// A cross, a triangle or a disc.
pub(super) fn shape(canvas: &Canvas, severity: Severity, (x, y): (f64, f64)) -> Result<()> {
    let ink = severity_ink(severity);
    match severity {
        Severity::Fail => {
            let line = Line::solid(ink, 2.4);
            canvas.line(&[(x - 4.0, y - 4.0), (x + 4.0, y + 4.0)], line)?;
            canvas.line(&[(x - 4.0, y + 4.0), (x + 4.0, y - 4.0)], line)
        }
        Severity::Warn => canvas.fill(&[(x, y - 4.5), (x + 5.0, y + 4.0), (x - 5.0, y + 4.0)], ink),
        Severity::Info => canvas.disc((x, y), 3.5, ink),
    }
}

impl Plot<'_, '_> {
    /// Tint behind the loud sections, which comparisons rest on.
    pub(super) fn sections(&self, song: &Song) -> Result<()> {
        let loud = song.before().sections.iter().filter(|section| section.label == SectionLabel::Loud);
        for section in loud {
            let from = (self.x(section.start_s), self.frame.top);
            self.canvas.rectangle(from, (self.x(section.end_s), self.frame.bottom), Ink::Loud)?;
        }
        Ok(())
    }

    /// Findings that have a place, in a lane at height `y`.
    pub(super) fn findings(&self, song: &Song, y: f64) -> Result<()> {
        let findings = song.findings();
        // Worst last, so that it lies on top.
        for finding in findings.iter().rev() {
            self.finding(finding, y)?;
        }
        Ok(())
    }

    fn finding(&self, finding: &Finding, y: f64) -> Result<()> {
        let ink = severity_ink(finding.severity);
        let mut last_x = f64::NEG_INFINITY;
        for range in finding.at.iter().take(MARKS_MAX) {
            let (from, to) = (self.x(range.start_s), self.x(range.end_s));
            // A mark for the whole song says nothing about a place.
            if to - from > 0.9 * (self.frame.right - self.frame.left) {
                continue;
            }
            if to - from > 3.0 {
                self.canvas.rectangle((from, y + 6.0), (to, y + 8.0), ink)?;
            }
            let x = (from + to) / 2.0;
            if x - last_x > 8.0 {
                shape(self.canvas, finding.severity, (x, y))?;
                last_x = x;
            }
        }
        Ok(())
    }
}
