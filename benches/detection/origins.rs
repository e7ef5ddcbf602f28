//! Where audio came from: lossy files decoded, raised rates, padded bits; and lossless audio that only looks like it.

use super::Track;
use super::judge::Scores;
use super::signals::Random;
use super::song;
use mixproof::audio::Block;
use mixproof::decode::Decoder;
use mixproof::dsp::resample::Resampler;
use mixproof::encode::{Format, Writer};
use mixproof::measure::OriginMeter;
use mixproof::model::{Origin, Source, Tone};
use std::path::Path;
use std::process::Command;

fn source(audio: &Block, bits: u16) -> Source {
    Source {
        path: String::new(),
        container: String::from("wav"),
        codec: String::from("pcm"),
        sample_rate_hz: audio.sample_rate_hz(),
        channels: audio.channel_count() as u16,
        frames: audio.frames() as u64,
        duration_s: audio.frames() as f64 / f64::from(audio.sample_rate_hz()),
        bits: Some(bits),
        effective_bits: Some(bits),
        declared_frames: None,
        non_finite_samples: 0,
        tags: Default::default(),
    }
}

/// The verdict on audio, as if it had come in a WAV.
fn origin(audio: &Block) -> Origin {
    let mut meter = OriginMeter::new(audio.sample_rate_hz(), audio.channel_count());
    meter.push(audio);
    meter.finish(&source(audio, 16), &Tone::default())
}

/// Written as 16 bit, with dither.
fn in_16_bit(mut audio: Block) -> Block {
    let mut random = Random(5);
    for x in audio.channels_mut().iter_mut().flatten() {
        let dither = 0.5 * (random.bipolar() + random.bipolar());
        *x = ((f64::from(*x) * 32768.0 + dither).round() / 32768.0).clamp(-1.0, 1.0) as f32;
    }
    audio
}

/// Four one-pole low-passes: dull, without an edge.
fn dulled(audio: &Block, coefficient: f32) -> Block {
    let mut dull = audio.clone();
    for samples in dull.channels_mut() {
        let mut states = [0.0f32; 4];
        for x in samples {
            for state in &mut states {
                *state += coefficient * (*x - *state);
                *x = *state;
            }
        }
    }
    dull
}

/// A lossy file, decoded and written as 16 bit, is a planted fault; its dull copy, whose codec's marks lie under the dither, is clean. A
/// lossless file is clean as it is.
pub fn judge(track: &Track, scores: &mut Scores) {
    let score = scores.entry("lossy").or_default();
    if track.lossy {
        let found = origin(&in_16_bit(track.audio.clone()));
        score.planted(found.lossy_suspect == Some(true), super::judge::BY_DEFINITION_DB, || {
            format!("{}: {found:?}", track.name)
        });
    } else {
        let found = origin(&track.audio);
        score.alarm(usize::from(found.lossy_suspect == Some(true)), || format!("{}: {found:?}", track.name));
    }
    coded_again(track, scores);
    let score = scores.entry("lossy").or_default();
    for coefficient in [0.15, 0.3] {
        let dull = origin(&in_16_bit(dulled(&track.audio, coefficient)));
        let suspect = dull.lossy_suspect == Some(true);
        score.alarm(usize::from(suspect), || format!("{} dulled by {coefficient}: {dull:?}", track.name));
    }
}

/// Seconds of a track that are coded, from its middle.
const CODED_S: f64 = 25.0;
/// What a resampled track has of its rate: any grid that it had is gone with that.
const SLOWER: (u32, u32) = (14, 15);
/// Coders, as ffmpeg is asked for them.
const CODERS: [(&str, &str, &[&str]); 8] = [
    ("lossy: MP3 128 kb/s", "mp3", &["-c:a", "libmp3lame", "-b:a", "128k"]),
    ("lossy: MP3 192 kb/s", "mp3", &["-c:a", "libmp3lame", "-b:a", "192k"]),
    ("lossy: MP3 256 kb/s", "mp3", &["-c:a", "libmp3lame", "-b:a", "256k"]),
    ("lossy: MP3 320 kb/s", "mp3", &["-c:a", "libmp3lame", "-b:a", "320k"]),
    ("lossy: MP3 V0", "mp3", &["-c:a", "libmp3lame", "-q:a", "0"]),
    ("lossy: MP3 V2", "mp3", &["-c:a", "libmp3lame", "-q:a", "2"]),
    ("lossy: AAC 192 kb/s", "m4a", &["-c:a", "aac", "-b:a", "192k"]),
    ("lossy: Vorbis q5", "ogg", &["-c:a", "libvorbis", "-q:a", "5"]),
];

