//! How well the detectors detect: share of planted faults found, and false alarms per hour of clean music.
//!
//! `cargo bench --bench detection -- [FOLDER] [--quick] [--only=KIND] [MISSES]` plants seeded faults into the music under FOLDER (default
//! `../shared/audio`: its `mixes`, `album` and `stems`) and prints two tables: the music that thresholds may be tuned on
//! (stems, every other mix), and the music that judges (the other mixes, the albums). With `MISSES`, the missed faults and the
//! false alarms are listed too; `--quick` takes a fifth of the files; `--only=hum` plants
//! only hum. Without the folder it says that it was skipped.
//!
//! What "audible" means stands in `ear.rs`. The files count as clean as they are, though some of them have faults of
//! their own. Most of them were lossy once, which blunts the true clicks that they may have.
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    missing_docs,
    dead_code,
    unreachable_pub,
    reason = "a program that prints figures"
)]

mod ear;
mod judge;
mod origins;
mod plant;

#[path = "../../tests/suite/signals.rs"]
mod signals;
#[path = "../../tests/suite/song.rs"]
mod song;

use judge::Score;
use mixproof::audio::Block;
use mixproof::decode::Decoder;
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Music that is wholly in memory.
struct Track {
    name: String,
    audio: Block,
    lossy: bool,
}

/// With `--quick`, one file in so many.
const QUICK_STEP: usize = 5;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let given = |word: &str| arguments.iter().any(|argument| argument == word);
    let (verbose, quick) = (given("MISSES"), given("--quick"));
    let only = arguments.iter().find_map(|argument| argument.strip_prefix("--only="));
    let folder = arguments
        .iter()
        .find(|argument| *argument != "MISSES" && !argument.starts_with("--"))
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/audio"), PathBuf::from);
    if !folder.is_dir() {
        println!("skipped: there is no music at {}", folder.display());
        return;
    }
    let below = |part: &str| {
        let mut paths = Vec::new();
        music(&folder.join(part), &mut paths);
        paths
    };
    let (mixes, albums, stems) = (below("mixes"), below("album"), below("stems"));
    let half = |odd: usize| mixes.iter().skip(odd).step_by(2).cloned();
    let sets = if mixes.is_empty() && albums.is_empty() && stems.is_empty() {
        vec![("all files", below(""))]
    } else {
        vec![
            ("tuning: stems, every other mix", half(0).chain(stems).collect()),
            ("judging: the other mixes, albums", half(1).chain(albums).collect()),
        ]
    };
    for (title, mut paths) in sets {
        if quick {
            paths = paths.into_iter().step_by(QUICK_STEP).collect();
        }
        report(title, &folder, &paths, verbose, only);
    }
}

/// Audio files below a folder, sorted.
fn music(folder: &Path, paths: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    let mut entries: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        let extension = path.extension().and_then(|e| e.to_str()).unwrap_or_default();
        if path.is_dir() {
            music(&path, paths);
        } else if ["wav", "flac", "mp3", "ogg", "m4a", "aif", "aiff"].contains(&extension) {
            paths.push(path);
        }
    }
}

fn decode(path: &Path, folder: &Path) -> Track {
    let mut decoder = Decoder::open(path).unwrap();
    let mut audio = Block::empty(decoder.channel_count(), decoder.sample_rate_hz());
    let mut block = Block::empty(decoder.channel_count(), decoder.sample_rate_hz());
    while decoder.read(&mut block).unwrap() {
        audio.append(&block);
    }
    let name = path.strip_prefix(folder).unwrap_or(path).display().to_string();
    let codec = decoder.finish().unwrap().source.codec;
    let lossy = !codec.starts_with("flac") && !codec.starts_with("pcm");
    Track { name, audio, lossy }
}

fn report(title: &str, folder: &Path, paths: &[PathBuf], verbose: bool, only: Option<&str>) {
    let results: Vec<(f64, BTreeMap<&'static str, Score>)> = paths
        .par_iter()
        .map(|path| {
            let track = decode(path, folder);
            let mut scores = BTreeMap::new();
            judge::clean(&track, &mut scores);
            judge::planted(&track, only, &mut scores);
            if only.is_none_or(|only| only == "origin") {
                origins::judge(&track, &mut scores);
            }
            (track.audio.frames() as f64 / f64::from(track.audio.sample_rate_hz()), scores)
        })
        .collect();
    let hours = results.iter().map(|result| result.0).sum::<f64>() / 3600.0;
    let mut all: BTreeMap<&'static str, Score> = BTreeMap::new();
    for (name, score) in results.into_iter().flat_map(|result| result.1) {
        all.entry(name).or_default().add(score);
    }
    if only.is_none_or(|only| only == "origin") {
        origins::synthetic(&mut all, title.starts_with("judging"));
    }
    println!("\n{title}: {} files, {hours:.2} h", paths.len());
    println!(
        "{:<28} {:>15} {:>8} {:>15} {:>8} {:>14}",
        "detector", "audible", "share", "plainly so", "alarms", "alarms per h"
    );
    for (name, score) in &all {
        println!(
            "{name:<28} {:>15} {:>8} {:>15} {:>8} {:>14}",
            count(score.audible),
            share(score.audible),
            share(score.plain),
            score.alarms.map_or(String::from("-"), |alarms| alarms.to_string()),
            score.alarms.map_or(String::from("-"), |alarms| format!("{:.2}", alarms as f64 / hours)),
        );
    }
    if verbose {
        all.iter().for_each(|(name, score)| score.notes.iter().for_each(|note| println!("{name}: {note}")));
    }
}

fn count((found, planted): (usize, usize)) -> String {
    if planted == 0 { String::from("-") } else { format!("{found} of {planted}") }
}

fn share((found, planted): (usize, usize)) -> String {
    if planted == 0 { String::from("-") } else { format!("{:.1} %", 100.0 * found as f64 / planted as f64) }
}
