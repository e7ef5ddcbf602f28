//! The pads: held chords of detuned sawtooths, different on both sides, in a large hall. The width of the mix.

use crate::demo::score::{Bar, Part, Score, fold_st};
use crate::demo::synth::{
    Envelope, Filter, Random, Reverb, SAMPLE_RATE_HZ, Saw, Stereo, frame_at, pitch_hz, sine,
};
use crate::units::shift_octaves;

/// Detuning of the two sawtooths of a note in semitones; the other side uses the negative.
const DETUNE_ST: [f64; 2] = [0.07, -0.04];
/// Below this the pads leave room for bass and kick.
const LOW_CUT_HZ: f64 = 240.0;

pub(in crate::demo) fn play(score: &Score) -> Stereo {
    let mut random = Random::seeded(0x5041_4453);
    let mut track = Stereo::silent(score.frames());
    for bar in score.bars() {
        let start = frame_at(bar.start_s);
        for (channel, side) in track.sides_mut().into_iter().zip([1.0, -1.0]) {
            add_chord(score, &bar, side, &mut random, &mut channel[start..]);
        }
    }
    track.filter(&Filter::butterworth(LOW_CUT_HZ), Filter::high);
    let hall = Reverb { decay_s: 2.4, predelay_s: 0.02, damping_hz: 4_500.0 }.of(&track);
    track.add(&hall, 0.7);
    track
}

/// Four notes around middle C, so that neighbouring chords lie close to each other.
fn voicing_st(score: &Score, chord: i32) -> [f64; 4] {
    [0, 2, 4, 7].map(|step| fold_st(score.pitch_st(chord + step), 52.0 + f64::from(step), 12.0))
}

fn corner_hz(score: &Score, part: Part) -> f64 {
    let plain_hz = match part {
        Part::Intro | Part::Outro => 1_800.0,
        Part::Break => 2_200.0,
        Part::Verse => 3_200.0,
        Part::Chorus => 9_000.0,
    };
    shift_octaves(plain_hz, score.brightness_oct)
}

/// One side of one chord.
fn add_chord(score: &Score, bar: &Bar, side: f64, random: &mut Random, channel: &mut [f32]) {
    let envelope = Envelope { attack_s: 0.09, decay_s: 1.0, sustain_db: -2.0, release_s: 0.5 };
    let mut voices: Vec<(Saw, f64)> = voicing_st(score, bar.chord)
        .into_iter()
        .flat_map(|pitch_st| DETUNE_ST.map(|detune| pitch_hz(pitch_st + side * detune)))
        .map(|frequency_hz| (Saw::starting_at(f64::from(random.unit())), frequency_hz))
        .collect();
    let middle_hz = corner_hz(score, bar.part);
    let mut filter = Filter::new(middle_hz, 0.8);
    for (index, (sum, level)) in channel.iter_mut().zip(envelope.levels(4.0 * score.beat_s())).enumerate() {
        if index % 64 == 0 {
            // A slow wave of the filter over the bar keeps the chord alive.
            let turn = index as f64 / (4.0 * score.beat_s() * SAMPLE_RATE_HZ);
            filter.tune(shift_octaves(middle_hz, 0.3 * side * sine(turn)), 0.8);
        }
        let chord: f32 = voices.iter_mut().map(|(saw, frequency_hz)| saw.sample(*frequency_hz)).sum();
        *sum += 0.2 * bar.gain_ratio * level * filter.low(chord);
    }
}
