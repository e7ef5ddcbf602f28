//! `preview/1`: what happens to a file after delivery: playback levels, codecs, devices.

use super::{Finding, Integrity, NormalisationScope, Persisted};
use serde::{Deserialize, Serialize};

/// What the world will do to one file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Preview {
    /// `preview/1`.
    pub schema: String,
    /// `measures_rev` of the analysis that the numbers rest on.
    pub measures_rev: u32,
    /// The file.
    pub path: String,
    /// Hash of its decoded PCM.
    pub content_id: String,
    /// Whether it was whole.
    pub integrity: Integrity,
    /// Its integrated loudness (BS.1770-5).
    pub integrated_lufs: Option<f64>,
    /// Its true peak (BS.1770-5 annex 2).
    pub true_peak_dbtp: Option<f64>,
    /// Playback on services that normalise loudness; empty where the file has no loudness or no peak.
    pub platforms: Vec<PlatformPlayback>,
    /// After encoding at delivery bit rates; empty where no codec was asked for.
    #[serde(default)]
    pub codecs: Vec<CodecPlayback>,
    /// Codecs that were asked for and are not at hand, each with how to get it.
    #[serde(default)]
    pub missing_codecs: Vec<MissingCodec>,
    /// On models of devices; empty where the file has no spectrum.
    pub devices: Vec<DevicePlayback>,
    /// What is worth knowing of all that: the family PREV.
    #[serde(default)]
    pub findings: Vec<Finding>,
}

impl Persisted for Preview {
    const KIND: &'static str = "preview";
    const VERSION: u32 = 1;
}

/// What one service does to the level.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct PlatformPlayback {
    /// Name of the delivery.
    pub delivery: String,
    /// For people.
    pub title: String,
    /// Loudness that it plays at.
    pub target_lufs: f64,
    /// Playback gain.
    pub gain_db: f64,
    /// Loudness at playback.
    pub integrated_lufs: f64,
    /// True peak at playback, before a limiter of the service.
    pub true_peak_dbtp: f64,
    /// Whether the gain is this track's own or that of the album that it was given with.
    pub scope: NormalisationScope,
    /// Why the gain is not the whole way to the target; `None` where it is.
    pub held_by: Option<GainHeld>,
    /// What the service's own limiter has to take off; `None` where it has none or none is needed.
    pub limited_db: Option<f64>,
    /// In album scope: the track that sets the gain; `None` where all tracks together do.
    #[serde(default)]
    pub set_by: Option<String>,
    /// Where the rule comes from.
    pub source: String,
    /// When the rule was last checked (yyyy-mm-dd).
    pub checked_on: String,
}

/// Why a service does not raise to its target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum GainHeld {
    /// It only ever turns down.
    NeverRaised,
    /// The true peak would pass the service's bound.
    TruePeak,
}

/// A file after one codec, encoded as a whole and decoded again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct CodecPlayback {
    /// `vorbis`, `aac`, `mp3`, `opus`.
    pub codec: String,
    /// For people: where this rate is used.
    pub title: String,
    /// What encoded, with its version where it tells.
    pub encoder: String,
    /// Bit rate that was asked for.
    pub bitrate_kbps: f64,
    /// True peak after decoding.
    pub true_peak_dbtp: Option<f64>,
    /// Excursions above 0 dBTP after decoding.
    pub over_count: u64,
    /// Where the highest true peak is.
    pub worst_at_s: Option<f64>,
    /// Upper edge of the spectrum after decoding.
    pub bandwidth_hz: Option<f64>,
    /// True peak that the file may have so that the decoded one stays at or under 0 dBTP: proved by encoding at that
    /// level. `None` where no level that was tried came out clean.
    pub clean_ceiling_dbtp: Option<f64>,
}

/// A codec that could not be tried.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct MissingCodec {
    /// `aac`, `mp3`, `opus`.
    pub codec: String,
    /// How to get it.
    pub how: String,
}

/// A file on a model of one kind of device: linear, and no measurement of any one product.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct DevicePlayback {
    /// `phone`, `laptop`, …
    pub device: String,
    /// For people.
    pub title: String,
    /// Loudness of the full range minus loudness on the device (K-weighted, over the loud parts); below 0 where the
    /// device is louder.
    pub loudness_lost_lu: f64,
    /// Power of 40 to 100 Hz, where a kick has its body, that the device plays (1: all of it; above 1: boosted).
    pub kick_kept_share: f64,
    /// Power of 60 to 250 Hz, where a bass line has its fundamentals, that the device plays.
    pub bass_kept_share: f64,
    /// Loudness that is lost there because sides cancel or are left out.
    pub mono_loss_lu: f64,
    /// 20 to 250 Hz against the full range, at equal loudness.
    pub low_db: f64,
    /// 250 Hz to 4 kHz against the full range, at equal loudness.
    pub mid_db: f64,
    /// 4 to 20 kHz against the full range, at equal loudness.
    pub high_db: f64,
    /// Where the model comes from.
    pub source: String,
    /// What the model leaves out.
    pub limits: String,
}
