//! The state of a scan: which file was done, as it was then, and how far the rows file goes.

use super::database::{Database, Kind};
use crate::error::Result;
use crate::model::{RowStatus, ScanRow};
use rusqlite::{OptionalExtension, Transaction, params};
use std::path::Path;

/// The columns of a file are what decides whether it has to be done again.
static KIND: Kind = Kind {
    application_id: 0x6d78_7363,
    version: 1,
    tables: "CREATE TABLE files (
                 path TEXT PRIMARY KEY, size_bytes INTEGER, modified_unix_ms INTEGER,
                 content_id TEXT, measures_rev INTEGER NOT NULL, settings_id TEXT NOT NULL,
                 status TEXT NOT NULL, error_code TEXT, attempts INTEGER NOT NULL
             ) WITHOUT ROWID;
             CREATE TABLE output (bytes INTEGER NOT NULL, lines INTEGER NOT NULL);
             INSERT INTO output VALUES (0, 0);",
    holds: "the state of a scan",
    remedy: "move it away, and it is made again from the rows in --output",
};

/// Bytes of the rows file while it is being written anew: whatever is found then is read from its start.
const REWRITTEN: i64 = -1;

/// How far the rows file goes, as far as the state knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Reach {
    /// Bytes of whole lines; `None` where the file was being written anew.
    pub(super) bytes: Option<u64>,
    /// Rows in it, those that a later one replaces too.
    pub(super) lines: u64,
}

/// What is known of a file from an earlier row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) size_bytes: Option<u64>,
    pub(super) modified_unix_ms: Option<i64>,
    pub(super) measures_rev: u32,
    pub(super) settings_id: String,
    pub(super) is_ok: bool,
    pub(super) attempts: u32,
}

/// The state of a scan, which this program alone has open.
pub(super) struct State(Database);

impl State {
    pub(super) fn open(path: &Path) -> Result<State> {
        Ok(State(Database::open(path, &KIND)?))
    }

    /// How far the rows are known.
    pub(super) fn reach(&mut self) -> Result<Reach> {
        self.0.run(|connection| {
            connection.query_row("SELECT bytes, lines FROM output", [], |row| {
                let (bytes, lines) = (row.get::<_, i64>(0)?, row.get::<_, i64>(1)?);
                Ok(Reach { bytes: u64::try_from(bytes).ok(), lines: lines.unsigned_abs() })
            })
        })
    }

    /// Learns rows, and that the rows file now has this length; all of it or nothing.
    pub(super) fn learn(&mut self, rows: &[ScanRow], bytes: u64) -> Result<()> {
        self.0.run(|connection| {
            let transaction = connection.transaction()?;
            insert(&transaction, rows)?;
            let text = "UPDATE output SET bytes = ?1, lines = lines + ?2";
            transaction.execute(text, params![bytes as i64, rows.len() as i64])?;
            transaction.commit()
        })
    }

    /// Forgets all rows: they are going to be read again from the start of the rows file.
    pub(super) fn forget(&mut self) -> Result<()> {
        self.0.run(|connection| {
            let transaction = connection.transaction()?;
            transaction.execute("DELETE FROM files", [])?;
            transaction.execute("UPDATE output SET bytes = 0, lines = 0", [])?;
            transaction.commit()
        })
    }

    /// Says that the rows file is about to be replaced by one with the same files, each once.
    pub(super) fn begin_rewrite(&mut self) -> Result<()> {
        self.0.run(|connection| connection.execute("UPDATE output SET bytes = ?1", [REWRITTEN])).map(|_| ())
    }

    /// Says that it was replaced.
    pub(super) fn end_rewrite(&mut self, bytes: u64, lines: u64) -> Result<()> {
        let numbers = params![bytes as i64, lines as i64];
        self.0
            .run(|connection| connection.execute("UPDATE output SET bytes = ?1, lines = ?2", numbers))
            .map(|_| ())
    }

    /// Files that have a row.
    pub(super) fn files(&mut self) -> Result<u64> {
        let count = |row: &rusqlite::Row| row.get::<_, i64>(0);
        self.0.run(|connection| {
            connection.query_row("SELECT count(*) FROM files", [], count).map(i64::unsigned_abs)
        })
    }

    /// What is known of a file.
    pub(super) fn entry(&mut self, row: &ScanRow) -> Result<Option<Entry>> {
        let text = "SELECT size_bytes, modified_unix_ms, measures_rev, settings_id, status, attempts
                    FROM files WHERE path = ?1";
        self.0.run(|connection| {
            let mut statement = connection.prepare(text)?;
            let entry = |row: &rusqlite::Row| {
                Ok(Entry {
                    size_bytes: row.get::<_, Option<i64>>(0)?.map(i64::unsigned_abs),
                    modified_unix_ms: row.get(1)?,
                    measures_rev: row.get(2)?,
                    settings_id: row.get(3)?,
                    is_ok: row.get::<_, String>(4)? == word(RowStatus::Ok),
                    attempts: row.get(5)?,
                })
            };
            statement.query_row([key(row)], entry).optional()
        })
    }
}

/// The key of a file: its path, and where that is no Unicode, the path's bytes behind a sign that no path begins with.
pub(super) fn key(row: &ScanRow) -> String {
    row.path_bytes_hex.as_ref().map_or_else(|| row.path.clone(), |hex| format!("\u{1}{hex}"))
}

fn insert(transaction: &Transaction, rows: &[ScanRow]) -> rusqlite::Result<()> {
    let text = "INSERT OR REPLACE INTO files VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
    let mut statement = transaction.prepare(text)?;
    for row in rows {
        statement.execute(params![
            key(row),
            row.size_bytes.map(|bytes| bytes as i64),
            row.modified_unix_ms,
            row.content_id,
            row.measures_rev,
            row.settings_id,
            word(row.status),
            row.error_code,
            row.attempts,
        ])?;
    }
    Ok(())
}

fn word(status: RowStatus) -> &'static str {
    match status {
        RowStatus::Ok => "ok",
        RowStatus::Failed => "failed",
        RowStatus::Skipped => "skipped",
    }
}
