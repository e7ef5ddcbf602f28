//! A short piece of audio as the bytes of a file, for what is embedded elsewhere.

use super::{Scratch, Writer};
use crate::audio::Block;
use crate::error::{Error, Result};
use std::path::Path;

/// The bytes of the file that `start` opens, holding `block`, and what `look` finds in that file. `ending` names its
/// container.
///
/// # Errors
/// Those of writing, and those of `look`.
pub fn packed<T>(
    block: &Block,
    ending: &str,
    start: impl FnOnce(&Path) -> Result<Writer>,
    look: impl FnOnce(&Path) -> Result<T>,
) -> Result<(Vec<u8>, T)> {
    let scratch = Scratch::new()?;
    let path = scratch.file(&format!("loop.{ending}"));
    let mut writer = start(&path)?;
    writer.write(block)?;
    writer.finish()?;
    let bytes = std::fs::read(&path).map_err(Error::io(&path, "read"))?;
    Ok((bytes, look(&path)?))
}
