//! The linear-phase equaliser: the gain of the minimum-phase one, no phase, latency taken out, pre-ringing bounded.
#![allow(clippy::print_stdout, reason = "the figures reached are worth reading")]

use super::{moves, run};
use mixproof::audio::Block;
use mixproof::dsp::biquad;
use mixproof::model::{EqBand, EqPhase, EqShape, Processor};
use mixproof::process::Chain;
use rustfft::{FftPlanner, num_complex::Complex};

const RATE_HZ: u32 = 44_100;
const FRAMES: usize = 65_536;
const IMPULSE_AT: usize = 30_000;

/// What a mastering plan has: broad bands up to Q 1.4, down to 45 Hz.
fn bands() -> Vec<EqBand> {
    let band = |shape, center_hz, gain_db, q| EqBand { shape, center_hz, gain_db, q };
    vec![
        band(EqShape::LowShelf, 60.0, -4.0, 0.7),
        band(EqShape::Peak, 250.0, 3.0, 1.4),
        band(EqShape::Peak, 3000.0, -2.5, 0.9),
        band(EqShape::HighShelf, 8000.0, 4.0, 0.7),
    ]
}

/// Answer to an impulse of 0.5 at [`IMPULSE_AT`].
fn answer(phase: EqPhase) -> Vec<f64> {
    let mut impulse = Block::silent(2, FRAMES, RATE_HZ);
    impulse.channel_mut(1)[IMPULSE_AT] = 0.5;
    let output = run(&[Processor::Eq { bands: bands(), phase }], &impulse);
    assert!(output.channel(0).iter().all(|sample| *sample == 0.0), "the channels are apart");
    output.channel(1).iter().map(|sample| 2.0 * f64::from(*sample)).collect()
}

fn spectrum(samples: &[f64]) -> Vec<Complex<f64>> {
    let mut bins: Vec<Complex<f64>> = samples.iter().map(|x| Complex::new(*x, 0.0)).collect();
    FftPlanner::new().plan_fft_forward(bins.len()).process(&mut bins);
    bins
}

#[test]
fn linear_phase_nulls_against_the_magnitude_of_the_minimum_phase_one() {
    let (linear, minimum) = (spectrum(&answer(EqPhase::Linear)), spectrum(&answer(EqPhase::Minimum)));
    let bin_hz = f64::from(RATE_HZ) / FRAMES as f64;
    let mut worst_db = 0.0f64;
    for bin in (10.0 / bin_hz) as usize..(20_000.0 / bin_hz) as usize {
        let difference_db = 20.0 * (linear[bin].norm() / minimum[bin].norm()).log10();
        worst_db = worst_db.max(difference_db.abs());
    }
    println!("linear against minimum phase, 10 Hz to 20 kHz: {worst_db:.5} dB");
    assert!(worst_db < 0.005, "{worst_db} dB");
}

#[test]
fn linear_phase_is_symmetric_around_the_place_of_the_impulse() {
    let answer = answer(EqPhase::Linear);
    let peak = (0..FRAMES).max_by(|a, b| answer[*a].abs().total_cmp(&answer[*b].abs())).unwrap();
    assert_eq!(peak, IMPULSE_AT, "the latency is taken out");
    for distance in 1..4000 {
        let (before, after) = (answer[IMPULSE_AT - distance], answer[IMPULSE_AT + distance]);
        assert!((before - after).abs() < 2e-7, "{distance}: {before} and {after}");
    }
    let eq = Processor::Eq { bands: bands(), phase: EqPhase::Linear };
    let chain = Chain::new(&moves(&[eq]), RATE_HZ, 2).unwrap();
    assert!(chain.latency_frames().is_power_of_two() && chain.latency_frames() >= 2048);
}

#[test]
fn pre_ringing_is_bounded() {
    let answer = answer(EqPhase::Linear);
    let energy = |samples: &[f64]| samples.iter().map(|x| x * x).sum::<f64>();
    let whole = energy(&answer);
    // Broad bands ring for about a period of their centre: what comes before the masking of 20 ms is far down.
    for (before_ms, most_db) in [(5.0, -20.0), (20.0, -38.0), (60.0, -75.0)] {
        let until = IMPULSE_AT - (before_ms * f64::from(RATE_HZ) / 1000.0) as usize;
        let early_db = 10.0 * (energy(&answer[..until]) / whole).log10();
        println!("earlier than {before_ms} ms: {early_db:.1} dB");
        assert!(early_db < most_db, "{before_ms} ms: {early_db} dB");
    }
}

#[test]
fn the_filter_is_as_long_as_its_narrowest_band_needs() {
    // A narrow deep cut at 50 Hz rings for a second: it is still met where it stands.
    let band = EqBand { shape: EqShape::Peak, center_hz: 50.0, gain_db: -6.0, q: 8.0 };
    let mut impulse = Block::silent(1, 2 * FRAMES, RATE_HZ);
    impulse.channel_mut(0)[FRAMES] = 0.5;
    let eq = Processor::Eq { bands: vec![band], phase: EqPhase::Linear };
    let samples: Vec<f64> = run(&[eq], &impulse).channel(0).iter().map(|x| 2.0 * f64::from(*x)).collect();
    let bins = spectrum(&samples);
    for frequency_hz in [20.0, 40.0, 48.0, 50.0, 52.0, 70.0, 1000.0] {
        let bin = (frequency_hz / f64::from(RATE_HZ) * bins.len() as f64).round() as usize;
        let at_hz = bin as f64 * f64::from(RATE_HZ) / bins.len() as f64;
        let expected_db = biquad::peak(50.0, -6.0, 8.0, 44_100.0).magnitude_db(at_hz, 44_100.0);
        let found_db = 20.0 * bins[bin].norm().log10();
        assert!(
            (found_db - expected_db).abs() < 0.01,
            "{at_hz:.1} Hz: {found_db:.3}, not {expected_db:.3} dB"
        );
    }
}
