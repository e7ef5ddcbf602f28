//! What a comparison comes down to, in a headline: what broke, what was mended, what moved; or where a song stands.

use super::measures::{figure, name_of, standing};
use super::plain;
use super::verdict::{Outcome, Verdict, several};
use crate::model::{Comparison, Deviation, Finding, Relation, Severity};
use crate::units::Unit;

/// Most measures that the lead names.
const NAMED_MAX: usize = 3;

/// The headline of a comparison, and two or three sentences.
pub(super) fn verdict(comparison: &Comparison) -> Verdict {
    match comparison.relation {
        Relation::Identical => Verdict {
            outcome: Outcome::Good,
            headline: "The same audio, sample by sample.".to_string(),
            detail: "Whatever differs between the two files lies outside the sound: names, tags, container."
                .to_string(),
        },
        Relation::Revision => revision(comparison),
        Relation::Different => {
            let mut verdict = against(comparison);
            verdict.detail = format!(
                "These are different recordings: there is no place where one lies in the other. So A is compared \
                 with B as its reference. {}",
                verdict.detail
            );
            verdict
        }
        Relation::References => against(comparison),
    }
}

fn revision(comparison: &Comparison) -> Verdict {
    let worst = comparison.broke.iter().map(|finding| finding.severity).max();
    let outcome = match worst {
        Some(Severity::Fail) => Outcome::Bad,
        Some(Severity::Warn) => Outcome::Look,
        _ if comparison.polarity_inverted => Outcome::Look,
        _ => Outcome::Good,
    };
    let sections = comparison.sections.iter().map(|section| section.changes.len()).sum::<usize>();
    let moved = comparison.changes.len() + sections;
    let (broke, notes) = (broken(comparison).len(), new_notes(comparison).len());
    let mended = comparison.mended.len();
    let headline = match (broke, mended, moved) {
        (0, 0, _) if notes > 0 => format!("Nothing broke; {} new.", several(notes, "note is", "notes are")),
        (0, 0, 0) if comparison.polarity_inverted => {
            "The polarity is inverted; nothing else moved.".to_string()
        }
        (0, 0, 0) => "Nothing moved.".to_string(),
        (0, 0, moved) => format!("Nothing broke; {} moved.", several(moved, "thing", "things")),
        (0, mended, _) => {
            format!("Nothing broke, and {} mended.", several(mended, "thing was", "things were"))
        }
        (broke, 0, _) => format!("{} broke.", capital(&several(broke, "thing", "things"))),
        (broke, mended, _) => format!(
            "{} broke, {} mended.",
            capital(&several(broke, "thing", "things")),
            several(mended, "was", "were")
        ),
    };
    Verdict { outcome, headline, detail: place(comparison) }
}

/// Findings that are new in B and worth a look.
pub(super) fn broken(comparison: &Comparison) -> Vec<&Finding> {
    comparison.broke.iter().filter(|finding| finding.severity > Severity::Info).collect()
}

/// Findings that are new in B and only good to know.
pub(super) fn new_notes(comparison: &Comparison) -> Vec<&Finding> {
    comparison.broke.iter().filter(|finding| finding.severity == Severity::Info).collect()
}

fn capital(text: &str) -> String {
    let mut characters = text.chars();
    characters
        .next()
        .map_or_else(String::new, |first| format!("{}{}", first.to_uppercase(), characters.as_str()))
}

