//! The part of `stems/1` that says how the parts sit together: who hides whom, who is how loud, what to do about it.

use super::{Applicability, Move, TimeRange};
use serde::{Deserialize, Serialize};

/// One stem hides another one while both play.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Masking {
    /// Name of the stem that hides.
    pub masker: String,
    /// Name of the stem that is hidden.
    pub maskee: String,
    /// Share of the hidden stem's loudness, over time and frequency, that the other one covers; 0 to 1.
    pub share: f64,
    /// How long both play at once.
    pub together_s: f64,
    /// Weight of the conflict, 0 to 1: the share, times the root of the share of the part's time in which both play,
    /// times how much the part has to be heard. The list is sorted by it.
    pub weight: f64,
    /// Where in the spectrum, worst first; at most six bands of one ERB.
    pub bands: Vec<MaskingBand>,
    /// When, worst first; at most five places.
    pub at: Vec<TimeRange>,
    /// What could be done to the stem that hides; only for the conflicts that matter most.
    pub remedy: Option<Remedy>,
}

/// One band in which a stem is hidden.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct MaskingBand {
    /// Centre of the band of one ERB.
    pub center_hz: f64,
    /// Share of the hidden stem's loudness in this band that is covered.
    pub share: f64,
}

/// A move for the stem that hides, tried on what was measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Remedy {
    /// The stem that it is for.
    pub stem: String,
    /// What is done; advice where no processor does it (a side-chain).
    pub step: Move,
    /// The share that would be left.
    pub remaining_share: f64,
    /// How much the loudness of the sum would change.
    pub sum_change_lu: f64,
    /// Where the sum would change most.
    pub sum_change_hz: f64,
    /// By how much it would change there.
    pub sum_change_db: f64,
}

/// What an entry of the balance is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum BalanceKind {
    /// One file.
    Stem,
    /// All drums, all basses, all voices, all else.
    Group,
    /// The plain sum of all stems.
    Sum,
}

/// How loud a stem, a group or the sum is, and how it stands to the whole.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Balance {
    /// Name of the stem; `drums`, `bass`, `vocals`, `other`; `sum`.
    pub name: String,
    /// What it is.
    pub kind: BalanceKind,
    /// Integrated loudness by itself.
    pub integrated_lufs: Option<f64>,
    /// The same against the plain sum.
    pub relative_lu: Option<f64>,
    /// Share of the time in which it plays.
    pub active_share: f64,
    /// RMS of the parts in which it plays (mean power of both channels; a sine at full scale: −3.01).
    pub active_rms_dbfs: Option<f64>,
    /// Gain that brings those parts to the level of gain staging.
    pub staging_gain_db: Option<f64>,
    /// Share of the whole's power from 40 to 120 Hz; what cancels counts for neither.
    pub low_end_share: f64,
    /// Correlation of its channels.
    pub correlation: Option<f64>,
    /// Loudness that it loses in mono.
    pub mono_loss_lu: Option<f64>,
    /// Time for 60 dB at the pace of its falls: the median of those of at least 20 dB. `None` where it hardly falls
    /// silent. What an instrument rings by itself is in it: short means dry, long may mean anything.
    #[serde(default)]
    pub decay_s: Option<f64>,
    /// Mean power of its bands of one ERB while it plays, relative to its own sum.
    pub bands: Vec<BalanceBand>,
    /// Its level, one entry per second; `None` while it does not play.
    pub level_dbfs_series: Vec<Option<f32>>,
    /// For groups: third octaves outside of the span of the stem profile.
    pub outside_profile: Vec<OutsideProfile>,
}

/// One band of a stem's spectrum.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct BalanceBand {
    /// Centre of the band of one ERB.
    pub center_hz: f64,
    /// Mean power over the whole song, absolute.
    pub level_dbfs: Option<f64>,
}

/// A third octave in which a group is unlike its profile.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct OutsideProfile {
    /// Nominal centre.
    pub center_hz: f64,
    /// Level relative to the group's sum.
    pub level_db: f64,
    /// Lower end of the profile's span.
    pub low_db: f64,
    /// Upper end.
    pub high_db: f64,
}

/// What goes across stems.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Together {
    /// Stems that were left out of the masking, where there are too many: the softest ones.
    pub left_out: Vec<String>,
    /// The lead vocal against all else, while it sings.
    pub lead: Option<LeadVocal>,
    /// Who owns the octave and a half from 40 to 120 Hz, and when.
    pub low_end: Vec<LowEnd>,
    /// Pairs that seem to hold one source at different times or upside down.
    pub phase: Vec<PhasePair>,
    /// Levels to work at.
    pub staging: Staging,
}

