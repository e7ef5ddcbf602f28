//! The one error type: what could not be done, to which file, what was expected, what to do next.
//!
//! Bad audio is a finding, never an error; an error means that there is no result for this input.

use std::fmt;
use std::path::{Path, PathBuf};

/// Result with the project's error.
pub type Result<T> = std::result::Result<T, Error>;

/// Why something could not be done. Every message is one line: path, expected, found, next step.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The operating system refused: open, read, write, rename.
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What was being done, as in "could not {doing}".
        doing: &'static str,
        /// The system's answer.
        source: std::io::Error,
    },
    /// The file is not audio that mixproof reads, or is damaged beyond use.
    Decode {
        /// The file.
        path: PathBuf,
        /// What was expected, found, and what to do.
        reason: String,
    },
    /// Understood, but not supported (24 channels, HE-AAC, …).
    Unsupported {
        /// The file.
        path: PathBuf,
        /// What is not supported and what to do instead.
        what: String,
    },
    /// A document of another kind or of a newer version.
    Schema {
        /// The document.
        path: PathBuf,
        /// The tag that was expected.
        expected: String,
        /// The tag that was found.
        found: String,
    },
    /// A document that does not parse: unknown key, wrong type, impossible value.
    Document {
        /// The document.
        path: PathBuf,
        /// Line, from 1; 0 where it is not known.
        line: usize,
        /// What is wrong with it and what is allowed.
        reason: String,
    },
    /// A plan that was made for other audio.
    WrongAudio {
        /// The audio file.
        path: PathBuf,
        /// `content_id` in the plan.
        expected: String,
        /// `content_id` of the audio.
        found: String,
    },
    /// A profile, delivery, check or stage that does not exist.
    UnknownName {
        /// "profile", "delivery", "check".
        kind: &'static str,
        /// What was asked for.
        name: String,
        /// The nearest name that exists.
        nearest: Option<String>,
    },
    /// An output that exists, or that would overwrite an input.
    Exists {
        /// The output.
        path: PathBuf,
        /// Why it is not written and what to do.
        reason: &'static str,
    },
    /// A setting of a plan that makes no sense.
    Setting {
        /// Where it stands in the document: `moves[2].processor.bands[0].q`.
        at: String,
        /// The move, the key, its value and the allowed range.
        reason: String,
    },
    /// Somebody wanted the work to end.
    Interrupted {
        /// The file that was being worked on.
        path: PathBuf,
    },
    /// Options or inputs that make no sense together.
    Usage {
        /// What was expected and what to do.
        reason: String,
    },
}

impl Error {
    /// A stable word for the kind of error, for rows and pipelines: never renamed, never used for another kind.
    pub fn code(&self) -> &'static str {
        use std::io::ErrorKind;
        match self {
            Error::Io { source, .. } => match source.kind() {
                ErrorKind::NotFound => "not_found",
                ErrorKind::PermissionDenied => "no_permission",
                ErrorKind::StorageFull => "disk_full",
                _ => "io",
            },
            Error::Decode { .. } => "undecodable",
            Error::Unsupported { .. } => "unsupported",
            Error::Schema { .. } => "schema",
            Error::Document { .. } => "document",
            Error::WrongAudio { .. } => "wrong_audio",
            Error::UnknownName { .. } => "unknown_name",
            Error::Exists { .. } => "exists",
            Error::Setting { .. } => "setting",
            Error::Interrupted { .. } => "interrupted",
            Error::Usage { .. } => "usage",
        }
    }

    /// For `map_err`: an I/O error with its path and what was being done.
    pub fn io(path: &Path, doing: &'static str) -> impl FnOnce(std::io::Error) -> Error {
        let path = path.to_path_buf();
        move |source| Error::Io { path, doing, source }
    }

    /// A decoding error of a file.
    pub fn decode(path: &Path, reason: impl Into<String>) -> Error {
        Error::Decode { path: path.to_path_buf(), reason: reason.into() }
    }

    /// An unsupported-format error of a file.
    pub fn unsupported(path: &Path, what: impl Into<String>) -> Error {
        Error::Unsupported { path: path.to_path_buf(), what: what.into() }
    }

    /// A document error at a line.
    pub fn document(path: &Path, line: usize, reason: impl Into<String>) -> Error {
        Error::Document { path: path.to_path_buf(), line, reason: reason.into() }
    }

    /// Impossible options.
    pub fn usage(reason: impl Into<String>) -> Error {
        Error::Usage { reason: reason.into() }
    }

    /// An unknown name with the nearest of `known`.
    pub fn unknown_name<'a>(
        kind: &'static str,
        name: &str,
        known: impl IntoIterator<Item = &'a str>,
    ) -> Error {
        let nearest = known
            .into_iter()
            .map(|candidate| (strsim::jaro_winkler(candidate, name), candidate))
            .filter(|(score, _)| *score > 0.7)
            .max_by(|a, b| a.0.total_cmp(&b.0))
            .map(|(_, candidate)| candidate.to_string());
        Error::UnknownName { kind, name: name.to_string(), nearest }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.say(&mut OneLine(f))
    }
}

/// Names and keys from strangers may hold anything; written through this they cannot end the line, steer a terminal or turn the
/// direction of what follows.
struct OneLine<'a, 'f>(&'a mut fmt::Formatter<'f>);

impl fmt::Write for OneLine<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let steers =
            |c: char| c.is_control() || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        for character in text.chars() {
            if steers(character) {
                write!(self.0, "{}", character.escape_default())?;
            } else {
                self.0.write_char(character)?;
            }
        }
        Ok(())
    }
}

impl Error {
    fn say(&self, f: &mut dyn fmt::Write) -> fmt::Result {
        match self {
            Error::Io { path, doing, source } => {
                let reason = source.to_string();
                let reason = reason.split(" (os error").next().unwrap_or_default().to_lowercase();
                write!(f, "{}: could not {doing}: {reason}", path.display())
            }
            Error::Decode { path, reason } => write!(f, "{}: {reason}", path.display()),
            Error::Unsupported { path, what } => write!(f, "{}: {what}", path.display()),
            Error::Schema { path, expected, found } => {
                write!(
                    f,
                    "{}: expected a document \"{expected}\", found \"{found}\"; use the mixproof version that wrote it, or the command that reads it",
                    path.display()
                )
            }
            Error::Document { path, line: 0, reason } => write!(f, "{}: {reason}", path.display()),
            Error::Document { path, line, reason } => write!(f, "{}: line {line}: {reason}", path.display()),
            Error::WrongAudio { path, expected, found } => {
                write!(
                    f,
                    "{}: the plan was made for other audio (expected {expected}, found {found}); make a new plan, or apply it on purpose with --transfer",
                    path.display()
                )
            }
            Error::UnknownName { kind, name, nearest: Some(nearest) } => {
                write!(f, "unknown {kind} \"{name}\"; did you mean \"{nearest}\"?")
            }
            Error::UnknownName { kind, name, nearest: None } => write!(f, "unknown {kind} \"{name}\""),
            Error::Interrupted { path } => {
                write!(
                    f,
                    "{}: stopped before it was done; nothing was written of it, run it again",
                    path.display()
                )
            }
            Error::Exists { path, reason } => write!(f, "{}: {reason}", path.display()),
            Error::Setting { reason, .. } | Error::Usage { reason } => write!(f, "{reason}"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Error::Io { source, .. } => Some(source),
            _ => None,
        }
    }
}
