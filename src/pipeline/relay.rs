//! Batches of blocks from one maker to many lanes, on as many threads as the pool has.
//!
//! There is no barrier: a thread that is free makes the next batch while there is room ahead, or else takes the lane that is
//! furthest behind, of those that it had last where they have work: what they remember lies in the cache of its core. So a slow
//! decoder keeps one thread busy and the meters another, a fast one leaves both to the
//! meters, and the dearest lane alone never holds up the others.

use super::stream::Lane;
use crate::audio::Block;
use crate::error::{Error, Result};
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// Blocks that travel together.
pub(super) type Batch = Vec<Block>;

/// Batches that the maker may be ahead of the slowest lane: enough that nobody waits, and little memory.
const AHEAD: usize = 3;

/// Fills a batch; `false` once the stream has ended with it.
type Make<'t> = Box<dyn FnMut(&mut Batch) -> Result<bool> + Send + 't>;

/// Runs every batch of `make` through every lane, in order.
///
/// # Errors
/// The first one of the maker or a lane, which stops all of them.
pub(super) fn relay<'t>(
    make: impl FnMut(&mut Batch) -> Result<bool> + Send + 't,
    lanes: Vec<Lane<'t>>,
) -> Result<()> {
    let threads = rayon::current_num_threads();
    let relay = Relay {
        state: Mutex::new(State {
            maker: Some(Box::new(make)),
            lanes: lanes.into_iter().map(|take| Runner { take: Some(take), next: 0, thread: 0 }).collect(),
            // Alone, a thread is quickest with what it has just made.
            ahead: if threads > 1 { AHEAD } else { 1 },
            ..State::default()
        }),
        changed: Condvar::new(),
    };
    rayon::scope(|scope| {
        for thread in 1..threads {
            let relay = &relay;
            scope.spawn(move |_| relay.work(thread));
        }
        relay.work(0);
    });
    relay.lock().failure.take().map_or(Ok(()), Err)
}

struct Relay<'t> {
    state: Mutex<State<'t>>,
    /// Told whenever there may be new work, or none any more.
    changed: Condvar,
}

#[derive(Default)]
struct State<'t> {
    /// `None` while it is at work, and after the end.
    maker: Option<Make<'t>>,
    ended: bool,
    lanes: Vec<Runner<'t>>,
    /// Batches that some lane has still to take, from number `first` on.
    batches: VecDeque<Arc<Batch>>,
    first: usize,
    ahead: usize,
    /// Used batches, to be filled again.
    spare: Vec<Batch>,
    /// Threads that sleep until something changes.
    waiting: usize,
    stopped: bool,
    failure: Option<Error>,
}

/// A lane and the number of the batch that it takes next.
struct Runner<'t> {
    /// `None` while it is at work.
    take: Option<Lane<'t>>,
    next: usize,
    /// The thread that had it last.
    thread: usize,
}

