//! `analysis/1`: everything that was measured on one file. Field names are a contract with the outside.
use super::{Persisted, Pictures, Section};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The meaning of all measures. Raised whenever any number of an unchanged file may change.
pub const MEASURES_REV: u32 = 1;

/// Everything measured on one file. `None` (JSON `null`) is "not measurable", never a sentinel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Analysis {
    /// `analysis/1`.
    pub schema: String,
    /// [`MEASURES_REV`] of the program that measured.
    pub measures_rev: u32,
    /// Which meter `loudness` and `peaks` were read from.
    #[serde(default)]
    pub meter: MeterKind,
    /// Hash of the decoded PCM with its rate and channel count: the same audio in WAV and FLAC has the same.
    pub content_id: String,
    /// Whether the audio was whole and finite.
    pub integrity: Integrity,
    /// The file and its format.
    pub source: Source,
    /// Loudness (BS.1770-5, EBU Tech 3341, 3342).
    pub loudness: Loudness,
    /// Sample and true peaks, clipping.
    pub peaks: Peaks,
    /// Level against peak, over time and per band.
    pub dynamics: Dynamics,
    /// Long-term spectrum of the loud parts.
    pub tone: Tone,
    /// Stereo image and mono compatibility; `None` for files that are not stereo.
    pub stereo: Option<Stereo>,
    /// Faults.
    pub defects: Defects,
    /// Where the audio came from, as far as it shows.
    pub origin: Origin,
    /// Tempo, key, energy.
    pub music: Music,
    /// Quiet, normal and loud stretches.
    pub sections: Vec<Section>,
    /// Made only where a report was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pictures: Option<Pictures>,
}

impl Persisted for Analysis {
    const KIND: &'static str = "analysis";
    const VERSION: u32 = 1;
}

/// Which meter a document's loudness and peaks come from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum MeterKind {
    /// The meters of this program.
    #[default]
    Mixproof,
    /// The `ebur128` crate: all of `loudness`, and the levels of `peaks` (its true peak is a 4-times reading or less).
    Reference,
}

/// Whether the audio was read whole: declared and decoded frames are compared every time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Integrity {
    /// All declared frames were there, all samples were numbers.
    Ok,
    /// The file ended early.
    Truncated,
    /// Decoded and declared length differ otherwise.
    LengthMismatch,
    /// Samples that are NaN or infinite were read as silence.
    NonFinite,
}

impl Integrity {
    /// Of two files, what the two together are: `Ok` only where both are.
    pub fn worse(self, other: Integrity) -> Integrity {
        if self == Integrity::Ok { other } else { self }
    }
}

/// The file and its format, as declared and as found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Source {
    /// As given by the user.
    pub path: String,
    /// `wav`, `rf64`, `w64`, `aiff`, `flac`, `mp3`, `mp4`, `ogg`, `caf`, …
    pub container: String,
    /// `pcm`, `pcm_float`, `flac`, `mp3`, `aac`, `alac`, `vorbis`, …
    pub codec: String,
    /// Sample rate.
    pub sample_rate_hz: u32,
    /// Channel count.
    pub channels: u16,
    /// Frames decoded.
    pub frames: u64,
    /// Duration decoded.
    pub duration_s: f64,
    /// Bits per sample of a PCM or lossless file; `None` for lossy codecs.
    pub bits: Option<u16>,
    /// Bits that carry signal in integer PCM (trailing zero bits removed); `None` for lossy and float files.
    pub effective_bits: Option<u16>,
    /// Frames that the header promised, where it did.
    pub declared_frames: Option<u64>,
    /// Samples that were not finite and were read as silence.
    pub non_finite_samples: u64,
    /// Text tags, by lower-case key (`title`, `artist`, `album`, `isrc`, …).
    pub tags: BTreeMap<String, String>,
}

/// Loudness of the programme.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Loudness {
    /// Integrated loudness (BS.1770-5 annex 1, both gates). `None` when no block passes the gates.
    pub integrated_lufs: Option<f64>,
    /// Loudness range (EBU Tech 3342, short-term sampled at 10 Hz). `None` below 4 s of gated material.
    pub range_lu: Option<f64>,
    /// Maximum momentary loudness (400 ms, hop 10 ms).
    pub momentary_max_lufs: Option<f64>,
    /// Maximum short-term loudness (3 s, hop 100 ms).
    pub short_term_max_lufs: Option<f64>,
    /// Momentary loudness, ten per second; entry i covers the 400 ms that end at (i + 1) / 10 s.
    pub momentary_lufs: Vec<Option<f32>>,
    /// Short-term loudness, ten per second; entry i covers the 3 s that end at (i + 1) / 10 s.
    pub short_term_lufs: Vec<Option<f32>>,
}

