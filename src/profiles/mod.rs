//! The built-in profiles and deliveries, and look-up by name or file.

use crate::error::{Error, Result};
use crate::model::{Analysis, Delivery, Profile};

/// A profile by built-in name, or from a file.
///
/// # Errors
/// [`Error::UnknownName`], or the document's own errors.
pub fn profile(name_or_path: &str) -> Result<Profile> {
    Err(Error::unknown_name("profile", name_or_path, []))
}

/// A delivery by built-in name, or from a file.
///
/// # Errors
/// [`Error::UnknownName`], or the document's own errors.
pub fn delivery(name_or_path: &str) -> Result<Delivery> {
    Err(Error::unknown_name("delivery", name_or_path, []))
}

/// All built-in profiles.
pub fn profiles() -> Vec<Profile> {
    Vec::new()
}

/// All built-in deliveries.
pub fn deliveries() -> Vec<Delivery> {
    Vec::new()
}

/// A profile from measured references.
///
/// # Errors
/// Duplicates, mixed revisions.
pub fn build(_analyses: &[(&Analysis, f64)], name: &str) -> Result<Profile> {
    Err(Error::unknown_name("profile", name, []))
}
