//! `FILE007`

use super::Context;
use super::registry::{Findings, check};
use crate::model::Fix;

check! {
    /// ### What it measures
    /// File names with characters that some systems refuse, with spaces at their ends, without a title, or
    /// with words like 'final' twice.
    ///
    /// ### Why it matters
    /// Names travel through systems that quietly change or reject them, and nobody knows which of three
    /// finals is the last.
    ///
    /// ### What to do
    /// Artist, title, version and a number, in letters, digits, spaces, hyphens and underscores: 'artist -
    /// title (mix 3).wav'.
    ///
    /// ### References
    /// Characters reserved by Windows file systems; the rest is courtesy.
    "FILE007" "odd-file-name" Info since "0.1.0" => run
}

/// Longest name that no system shortens (archives and old file systems).
const LONGEST_CHARACTERS: usize = 120;
/// Names that say nothing.
const EMPTY_WORDS: &[&str] =
    &["untitled", "bounce", "new project", "mixdown", "audio", "export", "track", "final", "master"];

fn run(cx: &Context, found: &mut Findings) {
    let path = cx.analysis.source.path.replace('\\', "/");
    let name = path.rsplit('/').next().unwrap_or(&path).to_string();
    let stem = name.rsplit_once('.').map_or(name.as_str(), |(stem, _)| stem);
    let lower = stem.to_lowercase();
    let mut odd: Vec<String> = Vec::new();
    let refused: Vec<String> = name
        .chars()
        .filter(|letter| letter.is_control() || "<>:\"|?*".contains(*letter))
        .map(|letter| format!("{letter:?}"))
        .collect();
    if !refused.is_empty() {
        odd.push(format!("characters that some systems refuse ({})", refused.join(" ")));
    }
    if stem != stem.trim() || stem.ends_with('.') || stem.contains("  ") {
        odd.push("stray spaces or dots".to_string());
    }
    if name.chars().count() > LONGEST_CHARACTERS {
        odd.push(format!("more than {LONGEST_CHARACTERS} characters"));
    }
    let says = lower.trim_matches(|letter: char| !letter.is_alphabetic());
    if says.is_empty() || EMPTY_WORDS.contains(&says) {
        odd.push("no title".to_string());
    }
    if lower.matches("final").count() > 1
        || lower.ends_with("copy")
        || lower.ends_with(" (1)")
        || lower.ends_with(" (2)")
    {
        odd.push("no clear version".to_string());
    }
    if odd.is_empty() {
        return;
    }
    found
        .info(format!("odd file name: {}", odd.join(", ")))
        .expected("artist, title and version in letters, digits, spaces, hyphens and underscores")
        .advice(Fix::Mix, "rename, as in \"artist - title (mix 3)\"")
        .confidence(0.8);
}
