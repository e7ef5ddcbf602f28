//! `album/1`: a record: levels, order, joints, and what each of them costs. Edited by hand, so unknown keys are refused.

use super::album_ranges::{crossfade_s, fade_s, gain_db, gap_s, trim_s};
use super::{Coherence, Constraints, Finding, Move, Persisted, PlatformGain, Sides, Single};
use serde::{Deserialize, Serialize};

/// How written songs are called unless told otherwise.
pub const DEFAULT_NAMES: &str = "{number} {title}";

fn default_names() -> String {
    DEFAULT_NAMES.to_string()
}

/// A record as it is proposed, and as it was written where it was rendered. What the plan decides is `order`, `sides`,
/// `names`, the titles and codes, and of every song its gain, its moves, its trims and fades, its gap and its crossfade;
/// everything else is measured or worked out from these, and worked out again when the plan is used.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Album {
    /// `album/1`.
    pub schema: String,
    /// The songs' `measures_rev`.
    pub measures_rev: u32,
    /// Title of the record: as asked for, the album tag of more than half of the songs, or the name of their folder.
    pub title: String,
    /// Code of the record: twelve digits of a UPC or thirteen of an EAN, with a right check digit.
    #[serde(default)]
    pub upc: Option<String>,
    /// Names of the written songs: `{number}`, `{title}`, `{performer}`, `{album}`, `{isrc}`.
    #[serde(default = "default_names")]
    pub names: String,
    /// Whether the record is meant for a disc (Red Book): 44.1 kHz, 16 bit, songs that start on whole sectors.
    #[serde(default)]
    pub disc: bool,
    /// How the levels were chosen.
    pub policy: AlbumPolicy,
    /// Name of the delivery that the target and the ceiling come from.
    pub delivery: String,
    /// What the policy aims at; `None` where the delivery has no loudness, so that the loudest song keeps its level.
    pub target_lufs: Option<f64>,
    /// Highest true peak of every written song.
    pub ceiling_dbtp: f64,
    /// Loudness of the whole record with the gains of this plan, gated over all songs' blocks together.
    pub integrated_lufs: Option<f64>,
    /// The one decision on headroom, and what else could be chosen.
    pub headroom: Headroom,
    /// The songs, in the order of the input.
    pub tracks: Vec<AlbumTrack>,
    /// The order of this plan: indices into `tracks`.
    pub order: Vec<usize>,
    /// Where `order` comes from.
    pub order_from: OrderSource,
    /// Cost of `order`: the sum of its joints, and of its arc where that was asked for. Lower is smoother; joints lie
    /// between 0 and 1.
    pub order_cost: f64,
    /// Cost of the order of the input.
    pub order_cost_as_given: f64,
    /// What a search proposes, whether it is used or not.
    pub suggestion: Suggestion,
    /// Whether the place in the record counts for the suggestion.
    #[serde(default)]
    pub arc: bool,
    /// What an order has to keep.
    #[serde(default)]
    pub constraints: Constraints,
    /// The joints of `order`.
    pub joints: Vec<Joint>,
    /// Sides of a record or cassette, where they were asked for.
    #[serde(default)]
    pub sides: Option<Sides>,
    /// Tone, width and dynamics of the songs beside each other, at equal loudness.
    #[serde(default)]
    pub coherence: Coherence,
    /// What services that take one gain per album do to this one.
    #[serde(default)]
    pub platforms: Vec<PlatformGain>,
    /// The continuous file, where one was written.
    pub image: Option<String>,
    /// Ends and starts of the songs as they follow each other, where they were written.
    #[serde(default)]
    pub reel: Vec<Transition>,
    /// What is worth knowing about the record.
    pub findings: Vec<Finding>,
}

impl Persisted for Album {
    const KIND: &'static str = "album";
    const VERSION: u32 = 1;
}

/// Sample rate of a disc.
pub const DISC_RATE_HZ: u32 = 44_100;

