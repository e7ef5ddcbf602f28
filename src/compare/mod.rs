//! An [`Analysis`] against a [`Profile`]: every measure with its span, distance and percentile.

use crate::model::{Analysis, Deviation, Profile};

/// Every measure that both sides have.
pub fn compare(_analysis: &Analysis, _profile: &Profile) -> Vec<Deviation> {
    Vec::new()
}
