//! The bass: a sine under a filtered sawtooth on the roots of the chords, ducked by the kick; mono.

use super::kick_beats;
use crate::demo::score::{Bar, Groove, Part, Score, fold_st};
use crate::demo::synth::{Envelope, Filter, Saw, Sine, Stereo, frame_at, pitch_hz, saturate};
use crate::units::shift_octaves;

/// Beat, length in beats, octaves above the root.
type Pluck = (f64, f64, f64);

/// How far the bass gives way to the kick, as a share of its level, and for how long.
const DUCK_SHARE: f32 = 0.55;
const DUCK_S: f64 = 0.16;
/// The filter opens with every note and closes with this time constant.
const FILTER_DECAY_S: f64 = 0.13;

pub(in crate::demo) fn play(score: &Score) -> Stereo {
    let mut track = Stereo::silent(score.frames());
    for bar in score.bars() {
        let root_hz = root_hz(score, bar.chord);
        for &(beat, length, octave) in figure(&bar) {
            let note = note(score, shift_octaves(root_hz, octave), length * score.beat_s());
            track.place(bar.start_s + beat * score.beat_s(), &note, bar.gain_ratio, 0.0);
        }
    }
    duck(score, &mut track);
    track
}

/// The root of a chord between 55 Hz (the open A string of a bass) and 104 Hz.
fn root_hz(score: &Score, chord: i32) -> f64 {
    pitch_hz(fold_st(score.pitch_st(chord), 33.0, 12.0))
}

fn figure(bar: &Bar) -> &'static [Pluck] {
    const EIGHTHS: &[Pluck] = &[
        (0.0, 0.42, 0.0),
        (0.5, 0.42, 0.0),
        (1.0, 0.42, 0.0),
        (1.5, 0.42, 1.0),
        (2.0, 0.42, 0.0),
        (2.5, 0.42, 0.0),
        (3.0, 0.42, 0.0),
        (3.5, 0.42, 1.0),
    ];
    match (bar.part, bar.groove) {
        (Part::Break, _) | (Part::Intro, Groove::Silent) => &[],
        (_, Groove::Silent | Groove::Sparse) => &[(0.0, 3.6, 0.0)],
        (_, Groove::Backbeat) => &[(0.0, 1.5, 0.0), (1.75, 0.6, 0.0), (2.5, 0.9, 0.0), (3.5, 0.4, 1.0)],
        (_, Groove::Driving) => EIGHTHS,
    }
}

fn note(score: &Score, frequency_hz: f64, length_s: f64) -> Vec<f32> {
    let envelope = Envelope { attack_s: 0.006, decay_s: 0.25, sustain_db: -4.0, release_s: 0.07 };
    let open_hz = shift_octaves(1_800.0, score.brightness_oct);
    let closed_hz = shift_octaves(420.0, score.brightness_oct);
    let closing = (-16.0 / (FILTER_DECAY_S * crate::demo::synth::SAMPLE_RATE_HZ)).exp();
    let (mut sine, mut saw) = (Sine::new(), Saw::starting_at(0.5));
    let mut filter = Filter::new(open_hz, 1.0);
    let mut opening = 1.0;
    envelope
        .levels(length_s)
        .enumerate()
        .map(|(index, level)| {
            if index % 16 == 0 {
                filter.tune(closed_hz + (open_hz - closed_hz) * opening, 1.0);
                opening *= closing;
            }
            let growl = filter.low(saw.sample(frequency_hz));
            level * saturate(0.5 * sine.sample(frequency_hz) + 0.9 * growl)
        })
        .collect()
}

/// Lowers the bass for a moment at every kick, with a smooth dip.
fn duck(score: &Score, track: &mut Stereo) {
    let dip_frames = frame_at(DUCK_S);
    let attack_frames = frame_at(0.004);
    for bar in score.bars() {
        for beat in kick_beats(&bar) {
            let start = frame_at(bar.start_s + beat * score.beat_s());
            for step in 0..dip_frames.min(track.frames().saturating_sub(start)) {
                let depth = if step < attack_frames {
                    step as f32 / attack_frames as f32
                } else {
                    let left = 1.0 - (step - attack_frames) as f32 / (dip_frames - attack_frames) as f32;
                    left * left
                };
                let gain = 1.0 - DUCK_SHARE * depth;
                track.sides_mut().into_iter().for_each(|channel| channel[start + step] *= gain);
            }
        }
    }
}
