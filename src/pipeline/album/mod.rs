//! A record: songs measured side by side, their ends listened to, a plan, and its rendering.

mod cache;
mod ddp;
mod edges;
mod files;
mod flow;
mod image;
mod joined;
mod sheets;
mod song_file;
mod take;
mod write;

pub use files::AlbumFiles;

use super::{Batch, FileOptions, OutputDepth, Progress, Targets, analyse, run_batch};
use crate::album;
use crate::decode::file_id;
use crate::error::{Error, Result};
use crate::model::{Album, Analysis, Edges};
use crate::preview::record_platforms;
use crate::profiles;
use std::path::Path;

/// A measured song.
pub struct AlbumSong {
    /// Where it stands in the input, from 0.
    pub position: usize,
    /// Identity of the file: a hash of its bytes.
    pub file_id: String,
    /// Everything measured on it.
    pub analysis: Analysis,
    /// What is heard at its ends.
    pub edges: Edges,
    /// Whether it was measured by an earlier run.
    pub reused: bool,
}

/// What is to be written.
pub struct AlbumOutput<'a> {
    /// The folder.
    pub folder: &'a Path,
    /// Bit depth of the written files; `None` for each source's own.
    pub depth: Option<OutputDepth>,
    /// Kind, rate and tags of the written songs. What is joined of them (image, sides, reel) is WAV.
    pub file: FileOptions,
    /// Whether one continuous file is written besides. Crossfades need it.
    pub image: bool,
    /// Whether a transition reel is written: the end of every song and the start of the next.
    pub reel: bool,
    /// Whether a DDP file set is written from the continuous file of a disc (experimental).
    pub ddp: bool,
    /// Whether every song is written on its own as well, at the level of its [`crate::model::Single`].
    pub singles: bool,
    /// Whether existing files are replaced.
    pub force: bool,
    /// What the written songs are checked by.
    pub targets: &'a Targets,
    /// Files worked on at a time; 0 for one per core.
    pub workers: usize,
}

/// Measures all songs, on several workers. What an earlier run has kept in the folder `kept` is used again where the
/// file is the same, byte by byte, and the measures are those of this program. Songs that cannot be read are handed to
/// `failed`; the others go on.
///
/// # Errors
/// [`Error::Usage`] where not one song could be read.
pub fn measure_album(
    batch: &Batch,
    kept: Option<&Path>,
    progress: &dyn Progress,
    mut failed: impl FnMut(&Path, &Error),
) -> Result<Vec<AlbumSong>> {
    let mut songs = Vec::new();
    let mut position = 0;
    let job = |path: &Path| {
        let file_id = file_id(path)?;
        let earlier = kept.and_then(|folder| cache::load(folder, &file_id, path));
        let reused = earlier.is_some();
        let (analysis, edges) = match earlier {
            Some(earlier) => earlier,
            None => {
                let analysis = analyse(path, progress)?;
                let edges = edges::edges(path, &analysis, progress)?;
                (analysis, edges)
            }
        };
        progress.done(path);
        Ok(AlbumSong { position: 0, file_id, analysis, edges, reused })
    };
    run_batch(batch, job, |path, result| {
        match result {
            Ok(song) => songs.push(AlbumSong { position, ..song }),
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

/// Keeps what was measured for the next run.
///
/// # Errors
/// Those of writing.
pub fn keep_songs(songs: &[AlbumSong], folder: &Path) -> Result<()> {
    songs.iter().try_for_each(|song| cache::save(folder, song))
}

/// Loudness of a lead vocal's stem.
///
/// # Errors
/// Those of decoding; [`Error::Usage`] for a stem without loudness.
pub fn vocal_lufs(path: &Path, progress: &dyn Progress) -> Result<f64> {
    let analysis = analyse(path, progress)?;
    progress.done(path);
    let silent = || Error::usage(format!("{}: this vocal has no loudness: it is silent", path.display()));
    analysis.loudness.integrated_lufs.ok_or_else(silent)
}

/// Plans the record of measured songs.
///
/// # Errors
/// Those of [`album::plan`].
pub fn plan_album(songs: &[AlbumSong], options: &album::Options) -> Result<Album> {
    let mut album = album::plan(&heard(songs), options)?;
    album.platforms = record_platforms(&album, &profiles::deliveries());
    Ok(album)
}

/// Works out an edited plan again for its songs, which are given in the order of its tracks.
///
/// # Errors
/// [`Error::WrongAudio`] for songs that have changed; those of [`album::replan`] and of the plan's moves.
pub fn replan_album(plan: &Album, songs: &[AlbumSong]) -> Result<Album> {
    for (track, song) in plan.tracks.iter().zip(songs) {
        if track.content_id != song.analysis.content_id {
            return Err(Error::WrongAudio {
                path: song.analysis.source.path.clone().into(),
                expected: track.content_id.clone(),
                found: song.analysis.content_id.clone(),
            });
        }
        crate::process::validate_moves(&track.moves)
            .map_err(|error| Error::usage(format!("\"{}\": {error}", track.title)))?;
    }
    let mut album = album::replan(plan, &heard(songs))?;
    for (track, song) in album.tracks.iter_mut().zip(songs) {
        track.path = song.analysis.source.path.clone();
    }
    album.platforms = record_platforms(&album, &profiles::deliveries());
    Ok(album)
}

fn heard(songs: &[AlbumSong]) -> Vec<album::Song<'_>> {
    songs.iter().map(|song| album::Song { analysis: &song.analysis, edges: &song.edges }).collect()
}

/// Writes the record: its songs in order, one CUE sheet, the plan as `album.json`, checksums, and where asked for (or
/// needed) one continuous file with its PQ sheet, a file per side, and the transition reel.
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
