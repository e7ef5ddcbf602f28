//! The documentation of the checks, for `explain`, for `docs/checks.md` and for the report, from one text.

use super::registry::{Check, find};
use super::{CHECKS, FAMILIES};
use crate::error::Result;
use crate::model::Severity;
use std::fmt::Write;

/// The documentation of one check in Markdown, by code or name.
///
/// # Errors
/// Those of [`find`].
pub fn explain(code_or_name: &str) -> Result<String> {
    Ok(section(find(code_or_name)?, "#"))
}

/// All checks in Markdown: the text of `docs/checks.md`.
pub fn markdown() -> String {
    let mut page = String::from(
        "<!-- Generated from src/checks by the test suite (BLESS=1 cargo test checks). Do not edit. -->\n\n# Checks\n\n\
         Every finding carries a code and a name; both are stable and neither is ever reused. The severity given here \
         is the worst that a check reports: degree, stage (`mix` or `master`) and genre (the profile) can make it \
         milder. `--select` and `--ignore` take codes, names and families.\n\n",
    );
    for (family, title) in FAMILIES {
        let _ = writeln!(page, "* **{family}** {title}");
    }
    page.push_str("\n| code | name | worst | family |\n|---|---|---|---|\n");
    for check in CHECKS {
        let (code, name) = (check.code, check.name);
        let _ = writeln!(
            page,
            "| [{code}](#{}-{name}) | {name} | {} | {} |",
            code.to_lowercase(),
            severity_word(check.severity),
            check.family()
        );
    }
    for check in CHECKS {
        page.push('\n');
        page.push_str(&section(check, "##"));
    }
    page
}

/// One check: heading, facts, documentation.
fn section(check: &Check, level: &str) -> String {
    format!(
        "{level} {} {}\n\nWorst severity: {}. Since {}.\n\n{}\n",
        check.code,
        check.name,
        severity_word(check.severity),
        check.since,
        check.explanation()
    )
}

/// A severity as the command line writes it.
fn severity_word(severity: Severity) -> &'static str {
    match severity {
        Severity::Info => "info",
        Severity::Warn => "warn",
        Severity::Fail => "fail",
    }
}
