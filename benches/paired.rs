//! Whole programs against each other, run in turn (A B A B …) on one file: medians, ratios, peak memory.
//!
//! `cargo bench --bench paired` synthesises four minutes of song; `cargo bench --bench paired -- FILE…` takes yours. The
//! anchor is `ffmpeg -af ebur128=peak=true`, which measures loudness and a 4-times true peak; rows that need ffmpeg are
//! named as skipped where it is not installed. Seconds drift with the machine, ratios of one run much less.
#![allow(clippy::print_stdout, clippy::unwrap_used, missing_docs, reason = "a program that prints figures")]

#[path = "../tests/suite/song.rs"]
mod song;

use mixproof::audio::Block;
use mixproof::decode::Decoder;
use mixproof::measure::{DynamicsMeter, LoudnessMeter, Measure, PeakMeter, SpectralMeter};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const ROUNDS: usize = 9;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        // This program is also two of the programs that it times.
        ["--only-decode", file] => only_decode(Path::new(file)),
        ["--core-measures", file] => core_measures(Path::new(file)),
        _ => compare(&arguments),
    }
}

fn only_decode(file: &Path) {
    let mut decoder = Decoder::open(file).unwrap();
    let mut block = Block::empty(decoder.channel_count(), decoder.sample_rate_hz());
    while decoder.read(&mut block).unwrap() {}
    std::hint::black_box(decoder.finish().unwrap());
}

/// Loudness with all series, true peak, spectrum with per-band stereo, dynamics: on one thread.
fn core_measures(file: &Path) {
    let mut decoder = Decoder::open(file).unwrap();
    let (rate_hz, channels) = (decoder.sample_rate_hz(), decoder.channel_count());
    let mut block = Block::empty(channels, rate_hz);
    let mut loudness = LoudnessMeter::new(rate_hz, channels);
    let mut peaks = PeakMeter::new(rate_hz, channels);
    let mut spectral = SpectralMeter::new(rate_hz, channels);
    let mut dynamics = DynamicsMeter::new(rate_hz, channels);
    while decoder.read(&mut block).unwrap() {
        let meters: [&mut dyn Measure; 4] = [&mut loudness, &mut peaks, &mut spectral, &mut dynamics];
        meters.into_iter().for_each(|meter| meter.take(&block));
    }
    let (loudness, peaks) = (loudness.finish(), peaks.finish());
    std::hint::black_box((dynamics.finish(&loudness, &peaks), spectral.finish(&loudness)));
}

