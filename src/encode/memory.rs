//! A short piece of audio as the bytes of a file, for what is embedded elsewhere.

use super::{Scratch, Writer};
use crate::audio::Block;
use crate::error::{Error, Result};
use std::path::Path;

/// The bytes of the file that `start` opens, holding `block`. `ending` names its container.
///
/// # Errors
/// Those of writing.
pub fn packed(block: &Block, ending: &str, start: impl FnOnce(&Path) -> Result<Writer>) -> Result<Vec<u8>> {
    let scratch = Scratch::new()?;
    let path = scratch.file(&format!("loop.{ending}"));
    let mut writer = start(&path)?;
    writer.write(block)?;
    writer.finish()?;
    std::fs::read(&path).map_err(Error::io(&path, "read"))
}
