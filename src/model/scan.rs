//! `scan/1`: one file of a catalogue in one line: what it is, its headline measures, and how it is judged.
//!
//! Nothing in a row depends on when or in which order it was made, so that two scans of the same files give the same rows.

use super::{
    Analysis, Check, Integrity, MEASURES_REV, Persisted, RowDefects, RowDynamics, RowLoudness, RowMusic,
    RowOrigin, RowPeaks, RowSource, RowStereo, RowTone, Severity, Stage,
};
use serde::{Deserialize, Serialize};

/// What became of one file of a catalogue. Measures have the names that they have in `analysis/1`; all of them are `None`
/// where the file could not be measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ScanRow {
    /// `scan/1`.
    pub schema: String,
    /// The file; what is no Unicode in it is replaced, and `path_bytes_hex` has it as it is.
    pub path: String,
    /// The bytes of the path, where it is no Unicode.
    pub path_bytes_hex: Option<String>,
    /// What became of it.
    pub status: RowStatus,
    /// A stable word for what went wrong: `undecodable`, `unsupported`, `no_permission`, `vanished`, `changed`, `crashed`, …
    pub error_code: Option<String>,
    /// What went wrong, in one line.
    pub error: Option<String>,
    /// How often it was tried.
    pub attempts: u32,
    /// Bytes of the file.
    pub size_bytes: Option<u64>,
    /// When it was last changed: milliseconds since 1970-01-01 UTC.
    pub modified_unix_ms: Option<i64>,
    /// Hash of the decoded PCM with its rate and channel count, as in `analysis/1`.
    pub content_id: Option<String>,
    /// Meaning of the measures.
    pub measures_rev: u32,
    /// What it was judged by: a hash of profile, delivery, stage, what was measured and version of the program.
    pub settings_id: String,
    /// Name of the profile.
    pub profile: String,
    /// Name of the delivery.
    pub delivery: String,
    /// Mix or master.
    pub stage: Stage,
    /// What was measured: where it was levels alone, the families beyond are `None`, and the checks that need them are silent.
    #[serde(default)]
    pub measured: Measured,
    /// The worst that the checks have to say against profile and delivery.
    pub verdict: Option<Verdict>,
    /// What the checks found, by code.
    pub findings: Vec<RowFinding>,
    /// Whether the audio was whole and finite.
    pub integrity: Option<Integrity>,
    /// The format.
    pub source: Option<RowSource>,
    /// Loudness.
    pub loudness: Option<RowLoudness>,
    /// Peaks.
    pub peaks: Option<RowPeaks>,
    /// Level against peak.
    pub dynamics: Option<RowDynamics>,
    /// Spectrum.
    pub tone: Option<RowTone>,
    /// Stereo image; `None` for files that are not stereo, too.
    pub stereo: Option<RowStereo>,
    /// Faults.
    pub defects: Option<RowDefects>,
    /// Where the audio came from.
    pub origin: Option<RowOrigin>,
    /// Tempo, key, energy.
    pub music: Option<RowMusic>,
}

impl Persisted for ScanRow {
    const KIND: &'static str = "scan";
    const VERSION: u32 = 1;
}

/// How much of a file is measured.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Measured {
    /// Everything that `analysis/1` has.
    #[default]
    All,
    /// Loudness, peaks, and of the dynamics what they give.
    Levels,
}

/// What became of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum RowStatus {
    /// Measured and judged.
    Ok,
    /// It cannot be measured as it is.
    Failed,
    /// It was not there, or did not hold still, while it was its turn.
    Skipped,
}

/// The worst finding of a file, as a verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Nothing above `info`.
    Pass,
    /// Worth a look or a listen.
    Warn,
    /// Not fit for its purpose as it is.
    Fail,
}

/// What a check found, without words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct RowFinding {
    /// Stable code: `PEAK001`.
    pub code: String,
    /// How bad it is.
    pub severity: Severity,
}

impl ScanRow {
    /// A row of a file of which nothing is known yet.
    pub fn new(path: &std::path::Path) -> ScanRow {
        ScanRow {
            schema: ScanRow::schema_tag(),
            path: path.to_string_lossy().into_owned(),
            path_bytes_hex: bytes_hex(path),
            status: RowStatus::Skipped,
            error_code: None,
            error: None,
            attempts: 1,
            size_bytes: None,
            modified_unix_ms: None,
            content_id: None,
            measures_rev: MEASURES_REV,
            settings_id: String::new(),
            profile: String::new(),
            delivery: String::new(),
            stage: Stage::Master,
            measured: Measured::All,
            verdict: None,
            findings: Vec::new(),
            integrity: None,
            source: None,
            loudness: None,
            peaks: None,
            dynamics: None,
            tone: None,
            stereo: None,
            defects: None,
            origin: None,
            music: None,
        }
    }

