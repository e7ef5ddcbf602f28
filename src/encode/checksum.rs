//! MD5 of written files, as delivery sheets list them.

use crate::error::{Error, Result};
use std::io::Read;
use std::path::Path;

/// Bytes that are read at a time.
const CHUNK: usize = 1 << 20;

/// MD5 of a file in hexadecimal digits.
///
/// # Errors
/// [`Error::Io`].
pub fn md5_of(path: &Path) -> Result<String> {
    let mut file = std::fs::File::open(path).map_err(Error::io(path, "open the file"))?;
    let (mut context, mut bytes) = (md5::Context::new(), vec![0u8; CHUNK]);
    loop {
        match file.read(&mut bytes).map_err(Error::io(path, "read"))? {
            0 => return Ok(format!("{:x}", context.finalize())),
            read => context.consume(&bytes[..read]),
        }
    }
}