/// Music without a grid: the middle of a track, resampled and written as 16 bit. As it is, and behind a steep low-pass at 16 kHz, it
/// is clean; coded and decoded again, it is a planted fault of the coder.
fn coded_again(track: &Track, scores: &mut Scores) {
    let rate = track.audio.sample_rate_hz();
    let half = (CODED_S / 2.0 * f64::from(rate)) as usize;
    let middle = track.audio.frames() / 2;
    let part = track.audio.slice(middle.saturating_sub(half), (middle + half).min(track.audio.frames()));
    let fresh = in_16_bit(slower(&part));
    for (what, audio) in [("resampled", fresh.clone()), ("low-passed", in_16_bit(low_passed(&fresh)))] {
        let found = origin(&audio);
        let score = scores.entry("lossy: none, or a low-pass").or_default();
        score.alarm(usize::from(found.lossy_suspect == Some(true)), || {
            format!("{what} {}: {found:?}", track.name)
        });
    }
    let folder = tempfile::tempdir().unwrap();
    let wave = folder.path().join("fresh.wav");
    let channels = fresh.channel_count() as u16;
    let format = Format { sample_rate_hz: rate, channels, bits: 16, float: false };
    let mut writer = Writer::create(&wave, format, false).unwrap();
    writer.write(&fresh).unwrap();
    writer.finish().unwrap();
    for (name, ending, arguments) in CODERS {
        let coded = wave.with_extension(ending);
        let mut command = Command::new("ffmpeg");
        command.args(["-v", "error", "-y", "-i"]).arg(&wave).args(arguments).arg(&coded);
        if !command.status().is_ok_and(|status| status.success()) {
            continue;
        }
        let found = origin(&in_16_bit(whole(&coded)));
        let score = scores.entry(name).or_default();
        score.planted(found.lossy_suspect == Some(true), super::judge::BY_DEFINITION_DB, || {
            format!("{}: {found:?}", track.name)
        });
    }
}

fn whole(path: &Path) -> Block {
    let mut decoder = Decoder::open(path).unwrap();
    let mut audio = Block::empty(decoder.channel_count(), decoder.sample_rate_hz());
    let mut block = audio.clone();
    while decoder.read(&mut block).unwrap() {
        audio.append(&block);
    }
    audio
}

fn slower(audio: &Block) -> Block {
    let rate = audio.sample_rate_hz();
    let mut resampler = Resampler::new(rate / SLOWER.1 * SLOWER.0, rate, audio.channel_count()).unwrap();
    let mut out = vec![Vec::new(); audio.channel_count()];
    resampler.process(audio.channels(), &mut out);
    resampler.flush(&mut out);
    Block::from_channels(out, rate)
}

/// A windowed sinc of 511 taps: from 16 kHz on, 70 dB are gone within 400 Hz.
fn low_passed(audio: &Block) -> Block {
    const HALF: i64 = 255;
    let cut = 2.0 * 16_000.0 / f64::from(audio.sample_rate_hz());
    let taps: Vec<f64> = (-HALF..=HALF)
        .map(|tap| {
            let x = std::f64::consts::PI * tap as f64;
            let sinc = if tap == 0 { cut } else { (cut * x).sin() / x };
            let turn = x / HALF as f64;
            sinc * (0.42 + 0.5 * turn.cos() + 0.08 * (2.0 * turn).cos())
        })
        .collect();
    let channels = audio.channels().iter().map(|samples| {
        let filtered =
            |window: &[f32]| window.iter().zip(&taps).map(|(x, t)| f64::from(*x) * t).sum::<f64>() as f32;
        samples.windows(taps.len()).map(filtered).collect()
    });
    Block::from_channels(channels.collect(), audio.sample_rate_hz())
}

/// Songs that never saw a codec; other ones judge than tune.
pub fn synthetic(scores: &mut Scores, judging: bool) {
    for seed in if judging { 5..=8 } else { 1..=4 } {
        for rate in [44_100, 48_000] {
            let song = song::song(30.0, rate, seed);
            for (what, audio) in [("song", song.clone()), ("dull song", dulled(&song, 0.3))] {
                let found = origin(&in_16_bit(audio));
                let suspect = found.lossy_suspect == Some(true);
                scores
                    .entry("lossy")
                    .or_default()
                    .alarm(usize::from(suspect), || format!("{what} {seed} at {rate}: {found:?}"));
            }
        }
        let high = song::song(20.0, 96_000, seed);
        let found = origin(&high);
        let score = scores.entry("raised rate").or_default();
        score.alarm(usize::from(found.upsampled_suspect == Some(true)), || format!("song {seed}: {found:?}"));
        let low = song::song(20.0, 48_000, seed);
        let found = origin(&doubled(&low));
        score.planted(found.upsampled_suspect == Some(true), super::judge::BY_DEFINITION_DB, || {
            format!("song {seed}: {found:?}")
        });
    }
}

/// Twice the rate by a windowed sinc of 128 taps that ends below the old Nyquist frequency, as converters' do.
fn doubled(audio: &Block) -> Block {
    const HALF: i64 = 64;
    const PASS: f64 = 0.93;
    let taps = |late: f64| -> Vec<f64> {
        let weight = |tap: i64| {
            let x = std::f64::consts::PI * (tap as f64 - late);
            let sinc = if x == 0.0 { PASS } else { (PASS * x).sin() / x };
            sinc * (0.5 + 0.5 * (x / HALF as f64).cos())
        };
        (1 - HALF..=HALF).map(weight).collect()
    };
    let phases = [taps(0.0), taps(0.5)];
    let channels = audio.channels().iter().map(|samples| {
        let mut out = Vec::with_capacity(2 * samples.len());
        for at in 0..samples.len() as i64 {
            for taps in &phases {
                let sum: f64 = (1 - HALF..=HALF)
                    .zip(taps)
                    .filter_map(|(tap, weight)| {
                        let index = usize::try_from(at + tap).ok()?;
                        samples.get(index).map(|x| f64::from(*x) * weight)
                    })
                    .sum();
                out.push(sum as f32);
            }
        }
        out
    });
    Block::from_channels(channels.collect(), 2 * audio.sample_rate_hz())
}
