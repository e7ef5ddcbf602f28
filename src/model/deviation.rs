//! How one measure stands against a profile.

use crate::units::{Quantity, Unit};
use serde::{Deserialize, Serialize};

/// One measure against the span of a profile.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Deviation {
    /// JSON path in `analysis/1`, its id everywhere: `loudness.integrated_lufs`, `tone.bands[250].level_db`.
    pub measure: String,
    /// What was measured.
    pub measured: f64,
    /// What is typical.
    pub expected: Expected,
    /// Signed distance from the middle, in tolerances: beyond ±1 it is outside the span.
    pub tolerances: f64,
    /// Where it stands among the profile's tracks, 0 to 100; `None` where the profile has no spread.
    pub percentile: Option<f64>,
}

impl Deviation {
    /// The unit that the measure's name ends in.
    pub fn unit(&self) -> Unit {
        Unit::of_path(&self.measure)
    }

    /// The measured value with its unit.
    pub fn quantity(&self) -> Quantity {
        Quantity::new(self.measured, self.unit())
    }
}

/// A span of typical values, in the unit of the measure.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Expected {
    /// Lower edge (tenth percentile).
    pub low: f64,
    /// Middle (median).
    pub mid: f64,
    /// Upper edge (ninetieth percentile).
    pub high: f64,
}
