//! Many files on several workers; results in the order of the input, one bad file stops nothing.

use crate::error::{Error, Result};
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;

/// Files and workers.
pub struct Batch<'a> {
    /// The files, in the order in which results are wanted.
    pub paths: &'a [PathBuf],
    /// Workers; 0 for one per core.
    pub workers: usize,
}

/// Runs `job` on every file and hands each result to `emit` in input order, as soon as it and all before it are there.
/// `emit` returns `false` to stop early (a closed pipe).
///
/// # Errors
/// [`Error::Usage`] where the workers cannot be started.
pub fn run_batch<T: Send>(
    batch: &Batch,
    job: impl Fn(&Path) -> Result<T> + Sync,
    mut emit: impl FnMut(&Path, Result<T>) -> bool,
) -> Result<()> {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(batch.workers)
        .build()
        .map_err(|error| Error::usage(format!("could not start {} workers: {error}", batch.workers)))?;
    // Workers take the next file in turn, so results arrive nearly in order and little waits in memory.
    let next_path = AtomicUsize::new(0);
    let (sender, receiver) = mpsc::channel();
    let work = |sender: mpsc::Sender<_>| {
        loop {
            let index = next_path.fetch_add(1, Ordering::Relaxed);
            let Some(path) = batch.paths.get(index) else { return };
            let result = catch_unwind(AssertUnwindSafe(|| job(path))).unwrap_or_else(|_| {
                Err(Error::decode(path, "an internal error stopped the work on this file; please report it"))
            });
            if sender.send((index, result)).is_err() {
                return;
            }
        }
    };
    std::thread::scope(|scope| {
        let pool = &pool;
        let work = &work;
        scope.spawn(move || {
            pool.scope(|workers| {
                for _ in 0..pool.current_num_threads() {
                    let sender = sender.clone();
                    workers.spawn(move |_| work(sender));
                }
                drop(sender);
            });
        });
        let mut waiting = BTreeMap::new();
        let mut next = 0;
        for (index, result) in receiver {
            waiting.insert(index, result);
            while let Some(result) = waiting.remove(&next) {
                if !emit(&batch.paths[next], result) {
                    // Nobody listens any more: no further file is started.
                    next_path.store(batch.paths.len(), Ordering::Relaxed);
                    return;
                }
                next += 1;
            }
        }
    });
    Ok(())
}
