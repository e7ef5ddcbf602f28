//! What can go wrong while a file is written: full disks, unwritable folders, names that are taken, sudden death.
//! The rule: one line, exit code 2, and never half a file under a final name.

use crate::signals::write_wav;
use crate::song;
use mixproof::decode::read_all;
use mixproof::model::Integrity;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_mixproof"))
}

fn master(input: &Path, output: &Path, more: &[&str]) -> Output {
    program()
        .arg("master")
        .arg(input)
        .arg("-o")
        .arg(output)
        .args(["-q", "-j", "1"])
        .args(more)
        .output()
        .unwrap()
}

/// Asserts exit code 2 and one line that names the path; the line.
fn refused(output: &Output, path: &Path) -> String {
    let said = String::from_utf8_lossy(&output.stderr).trim_end().to_string();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(said.contains(&*path.to_string_lossy()), "{said} names {path:?}");
    said
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

fn song_in(folder: &Path, duration_s: f64) -> PathBuf {
    let input = folder.join("song.wav");
    write_wav(&input, &song::song(duration_s, 44_100, 2), 16);
    input
}

/// A file system of one mebibyte, where this user may mount one.
struct Small(PathBuf);

impl Small {
    fn mount(folder: &Path) -> Option<Small> {
        let place = folder.join("small");
        std::fs::create_dir(&place).unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=1m", "tmpfs"])
            .arg(&place)
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success());
        mounted.then_some(Small(place))
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).status();
    }
}

#[test]
fn a_full_disk_costs_one_line_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let input = song_in(folder.path(), 8.0);
    let Some(small) = Small::mount(folder.path()) else {
        println!("skipped: this user may not mount a small file system");
        return;
    };
    for name in ["song.wav", "song.flac", "song.ogg"] {
        let output = small.0.join(name);
        // Half the space is taken, so that compressed files do not fit either.
        std::fs::write(small.0.join("taken"), vec![7; 1_000_000]).unwrap();
        let line = refused(&master(&input, &output, &["--without", "eq,dynamics,stereo"]), &output);
        assert!(line.to_lowercase().contains("no space left"), "{line}");
        assert_eq!(names(&small.0), ["taken"], "{name}");
    }
}

#[cfg(unix)]
#[test]
fn an_unwritable_place_and_a_taken_name_cost_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let input = song_in(folder.path(), 2.0);
    // A file where a folder should be: refused for every user, root too.
    let no_folder = folder.path().join("song.wav/out");
    let before = names(folder.path());
    refused(&master(&input, &no_folder.join("x.wav"), &[]), &no_folder);
    // What is there stays, bit by bit.
    let taken = folder.path().join("taken.wav");
    std::fs::write(&taken, "precious").unwrap();
    let line = refused(&master(&input, &taken, &[]), &taken);
    assert!(line.contains("--force"), "{line}");
    assert_eq!(std::fs::read(&taken).unwrap(), b"precious");
    let line = refused(&master(&input, &input, &["--force"]), &input);
    assert!(line.contains("source"), "{line}");
    let odd = folder.path().join("song.xyz");
    assert!(refused(&master(&input, &odd, &[]), &odd).contains(".flac"));
    std::fs::remove_file(&taken).unwrap();
    assert_eq!(names(folder.path()), before);
}

#[cfg(unix)]
#[test]
fn sudden_death_leaves_no_half_file_under_a_final_name() {
    let folder = tempfile::tempdir().unwrap();
    let input = song_in(folder.path(), 12.0);
    let outputs = ["out.wav", "out.flac", "out.ogg"].map(|name| folder.path().join(name));
    let plan = folder.path().join("plan.json");
    let made =
        program().arg("master").arg(&input).arg("--plan-only").args(["-q", "-o"]).arg(folder.path()).output();
    assert!(made.unwrap().status.success());
    std::fs::rename(folder.path().join("song.mastered.plan.json"), &plan).unwrap();
    let (mut killed, mut whole) = (0, 0);
    for (round, wait_ms) in [5, 20, 40, 60, 90, 130, 180, 250, 350].into_iter().enumerate() {
        let output = &outputs[round % outputs.len()];
        let mut child = program()
            .arg("render")
            .arg(&plan)
            .arg("-o")
            .arg(output)
            .args(["-q", "--force"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(wait_ms));
        child.kill().unwrap();
        killed += usize::from(child.wait().unwrap().code().is_none());
        if output.exists() {
            whole += 1;
            let (audio, decoded) = read_all(output).unwrap();
            assert_eq!((decoded.integrity, audio.frames()), (Integrity::Ok, 12 * 44_100), "{wait_ms} ms");
            std::fs::remove_file(output).unwrap();
        }
    }
    println!("{killed} of 9 runs killed, {whole} had finished the file");
    assert!(killed > 0, "nothing was killed: the waits are too long for this machine");
    // What a killed run leaves has a name that nobody takes for a song.
    let rest = names(folder.path()).into_iter().filter(|name| name.starts_with("out."));
    let audio = rest.filter(|name| !name.ends_with(".json") && !name.ends_with(".html"));
    assert_eq!(audio.count(), 0);
}
