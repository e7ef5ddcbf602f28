//! Cases of the true peak: EBU Tech 3341 (15–23), and sines of every frequency at every phase.

use super::signals::{RATE_HZ, block};
use super::{Ledger, Place};
use crate::measure::PeakMeter;
use crate::model::Peaks;
use crate::units::{Unit, amplitude_to_db};
use std::f64::consts::{PI, TAU};

/// Tech 3341: +0.2 dB, −0.4 dB.
const TOLERANCE_DB: (f64, f64) = (0.4, 0.2);
/// What the accurate reading promises up to 20 kHz, at any phase.
const ACCURATE_DB: (f64, f64) = (0.06, 0.02);
/// Fade of the synthesised tones (Tech 3341: 10 ms).
const FADE_S: f64 = 0.010;

fn measure(samples: Vec<f32>, sample_rate_hz: u32) -> Peaks {
    let mut meter = PeakMeter::new(sample_rate_hz, 1);
    meter.push(&crate::audio::Block::from_channels(vec![samples], sample_rate_hz));
    meter.finish()
}

/// A tone of `turns` periods per sample that fades in and out.
fn faded(turns: f64, phase_turns: f64, amplitude: f64, frames: usize, fade: f64) -> Vec<f32> {
    (0..frames)
        .map(|n| {
            let edge = (n.min(frames - 1 - n) as f64 / fade).min(1.0);
            (edge * amplitude * (TAU * (turns * n as f64 + phase_turns)).sin()) as f32
        })
        .collect()
}

pub(super) fn tech_3341(ledger: &mut Ledger) {
    let rate = f64::from(RATE_HZ);
    // Case, frames per period, amplitude, phase in degrees, expected.
    let tones = [
        ("15", 4.0, 0.5, 0.0, -6.0),
        ("16", 4.0, 0.5, 45.0, -6.0),
        ("17", 6.0, 0.5, 60.0, -6.0),
        ("18", 8.0, 0.5, 67.5, -6.0),
        ("19", 4.0, 1.41, 45.0, 3.0),
    ];
    for (case, period, amplitude, phase, expected) in tones {
        let samples = faded(1.0 / period, phase / 360.0, amplitude, 3 * RATE_HZ as usize, rate * FADE_S);
        let channels = vec![samples.clone(), samples];
        let mut meter = PeakMeter::new(RATE_HZ, 2);
        meter.push(&block(channels));
        file(ledger, case, &meter.finish(), expected);
    }
    let oversampled = burst();
    for (offset, case) in ["20", "21", "22", "23"].into_iter().enumerate() {
        // The ends of the synthesis ring: only its middle is the case.
        let samples: Vec<f64> = oversampled[2000 + offset..7600].iter().step_by(4).copied().collect();
        let fade = |n: usize| (n.min(samples.len() - 1 - n) as f64 / 200.0).min(1.0);
        let samples = samples.iter().enumerate().map(|(n, x)| (x * fade(n)) as f32).collect();
        file(ledger, case, &measure(samples, RATE_HZ), 0.0);
    }
}

/// Both readings that the documents have.
fn file(ledger: &mut Ledger, case: &str, peaks: &Peaks, expected: f64) {
    let place = Place { standard: "EBU Tech 3341", case };
    ledger.file(place, "true peak", Unit::Dbtp, peaks.true_peak_dbtp, expected, TOLERANCE_DB);
    ledger.file(place, "true peak, 4x filter", Unit::Dbtp, peaks.true_peak_4x_dbtp, expected, TOLERANCE_DB);
}

/// Cases 20–23 at four times the rate: a sine of a sixth of the rate that holds one period of a quarter of it at twice
/// the amplitude, low-passed for the decimation (1023 taps, Kaiser β = 10, cut at 0.48 of the decimated rate).
fn burst() -> Vec<f64> {
    const LENGTH: usize = 24 * 400;
    const AT: usize = 24 * 200;
    const HALF: i64 = 511;
    let raw: Vec<f64> = (0..LENGTH + 16)
        .map(|n| match n {
            _ if n < AT => 0.5 * (TAU * n as f64 / 24.0).sin(),
            _ if n < AT + 16 => (TAU * (n - AT) as f64 / 16.0).sin(),
            _ => 0.5 * (TAU * (n - 16) as f64 / 24.0).sin(),
        })
        .collect();
    let cut = 0.48 / 4.0;
    let taps: Vec<f64> = (-HALF..=HALF)
        .map(|k| {
            let t = k as f64;
            let sinc = if k == 0 { 2.0 * cut } else { (TAU * cut * t).sin() / (PI * t) };
            let inside = 1.0 - (t / HALF as f64).powi(2);
            sinc * bessel_i0(10.0 * inside.max(0.0).sqrt()) / bessel_i0(10.0)
        })
        .collect();
    let at = |n: i64| usize::try_from(n).ok().and_then(|n| raw.get(n)).copied().unwrap_or(0.0);
    (0..raw.len() as i64)
        .map(|n| taps.iter().zip(-HALF..=HALF).map(|(tap, k)| tap * at(n - k)).sum())
        .collect()
}

/// Modified Bessel function of the first kind, order 0, by its series.
fn bessel_i0(x: f64) -> f64 {
    let mut term = 1.0;
    let mut sum = 1.0;
    for k in 1..60 {
        term *= (x / (2.0 * f64::from(k))).powi(2);
        sum += term;
    }
    sum
}

/// Sines from 50 Hz to 20 kHz whose phase drifts through all values against the samples: lowest and highest reading.
pub(super) fn sines(ledger: &mut Ledger) {
    const FREQUENCIES_HZ: [f64; 9] =
        [50.0, 997.0, 5_003.0, 8_009.0, 11_003.0, 14_009.0, 16_007.0, 18_013.0, 19_997.0];
    const PHASES: usize = 16;
    for sample_rate_hz in [44_100, 48_000, 96_000] {
        let rate = f64::from(sample_rate_hz);
        // Whole fractions of the rate keep one phase for good: they are the hard ones.
        let fractions = [4.0, 3.0, 6.0, 2.5].map(|part| rate / part);
        let frequencies_hz: Vec<f64> =
            FREQUENCIES_HZ.into_iter().chain(fractions).filter(|hz| *hz <= 20_000.0).collect();
        let readings = frequencies_hz.iter().flat_map(|hz| {
            (0..PHASES).map(move |phase| {
                let frames = sample_rate_hz as usize / 10;
                let samples =
                    faded(hz / rate, phase as f64 / (2 * PHASES) as f64, 0.5, frames, rate * FADE_S);
                measure(samples, sample_rate_hz).true_peak_dbtp
            })
        });
        let readings: Vec<Option<f64>> = readings.collect();
        let case = format!("sines at {sample_rate_hz} Hz");
        let place = Place { standard: "ITU-R BS.1770-5 annex 2", case: &case };
        let expected = amplitude_to_db(0.5);
        let whole = || readings.iter().copied().collect::<Option<Vec<f64>>>();
        for (reading, value) in [
            ("true peak, any phase, lowest", whole().and_then(|all| all.into_iter().reduce(f64::min))),
            ("true peak, any phase, highest", whole().and_then(|all| all.into_iter().reduce(f64::max))),
        ] {
            ledger.file(place, reading, Unit::Dbtp, value, expected, ACCURATE_DB);
        }
    }
}
