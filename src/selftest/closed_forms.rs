//! What the standards have no files for, by closed forms: third octaves, the stereo image per band, dynamics.

use super::signals::{RATE_HZ, block, tone};
use super::{Ledger, Place};
use crate::dsp::bands::{THIRD_OCTAVE_CENTERS_HZ, third_octave_center_hz, third_octave_edges_hz};
use crate::measure::{DynamicsMeter, LoudnessMeter, PeakMeter, SpectralMeter};
use crate::model::{Dynamics, Loudness, Stereo, Tone};
use crate::units::{Unit, power_to_db, shift_octaves};
use std::f64::consts::TAU;

/// Third octaves: what is promised of sines at band centres, and of a flat spectrum from 25 Hz to 16 kHz.
const SINE_DB: (f64, f64) = (0.2, 0.2);
const FLAT_DB: (f64, f64) = (0.3, 0.3);
/// The image per band.
const CORRELATION: (f64, f64) = (0.02, 0.02);
const IMAGE_DB: (f64, f64) = (0.2, 0.2);
/// Levels of simple waves.
const LEVEL_DB: (f64, f64) = (0.005, 0.005);

/// Partials of the flat spectrum in each third of an octave, and how long it lasts: a beat of the lowest is 4 s.
const PARTIALS: usize = 6;
const FLAT_S: f64 = 12.0;

fn spectral(channels: Vec<Vec<f32>>) -> (Tone, Option<Stereo>) {
    let mut meter = SpectralMeter::new(RATE_HZ, channels.len());
    meter.push(&block(channels));
    meter.finish(&Loudness { integrated_lufs: Some(-20.0), ..Loudness::default() })
}

pub(super) fn third_octaves(ledger: &mut Ledger) {
    let place = |case| Place { standard: "IEC 61260-1, third octaves", case };
    let count = spectral(vec![tone(1000.0, -20.0, 1.0)]).0.bands.len();
    // A second sine of the same level is the reference: the share of the band is one half.
    let sines = (0..count).map(|index| {
        let other_hz = if index < 17 { 2000.0 } else { 200.0 };
        let reference = tone(other_hz, -20.0, 2.0);
        let sum =
            tone(third_octave_center_hz(index), -20.0, 2.0).into_iter().zip(&reference).map(|(a, b)| a + b);
        spectral(vec![sum.collect()]).0.bands[index].level_db
    });
    let half_db = power_to_db(0.5);
    ledger.file_furthest(
        place("sines at 31 centres"),
        "band level, furthest",
        Unit::Db,
        sines,
        half_db,
        SINE_DB,
    );
    let (left, _) = flat();
    let tone = spectral(vec![left]).0;
    let inner = tone.bands.iter().filter(|band| (25.0..=16_000.0).contains(&band.center_hz));
    let even_db = -power_to_db(tone.bands.len() as f64);
    let levels = inner.map(|band| band.level_db);
    ledger.file_furthest(
        place("flat, 25 Hz to 16 kHz"),
        "band level, furthest",
        Unit::Db,
        levels,
        even_db,
        FLAT_DB,
    );
    let per_oct = Unit::DbPerOct;
    ledger.file(place("flat, 25 Hz to 16 kHz"), "tilt", per_oct, tone.tilt_db_per_oct, 0.0, (0.05, 0.05));
}

