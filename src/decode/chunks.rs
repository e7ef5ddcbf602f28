//! Reading pieces of a file by position: chunk headers and small bodies, never more than is there.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};

/// Most bytes of one chunk that are ever read into memory (tags; sound data is streamed).
pub(super) const MAX_BODY_BYTES: u64 = 16 << 20;

/// A file and its length, read at positions.
pub(super) struct Bytes<'a> {
    file: &'a mut File,
    /// Length of the file.
    pub(super) len: u64,
}

impl<'a> Bytes<'a> {
    pub(super) fn new(file: &'a mut File) -> Bytes<'a> {
        let len = file.metadata().map_or(0, |metadata| metadata.len());
        Bytes { file, len }
    }

    /// At most `len` bytes from `at`; fewer where the file ends, none where it cannot be read.
    pub(super) fn get(&mut self, at: u64, len: u64) -> Vec<u8> {
        let mut out = Vec::new();
        let len = len.min(MAX_BODY_BYTES).min(self.len.saturating_sub(at));
        if len > 0 && self.file.seek(SeekFrom::Start(at)).is_ok() {
            let _ = self.file.take(len).read_to_end(&mut out);
        }
        out
    }

    /// Exactly `N` bytes from `at`.
    pub(super) fn array<const N: usize>(&mut self, at: u64) -> Option<[u8; N]> {
        self.get(at, N as u64).try_into().ok()
    }
}

/// Whether four bytes look like the name of a chunk: printable ASCII.
pub(super) fn is_chunk_name(name: &[u8]) -> bool {
    name.len() == 4 && name.iter().all(|byte| (0x20..=0x7e).contains(byte))
}

/// A number of up to eight bytes out of a slice; `None` where the slice is too short.
pub(super) fn number(bytes: &[u8], at: usize, len: usize, big_endian: bool) -> Option<u64> {
    let bytes = bytes.get(at..at.checked_add(len)?)?;
    let append = |value: u64, byte: &u8| value << 8 | u64::from(*byte);
    Some(if big_endian { bytes.iter().fold(0, append) } else { bytes.iter().rev().fold(0, append) })
}
