//! The standards' own cases, synthesised from their recipes: EBU Tech 3341 (1–6, 9–23), Tech 3342 (1–4), the tones and
//! gate tests of ITU-R BS.2217, and the K-weighting of BS.1770-5.

use crate::signals::{pieces, sine};
use mixproof::audio::Block;
use mixproof::dsp::kweight::KCoefficients;
use mixproof::measure::{LoudnessMeter, PeakMeter, channel_weights};
use mixproof::model::{Loudness, Peaks};
use mixproof::units::{amplitude_to_db, db_to_amplitude, power_to_db};
use std::f64::consts::{PI, TAU};

/// Rates that the recipes are run at.
const RATES_HZ: [u32; 5] = [44_100, 48_000, 88_200, 96_000, 192_000];

fn loudness(block: &Block) -> Loudness {
    let mut meter = LoudnessMeter::new(block.sample_rate_hz(), block.channel_count());
    pieces(block, &[8192]).iter().for_each(|piece| meter.push(piece));
    meter.finish()
}

fn peaks(block: &Block) -> Peaks {
    let mut meter = PeakMeter::new(block.sample_rate_hz(), block.channel_count());
    pieces(block, &[8192]).iter().for_each(|piece| meter.push(piece));
    meter.finish()
}

/// Steps of a 1 kHz stereo tone, in phase from step to step: (duration in s, peak level in dBFS; silence where `None`).
/// Ten periods are a whole number of samples at every rate, and every duration of the recipes is a multiple of them.
fn steps(steps: &[(f64, Option<f64>)], sample_rate_hz: u32) -> Block {
    let ten_periods = sine(1000.0, 0.0, 0.01, sample_rate_hz, 1).channel(0).to_vec();
    let mut channel: Vec<f32> = Vec::new();
    for (duration_s, level) in steps {
        let amplitude = level.map_or(0.0, db_to_amplitude);
        let times = (duration_s * 100.0).round();
        assert!((duration_s * 100.0 - times).abs() < 1e-6, "{duration_s} s");
        let cell: Vec<f32> = ten_periods.iter().map(|x| (amplitude * f64::from(*x)) as f32).collect();
        channel.extend(cell.repeat(times as usize));
    }
    Block::from_channels(vec![channel; 2], sample_rate_hz)
}

fn tones(levels: &[(f64, f64)], sample_rate_hz: u32) -> Block {
    let with_level: Vec<_> = levels.iter().map(|(duration_s, level)| (*duration_s, Some(*level))).collect();
    steps(&with_level, sample_rate_hz)
}

#[track_caller]
fn near(what: &str, measured: Option<f64>, expected: f64, tolerance: f64) {
    let measured = measured.unwrap_or_else(|| panic!("{what}: nothing measured, expected {expected}"));
    assert!((measured - expected).abs() <= tolerance, "{what}: {measured} is not {expected} ± {tolerance}");
}

/// Response of the K filters at a frequency, from their coefficients.
fn k_gain_db(frequency_hz: f64, sample_rate_hz: f64) -> f64 {
    let k = KCoefficients::at(sample_rate_hz);
    let w = TAU * frequency_hz / sample_rate_hz;
    let power = |c: [f64; 3]| {
        let re = c[0] + c[1] * w.cos() + c[2] * (2.0 * w).cos();
        let im = -c[1] * w.sin() - c[2] * (2.0 * w).sin();
        re * re + im * im
    };
    let shelf = power(k.shelf_b) / power([1.0, k.shelf_a[0], k.shelf_a[1]]);
    let highpass = power([1.0, -2.0, 1.0]) / power([1.0, k.highpass_a[0], k.highpass_a[1]]);
    power_to_db(shelf * highpass)
}

