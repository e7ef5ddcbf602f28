//! The score: tempo, key, chords and the order of the sections. It knows when things happen, not how they sound.

use super::synth::frame_at;
use crate::units::db_to_amplitude;

/// A song on paper.
#[derive(Debug, Clone, Copy)]
pub(super) struct Score {
    /// Beats per minute; a bar has four beats.
    pub(super) tempo_bpm: f64,
    /// Key note in the octave of middle C, in semitones as in MIDI.
    pub(super) tonic_st: i32,
    /// Major or minor.
    pub(super) mode: Mode,
    /// One chord per bar, as degrees of the scale from 0, repeated from the start of every section.
    pub(super) progression: [i32; 4],
    /// The form.
    pub(super) sections: &'static [Section],
    /// How much brighter (positive) or duller every voice plays.
    pub(super) brightness_oct: f64,
    /// Silence before the first bar.
    pub(super) lead_in_s: f64,
    /// Room for the last notes after the last bar.
    pub(super) tail_s: f64,
}

/// The seven notes of the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    Major,
    Minor,
}

/// A stretch of the form.
#[derive(Debug, Clone, Copy)]
pub(super) struct Section {
    pub(super) part: Part,
    pub(super) bars: usize,
    pub(super) groove: Groove,
    /// How loud the players play, against the loudest section.
    pub(super) level_db: f64,
}

/// What a section is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Intro,
    Verse,
    Chorus,
    Break,
    Outro,
}

/// What the rhythm section plays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Groove {
    /// Nothing.
    Silent,
    /// A slow pulse: kick on one, rim on three.
    Sparse,
    /// Kick on one and before three, snare on two and four.
    Backbeat,
    /// Kick on every beat, snare on two and four, sixteenths on the hat.
    Driving,
}

/// One bar of the song as it is played.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bar {
    pub(super) part: Part,
    pub(super) groove: Groove,
    /// Linear gain of the section.
    pub(super) gain_ratio: f32,
    /// Degree of the scale that the chord stands on, from 0.
    pub(super) chord: i32,
    pub(super) start_s: f64,
    /// Position within its section, from 0.
    pub(super) in_section: usize,
    /// Whether the next bar is in another section.
    pub(super) last_of_section: bool,
}

/// Brings a pitch by whole octaves into the range of an instrument: `span_st` semitones (a multiple of 12) from `lowest_st` up.
pub(super) fn fold_st(pitch_st: f64, lowest_st: f64, span_st: f64) -> f64 {
    lowest_st + (pitch_st - lowest_st).rem_euclid(span_st)
}

/// One note of a melody.
#[derive(Debug, Clone, Copy)]
pub(super) struct Note {
    pub(super) start_s: f64,
    pub(super) length_s: f64,
    pub(super) pitch_st: f64,
    pub(super) gain_ratio: f32,
}

/// A note of a phrase on paper: beat within four bars, length in beats, degree of the scale (7 is an octave up).
pub(super) type Sung = (f64, f64, i32);

impl Score {
    /// Length of a beat.
    pub(super) const fn beat_s(&self) -> f64 {
        60.0 / self.tempo_bpm
    }

    /// Start of a beat of a bar, both from 0, counted through the whole song.
    pub(super) const fn at_s(&self, bar: usize, beat: f64) -> f64 {
        self.lead_in_s + (4.0 * bar as f64 + beat) * self.beat_s()
    }

    /// Length of the song, its tail included.
    pub(super) const fn duration_s(&self) -> f64 {
        let mut bars = 0;
        let mut index = 0;
        while index < self.sections.len() {
            bars += self.sections[index].bars;
            index += 1;
        }
        self.at_s(bars, 0.0) + self.tail_s
    }

    /// Length of the song in frames.
    pub(super) fn frames(&self) -> usize {
        frame_at(self.duration_s())
    }

    /// The bars in playing order.
    pub(super) fn bars(&self) -> impl Iterator<Item = Bar> {
        self.sections
            .iter()
            .flat_map(|section| (0..section.bars).map(move |bar| (section, bar)))
            .enumerate()
            .map(move |(index, (section, in_section))| Bar {
                part: section.part,
                groove: section.groove,
                gain_ratio: db_to_amplitude(section.level_db) as f32,
                chord: self.progression[in_section % 4],
                start_s: self.at_s(index, 0.0),
                in_section,
                last_of_section: in_section + 1 == section.bars,
            })
    }

    /// The bars of some parts of the form.
    pub(super) fn bars_of(&self, parts: &'static [Part]) -> impl Iterator<Item = Bar> {
        self.bars().filter(move |bar| parts.contains(&bar.part))
    }

    /// Pitch of a degree of the scale; degree 0 is the key note, 7 the octave above it.
    pub(super) fn pitch_st(&self, degree: i32) -> f64 {
        let steps = match self.mode {
            Mode::Major => [0, 2, 4, 5, 7, 9, 11],
            Mode::Minor => [0, 2, 3, 5, 7, 8, 10],
        };
        let step = steps[degree.rem_euclid(7) as usize];
        f64::from(self.tonic_st + step + 12 * degree.div_euclid(7))
    }

    /// A phrase of four bars, sung in every section of a part and cut at the section's end.
    pub(super) fn melody(&self, part: Part, phrase: &'static [Sung]) -> impl Iterator<Item = Note> {
        self.bars().filter(move |bar| bar.part == part).flat_map(move |bar| {
            let first_beat = 4.0 * (bar.in_section % 4) as f64;
            phrase.iter().filter(move |(beat, ..)| (first_beat..first_beat + 4.0).contains(beat)).map(
                move |(beat, length, degree)| Note {
                    start_s: bar.start_s + (beat - first_beat) * self.beat_s(),
                    length_s: length * self.beat_s(),
                    pitch_st: self.pitch_st(*degree),
                    gain_ratio: bar.gain_ratio,
                },
            )
        })
    }
}
