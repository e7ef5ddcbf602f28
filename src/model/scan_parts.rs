//! The measures of a row of a catalogue: what `analysis/1` says in a number or a word, under its names.

use serde::{Deserialize, Serialize};

/// Of `source`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct RowSource {
    /// `wav`, `flac`, …
    pub container: String,
    /// `pcm`, `flac`, …
    pub codec: String,
    /// Sample rate.
    pub sample_rate_hz: u32,
    /// Channel count.
    pub channels: u16,
    /// Frames decoded.
    pub frames: u64,
    /// Duration decoded.
    pub duration_s: f64,
    /// Bits per sample of a PCM or lossless file.
    pub bits: Option<u16>,
    /// Bits that carry signal in integer PCM.
    pub effective_bits: Option<u16>,
    /// The tag.
    pub title: Option<String>,
    /// The tag.
    pub artist: Option<String>,
    /// The tag.
    pub album: Option<String>,
    /// The tag.
    pub isrc: Option<String>,
}

/// Of `loudness`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct RowLoudness {
    /// Integrated loudness.
    pub integrated_lufs: Option<f64>,
    /// Loudness range.
    pub range_lu: Option<f64>,
    /// Maximum momentary loudness.
    pub momentary_max_lufs: Option<f64>,
    /// Maximum short-term loudness.
    pub short_term_max_lufs: Option<f64>,
}

/// Of `peaks`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct RowPeaks {
    /// Highest sample.
    pub sample_dbfs: Option<f64>,
    /// Highest true peak.
    pub true_peak_dbtp: Option<f64>,
    /// Clipped stretches.
    pub clipped_runs: u64,
    /// Excursions above 0 dBTP.
    pub over_count: u64,
}

/// Of `dynamics`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct RowDynamics {
    /// RMS of the whole file.
    pub rms_dbfs: Option<f64>,
    /// Sample peak minus RMS.
    pub crest_db: Option<f64>,
    /// Peak to loudness ratio.
    pub plr_lu: Option<f64>,
    /// Smallest peak to short-term ratio.
    pub psr_min_lu: Option<f64>,
    /// Dynamic range by the TT method.
    pub dr_db: Option<f64>,
    /// Crest lost to limiting.
    pub limited_db: Option<f64>,
}

/// Of `tone`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct RowTone {
    /// Slope of the spectrum.
    pub tilt_db_per_oct: Option<f64>,
    /// Upper edge of the spectrum.
    pub bandwidth_hz: Option<f64>,
}

/// Of `stereo`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct RowStereo {
    /// Correlation of left and right.
    pub correlation: Option<f64>,
    /// Level of side against mid.
    pub side_to_mid_db: Option<f64>,
    /// Level of left minus level of right.
    pub balance_db: Option<f64>,
    /// Loudness lost when folded to mono.
    pub mono_loss_lu: Option<f64>,
    /// Both channels carry the same signal.
    pub dual_mono: bool,
    /// One channel is the other one upside down.
    pub polarity_inverted: bool,
}

/// Of `defects`; lists as their length.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct RowDefects {
    /// Silence before the first sound.
    pub leading_silence_s: f64,
    /// Silence after the last sound.
    pub trailing_silence_s: f64,
    /// The file starts in the middle of a sound.
    pub cut_start: bool,
    /// The file ends in the middle of a sound.
    pub cut_end: bool,
    /// Single clicks, at most 1000.
    pub clicks: u64,
    /// Gaps in running sound, at most 1000.
    pub dropouts: u64,
    /// Jumps of the waveform, at most 1000.
    pub discontinuities: u64,
    /// Level of the quietest parts.
    pub noise_floor_dbfs: Option<f64>,
}

/// Of `origin`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct RowOrigin {
    /// A lossless file that looks like decoded lossy audio.
    pub lossy_suspect: Option<bool>,
    /// A high-rate file without content above a lower rate's Nyquist frequency.
    pub upsampled_suspect: Option<bool>,
}

/// Of `music`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct RowMusic {
    /// Most likely tempo.
    pub tempo_bpm: Option<f64>,
    /// As in `C major`.
    pub key: Option<String>,
    /// 0 (calm) to 1 (driving).
    pub energy: Option<f64>,
}
