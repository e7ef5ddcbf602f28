//! The album: three songs of different tempo, key, level and tone, as three mastering sessions would leave them.

use super::mixer::{Track, block_dc, sum, to_24_bit};
use super::parts;
use super::score::{Groove, Mode, Part, Score, Section};
use super::synth::{Filter, Stereo, saturate};
use crate::audio::Block;
use crate::units::db_to_amplitude;

/// A song of the album: what is played, how it is mixed, and what the mix bus does to it.
struct Song {
    score: Score,
    tracks: &'static [Track],
    /// Gain into the saturation of the bus.
    drive_db: f64,
    /// Gain after it.
    level_db: f64,
    /// A low-pass over everything; `None` for an open tone.
    low_pass_hz: Option<f64>,
}

/// E minor, loud, fast and bright: everything plays, and the bus saturates.
const NIGHT_DRIVE: Song = Song {
    score: Score {
        tempo_bpm: 132.0,
        tonic_st: 52,
        mode: Mode::Minor,
        progression: [0, 3, 0, 5],
        sections: &[
            Section { part: Part::Intro, bars: 2, groove: Groove::Backbeat, level_db: -2.0 },
            Section { part: Part::Verse, bars: 4, groove: Groove::Driving, level_db: -1.5 },
            Section { part: Part::Chorus, bars: 8, groove: Groove::Driving, level_db: 0.0 },
            Section { part: Part::Break, bars: 2, groove: Groove::Backbeat, level_db: -2.0 },
            Section { part: Part::Chorus, bars: 4, groove: Groove::Driving, level_db: 0.0 },
        ],
        brightness_oct: 0.5,
        lead_in_s: 0.1,
        tail_s: 2.0,
    },
    tracks: &[
        Track { play: parts::kick::play, fader_db: -7.5 },
        Track { play: parts::snare_hats::play, fader_db: -6.0 },
        Track { play: parts::bass::play, fader_db: -10.0 },
        Track { play: parts::pads::play, fader_db: -13.0 },
        Track { play: parts::keys::play, fader_db: -14.0 },
        Track { play: parts::lead::play, fader_db: -12.0 },
        Track { play: parts::effects::play, fader_db: -11.0 },
    ],
    drive_db: 5.0,
    level_db: -2.0,
    low_pass_hz: None,
};

/// D major, a quiet ballad: piano, voice, a soft pulse.
const PAPER_BOATS: Song = Song {
    score: Score {
        tempo_bpm: 76.0,
        tonic_st: 62,
        mode: Mode::Major,
        progression: [0, 5, 3, 4],
        sections: &[
            Section { part: Part::Intro, bars: 1, groove: Groove::Silent, level_db: -5.0 },
            Section { part: Part::Verse, bars: 4, groove: Groove::Silent, level_db: -4.0 },
            Section { part: Part::Chorus, bars: 4, groove: Groove::Sparse, level_db: 0.0 },
            Section { part: Part::Outro, bars: 2, groove: Groove::Silent, level_db: -5.0 },
        ],
        brightness_oct: -0.3,
        lead_in_s: 0.4,
        tail_s: 4.0,
    },
    tracks: &[
        Track { play: parts::kick::play, fader_db: -20.0 },
        Track { play: parts::snare_hats::play, fader_db: -18.0 },
        Track { play: parts::bass::play, fader_db: -21.0 },
        Track { play: parts::pads::play, fader_db: -21.0 },
        Track { play: parts::keys::play, fader_db: -18.0 },
        Track { play: parts::vocal::play, fader_db: -16.0 },
    ],
    drive_db: 6.5,
    level_db: -1.0,
    low_pass_hz: None,
};

/// G minor, mid-tempo and dull, as from a tape that has lost its treble.
const SLOW_TAPE: Song = Song {
    score: Score {
        tempo_bpm: 96.0,
        tonic_st: 55,
        mode: Mode::Minor,
        progression: [0, 3, 5, 4],
        sections: &[
            Section { part: Part::Intro, bars: 2, groove: Groove::Silent, level_db: -4.0 },
            Section { part: Part::Verse, bars: 4, groove: Groove::Backbeat, level_db: -2.0 },
            Section { part: Part::Chorus, bars: 4, groove: Groove::Backbeat, level_db: 0.0 },
            Section { part: Part::Break, bars: 1, groove: Groove::Silent, level_db: -4.0 },
            Section { part: Part::Chorus, bars: 3, groove: Groove::Backbeat, level_db: 0.0 },
        ],
        brightness_oct: -0.6,
        lead_in_s: 0.2,
        tail_s: 2.5,
    },
    tracks: &[
        Track { play: parts::kick::play, fader_db: -10.0 },
        Track { play: parts::snare_hats::play, fader_db: -12.0 },
        Track { play: parts::bass::play, fader_db: -11.5 },
        Track { play: parts::pads::play, fader_db: -15.0 },
        Track { play: parts::keys::play, fader_db: -17.0 },
        Track { play: parts::lead::play, fader_db: -17.0 },
        Track { play: parts::vocal::play, fader_db: -12.0 },
    ],
    drive_db: 3.0,
    level_db: -1.0,
    low_pass_hz: Some(8_000.0),
};

pub(super) fn night_drive() -> Block {
    NIGHT_DRIVE.render()
}

pub(super) fn paper_boats() -> Block {
    PAPER_BOATS.render()
}

pub(super) fn slow_tape() -> Block {
    SLOW_TAPE.render()
}

impl Song {
    fn render(&self) -> Block {
        let mut mix: Stereo = sum(&self.score, self.tracks);
        if let Some(corner_hz) = self.low_pass_hz {
            mix.filter(&Filter::butterworth(corner_hz), Filter::low);
        }
        let (drive, level) = (db_to_amplitude(self.drive_db) as f32, db_to_amplitude(self.level_db) as f32);
        mix.map(|sample| level * saturate(drive * sample));
        // Saturation of a lopsided waveform leaves DC behind.
        block_dc(&mut mix);
        to_24_bit(mix)
    }
}
