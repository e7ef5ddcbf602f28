//! What a song is judged by: a profile (what is typical) and a delivery (what is demanded).

use super::{Progress, analysis_of};
use crate::error::{Error, Result};
use crate::model::{Delivery, Profile};
use crate::profiles::{self, Recipe};
use std::path::Path;

/// The profile that is used unasked.
pub const DEFAULT_PROFILE: &str = "popular";

/// The delivery that is used unasked.
pub const DEFAULT_DELIVERY: &str = "spotify";

/// A profile and a delivery, loaded.
#[derive(Debug, Clone)]
pub struct Targets {
    /// What is typical.
    pub profile: Profile,
    /// What is demanded.
    pub delivery: Delivery,
}

impl Targets {
    /// Looks both up, by built-in name or as a file.
    ///
    /// # Errors
    /// [`Error::UnknownName`], or those of the documents.
    pub fn load(profile: &str, delivery: &str) -> Result<Targets> {
        Ok(Targets { profile: profiles::profile(profile)?, delivery: profiles::delivery(delivery)? })
    }

    /// For documents whose profile or delivery was a file or a set of references that is not at hand: what cannot be
    /// found is replaced by the default, and the report names what it compares with.
    ///
    /// # Errors
    /// Only where the defaults themselves cannot be loaded.
    pub fn load_or_default(profile: &str, delivery: &str) -> Result<Targets> {
        Ok(Targets {
            profile: profiles::profile(profile).or_else(|_| profiles::profile(DEFAULT_PROFILE))?,
            delivery: profiles::delivery(delivery).or_else(|_| profiles::delivery(DEFAULT_DELIVERY))?,
        })
    }
}

/// Measures reference files and makes a profile of them, for `--reference`.
///
/// # Errors
/// Those of decoding and of [`profiles::build`].
pub fn profile_from_references(
    references: &[impl AsRef<Path>],
    recipe: &Recipe,
    progress: &dyn Progress,
) -> Result<Profile> {
    if references.is_empty() {
        return Err(Error::usage("expected at least one reference file"));
    }
    let weighted: Vec<(&Path, f64)> = references.iter().map(|reference| (reference.as_ref(), 1.0)).collect();
    profile_from_weighted(&weighted, recipe, progress)
}

/// As [`profile_from_references`], with a weight for each file; saved analyses are taken as they are.
///
/// # Errors
/// Those of decoding and of [`profiles::build`].
pub fn profile_from_weighted(
    references: &[(&Path, f64)],
    recipe: &Recipe,
    progress: &dyn Progress,
) -> Result<Profile> {
    let mut analyses = Vec::new();
    for (path, weight) in references {
        analyses.push((analysis_of(path, progress)?, *weight));
        progress.done(path);
    }
    let weighted: Vec<_> = analyses.iter().map(|(analysis, weight)| (analysis, *weight)).collect();
    profiles::build(&weighted, recipe)
}
