//! What can go wrong under a scan: its memory is damaged, taken or another one's, the disk is full, a file ends the process.

use crate::disks::faults;
use crate::scan::{command, done, lines, plant, rows, run, tone};
use crate::trouble::{Small, is_ignored};
use mixproof::model::RowStatus;
use std::process::{Output, Stdio};
use std::time::Duration;

fn refused(output: &Output, words: &str) {
    let said = String::from_utf8_lossy(&output.stderr).trim_end().to_string();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(said.contains(words), "{words} in {said}");
}

#[test]
fn rows_and_state_are_made_to_agree_whatever_became_of_either() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    plant(&at.join("in"), 50);
    done(at, &["in", "-o", "rows.jsonl"]);
    let output = at.join("rows.jsonl");
    let (whole, bytes) = (lines(&output), std::fs::read(&output).unwrap());
    let state = std::fs::read(at.join("rows.jsonl.state")).unwrap();
    let again = |what: &str| {
        done(at, &["in", "-o", "rows.jsonl"]);
        assert_eq!(lines(&output), whole, "{what}");
    };
    // The state is older than the rows, or gone: what has a row is not done again.
    std::fs::remove_file(at.join("rows.jsonl.state")).unwrap();
    again("no state");
    assert_eq!(std::fs::read(&output).unwrap(), bytes, "nothing was done again");
    // The rows end early: in a line, between lines, at their start.
    for length in [bytes.len() - 1, bytes.len() - 300, bytes.len() / 2, 7, 0] {
        std::fs::write(&output, &bytes[..length]).unwrap();
        again("rows that end early");
    }
    std::fs::remove_file(&output).unwrap();
    again("no rows");
    // Half of the rows, and a state that is of before all of them.
    let middle =
        bytes.len() / 2 + bytes[bytes.len() / 2..].iter().position(|byte| *byte == b'\n').unwrap() + 1;
    std::fs::write(&output, &bytes[middle..]).unwrap();
    std::fs::write(at.join("rows.jsonl.state"), &state).unwrap();
    again("the other half of the rows");
}

#[test]
fn a_state_that_cannot_be_used_costs_one_line_and_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    plant(&at.join("in"), 20);
    done(at, &["in", "-o", "rows.jsonl"]);
    let (output, state) = (at.join("rows.jsonl"), at.join("rows.jsonl.state"));
    let (bytes, good) = (std::fs::read(&output).unwrap(), std::fs::read(&state).unwrap());
    let scan = || run(at, &["in", "-o", "rows.jsonl"]);
    let mut damaged = good.clone();
    damaged[4096..].iter_mut().for_each(|byte| *byte ^= 0x5a);
    for bad in [b"no database at all, but long enough to be one".repeat(40), damaged] {
        std::fs::write(&state, &bad).unwrap();
        refused(&scan(), "move it away");
        assert_eq!(std::fs::read(&state).unwrap(), bad, "it is left as it is");
    }
    for text in ["PRAGMA user_version = 2", "PRAGMA application_id = 7"] {
        std::fs::write(&state, &good).unwrap();
        rusqlite::Connection::open(&state).unwrap().execute_batch(text).unwrap();
        refused(&scan(), "expected the state of a scan of version 1");
    }
    // In use: by a scan, or by anything that writes to it.
    std::fs::write(&state, &good).unwrap();
    let other = rusqlite::Connection::open(&state).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    refused(&scan(), "in use");
    drop(other);
    // An output of something else is never touched, and a folder is none.
    std::fs::write(at.join("notes.txt"), "precious").unwrap();
    refused(&run(at, &["in", "-o", "notes.txt"]), "choose another --output");
    assert_eq!(std::fs::read(at.join("notes.txt")).unwrap(), b"precious");
    refused(&run(at, &["in", "-o", "in"]), "in");
    refused(&run(at, &["in", "-o", "rows.jsonl", "--state", "in"]), "folder");
    refused(&run(at, &["in", "-o", "rows.jsonl", "--state", "rows.jsonl"]), "different files");
    assert_eq!(std::fs::read(&output).unwrap(), bytes);
    // The way out that the lines name.
    std::fs::remove_file(&state).unwrap();
    done(at, &["in", "-o", "rows.jsonl"]);
    assert_eq!(std::fs::read(&output).unwrap(), bytes);
}

