//! `FILE011`

use super::Context;
use super::registry::{Findings, check};
use crate::model::{Fix, Severity};

check! {
    /// ### What it measures
    /// Whether an ISRC in the tags has its twelve characters: two letters, three letters or digits, seven
    /// digits.
    ///
    /// ### Why it matters
    /// A wrong code pays somebody else, or nobody.
    ///
    /// ### What to do
    /// Copy the code from the label's list; hyphens are for people and do not belong into the tag.
    ///
    /// ### References
    /// ISO 3901:2019.
    "FILE011" "malformed-isrc" Warn since "0.1.0" => run
}

fn run(cx: &Context, found: &mut Findings) {
    let Some(isrc) =
        cx.analysis.source.tags.get("isrc").map(|isrc| isrc.trim()).filter(|isrc| !isrc.is_empty())
    else {
        return;
    };
    if is_well_formed(isrc) {
        return;
    }
    found
        .push(Severity::Warn, format!("the ISRC \"{isrc}\" is malformed"))
        .expected("as in AABCD2600001: two letters, three letters or digits, seven digits")
        .advice(Fix::Master, "copy the code from the label's list, without hyphens");
}

/// Whether a code has the shape of ISO 3901; hyphens are overlooked.
fn is_well_formed(isrc: &str) -> bool {
    let code: Vec<char> = isrc.chars().filter(|letter| *letter != '-').collect();
    code.len() == 12
        && code[..2].iter().all(char::is_ascii_uppercase)
        && code[2..5].iter().all(|letter| letter.is_ascii_uppercase() || letter.is_ascii_digit())
        && code[5..].iter().all(char::is_ascii_digit)
}
