//! Which files hold still: a bounce is not looked at while it is being written.

use crate::pipeline::ListedFile;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// What is known of the files of a folder, from look to look.
pub(super) struct Settling {
    settle: Duration,
    patience: Duration,
    seen: HashMap<PathBuf, Seen>,
}

struct Seen {
    file: ListedFile,
    /// When it was first seen like this.
    since: Instant,
    /// When it was last handed out.
    tried: Option<Instant>,
    is_told: bool,
}

impl Settling {
    /// Files have to hold still for `settle`; those that are not whole are taken as they are after `patience`.
    pub(super) fn new(settle: Duration, patience: Duration) -> Settling {
        Settling { settle, patience, seen: HashMap::new() }
    }

    /// Takes what a look at the folder found; the files that hold still and were not told yet, oldest first.
    pub(super) fn look(&mut self, files: Vec<ListedFile>, now: Instant) -> Vec<ListedFile> {
        let mut earlier = std::mem::take(&mut self.seen);
        let mut ready = Vec::new();
        for file in files {
            let known = earlier.remove(&file.path).filter(|seen| seen.file == file);
            let mut seen = known.unwrap_or(Seen { file, since: now, tried: None, is_told: false });
            // One that was not whole is looked at again after the same time, growing with how long it holds still.
            let pause = seen.tried.map_or(self.settle, |tried| self.settle.max((tried - seen.since) / 2));
            if !seen.is_told && now - seen.tried.unwrap_or(seen.since) >= pause {
                seen.tried = Some(now);
                ready.push(seen.file.clone());
            }
            self.seen.insert(seen.file.path.clone(), seen);
        }
        ready.sort_by(|a, b| a.modified_unix_ms.cmp(&b.modified_unix_ms).then_with(|| a.path.cmp(&b.path)));
        ready
    }

    /// Whether a file that is not whole may still be written.
    pub(super) fn is_patient(&self, path: &Path, now: Instant) -> bool {
        self.seen.get(path).is_some_and(|seen| now - seen.since < self.patience)
    }

    /// A file was told: it is handed out again only when it changes.
    pub(super) fn told(&mut self, path: &Path) {
        if let Some(seen) = self.seen.get_mut(path) {
            seen.is_told = true;
        }
    }

    /// Whether every file was told.
    pub(super) fn is_quiet(&self) -> bool {
        self.seen.values().all(|seen| seen.is_told)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str, size_bytes: u64) -> ListedFile {
        ListedFile {
            path: name.into(),
            size_bytes: Some(size_bytes),
            modified_unix_ms: Some(size_bytes as i64),
        }
    }

    #[test]
    fn a_file_is_ready_when_it_holds_still_and_not_before() {
        let (start, second) = (Instant::now(), Duration::from_secs(1));
        let mut settling = Settling::new(2 * second, 8 * second);
        for (at, size_bytes, ready) in
            [(0, 10, 0), (1, 20, 0), (2, 30, 0), (3, 30, 0), (4, 30, 1), (5, 30, 0), (6, 30, 1), (20, 30, 1)]
        {
            let found = settling.look(vec![file("a.wav", size_bytes)], start + at * second);
            assert_eq!(found.len(), ready, "after {at} s");
            assert_eq!(settling.is_patient(Path::new("a.wav"), start + at * second), at < 10, "after {at} s");
        }
        assert!(!settling.is_quiet());
        settling.told(Path::new("a.wav"));
        assert!(settling.is_quiet());
        assert!(settling.look(vec![file("a.wav", 30)], start + 60 * second).is_empty(), "told once");
        // Written again under the same name.
        assert!(settling.look(vec![file("a.wav", 31)], start + 61 * second).is_empty());
        assert_eq!(settling.look(vec![file("a.wav", 31)], start + 63 * second).len(), 1);
        // Gone is gone.
        assert!(settling.look(Vec::new(), start + 64 * second).is_empty() && settling.is_quiet());
    }
}
