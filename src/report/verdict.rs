//! The verdict in one sentence, and what stands behind it. Words first.

use super::measures::{figure, minus};
use super::song::needs_the_mix;
use super::{Song, clean};
use crate::model::{Applicability, Finding, Fix, Integrity, Severity, Stage};
use crate::units::Unit;

/// How it came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// Nothing in the way.
    Good,
    /// Worth a look or a listen.
    Look,
    /// Not as it is.
    Bad,
}

impl Outcome {
    /// In a word.
    pub(super) fn word(self) -> &'static str {
        match self {
            Outcome::Good => "All right",
            Outcome::Look => "Worth a look",
            Outcome::Bad => "Needs work",
        }
    }

    /// As a shape.
    pub(super) fn sign(self) -> &'static str {
        match self {
            Outcome::Good => "✓",
            Outcome::Look => "▲",
            Outcome::Bad => "×",
        }
    }
}

/// What the page opens with.
pub(super) struct Verdict {
    /// How it came out.
    pub(super) outcome: Outcome,
    /// One sentence.
    pub(super) headline: String,
    /// One to three more.
    pub(super) detail: String,
}

/// The verdict on a song.
pub(super) fn verdict(song: &Song) -> Verdict {
    if song.silent() {
        return Verdict {
            outcome: Outcome::Bad,
            headline: "There is nothing to hear in this file.".to_string(),
            detail: "Every sample is silence. Was the right track exported, and was nothing muted?"
                .to_string(),
        };
    }
    if let Some(verdict) = damaged(song) {
        return verdict;
    }
    match (song.render, song.plan) {
        (Some(_), _) => rendered(song),
        (None, Some(_)) => planned(song),
        (None, None) => checked(song),
    }
}

fn damaged(song: &Song) -> Option<Verdict> {
    let headline = match song.check.analysis.integrity {
        Integrity::Ok => return None,
        Integrity::Truncated => "This file is damaged: it ends before its time.",
        Integrity::LengthMismatch => "This file is damaged: its length is not what it declares.",
        Integrity::NonFinite => "This file is damaged: some samples are not numbers.",
    };
    Some(Verdict {
        outcome: Outcome::Bad,
        headline: headline.to_string(),
        detail: "Export it again and check the new file. The numbers below hold for what could be read."
            .to_string(),
    })
}

fn count(findings: &[Finding], wanted: impl Fn(&Finding) -> bool) -> usize {
    findings.iter().filter(|finding| wanted(finding)).count()
}

/// `1 thing`, `3 things`.
pub(super) fn several(count: usize, one: &str, many: &str) -> String {
    const WORDS: [&str; 10] = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];
    let number = WORDS.get(count).map_or_else(|| count.to_string(), |word| word.to_string());
    format!("{number} {}", if count == 1 { one } else { many })
}

/// From so far on, a loudness short of the target is mentioned.
const WORTH_A_WORD_LU: f64 = 0.1;

/// From so many warnings on, a mix is better mended than mastered.
const MANY: usize = 4;

fn checked(song: &Song) -> Verdict {
    let findings = &song.check.findings;
    match song.check.stage {
        Stage::Mix => {
            let serious = count(findings, |f| needs_the_mix(f) && f.severity == Severity::Fail);
            let slight = count(findings, |f| needs_the_mix(f) && f.severity == Severity::Warn);
            let (outcome, headline) = match (serious, slight) {
                (0, 0) => (Outcome::Good, "This mix is fit for mastering.".to_string()),
                (0, slight) if slight >= MANY => {
                    let things = several(slight, "thing", "things");
                    (
                        Outcome::Look,
                        format!("Nearly ready for mastering: {things} to mend in the mix before."),
                    )
                }
                (0, slight) => {
                    let things = several(slight, "thing is", "things are");
                    (Outcome::Look, format!("This mix is fit for mastering; {things} worth a second look."))
                }
                (serious, _) => {
                    let things = several(serious, "thing", "things");
                    (Outcome::Bad, format!("Not ready for mastering yet: {things} to fix in the mix first."))
                }
            };
            Verdict { outcome, headline, detail: top_messages(song) }
        }
        Stage::Master => {
            let (serious, slight) = (
                count(findings, |f| f.severity == Severity::Fail),
                count(findings, |f| f.severity == Severity::Warn),
            );
            let target = &song.delivery_title();
            let (outcome, headline) = match (serious, slight) {
                (0, 0) => (Outcome::Good, format!("This master is fit for {target}.")),
                (0, slight) if slight >= MANY => {
                    let things = several(slight, "thing", "things");
                    (
                        Outcome::Look,
                        format!("Nearly ready for mastering: {things} to mend in the mix before."),
                    )
                }
                (0, slight) => {
                    let things = several(slight, "thing is", "things are");
                    (Outcome::Look, format!("This master is fit for {target}; {things} worth a second look."))
                }
                (serious, _) => {
                    let things = several(serious, "thing is", "things are");
                    (Outcome::Bad, format!("Not fit for {target} yet: {things} in the way."))
                }
            };
            Verdict { outcome, headline, detail: top_messages(song) }
        }
    }
}

/// The worst two findings in their own words.
fn top_messages(song: &Song) -> String {
    let mut worst: Vec<&Finding> =
        song.findings().into_iter().filter(|finding| finding.severity > Severity::Info).collect();
    if song.check.stage == Stage::Mix {
        worst.sort_by_key(|finding| (!needs_the_mix(finding), std::cmp::Reverse(finding.severity)));
    }
    worst.truncate(2);
    if worst.is_empty() {
        return "No check has anything to object to.".to_string();
    }
    worst.iter().map(|finding| sentence(&finding.message)).collect::<Vec<_>>().join(" ")
}

