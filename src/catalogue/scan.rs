//! A scan's memory: the rows file and the state beside it, made to agree whenever they are opened.

use super::rows::{Rows, read_rows};
use super::state::{State, key};
use crate::error::{Error, Result};
use crate::model::{MEASURES_REV, ScanRow};
use std::collections::HashMap;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Rows that may wait for the state, and how long: what is lost at a sudden end is read again from the rows file.
const WAITING_ROWS: usize = 512;
const WAITING: Duration = Duration::from_secs(1);

/// What an earlier scan knows of a file that was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known {
    /// It has a row that still holds, whatever the row says.
    Done,
    /// It has to be done, and was tried this often before.
    Open(u32),
}

/// Rows and state of a scan. Only one program at a time has it open.
pub struct Catalogue {
    rows: Rows,
    state: State,
    waiting: Vec<ScanRow>,
    since: Instant,
}

impl Catalogue {
    /// Opens or makes both, and makes them agree.
    ///
    /// # Errors
    /// One line for a state that is in use, damaged or of another version, and for an output that holds something
    /// else; nothing is changed then.
    pub fn open(output: &Path, state: &Path) -> Result<Catalogue> {
        if output == state {
            return Err(Error::usage("expected different files for --output and --state"));
        }
        // The state first: it is the lock of both.
        let state = State::open(state)?;
        let rows = Rows::open(output)?;
        let mut catalogue = Catalogue { rows, state, waiting: Vec::new(), since: Instant::now() };
        catalogue.agree()?;
        Ok(catalogue)
    }

    /// Reads into the state what the rows file has beyond it, or all of it where they do not fit together.
    fn agree(&mut self) -> Result<()> {
        let bytes = self.rows.bytes();
        let path = self.rows.path().to_path_buf();
        let known = self.state.reach()?.bytes.filter(|known| *known <= bytes && ends_a_line(&path, *known));
        if known == Some(bytes) {
            return Ok(());
        }
        // What lies behind a cut in the wrong place is no row: then all is read again.
        if let Some(known) = known.filter(|known| *known > 0)
            && self.absorb(&path, known).is_ok()
        {
            return Ok(());
        }
        self.state.forget()?;
        self.absorb(&path, 0)
    }

    fn absorb(&mut self, path: &Path, from: u64) -> Result<()> {
        let mut taken = Vec::new();
        let mut at = from;
        let state = &mut self.state;
        read_rows(path, from, |row, line| {
            taken.push(row);
            at += line.len() as u64 + 1;
            if taken.len() >= WAITING_ROWS {
                state.learn(&taken, at)?;
                taken.clear();
            }
            Ok(())
        })?;
        state.learn(&taken, at)
    }

    /// What is known of a file; `row` is the row that it would have, with size and time but without measures.
    ///
    /// # Errors
    /// Those of the database.
    pub fn known(&mut self, row: &ScanRow, retry_failed: bool) -> Result<Known> {
        let Some(entry) = self.state.entry(row)? else { return Ok(Known::Open(0)) };
        let is_same = entry.size_bytes == row.size_bytes
            && entry.modified_unix_ms == row.modified_unix_ms
            && entry.measures_rev == MEASURES_REV
            && entry.settings_id == row.settings_id;
        Ok(match is_same {
            true if entry.is_ok || !retry_failed => Known::Done,
            true => Known::Open(entry.attempts),
            false => Known::Open(0),
        })
    }

    /// Writes a row; the state learns it a little later.
    ///
    /// # Errors
    /// [`Error::Io`]; the rows file ends with the last whole row then.
    pub fn add(&mut self, row: ScanRow) -> Result<()> {
        self.rows.append(&row)?;
        if self.waiting.is_empty() {
            self.since = Instant::now();
        }
        self.waiting.push(row);
        match self.waiting.len() >= WAITING_ROWS || self.since.elapsed() >= WAITING {
            true => self.settle(),
            false => Ok(()),
        }
    }

    /// Brings rows and state onto the disk, in this order.
    fn settle(&mut self) -> Result<()> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        self.rows.sync()?;
        self.state.learn(&self.waiting, self.rows.bytes())?;
        self.waiting.clear();
        Ok(())
    }

    /// Settles what waits, and takes out rows that a later row of the same file replaces.
    ///
    /// # Errors
    /// Those of the disk and of the database; rows that were written stay.
    pub fn finish(mut self) -> Result<()> {
        self.settle()?;
        let (lines, files) = (self.state.reach()?.lines, self.state.files()?);
        if lines > files { self.compact() } else { Ok(()) }
    }

    /// Writes the rows file anew with one row per file: the last one.
    fn compact(&mut self) -> Result<()> {
        let path = self.rows.path().to_path_buf();
        let mut last: HashMap<String, u64> = HashMap::new();
        let mut number = 0;
        read_rows(&path, 0, |row, _| {
            last.insert(key(&row), number);
            number += 1;
            Ok(())
        })?;
        let mut name = path.clone().into_os_string();
        name.push(".new");
        let new = PathBuf::from(name);
        let written = self.write_last(&path, &new, &last);
        if written.is_err() {
            let _ = std::fs::remove_file(&new);
        }
        let bytes = written?;
        self.state.begin_rewrite()?;
        std::fs::rename(&new, &path).map_err(Error::io(&path, "write the rows"))?;
        self.state.end_rewrite(bytes, last.len() as u64)
    }

    fn write_last(&self, path: &Path, new: &Path, last: &HashMap<String, u64>) -> Result<u64> {
        let io = || Error::io(new, "write the rows");
        let mut file = BufWriter::new(File::create(new).map_err(io())?);
        let (mut number, mut bytes) = (0, 0);
        read_rows(path, 0, |row, line| {
            if last.get(&key(&row)) == Some(&number) {
                file.write_all(line.as_bytes()).and_then(|()| file.write_all(b"\n")).map_err(io())?;
                bytes += line.len() as u64 + 1;
            }
            number += 1;
            Ok(())
        })?;
        let file = file.into_inner().map_err(|error| io()(error.into_error()))?;
        file.sync_all().map_err(io())?;
        Ok(bytes)
    }
}

/// Whether a line ends just before this byte, or the file begins there.
fn ends_a_line(path: &Path, at: u64) -> bool {
    use std::io::{Read, Seek, SeekFrom};
    if at == 0 {
        return true;
    }
    let mut byte = [0];
    let read = File::open(path).and_then(|mut file| {
        file.seek(SeekFrom::Start(at - 1))?;
        file.read_exact(&mut byte)
    });
    read.is_ok() && byte == *b"\n"
}
