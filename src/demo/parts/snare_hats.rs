//! Snare and hi-hats: backbeat, eighths or sixteenths with accents, in a small room.

use crate::demo::score::{Bar, Groove, Part, Score};
use crate::demo::synth::{Filter, Random, Reverb, Stereo, drums};
use crate::units::shift_octaves;

/// The hat stands a little to the right, as the audience sees it.
const HAT_PAN: f32 = 0.35;
/// Gain of the room against the dry snare.
const ROOM_GAIN: f32 = 0.5;

pub(in crate::demo) fn play(score: &Score) -> Stereo {
    let mut snare = Stereo::silent(score.frames());
    let strokes: Vec<Vec<f32>> = (0..4).map(|seed| drums::snare(0x534E_4152 + seed)).collect();
    let mut count = 0;
    for bar in score.bars() {
        for &(beat, accent) in snare_beats(&bar) {
            let stroke = &strokes[count % strokes.len()];
            snare.place(bar.start_s + beat * score.beat_s(), stroke, bar.gain_ratio * accent, 0.0);
            count += 1;
        }
    }
    let room = Reverb { decay_s: 0.9, predelay_s: 0.008, damping_hz: 5_500.0 }.of(&snare);
    snare.add(&room, ROOM_GAIN);
    place_hats(score, &mut snare);
    if score.brightness_oct < 0.0 {
        snare.filter(&Filter::butterworth(shift_octaves(12_000.0, score.brightness_oct)), Filter::low);
    }
    snare
}

/// Beats and accents of the snare; the last bar of a section ends with a short fill.
fn snare_beats(bar: &Bar) -> &'static [(f64, f32)] {
    match (bar.groove, bar.last_of_section) {
        (Groove::Silent, _) => &[],
        (Groove::Sparse, _) => &[(2.0, 0.5)],
        (_, false) => &[(1.0, 1.0), (3.0, 1.0)],
        (_, true) => {
            &[(1.0, 1.0), (2.5, 0.35), (2.75, 0.45), (3.0, 0.8), (3.25, 0.5), (3.5, 0.7), (3.75, 0.9)]
        }
    }
}

fn place_hats(score: &Score, track: &mut Stereo) {
    let mut random = Random::seeded(0x4841_5453);
    let closed: Vec<Vec<f32>> = (0..5).map(|seed| drums::hat(false, 0x434C + seed)).collect();
    let open = drums::hat(true, 0x4F50);
    for bar in score.bars() {
        let steps = match bar.groove {
            Groove::Silent => 0,
            Groove::Sparse => 4,
            Groove::Backbeat => 8,
            Groove::Driving => 16,
        };
        for step in 0..steps {
            let beat = 4.0 * step as f64 / steps as f64;
            let at_s = bar.start_s + beat * score.beat_s();
            let accent = if beat.fract() == 0.0 { 1.0 } else { 0.65 };
            let gain = bar.gain_ratio * accent * (0.85 + 0.3 * random.unit());
            if bar.part == Part::Chorus && beat.fract() == 0.5 {
                track.place(at_s, &open, 0.8 * gain, HAT_PAN);
            } else {
                track.place(at_s, &closed[step % closed.len()], gain, HAT_PAN);
            }
        }
    }
}
