//! `compare/1`: two revisions of one song: what moved and what broke; or a song against references: where it stands.

use super::{Analysis, Deviation, Finding, Integrity, Persisted, Profile, SectionLabel};
use serde::{Deserialize, Serialize};

/// What `compare` prints.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Comparison {
    /// `compare/1`.
    pub schema: String,
    /// Whether the audio of both was whole and finite: the worse of the two.
    pub integrity: Integrity,
    /// The older revision, or the song that is compared with references.
    pub a: Analysis,
    /// The newer revision; `None` for several references.
    pub b: Option<Analysis>,
    /// How the two belong together.
    pub relation: Relation,
    /// How sure that is, 0 to 1.
    pub confidence: f64,
    /// Time in B minus time in A, at the beginning of A: positive where B starts later. `None` for other recordings.
    pub offset_s: Option<f64>,
    /// How much the clock of B runs away from A's, in parts per million. `None` for other recordings.
    pub drift_ppm: Option<f64>,
    /// Level of B over A where both play, the median over their loud parts. `None` for other recordings.
    pub gain_db: Option<f64>,
    /// B is upside down.
    pub polarity_inverted: bool,
    /// Share of the song that was found at the same place of the other, 0 to 1: below 1, something was cut or moved.
    pub aligned_share: Option<f64>,
    /// What moved over the whole song, by measure.
    pub changes: Vec<Change>,
    /// What moved section by section, at equal level, on the time of A.
    pub sections: Vec<SectionChange>,
    /// Findings that B has and A has not.
    pub broke: Vec<Finding>,
    /// Findings that A has and B has not.
    pub mended: Vec<Finding>,
    /// Paths of the references, where A is compared with other recordings.
    pub references: Vec<String>,
    /// Spread of the references.
    pub reference_profile: Option<Profile>,
    /// A against the references.
    pub deviations: Vec<Deviation>,
}

impl Persisted for Comparison {
    const KIND: &'static str = "compare";
    const VERSION: u32 = 1;
}

/// How two files belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Relation {
    /// The same samples.
    Identical,
    /// One recording, changed.
    Revision,
    /// Other recordings, or too little sound to tell.
    Different,
    /// A song and several references.
    References,
}

/// One measure that moved from A to B.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Change {
    /// JSON path in `analysis/1`: `loudness.integrated_lufs`, `tone.bands[2500].level_db`.
    pub measure: String,
    /// In A; `None` where it was not measurable there.
    pub measured_a: Option<f64>,
    /// In B.
    pub measured_b: Option<f64>,
    /// B minus A, in the unit of the measure. Bands and sections are at equal level.
    pub change: Option<f64>,
    /// What that means, in words.
    pub message: String,
}

/// What moved in one stretch of the song.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct SectionChange {
    /// Start, on the time of A.
    pub start_s: f64,
    /// End, on the time of A.
    pub end_s: f64,
    /// Loudness of the stretch against the rest of the song, in A.
    pub label: SectionLabel,
    /// What moved; empty where nothing did.
    pub changes: Vec<Change>,
}
