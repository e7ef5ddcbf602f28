//! `plan/1`: what is proposed for one song, and why. A note to an engineer: open it, change a gain, strike a move.

use super::Persisted;
use serde::{Deserialize, Serialize};

/// A proposal for one song: few moves, each with its reason. Applied in the order of `moves`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// `plan/1`.
    pub schema: String,
    /// The audio that the plan is for.
    pub content_id: String,
    /// File that the plan was made from; `render` uses it when no input is given.
    pub input: String,
    /// Name of the profile.
    pub profile: String,
    /// Name of the delivery.
    pub delivery: String,
    /// Loudness aimed at; `None` where the delivery has no loudness norm.
    pub target_lufs: Option<f64>,
    /// Highest true peak of the written file.
    pub ceiling_dbtp: f64,
    /// How much of the proposal is applied, 0 to 100. Moves are written as they will be applied.
    pub amount: f64,
    /// Stages for which another amount was asked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stage_amounts: Vec<StageAmount>,
    /// The moves, in the order of processing.
    pub moves: Vec<Move>,
    /// What the result is expected to measure, by simulation.
    pub predicted: Predicted,
    /// What mastering cannot mend, and where to mend it.
    pub unresolved: Vec<Unresolved>,
}

impl Persisted for Plan {
    const KIND: &'static str = "plan";
    const VERSION: u32 = 1;
}

/// How much of one stage is applied, where that differs from the rest.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct StageAmount {
    /// Tone, dynamics or stereo: the other stages reach their target or do not.
    pub stage: MoveStage,
    /// 0 to 100.
    pub amount: f64,
}

/// One step of a plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Move {
    /// Unique in its plan: `eq`, `limiter`.
    pub id: String,
    /// Stage of mastering, for `--only` and `--without`.
    pub stage: MoveStage,
    /// Whether it is applied unasked.
    pub applicability: Applicability,
    /// Codes of findings or paths of measures that asked for it.
    pub because: Vec<String>,
    /// Why, in a sentence.
    pub reason: String,
    /// 0 to 1.
    pub confidence: f64,
    /// What it will change, in a sentence with numbers.
    pub predicted_effect: String,
    /// What is done.
    pub processor: Processor,
}

/// Stage of mastering.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum MoveStage {
    /// Tone.
    Eq,
    /// Compression.
    Dynamics,
    /// Width, balance, mono bass.
    Stereo,
    /// Gain and limiting.
    Loudness,
    /// Rate, depth, dither.
    Format,
}

/// Whether a move is applied unasked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Applicability {
    /// Applied by `master` and `render`.
    Automatic,
    /// Applied only after a person has changed it to `automatic`.
    OptIn,
    /// Never applied: words only.
    Advice,
}

/// A processor with its settings, in decibels, hertz and milliseconds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Processor {
    /// Constant gain.
    Gain {
        /// Gain.
        gain_db: f64,
    },
    /// Equaliser.
    Eq {
        /// Its bands, at most 16.
        bands: Vec<EqBand>,
        /// Minimum phase unless said otherwise.
        #[serde(default, skip_serializing_if = "EqPhase::is_minimum")]
        phase: EqPhase,
    },
    /// Equaliser whose bands cut only while they are loud: for a resonance that comes and goes.
    DynamicEq {
        /// Its bands, at most 8, in series.
        bands: Vec<DynamicBand>,
    },
    /// Cut of the sibilance range while it is loud.
    DeEsser(DynamicBand),
    /// Stereo-linked feed-forward compressor.
    Compressor(CompressorSettings),
    /// Compressor in bands, split by Linkwitz–Riley crossovers.
    Multiband {
        /// Crossover frequencies, ascending; one fewer than `bands`.
        crossovers_hz: Vec<f64>,
        /// One compressor per band, low to high.
        bands: Vec<CompressorSettings>,
    },
    /// Stereo width, mono bass, balance.
    Width {
        /// Gain of the side signal.
        side_gain_db: f64,
        /// Below this frequency the side signal is removed (12 dB/oct); `None` for no mono bass.
        mono_below_hz: Option<f64>,
        /// Gain of the left channel against the right, split evenly.
        balance_db: f64,
    },
    /// Equaliser of the side signal alone: width by frequency.
    SideEq {
        /// Its bands, at most 16.
        bands: Vec<EqBand>,
    },
    /// High-pass filter against rumble and DC.
    HighPass {
        /// Corner frequency (−3 dB, 12 dB/oct, Butterworth).
        frequency_hz: f64,
    },
    /// Oversampled soft clipper: rounds the highest peaks in front of a limiter.
    SoftClip {
        /// Level that no peak exceeds; never reached.
        ceiling_dbfs: f64,
        /// How far below the ceiling rounding begins: what is lower passes unchanged.
        knee_db: f64,
    },
    /// Look-ahead true-peak limiter.
    Limiter {
        /// Highest true peak of the written file.
        ceiling_dbtp: f64,
        /// Gain in front of the limiter.
        gain_db: f64,
        /// Look-ahead.
        lookahead_ms: f64,
        /// Release time.
        release_ms: f64,
        /// Most gain reduction that the plan accepts.
        max_reduction_db: f64,
    },
    /// Triangular dither to a bit depth; the last step.
    Dither {
        /// Bits of the written file.
        bits: u16,
        /// Seed of the noise: the same plan gives the same bytes.
        seed: u64,
    },
}

