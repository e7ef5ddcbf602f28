//! An [`Analysis`] becomes [`Finding`]s: a registry of checks, one file each. Reads documents only.

use crate::model::{Analysis, Delivery, Deviation, Finding, Profile, Stage};

/// What a check may look at.
pub struct Context<'a> {
    /// The measured file.
    pub analysis: &'a Analysis,
    /// Its measures against the profile.
    pub deviations: &'a [Deviation],
    /// What is typical.
    pub profile: &'a Profile,
    /// What is demanded.
    pub delivery: &'a Delivery,
    /// Mix or master.
    pub stage: Stage,
}

/// Runs all checks.
pub fn run(_cx: &Context) -> Vec<Finding> {
    Vec::new()
}

/// Which checks run.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// Codes, names or families; empty for all.
    pub select: Vec<String>,
    /// Codes, names or families.
    pub ignore: Vec<String>,
}

/// Runs the selected checks.
pub fn run_selected(cx: &Context, _selection: &Selection) -> Vec<Finding> {
    run(cx)
}
