//! What a listener is told while a file is worked on.

use std::path::Path;

/// Told how far the work on a file is. Called from several threads.
pub trait Progress: Sync {
    /// `share` is 0 to 1, `None` where the length is not known.
    fn update(&self, path: &Path, task: &'static str, share: Option<f64>);

    /// Nothing more will be said about this file.
    fn done(&self, path: &Path);

    /// Whether the work is to end. It ends with [`crate::error::Error::Interrupted`] within a few blocks, and nothing
    /// half-made is left behind.
    fn is_stopped(&self) -> bool {
        false
    }
}

/// Listens to nothing.
pub struct Silent;

impl Progress for Silent {
    fn update(&self, _path: &Path, _task: &'static str, _share: Option<f64>) {}

    fn done(&self, _path: &Path) {}
}
