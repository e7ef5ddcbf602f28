//! `bounce/1`: one version of a song, as a watched folder saw it; and `history/1`: all of them.

use super::{Integrity, Persisted, Relation, RowFinding, Stage, Verdict};
use serde::{Deserialize, Serialize};

/// One version of a song.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Bounce {
    /// `bounce/1`.
    pub schema: String,
    /// The song: the folder below the watched one, and the file's name without what tells versions apart.
    pub song: String,
    /// Counted from 1.
    pub version: u32,
    /// The file.
    pub path: String,
    /// Its bytes.
    pub size_bytes: u64,
    /// When it was written: milliseconds since 1970-01-01 UTC.
    pub modified_unix_ms: i64,
    /// Hash of the decoded PCM.
    pub content_id: String,
    /// Meaning of the measures.
    pub measures_rev: u32,
    /// Whether the audio was whole and finite.
    pub integrity: Integrity,
    /// Name of the profile.
    pub profile: String,
    /// Name of the delivery.
    pub delivery: String,
    /// Mix or master.
    pub stage: Stage,
    /// The worst that the checks have to say.
    pub verdict: Verdict,
    /// What the checks found, by code.
    pub findings: Vec<RowFinding>,
    /// Duration.
    pub duration_s: f64,
    /// Integrated loudness.
    pub integrated_lufs: Option<f64>,
    /// Loudness range.
    pub range_lu: Option<f64>,
    /// Highest true peak.
    pub true_peak_dbtp: Option<f64>,
    /// Peak to loudness ratio.
    pub plr_lu: Option<f64>,
    /// Distance of the spectrum from the profile: root mean square over the bands that both have, at equal level.
    pub tone_distance_db: Option<f64>,
    /// Against the version before; `None` for the first one.
    pub since: Option<Since>,
}

impl Persisted for Bounce {
    const KIND: &'static str = "bounce";
    const VERSION: u32 = 1;
}

/// What became of a song since the version before.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Since {
    /// The file of the version before.
    pub path: String,
    /// How the two belong together.
    pub relation: Relation,
    /// Level against the version before, where both play; `None` where the audio of that one is gone.
    pub gain_db: Option<f64>,
    /// Codes of the findings that are new.
    pub broke: Vec<RowFinding>,
    /// Codes of the findings that are gone.
    pub mended: Vec<RowFinding>,
    /// What moved, in words, most of it first as `compare` has it; at most three.
    pub moved: Vec<String>,
}

/// The versions of a song.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct History {
    /// `history/1`.
    pub schema: String,
    /// The song.
    pub song: String,
    /// Oldest first.
    pub versions: Vec<Bounce>,
}

impl Persisted for History {
    const KIND: &'static str = "history";
    const VERSION: u32 = 1;
}
