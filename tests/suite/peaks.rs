//! True peak: every phase of every frequency, an exact band-limited reference, the printed filter, overs and clipping.
#![allow(clippy::print_stdout, reason = "figures, and what was skipped, are worth reading")]

use crate::signals::{Random, join, pieces, real_audio, silence, sine};
use crate::song;
use mixproof::audio::Block;
use mixproof::dsp::true_peak::TABLE;
use mixproof::measure::PeakMeter;
use mixproof::model::Peaks;
use mixproof::units::amplitude_to_db;
use rustfft::{FftPlanner, num_complex::Complex};
use std::f64::consts::{PI, TAU};
use std::process::Command;

fn measure(block: &Block) -> Peaks {
    let mut meter = PeakMeter::new(block.sample_rate_hz(), block.channel_count());
    pieces(block, &[8192]).iter().for_each(|piece| meter.push(piece));
    meter.finish()
}

fn mono(samples: Vec<f32>, sample_rate_hz: u32) -> Block {
    Block::from_channels(vec![samples], sample_rate_hz)
}

/// A sine with a raised-cosine fade of 10 ms at either end, so that its edges do not ring.
fn faded_sine(cycles_per_sample: f64, phase: f64, amplitude: f64, frames: usize) -> Vec<f32> {
    let fade = 480.0;
    (0..frames)
        .map(|n| {
            let edge = (n.min(frames - 1 - n) as f64 / fade).min(1.0);
            let envelope = 0.5 - 0.5 * (PI * edge).cos();
            (amplitude * envelope * (TAU * cycles_per_sample * n as f64 + phase).sin()) as f32
        })
        .collect()
}

#[test]
fn sines_up_to_20_khz_read_right_at_any_phase() {
    let (mut lowest, mut highest) = (f64::MAX, f64::MIN);
    // Frequencies that repeat after few samples show the same phases all the time; the others pass through all of them.
    let ratios =
        [1.0 / 4.0, 1.0 / 3.0, 2.0 / 5.0, 3.0 / 7.0, 9.0 / 20.0, 4.0 / 9.0, 1.0 / 6.0, 1.0 / 8.0, 5.0 / 12.0];
    for cycles_per_sample in ratios {
        for step in 0..24 {
            let samples = faded_sine(cycles_per_sample, TAU * f64::from(step) / 24.0 / 4.0, 0.7, 2400);
            let error = measure(&mono(samples, 44_100)).true_peak_dbtp.unwrap() - amplitude_to_db(0.7);
            (lowest, highest) = (lowest.min(error), highest.max(error));
        }
    }
    for (rate_hz, frequency_hz) in [
        (44_100.0, 20_000.0),
        (44_100.0, 19_000.0),
        (44_100.0, 17_123.0),
        (44_100.0, 10_007.0),
        (44_100.0, 997.0),
        (44_100.0, 40.0),
        (48_000.0, 20_000.0),
        (96_000.0, 20_000.0),
        (192_000.0, 20_000.0),
        (32_000.0, 14_000.0),
    ] {
        for step in 0..8 {
            let samples = faded_sine(frequency_hz / rate_hz, f64::from(step), 0.7, 6000);
            let error =
                measure(&mono(samples, rate_hz as u32)).true_peak_dbtp.unwrap() - amplitude_to_db(0.7);
            (lowest, highest) = (lowest.min(error), highest.max(error));
        }
    }
    println!("sines to 20 kHz, any phase: {lowest:+.4} … {highest:+.4} dB");
    assert!(lowest >= -0.06 && highest <= 0.02, "{lowest:+.4} … {highest:+.4}");
}