    /// The same row, with why the file has no measures.
    pub fn without_measures(
        mut self,
        status: RowStatus,
        error_code: &str,
        error: impl Into<String>,
    ) -> ScanRow {
        self.status = status;
        self.error_code = Some(error_code.to_string());
        self.error = Some(error.into());
        self
    }

    /// The same row, with what was measured and found.
    pub fn with_check(mut self, check: &Check) -> ScanRow {
        let worst = check.worst();
        self.status = RowStatus::Ok;
        self.verdict = Some(match worst {
            Some(Severity::Fail) => Verdict::Fail,
            Some(Severity::Warn) => Verdict::Warn,
            Some(Severity::Info) | None => Verdict::Pass,
        });
        self.findings = ScanRow::codes(&check.findings);
        self.with_analysis(&check.analysis)
    }

    /// Findings without words: each code once, at its worst, in the order of the codes.
    pub fn codes(findings: &[super::Finding]) -> Vec<RowFinding> {
        let finding =
            |found: &super::Finding| RowFinding { code: found.code.clone(), severity: found.severity };
        let mut codes: Vec<RowFinding> = findings.iter().map(finding).collect();
        codes.sort_by(|a, b| a.code.cmp(&b.code).then(b.severity.cmp(&a.severity)));
        codes.dedup_by(|a, b| a.code == b.code);
        codes
    }

    fn with_analysis(mut self, analysis: &Analysis) -> ScanRow {
        let Analysis { source, loudness, peaks, dynamics, tone, defects, origin, music, .. } = analysis;
        let tag = |key: &str| source.tags.get(key).cloned();
        self.content_id = Some(analysis.content_id.clone());
        self.measures_rev = analysis.measures_rev;
        self.integrity = Some(analysis.integrity);
        self.source = Some(RowSource {
            container: source.container.clone(),
            codec: source.codec.clone(),
            sample_rate_hz: source.sample_rate_hz,
            channels: source.channels,
            frames: source.frames,
            duration_s: source.duration_s,
            bits: source.bits,
            effective_bits: source.effective_bits,
            title: tag("title"),
            artist: tag("artist"),
            album: tag("album"),
            isrc: tag("isrc"),
        });
        self.loudness = Some(RowLoudness {
            integrated_lufs: loudness.integrated_lufs,
            range_lu: loudness.range_lu,
            momentary_max_lufs: loudness.momentary_max_lufs,
            short_term_max_lufs: loudness.short_term_max_lufs,
        });
        self.peaks = Some(RowPeaks {
            sample_dbfs: peaks.sample_dbfs,
            true_peak_dbtp: peaks.true_peak_dbtp,
            clipped_runs: peaks.clipped_runs,
            over_count: peaks.over_count,
        });
        self.dynamics = Some(RowDynamics {
            rms_dbfs: dynamics.rms_dbfs,
            crest_db: dynamics.crest_db,
            plr_lu: dynamics.plr_lu,
            psr_min_lu: dynamics.psr_min_lu,
            dr_db: dynamics.dr_db,
            limited_db: dynamics.limited_db,
        });
        if self.measured == Measured::Levels {
            return self;
        }
        self.tone = Some(RowTone { tilt_db_per_oct: tone.tilt_db_per_oct, bandwidth_hz: tone.bandwidth_hz });
        self.stereo = analysis.stereo.as_ref().map(|stereo| RowStereo {
            correlation: stereo.correlation,
            side_to_mid_db: stereo.side_to_mid_db,
            balance_db: stereo.balance_db,
            mono_loss_lu: stereo.mono_loss_lu,
            dual_mono: stereo.dual_mono,
            polarity_inverted: stereo.polarity_inverted,
        });
        self.defects = Some(RowDefects {
            leading_silence_s: defects.leading_silence_s,
            trailing_silence_s: defects.trailing_silence_s,
            cut_start: defects.cut_start,
            cut_end: defects.cut_end,
            clicks: defects.clicks.len() as u64,
            dropouts: defects.dropouts.len() as u64,
            discontinuities: defects.discontinuities.len() as u64,
            noise_floor_dbfs: defects.noise_floor_dbfs,
        });
        let (lossy_suspect, upsampled_suspect) = (origin.lossy_suspect, origin.upsampled_suspect);
        self.origin = Some(RowOrigin { lossy_suspect, upsampled_suspect });
        self.music =
            Some(RowMusic { tempo_bpm: music.tempo_bpm, key: music.key.clone(), energy: music.energy });
        self
    }
}

/// The bytes of a path that is no Unicode.
fn bytes_hex(path: &std::path::Path) -> Option<String> {
    let bytes = path.as_os_str().as_encoded_bytes();
    std::str::from_utf8(bytes).is_err().then(|| bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
