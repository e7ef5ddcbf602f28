//! Faults: each one fires where it is planted, and none where the music only looks like it.

use super::signals::{Random, join, pieces, silence, sine, white};
use super::tonal_song::Song;
use mixproof::audio::Block;
use mixproof::measure::{DefectMeter, SpectralMeter};
use mixproof::model::{Defects, Loudness};
use std::f64::consts::TAU;
use std::sync::OnceLock;

fn measure_pieces(blocks: &[Block]) -> Defects {
    let (rate_hz, channels) = (blocks[0].sample_rate_hz(), blocks[0].channel_count());
    let mut waveform = DefectMeter::new(rate_hz, channels);
    let mut spectral = SpectralMeter::with_hum(rate_hz, channels);
    for block in blocks {
        waveform.push(block);
        spectral.push(block);
    }
    let (_, _, hum) = spectral.finish_with_hum(&Loudness::default());
    Defects { hum, ..waveform.finish() }
}

pub(crate) fn measure(block: &Block) -> Defects {
    measure_pieces(std::slice::from_ref(block))
}

pub(crate) fn mono(samples: Vec<f64>, rate: u32) -> Block {
    Block::from_channels(vec![samples.into_iter().map(|v| v as f32).collect()], rate)
}

/// A song of 12 s with silence round it.
fn song_at(rate: u32) -> Block {
    let song = Song { duration_s: 12.0, sample_rate_hz: rate, ..Song::default() }.render();
    join(&[silence(0.2, rate, 2), song, silence(0.2, rate, 2)])
}

/// The same at 44.1 kHz, made once for all tests.
fn song() -> Block {
    static SONG: OnceLock<Block> = OnceLock::new();
    SONG.get_or_init(|| song_at(44100)).clone()
}

fn assert_clean(found: &Defects, what: &str) {
    assert!(found.clicks.is_empty(), "{what}: {:?}", found.clicks);
    assert!(found.discontinuities.is_empty(), "{what}: {:?}", found.discontinuities);
    assert!(found.dropouts.is_empty(), "{what}: {:?}", found.dropouts);
    assert!(found.hum.is_none(), "{what}: {:?}", found.hum);
    assert!(!found.cut_start && !found.cut_end, "{what}");
}

#[test]
fn clean_music_has_no_faults() {
    for rate in [44100, 96000] {
        let found = measure(&if rate == 44100 { song() } else { song_at(rate) });
        assert_clean(&found, &format!("song at {rate}"));
        assert!(found.dc_offset.iter().all(|dc| dc.abs() < 1e-3), "{:?}", found.dc_offset);
        assert!((found.leading_silence_s - 0.2).abs() < 0.02, "{}", found.leading_silence_s);
    }
}

#[test]
fn waveforms_that_look_like_faults_are_none() {
    let rate = 44100;
    let time = |i: usize| i as f64 / f64::from(rate);
    let fade = |i: usize, n: usize| (i.min(n - i) as f64 / 4410.0).min(1.0);
    let wave = |f: &dyn Fn(f64) -> f64| {
        let n = 5 * rate as usize;
        mono((0..n).map(|i| fade(i, n) * f(time(i))).collect(), rate)
    };
    // Square and saw basses at every pitch, pulses of 30 Hz, notes that start hard.
    for hz in [30.0, 41.2, 110.0] {
        assert_clean(&measure(&wave(&|t| 0.4 * (TAU * hz * t).sin().signum())), "square");
        assert_clean(&measure(&wave(&|t| 0.4 * (2.0 * (hz * t).fract() - 1.0))), "saw");
        assert_clean(&measure(&wave(&|t| if (hz * t).fract() < 0.05 { 0.5 } else { 0.0 })), "pulse");
        assert_clean(
            &measure(&wave(&|t| 0.4 * (TAU * hz * t).sin().signum() * (-(8.0 * (t * 2.0).fract())).exp())),
            "plucked square",
        );
    }
    // Single samples that come again 30 times a second are a wave.
    let again = |i: usize| 0.1 * (0.06 * i as f64).sin() + if i.is_multiple_of(1470) { 0.3 } else { 0.0 };
    assert_clean(&measure(&wave(&|t| again((t * f64::from(rate)).round() as usize))), "single samples");
    // Hats, hard to soft, against silence.
    let mut random = Random(3);
    for decay_s in [0.004, 0.01, 0.03, 0.1] {
        let hats = (0..5 * rate as usize)
            .map(|i| {
                let since = (time(i) * 4.0).fract() / 4.0;
                0.5 * random.bipolar() * (-since / decay_s).exp() * fade(i, 5 * rate as usize)
            })
            .collect();
        assert_clean(&measure(&mono(hats, rate)), &format!("hats {decay_s}"));
    }
    assert_clean(
        &measure(&join(&[silence(0.1, rate, 1), white(0.8, 5.0, rate, 1, 5), silence(0.1, rate, 1)])),
        "noise",
    );
}