/// Offset, drift, level and polarity, in sentences.
pub(super) fn place(comparison: &Comparison) -> String {
    let Some(offset_s) = comparison.offset_s else {
        return "From saved analyses: not aligned in time, levels as they stand.".to_string();
    };
    let samples = (offset_s * f64::from(comparison.a.source.sample_rate_hz)).abs();
    let drifts = comparison.drift_ppm.is_some_and(|drift_ppm| drift_ppm != 0.0);
    // Where the clocks differ, the line through the lags knows its beginning to a sample or so.
    let offset = if samples < if drifts { 1.5 } else { 0.1 } {
        "B starts where A starts".to_string()
    } else {
        let noun = if samples < 1.5 { "sample" } else { "samples" };
        let word = if offset_s > 0.0 { "later" } else { "earlier" };
        format!("B starts {:.4} s ({samples:.0} {noun}) {word} than A", offset_s.abs())
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
            let word = if gain_db > 0.0 { "louder" } else { "quieter" };
            format!("is {} {word}", figure(gain_db.abs(), Unit::Db))
        }
        _ => "is at the same level".to_string(),
    };
    let mut text =
        format!("{offset}, {drift} and {gain} (confidence {:.0} %).", 100.0 * comparison.confidence);
    if comparison.polarity_inverted {
        text += " The polarity of B is inverted.";
    }
    if let Some(share) = comparison.aligned_share.filter(|share| *share < 0.95) {
        text += &format!(
            " Only {:.0} % of the song lies there: the rest was cut, moved or replaced.",
            100.0 * share
        );
    }
    text
}

/// What the references are called.
pub(super) fn kind(comparison: &Comparison) -> &'static str {
    if comparison.references.len() == 1 { "the reference" } else { "the references" }
}

/// Measures outside the spread of the references, farthest first.
pub(super) fn outside(comparison: &Comparison) -> Vec<&Deviation> {
    let mut outside: Vec<&Deviation> =
        comparison.deviations.iter().filter(|deviation| deviation.tolerances.abs() > 1.0).collect();
    outside.sort_by(|one, other| other.tolerances.abs().total_cmp(&one.tolerances.abs()));
    outside
}

fn against(comparison: &Comparison) -> Verdict {
    let (outside, kind) = (outside(comparison), kind(comparison));
    let count = comparison.deviations.len();
    if comparison.reference_profile.is_none() {
        return Verdict {
            outcome: Outcome::Look,
            headline: "There is nothing to compare with.".to_string(),
            detail: format!("Nothing could be heard in {kind}."),
        };
    }
    let headline = match outside.len() {
        0 => format!("All {count} measures lie within {kind}."),
        1 => format!("1 of {count} measures lies outside {kind}."),
        some => format!("{some} of {count} measures lie outside {kind}."),
    };
    // Neighbours say the same thing: one of each kind of measure is enough.
    let mut named: Vec<(&str, String)> = Vec::new();
    for deviation in &outside {
        let family = deviation.measure.split('[').next().unwrap_or_default();
        if named.len() < NAMED_MAX && named.iter().all(|(known, _)| *known != family) {
            named.push((family, format!("{}: {}", name_of(&deviation.measure), standing(deviation, kind))));
        }
    }
    let named: Vec<String> = named.into_iter().map(|(_, words)| words).collect();
    let detail = if named.is_empty() {
        "What is inside their spread is a matter of taste.".to_string()
    } else {
        format!("Farthest out: {}.", named.join("; "))
    };
    let assumed =
        comparison.reference_profile.as_ref().filter(|profile| !profile.has_spread()).map(|profile| {
            let count = profile.provenance.tracks;
            let noun = if count == 1 { "reference is" } else { "references are" };
            format!(" {count} {noun} too few for a spread: an assumed tolerance stands in for it.")
        });
    Verdict {
        outcome: if outside.is_empty() { Outcome::Good } else { Outcome::Look },
        headline,
        detail: detail + &assumed.unwrap_or_default(),
    }
}

/// Names of the two files, or of the song and its references.
pub(super) fn title(comparison: &Comparison) -> String {
    let name = |path: &str| plain(path.rsplit(['/', '\\']).next().unwrap_or(path));
    let a = name(&comparison.a.source.path);
    match (&comparison.b, comparison.references.len()) {
        (Some(b), _) => format!("{a} → {}", name(&b.source.path)),
        (None, 1) => format!("{a} against one reference"),
        (None, count) => format!("{a} against {count} references"),
    }
}