/// What a thread does next.
enum Job<'t> {
    Make(Make<'t>, Batch),
    Take(usize, Lane<'t>, Arc<Batch>),
}

impl<'t> Relay<'t> {
    /// Works until everything is done, or something has failed.
    fn work(&self, thread: usize) {
        let mut state = self.lock();
        loop {
            if state.is_over() {
                return;
            }
            let Some(job) = state.next_job(thread) else {
                state.waiting += 1;
                state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
                state.waiting -= 1;
                continue;
            };
            drop(state);
            let done = catch_unwind(AssertUnwindSafe(|| run(job)));
            state = self.lock();
            // To wake somebody is a call of the system even where nobody sleeps.
            if state.waiting > 0 {
                self.changed.notify_all();
            }
            match done {
                Ok(Ok(done)) => state.file(done),
                Ok(Err(error)) => {
                    state.stopped = true;
                    state.failure.get_or_insert(error);
                }
                Err(panic) => {
                    // Nobody may wait for what will not come.
                    state.stopped = true;
                    drop(state);
                    resume_unwind(panic);
                }
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State<'t>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A job that was done, and whether there may be more of its kind.
struct Done<'t> {
    job: Job<'t>,
    more: bool,
}

fn run(mut job: Job<'_>) -> Result<Done<'_>> {
    let more = match &mut job {
        Job::Make(make, batch) => make(batch)?,
        Job::Take(_, take, batch) => {
            batch.iter().try_for_each(take)?;
            true
        }
    };
    Ok(Done { job, more })
}

impl<'t> State<'t> {
    fn is_over(&self) -> bool {
        self.stopped || (self.ended && self.batches.is_empty())
    }

    fn next_job(&mut self, thread: usize) -> Option<Job<'t>> {
        if self.batches.len() < self.ahead
            && !self.ended
            && let Some(make) = self.maker.take()
        {
            return Some(Job::Make(make, self.spare.pop().unwrap_or_default()));
        }
        let end = self.first + self.batches.len();
        let waits = |(_, lane): &(usize, &mut Runner<'t>)| lane.take.is_some() && lane.next < end;
        // Of lanes that are equally far, the first one: those who list them begin with the dearest.
        let key = |(_, lane): &(usize, &mut Runner<'t>)| (lane.thread != thread, lane.next);
        let (index, lane) = self.lanes.iter_mut().enumerate().filter(waits).min_by_key(key)?;
        lane.thread = thread;
        let batch = Arc::clone(self.batches.get(lane.next - self.first)?);
        Some(Job::Take(index, lane.take.take()?, batch))
    }

    fn file(&mut self, done: Done<'t>) {
        match done.job {
            Job::Make(make, batch) => {
                self.maker = Some(make);
                self.ended = !done.more;
                self.batches.push_back(Arc::new(batch));
            }
            Job::Take(index, take, batch) => {
                drop(batch);
                self.lanes[index].take = Some(take);
                self.lanes[index].next += 1;
            }
        }
        let least = self.lanes.iter().map(|lane| lane.next).min().unwrap_or(usize::MAX);
        while self.first < least
            && let Some(batch) = self.batches.pop_front()
        {
            self.first += 1;
            self.spare.extend(Arc::into_inner(batch));
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;
    use std::path::Path;
    use std::time::Duration;

    fn pool(threads: usize) -> rayon::ThreadPool {
        rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap()
    }

    /// Batches of one block each, whose start frame is their number.
    fn numbered(count: u64) -> impl FnMut(&mut Batch) -> Result<bool> + Send {
        let mut next = 0;
        move |batch| {
            batch.resize(1, Block::empty(1, 48_000));
            batch[0].start_frame = next;
            next += 1;
            Ok(next < count)
        }
    }

    #[test]
    fn every_lane_sees_every_batch_in_order() {
        for threads in [1, 2, 3, 8] {
            let mut seen = vec![Vec::new(); 5];
            let lanes = seen.iter_mut().enumerate().map(|(index, seen)| {
                let lane: Lane<'_> = Box::new(move |block: &Block| {
                    std::thread::sleep(Duration::from_micros(10 * index as u64));
                    seen.push(block.start_frame);
                    Ok(())
                });
                lane
            });
            let lanes = lanes.collect();
            pool(threads).install(|| relay(numbered(100), lanes)).unwrap();
            assert!(seen.iter().all(|seen| *seen == (0..100).collect::<Vec<_>>()), "{threads} threads");
        }
    }

    #[test]
    fn the_first_failure_stops_everything() {
        for threads in [1, 2] {
            let fail: Lane<'_> = Box::new(|block: &Block| match block.start_frame {
                7 => Err(Error::usage("seven")),
                _ => Ok(()),
            });
            let mut seen = 0;
            let count: Lane<'_> = Box::new(|_: &Block| {
                seen += 1;
                Ok(())
            });
            let result = pool(threads).install(|| relay(numbered(u64::MAX), vec![count, fail]));
            assert_eq!(result.unwrap_err().to_string(), Error::usage("seven").to_string());
            assert!(seen <= 7 + AHEAD + 1, "{seen}");
            let broken = |_: &mut Batch| Err(Error::decode(Path::new("x"), "broken"));
            assert!(pool(threads).install(|| relay(broken, Vec::new())).is_err());
        }
    }

    #[test]
    fn a_panic_leaves_nobody_waiting() {
        for threads in [1, 2, 4] {
            let lane: Lane<'_> =
                Box::new(|block: &Block| if block.start_frame == 3 { panic!("three") } else { Ok(()) });
            let idle: Lane<'_> = Box::new(|_: &Block| Ok(()));
            let run = || pool(threads).install(|| relay(numbered(50), vec![idle, lane]));
            assert!(catch_unwind(AssertUnwindSafe(run)).is_err());
        }
    }
}
