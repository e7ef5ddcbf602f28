//! `delivery/1`: what a target demands of a file, with source and date. Edited by hand, so unknown keys are refused.

use super::Persisted;
use serde::{Deserialize, Serialize};

/// What a service, medium or norm demands of a delivered file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Delivery {
    /// `delivery/1`.
    pub schema: String,
    /// Short name for the command line: `spotify`.
    pub name: String,
    /// For people: `Spotify (normal)`.
    pub title: String,
    /// Integrated loudness to master to; `None` where the target has no loudness norm.
    pub integrated_lufs: Option<f64>,
    /// How far the delivered file may be off.
    pub tolerance_lu: f64,
    /// Highest true peak that the delivered file may have.
    pub ceiling_dbtp: f64,
    /// Highest short-term loudness, where the target limits it.
    #[serde(default)]
    pub short_term_max_lufs: Option<f64>,
    /// Accepted sample rates; empty where any is.
    pub sample_rates_hz: Vec<u32>,
    /// Accepted bit depths; empty where any is.
    pub bits: Vec<u16>,
    /// Accepted channel counts; empty where any is.
    #[serde(default)]
    pub channels: Vec<u16>,
    /// What the service does to the loudness at playback; `None` where it plays as delivered.
    pub normalisation: Option<Normalisation>,
    /// Frequency below which the signal has to be mono, where the medium demands it (vinyl).
    #[serde(default)]
    pub mono_below_hz: Option<f64>,
    /// Shortest accepted duration.
    #[serde(default)]
    pub min_duration_s: Option<f64>,
    /// Longest accepted duration.
    #[serde(default)]
    pub max_duration_s: Option<f64>,
    /// Longest accepted silence at an edge of the file.
    #[serde(default)]
    pub max_edge_silence_s: Option<f64>,
    /// Tags that the file has to carry.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Where the figures come from.
    pub source: String,
    /// When they were last checked (yyyy-mm-dd).
    pub checked_on: String,
}

impl Delivery {
    /// Demands nothing but that the signal does not pass full scale.
    pub fn none() -> Delivery {
        Delivery {
            schema: Delivery::schema_tag(),
            name: "none".to_string(),
            title: "No delivery target".to_string(),
            integrated_lufs: None,
            tolerance_lu: 1.0,
            ceiling_dbtp: 0.0,
            short_term_max_lufs: None,
            sample_rates_hz: Vec::new(),
            bits: Vec::new(),
            channels: Vec::new(),
            normalisation: None,
            mono_below_hz: None,
            min_duration_s: None,
            max_duration_s: None,
            max_edge_silence_s: None,
            tags: Vec::new(),
            source: String::new(),
            checked_on: String::new(),
        }
    }
}

impl Persisted for Delivery {
    const KIND: &'static str = "delivery";
    const VERSION: u32 = 1;
}

/// What a service does to the loudness at playback.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Normalisation {
    /// Loudness that it plays at.
    pub target_lufs: f64,
    /// Whether it raises quiet files.
    pub raises: bool,
    /// True peak up to which it raises; `None` where it raises without limit, or not at all.
    #[serde(default)]
    pub raises_until_dbtp: Option<f64>,
    /// Level that its own limiter holds when it raises; `None` where it has none.
    #[serde(default)]
    pub limits_at_dbfs: Option<f64>,
    /// Whether one gain is taken per track or per album.
    pub scope: NormalisationScope,
    /// What an album's gain is taken from.
    #[serde(default)]
    pub album_by: AlbumBy,
}

/// What the gain of an album is taken from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum AlbumBy {
    /// The gated loudness of all tracks as one programme, as ReplayGain has it; also where a service does not say.
    #[default]
    Whole,
    /// The loudest track (AES TD1008, AES77).
    LoudestTrack,
}

/// Whether a service takes one gain per track or per album.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum NormalisationScope {
    /// Each track by itself.
    Track,
    /// One gain for an album played as such.
    Album,
}
