//! What commands write beside audio, and what they refuse to replace.

use crate::error::{Error, Result};
use crate::model::{write_bytes, write_text};
use crate::report::{Song, html, pngs};
use std::path::{Path, PathBuf};

/// Nothing is overwritten without `--force`.
pub(super) fn refuse_existing(outputs: &[&PathBuf], force: bool) -> Result<()> {
    match outputs.iter().find(|output| !force && output.exists()) {
        Some(output) => Err(Error::Exists {
            path: output.to_path_buf(),
            reason: "exists already; choose another --output, or --force to replace it",
        }),
        None => Ok(()),
    }
}

/// Writes a report page.
pub(super) fn write_page(song: &Song, path: &Path) -> Result<()> {
    write_text(path, &html(song)?)
}

/// Writes every chart as `NAME.CHART.png`.
pub(super) fn write_pngs(song: &Song, folder: &Path, input: &Path, force: bool) -> Result<()> {
    let stem = stem(input);
    let charts = pngs(song)?;
    let outputs: Vec<PathBuf> =
        charts.iter().map(|(name, _)| folder.join(format!("{stem}.{name}"))).collect();
    refuse_existing(&outputs.iter().collect::<Vec<_>>(), force)?;
    outputs.iter().zip(charts).try_for_each(|(output, (_, bytes))| write_bytes(output, &bytes))
}

/// The file name without its ending.
pub(super) fn stem(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}
