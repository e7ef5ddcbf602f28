//! A plan as it lies on disk, perhaps edited: what is refused is named with its line.

use crate::error::{Error, Result};
use crate::model::{Leaf, Persisted, Plan, leaves, line_of, read_text};
use crate::process::{self, validate};
use std::path::{Path, PathBuf};

/// Keys that may be left empty.
const NULLABLE: &[&str] = &["target_lufs", "mono_below_hz"];

/// A plan with the text that it was read from.
#[derive(Debug, Clone)]
pub struct PlanFile {
    /// What it says.
    pub plan: Plan,
    path: PathBuf,
    text: String,
}

impl PlanFile {
    /// Reads a plan and refuses what makes no sense in it.
    ///
    /// # Errors
    /// [`Error::Document`] naming the key, the line and what is allowed; [`Error::Schema`]; [`Error::Io`].
    pub fn load(path: &Path) -> Result<PlanFile> {
        PlanFile::parse(read_text(path)?, path)
    }

    /// [`PlanFile::load`] for a text that is at hand; `path` is for messages.
    ///
    /// # Errors
    /// [`Error::Document`] naming the key, the line and what is allowed; [`Error::Schema`].
    pub fn parse(text: String, path: &Path) -> Result<PlanFile> {
        let plan = Plan::from_json(&text, path).map_err(|error| match impossible(&text) {
            // A value of the wrong kind stops the reader somewhere behind it: the text itself tells where it is.
            Some((line, reason)) if matches!(error, Error::Document { .. }) => {
                Error::document(path, line, reason)
            }
            _ => error,
        })?;
        let file = PlanFile { plan, path: path.to_path_buf(), text };
        validate(&file.plan).map_err(|error| file.located(error))?;
        Ok(file)
    }

    /// An error about this plan, with the line that it is about; other errors as they are.
    pub fn located(&self, error: Error) -> Error {
        let (at, reason) = match error {
            Error::Setting { at, reason } => (at, reason),
            Error::WrongAudio { path, expected, found } => (
                "content_id".to_string(),
                format!(
                    "content_id is {expected}, but {} has {found}: the plan was made for other audio; make a new plan, or apply it on purpose with --transfer",
                    path.display()
                ),
            ),
            other => return other,
        };
        Error::document(&self.path, line_of(&self.text, &at).unwrap_or(0), reason)
    }
}

/// The first value of a text that is not what its key takes.
fn impossible(text: &str) -> Option<(usize, String)> {
    leaves(text).into_iter().find_map(|Leaf { at, found, line }| {
        let allowed = process::allowed(&at)?;
        let leaf = at.rsplit('.').next().unwrap_or_default();
        let nothing = found == "null" && NULLABLE.contains(&leaf);
        let fits = found.parse::<f64>().is_ok_and(|value| process::allows(&at, value));
        (!nothing && !fits).then(|| (line, format!("{at} is {found}, allowed is {allowed}")))
    })
}