#[test]
fn planted_clicks_are_found() {
    // Beside drums, clicks may hide under the noise of snare and hats.
    for (rate, drums, seconds, most_missed) in
        [(44100, false, 20, 0.05), (96000, false, 8, 0.05), (44100, true, 20, 0.4)]
    {
        let duration_s = f64::from(seconds);
        let clean = Song { duration_s, sample_rate_hz: rate, drums, ..Song::default() }.render();
        let mut block = clean.clone();
        let mut random = Random(77);
        let mut planted = Vec::new();
        for second in 1..seconds - 1 {
            let at = ((f64::from(second) + 0.9 * random.unit()) * f64::from(rate)) as usize;
            let channel = second as usize % 2;
            let amplitude = 0.3 + 0.4 * random.unit();
            for k in 0..1 + second as usize % 4 {
                let sign = if random.unit() > 0.5 { 1.0 } else { -1.0 };
                block.channel_mut(channel)[at + k] += (sign * amplitude) as f32;
            }
            planted.push((at as f64 / f64::from(rate), channel, amplitude));
        }
        let found = measure(&block);
        let marks: Vec<_> = found.clicks.iter().chain(&found.discontinuities).collect();
        let missed: Vec<_> = planted
            .iter()
            .filter(|(at_s, channel, _)| {
                !marks.iter().any(|m| (m.at_s - at_s).abs() < 0.001 && usize::from(m.channel) == *channel)
            })
            .collect();
        assert!(
            missed.len() as f64 <= most_missed * planted.len() as f64,
            "{rate}, {drums}: missed {missed:?}"
        );
        assert!(marks.len() <= planted.len(), "{} marks", marks.len());
    }
}

#[test]
fn a_jump_is_a_discontinuity_and_a_spike_is_a_click() {
    let rate = 44100;
    let tone = |hz: f64| sine(hz, -12.0, 4.0, rate, 1);
    let quiet = |block: &mut Block, n: usize| {
        let length = block.frames();
        for i in 0..n {
            let gain = i as f32 / n as f32;
            block.channel_mut(0)[i] *= gain;
            block.channel_mut(0)[length - 1 - i] *= gain;
        }
    };
    let mut spike = tone(330.0);
    quiet(&mut spike, 4410);
    spike.channel_mut(0)[88000] += 0.3;
    let found = measure(&spike);
    assert_eq!((found.clicks.len(), found.discontinuities.len()), (1, 0), "{found:?}");
    assert!((found.clicks[0].at_s - 88000.0 / 44100.0).abs() < 1e-3);

    let mut jump = tone(330.0);
    quiet(&mut jump, 4410);
    // A third of a period is missing.
    jump.channels_mut()[0].drain(88000..88045);
    let found = measure(&jump);
    assert_eq!((found.clicks.len(), found.discontinuities.len()), (0, 1), "{found:?}");
}

#[test]
fn a_click_in_silence_is_a_click() {
    let mut block = silence(4.0, 44_100, 2);
    block.channel_mut(1)[90_000] = 0.1;
    block.channel_mut(1)[90_001] = -0.05;
    // A stick: as high, but it rings for 3 ms.
    for k in 0..400 {
        block.channel_mut(0)[130_000 + k] =
            (0.1 * (0.4 * k as f64).sin() * (-(k as f64) / 60.0).exp()) as f32;
    }
    let found = measure(&block);
    assert_eq!((found.clicks.len(), found.discontinuities.len()), (1, 0), "{found:?}");
    assert!((found.clicks[0].at_s - 90_000.0 / 44_100.0).abs() < 1e-4 && found.clicks[0].channel == 1);
}