/// The highest magnitude of the band-limited signal through the samples: a Fourier series of pieces, evaluated 64 times
/// per sample. Pieces overlap, and their faded ends are left out.
fn exact_peak(samples: &[f32]) -> f64 {
    const LENGTH: usize = 8192;
    const EDGE: usize = 1024;
    const FACTOR: usize = 64;
    let mut planner = FftPlanner::<f64>::new();
    let forward = planner.plan_fft_forward(LENGTH);
    let inverse = planner.plan_fft_inverse(LENGTH * FACTOR);
    let at = |n: isize| usize::try_from(n).ok().and_then(|n| samples.get(n)).map_or(0.0, |x| f64::from(*x));
    let highest_sample = samples.iter().fold(0f64, |peak, x| peak.max(f64::from(x.abs())));
    let mut peak = highest_sample;
    let mut start = -(EDGE as isize);
    while start < samples.len() as isize {
        let piece: Vec<f64> = (0..LENGTH).map(|i| at(start + i as isize)).collect();
        // A piece whose samples stay 4 dB below the highest one does not hold the peak of music.
        if piece.iter().any(|x| x.abs() > 0.63 * highest_sample) {
            let mut spectrum: Vec<Complex<f64>> = piece
                .iter()
                .enumerate()
                .map(|(i, x)| {
                    let edge = (i.min(LENGTH - 1 - i) as f64 / EDGE as f64).min(1.0);
                    Complex::new(x * (0.5 - 0.5 * (PI * edge).cos()), 0.0)
                })
                .collect();
            forward.process(&mut spectrum);
            let mut fine = vec![Complex::new(0.0, 0.0); LENGTH * FACTOR];
            fine[..LENGTH / 2].copy_from_slice(&spectrum[..LENGTH / 2]);
            let end = LENGTH * FACTOR - LENGTH / 2 + 1;
            fine[end..].copy_from_slice(&spectrum[LENGTH / 2 + 1..]);
            inverse.process(&mut fine);
            let middle = &fine[EDGE * FACTOR..(LENGTH - EDGE) * FACTOR];
            peak = middle.iter().fold(peak, |peak, value| peak.max(value.re.abs() / LENGTH as f64));
        }
        start += (LENGTH - 2 * EDGE) as isize;
    }
    peak
}

#[test]
fn synthetic_music_reads_as_the_exact_reference() {
    // Above 20 kHz "true peak" is a matter of definition: the reference has no transition band.
    let full_band = song::song(4.0, 44_100, 3);
    let low_pass: Vec<f64> = (0..511)
        .map(|k| {
            let t = f64::from(k) - 255.0;
            let cut = 20_200.0 / 44_100.0;
            let sinc = if t == 0.0 { 2.0 * cut } else { (TAU * cut * t).sin() / (PI * t) };
            sinc * (0.42 + 0.5 * (PI * t / 256.0).cos() + 0.08 * (TAU * t / 256.0).cos())
        })
        .collect();
    let channels = full_band.channels().iter().map(|channel| {
        channel
            .windows(511)
            .map(|window| low_pass.iter().zip(window).map(|(tap, x)| tap * f64::from(*x)).sum::<f64>() as f32)
            .collect()
    });
    let song = Block::from_channels(channels.collect(), 44_100);
    let measured = measure(&song);
    for (channel, peaks) in song.channels().iter().zip(&measured.channels) {
        let error = peaks.true_peak_dbtp.unwrap() - amplitude_to_db(exact_peak(channel));
        assert!(error.abs() < 0.01, "{error:+.4} dB");
    }
}

/// Five seconds of the left channel out of the middle, decoded by ffmpeg; `None` where it is not installed.
fn excerpt(path: &std::path::Path) -> Option<Vec<f32>> {
    let out = Command::new("ffmpeg")
        .args(["-nostdin", "-v", "quiet", "-ss", "14", "-t", "5", "-i"])
        .arg(path)
        .args(["-map", "0:a", "-af", "pan=mono|c0=c0", "-f", "f32le", "-"])
        .output()
        .ok()?;
    Some(out.stdout.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect())
}

#[test]
fn real_music_reads_as_the_exact_reference() {
    let Some(folder) = real_audio() else {
        println!("skipped: no real audio beside the project");
        return;
    };
    for name in [
        "mixes/rock_joshua-morin_on-the-run.ogg",
        "mixes/electronic_pronobozo_lincity.ogg",
        "mixes/hiphop_boomboxhead_content-number-2.mp3",
        "mixes/classical_us-army-strings_brahms-hungarian-dance-5.ogg",
    ] {
        let Some(samples) = excerpt(&folder.join(name)).filter(|samples| !samples.is_empty()) else {
            println!("skipped: {name} could not be decoded (is ffmpeg installed?)");
            continue;
        };
        let exact = amplitude_to_db(exact_peak(&samples));
        let measured = measure(&mono(samples, 44_100));
        let error = measured.true_peak_dbtp.unwrap() - exact;
        let printed = measured.true_peak_4x_dbtp.unwrap() - exact;
        println!("{name}: exact {exact:+.3} dBTP, accurate {error:+.4} dB, printed filter {printed:+.4} dB");
        assert!(error.abs() < 0.01, "{name}: {error:+.4} dB");
    }
}

