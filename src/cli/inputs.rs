//! Files, folders and globs become a list of files, in a natural order.

use super::InputArgs;
use crate::error::{Error, Result};
use std::io::Read;
use std::path::{Path, PathBuf};

/// Endings that are looked for in folders. A file that is named is tried whatever it is called.
const AUDIO_ENDINGS: &[&str] = &[
    "wav", "wave", "bwf", "rf64", "w64", "aif", "aiff", "aifc", "flac", "mp3", "mp2", "m4a", "mp4", "aac",
    "caf", "ogg", "oga", "mka",
];

/// All files that the user means.
///
/// # Errors
/// [`Error::Usage`] where nothing is named or a folder holds no audio.
pub(super) fn expand(args: &InputArgs) -> Result<Vec<PathBuf>> {
    let mut named = args.inputs.clone();
    if let Some(list) = &args.files_from {
        named.extend(read_list(list)?);
    }
    if named.is_empty() {
        return Err(Error::usage("expected at least one audio file, folder or glob; see --help"));
    }
    let mut files = Vec::new();
    for path in named {
        if path.is_dir() {
            files.extend(audio_in(&path)?);
        } else if !path.exists() && is_glob(&path) {
            files.extend(matches(&path)?);
        } else {
            files.push(path);
        }
    }
    Ok(files)
}

/// Refuses a file that a document names outside of the document's folder and of the one the program runs in: documents
/// come from others, and should not choose what is opened on this machine. `instead` is what else people can do.
///
/// # Errors
/// [`Error::Usage`] naming both, and what to do.
pub(super) fn within_reach(named: &Path, document: &Path, instead: &str) -> Result<()> {
    // What is not there is refused where it is opened, with its own line.
    let Ok(target) = named.canonicalize() else { return Ok(()) };
    let beside = document.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let is_within = [beside, Path::new(".")]
        .iter()
        .any(|folder| folder.canonicalize().is_ok_and(|folder| target.starts_with(folder)));
    if is_within {
        return Ok(());
    }
    Err(Error::usage(format!(
        "{}: names {}, which lies outside of its folder and of this one; {instead}, or say --allow-paths",
        document.display(),
        named.display()
    )))
}

fn read_list(list: &Path) -> Result<Vec<PathBuf>> {
    let mut text = String::new();
    if list == Path::new("-") {
        std::io::stdin().read_to_string(&mut text).map_err(Error::io(list, "read the list of files"))?;
    } else {
        text = std::fs::read_to_string(list).map_err(Error::io(list, "read the list of files"))?;
    }
    Ok(text.lines().map(str::trim_end).filter(|line| !line.is_empty()).map(PathBuf::from).collect())
}

/// The audio files of a folder and of those in it, in natural order.
///
/// # Errors
/// [`Error::Usage`] where it is no folder, or holds no audio.
pub(super) fn in_folder(folder: &Path) -> Result<Vec<PathBuf>> {
    if !folder.is_dir() {
        return Err(Error::usage(format!("{}: expected a folder of stems", folder.display())));
    }
    audio_in(folder)
}

/// Files of a folder and of those in it that are no audio by their names, without those that systems leave behind.
pub(super) fn others_in(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = walkdir::WalkDir::new(folder)
        .into_iter()
        .filter_map(|entry| entry.ok())
        .filter(|entry| entry.file_type().is_file() && !has_audio_ending(entry.path()))
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| !name.starts_with('.') && name != "Thumbs.db" && name != "desktop.ini")
        .collect();
    names.sort_by(|a, b| natord::compare(a, b));
    names
}

fn audio_in(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files: Vec<PathBuf> = walkdir::WalkDir::new(folder)
        .into_iter()
        .filter_map(|entry| entry.ok())
        .filter(|entry| entry.file_type().is_file() && has_audio_ending(entry.path()))
        // What a Mac leaves beside every file on a foreign disk has its name, but no audio.
        .filter(|entry| !entry.file_name().to_string_lossy().starts_with("._"))
        .map(walkdir::DirEntry::into_path)
        .collect();
    if files.is_empty() {
        return Err(Error::usage(format!(
            "{}: expected audio files in this folder, found none; supported are {}",
            folder.display(),
            AUDIO_ENDINGS.join(", ")
        )));
    }
    sort_naturally(&mut files);
    Ok(files)
}

fn matches(pattern: &Path) -> Result<Vec<PathBuf>> {
    let text = pattern.to_string_lossy();
    let paths = glob::glob(&text)
        .map_err(|error| Error::usage(format!("{text}: is no valid glob: {}", error.msg)))?;
    let mut files: Vec<PathBuf> = paths.filter_map(|path| path.ok()).filter(|path| path.is_file()).collect();
    if files.is_empty() {
        return Err(Error::usage(format!("{text}: no file matches this glob")));
    }
    sort_naturally(&mut files);
    Ok(files)
}

/// `2 song` before `10 song`.
fn sort_naturally(files: &mut [PathBuf]) {
    files.sort_by(|a, b| natord::compare(&a.to_string_lossy(), &b.to_string_lossy()));
}

fn is_glob(path: &Path) -> bool {
    path.to_string_lossy().contains(['*', '?', '['])
}

fn has_audio_ending(path: &Path) -> bool {
    path.extension()
        .and_then(|ending| ending.to_str())
        .is_some_and(|ending| AUDIO_ENDINGS.contains(&ending.to_ascii_lowercase().as_str()))
}
