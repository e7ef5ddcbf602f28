//! The lossy codecs: what they are called, what they need, and whether this build and this machine have them.

use crate::error::{Error, Result};
use std::path::{Path, PathBuf};

/// A lossy codec that can be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Codec {
    /// Vorbis I in Ogg, by libvorbis (aoTuV).
    Vorbis,
    /// MPEG-1 layer III, by LAME; needs the feature `codecs`.
    Mp3,
    /// Opus in Ogg (RFC 6716, RFC 7845), by libopus; needs the feature `codecs`.
    Opus,
    /// AAC-LC in MP4, by the encoder of an installed `ffmpeg`.
    Aac,
}

/// Bit rates of MPEG-1 layer III (ISO 11172-3, 2.4.2.3; 56 is left out).
const MP3_KBPS: [u32; 13] = [32, 40, 48, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320];

impl Codec {
    /// All of them.
    pub const ALL: [Codec; 4] = [Codec::Vorbis, Codec::Mp3, Codec::Opus, Codec::Aac];

    /// As in documents: `vorbis`, `mp3`, `opus`, `aac`.
    pub fn name(self) -> &'static str {
        match self {
            Codec::Vorbis => "vorbis",
            Codec::Mp3 => "mp3",
            Codec::Opus => "opus",
            Codec::Aac => "aac",
        }
    }

    /// As people write it.
    pub fn title(self) -> &'static str {
        match self {
            Codec::Vorbis => "Ogg Vorbis",
            Codec::Mp3 => "MP3",
            Codec::Opus => "Opus",
            Codec::Aac => "AAC",
        }
    }

    /// Ending of its files.
    pub fn ending(self) -> &'static str {
        match self {
            Codec::Vorbis => "ogg",
            Codec::Mp3 => "mp3",
            Codec::Opus => "opus",
            Codec::Aac => "m4a",
        }
    }

    /// The codec of a file name, by its ending; `None` for other files.
    pub fn of_path(path: &Path) -> Option<Codec> {
        match super::ending_of(path).as_str() {
            "ogg" | "oga" => Some(Codec::Vorbis),
            "mp3" => Some(Codec::Mp3),
            "opus" => Some(Codec::Opus),
            "m4a" | "mp4" => Some(Codec::Aac),
            _ => None,
        }
    }

    /// The sample rate at which audio of `sample_rate_hz` is coded: its own where the codec and the players know it, else
    /// the next one of its family.
    pub fn coded_rate_hz(self, sample_rate_hz: u32) -> u32 {
        match (self, sample_rate_hz) {
            (Codec::Opus, _) => 48_000,
            (_, 32_000 | 44_100 | 48_000) => sample_rate_hz,
            (_, other) if other % 11_025 == 0 => 44_100,
            _ => 48_000,
        }
    }

    /// The bit rate unless another one is asked for: what the codec needs to be called transparent by most, for stereo.
    pub fn default_kbps(self) -> u32 {
        match self {
            Codec::Vorbis | Codec::Aac => 256,
            Codec::Mp3 => 320,
            Codec::Opus => 160,
        }
    }

    /// What is missing before this codec can be written, and how to get it; `None` where it can.
    pub fn missing(self) -> Option<String> {
        let has_codecs = cfg!(feature = "codecs");
        match self {
            Codec::Vorbis => None,
            Codec::Mp3 | Codec::Opus if has_codecs => None,
            Codec::Mp3 | Codec::Opus => Some(format!(
                "this build has no {} encoder: build with `--features codecs` (needs cmake and a C compiler)",
                self.title()
            )),
            Codec::Aac if ffmpeg().is_some() => None,
            Codec::Aac => Some(
                "AAC is written by ffmpeg, which is not installed: install it (\"apt install ffmpeg\", \
                 \"brew install ffmpeg\") so that it is found on the PATH"
                    .to_string(),
            ),
        }
    }
}

/// Format of a lossy file to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Coded {
    /// The codec.
    pub codec: Codec,
    /// Bit rate of all channels together; the mean where the codec varies it (Vorbis, Opus).
    pub kbps: u32,
    /// Sample rate: what [`Codec::coded_rate_hz`] names.
    pub sample_rate_hz: u32,
    /// 1 or 2.
    pub channels: u16,
}

impl Coded {
    /// Refuses what the codec cannot do.
    pub(super) fn check(&self, path: &Path) -> Result<()> {
        if let Some(missing) = self.codec.missing() {
            return Err(Error::unsupported(path, missing));
        }
        let title = self.codec.title();
        let refuse = |what: String| Err(Error::unsupported(path, format!("cannot write {title} {what}")));
        if !(1..=2).contains(&self.channels) {
            return refuse(format!("of {} channels: 1 or 2 are possible", self.channels));
        }
        let rate_hz = self.codec.coded_rate_hz(self.sample_rate_hz);
        if rate_hz != self.sample_rate_hz {
            return refuse(format!("at {} Hz: convert to {rate_hz} Hz first", self.sample_rate_hz));
        }
        if self.codec == Codec::Mp3 && !MP3_KBPS.contains(&self.kbps) {
            let known = MP3_KBPS.map(|kbps| kbps.to_string()).join(", ");
            return refuse(format!("at {} kbit/s: {known} are possible", self.kbps));
        }
        if !(32..=510).contains(&self.kbps) {
            return refuse(format!("at {} kbit/s: 32 to 510 are possible", self.kbps));
        }
        Ok(())
    }
}

/// The first `ffmpeg` on the search path.
pub(super) fn ffmpeg() -> Option<PathBuf> {
    let name = format!("ffmpeg{}", std::env::consts::EXE_SUFFIX);
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(&name)).find(|candidate| candidate.is_file())
}
