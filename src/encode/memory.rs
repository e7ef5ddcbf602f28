//! A short piece of audio as the bytes of a file, for what is embedded elsewhere.

use super::Writer;
use crate::audio::Block;
use crate::error::{Error, Result};
use std::path::Path;

/// The bytes of the file that `start` opens, holding `block`. `ending` names its container.
///
/// # Errors
/// Those of writing.
pub fn packed(block: &Block, ending: &str, start: impl FnOnce(&Path) -> Result<Writer>) -> Result<Vec<u8>> {
    let folder = tempfile::tempdir().map_err(Error::io(&std::env::temp_dir(), "make a folder in"))?;
    let path = folder.path().join(format!("loop.{ending}"));
    let mut writer = start(&path)?;
    writer.write(block)?;
    writer.finish()?;
    std::fs::read(&path).map_err(Error::io(&path, "read"))
}
