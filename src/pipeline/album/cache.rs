//! Measured songs, kept beside the album document, so that a second run listens only to what has changed.

use super::AlbumSong;
use crate::error::Result;
use crate::model::{Analysis, Edges, MEASURES_REV, Persisted, write_text};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// One measured song. Not for people: it is made again wherever it does not fit.
#[derive(Serialize, Deserialize)]
struct Kept {
    schema: String,
    /// Identity of the file that was measured: all its bytes.
    file_id: String,
    analysis: Analysis,
    edges: Edges,
    /// Samples at both ends of the file, which `edges` does not persist.
    head_samples: Vec<Vec<f32>>,
    tail_samples: Vec<Vec<f32>>,
}

impl Persisted for Kept {
    const KIND: &'static str = "album_song";
    const VERSION: u32 = 1;
}

fn path_of(folder: &Path, file_id: &str) -> PathBuf {
    folder.join(format!("{file_id}.json"))
}

/// What was measured on a file with these bytes, where that was done with the measures of this program.
pub(super) fn load(folder: &Path, file_id: &str, path: &Path) -> Option<(Analysis, Edges)> {
    let mut kept = Kept::load(&path_of(folder, file_id)).ok()?;
    if kept.file_id != file_id || kept.analysis.measures_rev != MEASURES_REV {
        return None;
    }
    kept.analysis.source.path = path.display().to_string();
    (kept.edges.head.samples, kept.edges.tail.samples) = (kept.head_samples, kept.tail_samples);
    Some((kept.analysis, kept.edges))
}

/// Keeps a song, where this folder does not hold it already.
///
/// # Errors
/// Those of writing.
pub(super) fn save(folder: &Path, song: &AlbumSong) -> Result<()> {
    let path = path_of(folder, &song.file_id);
    if song.reused && path.exists() {
        return Ok(());
    }
    let kept = Kept {
        schema: Kept::schema_tag(),
        file_id: song.file_id.clone(),
        analysis: song.analysis.clone(),
        edges: song.edges.clone(),
        head_samples: song.edges.head.samples.clone(),
        tail_samples: song.edges.tail.samples.clone(),
    };
    write_text(&path, &kept.to_json_line())
}