#[test]
fn drums_and_onsets_beside_a_click_do_not_hide_it() {
    let (mut random, starts) = (Random(11), (4410..15 * 22_050).step_by(22_050));
    let mut samples: Vec<f64> = (0..16 * 22_050).map(|_| 0.0005 * random.bipolar()).collect();
    // Hits and tones that set in, in turn.
    for (count, start) in starts.clone().enumerate() {
        for (k, x) in samples[start..start + 4410].iter_mut().enumerate() {
            let hit = 0.5 * random.bipolar() * (-(k as f64) / 220.0).exp();
            let tone =
                0.3 * (0.05 * k as f64).sin() * (k as f64 / 20.0).min(1.0 - k as f64 / 4410.0).min(1.0);
            *x += if count % 2 == 0 { hit } else { tone };
        }
    }
    assert_clean(&measure(&mono(samples.clone(), 44_100)), "without clicks");
    // 35 ms before a hit, which is the higher one; 20 ms before a tone, which is the louder one.
    let places: Vec<usize> = starts.enumerate().map(|(i, at)| at - [1540, 880][i % 2]).collect();
    places.iter().for_each(|at| samples[*at] += 0.1);
    let found = measure(&mono(samples, 44_100));
    let at: Vec<usize> = found.clicks.iter().map(|mark| (mark.at_s * 44_100.0).round() as usize).collect();
    assert_eq!(at, places);
}

#[test]
fn a_fault_in_both_channels_is_one_event() {
    let mut block = sine(330.0, -12.0, 4.0, 44100, 2);
    for channel in block.channels_mut() {
        channel[60_000..60_900].fill(0.0);
    }
    block.channel_mut(0)[120_000] += 0.2;
    block.channel_mut(1)[120_001] -= 0.4;
    let found = measure(&block);
    assert_eq!(
        (found.clicks.len(), found.dropouts.len(), found.discontinuities.len()),
        (1, 1, 0),
        "{found:?}"
    );
    assert_eq!(found.clicks[0].channel, 1, "the stronger one names the channel");
    // At different times they are two.
    block.channel_mut(0)[100_000] += 0.3;
    assert_eq!(measure(&block).clicks.len(), 2);
}

#[test]
fn planted_dropouts_are_found_and_rests_are_none() {
    let rate = 44100;
    let mut block = song();
    // A bed that never rests.
    let bed = sine(220.0, -24.0, 12.4, rate, 2);
    for channel in 0..2 {
        let n = block.frames();
        let fade = |i: usize| (i.min(n - 1 - i) as f32 / 8820.0).min(1.0);
        block
            .channel_mut(channel)
            .iter_mut()
            .zip(bed.channel(channel))
            .enumerate()
            .for_each(|(i, (a, b))| *a += fade(i) * b);
    }
    assert_clean(&measure(&block), "bed");
    let mut random = Random(5);
    let mut planted = Vec::new();
    // Two a second.
    for half in 2..23 {
        let at = ((0.5 * f64::from(half) + 0.3 * random.unit()) * f64::from(rate)) as usize;
        let length = (f64::from(rate) * (0.002 + 0.08 * random.unit())) as usize;
        block.channel_mut(1)[at..at + length].fill(0.0);
        planted.push((at as f64 / f64::from(rate), length as f64 / f64::from(rate)));
    }
    let found = measure(&block);
    let hits = planted
        .iter()
        .filter(|(at_s, length_s)| {
            found
                .dropouts
                .iter()
                .any(|m| (m.at_s - at_s).abs() < 0.001 && (m.duration_s - length_s).abs() < 0.001)
        })
        .count();
    assert!(hits as f64 >= 0.95 * planted.len() as f64, "{hits} of {}", planted.len());
    assert!(found.dropouts.len() <= planted.len());
    assert!(found.clicks.is_empty() && found.discontinuities.len() <= 1, "{found:?}");

    // Staccato notes that decay, with rests between them.
    let n = 6 * rate as usize;
    let staccato = (0..n)
        .map(|i| {
            let t = i as f64 / f64::from(rate);
            let place = (t * 6.0).fract() / 6.0;
            if place < 0.08 {
                0.4 * (TAU * 440.0 * t).sin() * (place / 0.002).min(1.0) * ((0.08 - place) / 0.02).min(1.0)
            } else {
                0.0
            }
        })
        .collect();
    assert!(measure(&mono(staccato, rate)).dropouts.is_empty());
}