#[test]
fn the_4x_reading_is_the_printed_filter_and_nothing_else() {
    let mut random = Random(5);
    let mut samples: Vec<f32> = (0..9_000).map(|_| (0.8 * random.bipolar()) as f32).collect();
    // A stretch far below the rest, which the meter may pass over.
    samples[3_000..6_000].iter_mut().for_each(|x| *x *= 0.01);
    let at = |n: isize| usize::try_from(n).ok().and_then(|n| samples.get(n)).map_or(0.0, |x| f64::from(*x));
    let direct = (0..samples.len() as isize + 12)
        .flat_map(|n| TABLE.iter().map(move |phase| (n, phase)))
        .map(|(n, phase)| {
            phase.iter().enumerate().map(|(k, tap)| f64::from(*tap) * at(n - k as isize)).sum::<f64>().abs()
        })
        .fold(0.0, f64::max);
    let measured = measure(&mono(samples.clone(), 48_000)).true_peak_4x_dbtp.unwrap();
    assert!((measured - amplitude_to_db(direct)).abs() < 1e-5, "{measured} {}", amplitude_to_db(direct));
}

#[test]
fn accurate_reading_equals_a_plain_long_sinc() {
    let mut random = Random(11);
    // Band-limited noise: a running mean of white noise, then a slow swell.
    let white: Vec<f64> = (0..4_010).map(|_| random.bipolar()).collect();
    let samples: Vec<f32> = (0..4_000)
        .map(|n| {
            let smooth = (0..10)
                .map(|k| white[n + k] * (0.5 - 0.5 * (TAU * (k as f64 + 0.5) / 10.0).cos()))
                .sum::<f64>();
            (0.3 * smooth * (PI * n as f64 / 4_000.0).sin()) as f32
        })
        .collect();
    let mut direct = 0f64;
    for n in 300..3_700usize {
        for phase in 0..32 {
            let t = n as f64 + f64::from(phase) / 32.0;
            let value: f64 = (n - 255..n + 257)
                .map(|k| {
                    let d = t - k as f64;
                    let sinc = if d == 0.0 { 1.0 } else { (PI * d).sin() / (PI * d) };
                    f64::from(samples[k]) * sinc * (0.5 + 0.5 * (PI * d / 257.0).cos())
                })
                .sum();
            direct = direct.max(value.abs());
        }
    }
    let measured = measure(&mono(samples, 44_100)).true_peak_dbtp.unwrap();
    assert!((measured - amplitude_to_db(direct)).abs() < 0.005, "{measured} {}", amplitude_to_db(direct));
}

#[test]
fn place_and_series_show_the_peak_where_it_is() {
    let rate_hz = 48_000;
    let quiet = sine(200.0, -20.0, 1.0, rate_hz, 2);
    let mut whole = join(&[quiet.clone(), quiet.clone(), quiet]);
    let at = 61_234;
    whole.channel_mut(1)[at] = 0.9;
    let measured = measure(&whole);
    let place_s = measured.channels[1].true_peak_at_s.unwrap();
    assert!((place_s - at as f64 / f64::from(rate_hz)).abs() < 1.0 / f64::from(rate_hz), "{place_s}");
    assert_eq!(measured.true_peak_dbtp_series.len(), 30);
    let highest = measured.true_peak_dbtp_series.iter().flatten().copied().fold(f32::MIN, f32::max);
    let index = measured.true_peak_dbtp_series.iter().position(|value| *value == Some(highest));
    assert_eq!(index, Some(12));
    assert!((f64::from(highest) - measured.true_peak_dbtp.unwrap()).abs() < 0.5);
    for (i, value) in measured.true_peak_dbtp_series.iter().enumerate().filter(|(i, _)| *i != 12) {
        assert!((f64::from(value.unwrap()) + 20.0).abs() < 0.2, "{i}: {value:?}");
    }
    assert!(measured.channels[0].true_peak_dbtp.unwrap() < -19.0);
}

#[test]
fn a_single_sample_and_the_ends_of_a_file_are_read() {
    for frames in [1, 2, 30, 441, 500] {
        for at in [0, frames - 1] {
            let mut samples = vec![0.0; frames];
            samples[at] = -0.5;
            let measured = measure(&mono(samples, 44_100));
            assert!((measured.true_peak_dbtp.unwrap() + 6.0206).abs() < 0.01, "{frames} {at}");
            assert!((measured.channels[0].true_peak_at_s.unwrap() - at as f64 / 44_100.0).abs() < 1e-5);
        }
    }
}