/// Peaks of the samples and of the reconstructed signal.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Peaks {
    /// Highest sample.
    pub sample_dbfs: Option<f64>,
    /// Highest true peak, oversampled 16 times (BS.1770-5 annex 2 asks for at least 4).
    pub true_peak_dbtp: Option<f64>,
    /// The reading of the 4-times, 12-tap filter that BS.1770-5 annex 2 prints.
    pub true_peak_4x_dbtp: Option<f64>,
    /// One entry per channel.
    pub channels: Vec<ChannelPeaks>,
    /// Highest true peak of any channel, ten per second, in the series grid of the loudness.
    pub true_peak_dbtp_series: Vec<Option<f32>>,
    /// Clipped stretches: at least three equal samples at the ceiling of the file. At most 1000 are listed.
    pub clipped: Vec<ClippedRun>,
    /// All clipped stretches.
    pub clipped_runs: u64,
    /// Excursions above 0 dBTP.
    pub over_count: u64,
}

/// Peaks of one channel.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ChannelPeaks {
    /// Highest sample.
    pub sample_dbfs: Option<f64>,
    /// Highest true peak.
    pub true_peak_dbtp: Option<f64>,
    /// Where the highest true peak is.
    pub true_peak_at_s: Option<f64>,
}

/// One stretch of clipped samples.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ClippedRun {
    /// First clipped sample.
    pub start_s: f64,
    /// End of the last clipped sample.
    pub end_s: f64,
    /// Channel, from 0.
    pub channel: u16,
    /// Clipped samples in the run.
    pub samples: u64,
}

/// Level against peak.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Dynamics {
    /// RMS of the whole file, mean power of all channels (sine at full scale: −3.01).
    pub rms_dbfs: Option<f64>,
    /// Sample peak minus RMS.
    pub crest_db: Option<f64>,
    /// Peak to loudness ratio: true peak − integrated loudness.
    pub plr_lu: Option<f64>,
    /// Smallest peak to short-term ratio: true peak in the 3 s window − short-term loudness.
    pub psr_min_lu: Option<f64>,
    /// Fifth percentile of the peak to short-term ratio.
    pub psr_p05_lu: Option<f64>,
    /// Dynamic range by the TT method (exact 3 s blocks, top 20 % rounded down), mean of the channels, not rounded.
    pub dr_db: Option<f64>,
    /// Crest lost to limiting, by the all-pass method (MasVis): most crest after all-passes − plain crest.
    pub limited_db: Option<f64>,
    /// Crest per octave band.
    pub bands: Vec<CrestBand>,
}

/// Crest factor of one octave band.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct CrestBand {
    /// Band centre.
    pub center_hz: f64,
    /// Peak minus RMS in the band.
    pub crest_db: Option<f64>,
}

/// Long-term spectrum of the loud parts.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Tone {
    /// Third octaves, 20 Hz to 20 kHz (IEC 61260-1 base ten), relative to their sum; bands above Nyquist are left out.
    pub bands: Vec<ToneBand>,
    /// The nine K-weighted bands of the large data sets, relative to integrated loudness (`docs/profiles.md`).
    pub k_bands: Vec<KBand>,
    /// Slope of a straight line through the bands from 100 Hz to 10 kHz.
    pub tilt_db_per_oct: Option<f64>,
    /// Upper edge of the spectrum: the highest frequency before it falls into the floor.
    pub bandwidth_hz: Option<f64>,
    /// How much more 5 to 8 kHz jumps out of its median than 1 to 3.15 kHz, in frames of 46 ms; `None` in older documents too.
    pub sibilance_db: Option<f64>,
    /// Narrow, steady peaks over their neighbourhood.
    pub resonances: Vec<Resonance>,
}

/// One third-octave band.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ToneBand {
    /// Nominal centre (20, 25, 31.5, …).
    pub center_hz: f64,
    /// Power mean of the loud parts, relative to the sum of all bands.
    pub level_db: Option<f64>,
    /// Tenth percentile of the 400 ms frames of the loud parts, relative to the same sum.
    pub p10_db: Option<f64>,
    /// Median of the frames.
    pub p50_db: Option<f64>,
    /// Ninetieth percentile of the frames.
    pub p90_db: Option<f64>,
}

/// One of the nine K-weighted bands of the reference data sets.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct KBand {
    /// Lower edge.
    pub low_hz: f64,
    /// Upper edge.
    pub high_hz: f64,
    /// Gated arithmetic mean of the 400 ms blocks' band loudness, minus integrated loudness.
    pub level_db: Option<f64>,
    /// p95 − p10 of the blocks' band loudness, as the data sets define it.
    pub range_db: Option<f64>,
    /// Gated mean of 10 log10(|L−R|² / |L+R|²); `None` for mono.
    pub side_to_mid_db: Option<f64>,
}