#[test]
fn cuts_are_told_from_beginnings() {
    let rate = 44100;
    let whole = song();
    let middle = whole.slice(5 * rate as usize + 123, 12 * rate as usize + 4567);
    // Running sound is there at once, at a zero of its wave too; a fade of 10 ms makes a beginning of it.
    let mut hard = join(&[sine(220.0, -20.0, 1.0, rate, 2), middle]);
    assert!(measure(&hard).cut_start);
    for channel in hard.channels_mut() {
        channel[..441].iter_mut().enumerate().for_each(|(i, v)| *v *= i as f32 / 441.0);
    }
    assert!(!measure(&hard).cut_start);
    // Running sound from the first sample to the last.
    let running = white(0.2, 3.0, rate, 2, 9);
    let found = measure(&running);
    assert!(found.cut_start && found.cut_end);
    let cosine = {
        let all = sine(330.0, -12.0, 3.0, rate, 2);
        all.slice(33, 3 * rate as usize - 40)
    };
    let found = measure(&cosine);
    assert!(found.cut_start && found.cut_end, "{found:?}");
    // A drum on the first sample, a fade at the end.
    let mut drums = Song { duration_s: 10.0, ..Song::default() }.render();
    let n = drums.frames();
    for channel in drums.channels_mut() {
        channel.iter_mut().enumerate().skip(n - 88200).for_each(|(i, v)| *v *= (n - i) as f32 / 88200.0);
    }
    let found = measure(&drums);
    assert!(!found.cut_start && !found.cut_end, "{found:?}");
    // The rest of a reverb, 40 dB down, where the file stops.
    let mut tail = join(&[sine(330.0, -12.0, 3.0, rate, 2), sine(330.0, -52.0, 0.5, rate, 2)]);
    let end = tail.frames() - 30;
    tail = tail.slice(0, end);
    assert!(!measure(&tail).cut_end);
    // Noise with an exponential end, and a snare of noise from the first sample on.
    let mut random = Random(2);
    let snare =
        mono((0..2 * rate as usize).map(|i| random.bipolar() * (-(i as f64) / 5000.0).exp()).collect(), rate);
    let found = measure(&snare);
    assert!(!found.cut_start && !found.cut_end);
    // Cut 5 ms into such a snare over a quiet tone: nothing ends like that, and a file may begin so.
    let mut hit = sine(220.0, -30.0, 2.0, rate, 1);
    let from = hit.frames() - 220;
    hit.channel_mut(0)[from..].iter_mut().for_each(|v| *v += 0.5 * random.bipolar() as f32);
    assert!(measure(&hit).cut_end);
    hit.channel_mut(0).reverse();
    assert!(!measure(&hit).cut_start);
    // What begins at once and falls by less than 3 dB was going on before.
    let falling = |i: i32| random.bipolar() * (-f64::from(i) / 12_000.0).exp();
    assert!(measure(&mono((0..2 * rate as i32).map(falling).collect(), rate)).cut_start);
}

#[test]
fn a_wave_that_breaks_off_is_cut_in_a_hit_too() {
    let rate = 44100;
    // A drum that starts at zero, and the same drum from 2 ms after it: by then it only falls.
    let drum = |from: i32| {
        let sample = |i: i32| {
            let t = f64::from(i) / f64::from(rate);
            (TAU * 180.0 * t).sin() * (-t / 0.08).exp() + 0.001 * (TAU * 2500.0 * t).sin()
        };
        mono((from..from + 2 * rate as i32).map(sample).collect(), rate)
    };
    assert!(!measure(&drum(0)).cut_start);
    assert!(measure(&drum(88)).cut_start);
}

