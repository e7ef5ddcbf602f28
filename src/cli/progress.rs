//! Progress bars on a terminal: one line per file that is being worked on.

use crate::pipeline::Progress;
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// What commands tell about their work, and ask: bars where there is a terminal, and whether somebody wants it to end.
pub(super) struct Watch {
    pub(super) bars: Option<Arc<Bars>>,
    pub(super) stopped: Arc<AtomicBool>,
}

impl Progress for Watch {
    fn update(&self, path: &Path, task: &'static str, share: Option<f64>) {
        if let Some(bars) = &self.bars {
            bars.update(path, task, share);
        }
    }

    fn done(&self, path: &Path) {
        if let Some(bars) = &self.bars {
            bars.done(path);
        }
    }

    fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }
}

/// Ticks of a full bar.
const FULL: u64 = 1000;

/// Bars for all files that are being worked on.
pub(super) struct Bars {
    multi: MultiProgress,
    open: Mutex<HashMap<PathBuf, ProgressBar>>,
}

impl Bars {
    pub(super) fn new() -> Bars {
        Bars { multi: MultiProgress::new(), open: Mutex::new(HashMap::new()) }
    }

    /// Writes something while no bar is drawn.
    pub(super) fn suspend<T>(&self, write: impl FnOnce() -> T) -> T {
        self.multi.suspend(write)
    }
}

impl Bars {
    /// One bar for the whole of the work, with what there is to say about it.
    pub(super) fn whole(&self, share: f64, said: String) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let bar = open.entry(PathBuf::new()).or_insert_with(|| {
            let bar = self.multi.add(ProgressBar::new(FULL));
            if let Ok(style) = ProgressStyle::with_template("  {bar:20} {msg}") {
                bar.set_style(style);
            }
            bar
        });
        bar.set_message(said);
        bar.set_position((share * FULL as f64) as u64);
    }

    fn update(&self, path: &Path, task: &'static str, share: Option<f64>) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let bar = open.entry(path.to_path_buf()).or_insert_with(|| {
            let bar = self.multi.add(ProgressBar::new(FULL));
            if let Ok(style) = ProgressStyle::with_template("  {bar:20} {prefix:40!} {msg}") {
                bar.set_style(style);
            }
            bar.set_prefix(path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned());
            bar
        });
        bar.set_message(task);
        bar.set_position((share.unwrap_or(0.0) * FULL as f64) as u64);
    }

    fn done(&self, path: &Path) {
        let bar = self.open.lock().unwrap_or_else(PoisonError::into_inner).remove(path);
        if let Some(bar) = bar {
            bar.finish_and_clear();
            self.multi.remove(&bar);
        }
    }
}
