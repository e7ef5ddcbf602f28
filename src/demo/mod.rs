//! Synthesises a small session with fixed seeds: stems, a mix with planted faults, three songs.
//!
//! No audio file lies in the repository; this room makes one session that is always the same, sounds like music
//! and measures like it: eight stems that add up to a pop song, the song with faults whose places are known
//! ([`planted_faults`]), and an album of three songs that differ in level, tempo, key and tone.
//!
//! | file | tempo | key | character |
//! |---|---|---|---|
//! | `mix/song.wav` | 118 BPM | A minor | a clean pop mix: −17 LUFS, −4 dBTP, 7 LU of loudness range |
//! | `mix/song with faults.wav` | 118 BPM | A minor | the same mix with every fault of [`planted_faults`] |
//! | `album/1 night drive.wav` | 132 BPM | E minor | loud and driving: −9 LUFS, −1 dBTP, little range |
//! | `album/2 paper boats.wav` | 76 BPM | D major | a ballad, 8 LU quieter: −17 LUFS, −5 dBTP |
//! | `album/3 slow tape.wav` | 96 BPM | G minor | mid-tempo with a dull tone: −13 LUFS, −3 dBTP |
//!
//! [`session`] is the list of files; nothing is synthesised before [`DemoFile::audio`] is called, so a caller
//! holds as many files in memory as it asks for, and may render them on several threads.
//!
//! The story: a score says what happens when, the parts play it with the generators of [`synth`], the mixer
//! sets their levels and rounds to 24 bits.

use crate::audio::Block;

mod album;
mod faults;
mod mixer;
mod parts;
mod score;
mod song;
pub mod synth;

pub use faults::{PlantedFault, planted_faults};

/// Sample rate of every file of the session.
pub const SAMPLE_RATE_HZ: u32 = synth::SAMPLE_RATE_HZ as u32;

/// Bits of every file. Its samples lie on the steps of this depth, so they need no dither.
const BITS: u16 = 24;

/// A file of the session.
#[derive(Debug, Clone, Copy)]
pub struct DemoFile {
    /// Path inside the session folder: `stems/01 kick.wav`.
    pub path: &'static str,
    /// Bits it is to be written with; its samples are exact at this depth, so write it without dither.
    pub bits: u16,
    render: fn() -> Block,
}

impl DemoFile {
    /// Synthesises the audio: stereo at [`SAMPLE_RATE_HZ`]. The same samples at every call.
    pub fn audio(&self) -> Block {
        (self.render)()
    }
}

/// The whole session: stems, mix, mix with faults, album.
pub fn session() -> &'static [DemoFile] {
    SESSION
}

const SESSION: &[DemoFile] = &[
    file("stems/01 kick.wav", || song::stem(song::KICK)),
    file("stems/02 snare hats.wav", || song::stem(song::SNARE_HATS)),
    file("stems/03 bass.wav", || song::stem(song::BASS)),
    file("stems/04 pads.wav", || song::stem(song::PADS)),
    file("stems/05 keys.wav", || song::stem(song::KEYS)),
    file("stems/06 lead.wav", || song::stem(song::LEAD)),
    file("stems/07 vocal.wav", || song::stem(song::VOCAL)),
    file("stems/08 effects.wav", || song::stem(song::EFFECTS)),
    file("mix/song.wav", song::mix),
    file("mix/song with faults.wav", faults::mix_with_faults),
    file("album/1 night drive.wav", album::night_drive),
    file("album/2 paper boats.wav", album::paper_boats),
    file("album/3 slow tape.wav", album::slow_tape),
];

const fn file(path: &'static str, render: fn() -> Block) -> DemoFile {
    DemoFile { path, bits: BITS, render }
}
