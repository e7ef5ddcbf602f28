//! What a check is, how it reports, and how checks are chosen.

use super::{CHECKS, Context};
use crate::error::{Error, Result};
use crate::model::{Finding, Fix, Severity, TimeRange};
use crate::units::{Quantity, Unit};
use std::path::Path;

/// A check: its names, its documentation, and a function from a context to findings. A value, not a type.
pub struct Check {
    /// Stable code: `PEAK001`. Never reused.
    pub code: &'static str,
    /// Stable name, which states the defect: `true-peak-over-ceiling`. Never reused.
    pub name: &'static str,
    /// The worst that it reports; a finding may be milder, by stage, genre and degree.
    pub severity: Severity,
    /// Version of the program that brought it.
    pub since: &'static str,
    /// Documentation in Markdown, as written above the check; see [`Check::explanation`].
    pub(super) documentation: &'static str,
    /// The source file, for the guard of the registry.
    pub file: &'static str,
    pub(super) run: fn(&Context, &mut Findings),
}

impl Check {
    /// Letters of the code: `PEAK`.
    pub fn family(&self) -> &'static str {
        self.code.trim_end_matches(|letter: char| letter.is_ascii_digit())
    }

    /// What it measures, why that matters, what to do, references: Markdown with four headings of level three.
    pub fn explanation(&self) -> String {
        let lines: Vec<&str> =
            self.documentation.lines().map(|line| line.strip_prefix(' ').unwrap_or(line)).collect();
        lines.join("\n").trim().to_string()
    }

    /// Whether a word of `--select` or `--ignore` means this check: code, name or family, in any case.
    pub fn is_called(&self, word: &str) -> bool {
        [self.code, self.name, self.family()].iter().any(|known| known.eq_ignore_ascii_case(word.trim()))
    }
}

/// Declares the check of a file: documentation, code, name, worst severity, version, function.
macro_rules! check {
    ($(#[doc = $line:literal])+ $code:literal $name:literal $severity:ident since $since:literal => $run:ident) => {
        $(#[doc = $line])+
        pub(super) static CHECK: $crate::checks::registry::Check = $crate::checks::registry::Check {
            code: $code,
            name: $name,
            severity: $crate::model::Severity::$severity,
            since: $since,
            documentation: concat!($($line, "\n"),+),
            file: file!(),
            run: $run,
        };
    };
}
pub(super) use check;

/// Where a check puts what it found. Stamps code, name and subject, so that a check cannot misreport itself.
pub struct Findings {
    check: &'static Check,
    subject: String,
    list: Vec<Finding>,
}

impl Findings {
    fn new(check: &'static Check, cx: &Context) -> Findings {
        let path = Path::new(&cx.analysis.source.path);
        let subject = path
            .file_name()
            .map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned());
        Findings { check, subject, list: Vec::new() }
    }

    /// Good to know.
    pub(super) fn info(&mut self, message: impl Into<String>) -> Draft<'_> {
        self.push(Severity::Info, message)
    }

    /// A finding of a severity that depends on degree, stage or genre.
    pub(super) fn push(&mut self, severity: Severity, message: impl Into<String>) -> Draft<'_> {
        debug_assert!(severity <= self.check.severity, "{} reports more than it declares", self.check.code);
        let index = self.list.len();
        self.list.push(Finding {
            code: self.check.code.to_string(),
            name: self.check.name.to_string(),
            severity: severity.min(self.check.severity),
            subject: self.subject.clone(),
            message: message.into(),
            measured: None,
            expected: None,
            at: Vec::new(),
            fix: Fix::None,
            advice: String::new(),
            confidence: DEFAULT_CONFIDENCE,
        });
        Draft { finding: &mut self.list[index] }
    }
}

/// Confidence of a finding that says nothing else: a number was measured and compared.
const DEFAULT_CONFIDENCE: f64 = 0.9;

/// Places that one finding names at most; more are no help to a listener.
pub(super) const MOST_PLACES: usize = 20;

/// A finding that is being written.
pub(super) struct Draft<'a> {
    finding: &'a mut Finding,
}

impl Draft<'_> {
    /// The number behind it.
    pub(super) fn measured(self, value: f64, unit: Unit) -> Self {
        self.finding.measured = crate::units::finite(value).map(|value| Quantity::new(value, unit));
        self
    }

    /// What was expected instead, in words.
    pub(super) fn expected(self, words: impl Into<String>) -> Self {
        self.finding.expected = Some(words.into());
        self
    }

    /// Where, in order of time; cut to [`MOST_PLACES`].
    pub(super) fn at(self, places: impl IntoIterator<Item = TimeRange>) -> Self {
        self.finding.at = places.into_iter().take(MOST_PLACES).collect();
        self
    }

    /// Where it is mended and how.
    pub(super) fn advice(self, fix: Fix, advice: impl Into<String>) -> Self {
        self.finding.fix = fix;
        self.finding.advice = advice.into();
        self
    }

    /// How sure, 0 to 1.
    pub(super) fn confidence(self, confidence: f64) -> Self {
        self.finding.confidence = confidence.clamp(0.0, 1.0);
        self
    }
}

/// Which checks run. Words are codes, names or families.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// Only these; empty for all.
    pub select: Vec<String>,
    /// All but these; wins over `select`.
    pub ignore: Vec<String>,
}

impl Selection {
    /// Whether a check runs.
    pub fn includes(&self, check: &Check) -> bool {
        let named = |words: &[String]| words.iter().any(|word| check.is_called(word));
        (self.select.is_empty() || named(&self.select)) && !named(&self.ignore)
    }

    /// That every word means a check or a family.
    ///
    /// # Errors
    /// [`Error::UnknownName`] with the nearest code, name or family for the first word that does not.
    pub fn validate(&self) -> Result<()> {
        for word in self.select.iter().chain(&self.ignore) {
            if !CHECKS.iter().any(|check| check.is_called(word)) {
                let known = CHECKS.iter().flat_map(|check| [check.code, check.name, check.family()]);
                return Err(Error::unknown_name("check", word, known));
            }
        }
        Ok(())
    }
}

/// Runs all checks, in the order of the registry.
pub fn run(cx: &Context) -> Vec<Finding> {
    run_selected(cx, &Selection::default())
}

/// Runs the selected checks, in the order of the registry.
pub fn run_selected(cx: &Context, selection: &Selection) -> Vec<Finding> {
    CHECKS
        .iter()
        .filter(|check| selection.includes(check))
        .flat_map(|check| {
            let mut found = Findings::new(check, cx);
            (check.run)(cx, &mut found);
            found.list
        })
        .collect()
}

/// The check of a code or a name, in any case.
///
/// # Errors
/// [`Error::UnknownName`] with the nearest code or name; a retired code names its successor.
pub fn find(code_or_name: &str) -> Result<&'static Check> {
    let word = code_or_name.trim();
    CHECKS
        .iter()
        .copied()
        .find(|check| check.code.eq_ignore_ascii_case(word) || check.name.eq_ignore_ascii_case(word))
        .ok_or_else(|| match super::RETIRED.iter().find(|(code, _)| code.eq_ignore_ascii_case(word)) {
            Some((_, Some(successor))) => Error::unknown_name("check", word, [*successor]),
            _ => Error::unknown_name("check", word, CHECKS.iter().flat_map(|check| [check.code, check.name])),
        })
}
