//! A catalogue: every file one row, whatever happens to the scan in between.

use crate::signals::{Random, song, write_wav};
use mixproof::model::{Measured, Persisted, RowDynamics, RowStatus, ScanRow, ScanSummary};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

/// A mono PCM file of 16 bits at 8 kHz: small, and quickly measured.
pub fn wav(samples: impl Iterator<Item = i16>) -> Vec<u8> {
    let data: Vec<u8> = samples.flat_map(i16::to_le_bytes).collect();
    let length = data.len() as u32;
    let mut bytes = b"RIFF".to_vec();
    bytes.extend((36 + length).to_le_bytes());
    bytes.extend(b"WAVEfmt ");
    bytes.extend(16u32.to_le_bytes());
    bytes.extend([1, 0, 1, 0]);
    bytes.extend(8000u32.to_le_bytes());
    bytes.extend(16000u32.to_le_bytes());
    bytes.extend([2, 0, 16, 0]);
    bytes.extend(b"data");
    bytes.extend(length.to_le_bytes());
    bytes.extend(data);
    bytes
}

/// A tone of its own for every number.
pub fn tone(number: usize, frames: usize) -> Vec<u8> {
    let step = 0.02 + 0.7 * (number % 1009) as f64 / 1009.0;
    let level = 3000.0 + (number % 20_011) as f64;
    wav((0..frames).map(|frame| (level * (step * frame as f64).sin()) as i16))
}

pub fn command(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mixproof"));
    command.current_dir(folder).arg("scan").args(args).args(["--format", "json"]);
    command
}

pub fn run(folder: &Path, args: &[&str]) -> Output {
    command(folder, args).output().unwrap()
}

/// Runs it to its end, and reads what it summarises.
pub fn done(folder: &Path, args: &[&str]) -> ScanSummary {
    let output = run(folder, args);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    ScanSummary::from_json(&String::from_utf8(output.stdout).unwrap(), Path::new("summary")).unwrap()
}

/// The lines of a rows file, sorted.
pub fn lines(path: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(path).unwrap();
    assert!(text.is_empty() || text.ends_with('\n'), "whole lines only");
    let mut lines: Vec<String> = text.lines().map(String::from).collect();
    lines.sort();
    lines
}

pub fn rows(path: &Path) -> Vec<ScanRow> {
    lines(path).iter().map(|line| ScanRow::from_json(line, path).unwrap()).collect()
}

/// A catalogue of so many small files, one in ten of them damaged.
pub fn plant(folder: &Path, count: usize) {
    for index in 0..count {
        let place = folder.join(format!("{:02}", index % 50));
        std::fs::create_dir_all(&place).unwrap();
        let mut bytes = tone(index, 1200);
        if index % 10 == 3 {
            match index / 10 % 4 {
                0 => bytes.truncate(700),
                1 => bytes.truncate(20),
                2 => bytes = format!("no sound {index}").into_bytes(),
                _ => bytes[22] = 77,
            }
        }
        std::fs::write(place.join(format!("song {index}.wav")), bytes).unwrap();
    }
}

/// Files of the catalogue that is scanned through many ends.
const FILES: usize = 10_000;

