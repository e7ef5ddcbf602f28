//! The mix with faults: the ground truth for everything that claims to find them. Each fault can be verified by
//! hand, with any other tool, at the place that [`planted_faults`] names.

use super::mixer::{sum, to_24_bit};
use super::song::{self, BREAK_BAR, LAST_CHORUS_BAR, SCORE};
use super::synth::{Filter, SAMPLE_RATE_HZ, Sine, Stereo, frame_at};
use crate::audio::Block;
use crate::units::db_to_amplitude;
use std::f32::consts::TAU;

/// A fault of `mix/song with faults.wav`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PlantedFault {
    /// Short name: `dropout`.
    pub name: &'static str,
    /// Where it starts; 0 for faults of the whole file.
    pub at_s: f64,
    /// How long it lasts; the whole file for faults that are everywhere.
    pub duration_s: f64,
    /// What was done, with its figures.
    pub description: &'static str,
}

const MUD_HZ: f64 = 250.0;
const MUD_Q: f64 = 0.7;
const MUD_DB: f64 = 4.0;
/// Left against right; split evenly.
const IMBALANCE_DB: f64 = 1.5;
const DC_SHARE: f32 = 0.005;
const HUM_HZ: f64 = 50.0;
/// RMS of the fundamental; the second and third harmonic lie 6 and 10 dB lower.
const HUM_DBFS: f64 = -50.0;
const HUM_HARMONICS_DB: [f64; 3] = [0.0, -6.0, -10.0];
const DROPOUT_AT_S: f64 = SCORE.at_s(8, 2.0);
const DROPOUT_S: f64 = 0.060;
const CLICK_AT_S: f64 = SCORE.at_s(BREAK_BAR + 1, 2.5);
const CLICK_PEAK: f32 = 0.4;
/// The first kick of each of these bars is driven into the ceiling.
const CLIPPED_AT_S: [f64; 3] = [
    SCORE.at_s(LAST_CHORUS_BAR, 0.0),
    SCORE.at_s(LAST_CHORUS_BAR + 1, 0.0),
    SCORE.at_s(LAST_CHORUS_BAR + 2, 0.0),
];
const CLIPPED_S: f64 = 0.050;
const CLIPPED_DRIVE_DB: f64 = 10.0;

const FAULTS: &[PlantedFault] = &[
    everywhere("bass out of phase", "the bass stem is inverted in the right channel and vanishes in mono"),
    everywhere("mud", "a bell of +4 dB at 250 Hz, Q 0.7"),
    everywhere(
        "level imbalance",
        "the left channel is 1.5 dB louder than in the clean mix, against the right",
    ),
    everywhere("dc offset", "+0.5 % of full scale in both channels"),
    everywhere(
        "mains hum",
        "50 Hz at -50 dBFS RMS with harmonics at 100 and 150 Hz, heard in the quiet parts",
    ),
    fault("clipped peaks", CLIPPED_AT_S[0], CLIPPED_S, "a kick driven 10 dB into the ceiling at full scale"),
    fault("clipped peaks", CLIPPED_AT_S[1], CLIPPED_S, "a kick driven 10 dB into the ceiling at full scale"),
    fault("clipped peaks", CLIPPED_AT_S[2], CLIPPED_S, "a kick driven 10 dB into the ceiling at full scale"),
    fault(
        "click",
        CLICK_AT_S,
        2.0 / SAMPLE_RATE_HZ,
        "two samples of 0.4 of full scale, up and down, in both channels",
    ),
    fault("dropout", DROPOUT_AT_S, DROPOUT_S, "60 ms of digital silence in both channels"),
];

const fn fault(name: &'static str, at_s: f64, duration_s: f64, description: &'static str) -> PlantedFault {
    PlantedFault { name, at_s, duration_s, description }
}

const fn everywhere(name: &'static str, description: &'static str) -> PlantedFault {
    fault(name, 0.0, SCORE.duration_s(), description)
}

/// Every fault that was planted, whole-file faults first, the others by kind.
pub fn planted_faults() -> &'static [PlantedFault] {
    FAULTS
}

/// The mix with every fault. The order matters: what is silent or clipped at the end must be so in the file.
pub(super) fn mix_with_faults() -> Block {
    let mut mix = sum(&SCORE, &song::TRACKS);
    invert_bass_on_the_right(&mut mix);
    add_mud(&mut mix);
    unbalance(&mut mix);
    add_hum_and_dc(&mut mix);
    CLIPPED_AT_S.iter().for_each(|at_s| clip(&mut mix, *at_s));
    click(&mut mix);
    drop_out(&mut mix);
    to_24_bit(mix)
}

fn invert_bass_on_the_right(mix: &mut Stereo) {
    let bass = song::BASS.render(&SCORE);
    let ([_, right], [_, bass]) = (mix.sides_mut(), bass.sides());
    for (sample, bass) in right.iter_mut().zip(bass) {
        *sample -= 2.0 * bass;
    }
}

fn add_mud(mix: &mut Stereo) {
    let gain = db_to_amplitude(MUD_DB) as f32;
    // The bell is a band-pass added to the signal; its Q is that of the cookbook bell at this gain.
    let band = Filter::new(MUD_HZ, MUD_Q / db_to_amplitude(MUD_DB / 2.0));
    for channel in mix.sides_mut() {
        let mut filter = band.clone();
        channel.iter_mut().for_each(|sample| *sample = filter.bell(*sample, gain));
    }
}

fn unbalance(mix: &mut Stereo) {
    let half = db_to_amplitude(IMBALANCE_DB / 2.0) as f32;
    let [left, right] = mix.sides_mut();
    left.iter_mut().for_each(|sample| *sample *= half);
    right.iter_mut().for_each(|sample| *sample /= half);
}

fn add_hum_and_dc(mix: &mut Stereo) {
    let mut partials: Vec<(Sine, f64, f32)> = HUM_HARMONICS_DB
        .iter()
        .zip(1u32..)
        .map(|(below_db, harmonic)| {
            let peak = std::f64::consts::SQRT_2 * db_to_amplitude(HUM_DBFS + below_db);
            (Sine::new(), HUM_HZ * f64::from(harmonic), peak as f32)
        })
        .collect();
    let [left, right] = mix.sides_mut();
    for (left, right) in left.iter_mut().zip(right) {
        let hum: f32 = partials.iter_mut().map(|(sine, hz, peak)| *peak * sine.sample(*hz)).sum();
        *left += hum + DC_SHARE;
        *right += hum + DC_SHARE;
    }
}

/// Drives a short stretch beyond full scale; rounding to 24 bits then cuts it flat. The drive comes and goes smoothly.
fn clip(mix: &mut Stereo, at_s: f64) {
    let (start, frames) = (frame_at(at_s), frame_at(CLIPPED_S));
    let drive = db_to_amplitude(CLIPPED_DRIVE_DB) as f32;
    for channel in mix.sides_mut() {
        for (step, sample) in channel[start..start + frames].iter_mut().enumerate() {
            let swell = 0.5 - 0.5 * (TAU * step as f32 / frames as f32).cos();
            *sample *= 1.0 + (drive - 1.0) * swell;
        }
    }
}

fn click(mix: &mut Stereo) {
    let at = frame_at(CLICK_AT_S);
    for channel in mix.sides_mut() {
        channel[at] += CLICK_PEAK;
        channel[at + 1] -= CLICK_PEAK;
    }
}

fn drop_out(mix: &mut Stereo) {
    let (start, frames) = (frame_at(DROPOUT_AT_S), frame_at(DROPOUT_S));
    mix.sides_mut().into_iter().for_each(|channel| channel[start..start + frames].fill(0.0));
}
