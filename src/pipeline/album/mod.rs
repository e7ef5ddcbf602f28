//! A record: songs measured side by side, their ends listened to, a plan, and its rendering.

mod edges;
mod image;
mod write;

use super::{Batch, OutputDepth, Progress, Targets, analyse, run_batch};
use crate::album;
use crate::error::{Error, Result};
use crate::model::{Album, Analysis, Edges};
use std::path::{Path, PathBuf};

/// A measured song.
pub struct AlbumSong {
    /// Where it stands in the input, from 0.
    pub position: usize,
    /// Everything measured on it.
    pub analysis: Analysis,
    /// What is heard at its ends.
    pub edges: Edges,
}

/// What is to be written.
pub struct AlbumOutput<'a> {
    /// The folder.
    pub folder: &'a Path,
    /// Bit depth of the written files; `None` for each source's own.
    pub depth: Option<OutputDepth>,
    /// Whether one continuous file is written besides. Crossfades need it.
    pub image: bool,
    /// Whether existing files are replaced.
    pub force: bool,
    /// What the written songs are checked by.
    pub targets: &'a Targets,
    /// Files worked on at a time; 0 for one per core.
    pub workers: usize,
}

/// Measures all songs, on several workers. Songs that cannot be read are handed to `failed`; the others go on.
///
/// # Errors
/// [`Error::Usage`] where not one song could be read.
pub fn measure_album(
    batch: &Batch,
    progress: &dyn Progress,
    mut failed: impl FnMut(&Path, &Error),
) -> Result<Vec<AlbumSong>> {
    let mut songs = Vec::new();
    let mut position = 0;
    let job = |path: &Path| {
        let analysis = analyse(path, progress)?;
        let edges = edges::edges(path, &analysis, progress)?;
        progress.done(path);
        Ok((analysis, edges))
    };
    run_batch(batch, job, |path, result| {
        match result {
            Ok((analysis, edges)) => songs.push(AlbumSong { position, analysis, edges }),
            Err(error) => failed(path, &error),
        }
        position += 1;
        true
    })?;
    if songs.is_empty() {
        return Err(Error::usage("not one song could be read, so there is no record"));
    }
    Ok(songs)
}

/// Plans the record of measured songs.
///
/// # Errors
/// Those of [`album::plan`].
pub fn plan_album(songs: &[AlbumSong], options: &album::Options) -> Result<Album> {
    let songs: Vec<album::Song> =
        songs.iter().map(|song| album::Song { analysis: &song.analysis, edges: &song.edges }).collect();
    album::plan(&songs, options)
}

/// Writes the record: its songs in order, one CUE sheet, the plan as `album.json`, one continuous file where asked for.
/// Returns the plan with what was measured on the written files.
///
/// # Errors
/// Files that exist already, before anything is written; those of decoding, processing and writing.
pub fn render_album(
    album: &Album,
    songs: &[AlbumSong],
    output: &AlbumOutput,
    progress: &dyn Progress,
) -> Result<Album> {
    write::write(album, songs, output, progress)
}

/// The CUE sheet of a record in a folder.
pub fn cue_path(album: &Album, folder: &Path) -> PathBuf {
    folder.join(format!("{}.cue", write::file_name(&album.title)))
}
