//! What kind of file a name asks for.

use super::codec::Codec;
use std::path::Path;

/// Kind of a written file; its name's ending says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FileKind {
    /// `.wav`: integers of 16, 24 and 32 bits, 32-bit float; any length.
    #[default]
    Wave,
    /// `.aif`, `.aiff`: integers of 16, 24 and 32 bits; up to 4 GiB.
    Aiff,
    /// `.flac`: integers of 16 and 24 bits; any length.
    Flac,
    /// A lossy codec.
    Lossy(Codec),
}

impl FileKind {
    /// Endings that are written, for messages.
    pub const ENDINGS: &'static str = ".wav, .flac, .aiff, .ogg, .mp3, .opus or .m4a";

    /// The kind of a file name; `None` for an ending that is not written.
    pub fn of_path(path: &Path) -> Option<FileKind> {
        match super::ending_of(path).as_str() {
            "wav" => Some(FileKind::Wave),
            "aif" | "aiff" => Some(FileKind::Aiff),
            "flac" => Some(FileKind::Flac),
            _ => Codec::of_path(path).map(FileKind::Lossy),
        }
    }

    /// The ending of its files.
    pub fn ending(self) -> &'static str {
        match self {
            FileKind::Wave => "wav",
            FileKind::Aiff => "aiff",
            FileKind::Flac => "flac",
            FileKind::Lossy(codec) => codec.ending(),
        }
    }

    /// The codec of a lossy kind.
    pub fn codec(self) -> Option<Codec> {
        match self {
            FileKind::Lossy(codec) => Some(codec),
            _ => None,
        }
    }

    /// Whether it can hold 32-bit float.
    pub fn holds_float(self) -> bool {
        self == FileKind::Wave
    }
}
