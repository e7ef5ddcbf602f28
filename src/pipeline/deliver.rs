//! The written file beside its sound: container, rate, codec, tags, loudness for players and broadcasters.

use super::OutputDepth;
use crate::decode::Decoder;
use crate::encode::{AlbumGain, Bext, Coded, FileKind, Format, PlaybackGain, Tags, Unnamed, Writer};
use crate::error::{Error, Result};
use crate::model::Analysis;
use std::collections::BTreeMap;
use std::path::Path;

/// What is asked of a written file beyond its bit depth; the kind follows its name.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FileOptions {
    /// Kind of the file, for choices before its name is known.
    pub kind: FileKind,
    /// Sample rate; `None` for the source's own.
    pub sample_rate_hz: Option<u32>,
    /// Bit rate of a lossy file; `None` for the codec's usual one.
    pub kbps: Option<u32>,
    /// Whether a WAV file gets a broadcast extension with its loudness (EBU Tech 3285).
    pub bext: bool,
    /// Whether loudness is written into tags: ReplayGain 2.0, in Opus R128.
    pub playback_gain: bool,
    /// Whether tags and pictures of the source stay behind, and nothing is written but what was asked for.
    pub without_tags: bool,
    /// Tags instead of those of the source, by the names that a [`Source`](crate::model::Source) has them under.
    pub set_tags: Vec<(&'static str, String)>,
}

impl FileOptions {
    /// Refuses what no file could hold, before any work is done.
    ///
    /// # Errors
    /// [`Error::Usage`], and [`Error::Unsupported`] where the codec is missing.
    pub fn check(&self, path: &Path) -> Result<()> {
        let kind = FileKind::of_path(path).ok_or_else(|| {
            Error::unsupported(path, format!("expected a name ending in {}", FileKind::ENDINGS))
        })?;
        if let Some(missing) = kind.codec().and_then(|codec| codec.missing()) {
            return Err(Error::unsupported(path, missing));
        }
        if self.kbps.is_some() && kind.codec().is_none() {
            return Err(Error::usage("--bitrate is for lossy files (.ogg, .mp3, .opus, .m4a)"));
        }
        if self.bext && kind != FileKind::Wave {
            return Err(Error::usage("--bext is for WAV files"));
        }
        Ok(())
    }
}

/// Sample rate of an audio file.
///
/// # Errors
/// Those of [`Decoder::open`].
pub fn source_rate_hz(path: &Path) -> Result<u32> {
    Ok(Decoder::open(path)?.sample_rate_hz())
}

/// The rate that a file is written at.
pub(super) fn rate_hz(source_hz: u32, kind: FileKind, options: &FileOptions) -> u32 {
    let asked_hz = options.sample_rate_hz.unwrap_or(source_hz);
    kind.codec().map_or(asked_hz, |codec| codec.coded_rate_hz(asked_hz))
}

/// Starts the file.
pub(super) fn create(
    path: &Path,
    sample_rate_hz: u32,
    channels: u16,
    depth: OutputDepth,
    options: &FileOptions,
    force: bool,
) -> Result<Writer> {
    if let Some(codec) = FileKind::of_path(path).and_then(FileKind::codec) {
        let kbps = options.kbps.unwrap_or(codec.default_kbps());
        return Writer::create_coded(path, Coded { codec, kbps, sample_rate_hz, channels }, force);
    }
    let format = Format { sample_rate_hz, channels, bits: depth.bits, float: depth.float };
    let writer = Writer::create(path, format, force)?;
    if options.bext { writer.with_bext() } else { Ok(writer) }
}

/// Puts into a file, whole but not yet named, what it says about itself; its tags as they are read back.
pub(super) fn tag(
    file: &mut Unnamed,
    source: &Path,
    before: &Analysis,
    after: &Analysis,
    options: &FileOptions,
    album: Option<AlbumGain>,
) -> Result<BTreeMap<String, String>> {
    let mut tags = Tags::default();
    if !options.without_tags {
        tags = Tags::read(source, &before.source.tags);
        options.set_tags.iter().for_each(|(name, value)| tags.set(name, value));
    }
    let loudness = &after.loudness;
    if options.bext {
        file.set_bext(&Bext {
            description: tags.title().unwrap_or_default().to_string(),
            integrated_lufs: loudness.integrated_lufs,
            range_lu: loudness.range_lu,
            true_peak_dbtp: after.peaks.true_peak_dbtp,
            momentary_max_lufs: loudness.momentary_max_lufs,
            short_term_max_lufs: loudness.short_term_max_lufs,
        })?;
    }
    if let Some(integrated_lufs) = loudness.integrated_lufs.filter(|_| options.playback_gain) {
        tags.set_gain(PlaybackGain { integrated_lufs, true_peak_dbtp: after.peaks.true_peak_dbtp, album });
    }
    file.tag(&tags)?;
    Ok(Decoder::open(file.path())?.tags())
}
