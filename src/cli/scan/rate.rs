//! How fast a scan goes, and how long it will go on: a bar on a terminal, else a line from time to time.

use super::Console;
use crate::model::ScanRow;
use crate::pipeline::ScanWatch;
use crate::units::clock;
use std::time::{Duration, Instant};

/// From one line to the next where there is no terminal.
const LINES: Duration = Duration::from_secs(30);

pub(super) struct Rate<'a> {
    console: &'a Console,
    begun: Instant,
    said: Instant,
    files: usize,
    bytes: u64,
    done_files: usize,
    done_bytes: u64,
    duration_s: f64,
    failed: usize,
}

impl Rate<'_> {
    pub(super) fn new(console: &Console) -> Rate<'_> {
        let now = Instant::now();
        Rate {
            console,
            begun: now,
            said: now,
            files: 0,
            bytes: 0,
            done_files: 0,
            done_bytes: 0,
            duration_s: 0.0,
            failed: 0,
        }
    }

    fn words(&self) -> String {
        let elapsed_s = self.begun.elapsed().as_secs_f64().max(1e-3);
        let left_s = match self.done_bytes {
            0 => None,
            done => Some(elapsed_s * self.bytes.saturating_sub(done) as f64 / done as f64),
        };
        let failed = if self.failed == 0 { String::new() } else { format!(", {} failed", self.failed) };
        format!(
            "{} of {} files{failed}, {:.1} files/s, {:.0} hours of audio per hour, {} left",
            self.done_files,
            self.files,
            self.done_files as f64 / elapsed_s,
            self.duration_s / elapsed_s,
            left_s.map_or("?".to_string(), |left_s| clock(left_s, false)),
        )
    }
}

impl ScanWatch for Rate<'_> {
    fn begun(&mut self, known: usize, files: usize, bytes: u64) {
        (self.files, self.bytes) = (files, bytes);
        if known > 0 && files > 0 {
            self.console.note(&format!("{known} files are done already, {files} are left"));
        }
    }

    fn done(&mut self, row: &ScanRow, bytes: u64) {
        self.done_files += 1;
        self.done_bytes += bytes;
        self.duration_s += row.source.as_ref().map_or(0.0, |source| source.duration_s);
        self.failed += usize::from(row.error_code.is_some());
        let share = self.done_bytes as f64 / self.bytes.max(1) as f64;
        if !self.console.whole(share, || self.words())
            && self.console.tells_progress()
            && self.said.elapsed() >= LINES
        {
            self.said = Instant::now();
            self.console.note(&self.words());
        }
    }

    fn is_stopped(&self) -> bool {
        self.console.is_over()
    }
}