#[test]
fn two_scans_do_not_share_one_catalogue() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let Some(library) = faults(at) else { return };
    std::fs::create_dir(at.join("in")).unwrap();
    std::fs::write(at.join("in/slow.wav"), tone(1, 2_000_000)).unwrap();
    let mut first = command(at, &["in", "-o", "rows.jsonl"])
        .env("LD_PRELOAD", &library)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    while !at.join("rows.jsonl").exists() {
        std::thread::sleep(Duration::from_millis(5));
    }
    refused(&run(at, &["in", "-o", "rows.jsonl"]), "in use");
    assert!(first.wait().unwrap().success());
    assert_eq!(rows(&at.join("rows.jsonl")).len(), 1);
}

#[cfg(unix)]
#[test]
fn a_scan_that_is_asked_to_end_finishes_its_files_and_goes_on_later() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let Some(library) = faults(at) else { return };
    std::fs::create_dir(at.join("in")).unwrap();
    for index in 0..20 {
        std::fs::write(at.join(format!("in/slow {index}.wav")), tone(index, 400_000)).unwrap();
    }
    for signal in ["-INT", "-TERM"].into_iter().filter(|signal| !is_ignored(signal)) {
        let child = command(at, &["in", "-o", "rows.jsonl", "-j", "1"])
            .env("LD_PRELOAD", &library)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let before = std::fs::metadata(at.join("rows.jsonl")).map_or(0, |metadata| metadata.len());
        // Until its first file is done: then the second one is being read.
        while std::fs::metadata(at.join("rows.jsonl")).map_or(0, |metadata| metadata.len()) == before {
            std::thread::sleep(Duration::from_millis(5));
        }
        let id = child.id().to_string();
        assert!(std::process::Command::new("kill").args([signal, &id]).status().unwrap().success());
        let bytes = std::fs::read(at.join("rows.jsonl")).unwrap();
        let done_before = bytes.iter().filter(|byte| **byte == b'\n').count();
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(130), "{said}");
        assert!(said.contains("left: run the same command again"), "{said}");
        // Every row is whole. What was being read is finished, and of what comes next at most what the signal took to arrive.
        let rows = rows(&at.join("rows.jsonl"));
        assert!((1..=done_before + 2).contains(&rows.len()) && rows.len() < 20, "{} rows", rows.len());
        assert!(rows.iter().all(|row| row.status == RowStatus::Ok));
    }
    assert_eq!(done(at, &["in", "-o", "rows.jsonl"]).ok, 20);
}