/// The lead vocal against all else.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct LeadVocal {
    /// Stems that it consists of.
    pub stems: Vec<String>,
    /// K-weighted level against everything else, over the time in which it sings.
    pub over_rest_lu: f64,
    /// How long it sings.
    pub active_s: f64,
    /// Where it is softest against the rest, worst first; at most five stretches of five seconds.
    pub buried: Vec<TimeRange>,
}

/// A stretch in which one stem owns the low end.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct LowEnd {
    /// Start.
    pub start_s: f64,
    /// End.
    pub end_s: f64,
    /// Stem with the most power from 40 to 120 Hz.
    pub owner: String,
    /// Its share of that power.
    pub share: f64,
    /// The second one, where it has at least a quarter.
    pub rival: Option<String>,
}

/// Two stems that seem to hold one source.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct PhasePair {
    /// The first one.
    pub a: String,
    /// The second one.
    pub b: String,
    /// How much later the second one is.
    pub delay_s: f64,
    /// The same in frames.
    pub delay_frames: i64,
    /// Whether it is upside down.
    pub inverted: bool,
    /// Correlation of the two as they are.
    pub correlation: f64,
    /// Correlation once delay and polarity are mended.
    pub aligned_correlation: f64,
    /// Level that their sum would gain.
    pub gained_db: f64,
    /// 0 to 1.
    pub confidence: f64,
}

/// Gain staging.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Staging {
    /// RMS aimed at in the parts that play.
    pub target_rms_dbfs: f64,
    /// True peak of the plain sum.
    pub sum_true_peak_dbtp: Option<f64>,
    /// What is left below full scale; negative where the plain sum is over.
    pub headroom_db: Option<f64>,
}

/// What is proposed for the parts: few moves each, with reason and confidence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct StemsPlan {
    /// One entry per stem for which there is anything to do.
    pub stems: Vec<StemPlan>,
    /// The room that stems may be sent to; nothing sounds in it unless a send is chosen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub space: Option<Space>,
    /// What is left to a person, in words.
    pub advice: Vec<String>,
}

/// What is proposed for one stem.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct StemPlan {
    /// Name of the stem.
    pub name: String,
    /// The audio that it is for.
    pub content_id: String,
    /// A correction of place and polarity, done first.
    pub placement: Option<Placement>,
    /// The moves, in the order of processing; the fader comes last.
    pub moves: Vec<Move>,
    /// How much of it, as processed, is sent to the room.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub send: Option<SpaceSend>,
}

/// A room for all stems: one return, so that they stand in one place.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Space {
    /// Time in which sound dies by 60 dB.
    pub decay_s: f64,
    /// Time before the room answers.
    pub predelay_s: f64,
    /// What is sent loses what lies below.
    pub high_pass_hz: f64,
    /// Above this, sound dies faster.
    pub damping_hz: f64,
}

/// How much of a stem is sent to the room.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SpaceSend {
    /// Opt-in, always: how much space a song wants is taste. `automatic` in an edited plan chooses it.
    pub applicability: Applicability,
    /// Level of the room against the stem.
    pub wet_db: f64,
    /// Why.
    pub reason: String,
    /// 0 to 1.
    pub confidence: f64,
}

/// A correction of place and polarity.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Placement {
    /// Whether it is done unasked.
    pub applicability: Applicability,
    /// Frames by which the stem is put later; negative for earlier.
    pub later_frames: i64,
    /// Whether it is turned upside down.
    pub invert: bool,
    /// Why.
    pub reason: String,
    /// 0 to 1.
    pub confidence: f64,
}

/// Stems that were processed and summed, measured again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct StemsRender {
    /// The processed stems.
    pub stems: Vec<RenderedStem>,
    /// Path of the rough mix.
    pub rough_mix: String,
    /// Path of the return of the room, where a send was chosen; it is in the rough mix.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub space: Option<String>,
    /// Gain of the rough mix over the sum of the processed stems.
    pub gain_db: f64,
    /// Loudness of the rough mix, measured on the written file.
    pub integrated_lufs: Option<f64>,
    /// True peak, measured on the written file.
    pub true_peak_dbtp: Option<f64>,
    /// The rough mix against the given one.
    pub against_mix: Option<RoughAgainstMix>,
}

/// One processed stem.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct RenderedStem {
    /// Name of the stem.
    pub name: String,
    /// Path of the written file.
    pub path: String,
    /// Ids of the moves that were applied.
    pub applied: Vec<String>,
}

/// The rough mix against the given one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct RoughAgainstMix {
    /// Loudness of the rough mix minus that of the given one.
    pub loudness_lu: Option<f64>,
    /// Power of the given mix minus the rough one at its best gain and place, relative to the given one.
    pub residual_db: Option<f64>,
    /// Third octave in which the two differ most.
    pub widest_hz: Option<f64>,
    /// By how much, rough minus given.
    pub widest_db: Option<f64>,
}