#[test]
fn k_weighting_of_every_rate_is_the_derived_table() {
    type Row = (f64, [f64; 3], [f64; 2], [f64; 2]);
    let table: [Row; 5] = [
        (
            48_000.0,
            [1.53512485958697, -2.69169618940638, 1.19839281085285],
            [-1.69065929318241, 0.73248077421585],
            [-1.99004745483398, 0.99007225036621],
        ),
        (
            44_100.0,
            [1.53084123005, -2.650979995155, 1.169079079922],
            [-1.663655113256, 0.712595428073],
            [-1.98916967363, 0.989199035787],
        ),
        (
            88_200.0,
            [1.55751537558, -2.905627079926, 1.361333977472],
            [-1.830919987962, 0.844142261088],
            [-1.99457751545, 0.994584875878],
        ),
        (
            96_000.0,
            [1.559714228976, -2.926741578251, 1.378261202316],
            [-1.84460946989, 0.855843322931],
            [-1.995017544725, 0.995023759041],
        ),
        (
            192_000.0,
            [1.572227215091, -3.047283051562, 1.47797134098],
            [-1.922202230607, 0.925117735117],
            [-1.997507222841, 0.997508778356],
        ),
    ];
    for (rate_hz, shelf_b, shelf_a, highpass_a) in table {
        let own = KCoefficients::at(rate_hz);
        let own = own.shelf_b.iter().chain(&own.shelf_a).chain(&own.highpass_a);
        for (own, table) in own.zip(shelf_b.iter().chain(&shelf_a).chain(&highpass_a)) {
            assert!((own - table).abs() < 2e-11, "{rate_hz}: {own} {table}");
        }
    }
}

#[test]
fn k_weighting_has_the_gains_of_the_standard_at_48_khz() {
    let gains = [
        (25.0, -10.393),
        (50.0, -3.934),
        (100.0, -1.133),
        (500.0, 0.042),
        (997.0, 0.691),
        (1000.0, 0.698),
        (2000.0, 3.071),
        (10_000.0, 4.042),
        (12_000.0, 4.043),
    ];
    for (frequency_hz, gain_db) in gains {
        near(&format!("{frequency_hz} Hz"), Some(k_gain_db(frequency_hz, 48_000.0)), gain_db, 0.0006);
    }
}

#[test]
fn a_mono_full_scale_tone_of_997_hz_reads_minus_3_01() {
    for rate_hz in RATES_HZ {
        let measured = loudness(&sine(997.0, 0.0, 2.0, rate_hz, 1));
        near(&format!("{rate_hz}"), measured.integrated_lufs, -3.01, 0.03);
    }
}

#[test]
fn tech_3341_cases_1_and_2_steady_tones() {
    for rate_hz in RATES_HZ {
        for level in [-23.0, -33.0] {
            let measured = loudness(&sine(1000.0, level, 20.0, rate_hz, 2));
            let name = format!("{level} at {rate_hz}");
            near(&name, measured.integrated_lufs, level, 0.1);
            near(&name, measured.momentary_max_lufs, level, 0.1);
            near(&name, measured.short_term_max_lufs, level, 0.1);
            let steady = &measured.short_term_lufs[29..];
            assert!(steady.iter().all(|value| (f64::from(value.unwrap()) - level).abs() < 0.1));
        }
    }
}

#[test]
fn tech_3341_cases_3_to_5_gates() {
    let cases: [(&str, &[(f64, f64)]); 3] = [
        ("case 3", &[(10.0, -36.0), (60.0, -23.0), (10.0, -36.0)]),
        ("case 4", &[(10.0, -72.0), (10.0, -36.0), (60.0, -23.0), (10.0, -36.0), (10.0, -72.0)]),
        ("case 5", &[(20.0, -26.0), (20.1, -20.0), (20.0, -26.0)]),
    ];
    for rate_hz in RATES_HZ {
        for (name, recipe) in cases {
            let measured = loudness(&tones(recipe, rate_hz));
            near(&format!("{name} at {rate_hz}"), measured.integrated_lufs, -23.0, 0.1);
        }
    }
}

#[test]
fn tech_3341_case_6_surround() {
    for rate_hz in RATES_HZ {
        let channel = |level| sine(1000.0, level, 20.0, rate_hz, 1).channel(0).to_vec();
        let (front, centre, surround) = (channel(-28.0), channel(-24.0), channel(-30.0));
        let five = vec![front.clone(), front.clone(), centre.clone(), surround.clone(), surround.clone()];
        let measured = loudness(&Block::from_channels(five, rate_hz));
        near(&format!("5.0 at {rate_hz}"), measured.integrated_lufs, -23.0, 0.1);
        let lfe = channel(0.0);
        let six = vec![front.clone(), front, centre, lfe, surround.clone(), surround];
        let with_lfe = loudness(&Block::from_channels(six, rate_hz));
        assert_eq!(with_lfe.integrated_lufs, measured.integrated_lufs, "the LFE does not count");
    }
}

