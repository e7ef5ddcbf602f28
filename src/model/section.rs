//! A song in stretches of one loudness, as `analysis/1` holds them.

use serde::{Deserialize, Serialize};

/// A stretch of the song of one loudness.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Section {
    /// Start.
    pub start_s: f64,
    /// End.
    pub end_s: f64,
    /// Loudness of the stretch; `None` for silence.
    pub loudness_lufs: Option<f64>,
    /// Against the rest of the song.
    pub label: SectionLabel,
}

/// Loudness against the rest of the song.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum SectionLabel {
    /// Well below the song's loudness.
    Quiet,
    /// In between.
    Normal,
    /// The loud parts, which comparisons rest on.
    Loud,
}