#[test]
fn ten_thousand_files_and_a_kill_again_and_again() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    plant(&at.join("in"), FILES);
    let summary = done(at, &["in", "-o", "whole.jsonl"]);
    assert_eq!(summary.files, FILES as u64);
    let damaged = FILES as u64 / 10;
    assert_eq!(
        summary.failed,
        damaged * 3 / 4,
        "without frames, no sound, 77 channels: {:?}",
        summary.errors
    );
    let whole = lines(&at.join("whole.jsonl"));
    assert_eq!(whole.len(), FILES);

    let killed = at.join("killed.jsonl");
    let mut random = Random(11);
    let (mut kills, mut most_rows) = (0, 0);
    loop {
        let mut child = command(at, &["in", "-o", "killed.jsonl", "-q"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let until = std::time::Instant::now() + Duration::from_millis(100 + random.next_u64() % 600);
        let status = loop {
            match child.try_wait().unwrap() {
                Some(status) => break Some(status),
                None if std::time::Instant::now() >= until => break None,
                None => std::thread::sleep(Duration::from_millis(2)),
            }
        };
        if let Some(status) = status {
            assert!(status.success());
            break;
        }
        // SIGKILL: nothing of the program runs after it.
        child.kill().unwrap();
        child.wait().unwrap();
        kills += 1;
        // Whatever the moment: no file twice, nothing that was there is lost.
        let text = std::fs::read(&killed).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let paths: Vec<&str> = text
            .lines()
            .filter(|line| line.ends_with('}'))
            .map(|line| line.split('"').nth(7).unwrap())
            .collect();
        assert!(paths.len() >= most_rows, "{} rows after kill {kills}, {most_rows} before", paths.len());
        most_rows = paths.len();
        assert_eq!(
            paths.iter().collect::<BTreeSet<_>>().len(),
            paths.len(),
            "a file twice after kill {kills}"
        );
        assert!(kills < 500, "the scan gets no further: {most_rows} rows");
    }
    println!("{kills} kills over {FILES} files");
    assert!(kills >= 5, "only {kills} kills: this tested nothing");
    assert!(lines(&killed) == whole, "the same rows as without a kill");
}

#[test]
fn what_has_changed_is_done_again_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    plant(&at.join("in"), 40);
    let first = done(at, &["in", "-o", "rows.jsonl"]);
    assert_eq!((first.files, first.failed), (40, 3));
    let before = rows(&at.join("rows.jsonl"));
    let bytes = std::fs::read(at.join("rows.jsonl")).unwrap();
    // Nothing to do: not a byte is written.
    done(at, &["in", "-o", "rows.jsonl"]);
    assert_eq!(std::fs::read(at.join("rows.jsonl")).unwrap(), bytes);
    // One is another song now, one of the broken is mended, one is new; the row of one that is gone stays.
    std::fs::write(at.join("in/07/song 7.wav"), tone(700, 1500)).unwrap();
    std::fs::write(at.join("in/13/song 13.wav"), tone(13, 1200)).unwrap();
    std::fs::write(at.join("in/new.wav"), tone(900, 1200)).unwrap();
    std::fs::remove_file(at.join("in/09/song 9.wav")).unwrap();
    let second = done(at, &["in", "-o", "rows.jsonl"]);
    assert_eq!((second.files, second.failed), (41, 2));
    let after = rows(&at.join("rows.jsonl"));
    let changed: Vec<&str> =
        after.iter().filter(|row| !before.contains(row)).map(|row| row.path.as_str()).collect();
    assert_eq!(changed, ["in/07/song 7.wav", "in/13/song 13.wav", "in/new.wav"]);
    // Broken files are tried again only where that is asked for, and the rows say how often.
    let third = done(at, &["in", "-o", "rows.jsonl", "--retry-failed"]);
    assert_eq!((third.files, third.failed), (41, 2));
    let tried: Vec<(RowStatus, u32)> =
        rows(&at.join("rows.jsonl")).iter().map(|row| (row.status, row.attempts)).collect();
    assert!(tried.iter().all(|(status, tried)| (*status == RowStatus::Failed) == (*tried == 2)), "{tried:?}");
    // Other targets, other verdicts: all are judged again, each still has one row.
    let fourth = done(at, &["in", "-o", "rows.jsonl", "--delivery", "cd"]);
    assert_eq!((fourth.files, fourth.deliveries), (41, vec!["cd".to_string(), "spotify".to_string()]));
}

