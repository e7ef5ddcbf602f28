//! A comparison as a changelog: where B lies, what moved, what broke, section by section; or where a song stands.

use super::paint::{Paint, Style, wrapped};
use super::{Options, plain};
use crate::model::{Change, Comparison, Deviation, Finding, Relation, SectionLabel};
use crate::report::title_of;
use crate::units::{Quantity, Unit, clock};

/// A changelog of two revisions, or a song against its references.
pub fn comparison(comparison: &Comparison, options: &Options) -> String {
    let paint = Paint::new(options);
    let mut out = String::new();
    let a = plain(&title_of(&comparison.a));
    let b = comparison.b.as_ref().map(|b| plain(&title_of(b)));
    let named = |path: &str| plain(path.rsplit(['/', '\\']).next().unwrap_or(path));
    let (a_file, b_file) = (
        named(&comparison.a.source.path),
        comparison.b.as_ref().map_or_else(String::new, |b| named(&b.source.path)),
    );
    let heading = match (&b, comparison.relation) {
        (Some(b), _) if *b != a => format!("{a} → {b}"),
        (Some(_), _) => format!("{a_file} → {b_file}"),
        (None, _) => format!("{a} against {} references", comparison.references.len()),
    };
    out += &format!("{}\n", paint.styled(&heading, Style::Bold));
    match comparison.relation {
        Relation::Identical => out += "The same audio, sample by sample: no changes.\n",
        Relation::Revision => revision(comparison, &paint, &mut out),
        Relation::Different => {
            let text = format!(
                "Different recordings (confidence {:.0} %): there is no place where one lies in the other, so \
                 there is no changelog. A is compared with B as its reference.",
                100.0 * comparison.confidence
            );
            lines(&text, &paint, &mut out);
            deviations(comparison, &paint, &mut out);
        }
        Relation::References => deviations(comparison, &paint, &mut out),
    }
    paint.finish(out)
}

fn lines(text: &str, paint: &Paint, out: &mut String) {
    for line in wrapped(text, paint.width) {
        *out += &format!("{line}\n");
    }
}

fn revision(comparison: &Comparison, paint: &Paint, out: &mut String) {
    lines(&place(comparison), paint, out);
    if comparison.polarity_inverted {
        *out += &format!("{}\n", paint.styled("The polarity of B is inverted.", Style::Warn));
    }
    let still = comparison.changes.is_empty()
        && comparison.sections.iter().all(|section| section.changes.is_empty())
        && comparison.broke.is_empty()
        && comparison.mended.is_empty();
    if still {
        *out += "Nothing else moved.\n";
        return;
    }
    findings("Broke", &comparison.broke, Style::Fail, paint, out);
    findings("Mended", &comparison.mended, Style::Good, paint, out);
    if !comparison.changes.is_empty() {
        *out += &format!("\n{}\n", paint.styled("Whole song (bands at equal level)", Style::Faint));
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

/// Offset, drift and level in one sentence.
fn place(comparison: &Comparison) -> String {
    let Some(offset_s) = comparison.offset_s else {
        return "From saved analyses: not aligned in time, levels as they stand.".to_string();
    };
    let offset = if offset_s.abs() < 1e-6 {
        "B starts where A starts".to_string()
    } else {
        let rate_hz = f64::from(comparison.a.source.sample_rate_hz);
        let word = if offset_s > 0.0 { "later" } else { "earlier" };
        format!("B starts {:.4} s ({:.0} samples) {word} than A", offset_s.abs(), (offset_s * rate_hz).abs())
    };
    let drift = match comparison.drift_ppm {
        Some(drift_ppm) if drift_ppm != 0.0 => {
            let word = if drift_ppm > 0.0 { "slower" } else { "faster" };
            format!("runs {:.1} ppm {word}", drift_ppm.abs())
        }
        _ => "does not drift".to_string(),
    };
    let gain = match comparison.gain_db {
        Some(gain_db) if gain_db.abs() >= 0.05 => {
            format!(
                "is {} {}",
                Quantity::new(gain_db.abs(), Unit::Db),
                if gain_db > 0.0 { "louder" } else { "quieter" }
            )
        }
        _ => "is at the same level".to_string(),
    };
    let aligned = match comparison.aligned_share {
        Some(share) if share < 0.95 => format!(
            " Only {:.0} % of the song lies there: the rest was cut, moved or replaced.",
            100.0 * share
        ),
        _ => String::new(),
    };
    format!("{offset}, {drift} and {gain} (confidence {:.0} %).{aligned}", 100.0 * comparison.confidence)
}

fn tell(change: &Change, paint: &Paint, out: &mut String) {
    let unit = Unit::of_path(&change.measure);
    let figures = match (change.measured_a, change.measured_b) {
        (Some(a), Some(b)) if !change.measure.contains('[') => {
            format!(" ({} → {})", Quantity::new(a, unit), Quantity::new(b, unit))
        }
        _ => String::new(),
    };
    for (index, line) in wrapped(&format!("{}{figures}", change.message), paint.width - 4).iter().enumerate()
    {
        *out += &format!("  {} {line}\n", if index == 0 { "-" } else { " " });
    }
}

fn findings(title: &str, findings: &[Finding], style: Style, paint: &Paint, out: &mut String) {
    if findings.is_empty() {
        return;
    }
    *out += &format!("\n{}\n", paint.styled(title, style));
    for finding in findings {
        let text = format!("{} {}", finding.code, plain(&finding.message));
        for (index, line) in wrapped(&text, paint.width - 4).iter().enumerate() {
            *out += &format!("  {} {line}\n", if index == 0 { "-" } else { " " });
        }
    }
}

/// What stands outside the spread of the references, farthest first.
fn deviations(comparison: &Comparison, paint: &Paint, out: &mut String) {
    let mut outside: Vec<&Deviation> =
        comparison.deviations.iter().filter(|deviation| deviation.tolerances.abs() > 1.0).collect();
    outside.sort_by(|one, other| other.tolerances.abs().total_cmp(&one.tolerances.abs()));
    if let Some(profile) = &comparison.reference_profile {
        let text = format!(
            "{} of {} measures lie outside the spread of {}.",
            outside.len(),
            comparison.deviations.len(),
            if profile.provenance.tracks == 1 { "the reference (an assumed one)" } else { "the references" }
        );
        lines(&text, paint, out);
    }
    for deviation in outside {
        let unit = deviation.unit();
        let percentile = deviation
            .percentile
            .map_or_else(String::new, |percentile| format!(", above {percentile:.0} % of the references"));
        *out += &format!(
            "  {:<36}{:>12}   expected {} to {}{percentile}\n",
            deviation.measure,
            deviation.quantity().to_string(),
            Quantity::new(deviation.expected.low, unit),
            Quantity::new(deviation.expected.high, unit)
        );
    }
}
