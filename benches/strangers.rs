//! What strangers send: every file of a folder through `analyze`, in a process of its own. Prints what was decoded and what was
//! refused, with what words, and the worst memory and time.
//!
//!   cargo bench --bench strangers -- FOLDER…
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    missing_docs,
    reason = "a bench may panic, and prints its figures"
)]

use mixproof::model::{Analysis, Persisted};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// A file that takes longer has made the program hang.
const LONGEST: Duration = Duration::from_secs(60);

/// How often a running process is looked at.
const LOOK: Duration = Duration::from_millis(2);

/// What became of one file.
struct Outcome {
    path: PathBuf,
    bytes: u64,
    took: Duration,
    memory_mib: f64,
    code: Option<i32>,
    said: String,
}

fn main() {
    let folders: Vec<PathBuf> =
        std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).map(PathBuf::from).collect();
    assert!(!folders.is_empty(), "cargo bench --bench strangers -- FOLDER…");
    let mut paths = Vec::new();
    folders.iter().for_each(|folder| collect(folder, &mut paths));
    paths.sort();
    let outcomes: Vec<Outcome> = paths.into_iter().map(outcome).collect();
    println!("| file | bytes | ms | MiB | what became of it |\n|---|---:|---:|---:|---|");
    for outcome in &outcomes {
        println!(
            "| {} | {} | {} | {:.0} | {} |",
            outcome.path.display(),
            outcome.bytes,
            outcome.took.as_millis(),
            outcome.memory_mib,
            outcome.said
        );
    }
    let decoded = outcomes.iter().filter(|outcome| outcome.code == Some(0)).count();
    let refused = outcomes.iter().filter(|outcome| outcome.code == Some(2)).count();
    let most_mib = outcomes.iter().map(|outcome| outcome.memory_mib).fold(0.0, f64::max);
    // Starting a process takes longer than most of these files: time per byte says something from a tenth of a mebibyte on.
    let large = outcomes.iter().filter(|outcome| outcome.bytes > 100_000);
    let per_byte_ns =
        large.map(|outcome| outcome.took.as_nanos() as f64 / outcome.bytes as f64).fold(0.0, f64::max);
    let longest = outcomes.iter().map(|outcome| outcome.took).max().unwrap_or_default();
    println!(
        "\n{} files: {decoded} decoded, {refused} refused; at most {most_mib:.0} MiB, {} ms, and {per_byte_ns:.0} ns per byte (files over 100 kB)",
        outcomes.len(),
        longest.as_millis()
    );
    assert_eq!(decoded + refused, outcomes.len(), "a file ended the program in another way");
}

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, paths);
        } else {
            paths.push(path);
        }
    }
}

fn outcome(path: PathBuf) -> Outcome {
    let bytes = std::fs::metadata(&path).unwrap().len();
    let started = Instant::now();
    let mut child = Command::new(env!("CARGO_BIN_EXE_mixproof"))
        .args(["analyze", "-q", "--format", "json"])
        .arg(&path)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let (mut stdout, mut stderr) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
    let read = |stream: &mut dyn Read| {
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        text
    };
    let document = std::thread::spawn(move || read(&mut stdout));
    let error = std::thread::spawn(move || read(&mut stderr));
    let status = PathBuf::from(format!("/proc/{}/status", child.id()));
    let mut memory_mib = 0.0_f64;
    let code = loop {
        memory_mib = memory_mib.max(peak_mib(&status));
        if let Some(status) = child.try_wait().unwrap() {
            break status.code();
        }
        if started.elapsed() > LONGEST {
            child.kill().unwrap();
        }
        std::thread::sleep(LOOK);
    };
    let took = started.elapsed();
    let (document, error) = (document.join().unwrap(), error.join().unwrap());
    let said = match Analysis::from_json(&document, &path) {
        Ok(analysis) => {
            let source = &analysis.source;
            let integrity = serde_json::to_string(&analysis.integrity).unwrap();
            let bits = source.bits.map_or(String::new(), |bits| format!(" {bits} bit"));
            format!(
                "{} {}{bits}, {} Hz, {} ch, {} frames, {}",
                source.container,
                source.codec,
                source.sample_rate_hz,
                source.channels,
                source.frames,
                integrity.trim_matches('"')
            )
        }
        Err(_) => {
            let error = error.trim_end().trim_start_matches("error: ");
            assert_eq!(error.lines().count(), 1, "{}: {error}", path.display());
            error
                .rsplit_once(&*path.to_string_lossy())
                .map_or(error, |(_, reason)| reason)
                .trim_start_matches(": ")
                .to_string()
        }
    };
    Outcome { path, bytes, took, memory_mib, code, said }
}

/// Most memory that a process has held so far.
fn peak_mib(status: &Path) -> f64 {
    let status = std::fs::read_to_string(status).unwrap_or_default();
    let kib: Option<f64> =
        status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.split_whitespace().next()?.parse().ok());
    kib.unwrap_or(0.0) / 1024.0
}
