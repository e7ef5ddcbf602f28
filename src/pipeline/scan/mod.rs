//! A catalogue: every file of a list measured and judged once, with a memory that survives any end.

mod row;

pub use row::{ScanSettings, scan_row};

use super::batch::run_all;
use crate::catalogue::{Catalogue, Known};
use crate::decode::bytes_hash;
use crate::error::Result;
use crate::model::{RowStatus, ScanRow};
use std::path::{Path, PathBuf};

/// A file that is to be scanned, as it was when it was listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedFile {
    /// Where it is.
    pub path: PathBuf,
    /// Its bytes; `None` where there was none of this name.
    pub size_bytes: Option<u64>,
    /// When it was last changed.
    pub modified_unix_ms: Option<i64>,
}

impl ListedFile {
    /// Looks at a file.
    pub fn of(path: PathBuf) -> ListedFile {
        let metadata = std::fs::metadata(&path).ok();
        ListedFile {
            size_bytes: metadata.as_ref().map(std::fs::Metadata::len),
            modified_unix_ms: metadata.as_ref().and_then(row::modified_unix_ms),
            path,
        }
    }
}

/// What is to be scanned, and how.
pub struct ScanJob<'a> {
    /// The files, each once.
    pub files: &'a [ListedFile],
    /// What they are judged by.
    pub settings: &'a ScanSettings,
    /// Workers; 0 for one per core.
    pub workers: usize,
    /// Tries files again that could not be measured, although they have not changed.
    pub retry_failed: bool,
    /// Makes the row of a file: [`scan_row`], or one that guards it.
    pub row: &'a (dyn Fn(&Path) -> ScanRow + Sync),
}

/// Who follows a scan.
pub trait ScanWatch {
    /// So many files have a row already; these are left, with so many bytes.
    fn begun(&mut self, known: usize, files: usize, bytes: u64);

    /// A row was written; `bytes` of its file are done.
    fn done(&mut self, row: &ScanRow, bytes: u64);

    /// Whether somebody wants it to end: files that are being read are finished, no other one is begun.
    fn is_stopped(&self) -> bool;
}

/// How a scan went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scanned {
    /// Files that had a row already.
    pub known: usize,
    /// Rows that were written.
    pub done: usize,
    /// Files that are left.
    pub left: usize,
}

/// Scans all files that the catalogue has no valid row of.
///
/// # Errors
/// Those of the disk and of the database, never those of a file that is scanned. Rows that were written stay.
pub fn scan(job: &ScanJob, mut catalogue: Catalogue, watch: &mut dyn ScanWatch) -> Result<Scanned> {
    let mut open: Vec<(&ListedFile, u32)> = Vec::new();
    for file in job.files {
        let row = ScanRow {
            size_bytes: file.size_bytes,
            modified_unix_ms: file.modified_unix_ms,
            ..job.settings.empty_row(&file.path)
        };
        if let Known::Open(attempts) = catalogue.known(&row, job.retry_failed)? {
            open.push((file, attempts));
        }
    }
    let known = job.files.len() - open.len();
    watch.begun(known, open.len(), open.iter().filter_map(|(file, _)| file.size_bytes).sum());
    let mut done = 0;
    let mut fault = None;
    let make = |index: usize| {
        let (file, attempts) = open[index];
        ScanRow { attempts: attempts + 1, ..missing_or((job.row)(&file.path), file) }
    };
    run_all(open.len(), job.workers, make, |index, row| {
        if fault.is_none() {
            watch.done(&row, open[index].0.size_bytes.unwrap_or(0));
            match catalogue.add(row) {
                Ok(()) => done += 1,
                Err(error) => fault = Some(error),
            }
        }
        fault.is_none() && !watch.is_stopped()
    })?;
    if let Some(error) = fault {
        return Err(error);
    }
    catalogue.finish()?;
    Ok(Scanned { known, done, left: open.len() - done })
}

/// A file that was there when it was listed, and is not there any more, is no fault of the catalogue.
fn missing_or(row: ScanRow, file: &ListedFile) -> ScanRow {
    let has_vanished = file.size_bytes.is_some() && row.error_code.as_deref() == Some("not_found");
    if !has_vanished {
        return row;
    }
    let said = format!("{}: vanished before it was read", row.path);
    ScanRow { size_bytes: file.size_bytes, modified_unix_ms: file.modified_unix_ms, ..row }.without_measures(
        RowStatus::Skipped,
        "vanished",
        said,
    )
}

/// Which of `shards` parts a file belongs to, from 0: by its path, the same on every machine and in every run.
pub fn shard_of(path: &Path, shards: u64) -> u64 {
    #[cfg(unix)]
    let bytes = std::os::unix::ffi::OsStrExt::as_bytes(path.as_os_str());
    #[cfg(not(unix))]
    let text = path.to_string_lossy().replace('\\', "/");
    #[cfg(not(unix))]
    let bytes = text.as_bytes();
    bytes_hash(bytes) % shards.max(1)
}
