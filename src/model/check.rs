//! `check/1`: one file against a profile and a delivery: its analysis, deviations and findings.

use super::{Analysis, Deviation, Finding, Persisted, Severity, Stage};
use serde::{Deserialize, Serialize};

/// What `check` prints: everything that was found out about one file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Check {
    /// `check/1`.
    pub schema: String,
    /// What was measured.
    pub analysis: Analysis,
    /// Name of the profile.
    pub profile: String,
    /// Name of the delivery.
    pub delivery: String,
    /// Mix or master.
    pub stage: Stage,
    /// Measures against the profile.
    pub deviations: Vec<Deviation>,
    /// What the checks have to say.
    pub findings: Vec<Finding>,
}

impl Persisted for Check {
    const KIND: &'static str = "check";
    const VERSION: u32 = 1;
}

impl Check {
    /// The worst severity among the findings; `None` where there is no finding.
    pub fn worst(&self) -> Option<Severity> {
        self.findings.iter().map(|finding| finding.severity).max()
    }
}
