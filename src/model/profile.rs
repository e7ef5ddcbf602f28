//! `profile/1`: what is typical for a kind of music, measured, with its provenance. Edited by hand, so unknown keys are refused.

use super::Persisted;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What is typical for a kind of music: a span per measure, from counted tracks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// `profile/1`.
    pub schema: String,
    /// Short name for the command line: `pop`.
    pub name: String,
    /// For people: `Pop`.
    pub title: String,
    /// Where the numbers come from.
    pub provenance: Provenance,
    /// The meaning of the measures that the spans are for.
    pub measures_rev: u32,
    /// Span per measure; the key is the JSON path in `analysis/1`, e.g. `loudness.integrated_lufs`.
    pub spans: BTreeMap<String, Span>,
    /// Long-term third-octave spectrum.
    pub tone: ProfileTone,
    /// Stereo width per band.
    #[serde(default)]
    pub width: Vec<WidthBand>,
    /// Crest per octave band.
    #[serde(default)]
    pub crest: Vec<CrestSpan>,
}

/// Below this many tracks, tenth and ninetieth percentile are the extremes of the set: an assumed tolerance is used
/// beside them, and a place among the tracks means nothing. [engineering choice: with ten tracks the tenth percentile
/// lies on the lowest one]
pub const FEWEST_FOR_SPREAD: u32 = 10;

impl Profile {
    /// Whether the spans are a spread that was measured, so that a value has a place among the tracks. A profile
    /// without a single measure is a mean spectrum, and its spread is assumed.
    pub fn has_spread(&self) -> bool {
        self.provenance.tracks >= FEWEST_FOR_SPREAD && !self.spans.is_empty()
    }
}

impl Persisted for Profile {
    const KIND: &'static str = "profile";
    const VERSION: u32 = 1;
}

/// Where a profile's numbers come from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Provenance {
    /// How many tracks were measured.
    pub tracks: u32,
    /// How they were measured and converted.
    pub method: String,
    /// Who published them.
    pub source: String,
    /// Under which licence.
    pub licence: String,
    /// How far the numbers may be trusted.
    pub confidence: Confidence,
}

/// How far a profile may be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Confidence {
    /// Few tracks, or a conversion with a known large error.
    Low,
    /// Cited medians, or a moderate number of tracks.
    Medium,
    /// Measured on many tracks with a known method.
    High,
}

/// Tenth percentile, median and ninetieth percentile of a measure, in the unit of its path.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Span {
    /// Tenth percentile.
    pub p10: f64,
    /// Median.
    pub p50: f64,
    /// Ninetieth percentile.
    pub p90: f64,
}

/// The long-term spectrum of a profile.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ProfileTone {
    /// Third octaves, relative to their sum, as `tone.bands` of `analysis/1`.
    pub bands: Vec<ProfileBand>,
    /// The nine K-weighted bands, relative to integrated loudness, as `tone.k_bands` of `analysis/1`.
    #[serde(default)]
    pub k_bands: Vec<ProfileKBand>,
}

/// One third-octave band of a profile.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ProfileBand {
    /// Nominal centre.
    pub center_hz: f64,
    /// Median level, relative to the sum of all bands.
    pub level_db: f64,
    /// Tenth percentile of the tracks.
    pub p10_db: f64,
    /// Ninetieth percentile of the tracks.
    pub p90_db: f64,
}

/// One K-weighted band of a profile.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ProfileKBand {
    /// Lower edge.
    pub low_hz: f64,
    /// Upper edge.
    pub high_hz: f64,
    /// Level relative to integrated loudness.
    pub level_db: Span,
    /// p95 − p10 of the blocks in the band.
    pub range_db: Option<Span>,
    /// Side against mid.
    pub side_to_mid_db: Option<Span>,
}

/// Stereo width of one band of a profile.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct WidthBand {
    /// Lower edge.
    pub low_hz: f64,
    /// Upper edge.
    pub high_hz: f64,
    /// Side against mid.
    pub side_to_mid_db: Span,
}

/// Crest of one octave band of a profile.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CrestSpan {
    /// Band centre.
    pub center_hz: f64,
    /// Peak minus RMS in the band.
    pub crest_db: Span,
}
