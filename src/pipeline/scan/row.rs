//! One file of a catalogue becomes one row, whatever is wrong with it.

use crate::checks::Selection;
use crate::decode::text_id;
use crate::error::Result;
use crate::model::{Check, Measured, Persisted, RowStatus, ScanRow, Stage};
use crate::pipeline::{Silent, Targets, analyse, analyse_levels, check};
use std::fs::Metadata;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::UNIX_EPOCH;

/// What the files of a catalogue are judged by.
#[derive(Debug, Clone)]
pub struct ScanSettings {
    targets: Targets,
    stage: Stage,
    measured: Measured,
    id: String,
}

impl ScanSettings {
    /// With a profile and a delivery, each by built-in name or as a file.
    ///
    /// # Errors
    /// Those of [`Targets::load`].
    pub fn load(profile: &str, delivery: &str, stage: Stage) -> Result<ScanSettings> {
        Ok(ScanSettings::new(Targets::load(profile, delivery)?, stage))
    }

    /// With targets that are loaded already.
    pub fn new(targets: Targets, stage: Stage) -> ScanSettings {
        ScanSettings { targets, stage, measured: Measured::All, id: String::new() }.measuring(Measured::All)
    }

    /// The same, with so much of each file measured.
    pub fn measuring(mut self, measured: Measured) -> ScanSettings {
        let ScanSettings { targets, stage, .. } = &self;
        let version = env!("CARGO_PKG_VERSION");
        let parts = [targets.profile.to_json_line(), targets.delivery.to_json_line()];
        self.id = text_id(&format!("{version}\n{stage:?}\n{measured:?}\n{}\n{}", parts[0], parts[1]));
        self.measured = measured;
        self
    }

    /// A hash of all that a row depends on beside the file: profile, delivery, stage, what is measured, version of the
    /// program.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// A row that says whose judgement it is, and nothing of the file yet.
    pub fn empty_row(&self, path: &Path) -> ScanRow {
        ScanRow {
            settings_id: self.id.clone(),
            profile: self.targets.profile.name.clone(),
            delivery: self.targets.delivery.name.clone(),
            stage: self.stage,
            measured: self.measured,
            ..ScanRow::new(path)
        }
    }

    /// [`ScanSettings::empty_row`] with size and time of the file, where there is one.
    pub fn described_row(&self, path: &Path) -> ScanRow {
        let metadata = std::fs::metadata(path).ok();
        ScanRow {
            size_bytes: metadata.as_ref().map(Metadata::len),
            modified_unix_ms: metadata.as_ref().and_then(modified_unix_ms),
            ..self.empty_row(path)
        }
    }
}

/// Measures and judges one file. A file that is broken, gone or changing gives a row that says so: nothing that a file
/// holds makes this fail or panic. (What ends the whole process, such as memory that is not there, needs a process of
/// its own: `scan --isolate`.)
pub fn scan_row(path: &Path, settings: &ScanSettings) -> ScanRow {
    let row = settings.empty_row(path);
    let before = match std::fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(source) => {
            let error = crate::error::Error::io(path, "open the file")(source);
            return row.without_measures(RowStatus::Failed, error.code(), error.to_string());
        }
    };
    let row = ScanRow { size_bytes: Some(before.len()), modified_unix_ms: modified_unix_ms(&before), ..row };
    let say = |row: ScanRow, status, code: &str, what: &str| {
        let error = crate::error::Error::decode(path, what);
        row.without_measures(status, code, error.to_string())
    };
    if !before.is_file() {
        return say(
            row,
            RowStatus::Failed,
            "not_a_file",
            "expected a file, found something else of this name",
        );
    }
    let measured = catch_unwind(AssertUnwindSafe(|| -> Result<Check> {
        let analysis = match settings.measured {
            Measured::All => analyse(path, &Silent)?,
            Measured::Levels => analyse_levels(path, &Silent)?,
        };
        Ok(check(analysis, &settings.targets, settings.stage, &Selection::default()))
    }));
    let is_same = std::fs::metadata(path).is_ok_and(|after| {
        after.len() == before.len() && modified_unix_ms(&after) == modified_unix_ms(&before)
    });
    match measured {
        // Whatever was measured is of neither the file before nor the file after.
        Ok(_) if !is_same => {
            let (code, what) = match path.exists() {
                true => ("changed", "changed while it was read; scan it again when it holds still"),
                false => ("vanished", "vanished while it was read"),
            };
            say(row, RowStatus::Skipped, code, what)
        }
        Ok(Ok(check)) => row.with_check(&check),
        Ok(Err(error)) => row.without_measures(RowStatus::Failed, error.code(), error.to_string()),
        Err(_) => {
            let what = "an internal error stopped the work on this file; please report it";
            say(row, RowStatus::Failed, "internal", what)
        }
    }
}

/// When a file was last changed, in milliseconds since 1970.
pub(super) fn modified_unix_ms(metadata: &Metadata) -> Option<i64> {
    let modified = metadata.modified().ok()?;
    match modified.duration_since(UNIX_EPOCH) {
        Ok(after) => i64::try_from(after.as_millis()).ok(),
        Err(before) => i64::try_from(before.duration().as_millis()).ok().map(|ms| -ms),
    }
}