/// How the levels of the songs are chosen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum AlbumPolicy {
    /// The loudest song at the target, all distances between the songs kept (AES77-2023).
    #[default]
    LoudestTrack,
    /// The record as one programme at the target (gates of BS.1770-5 over all songs' blocks), all distances kept.
    AlbumIntegrated,
    /// The loudest three seconds of all songs equally loud; the song with the highest loudness then at the target.
    LoudSections,
    /// A chosen song at the target, all distances kept.
    Anchor,
    /// Every song at the target by itself.
    PerTrack,
}

/// The one decision on headroom.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Headroom {
    /// What is done with songs whose peaks would need more limiting than the bound.
    pub choice: HeadroomChoice,
    /// Most gain reduction that a song's limiter may need.
    pub max_reduction_db: f64,
    /// Songs that the policy would push beyond it: indices into `tracks`.
    pub crushed: Vec<usize>,
    /// How much quieter the whole record would have to be, so that no song is beyond the bound and all distances are
    /// kept. Applied where `choice` is `lower-record`, an alternative else.
    pub lower_record_by_db: f64,
    /// How much quieter the whole record would have to be to need no limiting at all.
    pub unlimited_by_db: f64,
}

/// What is done with songs whose peaks would need more limiting than the bound.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum HeadroomChoice {
    /// They stay quieter than the policy wants; the rest of the record keeps its level.
    #[default]
    HoldSong,
    /// The whole record is lowered, so that the distances between the songs are kept.
    LowerRecord,
}

/// One song of a record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct AlbumTrack {
    /// The source.
    pub path: String,
    /// Title tag or file name.
    pub title: String,
    /// Artist tag.
    pub performer: Option<String>,
    /// ISRC tag, where it is a valid one (twelve characters, no hyphens).
    pub isrc: Option<String>,
    /// The audio that the plan is for.
    pub content_id: String,
    /// Channels of the source, kept.
    pub channels: u16,
    /// Sample rate of the source, kept.
    pub sample_rate_hz: u32,
    /// Length.
    pub duration_s: f64,
    /// Loudness of the source; `None` for silence, whose gain is 0.
    pub integrated_lufs: Option<f64>,
    /// True peak of the source.
    pub true_peak_dbtp: Option<f64>,
    /// Declared distance from the level of the others: "meant 3 LU lower" is −3.
    pub offset_lu: Option<f64>,
    /// Gain that the policy wants.
    pub wanted_gain_db: f64,
    /// Loudness of the song's lead vocal, from the stem that was named for it.
    #[serde(default)]
    pub vocal_lufs: Option<f64>,
    /// Gain that is applied: at most what the bound on limiting allows.
    #[serde(deserialize_with = "gain_db")]
    pub gain_db: f64,
    /// Added while writing, to give back the loudness that the limiter cost.
    #[serde(default)]
    pub makeup_db: f64,
    /// Moves before the gain; only those that are `automatic` are applied.
    #[serde(default)]
    pub moves: Vec<Move>,
    /// Loudness that the applied moves add, estimated from the spectrum.
    #[serde(default)]
    pub moves_lu: f64,
    /// Most gain reduction of the limiter at this gain: planned from the true peak, measured once rendered.
    pub limiting_db: f64,
    /// Peak-to-loudness ratio lost: planned as the whole limiting, measured on the written file once rendered.
    pub crest_lost_db: f64,
    /// Expected loudness; on the written file once rendered.
    pub result_lufs: Option<f64>,
    /// True peak of the written file.
    pub result_dbtp: Option<f64>,
    /// Cut from the start, before the first sound.
    #[serde(default, deserialize_with = "trim_s")]
    pub trim_start_s: f64,
    /// Cut from the end, after the last sound.
    #[serde(default, deserialize_with = "trim_s")]
    pub trim_end_s: f64,
    /// Fade from silence at the start, before the first sound.
    #[serde(default, deserialize_with = "fade_s")]
    pub fade_in_s: f64,
    /// Fade to silence at the end, after the last sound.
    #[serde(default, deserialize_with = "fade_s")]
    pub fade_out_s: f64,
    /// Silence between this song and the one that follows in `order`.
    #[serde(deserialize_with = "gap_s")]
    pub gap_after_s: f64,
    /// Crossfade into the song that follows in `order`; then there is no gap.
    #[serde(deserialize_with = "crossfade_s")]
    pub crossfade_s: f64,
    /// Where the song starts in the record.
    pub start_s: f64,
    /// First and last ten seconds of its sound.
    pub edges: Edges,
    /// The written file.
    pub output: Option<String>,
    /// The same song on its own, by the same moves; `None` without a target or for silence.
    #[serde(default)]
    pub single: Option<Single>,
}

