//! Every goal of speed and memory as a ratio of whole programs that run in turn on one file: A B C A B C …
//!
//! `cargo bench --bench paired` synthesises four minutes of song (44.1 kHz, 16 bit, stereo) and takes five minutes or so;
//! `-- --quick` leaves out the files of three hours, `-- --memory` and `-- --catalogue` (an album of FLAC, scanned) do nothing
//! else; `-- FILE…` takes your own files against the anchor only. Each figure is the median over the rounds of the ratio within a round: seconds drift with the
//! machine, ratios of one round much less. The anchor is `ffmpeg -af ebur128=peak=true`, which measures loudness and a
//! 4-times true peak. What is not installed, or not known on this system, is named as skipped.
//!
//! The program times itself as well: `--core-measures FILE` (loudness with all series, accurate true peak, third octaves,
//! stereo per band, dynamics) and `--only-decode FILE` can be run by hand.
#![allow(clippy::print_stdout, clippy::unwrap_used, missing_docs, reason = "a program that prints figures")]

#[path = "../../tests/suite/song.rs"]
mod song;

mod catalogue;
mod chain;
mod run;

use mixproof::audio::Block;
use mixproof::decode::Decoder;
use mixproof::encode::{Format, Writer};
use mixproof::pipeline::{Silent, measure_core};
use run::{Run, cores, machine, median, peak_mib, rounds};
use std::path::{Path, PathBuf};

/// Rounds of short programs, and of long ones.
const ROUNDS: usize = 11;
const FEW_ROUNDS: usize = 5;

/// Hours of the files whose memory is looked at, and the songs in one.
const HOURS: usize = 3;
const SONG_S: f64 = 240.0;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["--only-decode", file] => only_decode(Path::new(file)),
        ["--write-flac", file, to] => write_flac(Path::new(file), Path::new(to)),
        ["--core-measures", file] => {
            std::hint::black_box(measure_core(Path::new(file), &Silent).unwrap());
        }
        [] => all_goals(true),
        ["--quick"] => all_goals(false),
        ["--memory"] => {
            println!("machine: {}", machine());
            memory(tempfile::tempdir().unwrap().path());
        }
        ["--catalogue"] => {
            println!("machine: {}", machine());
            catalogue::all(tempfile::tempdir().unwrap().path());
        }
        files => {
            println!("machine: {}", machine());
            let folder = tempfile::tempdir().unwrap();
            for file in files {
                println!("\n{file}");
                against_the_anchor(Path::new(file), folder.path());
            }
        }
    }
}

fn only_decode(file: &Path) {
    let mut decoder = Decoder::open(file).unwrap();
    let mut block = Block::empty(decoder.channel_count(), decoder.sample_rate_hz());
    while decoder.read(&mut block).unwrap() {}
    std::hint::black_box(decoder.finish().unwrap());
}

fn write_flac(file: &Path, to: &Path) {
    let mut decoder = Decoder::open(file).unwrap();
    let (sample_rate_hz, channels) = (decoder.sample_rate_hz(), decoder.channel_count());
    let mut block = Block::empty(channels, sample_rate_hz);
    let more = decoder.read(&mut block).unwrap();
    let format = Format { sample_rate_hz, channels: channels as u16, bits: 16, float: false };
    let mut writer = Writer::create(to, format, true).unwrap();
    if more {
        writer.write(&block).unwrap();
    }
    while decoder.read(&mut block).unwrap() {
        writer.write(&block).unwrap();
    }
    writer.finish().unwrap();
}

fn all_goals(long: bool) {
    println!("machine: {}", machine());
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let file = |name: &str, audio: &Block| {
        let path = folder.join(name);
        write(&path, audio, 1);
        path
    };
    let song = file("song.wav", &song::song(SONG_S, 44_100, 1));
    println!("\nfour minutes of song, 44.1 kHz, 16 bit, stereo, WAV");
    against_the_anchor(&song, folder);
    compressed(&song, folder);
    mastering(&song, folder);

    println!("\nworst cases against the song");
    let noise = file("noise.wav", &song::noise(SONG_S, 44_100));
    let squares = file("squares.wav", &song::squares(SONG_S, 44_100));
    let costs = rounds(ROUNDS, &[analyze(&[&song], 0), analyze(&[&noise], 0), analyze(&[&squares], 0)]);
    if let Some(costs) = costs {
        goal("full-scale noise", costs.wall_ratio(1, 0), "of normal music", 2.0);
        goal("full-scale squares", costs.wall_ratio(2, 0), "of normal music", 2.0);
    }

    println!("\na folder of eight songs");
    if cores() < 2 {
        println!("  skipped: there is one core");
    } else {
        let names: Vec<PathBuf> =
            (0..8).map(|index| another_name(&song, &format!("song-{index}.wav"))).collect();
        let songs: Vec<&Path> = names.iter().map(PathBuf::as_path).collect();
        if let Some(costs) = rounds(FEW_ROUNDS, &[analyze(&songs, 1), analyze(&songs, 2)]) {
            at_least("two workers are faster than one", costs.wall_ratio(0, 1), "times", 1.8);
        }
    }
    catalogue::all(folder);
    if long {
        memory(folder);
    }
}

