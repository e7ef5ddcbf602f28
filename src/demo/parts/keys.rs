//! The keys: broken chords on a bell-like electric piano (one sine bends another), with an echo from side to side.

use crate::demo::score::{Bar, Groove, Part, Score, fold_st};
use crate::demo::synth::{Echo, Envelope, Random, SAMPLE_RATE_HZ, Sine, Stereo, pitch_hz, sine};
use crate::units::{db_to_amplitude, shift_octaves};

/// The right hand stays in the two octaves above the G below middle C.
const LOWEST_ST: f64 = 55.0;
/// Steps of the chord in the order in which they are broken.
const ORDER: [i32; 8] = [0, 2, 4, 7, 9, 7, 4, 2];

pub(in crate::demo) fn play(score: &Score) -> Stereo {
    let mut random = Random::seeded(0x4B45_5953);
    let mut track = Stereo::silent(score.frames());
    for bar in score.bars() {
        let steps = steps(&bar);
        let step_beats = 4.0 / steps as f64;
        for step in 0..steps {
            let degree = bar.chord + ORDER[step % ORDER.len()];
            let accent = if step % 4 == 0 { 1.0 } else { 0.72 };
            let gain = bar.gain_ratio * accent * (0.8 + 0.3 * random.unit());
            let note = note(
                score,
                fold_st(score.pitch_st(degree), LOWEST_ST, 24.0),
                0.9 * step_beats * score.beat_s(),
            );
            // From side to side, and the accents on both sides in turn.
            let pan = if (step + step / 4) % 2 == 0 { -0.4 } else { 0.4 };
            track.place(bar.start_s + step as f64 * step_beats * score.beat_s(), &note, gain, pan);
        }
    }
    let echo = Echo { time_s: 0.75 * score.beat_s(), feedback_db: -7.0, damping_hz: 3_200.0 }.of(&track);
    track.add(&echo, db_to_amplitude(-5.0) as f32);
    track
}

fn steps(bar: &Bar) -> usize {
    match (bar.part, bar.groove) {
        (Part::Chorus, Groove::Driving) => 16,
        (Part::Break, _) => 4,
        _ => 8,
    }
}

/// One note: a sine whose phase is moved by another one, brightest at its start (Chowning 1973).
fn note(score: &Score, pitch_st: f64, held_s: f64) -> Vec<f32> {
    let frequency_hz = pitch_hz(pitch_st);
    let envelope = Envelope { attack_s: 0.003, decay_s: 0.35, sustain_db: -30.0, release_s: 0.25 };
    let mut bell = Sine::new();
    // How far the phase is bent, in turns.
    let brightness = shift_octaves(0.45, score.brightness_oct);
    envelope
        .levels(held_s)
        .enumerate()
        .map(|(index, level)| {
            let turns = frequency_hz * index as f64 / SAMPLE_RATE_HZ;
            let bend = brightness * f64::from(level * bell.sample(2.0 * frequency_hz));
            level * sine(turns + bend) as f32
        })
        .collect()
}
