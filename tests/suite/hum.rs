//! Hum is found under music, and no bass is taken for it.

use super::defects::{measure, mono};
use super::signals::{Random, sine, white};
use super::tonal_song::Song;
use std::f64::consts::TAU;

#[test]
fn basses_are_not_hum() {
    // Hum and basses live below 500 Hz: a low rate shows the same.
    let rate = 11025;
    let n = 16 * rate as usize;
    let partials = |phase: f64| (1..=6).map(|k| (f64::from(k) * phase).sin() / f64::from(k)).sum::<f64>();
    let note = |hz: &dyn Fn(f64) -> f64, gate: &dyn Fn(f64) -> f64| {
        let mut phase = 0.0;
        mono(
            (0..n)
                .map(|i| {
                    let t = i as f64 / f64::from(rate);
                    phase += TAU * hz(t) / f64::from(rate);
                    0.3 * partials(phase) * gate(t)
                })
                .collect(),
            rate,
        )
    };
    // 60 and 50 Hz in pulses of eighths, quarters, and long notes with short rests.
    for (rate_hz, on) in [(4.0, 0.6), (2.0, 0.7), (1.0, 0.8), (0.5, 0.9)] {
        for hz in [50.0, 60.0] {
            let gate = |t: f64| {
                let place = (t * rate_hz).fract();
                (place / 0.02).min(1.0) * ((on - place) / 0.02).clamp(0.0, 1.0)
            };
            assert!(measure(&note(&|_| hz, &gate)).hum.is_none(), "{hz} Hz pulses at {rate_hz} Hz");
        }
    }
    // Plucked again and again, in phase, before they have died away.
    for (rate_hz, decay_s) in
        [(4.0, 0.15), (4.0, 0.3), (2.0, 0.25), (2.0, 0.5), (1.0, 0.5), (1.0, 1.0), (0.5, 1.0), (0.5, 2.0)]
    {
        for hz in [50.0, 60.0] {
            let gate = |t: f64| (-(t * rate_hz).fract() / rate_hz / decay_s).exp();
            let found = measure(&note(&|_| hz, &gate)).hum;
            assert!(found.is_none(), "{hz} Hz plucked at {rate_hz} Hz, {decay_s} s: {found:?}");
        }
    }
    // A steady line of notes, one of them on the mains frequency.
    let line = [49.0, 60.0, 65.4, 50.0];
    assert!(measure(&note(&|t| line[(t * 2.0) as usize % 4], &|_| 1.0)).hum.is_none());
    // Held notes of tempered tuning beside the mains frequencies.
    for hz in [48.999, 51.913, 58.270, 61.735] {
        assert!(measure(&note(&|_| hz, &|_| 1.0)).hum.is_none(), "{hz}");
    }
}

#[test]
fn hum_is_found_under_music() {
    let rate = 11025;
    // A song with rests: one bar in eight is silent.
    let mut block = Song { duration_s: 48.0, sample_rate_hz: rate as u32, ..Song::default() }.render();
    for channel in block.channels_mut() {
        for (i, v) in channel.iter_mut().enumerate() {
            if (i / (2 * rate)) % 8 >= 6 {
                *v = 0.0;
            }
        }
    }
    assert!(measure(&block).hum.is_none());
    for base_hz in [50.0, 49.9, 60.0, 60.15] {
        let mut humming = block.clone();
        for (i, v) in humming.channel_mut(0).iter_mut().enumerate() {
            let phase = TAU * base_hz * i as f64 / rate as f64;
            let hum: f64 = [(1.0, 1.0), (2.0, 0.6), (3.0, 0.5), (5.0, 0.3)]
                .iter()
                .map(|(k, a)| a * (k * phase).sin())
                .sum();
            *v += (0.003 * hum) as f32;
        }
        let hum = measure(&humming).hum.expect("hum");
        assert!((hum.base_hz - base_hz).abs() < 0.1, "{hum:?}");
        assert!(hum.harmonics >= 3, "{hum:?}");
        // Power of the four lines, in one of two channels, as the sum of both.
        let level = 20.0 * f64::log10(0.003) + 10.0 * f64::log10((1.0 + 0.36 + 0.25 + 0.09) / 2.0);
        assert!((hum.level_dbfs - level).abs() < 1.5, "{hum:?} {level}");
    }
}

