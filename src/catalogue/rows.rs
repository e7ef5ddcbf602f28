//! The rows file of a scan: JSON Lines, one row after the other, whole lines only.

use crate::error::{Error, Result};
use crate::model::{Persisted, ScanRow};
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// Bytes that are looked through at a time for the end of the last whole line.
const LOOK_BACK: u64 = 1 << 16;

/// What every rows file begins with.
const FIRST: &str = "{\"schema\":\"scan/1\",";

/// An open rows file, at its end.
pub(super) struct Rows {
    file: File,
    path: PathBuf,
    bytes: u64,
}

impl Rows {
    /// Opens or makes the file, and cuts off a line that was not written to its end.
    ///
    /// # Errors
    /// [`Error::Io`]; [`Error::Exists`] for a file that holds something else, which is left as it is.
    pub(super) fn open(path: &Path) -> Result<Rows> {
        let io = || Error::io(path, "open the output");
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        let mut file = options.open(path).map_err(io())?;
        let length = file.metadata().map_err(io())?.len();
        let mut first = vec![0; FIRST.len().min(length as usize)];
        file.read_exact(&mut first).map_err(io())?;
        if !FIRST.as_bytes().starts_with(&first) {
            return Err(Error::Exists {
                path: path.to_path_buf(),
                reason: "exists already and holds no rows of a scan; choose another --output",
            });
        }
        let bytes = whole_lines(&mut file, length).map_err(io())?;
        if bytes < length {
            file.set_len(bytes).map_err(io())?;
        }
        file.seek(SeekFrom::Start(bytes)).map_err(io())?;
        Ok(Rows { file, path: path.to_path_buf(), bytes })
    }

    /// Writes one row. Where that fails, nothing of it stays.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub(super) fn append(&mut self, row: &ScanRow) -> Result<()> {
        let line = row.to_json_line() + "\n";
        if let Err(error) = self.file.write_all(line.as_bytes()) {
            let _ = self.file.set_len(self.bytes);
            let _ = self.file.seek(SeekFrom::Start(self.bytes));
            return Err(Error::io(&self.path, "write the rows")(error));
        }
        self.bytes += line.len() as u64;
        Ok(())
    }

    /// Waits until all rows are on the disk.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub(super) fn sync(&self) -> Result<()> {
        self.file.sync_data().map_err(Error::io(&self.path, "write the rows"))
    }

    /// Length of the file.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

/// Bytes up to the end of the last whole line.
fn whole_lines(file: &mut File, length: u64) -> std::io::Result<u64> {
    let mut end = length;
    while end > 0 {
        let start = end.saturating_sub(LOOK_BACK);
        let mut bytes = vec![0; (end - start) as usize];
        file.seek(SeekFrom::Start(start))?;
        file.read_exact(&mut bytes)?;
        if let Some(at) = bytes.iter().rposition(|byte| *byte == b'\n') {
            return Ok(start + at as u64 + 1);
        }
        end = start;
    }
    Ok(0)
}

/// Reads the rows from a byte on, one at a time; each with its line as it stands, without its end.
///
/// # Errors
/// [`Error::Io`]; those of `take`; [`Error::Document`] with the line that is no row.
pub fn read_rows(path: &Path, from: u64, mut take: impl FnMut(ScanRow, &str) -> Result<()>) -> Result<()> {
    let io = || Error::io(path, "read the rows");
    let mut file = File::open(path).map_err(io())?;
    file.seek(SeekFrom::Start(from)).map_err(io())?;
    let mut reader = BufReader::with_capacity(1 << 18, file);
    let mut line = Vec::new();
    let mut number = 0;
    while reader.read_until(b'\n', &mut line).map_err(io())? > 0 {
        number += 1;
        // Only the first line is counted from the start of the file.
        let number = if from == 0 { number } else { 0 };
        let text = std::str::from_utf8(&line).unwrap_or_default().trim_end_matches('\n');
        let row = ScanRow::from_json(text, path).map_err(|error| {
            let reason = format!("expected a row of a scan ({}); take this line out", error.code());
            Error::document(path, number, reason)
        })?;
        take(row, text)?;
        line.clear();
    }
    Ok(())
}
