//! The end of an Ogg file: whether its last page is whole and marked as the last (RFC 3533, section 6).

use super::chunks::{Bytes, number};
use std::fs::File;

/// A page has at most this many bytes: header, segment table, 255 segments of 255 bytes.
const MAX_PAGE_BYTES: u64 = 27 + 255 + 255 * 255;

/// Flag of the last page of a stream.
const LAST_PAGE: u64 = 0x04;

/// Whether the file ends with the last page of its stream, all of it. Bytes that players append do not count.
pub(super) fn ends_with_last_page(file: &mut File) -> bool {
    let mut bytes = Bytes::new(file);
    let window = 2 * MAX_PAGE_BYTES;
    let tail = bytes.get(bytes.len.saturating_sub(window), window);
    let pages = tail.windows(4).enumerate().rev().filter(|(_, name)| name == b"OggS");
    let whole = |at: usize| {
        let segments = number(&tail, at + 26, 1, false)? as usize;
        let table = tail.get(at + 27..at + 27 + segments)?;
        let end = at + 27 + segments + table.iter().map(|len| usize::from(*len)).sum::<usize>();
        (end <= tail.len()).then(|| number(&tail, at + 5, 1, false)).flatten()
    };
    pages.filter_map(|(at, _)| whole(at)).next().is_some_and(|flags| flags & LAST_PAGE != 0)
}
