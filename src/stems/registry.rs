//! Checks of a set of stems: like those of single files, but they read a whole [`StemSet`].

use super::{files_checks, sounds_checks, sum_checks};
use crate::model::{Finding, Fix, Severity, StemSet, TimeRange};
use crate::units::{Quantity, Unit};

/// A check of a set: its names, its documentation, and a function from a set to findings.
pub struct SetCheck {
    /// Stable code: `STEM001`. Never reused.
    pub code: &'static str,
    /// Stable name. Never reused.
    pub name: &'static str,
    /// The worst that it reports.
    pub severity: Severity,
    /// Version of the program that brought it.
    pub since: &'static str,
    pub(super) documentation: &'static str,
    pub(super) run: fn(&StemSet, &mut Findings),
}

impl SetCheck {
    /// What it measures, why that matters, what to do, references: Markdown with four headings of level three.
    pub fn explanation(&self) -> String {
        let lines: Vec<&str> =
            self.documentation.lines().map(|line| line.strip_prefix(' ').unwrap_or(line)).collect();
        lines.join("\n").trim().to_string()
    }
}

/// Declares a check: documentation, code, name, worst severity, version, function.
macro_rules! set_check {
    ($(#[doc = $line:literal])+ $item:ident: $code:literal $name:literal $severity:ident since $since:literal => $run:ident) => {
        $(#[doc = $line])+
        pub(super) static $item: $crate::stems::registry::SetCheck = $crate::stems::registry::SetCheck {
            code: $code,
            name: $name,
            severity: $crate::model::Severity::$severity,
            since: $since,
            documentation: concat!($($line, "\n"),+),
            run: $run,
        };
    };
}
pub(super) use set_check;

/// All checks of sets, in the order of their codes.
pub static SET_CHECKS: &[&SetCheck] = &[
    &files_checks::RATE_DIFFERS,
    &files_checks::DEPTH_DIFFERS,
    &files_checks::CHANNELS_DIFFER,
    &files_checks::LENGTH_DIFFERS,
    &sounds_checks::SILENT,
    &sounds_checks::MOSTLY_SILENT,
    &sounds_checks::DUAL_MONO,
    &sounds_checks::CLIPPED,
    &sounds_checks::LOSSY,
    &sounds_checks::IDENTICAL,
    &sounds_checks::OPPOSITE,
    &sounds_checks::TAIL_CUT,
    &files_checks::ODD_NAME,
    &files_checks::VERSIONS,
    &files_checks::NUMBER_MISSING,
    &files_checks::DAMAGED,
    &files_checks::START_DIFFERS,
    &sounds_checks::LIMITED,
    &sounds_checks::UPSAMPLED,
    &sum_checks::MISSING,
    &sum_checks::DOUBLED,
    &sum_checks::INVERTED,
    &sum_checks::SHIFTED,
    &sum_checks::DRIFTING,
    &sum_checks::LEVEL,
    &sum_checks::PROCESSED,
    &sum_checks::HOLDS_MORE,
    &sum_checks::MASTERED,
    &sum_checks::NOT_COMPARED,
];

/// The documentation of a check of sets, by code or name; `None` where there is none of that name.
pub fn explain(code_or_name: &str) -> Option<String> {
    let word = code_or_name.trim();
    let called = |name: &str| name.eq_ignore_ascii_case(word);
    let check = SET_CHECKS.iter().find(|check| called(check.code) || called(check.name))?;
    let severity = match check.severity {
        Severity::Info => "info",
        Severity::Warn => "warn",
        Severity::Fail => "fail",
    };
    Some(format!(
        "# {} {}\n\nWorst severity: {severity}. Since {}.\n\n{}\n",
        check.code,
        check.name,
        check.since,
        check.explanation()
    ))
}

/// Runs all checks on a set.
pub fn run(set: &StemSet) -> Vec<Finding> {
    SET_CHECKS
        .iter()
        .flat_map(|check| {
            let mut found = Findings { check, list: Vec::new() };
            (check.run)(set, &mut found);
            found.list
        })
        .collect()
}

/// Where a check puts what it found.
pub(super) struct Findings {
    check: &'static SetCheck,
    list: Vec<Finding>,
}

impl Findings {
    /// What was found about a subject, what was expected, and what to do.
    pub(super) fn push(
        &mut self,
        subject: &str,
        message: impl Into<String>,
        expected: impl Into<String>,
        advice: impl Into<String>,
    ) -> &mut Finding {
        self.list.push(Finding {
            code: self.check.code.to_string(),
            name: self.check.name.to_string(),
            severity: self.check.severity,
            subject: subject.to_string(),
            message: message.into(),
            measured: None,
            expected: Some(expected.into()),
            at: Vec::new(),
            fix: Fix::Mix,
            advice: advice.into(),
            confidence: 0.9,
        });
        let last = self.list.len() - 1;
        &mut self.list[last]
    }
}

/// Adds the number behind a finding.
pub(super) fn measured(finding: &mut Finding, value: f64, unit: Unit) -> &mut Finding {
    finding.measured = crate::units::finite(value).map(|value| Quantity::new(value, unit));
    finding
}

/// Adds places.
pub(super) fn places(finding: &mut Finding, at: &[TimeRange]) {
    finding.at = at.to_vec();
}