#[test]
fn overs_are_counted_once_each() {
    // 100 Hz over full scale: each half-wave is one excursion.
    let loud = mono(faded_sine(100.0 / 44_100.0, 0.0, 1.2, 44_100), 44_100);
    let expected = (0..200).filter(|half| {
        let centre = (f64::from(*half) + 0.5) / 200.0 * 44_100.0;
        let edge = (centre.min(44_100.0 - centre) / 480.0).min(1.0);
        1.2 * (0.5 - 0.5 * (PI * edge).cos()) > 1.0
    });
    assert_eq!(measure(&loud).over_count, expected.count() as u64);
    // Between the samples only: fs/4 at 45° has its samples 3 dB below its peaks.
    let between = mono(faded_sine(0.25, PI / 4.0, 1.02, 44_100), 44_100);
    let measured = measure(&between);
    assert!(measured.sample_dbfs.unwrap() < -2.5 && measured.over_count > 20_000, "{}", measured.over_count);
    for amplitude in [0.9, 0.98, 0.999] {
        for cycles_per_sample in [0.25, 1.0 / 6.0, 0.0123] {
            let below = measure(&mono(faded_sine(cycles_per_sample, PI / 4.0, amplitude, 20_000), 44_100));
            assert_eq!(below.over_count, 0, "{amplitude} {cycles_per_sample}");
        }
    }
}

/// Quantises as a 16-bit (or 8-bit) file does, clipping at its limits.
fn quantised(samples: impl Iterator<Item = f64>, bits: u32) -> Vec<f32> {
    let scale = f64::from(1u32 << (bits - 1));
    samples.map(|x| ((x * scale).round().clamp(-scale, scale - 1.0) / scale) as f32).collect()
}

#[test]
fn clipped_runs_are_found_where_they_are() {
    let rate_hz = 44_100;
    let tone =
        |amplitude: f64| (0..rate_hz).map(move |n| amplitude * (TAU * 441.0 * f64::from(n) / 44_100.0).sin());
    let measured = measure(&mono(quantised(tone(1.5), 16), rate_hz));
    assert_eq!(measured.clipped_runs, 882, "two per period");
    assert_eq!(measured.clipped.len(), 882);
    let first = &measured.clipped[0];
    // sin⁻¹(1 / 1.5) of a period of 100 samples: 11.6 … 38.4.
    assert_eq!((first.channel, first.samples), (0, 27));
    assert!((first.start_s - 12.0 / 44_100.0).abs() < 1e-9 && (first.end_s - 39.0 / 44_100.0).abs() < 1e-9);
    // Turned down afterwards it is no longer at full scale: not found, as documented.
    let down: Vec<f32> = quantised(tone(1.5), 16).iter().map(|x| x * 0.8).collect();
    assert_eq!(measure(&mono(down, rate_hz)).clipped_runs, 0);
    // One higher sample shows that the runs did not lie at the ceiling.
    let mut higher = quantised(tone(1.5), 16).iter().map(|x| x * 0.992).collect::<Vec<f32>>();
    higher[40_000] = 1.0;
    higher[40_050] = -1.0;
    assert_eq!(measure(&mono(higher, rate_hz)).clipped_runs, 0);
}

#[test]
fn clean_files_at_full_scale_are_not_accused() {
    let rate_hz = 44_100;
    for bits in [8, 16, 24] {
        for frequency_hz in [10.0, 20.0, 41.2, 55.0, 110.0, 441.0, 997.0, 3150.0] {
            let scale = f64::from(1u32 << (bits - 1));
            let full = (scale - 1.0) / scale;
            let tone = (0..2 * rate_hz).map(|n| full * (TAU * frequency_hz * f64::from(n) / 44_100.0).cos());
            let measured = measure(&mono(quantised(tone, bits), rate_hz));
            assert!(measured.sample_dbfs.unwrap() > -0.1);
            assert_eq!(measured.clipped_runs, 0, "{bits} bit, {frequency_hz} Hz");
        }
    }
    let song = song::song(10.0, rate_hz, 9);
    let peak = song.channels().iter().flatten().fold(0f32, |peak, x| peak.max(x.abs()));
    let normalised: Vec<Vec<f32>> = song
        .channels()
        .iter()
        .map(|channel| quantised(channel.iter().map(|x| f64::from(x / peak)), 16))
        .collect();
    assert_eq!(measure(&Block::from_channels(normalised, rate_hz)).clipped_runs, 0);
}

#[test]
fn long_plateaus_are_one_run() {
    let mut samples = vec![0.2f32; 3_000];
    samples[500..2_100].fill(1.0);
    let measured = measure(&mono(samples, 44_100));
    assert_eq!(measured.clipped_runs, 1);
    assert_eq!(measured.clipped[0].samples, 1_600);
}

#[test]
fn silence_has_no_peaks() {
    let measured = measure(&silence(0.5, 48_000, 2));
    assert_eq!(measured.true_peak_dbtp, None);
    assert_eq!(measured.sample_dbfs, None);
    assert_eq!(measured.channels[1].true_peak_at_s, None);
    assert_eq!(measured.true_peak_dbtp_series, vec![None; 5]);
    assert_eq!((measured.over_count, measured.clipped_runs), (0, 0));
}