impl AlbumTrack {
    /// Length of what is played, without what is trimmed.
    pub fn length_s(&self) -> f64 {
        (self.duration_s - self.trim_start_s - self.trim_end_s).max(0.0)
    }
}

/// What is heard at the two ends of a song.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Edges {
    /// The first ten seconds from the first sound on.
    pub head: Edge,
    /// The last ten seconds up to the last sound.
    pub tail: Edge,
    /// From the last loud moment (10 LU below the song's loudness or more) to the end of the sound.
    pub decay_s: f64,
}

/// Ten seconds at one end of a song.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Edge {
    /// Silence outside of it: before the first sound or after the last.
    pub silence_s: f64,
    /// Mean momentary loudness of what is above −40 LUFS there; `None` where nothing is.
    pub loudness_lufs: Option<f64>,
    /// Octaves from 63 Hz to 16 kHz, relative to their sum; empty for silence.
    pub bands: Vec<EdgeBand>,
    /// Driving or calm, 0 to 1, as `music.energy`.
    pub energy: Option<f64>,
    /// The file starts or ends here in the middle of a sound.
    pub cut: bool,
    /// Samples of each channel right at the end of the file, in the order of time: whether two songs are one stream.
    #[serde(skip)]
    pub samples: Vec<Vec<f32>>,
}

/// Level of one octave at an edge.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct EdgeBand {
    /// Band centre.
    pub center_hz: f64,
    /// Level relative to the sum.
    pub level_db: f64,
}

/// Where an order comes from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum OrderSource {
    /// As given.
    #[default]
    Keep,
    /// As the search suggests.
    Suggest,
    /// As a person has written it into the plan.
    Plan,
}

/// What a search for a smoother order found.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Suggestion {
    /// Indices into `tracks`.
    pub order: Vec<usize>,
    /// Its cost.
    pub cost: f64,
    /// Whether no order is cheaper (up to 14 songs).
    pub exact: bool,
    /// No order can cost less than this; the same as `cost` where exact.
    pub lower_bound_cost: f64,
    /// Mean cost of random orders that respect what is pinned.
    pub random_mean_cost: f64,
    /// The cheapest of them.
    pub random_lowest_cost: f64,
    /// How many random orders.
    pub random_orders: usize,
}

/// Two songs that follow each other.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Joint {
    /// Index into `tracks`.
    pub from: usize,
    /// Index into `tracks`.
    pub to: usize,
    /// Sum of the reasons' costs.
    pub cost: f64,
    /// What it is made of, the dearest first.
    pub reasons: Vec<JointReason>,
    /// One stream cut in two files: kept to the sample.
    pub gapless: bool,
    /// Why the gap is as long as it is.
    pub gap_because: String,
}

/// A stretch to listen to: the end of one song and the start of the next, as they follow each other on the record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Transition {
    /// Index into `tracks`.
    pub from: usize,
    /// Index into `tracks`.
    pub to: usize,
    /// The written file.
    pub path: String,
    /// Where the first song ends in it.
    pub end_s: f64,
    /// Where the second one starts in it.
    pub start_s: f64,
}

/// One reason of a joint's cost.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct JointReason {
    /// What differs.
    pub reason: JointReasonKind,
    /// Its share of the joint's cost.
    pub cost: f64,
    /// In words, with numbers.
    pub detail: String,
}

/// What differs between the end of one song and the start of the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum JointReasonKind {
    /// Loudness of the edges, with the gains of the plan.
    Loudness,
    /// Tempo, to the nearest of 1, 2 and 1/2.
    Tempo,
    /// Key, on the Camelot wheel.
    Key,
    /// Spectrum of the edges.
    Tone,
    /// Energy of the edges.
    Energy,
}
