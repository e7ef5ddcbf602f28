//! The voice: a pulse train through the resonances of a throat (formants), one vowel per syllable, with breath.

use crate::demo::score::{Note, Part, Score, Sung};
use crate::demo::synth::{Envelope, Filter, Random, Reverb, SAMPLE_RATE_HZ, Saw, Stereo, pitch_hz, sine};
use crate::units::{db_to_amplitude, shift_octaves};

/// The first three formants of a man's vowel (after Peterson and Barney 1952).
type Vowel = [f64; 3];
/// The fourth hardly moves; it gives a voice its edge.
const FOURTH_HZ: f64 = 3_700.0;
const VOWELS: [Vowel; 5] = [
    [730.0, 1_090.0, 2_440.0], // as in "father"
    [530.0, 1_840.0, 2_480.0], // as in "bed"
    [570.0, 840.0, 2_410.0],   // as in "law"
    [390.0, 1_990.0, 2_550.0], // as in "bit"
    [440.0, 1_020.0, 2_240.0], // as in "book"
];
/// Gain and quality of each formant. The signs alternate, as in every parallel formant synthesiser (Klatt 1980),
/// so that neighbours do not cancel between them.
const FORMANTS: [(f32, f64); 4] = [(-1.0, 6.0), (1.2, 6.0), (-0.7, 6.0), (0.8, 3.0)];

/// The melody is sung in the octave whose key note lies between this D and the C sharp above it.
const LOWEST_TONIC_ST: i32 = 50;

const VERSE: &[Sung] = &[
    (0.5, 0.45, 4),
    (1.0, 0.45, 4),
    (1.5, 0.9, 5),
    (2.5, 1.2, 4),
    (4.5, 0.45, 2),
    (5.0, 0.45, 3),
    (5.5, 0.9, 4),
    (6.5, 1.3, 2),
    (8.5, 0.45, 4),
    (9.0, 0.45, 4),
    (9.5, 0.9, 6),
    (10.5, 1.2, 5),
    (12.5, 0.45, 4),
    (13.0, 0.45, 3),
    (13.5, 0.9, 1),
    (14.5, 1.3, 2),
];
const CHORUS: &[Sung] = &[
    (0.0, 1.4, 7),
    (1.5, 0.45, 6),
    (2.0, 1.7, 7),
    (4.0, 1.4, 5),
    (5.5, 0.45, 4),
    (6.0, 1.7, 5),
    (8.0, 1.4, 4),
    (9.5, 0.45, 5),
    (10.0, 0.9, 6),
    (11.0, 0.9, 7),
    (12.0, 2.4, 6),
    (14.5, 1.2, 4),
];
const BREAK: &[Sung] = &[(0.0, 3.0, 4), (4.0, 3.0, 2), (8.0, 3.0, 4), (12.0, 2.2, 1)];

pub(in crate::demo) fn play(score: &Score) -> Stereo {
    let mut track = Stereo::silent(score.frames());
    let notes = score
        .melody(Part::Verse, VERSE)
        .chain(score.melody(Part::Chorus, CHORUS))
        .chain(score.melody(Part::Break, BREAK));
    for (syllable, note) in notes.enumerate() {
        let sound = sing(score, &note, VOWELS[syllable % VOWELS.len()], 0x564F_4341 + syllable as u64);
        track.place(note.start_s, &sound, note.gain_ratio, 0.0);
    }
    let plate = Reverb { decay_s: 1.5, predelay_s: 0.035, damping_hz: 6_000.0 }.of(&track);
    track.add(&plate, db_to_amplitude(-6.0) as f32);
    track
}

fn sing(score: &Score, note: &Note, vowel: Vowel, seed: u64) -> Vec<f32> {
    let envelope = Envelope { attack_s: 0.035, decay_s: 0.5, sustain_db: -2.0, release_s: 0.12 };
    let mut random = Random::seeded(seed);
    let mut cords = Saw::starting_at(0.5);
    let mut slope = Filter::new(shift_octaves(7_000.0, score.brightness_oct), 0.6);
    let mut low_cut = Filter::butterworth(110.0);
    let mut hiss = Filter::new(7_000.0, 0.5);
    let mut formants: Vec<(Filter, f32)> = vowel
        .into_iter()
        .chain([FOURTH_HZ])
        .zip(FORMANTS)
        .map(|(center_hz, (gain, q))| (Filter::new(center_hz, q), gain))
        .collect();
    let pitch_st = note.pitch_st - 12.0 * f64::from((score.tonic_st - LOWEST_TONIC_ST).div_euclid(12));
    let mut frequency_hz = pitch_hz(pitch_st);
    envelope
        .levels(note.length_s)
        .enumerate()
        .map(|(index, level)| {
            if index % 32 == 0 {
                let age_s = index as f64 / SAMPLE_RATE_HZ;
                // The voice slides up to the note, then vibrates.
                let slide_st = -0.8 * (-age_s / 0.03).exp();
                let vibrato_st = 0.25 * ((age_s - 0.25) / 0.4).clamp(0.0, 1.0) * sine(5.3 * age_s);
                frequency_hz = pitch_hz(pitch_st + slide_st + vibrato_st);
            }
            let source = slope.low(cords.sample(frequency_hz));
            let breath = 0.02 * random.bipolar();
            let throat: f32 =
                formants.iter_mut().map(|(filter, gain)| *gain * filter.band(source + breath)).sum();
            // A consonant opens the syllable: 30 ms of hiss that dies away.
            let consonant = (-(index as f64) / (0.012 * SAMPLE_RATE_HZ)).exp() as f32;
            let sibilant = (0.45 * consonant + 0.02) * hiss.band(random.bipolar());
            1.6 * level * low_cut.high(throat - 0.1 * source + sibilant)
        })
        .collect()
}
