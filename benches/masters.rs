//! The main job on a folder of music: what went in, what came out, and what it cost.
//!
//! `cargo bench --bench masters -- [FOLDER…] [--bits 16|24] [--delivery NAME]` masters every audio file of the folders
//! (by default the music beside the project) with the program itself and prints one line per file: loudness and true
//! peak before and after, the true peak of the written file by another filter than the limiter's and the meter's,
//! wall time and peak memory. Exit code 1 where a file missed its target without saying why, or passed its ceiling.
#![allow(clippy::print_stdout, clippy::unwrap_used, missing_docs, unreachable_pub, reason = "a benchmark prints")]

#[path = "../tests/suite/signals.rs"]
mod signals;

use mixproof::decode::read_all;
use mixproof::model::{Persisted, Render};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;

/// How far the written file may be from its target before the document has to say why.
const TOLERANCE_LU: f64 = 0.1;

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1).filter(|arg| arg != "--bench").peekable();
    let (mut folders, mut options) = (Vec::new(), Vec::new());
    while let Some(arg) = args.next() {
        if arg.starts_with("--") {
            options.push(arg);
            options.extend(args.next());
        } else {
            folders.push(PathBuf::from(arg));
        }
    }
    if folders.is_empty() {
        let Some(music) = signals::real_audio() else {
            println!("skipped: no folder given and no music beside the project");
            return ExitCode::SUCCESS;
        };
        folders.push(music.join("mixes"));
        folders.push(music.join("album"));
    }
    println!(
        "{:44} {:>7} {:>7} {:>7} {:>7} {:>8} {:>6} {:>6}  missed",
        "file", "LUFS in", "out", "dBTP in", "out", "16×96", "s", "MiB"
    );
    let mut failures = 0;
    for folder in &folders {
        let mut files = audio_files(folder);
        files.sort();
        failures += files.iter().filter(|file| !master(file, &options)).count();
    }
    if failures == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn audio_files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    entries
        .flat_map(|entry| if entry.path().is_dir() { audio_files(&entry.path()) } else { vec![entry.path()] })
        .filter(|path| {
            let ending = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
            ["wav", "flac", "mp3", "ogg", "m4a", "aiff"].contains(&ending.as_str())
        })
        .collect()
}

/// Masters one file and prints its line; `false` where a promise was broken silently.
fn master(file: &Path, options: &[String]) -> bool {
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("master.wav");
    let start = Instant::now();
    let mut child = Command::new(env!("CARGO_BIN_EXE_mixproof"))
        .args(["master", "--quiet", "--output"])
        .args([output.as_path(), file])
        .args(options)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let status = PathBuf::from(format!("/proc/{}/status", child.id()));
    let mut peak_kib = 0u64;
    while child.try_wait().unwrap().is_none() {
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        peak_kib = line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(peak_kib);
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let seconds = start.elapsed().as_secs_f64();
    let name: String = file.file_name().unwrap_or_default().to_string_lossy().chars().take(44).collect();
    let Ok(render) = Render::load(&folder.path().join("master.render.json")) else {
        println!("{name:44} could not be mastered");
        return false;
    };
    let (audio, _) = read_all(&output).unwrap();
    let reference_dbtp = signals::true_peak_reference_db(&audio);
    let number = |value: Option<f64>| value.map_or("–".to_string(), |value| format!("{value:.2}"));
    let (before, after) = (&render.before, &render.after);
    let missed: Vec<String> = render
        .missed
        .iter()
        .map(|missed| format!("{} {:+.2}", missed.measure, missed.measured - missed.predicted))
        .collect();
    println!(
        "{name:44} {:>7} {:>7} {:>7} {:>7} {reference_dbtp:>8.3} {seconds:>6.2} {:>6.1}  {}",
        number(before.loudness.integrated_lufs),
        number(after.loudness.integrated_lufs),
        number(before.peaks.true_peak_dbtp),
        number(after.peaks.true_peak_dbtp),
        peak_kib as f64 / 1024.0,
        missed.join(", ")
    );
    let target_lufs = render.plan.target_lufs.or(after.loudness.integrated_lufs);
    let on_target = target_lufs
        .zip(after.loudness.integrated_lufs)
        .is_none_or(|(target, measured)| (target - measured).abs() <= TOLERANCE_LU);
    let under_ceiling = reference_dbtp <= render.plan.ceiling_dbtp;
    under_ceiling && (on_target || !render.missed.is_empty())
}
