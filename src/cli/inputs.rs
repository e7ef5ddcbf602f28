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
    let io = || Error::io(list, "read the list of files");
    let mut bytes = Vec::new();
    if list == Path::new("-") {
        std::io::stdin().read_to_end(&mut bytes).map_err(io())?;
    } else {
        bytes = std::fs::read(list).map_err(io())?;
    }
    let lines = bytes.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii_end);
    Ok(lines.filter(|line| !line.is_empty()).map(path_of).collect())
}

/// The path that these bytes are.
pub(super) fn path_of(bytes: &[u8]) -> PathBuf {
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt;
        PathBuf::from(std::ffi::OsStr::from_bytes(bytes))
    }
    #[cfg(not(unix))]
    {
        PathBuf::from(String::from_utf8_lossy(bytes).into_owned())
    }
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
        .filter(|entry| entry.file_type().is_file() && is_audio(entry.path()))
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

/// What a walk through folders found.
#[derive(Default)]
pub(super) struct Walked {
    /// Files, each once, in the order of their paths; with the path below the folder that was named.
    pub(super) files: Vec<(PathBuf, PathBuf)>,
    /// Folders that could not be read, with the reason.
    pub(super) faults: Vec<Error>,
}

/// Audio files in folders (links are not followed), and files that are named, whatever they are called.
///
/// # Errors
/// [`Error::Usage`] where nothing is named; those of the list.
pub(super) fn walk(args: &InputArgs) -> Result<Walked> {
    let mut named = args.inputs.clone();
    if let Some(list) = &args.files_from {
        named.extend(read_list(list)?);
    }
    let mut walked = Walked::default();
    for path in named {
        if !path.is_dir() {
            match !path.exists() && is_glob(&path) {
                true => walked.files.extend(matches(&path)?.into_iter().map(|file| (file.clone(), file))),
                false => walked.files.push((path.clone(), path)),
            }
            continue;
        }
        for entry in walkdir::WalkDir::new(&path).sort_by_file_name() {
            match entry {
                Ok(entry) if entry.file_type().is_file() && is_audio(entry.path()) => {
                    let below = entry.path().strip_prefix(&path).unwrap_or(entry.path()).to_path_buf();
                    walked.files.push((entry.into_path(), below));
                }
                Ok(_) => {}
                Err(error) => walked.faults.push(unread(&path, error)),
            }
        }
    }
    walked.files.sort();
    walked.files.dedup_by(|a, b| a.0 == b.0);
    Ok(walked)
}

fn unread(folder: &Path, error: walkdir::Error) -> Error {
    let path = error.path().unwrap_or(folder).to_path_buf();
    let source = error.into_io_error().unwrap_or_else(|| std::io::Error::other("a loop of folders"));
    Error::Io { path, doing: "read the folder", source }
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

/// By its name. What a Mac leaves beside every file on a foreign disk has the ending, but no audio.
fn is_audio(path: &Path) -> bool {
    let is_shadow = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("._"));
    has_audio_ending(path) && !is_shadow
}

fn has_audio_ending(path: &Path) -> bool {
    path.extension()
        .and_then(|ending| ending.to_str())
        .is_some_and(|ending| AUDIO_ENDINGS.contains(&ending.to_ascii_lowercase().as_str()))
}
