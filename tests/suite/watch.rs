//! A watched folder: every version of a song seen once, compared with the one before, remembered.

use crate::scan::tone;
use crate::signals::write_wav;
use crate::song;
use crate::trouble::is_ignored;
use mixproof::model::{Bounce, History, Persisted, Relation};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, SystemTime};

fn program(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mixproof"));
    command.current_dir(folder).args(args);
    command
}

fn once(folder: &Path, more: &[&str]) -> Vec<Bounce> {
    let mut args = vec!["watch", ".", "--once", "--settle", "0.2", "--format", "json", "-q"];
    args.extend(more);
    let output = program(folder, &args).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(|line| Bounce::from_json(line, folder).unwrap()).collect()
}

fn history(folder: &Path, args: &[&str]) -> Output {
    let mut all = vec!["history"];
    all.extend(args);
    program(folder, &all).output().unwrap()
}

/// The song at a level, written so long ago.
fn bounce(path: &Path, gain: f32, ago_s: u64) {
    let mut audio = song::song(8.0, 44_100, 2);
    for channel in audio.channels_mut() {
        channel.iter_mut().for_each(|sample| *sample = (*sample * gain).clamp(-1.0, 0.999_999));
    }
    write_wav(path, &audio, 24);
    let file = std::fs::File::options().write(true).open(path).unwrap();
    file.set_modified(SystemTime::now() - Duration::from_secs(ago_s)).unwrap();
}

#[test]
fn versions_of_a_song_are_found_compared_and_remembered() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    bounce(&at.join("Night Drive v1.wav"), 0.25, 300);
    bounce(&at.join("Night Drive v2.wav"), 0.5, 200);
    std::fs::create_dir(at.join("other")).unwrap();
    write_wav(&at.join("other/Ballad.wav"), &song::song(5.0, 48_000, 1), 16);
    let first = once(at, &["--report", "pages"]);
    let told: Vec<(&str, u32)> = first.iter().map(|bounce| (bounce.song.as_str(), bounce.version)).collect();
    assert_eq!(told, [("night drive", 1), ("night drive", 2), ("other/ballad", 1)], "by time");
    let since = first[1].since.as_ref().unwrap();
    assert_eq!(since.relation, Relation::Revision);
    assert!((since.gain_db.unwrap() - 6.02).abs() < 0.02, "{:?}", since.gain_db);
    assert!(first[0].since.is_none() && first[2].since.is_none());
    assert!(first.iter().all(|bounce| bounce.tone_distance_db.is_some_and(|distance_db| distance_db > 0.0)));
    // A gain does not change the distance of a spectrum.
    let apart_db = first[0].tone_distance_db.unwrap() - first[1].tone_distance_db.unwrap();
    assert!(apart_db.abs() < 0.05, "{apart_db} dB");
    for page in ["night drive.html", "night drive.changes.html", "other - ballad.html"] {
        let text = std::fs::read_to_string(at.join("pages").join(page)).unwrap();
        assert!(text.starts_with("<!DOCTYPE html>"), "{page}");
    }
    assert!(once(at, &[]).is_empty(), "nothing is new");
    // Over the same name: the audio before is gone, what was measured on it is not.
    bounce(&at.join("Night Drive v2.wav"), 1.0, 100);
    let third = once(at, &["--report", "pages"]);
    let since = third[0].since.as_ref().unwrap();
    assert_eq!((third.len(), third[0].version), (1, 3));
    assert!(since.moved.iter().any(|moved| moved.contains("LU")), "{:?}", since.moved);
    assert!(std::fs::read_to_string(at.join("pages/night drive.html")).unwrap().contains("version 3"));

    // From elsewhere, by its file.
    let by_file =
        history(Path::new("/"), &[&at.join("Night Drive v2.wav").to_string_lossy(), "--format", "json"]);
    assert_eq!(by_file.stdout, history(at, &["night drive", "--format", "json"]).stdout);
    assert!(by_file.status.success());

    let output = history(at, &["Night Drive v7.wav", "--format", "json"]);
    let document = History::from_json(&String::from_utf8(output.stdout).unwrap(), at).unwrap();
    assert_eq!(document.versions.len(), 3);
    assert_eq!(document.versions[2], third[0]);
    let output = history(at, &["night drive", "--report", "history.html"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("▁▅█") || text.contains("▁▄█"), "two steps up of 6 dB:\n{text}");
    assert!(text.contains("+12.0 LU since the first"), "{text}");
    let page = std::fs::read_to_string(at.join("history.html")).unwrap();
    assert!(page.contains("\"kind\":\"version\"") && page.contains("Night Drive v2.wav"));
    assert_eq!(history(at, &["night drive", "--report", "history.html"]).status.code(), Some(2), "exists");
    let list = String::from_utf8(history(at, &["-q"]).stdout).unwrap();
    assert_eq!(list.lines().collect::<Vec<_>>(), ["3 versions    night drive", "1 version     other/ballad"]);
    let output = history(at, &["nite drive"]);
    let said = String::from_utf8_lossy(&output.stderr).to_string();
    assert!(output.status.code() == Some(2) && said.contains("did you mean \"night drive\""), "{said}");
    assert_eq!(history(at, &["x", "--folder", "other"]).status.code(), Some(2), "no history there");
    // A page of text claims no level that nobody could compare.
    let ballad = at.join("other/Ballad.wav");
    bounce(&ballad, 0.5, 50);
    let output = program(at, &["watch", ".", "--once", "--settle", "0.2", "-q"]).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("Ballad.wav") && text.contains("took the place of the file before"), "{text}");
    assert!(!text.contains("as loud as before"), "{text}");
    // Into the ceiling: it broke, and is said to have.
    bounce(&at.join("Night Drive final.wav"), 16.0, 0);
    let last = once(at, &[]);
    let broke = &last[0].since.as_ref().unwrap().broke;
    assert!(
        last[0].version == 4 && broke.iter().any(|finding| finding.code.starts_with("PEAK")),
        "{broke:?}"
    );
}

