//! The song: a pop tune of eight stems, their mix, and the form that all of them follow.

use super::mixer::{Track, to_24_bit};
use super::parts;
use super::score::{Groove, Mode, Part, Score, Section};
use crate::audio::Block;

/// A minor, 118 beats per minute, 26 bars: intro, verse, chorus, break, chorus, outro.
pub(super) const SCORE: Score = Score {
    tempo_bpm: 118.0,
    tonic_st: 57,
    mode: Mode::Minor,
    progression: [0, 5, 2, 6],
    sections: &[
        Section { part: Part::Intro, bars: 4, groove: Groove::Silent, level_db: -1.0 },
        Section { part: Part::Verse, bars: 8, groove: Groove::Backbeat, level_db: -1.5 },
        Section { part: Part::Chorus, bars: 4, groove: Groove::Driving, level_db: -1.5 },
        Section { part: Part::Break, bars: 4, groove: Groove::Silent, level_db: -0.5 },
        Section { part: Part::Chorus, bars: 4, groove: Groove::Driving, level_db: -1.0 },
        Section { part: Part::Outro, bars: 2, groove: Groove::Silent, level_db: -3.0 },
    ],
    brightness_oct: 0.0,
    lead_in_s: 0.25,
    tail_s: 3.5,
};

/// First bar of the break, counted from 0.
pub(super) const BREAK_BAR: usize = 16;
/// First bar of the last chorus.
pub(super) const LAST_CHORUS_BAR: usize = 20;

pub(super) const KICK: Track = Track { play: parts::kick::play, fader_db: -14.5 };
pub(super) const SNARE_HATS: Track = Track { play: parts::snare_hats::play, fader_db: -13.8 };
pub(super) const BASS: Track = Track { play: parts::bass::play, fader_db: -16.0 };
pub(super) const PADS: Track = Track { play: parts::pads::play, fader_db: -17.5 };
pub(super) const KEYS: Track = Track { play: parts::keys::play, fader_db: -18.2 };
pub(super) const LEAD: Track = Track { play: parts::lead::play, fader_db: -19.0 };
pub(super) const VOCAL: Track = Track { play: parts::vocal::play, fader_db: -12.5 };
pub(super) const EFFECTS: Track = Track { play: parts::effects::play, fader_db: -15.0 };

/// Every track of the mix, in the order of the stems' names.
pub(super) const TRACKS: [Track; 8] = [KICK, SNARE_HATS, BASS, PADS, KEYS, LEAD, VOCAL, EFFECTS];

/// One stem as a file.
pub(super) fn stem(track: Track) -> Block {
    to_24_bit(track.render(&SCORE))
}

/// The clean mix: the sum of the stems' files, exactly.
pub(super) fn mix() -> Block {
    let mut mix = Block::silent(2, SCORE.frames(), super::SAMPLE_RATE_HZ);
    for track in TRACKS {
        let stem = stem(track);
        for (sum, channel) in mix.channels_mut().iter_mut().zip(stem.channels()) {
            // Both are multiples of 2⁻²³ below 1, so this addition is exact.
            sum.iter_mut().zip(channel).for_each(|(sum, sample)| *sum += sample);
        }
    }
    mix
}
