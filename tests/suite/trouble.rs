//! What can go wrong while a file is written: full disks, unwritable folders, names that are taken, sudden death.
//! The rule: one line, exit code 2, and never half a file under a final name.

use crate::signals::{Random, write_wav};
use crate::song;
use mixproof::decode::read_all;
use mixproof::model::{Analysis, Integrity, Persisted};
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
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

/// Runs that are killed at random moments.
const KILLS: usize = 54;

/// A file system of one mebibyte, where this user may mount one.
pub struct Small(pub PathBuf);

impl Small {
    pub fn mount(folder: &Path) -> Option<Small> {
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
    let source = std::fs::read(&input).unwrap();
    let outputs = ["out.wav", "out.flac", "out.ogg"].map(|name| folder.path().join(name));
    let plan = folder.path().join("plan.json");
    let made =
        program().arg("master").arg(&input).arg("--plan-only").args(["-q", "-o"]).arg(folder.path()).output();
    assert!(made.unwrap().status.success());
    std::fs::rename(folder.path().join("song.mastered.plan.json"), &plan).unwrap();
    let (mut killed, mut whole) = (0, 0);
    let mut random = Random(54);
    for round in 0..KILLS {
        let output = &outputs[round % outputs.len()];
        let mut child = program()
            .arg("render")
            .arg(&plan)
            .arg("-o")
            .arg(output)
            .args(["-q", "--force", "--listen", "nothing"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let wait_ms = random.next_u64() % 400;
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
    assert_eq!(std::fs::read(&input).unwrap(), source, "the source is what it was");
    let again =
        program().arg("render").arg(&plan).arg("-o").arg(&outputs[0]).args(["-q", "--force"]).output();
    assert!(again.unwrap().status.success(), "the next run succeeds");
    std::fs::remove_file(&outputs[0]).unwrap();
    println!("{killed} of {KILLS} runs killed, {whole} had finished the file");
    assert!(killed > 0, "nothing was killed: the waits are too long for this machine");
    // What a killed run leaves has a name that nobody takes for a song.
    let rest = names(folder.path()).into_iter().filter(|name| name.starts_with("out."));
    let audio = rest.filter(|name| !name.ends_with(".json") && !name.ends_with(".html"));
    assert_eq!(audio.count(), 0);
}

/// Sends a signal to a running program.
#[cfg(unix)]
fn signal(child: &Child, name: &str) {
    assert!(Command::new("kill").arg(name).arg(child.id().to_string()).status().unwrap().success());
}

/// Whether whoever started this wants the signal ignored, as `nohup` does: programs respect that.
#[cfg(unix)]
pub fn is_ignored(name: &str) -> bool {
    let number = match name {
        "-HUP" => 1,
        "-INT" => 2,
        _ => return false,
    };
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.is_some_and(|mask| u64::from_str_radix(mask.trim(), 16).unwrap() >> (number - 1) & 1 == 1)
}

#[cfg(unix)]
#[test]
fn an_interrupt_costs_one_line_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let input = song_in(folder.path(), 120.0);
    for (name, wait_ms) in [("-INT", 200), ("-TERM", 400), ("-HUP", 300)] {
        if is_ignored(name) {
            println!("{name} is ignored where this runs: skipped");
            continue;
        }
        let child = program()
            .arg("master")
            .arg(&input)
            .args(["-q", "-j", "1"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(wait_ms));
        signal(&child, name);
        let ended = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&ended.stderr).into_owned();
        assert_eq!(ended.status.code(), Some(130), "{name}: {said}");
        assert_eq!(said.trim_end().lines().count(), 1, "{said}");
        assert!(said.contains("song.wav") && said.contains("run it again"), "{said}");
        assert_eq!(names(folder.path()), ["song.wav"], "{name}");
    }
}

#[cfg(unix)]
#[test]
fn an_interrupted_batch_starts_no_further_file() {
    let folder = tempfile::tempdir().unwrap();
    let songs: Vec<PathBuf> = (0..400).map(|index| folder.path().join(format!("{index}.wav"))).collect();
    write_wav(&songs[0], &song::song(60.0, 44_100, 2), 16);
    for song in &songs[1..] {
        std::fs::hard_link(&songs[0], song).unwrap();
    }
    let mut child = program()
        .arg("analyze")
        .args(&songs)
        .args(["-q", "-j", "2", "--format", "json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut lines = String::new();
    stdout.read_line(&mut lines).unwrap();
    signal(&child, "-TERM");
    stdout.read_to_string(&mut lines).unwrap();
    let ended = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert_eq!(ended.status.code(), Some(130), "{said}");
    assert_eq!(said.trim_end().lines().count(), 1, "{said}");
    assert!(lines.lines().count() < songs.len());
    // What was finished before is whole.
    for line in lines.lines() {
        assert!(Analysis::from_json(line, Path::new("stdout")).is_ok(), "{line}");
    }
}

#[test]
fn two_runs_on_one_output_leave_one_whole_file() {
    let folder = tempfile::tempdir().unwrap();
    let input = song_in(folder.path(), 6.0);
    let output = folder.path().join("out.flac");
    let start = || {
        let mut command = program();
        command.arg("master").arg(&input).arg("-o").arg(&output).args(["-q", "-j", "1", "--force"]);
        command.args(["--listen", "nothing"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    };
    let runs = [start(), start()];
    for mut run in runs {
        assert!(run.wait().unwrap().success());
    }
    let (audio, decoded) = read_all(&output).unwrap();
    assert_eq!((decoded.integrity, audio.frames()), (Integrity::Ok, 6 * 44_100));
    assert!(names(folder.path()).iter().all(|name| name.starts_with("out.") || name == "song.wav"));
}

#[cfg(unix)]
#[test]
fn a_folder_that_vanishes_and_a_song_that_shrinks_cost_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let input = song_in(folder.path(), 40.0);
    for (round, wait_ms) in [100, 250, 400, 600, 900].into_iter().enumerate() {
        let (place, gone) = (folder.path().join("place"), folder.path().join(format!("gone{round}")));
        std::fs::create_dir(&place).unwrap();
        let output = place.join("out.wav");
        let mut run = program();
        run.arg("master").arg(&input).arg("-o").arg(&output).args(["-q", "--listen", "nothing"]);
        let run = run.stderr(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(wait_ms));
        std::fs::rename(&place, &gone).unwrap();
        let ended = run.wait_with_output().unwrap();
        // Before the file is begun, its folder is made anew; while it is written, there is no place for it any more.
        if ended.status.success() {
            let written =
                [place.join("out.wav"), gone.join("out.wav")].into_iter().find(|path| path.exists());
            assert_eq!(read_all(&written.unwrap()).unwrap().1.integrity, Integrity::Ok, "{wait_ms} ms");
        } else {
            refused(&ended, &place);
            assert!(!place.join("out.wav").exists());
        }
        let _ = std::fs::remove_dir_all(&place);
    }
    // The source loses its second half between analysis and rendering: other audio, and nothing is written.
    let plan = folder.path().join("song.mastered.plan.json");
    let planned = program().arg("master").arg(&input).args(["--plan-only", "-q"]).status().unwrap();
    assert!(planned.success());
    let half = std::fs::metadata(&input).unwrap().len() / 2;
    std::fs::OpenOptions::new().write(true).open(&input).unwrap().set_len(half).unwrap();
    let rendered = program().arg("render").arg(&plan).arg("-q").output().unwrap();
    refused(&rendered, &input);
    assert!(!folder.path().join("song.mastered.wav").exists());
}