#[cfg(unix)]
#[test]
fn a_bounce_is_told_when_it_is_whole_and_not_before() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let whole = tone(3, 40_000);
    let mut child = program(at, &["watch", ".", "--settle", "0.3", "--format", "json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let (sender, told) = std::sync::mpsc::channel();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    std::thread::spawn(move || lines.for_each(|line| sender.send(line.unwrap()).unwrap()));
    let path = at.join("take.wav");
    // As DAWs write: a header that promises all, and half of it; a pause that is longer than the file has to hold still.
    std::fs::write(&path, &whole[..30_000]).unwrap();
    assert!(told.recv_timeout(Duration::from_millis(1200)).is_err(), "half a bounce is none");
    std::fs::write(&path, &whole).unwrap();
    let bounce = Bounce::from_json(&told.recv_timeout(Duration::from_secs(30)).unwrap(), at).unwrap();
    assert_eq!((bounce.version, bounce.duration_s), (1, 5.0));
    // One that stays half is told in the end, as what it is.
    std::fs::write(at.join("broken.wav"), &whole[..30_000]).unwrap();
    let broken = Bounce::from_json(&told.recv_timeout(Duration::from_secs(30)).unwrap(), at).unwrap();
    assert!(broken.findings.iter().any(|finding| finding.code == "FILE001"), "{:?}", broken.findings);
    assert!(told.recv_timeout(Duration::from_millis(900)).is_err(), "once");
    // The history can be read while the folder is watched, and the end is a clean one.
    assert_eq!(history(at, &["take"]).status.code(), Some(0));
    let signal = if is_ignored("-INT") { "-TERM" } else { "-INT" };
    assert!(Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let no_folder = program(at, &["watch", "take.wav"]).output().unwrap();
    assert_eq!(no_folder.status.code(), Some(2));
}