#[test]
fn short_files_can_hum_too() {
    // 16 s, half of it noise 30 dB over the hum.
    let rate = 8000;
    let mut block = white(0.0003, 16.0, rate, 1, 3);
    let loud = white(0.1, 8.0, rate, 1, 4);
    block.channel_mut(0).iter_mut().zip(loud.channel(0)).for_each(|(x, noise)| *x += noise);
    assert!(measure(&block).hum.is_none());
    for (harmonic, level_dbfs) in [(1.0, -50.0), (2.0, -54.0), (3.0, -56.0)] {
        let line = sine(60.0 * harmonic, level_dbfs, 16.0, rate, 1);
        block.channel_mut(0).iter_mut().zip(line.channel(0)).for_each(|(x, line)| *x += line);
    }
    let hum = measure(&block).hum.expect("hum");
    assert!((hum.base_hz - 60.0).abs() < 0.1 && hum.harmonics == 3, "{hum:?}");
}

#[test]
fn a_file_is_heard_to_its_end() {
    // As short as may be, at a rate where a chunk is half a second.
    let rate = 8000;
    let mut block = white(0.0003, 12.05, rate, 1, 3);
    for harmonic in 1..=3 {
        let line = sine(60.0 * f64::from(harmonic), -50.0, 12.05, rate, 1);
        block.channel_mut(0).iter_mut().zip(line.channel(0)).for_each(|(x, line)| *x += line);
    }
    let hum = measure(&block).hum.expect("hum");
    assert!((hum.base_hz - 60.0).abs() < 0.1 && hum.harmonics == 3, "{hum:?}");
}

#[test]
fn hum_is_found_where_the_music_never_rests_for_long() {
    // Chords that change four times a second, with gaps of a tenth of a second between them, on every pitch round the hum.
    let rate = 11025;
    let mut random = Random(11);
    let pitches: Vec<f64> =
        (0..200).map(|_| 55.0 * 2f64.powf((random.unit() * 30.0).floor() / 12.0)).collect();
    let samples = (0..48 * rate)
        .map(|i| {
            let t = i as f64 / rate as f64;
            let place = (4.0 * t).fract();
            let gate = (place / 0.05).min(1.0) * ((0.6 - place) / 0.05).clamp(0.0, 1.0);
            let hz = pitches[(4.0 * t) as usize];
            gate * 0.1 * (1..=4).map(|k| (f64::from(k) * TAU * hz * t).sin() / f64::from(k)).sum::<f64>()
        })
        .collect::<Vec<f64>>();
    let clean = mono(samples.clone(), rate as u32);
    assert!(measure(&clean).hum.is_none(), "{:?}", measure(&clean).hum);
    let humming = samples.iter().enumerate().map(|(i, x)| {
        let phase = TAU * 50.04 * i as f64 / rate as f64;
        x + 0.004 * (phase.sin() + 0.7 * (2.0 * phase).sin() + 0.6 * (3.0 * phase).sin())
    });
    let hum = measure(&mono(humming.collect(), rate as u32)).hum.expect("hum");
    assert!((hum.base_hz - 50.04).abs() < 0.03 && hum.harmonics == 3, "{hum:?}");
}

#[test]
fn loops_are_not_hum() {
    // A bar of drums and bass that comes again to the sample has lines at every multiple of its rate, 50 and 60 Hz among them.
    let rate = 11025;
    for (bar_s, seed) in [(2.0, 1), (1.0, 2), (2.5, 3), (4.0, 4)] {
        let mut random = Random(seed);
        let mut bar = vec![0.0; (bar_s * f64::from(rate)) as usize];
        for step in 0..8 {
            let at = step * bar.len() / 8;
            let (kick, hz) = (step % 4 == 0, 55.0 * 2f64.powf((random.unit() * 12.0).floor() / 12.0));
            for i in 0..bar.len() / 8 {
                let t = i as f64 / f64::from(rate);
                let drum = (TAU * (50.0 * t + 3.0 * (1.0 - (-t / 0.03).exp()))).sin() * (-t / 0.15).exp();
                let bass: f64 = (1..=6).map(|k| (f64::from(k) * TAU * hz * t).sin() / f64::from(k)).sum();
                bar[at + i] += 0.2 * bass + if kick { 0.5 * drum } else { 0.0 };
            }
        }
        let song = bar.iter().copied().cycle().take(40 * rate as usize).collect();
        let found = measure(&mono(song, rate)).hum;
        assert!(found.is_none(), "{bar_s} s: {found:?}");
    }
}
