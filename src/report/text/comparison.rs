//! A comparison as a changelog: where B lies, what moved, what broke, section by section; or where a song stands.

use super::paint::{Paint, Style, wrapped};
use super::{Options, plain};
use crate::model::{Change, Comparison, Finding, Relation, SectionLabel};
use crate::report::measures::{figure, minus, name_of, number, standing};
use crate::report::revision::{broken, kind, new_notes, outside, title, verdict};
use crate::report::verdict::{Outcome, sentence};
use crate::units::{Unit, clock};

/// Most measures outside the references that are listed.
const OUTSIDE_MAX: usize = 24;

/// A changelog of two revisions, or a song against its references.
pub fn comparison(comparison: &Comparison, options: &Options) -> String {
    let paint = Paint::new(options);
    let mut out = format!("{}\n", paint.styled(&title(comparison), Style::Bold));
    let verdict = verdict(comparison);
    let style = match verdict.outcome {
        Outcome::Good => Style::Good,
        Outcome::Look => Style::Warn,
        Outcome::Bad => Style::Fail,
    };
    out += &format!("{}\n", paint.styled(&format!("{} {}", verdict.outcome.sign(), verdict.headline), style));
    lines(&verdict.detail, &paint, &mut out);
    match comparison.relation {
        Relation::Identical => {}
        Relation::Revision => revision(comparison, &paint, &mut out),
        Relation::Different | Relation::References => deviations(comparison, &paint, &mut out),
    }
    paint.finish(out)
}

fn lines(text: &str, paint: &Paint, out: &mut String) {
    for line in wrapped(text, paint.width) {
        *out += &format!("{line}\n");
    }
}

fn revision(comparison: &Comparison, paint: &Paint, out: &mut String) {
    findings("Broke", &broken(comparison), Style::Fail, paint, out);
    findings("Mended", &comparison.mended.iter().collect::<Vec<_>>(), Style::Good, paint, out);
    findings("New notes", &new_notes(comparison), Style::Info, paint, out);
    if !comparison.changes.is_empty() {
        let level = if comparison.gain_db.is_some() { " (bands at equal level)" } else { "" };
        *out += &format!("\n{}\n", paint.styled(&format!("Whole song{level}"), Style::Faint));
        comparison.changes.iter().for_each(|change| tell(change, paint, out));
    }
    for section in comparison.sections.iter().filter(|section| !section.changes.is_empty()) {
        let label = match section.label {
            SectionLabel::Quiet => "quiet",
            SectionLabel::Normal => "normal",
            SectionLabel::Loud => "loud",
        };
        let heading = format!(
            "{}–{} ({label}), beyond that",
            clock(section.start_s, false),
            clock(section.end_s, false)
        );
        *out += &format!("\n{}\n", paint.styled(&heading, Style::Faint));
        section.changes.iter().for_each(|change| tell(change, paint, out));
    }
}

fn tell(change: &Change, paint: &Paint, out: &mut String) {
    let unit = Unit::of_path(&change.measure);
    let figures = match (change.measured_a, change.measured_b) {
        (Some(a), Some(b)) if !change.measure.contains('[') => {
            format!(" ({} → {})", number(a, unit.decimals()), figure(b, unit))
        }
        _ => String::new(),
    };
    item(&format!("{}{figures}", minus(&change.message)), paint, out);
}

fn item(text: &str, paint: &Paint, out: &mut String) {
    for (index, line) in wrapped(text, paint.width - 4).iter().enumerate() {
        *out += &format!("  {} {line}\n", if index == 0 { "·" } else { " " });
    }
}

fn findings(title: &str, findings: &[&Finding], style: Style, paint: &Paint, out: &mut String) {
    if findings.is_empty() {
        return;
    }
    *out += &format!("\n{}\n", paint.styled(title, style));
    for finding in findings {
        item(&format!("{} {}", finding.code, sentence(&plain(&finding.message))), paint, out);
    }
}

/// What stands outside the spread of the references, farthest first.
fn deviations(comparison: &Comparison, paint: &Paint, out: &mut String) {
    let (outside, kind) = (outside(comparison), kind(comparison));
    if outside.is_empty() {
        return;
    }
    *out += &format!("\n{}\n", paint.styled("Outside their span, farthest first", Style::Faint));
    for deviation in outside.iter().take(OUTSIDE_MAX) {
        let unit = deviation.unit();
        let span = format!(
            "{} … {}",
            number(deviation.expected.low, unit.decimals()),
            figure(deviation.expected.high, unit)
        );
        let name = name_of(&deviation.measure);
        *out +=
            &format!("  {name:<26}{:>12}  {}", figure(deviation.measured, unit), standing(deviation, kind));
        *out += &format!("  {}\n", paint.styled(&format!("({span})"), Style::Faint));
    }
    if outside.len() > OUTSIDE_MAX {
        *out += &format!("  and {} more: --format json or --report has all\n", outside.len() - OUTSIDE_MAX);
    }
}