/// The goals that compare with ffmpeg, and the use of two cores.
fn against_the_anchor(file: &Path, folder: &Path) {
    let name = file.display().to_string();
    let anchor = run::other("ffmpeg", &["-i", &name, "-af", "ebur128=peak=true", "-f", "null", "-"]);
    let output = folder.join("mastered.wav");
    let programs = [
        anchor,
        myself("--core-measures", file),
        myself("--core-measures", file).on_one_core(),
        analyze(&[file], 0),
        analyze(&[file], 1),
        without_loops(master(file, &output)),
        master(file, &output),
    ];
    let Some(costs) = rounds(ROUNDS, &programs) else {
        println!("  skipped: the comparison with ffmpeg, which is not installed or cannot read the file");
        return;
    };
    println!("  anchor, ffmpeg ebur128=peak=true: {:.3} s", costs.wall_s(0));
    goal("core measures", costs.wall_ratio(1, 0), "of the anchor", 0.12);
    figure("core measures on one core", costs.wall_ratio(2, 0), "of the anchor");
    goal("analyze, every field", costs.wall_ratio(3, 0), "of the anchor", 0.20);
    figure("analyze on one core", costs.wall_ratio(4, 0), "of the anchor");
    if let Some(ratio) = costs.cpu_ratio(3, 0) {
        figure("analyze, processor time", ratio, "of the anchor");
    }
    figure("analyze: two cores against one", costs.wall_ratio(4, 3), "times as fast");
    goal("master: analysis, render, verification, page", costs.wall_ratio(5, 0), "of the anchor", 0.90);
    figure("master with loops to listen to, as it comes", costs.wall_ratio(6, 0), "of the anchor");
    if let Some(ratio) = costs.cpu_ratio(5, 0) {
        figure("master, processor time", ratio, "of the anchor");
    }
    losslessly(file, folder);
}

/// A WAV file of 16 bits as FLAC, against `flac -5`: both read the file, code it and write it.
fn losslessly(file: &Path, folder: &Path) {
    let (own, theirs) = (folder.join("own.flac"), folder.join("theirs.flac"));
    let name = |path: &Path| path.display().to_string();
    let programs = [
        Run::new(std::env::current_exe().unwrap(), vec!["--write-flac".to_string(), name(file), name(&own)]),
        run::other("flac", &["-5", "-s", "-f", "--no-padding", "-o", &name(&theirs), &name(file)]),
    ];
    let size = |path: &Path| std::fs::metadata(path).map(|data| data.len() as f64);
    match rounds(FEW_ROUNDS, &programs).zip(size(&own).ok().zip(size(&theirs).ok())) {
        Some((costs, (own, theirs))) => {
            goal("FLAC, size", own / theirs, "of flac -5", 1.03);
            goal("FLAC, time", costs.wall_ratio(0, 1), "of flac -5", 2.0);
            if let Some(ratio) = costs.cpu_ratio(0, 1) {
                figure("FLAC, processor time", ratio, "of flac -5");
            }
        }
        None => {
            println!("  skipped: FLAC against flac -5, which is not installed or does not take this file")
        }
    }
}

/// The same audio as FLAC and MP3, against its bare decode.
fn compressed(song: &Path, folder: &Path) {
    for (name, options) in [("FLAC", &["-c:a", "flac"][..]), ("MP3", &["-b:a", "320k"][..])] {
        let coded = folder.join(format!("song.{}", name.to_lowercase()));
        let (from, to) = (song.display().to_string(), coded.display().to_string());
        let mut arguments = vec!["-i", &*from];
        arguments.extend(options);
        arguments.push(&to);
        if run::other("ffmpeg", &arguments).time().is_none() {
            println!("  skipped: {name}, which ffmpeg makes");
            continue;
        }
        let programs = [myself("--only-decode", &coded), analyze(&[&coded], 0), analyze(&[&coded], 1)];
        if let Some(costs) = rounds(ROUNDS, &programs) {
            goal(&format!("analyze, {name}"), costs.wall_ratio(1, 0), "of its bare decode", 1.4);
            figure(&format!("analyze, {name}, on one core"), costs.wall_ratio(2, 0), "of its bare decode");
        }
    }
}

/// Mastering against matchering, and the cost of the processors alone.
fn mastering(song: &Path, folder: &Path) {
    let ns_per_frame = chain::ns_per_frame();
    goal("8-band EQ, 3-band compressor, limiter, dither", ns_per_frame, "ns per stereo frame", 60.0);
    let reference = folder.join("reference.wav");
    write(&reference, &song::song(SONG_S, 44_100, 2), 1);
    let name = |path: &Path| path.display().to_string();
    let script = "import sys, matchering as m; m.process(sys.argv[1], sys.argv[2], [m.pcm16(sys.argv[3])])";
    let (from, to) = (name(song), name(&folder.join("matched.wav")));
    let matchering = run::other("python3", &["-c", script, &from, &name(&reference), &to]);
    let mut own = without_loops(master(song, &folder.join("mastered.wav")));
    own.arguments.extend(["--reference".to_string(), name(&reference)]);
    match rounds(FEW_ROUNDS, &[own, matchering]) {
        Some(costs) => at_least("master against matchering", costs.wall_ratio(1, 0), "times as fast", 10.0),
        None => println!("  skipped: the comparison with matchering, which python3 does not find"),
    }
}