pub(super) fn image(ledger: &mut Ledger) {
    // A signal and its quadrature are orthogonal at every frequency: the correlation of their sum is known in each band.
    let (left, quadrature) = flat();
    for r in [0.8f64, 0.0, -0.5] {
        let other = (1.0 - r * r).sqrt();
        let right: Vec<f32> = left
            .iter()
            .zip(&quadrature)
            .map(|(a, b)| (r * f64::from(*a) + other * f64::from(*b)) as f32)
            .collect();
        let stereo = spectral(vec![left.clone(), right]).1.unwrap_or_default();
        let case = format!("correlation {r}");
        let place = Place { standard: "stereo image, closed form", case: &case };
        let bands = || stereo.bands.iter().filter(|band| (25.0..=16_000.0).contains(&band.center_hz));
        let width_db = power_to_db((1.0 - r) / (1.0 + r));
        let loss_db = -power_to_db((1.0 + r) / 2.0);
        ledger.file(place, "correlation", Unit::None, stereo.correlation, r, (0.005, 0.005));
        let of = bands().map(|band| band.correlation);
        ledger.file_furthest(place, "correlation per band, furthest", Unit::None, of, r, CORRELATION);
        let of = bands().map(|band| band.side_to_mid_db);
        ledger.file_furthest(place, "side/mid per band, furthest", Unit::Db, of, width_db, IMAGE_DB);
        let of = bands().map(|band| band.mono_loss_db);
        ledger.file_furthest(place, "mono loss per band, furthest", Unit::Db, of, loss_db, IMAGE_DB);
    }
}

pub(super) fn dynamics(ledger: &mut Ledger) {
    let square: Vec<f32> = (0..10 * RATE_HZ).map(|n| if n / 24 % 2 == 0 { 0.5 } else { -0.5 }).collect();
    // A full-scale sine has −3.01 dB; DR of the TT method counts a sine as 0, and a square as −3.01.
    let waves = [
        ("sine", tone(1000.0, -6.0, 10.0), [-9.0103, 3.0103, 0.0]),
        ("square", square, [-6.0206, 0.0, -3.0103]),
    ];
    for (case, wave, [rms, crest, dr]) in waves {
        let measured = dynamics_of(wave);
        let place = Place { standard: "dynamics, closed form", case };
        ledger.file(place, "RMS", Unit::Dbfs, measured.rms_dbfs, rms, LEVEL_DB);
        ledger.file(place, "crest", Unit::Db, measured.crest_db, crest, LEVEL_DB);
        ledger.file(place, "DR", Unit::Db, measured.dr_db, dr, LEVEL_DB);
    }
}

fn dynamics_of(wave: Vec<f32>) -> Dynamics {
    let audio = block(vec![wave.clone(), wave]);
    let mut meters =
        (LoudnessMeter::new(RATE_HZ, 2), PeakMeter::new(RATE_HZ, 2), DynamicsMeter::new(RATE_HZ, 2));
    meters.0.push(&audio);
    meters.1.push(&audio);
    meters.2.push(&audio);
    meters.2.finish(&meters.0.finish(), &meters.1.finish())
}

/// Equal partials, evenly spread over every third octave, and the same a quarter period later.
fn flat() -> (Vec<f32>, Vec<f32>) {
    let frames = (FLAT_S * f64::from(RATE_HZ)) as usize;
    let (mut sine, mut cosine) = (vec![0f64; frames], vec![0f64; frames]);
    let mut phase = 0.0f64;
    for index in 0..THIRD_OCTAVE_CENTERS_HZ.len() {
        let (low_hz, high_hz) = third_octave_edges_hz(index);
        for partial in 0..PARTIALS {
            let octaves = (partial as f64 + 0.5) / (3.0 * PARTIALS as f64);
            let frequency_hz = shift_octaves(low_hz, octaves).min(high_hz);
            // Golden-ratio phases keep the peaks low. The oscillator turns by multiplication: no sine per sample.
            phase = (phase + 0.618_033_988_75).fract();
            let step = TAU * frequency_hz / f64::from(RATE_HZ);
            let (turn_sin, turn_cos) = step.sin_cos();
            let (mut s, mut c) = (TAU * phase).sin_cos();
            for (sine, cosine) in sine.iter_mut().zip(&mut cosine) {
                *sine += s;
                *cosine += c;
                (s, c) = (s * turn_cos + c * turn_sin, c * turn_cos - s * turn_sin);
            }
        }
    }
    let to_f32 = |channel: Vec<f64>| channel.into_iter().map(|x| (0.02 * x) as f32).collect();
    (to_f32(sine), to_f32(cosine))
}
