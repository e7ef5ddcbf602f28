//! What kind of file is written: container, rate, bit rate, tags.

use super::numbers::within;
use crate::encode::{Codec, FileKind};
use crate::pipeline::FileOptions;
use clap::{Args, ValueEnum};
use std::path::Path;

/// Options of a written file; shared by the commands that write one.
#[derive(Args)]
pub(super) struct FileArgs {
    /// Kind of the written file, where --output names none [default: wav]
    #[arg(long, value_enum, value_name = "KIND", help_heading = "Written file")]
    container: Option<Container>,

    /// Sample rate of the written file; without it nothing is resampled
    #[arg(long, value_name = "HZ", value_parser = rate, help_heading = "Written file")]
    rate: Option<u32>,

    /// Bit rate of a lossy file, in kbit/s [default: mp3 320, ogg and m4a 256, opus 160]
    #[arg(long, value_name = "KBPS", help_heading = "Written file")]
    bitrate: Option<u32>,

    /// Write a broadcast extension with the loudness of the file (EBU Tech 3285 v2; WAV only)
    #[arg(long, help_heading = "Written file")]
    bext: bool,

    /// Write its loudness into tags: ReplayGain 2.0, in Opus the R128 gain
    #[arg(long, help_heading = "Written file")]
    replaygain: bool,

    /// Leave tags, cover and ISRC of the source behind
    #[arg(long, help_heading = "Written file")]
    no_tags: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Container {
    Wav,
    Flac,
    Aiff,
    Ogg,
    Mp3,
    Opus,
    M4a,
}

impl Container {
    fn kind(self) -> FileKind {
        match self {
            Container::Wav => FileKind::Wave,
            Container::Flac => FileKind::Flac,
            Container::Aiff => FileKind::Aiff,
            Container::Ogg => FileKind::Lossy(Codec::Vorbis),
            Container::Mp3 => FileKind::Lossy(Codec::Mp3),
            Container::Opus => FileKind::Lossy(Codec::Opus),
            Container::M4a => FileKind::Lossy(Codec::Aac),
        }
    }
}

impl FileArgs {
    /// As the pipeline takes it; `output` is the file that is named, if one is.
    pub(super) fn options(&self, output: Option<&Path>) -> FileOptions {
        let named = output.and_then(FileKind::of_path);
        FileOptions {
            kind: named.or(self.container.map(Container::kind)).unwrap_or_default(),
            sample_rate_hz: self.rate,
            kbps: self.bitrate,
            bext: self.bext,
            playback_gain: self.replaygain,
            without_tags: self.no_tags,
            set_tags: Vec::new(),
        }
    }

    /// The ending of files that are named by the program.
    pub(super) fn ending(&self) -> String {
        let container = self.container.unwrap_or(Container::Wav);
        container.to_possible_value().map_or_else(String::new, |value| value.get_name().to_string())
    }
}

fn rate(text: &str) -> Result<u32, String> {
    within(text, 8_000.0, 384_000.0, "Hz").map(|rate_hz| rate_hz as u32)
}