#[test]
fn tech_3341_case_9_short_term_is_constant() {
    for rate_hz in RATES_HZ {
        let recipe = [(1.34, -20.0), (1.66, -30.0)].repeat(5);
        let measured = loudness(&tones(&recipe, rate_hz));
        near(&format!("{rate_hz}"), measured.short_term_max_lufs, -23.0, 0.1);
        for value in &measured.short_term_lufs[29..] {
            near(&format!("{rate_hz}"), value.map(f64::from), -23.0, 0.1);
        }
    }
}

#[test]
fn tech_3341_case_10_maximum_short_term_of_files() {
    for i in 0..20 {
        for rate_hz in RATES_HZ {
            let lead_s = f64::from(i) * 0.15;
            let file = steps(&[(lead_s, None), (3.0, Some(-23.0)), (1.0, None)], rate_hz);
            near(&format!("file {i} at {rate_hz}"), loudness(&file).short_term_max_lufs, -23.0, 0.1);
        }
    }
}

#[test]
fn tech_3341_case_11_maximum_short_term_live() {
    // One running meter would keep the maximum; the maximum so far after each burst is what the display shows.
    let mut recipe = Vec::new();
    for i in 0..20 {
        let lead_s = f64::from(i) * 0.15;
        recipe.extend([(lead_s, None), (3.0, Some(f64::from(i) - 38.0)), (3.0 - lead_s, None)]);
    }
    for rate_hz in RATES_HZ {
        let series = loudness(&steps(&recipe, rate_hz)).short_term_lufs;
        for i in 0..20 {
            let so_far = series[..(i + 1) * 60].iter().flatten().copied().reduce(f32::max);
            near(&format!("burst {i} at {rate_hz}"), so_far.map(f64::from), i as f64 - 38.0, 0.1);
        }
    }
}

#[test]
fn tech_3341_case_12_momentary_is_constant() {
    for rate_hz in RATES_HZ {
        let recipe = [(0.18, -20.0), (0.22, -30.0)].repeat(25);
        let measured = loudness(&tones(&recipe, rate_hz));
        near(&format!("{rate_hz}"), measured.momentary_max_lufs, -23.0, 0.1);
        for value in &measured.momentary_lufs[9..] {
            near(&format!("{rate_hz}"), value.map(f64::from), -23.0, 0.1);
        }
    }
}

#[test]
fn tech_3341_case_13_maximum_momentary_of_files() {
    for rate_hz in RATES_HZ {
        for i in 0..20 {
            let file = steps(&[(f64::from(i) * 0.02, None), (0.4, Some(-23.0)), (1.0, None)], rate_hz);
            near(&format!("file {i} at {rate_hz}"), loudness(&file).momentary_max_lufs, -23.0, 0.1);
        }
    }
}

#[test]
fn tech_3341_case_14_maximum_momentary_live() {
    for rate_hz in RATES_HZ {
        let mut recipe = Vec::new();
        for i in 0..20 {
            let lead_s = f64::from(i) * 0.02;
            recipe.extend([(lead_s, None), (0.4, Some(f64::from(i) - 38.0)), (0.4 - lead_s, None)]);
            // The recipe so far, as one file: the maximum that a live display would hold.
            let so_far = loudness(&steps(&recipe, rate_hz)).momentary_max_lufs;
            near(&format!("burst {i} at {rate_hz}"), so_far, f64::from(i) - 38.0, 0.1);
        }
    }
}

