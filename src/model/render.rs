//! `render/1`: what was written, proved by decoding it again and measuring it.

use super::{Analysis, Finding, Integrity, Persisted, Plan};
use serde::{Deserialize, Serialize};

/// A written master with its proof.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Render {
    /// `render/1`.
    pub schema: String,
    /// Version of the program that wrote it.
    pub tool_version: String,
    /// Whether the input was whole.
    pub integrity: Integrity,
    /// Fingerprint of the plan as it was handed in; the limiter's ceiling in `plan` may have been lowered since.
    #[serde(default)]
    pub plan_id: Option<String>,
    /// What was applied.
    pub plan: Plan,
    /// The written file.
    pub output: Output,
    /// The source, measured.
    pub before: Analysis,
    /// The written file, decoded again and measured.
    pub after: Analysis,
    /// What each move did.
    pub meters: Vec<Meter>,
    /// What is heard of the dynamics.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audibility: Option<Audibility>,
    /// Where predicted and measured differ, or a target was not reached.
    pub missed: Vec<Missed>,
    /// What the checks say about the written file, at stage `master`.
    pub findings: Vec<Finding>,
}

impl Persisted for Render {
    const KIND: &'static str = "render";
    const VERSION: u32 = 1;
}

/// The written file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Output {
    /// Its path.
    pub path: String,
    /// `wav`, `flac`, `aiff`, `ogg`, `mp3` or `mp4`.
    pub container: String,
    /// `pcm`, `pcm_float`, `flac`, `vorbis`, `mp3`, `opus` or `aac`.
    #[serde(default)]
    pub codec: String,
    /// Bit rate asked of a lossy codec.
    #[serde(default)]
    pub kbps: Option<u32>,
    /// Bits per sample; `None` for lossy files.
    pub bits: Option<u16>,
    /// Whether the samples are floating point.
    pub float: bool,
    /// Sample rate.
    pub sample_rate_hz: u32,
    /// Frames.
    pub frames: u64,
    /// Hash of the written PCM.
    pub content_id: String,
    /// Fingerprint of the whole file with its tags.
    #[serde(default)]
    pub fingerprint: Option<String>,
}

/// What one move did to the song.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Meter {
    /// `id` of the move.
    pub id: String,
    /// Most gain reduction; `None` for moves without.
    pub gain_reduction_max_db: Option<f64>,
    /// Mean gain reduction, over the frames that have sound.
    pub gain_reduction_mean_db: Option<f64>,
    /// Most gain reduction in each tenth of a second.
    pub gain_reduction_db: Vec<f32>,
}

/// What is heard of a render's dynamics.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Audibility {
    /// Most gain reduction of any move; `None` where none reduces.
    pub reduction_max_db: Option<f64>,
    /// Mean gain reductions of all moves, added up; `None` where none reduces.
    pub reduction_mean_db: Option<f64>,
    /// Crest of the source minus crest of the written file; negative where it grew.
    pub crest_lost_db: Option<f64>,
    /// Distortion of plain tones as loud as the song's true peak, behind all moves but dither.
    pub sine_distortion: Vec<SineDistortion>,
}

/// Distortion and noise of one tone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct SineDistortion {
    /// The tone.
    pub frequency_hz: f64,
    /// Its peak, in front of the moves.
    pub level_dbfs: f64,
    /// Everything else in the steady state, relative to the tone (THD+N).
    pub distortion_db: f64,
}

/// A prediction or target that the written file does not meet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Missed {
    /// JSON path in `analysis/1`.
    pub measure: String,
    /// What was aimed at.
    pub predicted: f64,
    /// What the written file measures.
    pub measured: f64,
    /// Why, and what would be needed.
    pub reason: String,
}