#[test]
fn chopped_tails_and_bursts_are_cut_ends() {
    let rate = 44100;
    let mut random = Random(4);
    // Noise, and a room of one second after it, cut off when it has fallen so far.
    let mut room = |fallen_db: f64| {
        let (sound, tail) = (3.0, fallen_db / 60.0);
        let frames = ((sound + tail) * f64::from(rate)) as usize;
        let level = |i: usize| 10f64.powf(-3.0 * (i as f64 / f64::from(rate) - sound).max(0.0));
        mono((0..frames).map(|i| 0.3 * random.bipolar() * level(i)).collect(), rate)
    };
    assert!(measure(&room(24.0)).cut_end);
    assert!(!measure(&room(45.0)).cut_end);
    // A file whose last millisecond is not sound at all.
    let mut burst = join(&[sine(330.0, -12.0, 2.0, rate, 1), silence(1.0, rate, 1)]);
    let from = burst.frames() - 12;
    burst.channel_mut(0)[from..].iter_mut().for_each(|v| *v = random.bipolar() as f32);
    assert!(measure(&burst).cut_end);
}

#[test]
fn levels_of_dc_silence_and_floor() {
    let rate = 48000;
    let mut block = join(&[silence(1.5, rate, 2), sine(997.0, -6.0, 10.0, rate, 2), silence(2.25, rate, 2)]);
    let found = measure(&block);
    assert!((found.leading_silence_s - 1.5).abs() < 0.001);
    assert!((found.trailing_silence_s - 2.25).abs() < 0.001);
    block.channel_mut(1).iter_mut().for_each(|v| *v += 0.02);
    let found = measure(&block);
    assert!(
        found.dc_offset[0].abs() < 1e-4 && (found.dc_offset[1] - 0.02).abs() < 1e-4,
        "{:?}",
        found.dc_offset
    );
    // White noise of a known level in the rests of a tone.
    let quiet = white(0.001, 4.0, rate, 2, 1);
    let found = measure(&join(&[quiet.clone(), sine(500.0, -10.0, 4.0, rate, 2), quiet]));
    let expected = 20.0 * f64::log10(0.001 / 3f64.sqrt());
    assert!(
        (found.noise_floor_dbfs.unwrap() - expected).abs() < 0.3,
        "{:?} {expected}",
        found.noise_floor_dbfs
    );
}

#[test]
fn block_size_does_not_change_a_fault() {
    let mut block = song();
    block.channel_mut(0)[200_000] += 0.5;
    block.channel_mut(1)[300_000..301_000].fill(0.0);
    let whole = measure(&block);
    for lengths in [&[1usize, 999][..], &[4096], &[65536], &[441, 77]] {
        assert_eq!(whole, measure_pieces(&pieces(&block, lengths)));
    }
}

#[test]
fn degenerate_input_has_no_faults_but_its_own() {
    let square = Block::from_channels(
        vec![(0..88200).map(|i| if i / 50 % 2 == 0 { 1.0 } else { -1.0 }).collect()],
        44100,
    );
    let cases = [
        Block::empty(2, 44100),
        Block::from_channels(vec![vec![0.7]], 44100),
        silence(0.1, 8000, 1),
        silence(1.0, 192000, 2),
        sine(100.0, 0.0, 0.1, 44100, 1),
        Block::from_channels(vec![vec![0.5; 100_000]; 2], 44100),
        square,
        white(0.9, 2.0, 8000, 1, 3),
        white(0.9, 1.0, 384000, 2, 3),
        white(0.2, 2.0, 48000, 6, 4),
        Block::empty(0, 48000),
    ];
    for block in cases {
        let found = measure(&block);
        let what = format!("{} channels, {} frames", block.channel_count(), block.frames());
        assert!(
            found.clicks.is_empty() && found.dropouts.is_empty() && found.hum.is_none(),
            "{what}: {found:?}"
        );
        assert!(found.discontinuities.is_empty(), "{what}: {found:?}");
        assert_eq!(found.dc_offset.len(), block.channel_count());
        assert!(
            found.dc_offset.iter().all(|dc| dc.is_finite())
                && found.noise_floor_dbfs.is_none_or(f64::is_finite)
        );
    }
}