#[test]
fn parts_are_disjoint_and_make_the_whole() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    plant(&at.join("in"), 60);
    done(at, &["in", "-o", "whole.jsonl"]);
    let mut together = Vec::new();
    for part in 1..=3 {
        let (shard, output) = (format!("{part}/3"), format!("{part}.jsonl"));
        done(at, &["in", "-o", &output, "--shard", &shard]);
        let part = lines(&at.join(&output));
        assert!((8..=32).contains(&part.len()), "{} of 60", part.len());
        together.extend(part);
    }
    together.sort();
    assert_eq!(together, lines(&at.join("whole.jsonl")));
    // The parts joined by `cat` are a catalogue of their own, with a summary.
    std::fs::write(at.join("joined.jsonl"), together.join("\n") + "\n").unwrap();
    assert_eq!(done(at, &["-o", "joined.jsonl"]), done(at, &["-o", "whole.jsonl"]));
    // The part of a file does not depend on where its folder is.
    std::fs::create_dir(at.join("elsewhere")).unwrap();
    std::fs::rename(at.join("in"), at.join("elsewhere/in")).unwrap();
    done(at, &["elsewhere/in", "-o", "moved.jsonl", "--shard", "2/3"]);
    assert_eq!(lines(&at.join("moved.jsonl")).len(), lines(&at.join("2.jsonl")).len());
    for bad in ["0/3", "4/3", "3", "a/b", "1/0"] {
        assert_eq!(
            run(at, &["elsewhere/in", "-o", "x.jsonl", "--shard", bad]).status.code(),
            Some(2),
            "{bad}"
        );
    }
}

