//! The history of songs: every version that a watched folder saw, with its analysis, so that a new one can be compared
//! with the last one even where that file was overwritten.

use super::database::{Database, Kind};
use crate::error::Result;
use crate::model::{Analysis, Bounce, History, Persisted};
use rusqlite::{OptionalExtension, params};
use std::path::Path;

static KIND: Kind = Kind {
    application_id: 0x6d78_6869,
    version: 1,
    tables: "CREATE TABLE versions (
                 song TEXT NOT NULL, version INTEGER NOT NULL, path TEXT NOT NULL, size_bytes INTEGER NOT NULL,
                 modified_unix_ms INTEGER NOT NULL, bounce TEXT NOT NULL, analysis TEXT NOT NULL,
                 PRIMARY KEY (song, version)
             );
             CREATE INDEX files ON versions (path, size_bytes, modified_unix_ms);",
    holds: "the history of songs",
    remedy: "move it away, and a new one begins",
};

/// The history of songs, which this program alone has open: to be closed as soon as the work on it is done.
pub struct SongBook(Database);

impl SongBook {
    /// Opens or makes it.
    ///
    /// # Errors
    /// One line: in use, damaged, of another program or version, not writable.
    pub fn open(path: &Path) -> Result<SongBook> {
        Ok(SongBook(Database::open(path, &KIND)?))
    }

    /// Whether a file was seen as it is now.
    ///
    /// # Errors
    /// Those of the database.
    pub fn knows(&mut self, path: &Path, size_bytes: u64, modified_unix_ms: i64) -> Result<bool> {
        let text =
            "SELECT 1 FROM versions WHERE path = ?1 AND size_bytes = ?2 AND modified_unix_ms = ?3 LIMIT 1";
        let path = path.to_string_lossy();
        self.0.run(|connection| {
            let found = params![path, size_bytes as i64, modified_unix_ms];
            connection.query_row(text, found, |_| Ok(())).optional().map(|found| found.is_some())
        })
    }

    /// The newest version of a song.
    ///
    /// # Errors
    /// Those of the database and of its documents.
    pub fn newest(&mut self, song: &str) -> Result<Option<(Bounce, Analysis)>> {
        let text = "SELECT bounce, analysis FROM versions WHERE song = ?1 ORDER BY version DESC LIMIT 1";
        let found = self.0.run(|connection| {
            let both = |row: &rusqlite::Row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?));
            connection.query_row(text, [song], both).optional()
        })?;
        let path = self.0.path();
        found
            .map(|(bounce, analysis)| {
                Ok((Bounce::from_json(&bounce, path)?, Analysis::from_json(&analysis, path)?))
            })
            .transpose()
    }

    /// Adds a version.
    ///
    /// # Errors
    /// Those of the database.
    pub fn add(&mut self, bounce: &Bounce, analysis: &Analysis) -> Result<()> {
        let text = "INSERT INTO versions VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
        self.0.run(|connection| {
            let values = params![
                bounce.song,
                bounce.version,
                bounce.path,
                bounce.size_bytes as i64,
                bounce.modified_unix_ms,
                bounce.to_json_line(),
                analysis.to_json_line(),
            ];
            connection.execute(text, values).map(|_| ())
        })
    }

    /// The songs, by name, each with the number of its versions.
    ///
    /// # Errors
    /// Those of the database.
    pub fn songs(&mut self) -> Result<Vec<(String, u32)>> {
        self.0.run(|connection| {
            let mut statement =
                connection.prepare("SELECT song, count(*) FROM versions GROUP BY song ORDER BY song")?;
            let songs = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
            songs.collect()
        })
    }

    /// All versions of a song; none for a song that was never seen.
    ///
    /// # Errors
    /// Those of the database and of its documents.
    pub fn history(&mut self, song: &str) -> Result<History> {
        let lines: Vec<String> = self.0.run(|connection| {
            let mut statement =
                connection.prepare("SELECT bounce FROM versions WHERE song = ?1 ORDER BY version")?;
            let lines = statement.query_map([song], |row| row.get(0))?;
            lines.collect()
        })?;
        let path = self.0.path();
        let versions = lines.iter().map(|line| Bounce::from_json(line, path)).collect::<Result<Vec<_>>>()?;
        Ok(History { schema: History::schema_tag(), song: song.to_string(), versions })
    }
}
