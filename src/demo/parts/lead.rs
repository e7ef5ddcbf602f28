//! The lead: the hook of the chorus on two sawtooths that glide from note to note, with echo.

use crate::demo::score::{Part, Score, Sung};
use crate::demo::synth::{Echo, Envelope, Filter, Reverb, SAMPLE_RATE_HZ, Saw, Stereo, pitch_hz, sine};
use crate::units::{db_to_amplitude, shift_octaves};

/// Four bars; degree 7 is the key note an octave up.
const HOOK: &[Sung] = &[
    (0.0, 0.7, 9),
    (0.75, 0.7, 11),
    (1.5, 1.4, 9),
    (3.0, 0.9, 7),
    (4.0, 0.7, 9),
    (4.75, 0.7, 11),
    (5.5, 2.2, 12),
    (8.0, 0.7, 11),
    (8.75, 0.7, 9),
    (9.5, 1.4, 8),
    (11.0, 0.9, 9),
    (12.0, 1.4, 8),
    (13.5, 0.4, 7),
    (14.0, 1.8, 6),
];
/// Rate and depth of the vibrato that sets in after the start of a note.
const VIBRATO_HZ: f64 = 5.6;
const VIBRATO_ST: f64 = 0.22;

pub(in crate::demo) fn play(score: &Score) -> Stereo {
    let mut track = Stereo::silent(score.frames());
    for note in score.melody(Part::Chorus, HOOK) {
        let sound = note_sound(score, note.pitch_st, note.length_s);
        track.place(note.start_s, &sound, note.gain_ratio, 0.0);
    }
    let echo = Echo { time_s: score.beat_s(), feedback_db: -8.0, damping_hz: 2_600.0 }.of(&track);
    let hall = Reverb { decay_s: 1.8, predelay_s: 0.03, damping_hz: 4_500.0 }.of(&track);
    track.add(&echo, db_to_amplitude(-4.0) as f32);
    track.add(&hall, db_to_amplitude(-5.0) as f32);
    track
}

fn note_sound(score: &Score, pitch_st: f64, length_s: f64) -> Vec<f32> {
    let envelope = Envelope { attack_s: 0.015, decay_s: 0.3, sustain_db: -3.0, release_s: 0.16 };
    let corner_hz = shift_octaves(10_000.0, score.brightness_oct);
    let (mut first, mut second) = (Saw::starting_at(0.5), Saw::starting_at(0.17));
    let mut filter = Filter::new(corner_hz, 0.9);
    let mut low_cut = Filter::butterworth(350.0);
    let mut frequency_hz = pitch_hz(pitch_st);
    envelope
        .levels(length_s)
        .enumerate()
        .map(|(index, level)| {
            if index % 32 == 0 {
                let age_s = index as f64 / SAMPLE_RATE_HZ;
                let depth_st = VIBRATO_ST * ((age_s - 0.2) / 0.3).clamp(0.0, 1.0);
                frequency_hz = pitch_hz(pitch_st + depth_st * sine(VIBRATO_HZ * age_s));
            }
            let pair = first.sample(1.003 * frequency_hz) + second.sample(0.997 * frequency_hz);
            0.5 * level * filter.low(low_cut.high(pair))
        })
        .collect()
}