#[test]
fn tech_3341_cases_15_to_19_true_peak_of_tones() {
    // (case, fs / f, amplitude, phase in degrees, expected)
    let cases = [
        (15, 4.0, 0.5, 0.0, -6.0),
        (16, 4.0, 0.5, 45.0, -6.0),
        (17, 6.0, 0.5, 60.0, -6.0),
        (18, 8.0, 0.5, 67.5, -6.0),
        (19, 4.0, 1.41, 45.0, 3.0),
    ];
    for rate_hz in RATES_HZ {
        for (case, period, amplitude, phase, expected) in cases {
            let frames = (3.0 * f64::from(rate_hz)) as usize;
            let fade = f64::from(rate_hz) * 0.01;
            let tone: Vec<f32> = (0..frames)
                .map(|n| {
                    let edge = (n.min(frames - 1 - n) as f64 / fade).min(1.0);
                    (edge * amplitude * (TAU * n as f64 / period + phase * PI / 180.0).sin()) as f32
                })
                .collect();
            let measured = peaks(&Block::from_channels(vec![tone.clone(), tone], rate_hz));
            for (reading, name) in
                [(measured.true_peak_dbtp, "accurate"), (measured.true_peak_4x_dbtp, "printed filter")]
            {
                let error = reading.unwrap() - expected;
                assert!((-0.4..=0.2).contains(&error), "case {case} at {rate_hz}, {name}: {error:+.3}");
            }
            // The accurate reading is held to more than the standard asks for.
            let exact = amplitude_to_db(amplitude);
            near(&format!("case {case} at {rate_hz}"), measured.true_peak_dbtp, exact, 0.01);
        }
    }
}

/// Tech 3341 cases 20–23 at four times the rate: a sine of a sixth of the rate with one period of a quarter of it at
/// twice the amplitude, low-passed and decimated.
fn burst_at_four_times_the_rate() -> Vec<f64> {
    const LENGTH: usize = 24 * 400;
    const BURST: usize = 24 * 200;
    let raw: Vec<f64> = (0..LENGTH + 16)
        .map(|n| match n {
            _ if n < BURST => 0.5 * (TAU * n as f64 / 24.0).sin(),
            _ if n < BURST + 16 => (TAU * (n - BURST) as f64 / 16.0).sin(),
            _ => 0.5 * (TAU * (n - 16) as f64 / 24.0).sin(),
        })
        .collect();
    // 1023 taps under a Kaiser window (β = 10), cut at 0.48 of the decimated rate.
    let cut = 0.48 / 4.0;
    let bessel = |x: f64| {
        let (mut sum, mut term) = (1.0, 1.0);
        for k in 1..60 {
            term *= (x / (2.0 * f64::from(k))).powi(2);
            sum += term;
        }
        sum
    };
    let taps: Vec<f64> = (0..1023)
        .map(|k| {
            let t = f64::from(k) - 511.0;
            let sinc = if t == 0.0 { 2.0 * cut } else { (TAU * cut * t).sin() / (PI * t) };
            sinc * bessel(10.0 * (1.0 - (t / 511.0).powi(2)).sqrt()) / bessel(10.0)
        })
        .collect();
    let at = |n: isize| usize::try_from(n).ok().and_then(|n| raw.get(n)).copied().unwrap_or(0.0);
    (0..raw.len() as isize)
        .map(|n| taps.iter().enumerate().map(|(k, tap)| tap * at(n + 511 - k as isize)).sum())
        .collect()
}

#[test]
fn tech_3341_cases_20_to_23_true_peak_of_bursts() {
    let oversampled = burst_at_four_times_the_rate();
    let on_grid = amplitude_to_db(oversampled[2000..7600].iter().fold(0f64, |peak, x| peak.max(x.abs())));
    // The recipe counts in samples, so that it runs at any rate; the filters of the meter are other ones there.
    for rate_hz in RATES_HZ {
        true_peak_of_bursts(&oversampled, on_grid, rate_hz);
    }
}

fn true_peak_of_bursts(oversampled: &[f64], on_grid: f64, rate_hz: u32) {
    let readings: Vec<f64> = (0..4)
        .map(|offset| {
            // The start and the end of the synthesis ring: only the middle is the case.
            let samples: Vec<f64> = oversampled[2000 + offset..7600].iter().step_by(4).copied().collect();
            let fade = |n: usize| (n.min(samples.len() - 1 - n) as f64 / 200.0).min(1.0);
            let faded: Vec<f32> = samples.iter().enumerate().map(|(n, x)| (x * fade(n)) as f32).collect();
            let measured = peaks(&Block::from_channels(vec![faded.clone(), faded], rate_hz));
            for reading in [measured.true_peak_dbtp, measured.true_peak_4x_dbtp] {
                let error = reading.unwrap();
                assert!((-0.4..=0.2).contains(&error), "case {} at {rate_hz}: {error:+.3}", 20 + offset);
            }
            measured.true_peak_dbtp.unwrap()
        })
        .collect();
    // The four cases are one signal: the accurate reading does not depend on where it was sampled.
    for reading in &readings {
        assert!(
            (reading - readings[0]).abs() < 0.005 && *reading > on_grid - 0.005,
            "{rate_hz}: {readings:?} {on_grid}"
        );
    }
}

