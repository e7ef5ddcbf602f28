//! Many files on several workers; results in the order of the input, one bad file stops nothing.
//!
//! Files run side by side, which scales best. Where there are fewer files than workers, the spare ones help inside a
//! file: each file has a small pool of threads of its own, so that no file ever waits for another one's meters.

use crate::error::{Error, Result};
use rayon::ThreadPool;
use std::collections::BTreeMap;
use std::num::NonZeroUsize;
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
    let work = |index: usize| {
        let path = &batch.paths[index];
        catch_unwind(AssertUnwindSafe(|| job(path))).unwrap_or_else(|_| {
            Err(Error::decode(path, "an internal error stopped the work on this file; please report it"))
        })
    };
    let (mut waiting, mut next, mut is_wanted) = (BTreeMap::new(), 0, true);
    run_all(batch.paths.len(), batch.workers, work, |index, result| {
        waiting.insert(index, result);
        while let Some(result) = waiting.remove(&next).filter(|_| is_wanted) {
            is_wanted = emit(&batch.paths[next], result);
            next += 1;
        }
        is_wanted
    })
}

/// Runs `job` for `count` numbers and hands each result to `emit` as soon as it is there. Where `emit` returns `false`, no
/// further number is begun; what runs is finished and handed over.
///
/// # Errors
/// [`Error::Usage`] where the workers cannot be started.
pub(super) fn run_all<T: Send>(
    count: usize,
    workers: usize,
    job: impl Fn(usize) -> T + Sync,
    mut emit: impl FnMut(usize, T) -> bool,
) -> Result<()> {
    let workers = match workers {
        0 => std::thread::available_parallelism().map_or(1, NonZeroUsize::get),
        workers => workers,
    };
    let at_once = workers.min(count).max(1);
    let pools: Vec<ThreadPool> = (0..at_once)
        .map(|index| {
            // The first files get what does not divide.
            let threads = workers / at_once + usize::from(index < workers % at_once);
            rayon::ThreadPoolBuilder::new().num_threads(threads).build()
        })
        .collect::<std::result::Result<_, _>>()
        .map_err(|error| Error::usage(format!("could not start {workers} workers: {error}")))?;
    // Workers take the next number in turn, so results arrive nearly in order and little waits in memory.
    let next = AtomicUsize::new(0);
    let (sender, receiver) = mpsc::channel();
    let work = |sender: mpsc::Sender<_>| {
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            if index >= count || sender.send((index, job(index))).is_err() {
                return;
            }
        }
    };
    std::thread::scope(|scope| {
        let work = &work;
        for pool in &pools {
            let sender = sender.clone();
            scope.spawn(move || pool.install(|| work(sender)));
        }
        drop(sender);
        for (index, result) in receiver {
            if !emit(index, result) {
                next.store(count, Ordering::Relaxed);
            }
        }
    });
    Ok(())
}