#[test]
fn a_file_that_ends_its_process_costs_its_row() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let Some(library) = faults(at) else { return };
    plant(&at.join("in"), 20);
    std::fs::write(at.join("in/deadly.wav"), tone(1, 1200)).unwrap();
    std::fs::write(at.join("in/endless.wav"), tone(2, 1200)).unwrap();
    let isolated = |output: &str, more: &[&str]| {
        let mut args = vec!["in", "-o", output, "--isolate"];
        args.extend(more);
        let output = command(at, &args).env("LD_PRELOAD", &library).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    };
    isolated("rows.jsonl", &["--max-cpu-s", "1"]);
    let found = rows(&at.join("rows.jsonl"));
    assert_eq!(found.len(), 22);
    let row = |name: &str| found.iter().find(|row| row.path == name).unwrap();
    let (deadly, endless) = (row("in/deadly.wav"), row("in/endless.wav"));
    assert_eq!((deadly.status, deadly.error_code.as_deref()), (RowStatus::Failed, Some("crashed")));
    assert!(deadly.error.as_ref().unwrap().contains("signal 6"), "{:?}", deadly.error);
    assert_eq!((endless.status, endless.error_code.as_deref()), (RowStatus::Failed, Some("timed_out")));
    assert!(deadly.size_bytes.is_some() && deadly.modified_unix_ms.is_some(), "it is known again");
    // All others are as in the scan's own process, to the byte.
    let others: Vec<String> = lines(&at.join("rows.jsonl"))
        .into_iter()
        .filter(|line| !line.contains("deadly") && !line.contains("endless"))
        .collect();
    done(at, &["in", "-o", "inside.jsonl", "--exclude", "[de]*.wav"]);
    assert_eq!(others, lines(&at.join("inside.jsonl")));
    // By the clock.
    isolated("clock.jsonl", &["--include", "endless.wav", "--max-wall-s", "1"]);
    assert_eq!(rows(&at.join("clock.jsonl"))[0].error_code.as_deref(), Some("timed_out"));
    // By memory: the same file is measured where it gets what it asks for.
    std::fs::write(at.join("in/hungry.wav"), tone(3, 1200)).unwrap();
    for (most_mib, code) in [("1024", Some("crashed")), ("65536", None)] {
        let name = format!("{most_mib}.jsonl");
        isolated(&name, &["--include", "hungry.wav", "--max-memory-mib", most_mib]);
        assert_eq!(rows(&at.join(&name))[0].error_code.as_deref(), code, "{most_mib} MiB");
    }
}

#[test]
fn a_full_disk_costs_one_line_and_the_scan_goes_on_later() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let Some(small) = Small::mount(at) else {
        println!("skipped: this user may not mount a small file system");
        return;
    };
    // 1 MiB holds the rows of some of them.
    plant(&at.join("in"), 1000);
    let output = small.0.join("rows.jsonl");
    let args = ["in", "-o", output.to_str().unwrap(), "-q"];
    refused(&run(at, &args), "no space left");
    let kept = lines(&output);
    assert!((100..1000).contains(&kept.len()), "{} rows", kept.len());
    // As often as one likes; then there is room.
    refused(&run(at, &args), "no space left");
    assert!(lines(&output).len() >= kept.len(), "nothing is lost");
    let room = ["-o", "remount,size=64m"];
    assert!(std::process::Command::new("mount").args(room).arg(&small.0).status().unwrap().success());
    assert_eq!(done(at, &args[..3]).files, 1000);
    done(at, &["in", "-o", "whole.jsonl"]);
    assert_eq!(lines(&output), lines(&at.join("whole.jsonl")));
}

#[test]
fn a_file_that_goes_or_changes_meanwhile_is_said_in_its_row() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let Some(library) = faults(at) else { return };
    std::fs::create_dir(at.join("in")).unwrap();
    for name in ["a slow.wav", "b slow.wav", "c.wav"] {
        std::fs::write(at.join("in").join(name), tone(1, 400_000)).unwrap();
    }
    let child = command(at, &["in", "-o", "rows.jsonl", "-j", "1"])
        .env("LD_PRELOAD", &library)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    while !at.join("rows.jsonl").exists() {
        std::thread::sleep(Duration::from_millis(5));
    }
    // The first one is being read (800 kB, 4 kB at a time, 2 ms each), the others wait.
    std::thread::sleep(Duration::from_millis(50));
    std::fs::write(at.join("in/a slow.wav"), tone(2, 420_000)).unwrap();
    std::fs::remove_file(at.join("in/c.wav")).unwrap();
    assert!(child.wait_with_output().unwrap().status.success());
    let found: Vec<(RowStatus, Option<String>)> =
        rows(&at.join("rows.jsonl")).into_iter().map(|row| (row.status, row.error_code)).collect();
    let skipped = |code: &str| (RowStatus::Skipped, Some(code.to_string()));
    assert_eq!(found, [skipped("changed"), (RowStatus::Ok, None), skipped("vanished")]);
    // Next time: the one that holds still now is measured.
    assert_eq!(done(at, &["in", "-o", "rows.jsonl"]).ok, 2);
}
