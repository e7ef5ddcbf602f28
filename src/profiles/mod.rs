//! The built-in profiles and deliveries, look-up by name or file, and how profiles are made: from published
//! tables ([`build_from_tables`]) or from measured references ([`build`]).

mod build;
mod builtin;
mod conversion;
mod diff;
mod documentation;
mod k_bands;
mod quantile;
mod reference;
mod stems;
mod tables;

pub use build::{Recipe, build};
pub use builtin::{deliveries, profiles};
pub use diff::{Difference, diff};
pub use documentation::markdown;
pub use reference::build_from_tables;

use crate::error::{Error, Result};
use crate::model::{Delivery, MEASURES_REV, Persisted, Profile};
use std::path::Path;

/// A profile by built-in name, or from a file: a name that contains a slash or ends in `.json` is a path.
///
/// # Errors
/// [`Error::UnknownName`] with the nearest name, or the document's own errors.
pub fn profile(name_or_path: &str) -> Result<Profile> {
    if is_path(name_or_path) {
        let path = Path::new(name_or_path);
        let profile = Profile::load(path)?;
        refuse_other_revision(&profile, path)?;
        return Ok(profile);
    }
    let known = profiles();
    known.iter().find(|profile| profile.name == name_or_path).cloned().ok_or_else(|| {
        Error::unknown_name("profile", name_or_path, known.iter().map(|profile| profile.name.as_str()))
    })
}

/// A delivery by built-in name, or from a file: a name that contains a slash or ends in `.json` is a path.
///
/// # Errors
/// [`Error::UnknownName`] with the nearest name, or the document's own errors.
pub fn delivery(name_or_path: &str) -> Result<Delivery> {
    if is_path(name_or_path) {
        return Delivery::load(Path::new(name_or_path));
    }
    let known = deliveries();
    known.iter().find(|delivery| delivery.name == name_or_path).cloned().ok_or_else(|| {
        Error::unknown_name("delivery", name_or_path, known.iter().map(|delivery| delivery.name.as_str()))
    })
}

/// Spans of measures that meant something else are not compared with: the error names the line.
fn refuse_other_revision(profile: &Profile, path: &Path) -> Result<()> {
    if profile.measures_rev == MEASURES_REV {
        return Ok(());
    }
    let text = std::fs::read_to_string(path).map_err(Error::io(path, "read the document"))?;
    let line = text.lines().position(|line| line.contains("\"measures_rev\"")).map_or(0, |index| index + 1);
    Err(Error::document(
        path,
        line,
        format!(
            "expected measures_rev {MEASURES_REV}, found {}: the profile was measured with another version; build it again from its references",
            profile.measures_rev
        ),
    ))
}

/// Whether a name on the command line means a file.
fn is_path(name: &str) -> bool {
    name.contains(['/', '\\']) || name.to_ascii_lowercase().ends_with(".json")
}
