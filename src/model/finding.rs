//! `finding`: what a check has to say about one file: what, where, how much, what to do, how sure.

use crate::units::Quantity;
use serde::{Deserialize, Serialize};

/// What a check found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Finding {
    /// Stable code: `PEAK001`.
    pub code: String,
    /// Stable name: `true-peak-over-ceiling`.
    pub name: String,
    /// How bad it is.
    pub severity: Severity,
    /// What it is about: the file name, a stem, the album.
    pub subject: String,
    /// What was found, lower case, no full stop.
    pub message: String,
    /// The number behind it.
    pub measured: Option<Quantity>,
    /// What was expected instead, in the same unit, in words: `at most -1.0 dBTP`.
    pub expected: Option<String>,
    /// Where.
    pub at: Vec<TimeRange>,
    /// Where it is mended.
    pub fix: Fix,
    /// What to do about it, with numbers and places.
    pub advice: String,
    /// 0 to 1.
    pub confidence: f64,
}

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Good to know.
    Info,
    /// Worth a look or a listen.
    Warn,
    /// Not fit for its purpose as it is.
    Fail,
}

/// Where a finding is mended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Fix {
    /// In the mix: mastering cannot mend it well.
    Mix,
    /// In mastering.
    Master,
    /// Nothing to mend.
    None,
}

/// A stretch of time.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct TimeRange {
    /// Start.
    pub start_s: f64,
    /// End.
    pub end_s: f64,
}

/// What the file is meant to be; thresholds differ.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// A mix before mastering.
    #[default]
    Mix,
    /// A finished master.
    Master,
}