fn compare(files: &[String]) {
    println!("machine: {}", machine());
    let folder = std::env::temp_dir().join(format!("mixproof-paired-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    if files.is_empty() {
        let song = folder.join("song.wav");
        write(&song, &song::song(240.0, 44_100, 1));
        let noise = folder.join("noise.wav");
        write(&noise, &song::noise(240.0, 44_100));
        let squares = folder.join("squares.wav");
        write(&squares, &song::squares(240.0, 44_100));
        println!("\nfour minutes of synthesised song, 44.1 kHz, 16 bit, stereo");
        report(&song);
        compressed(&song, &folder);
        println!("\nworst cases against the song");
        row("full-scale noise", &own(&noise, &[]), "song", &own(&song, &[]));
        row("full-scale squares", &own(&squares, &[]), "song", &own(&song, &[]));
    }
    for file in files {
        println!("\n{file}");
        report(Path::new(file));
        compressed(Path::new(file), &folder);
    }
    std::fs::remove_dir_all(&folder).unwrap();
}

/// A program and its arguments.
type Run = (PathBuf, Vec<String>);

fn own(file: &Path, more: &[&str]) -> Run {
    let mut arguments = vec!["analyze".to_string(), "--format".into(), "json".into()];
    arguments.extend(more.iter().map(|argument| argument.to_string()));
    arguments.push(file.display().to_string());
    (env!("CARGO_BIN_EXE_mixproof").into(), arguments)
}

fn myself(what: &str, file: &Path) -> Run {
    (std::env::current_exe().unwrap(), vec![what.to_string(), file.display().to_string()])
}

fn ffmpeg(arguments: &[&str]) -> Run {
    let first = ["-nostdin", "-v", "quiet", "-y"];
    ("ffmpeg".into(), first.iter().chain(arguments).map(|argument| argument.to_string()).collect())
}

fn report(file: &Path) {
    let name = file.display().to_string();
    let anchor = ffmpeg(&["-i", &name, "-af", "ebur128=peak=true", "-f", "null", "-"]);
    if time(&anchor).is_some() {
        let anchor_name = "ffmpeg ebur128=peak";
        row("analyze, all cores", &own(file, &[]), anchor_name, &anchor);
        row("analyze, one core", &own(file, &["-j", "1"]), anchor_name, &anchor);
        row("core measures, one core", &myself("--core-measures", file), anchor_name, &anchor);
    } else {
        println!("  skipped: the comparison with ffmpeg, which is not installed or cannot read the file");
    }
    row("analyze, one core", &own(file, &["-j", "1"]), "decode alone", &myself("--only-decode", file));
    match peak_kib(&own(file, &[])) {
        Some(kib) => println!("  peak memory of analyze: {:.1} MiB", kib as f64 / 1024.0),
        None => println!("  skipped: peak memory, which this system does not tell"),
    }
}

/// The same audio as FLAC and MP3, against its bare decode.
fn compressed(file: &Path, folder: &Path) {
    for (name, options) in [("FLAC", &["-c:a", "flac"][..]), ("MP3", &["-b:a", "320k"][..])] {
        let coded = folder.join(format!("song.{}", name.to_lowercase()));
        let (from, to) = (file.display().to_string(), coded.display().to_string());
        let arguments: Vec<&str> = ["-i", &from].into_iter().chain(options.iter().copied()).chain([&*to]).collect();
        if time(&ffmpeg(&arguments)).is_none() {
            println!("  skipped: {name}, which ffmpeg makes");
            continue;
        }
        let decode = myself("--only-decode", &coded);
        row(&format!("{name}: analyze, all cores"), &own(&coded, &[]), "decode alone", &decode);
        row(&format!("{name}: analyze, one core"), &own(&coded, &["-j", "1"]), "decode alone", &decode);
    }
}

/// Medians and ratio of two programs that run in turn: wall clock, and processor time where the system tells it.
fn row(a_name: &str, a: &Run, b_name: &str, b: &Run) {
    let rounds: Vec<(Cost, Cost)> = (0..ROUNDS).filter_map(|_| Some((time(a)?, time(b)?))).collect();
    if rounds.is_empty() {
        println!("  {a_name} against {b_name}: could not be run");
        return;
    }
    let wall = |of: fn(&(Cost, Cost)) -> f64| median(rounds.iter().map(of));
    print!(
        "  {a_name:<26} {:>6.3} s   {b_name:<20} {:>6.3} s   wall {:>5.3}",
        wall(|round| round.0.wall.as_secs_f64()),
        wall(|round| round.1.wall.as_secs_f64()),
        wall(|round| round.0.wall.as_secs_f64() / round.1.wall.as_secs_f64()),
    );
    // Processor time comes in ticks of 10 ms: only its sum over all rounds says something.
    let cpu = |of: fn(&(Cost, Cost)) -> Option<f64>| rounds.iter().map(of).sum::<Option<f64>>();
    match (cpu(|round| round.0.cpu_s), cpu(|round| round.1.cpu_s)) {
        (Some(a), Some(b)) if b > 0.0 => println!("   processor {:>5.3}", a / b),
        _ => println!(),
    }
}

struct Cost {
    wall: Duration,
    cpu_s: Option<f64>,
}

/// Runs a program; `None` where it fails.
fn time((program, arguments): &Run) -> Option<Cost> {
    let before = children_cpu_s();
    let start = Instant::now();
    let status =
        Command::new(program).args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).status().ok()?;
    let wall = start.elapsed();
    let cpu_s = before.zip(children_cpu_s()).map(|(before, after)| after - before);
    status.success().then_some(Cost { wall, cpu_s })
}

/// Processor time of all children so far (Linux: fields 16 and 17 of `/proc/self/stat`, in ticks of 10 ms).
fn children_cpu_s() -> Option<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    let after_name = stat.rsplit(") ").next()?;
    let fields: Vec<&str> = after_name.split(' ').collect();
    let ticks = |index: usize| fields.get(index)?.parse::<f64>().ok();
    Some((ticks(13)? + ticks(14)?) / 100.0)
}

/// Highest resident memory of a run (Linux), looked up every millisecond: the high-water mark never falls.
fn peak_kib((program, arguments): &Run) -> Option<u64> {
    let mut child =
        Command::new(program).args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().ok()?;
    let status = format!("/proc/{}/status", child.id());
    let mut peak = None;
    while child.try_wait().ok()?.is_none() {
        let mark = std::fs::read_to_string(&status).ok().and_then(|text| {
            let line = text.lines().find(|line| line.starts_with("VmHWM:"))?;
            line.split_whitespace().nth(1)?.parse::<u64>().ok()
        });
        peak = peak.max(mark);
        std::thread::sleep(Duration::from_millis(1));
    }
    peak
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let model = std::fs::read_to_string("/proc/cpuinfo").ok().and_then(|text| {
        let line = text.lines().find(|line| line.starts_with("model name"))?;
        Some(line.split(':').nth(1)?.trim().to_string())
    });
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    format!(
        "{}, {cores} cores, {} {}, load {}",
        model.unwrap_or_else(|| "unknown processor".into()),
        std::env::consts::OS,
        std::env::consts::ARCH,
        load.split(' ').next().unwrap_or("unknown")
    )
}

fn write(path: &Path, audio: &Block) {
    let spec = hound::WavSpec {
        channels: audio.channel_count() as u16,
        sample_rate: audio.sample_rate_hz(),
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut writer = hound::WavWriter::create(path, spec).unwrap();
    for frame in 0..audio.frames() {
        for channel in audio.channels() {
            writer.write_sample((channel[frame] * 32_767.0).clamp(-32_768.0, 32_767.0) as i16).unwrap();
        }
    }
    writer.finalize().unwrap();
}
