//! The tests of codecs and previews of the suite, alone: quickly built again with the feature `codecs`.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    missing_docs,
    unreachable_pub,
    dead_code,
    reason = "a test may panic and say that it was skipped; the helpers serve the suite too"
)]

#[path = "../suite/codecs.rs"]
mod codecs;
#[path = "../suite/preview.rs"]
mod preview;
#[path = "../suite/report_song.rs"]
mod report_song;
#[path = "../suite/signals.rs"]
mod signals;
#[path = "../suite/song.rs"]
mod song;