/// One band of an equaliser.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct EqBand {
    /// Bell or shelf.
    pub shape: EqShape,
    /// Centre of a bell, half-gain frequency of a shelf.
    pub center_hz: f64,
    /// Gain.
    pub gain_db: f64,
    /// Quality (Audio EQ Cookbook); 0.7071 for a shelf without overshoot.
    pub q: f64,
}

/// Phase of an equaliser.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum EqPhase {
    /// As analogue equalisers: no latency, no pre-ringing, phase turns with the gain.
    #[default]
    Minimum,
    /// The same gain without any phase; its latency is taken out, and it rings before as much as after.
    Linear,
}

impl EqPhase {
    /// Whether nothing has to be said about it.
    fn is_minimum(&self) -> bool {
        *self == EqPhase::Minimum
    }
}

/// A bell that cuts while its band is over a threshold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct DynamicBand {
    /// Centre.
    pub center_hz: f64,
    /// Centre over the −3 dB width of what is taken out.
    pub q: f64,
    /// Level of the band above which it works (envelope, dBFS of a sine's peak).
    pub threshold_dbfs: f64,
    /// Ratio, 1 or more.
    pub ratio: f64,
    /// Attack time constant.
    pub attack_ms: f64,
    /// Release time constant.
    pub release_ms: f64,
    /// Most cut at the centre.
    pub max_reduction_db: f64,
}

/// Shape of an equaliser band.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum EqShape {
    /// Bell.
    Peak,
    /// Low shelf.
    LowShelf,
    /// High shelf.
    HighShelf,
}

/// Settings of a compressor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CompressorSettings {
    /// Level above which it works (RMS detector, dBFS of a sine's RMS + 3.01).
    pub threshold_dbfs: f64,
    /// Ratio, 1 or more.
    pub ratio: f64,
    /// Width of the soft knee.
    pub knee_db: f64,
    /// Attack time constant.
    pub attack_ms: f64,
    /// Release time constant.
    pub release_ms: f64,
    /// Gain after it.
    pub makeup_db: f64,
}

/// What the result is expected to measure; names as in `analysis/1`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Predicted {
    /// Loudness.
    pub loudness: PredictedLoudness,
    /// Peaks.
    pub peaks: PredictedPeaks,
    /// Dynamics.
    pub dynamics: PredictedDynamics,
    /// Tone.
    pub tone: PredictedTone,
}

/// Expected loudness.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PredictedLoudness {
    /// Integrated loudness.
    pub integrated_lufs: Option<f64>,
    /// Loudness range.
    pub range_lu: Option<f64>,
}

/// Expected peaks.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PredictedPeaks {
    /// True peak.
    pub true_peak_dbtp: Option<f64>,
}

/// Expected dynamics.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PredictedDynamics {
    /// Peak to loudness ratio.
    pub plr_lu: Option<f64>,
    /// Crest.
    pub crest_db: Option<f64>,
}

/// Expected tone.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PredictedTone {
    /// Third octaves, relative to their sum.
    pub bands: Vec<PredictedBand>,
}

/// One expected third-octave level.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PredictedBand {
    /// Nominal centre.
    pub center_hz: f64,
    /// Level relative to the sum of all bands.
    pub level_db: f64,
}

/// What mastering cannot mend.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Unresolved {
    /// Code of the finding, or path of the measure.
    pub because: String,
    /// What remains, and where to mend it.
    pub advice: String,
}