/// A narrow, steady peak of the spectrum.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Resonance {
    /// Its frequency.
    pub center_hz: f64,
    /// Height over the neighbourhood.
    pub height_db: f64,
    /// Centre frequency over half-power width.
    pub q: f64,
    /// Share of the frames in which it stands out, 0 to 1.
    pub share: f64,
}

/// Stereo image and mono compatibility of a two-channel file.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Stereo {
    /// Correlation of left and right over the whole file, −1 to 1. `None` while one side is silent.
    pub correlation: Option<f64>,
    /// Level of side (L−R)/2 against mid (L+R)/2. `None` for dual mono (nothing in the side) and pure side.
    pub side_to_mid_db: Option<f64>,
    /// Level of left minus level of right.
    pub balance_db: Option<f64>,
    /// Loudness lost when folded to mono: K-weighted loudness of (L,R) minus that of (M,M); 0 or more for normal stereo.
    pub mono_loss_lu: Option<f64>,
    /// Both channels carry the same signal.
    pub dual_mono: bool,
    /// One channel is the other one upside down.
    pub polarity_inverted: bool,
    /// Steady delay of the right channel against the left (positive: right is late), where there is one.
    pub delay_s: Option<f64>,
    /// Third octaves.
    pub bands: Vec<StereoBand>,
}

/// Stereo image of one third-octave band, over the loud parts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct StereoBand {
    /// Nominal centre.
    pub center_hz: f64,
    /// Correlation in the band.
    pub correlation: Option<f64>,
    /// Side against mid in the band.
    pub side_to_mid_db: Option<f64>,
    /// Power lost in the band when folded to mono: 10 log10((|L|² + |R|²) / (2 |M|²)); 0 for mono, 3 for uncorrelated sides.
    pub mono_loss_db: Option<f64>,
}

/// Faults that were found.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Defects {
    /// Mean of each channel, as a share of full scale (signed, 0.01 = 1 %).
    pub dc_offset: Vec<f64>,
    /// Silence before the first sound (samples below −80 dBFS in every channel).
    pub leading_silence_s: f64,
    /// Silence after the last sound.
    pub trailing_silence_s: f64,
    /// The file starts in the middle of a sound.
    pub cut_start: bool,
    /// The file ends in the middle of a sound.
    pub cut_end: bool,
    /// Single clicks. At most 1000 are listed.
    pub clicks: Vec<Mark>,
    /// Gaps in running sound. At most 1000 are listed.
    pub dropouts: Vec<Mark>,
    /// Jumps of the waveform. At most 1000 are listed.
    pub discontinuities: Vec<Mark>,
    /// Mains hum.
    pub hum: Option<Hum>,
    /// Level of the quietest parts (third percentile of 50 ms RMS, digital silence left out).
    pub noise_floor_dbfs: Option<f64>,
}

/// A fault in time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Mark {
    /// Start of the fault.
    pub at_s: f64,
    /// Its length.
    pub duration_s: f64,
    /// Channel, from 0.
    pub channel: u16,
    /// How far it stands out of its surroundings.
    pub strength_db: f64,
}

/// Mains hum.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Hum {
    /// Base frequency: near 50 or 60 Hz.
    pub base_hz: f64,
    /// Level of the base and its harmonics together.
    pub level_dbfs: f64,
    /// Harmonics that were found, the base included.
    pub harmonics: u32,
}

/// Where the audio came from, as far as it shows. "Suspect" is as strong as it gets.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Origin {
    /// A lossless file that looks like decoded lossy audio.
    pub lossy_suspect: Option<bool>,
    /// A high-rate file without content above a lower rate's Nyquist frequency.
    pub upsampled_suspect: Option<bool>,
    /// Low bits of an integer file that are always zero.
    pub padded_bits: Option<u16>,
    /// What the suspicion rests on, in words.
    pub evidence: Vec<String>,
}

/// Tempo, key and energy: indicative, with confidence.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Music {
    /// Most likely tempo.
    pub tempo_bpm: Option<f64>,
    /// Half, double and other likely readings.
    pub tempo_alternatives_bpm: Vec<f64>,
    /// 0 to 1.
    pub tempo_confidence: Option<f64>,
    /// As in `C major`, `F# minor`.
    pub key: Option<String>,
    /// 0 to 1.
    pub key_confidence: Option<f64>,
    /// 0 (calm) to 1 (driving), from loudness, brightness and onset rate.
    pub energy: Option<f64>,
}