#[test]
fn tech_3342_cases_1_to_4_loudness_range() {
    let cases: [(&[f64], f64); 4] = [
        (&[-20.0, -30.0], 10.0),
        (&[-20.0, -15.0], 5.0),
        (&[-40.0, -20.0], 20.0),
        (&[-50.0, -35.0, -20.0, -35.0, -50.0], 15.0),
    ];
    for (i, (levels, expected)) in cases.iter().enumerate() {
        for rate_hz in RATES_HZ {
            let recipe: Vec<_> = levels.iter().map(|level| (20.0, *level)).collect();
            let measured = loudness(&tones(&recipe, rate_hz));
            // The standard allows 1 LU; the recipe is exact.
            near(&format!("case {} at {rate_hz}", i + 1), measured.range_lu, *expected, 0.1);
        }
    }
}

#[test]
fn bs_2217_tones_of_all_frequencies() {
    for rate_hz in RATES_HZ {
        for frequency_hz in [25.0, 100.0, 500.0, 1000.0, 2000.0, 10_000.0] {
            for level in [-24.0, -23.0] {
                // A stereo sine of L LKFS has the peak L + 0.691 − K(f); the rule of BS.1770 at 48 kHz.
                let peak_dbfs = level + 0.691 - k_gain_db(frequency_hz, 48_000.0);
                let measured = loudness(&sine(frequency_hz, peak_dbfs, 4.0, rate_hz, 2));
                near(&format!("{frequency_hz} Hz at {rate_hz}"), measured.integrated_lufs, level, 0.1);
            }
        }
    }
}

#[test]
fn bs_2217_single_channels_of_surround() {
    for (rate_hz, channels) in RATES_HZ.into_iter().flat_map(|rate_hz| [(rate_hz, 5), (rate_hz, 6)]) {
        for (index, weight) in channel_weights(channels).iter().enumerate() {
            let mut planes = vec![vec![0.0; 3 * rate_hz as usize]; channels];
            let level = -24.0 + 3.01 - power_to_db(weight.max(1e-9));
            let tone = sine(997.0, if *weight > 0.0 { level } else { 0.0 }, 3.0, rate_hz, 1);
            planes[index] = tone.channel(0).to_vec();
            let measured = loudness(&Block::from_channels(planes, rate_hz));
            if *weight > 0.0 {
                near(
                    &format!("channel {index} of {channels} at {rate_hz}"),
                    measured.integrated_lufs,
                    -24.0,
                    0.1,
                );
            } else {
                assert_eq!(measured.integrated_lufs, None, "the LFE reads nothing");
            }
        }
    }
}

#[test]
fn bs_2217_gate_tests() {
    for rate_hz in RATES_HZ {
        let floor = -90.3;
        let burst = -69.48;
        let absolute = [
            (0.8, floor),
            (0.5, burst),
            (0.5, floor),
            (0.5, burst),
            (0.5, floor),
            (0.5, burst),
            (0.7, floor),
        ];
        near("absolute gate", loudness(&tones(&absolute, rate_hz)).integrated_lufs, -69.5, 0.1);
        let relative = [(0.5, floor), (0.9, -19.9), (1.3, -7.1), (0.8, -19.9), (0.5, floor)];
        near("relative gate", loudness(&tones(&relative, rate_hz)).integrated_lufs, -10.0, 0.1);
    }
}

#[test]
fn levels_of_the_test_signals_are_what_the_recipes_say() {
    let tone = sine(1000.0, -23.0, 1.0, 48_000, 2);
    let peak = tone.channel(0).iter().fold(0f32, |peak, x| peak.max(x.abs()));
    assert!((f64::from(peak) - db_to_amplitude(-23.0)).abs() < 1e-6);
}
