//! Parts of `album/1`: constraints on the order, sides, tonal coherence, playback as an album.

use super::album_ranges::gain_db;
use serde::{Deserialize, Serialize};

/// What an order has to keep. Songs are indices into `tracks`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Constraints {
    /// Songs with a fixed place.
    #[serde(default)]
    pub pins: Vec<Pin>,
    /// Pairs of which the second song comes right after the first.
    #[serde(default)]
    pub follow: Vec<(usize, usize)>,
    /// Pairs of which the second song never comes right after the first.
    #[serde(default)]
    pub part: Vec<(usize, usize)>,
}

/// A song with a fixed place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Pin {
    /// Place in the record, from 0.
    pub place: usize,
    /// Index into `tracks`.
    pub song: usize,
}

/// A record or cassette and its sides.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Sides {
    /// `vinyl-12`, …
    pub medium: String,
    /// Whether the groove gets shorter towards the end of a side, so that treble and level suffer there.
    pub groove: bool,
    /// Length that a side may have.
    pub longest_s: f64,
    /// The sides, in order.
    pub sides: Vec<Side>,
}

/// One side.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Side {
    /// `A`, `B`, …
    pub name: String,
    /// How many songs of the order lie on it.
    pub songs: usize,
    /// Its length with its gaps.
    #[serde(default)]
    pub length_s: f64,
    /// The written file.
    #[serde(default)]
    pub output: Option<String>,
}

/// A song of the record on its own: the moves are those of the record, only the level is another. The gain may be edited.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Single {
    /// Gain that is applied: to the target, at most what the bound on limiting allows.
    #[serde(deserialize_with = "gain_db")]
    pub gain_db: f64,
    /// Added while writing, to give back the loudness that the limiter cost.
    #[serde(default)]
    pub makeup_db: f64,
    /// Most gain reduction of the limiter: planned from the true peak, measured once rendered.
    #[serde(default)]
    pub limiting_db: f64,
    /// Peak-to-loudness ratio lost: planned as the whole limiting, measured once rendered.
    #[serde(default)]
    pub crest_lost_db: f64,
    /// Expected loudness; on the written file once rendered.
    #[serde(default)]
    pub result_lufs: Option<f64>,
    /// Expected true peak; on the written file once rendered.
    #[serde(default)]
    pub result_dbtp: Option<f64>,
    /// The written file.
    #[serde(default)]
    pub output: Option<String>,
}

/// The songs beside each other at equal loudness, and the record's own middle.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Coherence {
    /// The regions that the spectra are compared in, with the record's median.
    pub regions: Vec<ToneRegion>,
    /// Third octaves: median over the songs, at equal loudness.
    pub bands: Vec<CoherenceBand>,
    /// Every song, in the order of `tracks`; empty with fewer than three songs that have a spectrum.
    pub songs: Vec<SongTone>,
}

/// A broad region of the spectrum.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ToneRegion {
    /// For people: `bass`, …
    pub name: String,
    /// Lower edge.
    pub from_hz: f64,
    /// Upper edge.
    pub to_hz: f64,
    /// Median of the songs' levels there, relative to their loudness.
    pub median_db: f64,
    /// Middle distance of the songs from the median.
    pub spread_db: f64,
}

/// One third octave of all songs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CoherenceBand {
    /// Nominal centre.
    pub center_hz: f64,
    /// Median level of the songs, relative to their loudness; `None` where most songs have nothing there.
    pub median_db: Option<f64>,
}

/// One song beside the others.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SongTone {
    /// Third-octave levels relative to the song's loudness, as `bands`.
    pub levels_db: Vec<Option<f64>>,
    /// Side against mid; `None` for mono.
    pub side_to_mid_db: Option<f64>,
    /// Peak to loudness ratio.
    pub plr_lu: Option<f64>,
    /// Loudness range.
    pub range_lu: Option<f64>,
    /// Where it stands apart from the record.
    pub outliers: Vec<ToneOutlier>,
}

/// A song that stands apart in one measure.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ToneOutlier {
    /// Name of a region, or `width`, `peak to loudness`, `loudness range`.
    pub what: String,
    /// Distance from the record's median, in the unit of what it is.
    pub off_db: f64,
    /// From this distance on it counts as apart.
    pub limit_db: f64,
}

/// What a service that takes one gain per album does to this one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PlatformGain {
    /// Name of the delivery.
    pub delivery: String,
    /// For people.
    pub title: String,
    /// Gain of every song.
    pub gain_db: f64,
    /// Loudness of every song at playback, in the order of `tracks`.
    pub results_lufs: Vec<Option<f64>>,
    /// The song that sets the gain: the loudest, or the one whose peak holds it. `None` where the whole record does.
    pub set_by: Option<usize>,
    /// Why, in words.
    pub because: String,
}
