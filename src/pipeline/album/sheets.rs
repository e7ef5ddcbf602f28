//! Text beside the audio: CUE, PQ, checksums.

use super::AlbumFiles;
use crate::album::{cue_sheet, pq_sheet};
use crate::encode::md5_of;
use crate::error::Result;
use crate::model::{Album, write_text};
use std::path::Path;

/// Writes all sheets of a record whose audio lies there.
pub(super) fn write(album: &Album, files: &AlbumFiles, folder: &Path) -> Result<()> {
    write_text(&files.cue, &cue_sheet(album))?;
    if let Some(pq) = &files.pq {
        write_text(pq, &pq_sheet(album))?;
    }
    let mut sums = String::new();
    for path in files.audio() {
        let name = path.strip_prefix(folder).unwrap_or(path).display().to_string().replace('\\', "/");
        sums += &format!("{} *{name}\n", md5_of(path)?);
    }
    write_text(&files.checksums, &sums)
}
