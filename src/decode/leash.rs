//! A bound on what a reader may ask of its file: a demuxer that turns in circles is stopped, however it got there.

use std::io::{Error, Read, Result, Seek, SeekFrom};
use symphonia::core::io::MediaSource;

/// How often a file may be read over: probing, tags at both ends, tables behind the sound, seeks back.
const PASSES: u64 = 16;

/// What small files may ask for anyway: the probe reads one and the same kilobyte many times.
const ALWAYS_BYTES: u64 = 64 << 20;
const ALWAYS_CALLS: u64 = 1 << 20;

/// Refusals that are answered with an error; who goes on asking is stopped by a panic, which the caller catches.
const PATIENCE: u64 = 1000;

/// A source that counts what is asked of it. It bounds reads and seeks per byte of the file; a loop that never touches the
/// file is not seen here.
pub(super) struct Leash {
    source: Box<dyn MediaSource>,
    bytes: u64,
    calls: u64,
    most_bytes: u64,
    most_calls: u64,
}

impl Leash {
    /// Around a source of `len` bytes.
    pub(super) fn new(source: Box<dyn MediaSource>, len: u64) -> Leash {
        let most_bytes = len.saturating_mul(PASSES).saturating_add(ALWAYS_BYTES);
        Leash { source, bytes: 0, calls: 0, most_bytes, most_calls: len.saturating_add(ALWAYS_CALLS) }
    }

    fn count(&mut self, bytes: u64) -> Result<()> {
        self.bytes = self.bytes.saturating_add(bytes);
        self.calls += 1;
        if self.bytes <= self.most_bytes && self.calls <= self.most_calls {
            return Ok(());
        }
        assert!(self.calls <= self.most_calls.saturating_add(PATIENCE), "a reader goes round in circles");
        self.most_calls = self.most_calls.min(self.calls);
        Err(Error::other("the reader goes round in circles"))
    }
}

impl Read for Leash {
    fn read(&mut self, out: &mut [u8]) -> Result<usize> {
        let got = self.source.read(out)?;
        self.count(got as u64)?;
        Ok(got)
    }
}

impl Seek for Leash {
    fn seek(&mut self, to: SeekFrom) -> Result<u64> {
        self.count(0)?;
        self.source.seek(to)
    }
}

impl MediaSource for Leash {
    fn is_seekable(&self) -> bool {
        self.source.is_seekable()
    }

    fn byte_len(&self) -> Option<u64> {
        self.source.byte_len()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;
    use std::io::Cursor;

    fn leash(len: usize) -> Leash {
        Leash::new(Box::new(Cursor::new(vec![7; len])), len as u64)
    }

    #[test]
    fn sixteen_readings_are_let_through() {
        let mut leash = leash(1 << 20);
        for _ in 0..16 {
            leash.rewind().unwrap();
            assert_eq!(std::io::copy(&mut leash, &mut std::io::sink()).unwrap(), 1 << 20);
        }
    }

    #[test]
    fn who_reads_for_ever_gets_an_error_and_then_is_stopped() {
        let mut leash = leash(100);
        let mut byte = [0];
        let mut reads = 0_u64;
        while leash.read(&mut byte).is_ok() {
            reads += 1;
        }
        assert_eq!(reads, ALWAYS_CALLS + 100);
        let stubborn = || while leash.read(&mut byte).is_err() {};
        assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(stubborn)).is_err());
    }

    #[test]
    fn who_seeks_for_ever_is_stopped_too() {
        let mut leash = leash(100);
        let circles = || {
            loop {
                let _ = leash.rewind();
            }
        };
        assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(circles)).is_err());
    }
}
