//! A long run over many small files: memory and open files must not grow with their number, and none may be lost.
//!
//!   cargo bench --bench soak              ten thousand files
//!   cargo bench --bench soak -- 2000      so many
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    missing_docs,
    reason = "a bench may panic, and prints its figures"
)]

use mixproof::audio::Block;
use mixproof::encode::{Format, Writer};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// How much more memory than after the first tenth is no growth: what allocators do.
const MOST_GROWTH_MIB: f64 = 16.0;

fn main() {
    let count = std::env::args().find_map(|argument| argument.parse().ok()).unwrap_or(10_000);
    let folder = tempfile::tempdir().unwrap();
    let mut broken = 0;
    for index in 0..count {
        let path = folder.path().join(format!("{index:06}.wav"));
        write(&path, index);
        // One in ten is damaged: half of it is missing, or it is no sound at all.
        match index % 20 {
            3 => std::fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(3000).unwrap(),
            13 => {
                std::fs::write(&path, format!("no sound {index}")).unwrap();
                broken += 1;
            }
            _ => {}
        }
    }
    let mut child = Command::new(program())
        .arg("analyze")
        .arg(folder.path())
        .args(["-q", "--format", "json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let errors = BufReader::new(child.stderr.take().unwrap());
    let errors = std::thread::spawn(move || errors.lines().count());
    let place = PathBuf::from(format!("/proc/{}", child.id()));
    let (mut lines, mut first, mut most_mib, mut most_files) = (0, None, 0.0_f64, 0);
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        assert!(line.unwrap().starts_with('{'));
        lines += 1;
        if lines % 100 == 0 {
            let (mib, files) = looked_at(&place);
            (most_mib, most_files) = (most_mib.max(mib), most_files.max(files));
            if lines * 10 >= count && first.is_none() {
                first = Some(mib);
            }
        }
    }
    let code = child.wait().unwrap().code();
    let refused = errors.join().unwrap();
    let first_mib = first.unwrap_or(most_mib);
    println!(
        "{count} files, {broken} of them no sound: {lines} documents, {refused} error lines, exit code {code:?}"
    );
    println!(
        "memory after a tenth {first_mib:.1} MiB, at most {most_mib:.1} MiB; at most {most_files} open files"
    );
    assert_eq!((lines + refused, refused, code), (count, broken, Some(2)), "no file is lost");
    assert!(most_mib <= first_mib + MOST_GROWTH_MIB, "memory grows with the number of files");
    assert!(most_files < 64, "files stay open");
}

/// Half a second of a tone of its own.
fn write(path: &Path, index: usize) {
    let mut block = Block::silent(1, 4000, 8000);
    let turn = (100.0 + (index % 3000) as f32) * std::f32::consts::TAU / 8000.0;
    for (frame, sample) in block.channels_mut()[0].iter_mut().enumerate() {
        *sample = 0.3 * (turn * frame as f32).sin();
    }
    let format = Format { sample_rate_hz: 8000, channels: 1, bits: 16, float: false };
    let mut writer = Writer::create(path, format, false).unwrap();
    writer.write(&block).unwrap();
    writer.finish().unwrap();
}

/// Resident memory and open files of a process.
fn looked_at(place: &Path) -> (f64, usize) {
    let status = std::fs::read_to_string(place.join("status")).unwrap_or_default();
    let kib =
        status.lines().find_map(|line| line.strip_prefix("VmRSS:")?.split_whitespace().next()?.parse().ok());
    let files = std::fs::read_dir(place.join("fd")).map_or(0, Iterator::count);
    (kib.unwrap_or(0.0) / 1024.0, files)
}

fn program() -> PathBuf {
    PathBuf::from(env!("CARGO_BIN_EXE_mixproof"))
}