/// A message as a sentence: capital and full stop.
pub(super) fn sentence(message: &str) -> String {
    let message = minus(clean(message).trim());
    let mut characters = message.chars();
    let Some(first) = characters.next() else { return String::new() };
    let stop = if message.ends_with(['.', '!', '?', '…']) { "" } else { "." };
    format!("{}{}{stop}", first.to_uppercase(), characters.as_str())
}

fn in_the_mix(song: &Song) -> String {
    let serious = count(&song.check.findings, |f| needs_the_mix(f) && f.severity == Severity::Fail);
    let slight = count(&song.check.findings, |f| needs_the_mix(f) && f.severity == Severity::Warn);
    match (serious, slight) {
        (0, 0) => String::new(),
        (0, slight) => format!(" {} in the mix would still help.", capital(&several(slight, "fix", "fixes"))),
        (serious, _) => format!(
            " Mastering cannot mend {}: see below what to fix in the mix.",
            several(serious, "problem", "problems")
        ),
    }
}

fn capital(text: &str) -> String {
    let whole = sentence(text);
    whole.trim_end_matches('.').to_string()
}

fn planned(song: &Song) -> Verdict {
    let moves = song.plan().map_or(&[][..], |plan| &plan.moves);
    let automatic = moves.iter().filter(|a_move| a_move.applicability == Applicability::Automatic).count();
    let unmended = count(&song.check.findings, |f| needs_the_mix(f) && f.severity == Severity::Fail);
    if automatic == 0 {
        let outcome = if unmended > 0 { Outcome::Bad } else { Outcome::Good };
        let detail = format!("It fits {} as it is.{}", song.delivery_title(), in_the_mix(song));
        return Verdict {
            outcome,
            headline: "Nothing to do: mastering would only change it.".to_string(),
            detail,
        };
    }
    let steps = several(automatic, "move", "moves");
    let goal =
        song.target_lufs().map_or(String::new(), |target| format!(" to {}", figure(target, Unit::Lufs)));
    let (outcome, headline) = if unmended > 0 {
        let things = several(unmended, "problem is", "problems are");
        (
            Outcome::Bad,
            format!("{} would bring this song{goal}, but {things} better fixed in the mix.", capital(&steps)),
        )
    } else {
        (Outcome::Good, format!("{} would bring this song{goal}.", capital(&steps)))
    };
    Verdict {
        outcome,
        headline,
        detail: "Proposed and simulated; nothing has been applied.".to_string() + &in_the_mix(song),
    }
}

/// How far a written file stays short of the target where the delivery lets it be.
fn short_of_target(song: &Song, reached_lufs: f64) -> String {
    let allowed = song.delivery.tolerance_lu;
    song.target_lufs()
        .map(|target_lufs| (target_lufs, target_lufs - reached_lufs))
        .filter(|(_, short_lu)| (WORTH_A_WORD_LU..=allowed).contains(short_lu))
        .map_or(String::new(), |(target_lufs, short_lu)| {
            let short = figure(short_lu, Unit::Lu);
            let target = figure(target_lufs, Unit::Lufs);
            format!(" and {short} short of {target}, within the tolerance of {}", figure(allowed, Unit::Lu))
        })
}

fn rendered(song: &Song) -> Verdict {
    let Some(render) = song.render else { return checked(song) };
    let serious =
        count(&render.findings, |f| f.severity == Severity::Fail && (song.is_new(f) || f.fix == Fix::Master));
    let slight = count(&render.findings, |f| f.severity == Severity::Warn && song.is_new(f));
    let reached = render.after.loudness.integrated_lufs;
    let level = reached.map_or(String::new(), |lufs| format!(" at {}", figure(lufs, Unit::Lufs)));
    let target = &song.delivery_title();
    let unmended = count(&song.check.findings, |f| needs_the_mix(f) && f.severity == Severity::Fail);
    let (outcome, headline) = match (serious, render.missed.len(), slight) {
        (0, 0, 0) if unmended > 0 => {
            let things = several(unmended, "problem of the mix remains", "problems of the mix remain");
            (Outcome::Look, format!("Mastered for {target}{level}, but {things}."))
        }
        (0, 0, 0) => (Outcome::Good, format!("Mastered for {target}{level}: every promise was kept.")),
        (0, 0, slight) => {
            let things = several(slight, "thing is", "things are");
            (Outcome::Look, format!("Mastered for {target}{level}; {things} worth a listen."))
        }
        (0, missed, _) => {
            let things = several(missed, "promise was", "promises were");
            (Outcome::Look, format!("Mastered for {target}{level}, but {things} missed."))
        }
        (serious, ..) => {
            let things = several(serious, "problem", "problems");
            (Outcome::Bad, format!("The written file has {things}: do not deliver it to {target}."))
        }
    };
    let detail = match reached.zip(render.before.loudness.integrated_lufs) {
        Some((after, before)) => {
            let difference = after - before;
            let way = if difference >= 0.0 { "louder" } else { "quieter" };
            let by = figure(difference.abs(), Unit::Lu);
            let short = short_of_target(song, after);
            format!("{by} {way} than the mix{short}, measured on the written file after decoding it again.")
        }
        None => "Measured on the written file after decoding it again.".to_string(),
    };
    Verdict { outcome, headline, detail: detail + &in_the_mix(song) }
}
