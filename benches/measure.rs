//! Cost of every family of meters: nanoseconds per frame, best of several runs, and paired ratios.
//!
//! `cargo bench --bench measure` measures a synthetic song of 60 s and the worst case (full-scale noise, squares), and
//! compares with the `ebur128` crate on the same buffer and with `ffmpeg -af ebur128=peak=true` on the same file. Absolute
//! figures drift with the machine; the ratios are taken A B A B in one run.
//! `cargo bench --bench measure -- FILE.wav…` measures 32-bit float WAV files instead of the song.
#![allow(clippy::print_stdout, clippy::unwrap_used, missing_docs, reason = "a program that prints figures")]

#[path = "../tests/suite/song.rs"]
mod song;

use mixproof::audio::Block;
use mixproof::measure::{
    Analyser, DefectMeter, DynamicsMeter, LoudnessMeter, MusicMeter, OriginMeter, PeakMeter, SpectralMeter,
};
use mixproof::model::{Loudness, Peaks};
use std::hint::black_box;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const SAMPLE_RATE_HZ: u32 = 44_100;
const BLOCK_FRAMES: usize = 4096;
const RUNS: usize = 15;

fn main() {
    let files: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    if files.is_empty() {
        report("synthetic song, 60 s", &song::song(60.0, SAMPLE_RATE_HZ, 1));
        report("worst case: full-scale noise, 20 s", &song::noise(20.0, SAMPLE_RATE_HZ));
        report("worst case: full-scale squares, 20 s", &song::squares(20.0, SAMPLE_RATE_HZ));
    }
    for file in &files {
        report(file, &read_wav(file));
    }
}

fn read_wav(path: &str) -> Block {
    let mut reader = hound::WavReader::open(path).unwrap();
    let channels = usize::from(reader.spec().channels);
    let samples: Vec<f32> = reader.samples::<f32>().map(Result::unwrap).collect();
    let channels =
        (0..channels).map(|c| samples.iter().skip(c).step_by(channels).copied().collect()).collect();
    Block::from_channels(channels, reader.spec().sample_rate)
}

/// Times every family on one signal.
fn report(name: &str, whole: &Block) {
    let blocks: Vec<Block> = (0..whole.frames())
        .step_by(BLOCK_FRAMES)
        .map(|at| whole.slice(at, (at + BLOCK_FRAMES).min(whole.frames())))
        .collect();
    let (rate_hz, channels) = (whole.sample_rate_hz(), whole.channel_count());
    let loudness = || {
        let mut meter = LoudnessMeter::new(rate_hz, channels);
        blocks.iter().for_each(|block| meter.push(block));
        meter.finish()
    };
    let peaks = || {
        let mut meter = PeakMeter::new(rate_hz, channels);
        blocks.iter().for_each(|block| meter.push(block));
        meter.finish()
    };
    let dynamics = || {
        let mut meter = DynamicsMeter::new(rate_hz, channels);
        blocks.iter().for_each(|block| meter.push(block));
        meter.finish(&Loudness::default(), &Peaks::default())
    };
    let all = || {
        let mut meters = (
            LoudnessMeter::new(rate_hz, channels),
            PeakMeter::new(rate_hz, channels),
            DynamicsMeter::new(rate_hz, channels),
        );
        for block in &blocks {
            meters.0.push(block);
            meters.1.push(block);
            meters.2.push(block);
        }
        let (loudness, peaks) = (meters.0.finish(), meters.1.finish());
        let dynamics = meters.2.finish(&loudness, &peaks);
        (loudness, peaks, dynamics)
    };
    println!(
        "\n{name}: {:.1} s, {rate_hz} Hz, {channels} channels",
        whole.frames() as f64 / f64::from(rate_hz)
    );
    let frames = whole.frames() as f64;
    line("loudness", best(&|| drop(black_box(loudness()))), frames);
    line("peaks", best(&|| drop(black_box(peaks()))), frames);
    line("dynamics", best(&|| drop(black_box(dynamics()))), frames);
    line("all three", best(&|| drop(black_box(all()))), frames);
    macro_rules! family {
        ($name:literal, $meter:ident) => {
            let push_all = || {
                let mut meter = $meter::new(rate_hz, channels);
                blocks.iter().for_each(|block| meter.push(block));
                black_box(meter);
            };
            line($name, best(&push_all), frames);
        };
    }
    family!("spectral", SpectralMeter);
    family!("defects", DefectMeter);
    family!("origin", OriginMeter);
    family!("music", MusicMeter);
    family!("everything", Analyser);

    let crate_meter = || {
        use ebur128::{EbuR128, Mode};
        let mode = Mode::I | Mode::LRA | Mode::S | Mode::M | Mode::SAMPLE_PEAK | Mode::TRUE_PEAK;
        let mut meter = EbuR128::new(channels as u32, rate_hz, mode).unwrap();
        for block in &blocks {
            let planes: Vec<&[f32]> = block.channels().iter().map(Vec::as_slice).collect();
            meter.add_frames_planar_f32(&planes).unwrap();
        }
        let _ = black_box((meter.loudness_global(), meter.loudness_range()));
    };
    let ratio = paired(&|| drop(black_box(all())), &crate_meter);
    println!("  paired ratio to the ebur128 crate, all modes, series unread: {ratio:.3}");
    match ffmpeg_ratio(whole, &|| drop(black_box(all()))) {
        Some(ratio) => {
            println!("  paired ratio to ffmpeg -af ebur128=peak=true (in process, no decode): {ratio:.3}")
        }
        None => println!("  skipped: ffmpeg is not installed"),
    }
}

fn line(name: &str, time: Duration, frames: f64) {
    println!("  {name:<10} {:>8.2} ns per frame", time.as_nanos() as f64 / frames);
}

fn time(work: &dyn Fn()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

fn best(work: &dyn Fn()) -> Duration {
    (0..RUNS).map(|_| time(work)).min().unwrap()
}

/// Median of the ratios of runs taken in turn.
fn paired(own: &dyn Fn(), other: &dyn Fn()) -> f64 {
    let mut ratios: Vec<f64> =
        (0..RUNS).map(|_| time(own).as_secs_f64() / time(other).as_secs_f64()).collect();
    ratios.sort_by(f64::total_cmp);
    ratios[RUNS / 2]
}

/// The same against ffmpeg, which reads a 16-bit WAV; its start is part of it. `None` where it is not installed.
fn ffmpeg_ratio(whole: &Block, own: &dyn Fn()) -> Option<f64> {
    let path = std::env::temp_dir().join(format!("mixproof-bench-{}.wav", std::process::id()));
    let spec = hound::WavSpec {
        channels: whole.channel_count() as u16,
        sample_rate: whole.sample_rate_hz(),
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut writer = hound::WavWriter::create(&path, spec).unwrap();
    for frame in 0..whole.frames() {
        for channel in whole.channels() {
            writer.write_sample((channel[frame] * 32_767.0).clamp(-32_768.0, 32_767.0) as i16).unwrap();
        }
    }
    writer.finalize().unwrap();
    let ffmpeg = || {
        Command::new("ffmpeg")
            .args(["-nostdin", "-v", "quiet", "-i"])
            .arg(&path)
            .args(["-af", "ebur128=peak=true", "-f", "null", "-"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
    };
    let ratio = ffmpeg().then(|| paired(own, &|| assert!(ffmpeg())));
    std::fs::remove_file(&path).unwrap();
    ratio
}
