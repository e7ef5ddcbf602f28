//! Disks that fail and networks that crawl, while a song is read. The faults come from `tests/faults/reads.rs`, which stands in
//! the place of the C library's `read` under the program.

use crate::signals::write_wav;
use crate::song;
use mixproof::encode::{Format, Writer};
use mixproof::model::{Analysis, Persisted};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The fault to be preloaded; `None`, said aloud, where this machine cannot.
pub fn faults(folder: &Path) -> Option<PathBuf> {
    let library = folder.join("reads.so");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/faults/reads.rs");
    let compiler = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let here = cfg!(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")));
    let built = here
        && Command::new(compiler)
            .args(["--edition", "2024", "--crate-type", "cdylib", "-O", "-o"])
            .args([&library, &source])
            .status()
            .is_ok_and(|status| status.success());
    if !built {
        eprintln!("no faulty disk on this machine: NOT tested");
    }
    built.then_some(library)
}

fn run(library: &Path, args: &[&str], folder: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_mixproof"))
        .env("LD_PRELOAD", library)
        .current_dir(folder)
        .args(args)
        .output()
        .unwrap()
}

#[test]
fn a_disk_that_fails_in_the_middle_costs_one_line_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let Some(library) = faults(at) else { return };
    // 1.3 MB and more: the fault lies in the middle.
    let audio = song::song(8.0, 44_100, 2);
    write_wav(&at.join("faulty.wav"), &audio, 16);
    write_wav(&at.join("whole.wav"), &audio, 16);
    for name in ["faulty.flac", "faulty.aiff"] {
        let format = Format { sample_rate_hz: 44_100, channels: 2, bits: 24, float: false };
        let mut writer = Writer::create(&at.join(name), format, false).unwrap();
        writer.write(&audio).unwrap();
        writer.finish().unwrap();
    }
    for name in ["faulty.wav", "faulty.flac", "faulty.aiff"] {
        assert!(std::fs::metadata(at.join(name)).unwrap().len() > 1 << 20, "{name} is too short for this");
        for command in ["analyze", "check", "master", "preview"] {
            let output = run(&library, &[command, "-q", name], at);
            let said = String::from_utf8_lossy(&output.stderr).trim_end().to_string();
            assert_eq!(output.status.code(), Some(2), "{command} {name}: {said}");
            assert!(said.lines().count() == 1 && said.contains(name), "{command} {name}: {said}");
            assert!(said.contains("input/output error"), "the disk is named as the cause: {said}");
            assert!(output.stdout.is_empty(), "half a song is no song");
        }
    }
    // The others go on.
    let output = run(&library, &["analyze", "-q", "--format", "json", "faulty.wav", "whole.wav"], at);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(String::from_utf8_lossy(&output.stdout).lines().count(), 1);
    let mut left: Vec<String> = std::fs::read_dir(at)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    left.sort();
    assert_eq!(left, ["faulty.aiff", "faulty.flac", "faulty.wav", "reads.so", "whole.wav"]);
}

#[test]
fn a_slow_network_changes_nothing_but_the_time() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let Some(library) = faults(at) else { return };
    let audio = song::song(4.0, 44_100, 2);
    for name in ["slow.wav", "quick.wav"] {
        write_wav(&at.join(name), &audio, 16);
    }
    let [slow, quick] = ["slow.wav", "quick.wav"].map(|name| {
        let output = run(&library, &["analyze", "-q", "--format", "json", name], at);
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        let mut analysis =
            Analysis::from_json(&String::from_utf8(output.stdout).unwrap(), Path::new(name)).unwrap();
        analysis.source.path.clear();
        analysis
    });
    assert_eq!(slow.to_json(), quick.to_json());
}