#[test]
fn globs_lists_and_the_summary_say_what_they_mean() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    plant(&at.join("in"), 30);
    // The same audio three times, once in another container of the same samples, and one song that is far too long.
    for name in ["in/copy.wav", "in/00/copy of the copy.wav"] {
        std::fs::copy(at.join("in/05/song 5.wav"), at.join(name)).unwrap();
    }
    std::fs::write(at.join("in/long.wav"), tone(31, 80_000)).unwrap();
    let summary = done(at, &["in", "-o", "all.jsonl"]);
    assert_eq!((summary.duplicate_sets, summary.duplicate_files), (1, 2));
    assert_eq!(
        summary.duplicates[0].paths,
        ["in/00/copy of the copy.wav", "in/05/song 5.wav", "in/copy.wav"]
    );
    let far: Vec<(&str, &str)> = summary
        .outliers
        .iter()
        .filter(|outlier| outlier.tolerances > 0.0)
        .map(|outlier| (outlier.path.as_str(), outlier.measure.as_str()))
        .collect();
    assert!(far.contains(&("in/long.wav", "source.duration_s")), "{far:?}");
    assert_eq!(summary.errors.iter().map(|error| error.files).sum::<u64>(), summary.failed);
    assert!(summary.findings.iter().any(|finding| finding.code == "FILE004"), "{:?}", summary.findings);
    // Names wherever they are, and paths below the folder.
    let included = done(at, &["in", "-o", "a.jsonl", "--include", "copy*", "--exclude", "00/*"]);
    assert_eq!(included.files, 1);
    assert_eq!(done(at, &["in", "-o", "b.jsonl", "--exclude", "*"]).files, 0);
    // A list, with a file that is not there: its row says so, and it is no reason to stop.
    std::fs::write(at.join("list"), "in/long.wav\nin/nowhere.wav\r\n\n").unwrap();
    let listed = done(at, &["--files-from", "list", "-o", "c.jsonl"]);
    assert_eq!((listed.ok, listed.failed), (1, 1));
    assert_eq!(rows(&at.join("c.jsonl"))[1].error_code.as_deref(), Some("not_found"));
    let text = Command::new(env!("CARGO_BIN_EXE_mixproof"))
        .current_dir(at)
        .args(["scan", "-o", "all.jsonl", "--ascii"])
        .output()
        .unwrap();
    let text = String::from_utf8(text.stdout).unwrap();
    for words in ["33 files", "FILE004", "in/copy.wav", "Far from the others", "undecodable"] {
        assert!(text.contains(words), "{words} in:\n{text}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn odd_folders_cost_nothing_but_a_line() {
    use std::os::unix::ffi::OsStrExt;
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    plant(&at.join("in"), 4);
    // A loop, a link to a file that is there already, a name that is no Unicode, a pipe that would never end.
    std::os::unix::fs::symlink(at.join("in"), at.join("in/loop")).unwrap();
    std::os::unix::fs::symlink(at.join("in/00/song 0.wav"), at.join("in/link.wav")).unwrap();
    let odd: PathBuf = at.join("in").join(std::ffi::OsStr::from_bytes(b"caf\xe9 \x1b[2J.wav"));
    std::fs::write(&odd, tone(5, 1200)).unwrap();
    assert!(Command::new("mkfifo").arg(at.join("in/pipe.wav")).status().unwrap().success());
    let summary = done(at, &["in", "in/pipe.wav", "-o", "rows.jsonl"]);
    assert_eq!((summary.ok, summary.failed), (5, 1), "{:?}", summary.errors);
    let rows = rows(&at.join("rows.jsonl"));
    let odd = rows.iter().find(|row| row.path_bytes_hex.is_some()).unwrap();
    assert_eq!(odd.status, RowStatus::Ok);
    assert_eq!(odd.path_bytes_hex.as_deref(), Some("696e2f636166e9201b5b324a2e776176"));
    let pipe = rows.iter().find(|row| row.path == "in/pipe.wav").unwrap();
    assert_eq!(pipe.error_code.as_deref(), Some("not_a_file"));
    let again = std::fs::read(at.join("rows.jsonl")).unwrap();
    done(at, &["in", "in/pipe.wav", "-o", "rows.jsonl"]);
    assert_eq!(std::fs::read(at.join("rows.jsonl")).unwrap(), again, "the odd name is known, too");
}

#[test]
fn levels_are_those_of_a_whole_scan_and_nothing_is_made_up() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    std::fs::create_dir(at.join("in")).unwrap();
    let song = song(12.0, -3.0, 44_100, 3);
    let write = |name: &str, gain: f32| {
        let mut audio = song.clone();
        let samples = audio.channels_mut().iter_mut().flatten();
        samples.for_each(|sample| *sample = (gain * *sample).clamp(-1.0, 1.0));
        write_wav(&at.join("in").join(name), &audio, 16);
    };
    write("as it is.wav", 1.0);
    write("clipped.wav", 6.0);
    write("quiet.wav", 0.01);
    write("silent.wav", 0.0);
    std::fs::write(at.join("in/mono.wav"), tone(7, 40_000)).unwrap();
    std::fs::write(at.join("in/broken.wav"), b"no sound").unwrap();
    done(at, &["in", "-o", "all.jsonl"]);
    done(at, &["in", "-o", "levels.jsonl", "--measure", "levels"]);
    done(at, &["in", "-o", "apart.jsonl", "--measure", "levels", "--isolate"]);
    assert_eq!(lines(&at.join("levels.jsonl")), lines(&at.join("apart.jsonl")));

    let (all, levels) = (rows(&at.join("all.jsonl")), rows(&at.join("levels.jsonl")));
    assert_eq!(all.len(), levels.len());
    let mut spoken = BTreeSet::new();
    for (all, levels) in all.into_iter().zip(levels) {
        assert_eq!((all.measured, levels.measured), (Measured::All, Measured::Levels));
        assert!(levels.findings.iter().all(|found| all.findings.contains(found)), "{levels:?}\n{all:?}");
        spoken.extend(levels.findings.iter().map(|found| found.code.clone()));
        let expected = ScanRow {
            measured: Measured::Levels,
            settings_id: levels.settings_id.clone(),
            verdict: levels.verdict,
            findings: levels.findings.clone(),
            dynamics: all.dynamics.map(|dynamics| RowDynamics { limited_db: None, ..dynamics }),
            tone: None,
            stereo: None,
            defects: None,
            origin: None,
            music: None,
            ..all
        };
        assert_eq!(levels, expected);
    }
    for code in ["LOUD001", "LOUD002", "PEAK002"] {
        assert!(spoken.contains(code), "{code} in {spoken:?}");
    }
    // Levels are not the whole: asked for everything, the same catalogue is measured again.
    let again = done(at, &["in", "-o", "levels.jsonl"]);
    assert_eq!((again.files, lines(&at.join("levels.jsonl"))), (6, lines(&at.join("all.jsonl"))));
}
