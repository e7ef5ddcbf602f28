//! The embedded database as the house uses it: one owner at a time, a kind and a version, faults in one line.

use crate::error::{Error, Result};
use rusqlite::{Connection, ErrorCode};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long another program may hold the database before it counts as in use.
const PATIENCE: Duration = Duration::from_millis(500);

/// What a database is for.
pub(super) struct Kind {
    /// Four bytes in its header, which tell it from databases of other programs.
    pub(super) application_id: i32,
    /// Version of its tables.
    pub(super) version: i32,
    /// Makes its tables.
    pub(super) tables: &'static str,
    /// What it holds, for messages.
    pub(super) holds: &'static str,
    /// What to do where it cannot be used.
    pub(super) remedy: &'static str,
}

/// A database that this program alone has open.
pub(super) struct Database {
    pub(super) connection: Connection,
    path: PathBuf,
    kind: &'static Kind,
}

impl Database {
    /// Opens or makes it. It stays locked until it is dropped, or the program ends in any way.
    ///
    /// # Errors
    /// One line: in use, damaged, of another program or version, not writable.
    pub(super) fn open(path: &Path, kind: &'static Kind) -> Result<Database> {
        let fault = |error| fault(path, kind, error);
        if path.is_dir() {
            return Err(Error::usage(format!("{}: is a folder; expected a file", path.display())));
        }
        let connection = Connection::open(path).map_err(fault)?;
        connection.busy_timeout(PATIENCE).map_err(fault)?;
        // From the first access on: so the index of the write-ahead log lies in memory, and needs no file of its own.
        connection.execute_batch("PRAGMA locking_mode = EXCLUSIVE").map_err(fault)?;
        let number = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i32>(0));
        let (application_id, version) =
            (number("application_id").map_err(fault)?, number("user_version").map_err(fault)?);
        let tables = connection
            .query_row("SELECT count(*) FROM sqlite_master", [], |row| row.get::<_, i64>(0))
            .map_err(fault)?;
        let is_new = tables == 0 && application_id == 0 && version == 0;
        if !is_new && (application_id, version) != (kind.application_id, kind.version) {
            let found = match application_id == kind.application_id {
                true => format!("one of version {version}"),
                false => "a database of something else".to_string(),
            };
            let Kind { holds, version, remedy, .. } = kind;
            let reason = format!("expected {holds} of version {version}, found {found}; {remedy}");
            return Err(Error::document(path, 0, reason));
        }
        connection.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;").map_err(fault)?;
        // Takes the lock, whatever there is to write.
        connection.execute_batch("BEGIN EXCLUSIVE; COMMIT;").map_err(fault)?;
        if is_new {
            let (id, version) = (kind.application_id, kind.version);
            let head = format!("PRAGMA application_id = {id}; PRAGMA user_version = {version};");
            connection.execute_batch(&format!("BEGIN; {} {head} COMMIT;", kind.tables)).map_err(fault)?;
        } else {
            let said: String =
                connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)).map_err(fault)?;
            if said != "ok" {
                return Err(damaged(path, kind));
            }
        }
        Ok(Database { connection, path: path.to_path_buf(), kind })
    }

    /// Runs something on the connection, with the house's errors.
    pub(super) fn run<T>(&mut self, job: impl FnOnce(&mut Connection) -> rusqlite::Result<T>) -> Result<T> {
        job(&mut self.connection).map_err(|error| fault(&self.path, self.kind, error))
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

fn damaged(path: &Path, kind: &Kind) -> Error {
    Error::document(path, 0, format!("expected {}, found a damaged file; {}", kind.holds, kind.remedy))
}

/// One line for a fault of the database.
fn fault(path: &Path, kind: &Kind, error: rusqlite::Error) -> Error {
    let io = |kind: ErrorKind| Error::io(path, "use the database")(kind.into());
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Error::usage(format!(
            "{}: is in use by another program; wait until that one has ended, or name another file",
            path.display()
        )),
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => damaged(path, kind),
        Some(ErrorCode::DiskFull) => {
            let full = std::io::Error::new(ErrorKind::StorageFull, "no space left on device");
            Error::io(path, "use the database")(full)
        }
        Some(ErrorCode::CannotOpen) if !path.exists() => io(ErrorKind::NotFound),
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::CannotOpen) => {
            io(ErrorKind::PermissionDenied)
        }
        _ => Error::io(path, "use the database")(std::io::Error::other(error.to_string())),
    }
}
