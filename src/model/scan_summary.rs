//! `scan_summary/1`: what a catalogue holds as a whole, from its rows.

use super::{Persisted, Severity};
use crate::units::Quantity;
use serde::{Deserialize, Serialize};

/// A catalogue in numbers, with the files that stand out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ScanSummary {
    /// `scan_summary/1`.
    pub schema: String,
    /// Files with a row.
    pub files: u64,
    /// Measured and judged.
    pub ok: u64,
    /// Not measurable as they are.
    pub failed: u64,
    /// Gone or changing while it was their turn.
    pub skipped: u64,
    /// Bytes of all files.
    pub size_bytes: u64,
    /// Length of all that was measured.
    pub duration_s: f64,
    /// Files whose worst finding is a fail, a warning, or nothing above a note.
    pub verdicts: Verdicts,
    /// Deliveries that files were judged by.
    pub deliveries: Vec<String>,
    /// Findings by code, those that fail most files first.
    pub findings: Vec<FindingCount>,
    /// Errors by code, the most frequent first.
    pub errors: Vec<ErrorCount>,
    /// Sets of files with the same audio.
    pub duplicate_sets: u64,
    /// Files in them that could go.
    pub duplicate_files: u64,
    /// The largest sets, at most 100.
    pub duplicates: Vec<Duplicate>,
    /// Files far from the median of the catalogue, farthest first; at most 20 for each measure.
    pub outliers: Vec<Outlier>,
}

impl Persisted for ScanSummary {
    const KIND: &'static str = "scan_summary";
    const VERSION: u32 = 1;
}

/// Files by verdict.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Verdicts {
    /// Nothing above a note.
    pub pass: u64,
    /// A warning at worst.
    pub warn: u64,
    /// Not fit.
    pub fail: u64,
}

/// In how many files a check spoke.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct FindingCount {
    /// Code of the check.
    pub code: String,
    /// Files with this severity of it as the worst.
    pub severity: Severity,
    /// How many.
    pub files: u64,
    /// One of them.
    pub example: String,
}

/// How many files could not be measured for one reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ErrorCount {
    /// The reason.
    pub error_code: String,
    /// How many.
    pub files: u64,
    /// One of them, in words.
    pub example: String,
}

/// Files with the same decoded audio.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Duplicate {
    /// What they share.
    pub content_id: String,
    /// The files.
    pub paths: Vec<String>,
}

/// A file far from the others.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Outlier {
    /// The file.
    pub path: String,
    /// The measure, as in `analysis/1`.
    pub measure: String,
    /// What it reads.
    pub measured: Quantity,
    /// Median of the catalogue.
    pub median: Quantity,
    /// Signed distance in robust standard deviations (1.4826 times the median of the distances from the median).
    pub tolerances: f64,
}
