//! The identity of a file as it lies on disk: whether it is still the one that was measured, without decoding it.

use crate::error::{Error, Result};
use std::io::Read;
use std::path::Path;
use xxhash_rust::xxh3::Xxh3;

/// Bytes that are read at a time.
const CHUNK: usize = 1 << 20;

/// A hash of all bytes of a file (XXH3-128, as `xxhsum -H2` prints it): audio, header and tags. Equal bytes decode to equal
/// audio, so what was measured on them still holds; the same audio in another container has another identity, and only its
/// `content_id` is the same.
///
/// # Errors
/// [`Error::Io`].
pub fn file_id(path: &Path) -> Result<String> {
    let mut file = std::fs::File::open(path).map_err(Error::io(path, "open the file"))?;
    let (mut hash, mut bytes) = (Xxh3::new(), vec![0u8; CHUNK]);
    loop {
        match file.read(&mut bytes).map_err(Error::io(path, "read"))? {
            0 => return Ok(format!("{:032x}", hash.digest128())),
            read => hash.update(&bytes[..read]),
        }
    }
}

/// A hash of a text (XXH3-128), the same on every machine. It tells versions apart; it does not guard against forgery.
pub fn text_id(text: &str) -> String {
    format!("{:032x}", xxhash_rust::xxh3::xxh3_128(text.as_bytes()))
}

/// A short hash of bytes, the same on every machine.
pub fn bytes_hash(bytes: &[u8]) -> u64 {
    xxhash_rust::xxh3::xxh3_64(bytes)
}