/// Highest resident memory for files of hours.
fn memory(folder: &Path) {
    println!("\nmemory for {HOURS} hours");
    let long = folder.join("long.wav");
    let songs = (HOURS as f64 * 3600.0 / SONG_S) as usize;
    // Room for the file, a second name of it, and its master.
    if write_long(&long, songs).is_none() {
        println!("  skipped: there is no room for a file of three hours");
        return;
    }
    let Some(one) = peak_mib(&analyze(&[&long], 0)) else {
        println!("  skipped: this system does not tell the memory of a program");
        return;
    };
    goal("analyze, one file", one, "MiB", 32.0);
    let twin = another_name(&long, "twin.wav");
    if cores() > 1
        && let (Some(alone), Some(both)) =
            (peak_mib(&analyze(&[&long], 1)), peak_mib(&analyze(&[&long, &twin], 2)))
    {
        goal("each further file at once", both - alone, "MiB more", 24.0);
    }
    match peak_mib(&master(&long, &folder.join("long.mastered.wav"))) {
        Some(mib) => goal("master", mib, "MiB", 64.0),
        None => println!("  skipped: master of three hours, for which there is no room"),
    }
}

fn write_long(path: &Path, songs: usize) -> Option<()> {
    let audio = song::song(SONG_S, 44_100, 1);
    let result = try_write(path, &audio, songs);
    if result.is_err() {
        let _ = std::fs::remove_file(path);
    }
    result.ok()
}

fn line(name: &str, value: f64, unit: &str, rest: &str) {
    println!("  {name:<46} {value:>7.3} {unit:<22} {rest}");
}

fn figure(name: &str, value: f64, unit: &str) {
    line(name, value, unit, "");
}

/// A value that shall not be higher.
fn goal(name: &str, value: f64, unit: &str, most: f64) {
    let verdict = if value <= most { "met" } else { "MISSED" };
    line(name, value, unit, &format!("goal at most {most}: {verdict}"));
}

/// A value that shall not be lower.
fn at_least(name: &str, value: f64, unit: &str, least: f64) {
    let verdict = if value >= least { "met" } else { "MISSED" };
    line(name, value, unit, &format!("goal at least {least}: {verdict}"));
}

/// `mixproof analyze` with a number of workers; 0 for one per core.
fn analyze(files: &[&Path], workers: usize) -> Run {
    let mut arguments: Vec<String> = ["analyze", "--format", "json", "-j"].map(String::from).to_vec();
    arguments.push(workers.to_string());
    arguments.extend(files.iter().map(|file| file.display().to_string()));
    Run::new(PathBuf::from(env!("CARGO_BIN_EXE_mixproof")), arguments)
}

fn master(file: &Path, output: &Path) -> Run {
    let mut arguments: Vec<String> = ["master", "--quiet", "--force", "--output"].map(String::from).to_vec();
    arguments.extend([output, file].map(|path| path.display().to_string()));
    Run::new(PathBuf::from(env!("CARGO_BIN_EXE_mixproof")), arguments)
}

/// The same without what a page can play: no other program here makes that.
fn without_loops(mut master: Run) -> Run {
    master.arguments.extend(["--listen", "nothing"].map(String::from));
    master
}

fn myself(what: &str, file: &Path) -> Run {
    Run::new(std::env::current_exe().unwrap(), vec![what.to_string(), file.display().to_string()])
}

/// A second name of a file, beside it.
fn another_name(file: &Path, name: &str) -> PathBuf {
    let other = file.with_file_name(name);
    std::fs::hard_link(file, &other).or_else(|_| std::fs::copy(file, &other).map(drop)).unwrap();
    other
}

fn write(path: &Path, audio: &Block, times: usize) {
    try_write(path, audio, times).unwrap();
}

/// Writes a WAV of 16 bits that holds the audio so many times.
fn try_write(path: &Path, audio: &Block, times: usize) -> Result<(), hound::Error> {
    let spec = hound::WavSpec {
        channels: audio.channel_count() as u16,
        sample_rate: audio.sample_rate_hz(),
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut writer = hound::WavWriter::create(path, spec)?;
    let samples: Vec<i16> = (0..audio.frames())
        .flat_map(|frame| audio.channels().iter().map(move |channel| channel[frame]))
        .map(|sample| (sample * 32_767.0).clamp(-32_768.0, 32_767.0) as i16)
        .collect();
    for _ in 0..times {
        for part in samples.chunks(1 << 20) {
            let mut writer = writer.get_i16_writer(part.len() as u32);
            part.iter().for_each(|sample| writer.write_sample(*sample));
            writer.flush()?;
        }
    }
    writer.finalize()
}
