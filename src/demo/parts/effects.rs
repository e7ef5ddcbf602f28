//! Effects: a rising noise before each chorus, a cymbal on its first beat, wind in the quiet parts.

use crate::demo::score::{Part, Score};
use crate::demo::synth::{Envelope, Filter, Random, SAMPLE_RATE_HZ, Stereo, drums};
use crate::units::shift_octaves;

/// The riser sweeps over this range in one bar.
const RISER_FROM_HZ: f64 = 350.0;
const RISER_OCT: f64 = 4.2;

pub(in crate::demo) fn play(score: &Score) -> Stereo {
    let mut track = Stereo::silent(score.frames());
    let mut next_is_chorus: Vec<bool> = score.bars().skip(1).map(|bar| bar.part == Part::Chorus).collect();
    next_is_chorus.push(false);
    for (bar, before_chorus) in score.bars().zip(next_is_chorus) {
        if bar.part == Part::Chorus && bar.in_section == 0 {
            track.place(bar.start_s, &drums::crash(0x4352_4153), 0.5 * bar.gain_ratio, -0.5);
            track.place(bar.start_s, &drums::crash(0x4352_4154), 0.5 * bar.gain_ratio, 0.5);
        } else if bar.part != Part::Chorus && before_chorus {
            for (seed, pan) in [(0x5249, -0.8), (0x5345, 0.8)] {
                track.place(bar.start_s, &riser(4.0 * score.beat_s(), seed), 0.45, pan);
            }
        }
    }
    for bar in score.bars_of(&[Part::Intro, Part::Break, Part::Outro]) {
        for (seed, pan) in [(0x5749, -0.9), (0x4E44, 0.9)] {
            let seed = seed + bar.in_section as u64 * 16;
            track.place(bar.start_s, &wind(score, 4.0 * score.beat_s(), seed), 0.12, pan);
        }
    }
    track
}

/// Noise that climbs and swells for `length_s`, and stops on the beat.
fn riser(length_s: f64, seed: u64) -> Vec<f32> {
    let frames = (length_s * SAMPLE_RATE_HZ) as usize;
    let stop = (0.01 * SAMPLE_RATE_HZ) as usize;
    let mut random = Random::seeded(seed);
    let mut filter = Filter::new(RISER_FROM_HZ, 1.2);
    (0..frames)
        .map(|index| {
            let progress = index as f64 / frames as f64;
            if index % 32 == 0 {
                filter.tune(shift_octaves(RISER_FROM_HZ, RISER_OCT * progress), 1.2);
            }
            let stopping = ((frames - index) as f32 / stop as f32).min(1.0);
            (progress * progress) as f32 * stopping * filter.band(random.bipolar())
        })
        .collect()
}

/// A bar of soft noise that overlaps with the next one.
fn wind(score: &Score, length_s: f64, seed: u64) -> Vec<f32> {
    let envelope =
        Envelope { attack_s: 0.5 * length_s, decay_s: 1.0, sustain_db: -1.0, release_s: 0.5 * length_s };
    let mut random = Random::seeded(seed);
    let mut filter = Filter::new(shift_octaves(1_400.0, score.brightness_oct), 0.6);
    envelope.levels(length_s).map(|level| level * filter.band(random.bipolar())).collect()
}
