//! `stems/1`: a delivery of stems as a whole: its parts, the set, and its sum against the mix.

use super::{Analysis, Balance, Finding, Masking, Persisted, StemsPlan, StemsRender, TimeRange, Together};
use serde::{Deserialize, Serialize};

/// A delivery of stems.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct StemSet {
    /// `stems/1`.
    pub schema: String,
    /// One entry per file, in natural order.
    pub stems: Vec<Stem>,
    /// What most of the files have in common.
    pub set: StemSetFormat,
    /// The sum against the given mix; `None` without a mix, or where nothing could be compared.
    pub sum: Option<StemSum>,
    /// Who hides whom, the gravest conflict first.
    #[serde(default)]
    pub masking: Vec<Masking>,
    /// How loud every stem and group is, and the plain sum.
    #[serde(default)]
    pub balance: Vec<Balance>,
    /// What goes across stems: lead vocal, low end, phase, levels. `None` where fewer than two stems could be summed.
    #[serde(default)]
    pub together: Option<Together>,
    /// What is proposed for the parts.
    #[serde(default)]
    pub plan: Option<StemsPlan>,
    /// What was written with `--apply`, measured again.
    #[serde(default)]
    pub render: Option<StemsRender>,
    /// What is wrong with the delivery, and the odd thing worth knowing.
    pub findings: Vec<Finding>,
}

impl Persisted for StemSet {
    const KIND: &'static str = "stems";
    const VERSION: u32 = 1;
}

/// One file of the delivery.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Stem {
    /// File name without its ending.
    pub name: String,
    /// Path as given.
    pub path: String,
    /// What plays in it, as far as name and sound tell.
    pub role: StemRole,
    /// 0 to 1; below 0.6 it was guessed from the sound.
    pub role_confidence: f64,
    /// Everything measured on the file.
    pub analysis: Analysis,
}

/// What a stem is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum StemRole {
    /// Bass drum.
    Kick,
    /// Snare drum, claps, rims.
    Snare,
    /// Hi-hats, cymbals, shakers.
    Hats,
    /// Toms.
    Toms,
    /// Drums, beats and percussion together.
    Drums,
    /// Bass guitar, synth bass, sub.
    Bass,
    /// Guitars.
    Guitar,
    /// Pianos, organs, electric pianos.
    Keys,
    /// Synthesisers and leads.
    Synth,
    /// Pads and textures.
    Pad,
    /// The voice in front.
    LeadVocal,
    /// All other voices.
    BackingVocal,
    /// Strings.
    Strings,
    /// Brass and woodwinds.
    Brass,
    /// Effects, risers, noises, returns of reverbs and delays.
    Fx,
    /// The whole song.
    Mix,
    /// Neither name nor sound told.
    Other,
}

/// What most files of the set have in common; the deviations are findings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct StemSetFormat {
    /// Sample rate of the majority.
    pub sample_rate_hz: u32,
    /// Bits of the majority; `None` where most are lossy.
    pub bits: Option<u16>,
    /// Channels of the majority.
    pub channels: u16,
    /// Length of the majority.
    pub frames: u64,
    /// The same in seconds.
    pub duration_s: f64,
}

/// The stems added up, against the mix.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct StemSum {
    /// Path of the mix.
    pub mix: String,
    /// Rate of the mix, at which everything was compared.
    #[serde(default)]
    pub sample_rate_hz: u32,
    /// How much later the song starts in the mix than in the stems.
    pub offset_s: f64,
    /// Length of the mix.
    #[serde(default)]
    pub duration_s: Option<f64>,
    /// Speed of the mix against all stems, where it runs from another clock: positive where the stems fall behind.
    #[serde(default)]
    pub drift_ppm: Option<f64>,
    /// Gain of the mix over the plain sum: the median of the stems' gains.
    pub gain_db: Option<f64>,
    /// Power of the mix minus the fitted sum, relative to the mix; `None` where nothing at all is left.
    pub residual_db: Option<f64>,
    /// The same with one gain per band for the whole sum: what is left once a bus equaliser is allowed for.
    pub residual_after_eq_db: Option<f64>,
    /// The same with one gain per band and twelfth of a second: what is left once bus dynamics are allowed for, too.
    pub residual_after_dynamics_db: Option<f64>,
    /// What lies between the sum and the mix.
    pub verdict: SumVerdict,
    /// Residual per octave.
    pub bands: Vec<SumBand>,
    /// Where most of the residual is, in the time of the mix.
    pub strongest: Vec<TimeRange>,
    /// One entry per stem that was compared, in the order of the set.
    pub stems: Vec<StemInMix>,
    /// Pairs of stems that are nearly the same signal, or the same upside down.
    pub pairs: Vec<StemPair>,
}

/// What lies between the sum of the stems and the mix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum SumVerdict {
    /// The sum is the mix, to the last bits.
    Exact,
    /// The sum is the mix but for a coder, dither or rounding.
    Close,
    /// The same parts, through an equaliser, a compressor or a limiter on the bus.
    Mastered,
    /// The mix holds something that no stem explains.
    Incomplete,
}

/// Residual in one octave.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct SumBand {
    /// Centre of the octave.
    pub center_hz: f64,
    /// Residual relative to the mix in this octave; `None` where the mix is silent there or nothing is left.
    pub residual_db: Option<f64>,
    /// Gain of the mix over the fitted sum in this octave.
    pub gain_db: Option<f64>,
}

/// One stem as it stands in the mix.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct StemInMix {
    /// Name of the stem.
    pub name: String,
    /// What became of it.
    pub state: StemState,
    /// How much later it lies in the mix than in its file, against the offset of the whole; `None` where it was not found.
    pub offset_s: Option<f64>,
    /// The same in frames of the mix.
    pub offset_frames: Option<i64>,
    /// Speed of the mix against the stem, where it drifts: positive where the stem falls behind.
    pub drift_ppm: Option<f64>,
    /// Its gain in the mix, against the gain of the whole; `None` where it was not found.
    pub gain_db: Option<f64>,
    /// Standard error of that gain, from parts of the song that were left out in turn.
    pub gain_error_db: Option<f64>,
    /// Whether it is upside down in the mix.
    pub inverted: bool,
    /// What the state rests on, in words.
    pub evidence: String,
    /// 0 to 1.
    pub confidence: f64,
}

/// What became of a stem in the mix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum StemState {
    /// In the mix as delivered.
    Present,
    /// Not in the mix.
    Missing,
    /// Twice in the mix, or twice in the delivery.
    Doubled,
    /// Upside down.
    Inverted,
    /// Earlier or later than the others.
    Shifted,
    /// Running at another speed.
    Drifting,
    /// At another level.
    Gain,
    /// In the mix with another tone.
    Processed,
}

/// Two stems that hold nearly one signal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct StemPair {
    /// The first one.
    pub a: String,
    /// The second one.
    pub b: String,
    /// Their correlation over the whole song: near 1, or near −1 for opposite polarity.
    pub correlation: f64,
}
