//! `stems` as people meet it: odd folders, bad files, outputs, and a delivery that is never written to.

use crate::signals::{sine, white, write_wav};
use mixproof::audio::Block;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn mixproof(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_mixproof")).current_dir(folder).args(args).output().unwrap()
}

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A folder `in` with three stems that add up to `mix.wav` beside it.
fn session() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("in")).unwrap();
    let mut mix = white(0.0, 5.0, 44_100, 2, 0);
    for (index, name) in ["01 kick", "02 bass", "03 lead vocal"].iter().enumerate() {
        let part = white(0.2, 5.0, 44_100, 2, index as u64 + 1);
        for (sum, own) in mix.channels_mut().iter_mut().zip(part.channels()) {
            sum.iter_mut().zip(own).for_each(|(sum, x)| *sum += x);
        }
        write_wav(&folder.path().join(format!("in/{name}.wav")), &part, 24);
    }
    write_wav(&folder.path().join("mix.wav"), &mix, 24);
    folder
}

/// Every file below a folder with its bytes and its time.
fn snapshot(folder: &Path) -> Vec<(PathBuf, Vec<u8>, std::time::SystemTime)> {
    let mut all: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| {
            let changed = std::fs::metadata(&path).unwrap().modified().unwrap();
            (path.clone(), std::fs::read(&path).unwrap(), changed)
        })
        .collect();
    all.sort();
    all
}

#[test]
fn everything_is_written_beside_the_delivery_and_nothing_into_it() {
    let folder = session();
    let before = snapshot(&folder.path().join("in"));
    let all = [
        "stems",
        "in",
        "--mix",
        "mix.wav",
        "--apply",
        "done",
        "--report",
        "page.html",
        "--reply",
        "answer.txt",
        "--manifest",
        "list.txt",
        "--opt-in",
    ];
    let output = mixproof(folder.path(), &all);
    assert_eq!(output.status.code(), Some(0), "{}{}", out(&output), err(&output));
    assert!(out(&output).contains("Rough mix"), "{}", out(&output));
    for file in ["done/01 kick.wav", "done/rough mix.wav", "page.html", "answer.txt", "list.txt"] {
        assert!(folder.path().join(file).is_file(), "{file}");
    }
    // A second time it refuses, and names what is in the way.
    let again = mixproof(folder.path(), &all);
    assert_eq!(again.status.code(), Some(2));
    assert!(err(&again).contains("answer.txt") || err(&again).contains("page.html"), "{}", err(&again));
    let inside: [&[&str]; 5] = [
        &["--apply", "in/done"],
        &["--apply", "in"],
        &["--report", "in/page.html"],
        &["--reply", "in/new/answer.txt"],
        &["--manifest", "in/list.txt"],
    ];
    for options in inside {
        let output = mixproof(folder.path(), &[&["stems", "in"], options].concat());
        assert_eq!(output.status.code(), Some(2), "{options:?}");
        assert!(err(&output).contains("never written to"), "{options:?}: {}", err(&output));
    }
    assert_eq!(snapshot(&folder.path().join("in")), before, "the delivery is as it was");
}

#[test]
fn odd_folders_get_one_clear_line() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("empty")).unwrap();
    std::fs::write(folder.path().join("empty/notes.txt"), "no audio").unwrap();
    for (args, word) in [
        (vec!["stems", "empty"], "found none"),
        (vec!["stems", "nowhere"], "expected a folder"),
        (vec!["stems", "empty/notes.txt"], "expected a folder"),
    ] {
        let output = mixproof(folder.path(), &args);
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert_eq!(err(&output).lines().count(), 1, "{args:?}: {}", err(&output));
        assert!(err(&output).contains(word), "{args:?}: {}", err(&output));
    }
}

#[test]
fn one_file_is_a_set_and_so_is_one_whose_mix_has_another_length() {
    let folder = session();
    std::fs::remove_file(folder.path().join("in/01 kick.wav")).unwrap();
    std::fs::remove_file(folder.path().join("in/02 bass.wav")).unwrap();
    let output = mixproof(folder.path(), &["stems", "in"]);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    assert!(out(&output).contains("1 stem"), "{}", out(&output));
    let folder = session();
    let long = white(0.2, 9.0, 44_100, 2, 77);
    write_wav(&folder.path().join("long.wav"), &long, 24);
    let output = mixproof(folder.path(), &["stems", "in", "--mix", "long.wav", "--format", "json"]);
    let set: serde_json::Value = serde_json::from_str(&out(&output)).unwrap();
    let codes: Vec<&str> =
        set["findings"].as_array().unwrap().iter().map(|own| own["code"].as_str().unwrap()).collect();
    assert!(codes.contains(&"STEM020"), "none of them is in that song: {codes:?}");
}

#[test]
fn what_is_no_audio_is_said_and_stops_nothing() {
    let folder = session();
    std::fs::write(folder.path().join("in/04 guitar.wav"), "this is no audio").unwrap();
    std::fs::write(folder.path().join("in/lyrics.txt"), "la la la").unwrap();
    // What a Mac leaves beside every file.
    std::fs::write(folder.path().join("in/._01 kick.wav"), [0u8; 64]).unwrap();
    std::fs::write(folder.path().join("in/.DS_Store"), [0u8; 64]).unwrap();
    let output = mixproof(folder.path(), &["stems", "in", "--mix", "mix.wav"]);
    assert_eq!(output.status.code(), Some(2), "a file could not be read: {}", err(&output));
    assert!(err(&output).contains("04 guitar.wav"), "{}", err(&output));
    assert!(err(&output).contains("lyrics.txt"), "{}", err(&output));
    assert!(!err(&output).contains("._01") && !err(&output).contains("DS_Store"), "{}", err(&output));
    assert!(out(&output).contains("3 stems"), "the others are judged: {}", out(&output));
}

#[test]
fn hundreds_of_stems_are_judged() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("in")).unwrap();
    for index in 0..200u32 {
        let part = sine(100.0 + f64::from(index) * 20.0, -30.0, 1.0, 16_000, 1);
        write_wav(&folder.path().join(format!("in/{index:03} synth.wav")), &part, 16);
    }
    let output = mixproof(folder.path(), &["stems", "in", "--format", "json"]);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    let set: serde_json::Value = serde_json::from_str(&out(&output)).unwrap();
    assert_eq!(set["stems"].as_array().unwrap().len(), 200);
    assert_eq!(set["together"]["left_out"].as_array().unwrap().len(), 200 - 64, "and that is said");
}

#[test]
fn an_edited_plan_is_what_is_applied_and_other_audio_is_refused() {
    let folder = session();
    let at = |name: &str| folder.path().join(name);
    let output = mixproof(folder.path(), &["stems", "in", "--format", "json"]);
    let mut set: serde_json::Value = serde_json::from_str(&out(&output)).unwrap();
    let id = set["stems"][1]["analysis"]["content_id"].clone();
    let fader = serde_json::json!({
        "id": "fader", "stage": "loudness", "applicability": "automatic", "because": [], "reason": "by hand",
        "confidence": 1.0, "predicted_effect": "", "processor": { "kind": "gain", "gain_db": -6.0 }
    });
    set["plan"] = serde_json::json!({ "stems": [
        { "name": "02 bass", "content_id": id, "placement": null, "moves": [fader] }
    ], "advice": [] });
    std::fs::write(at("edited.json"), set.to_string()).unwrap();
    let output = mixproof(folder.path(), &["stems", "in", "--plan", "edited.json", "--apply", "done"]);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    let peak = |path: &str| {
        let block = mixproof::decode::read_all(&at(path)).unwrap().0;
        block.channel(0).iter().fold(0f32, |peak, x| peak.max(x.abs()))
    };
    let ratio = peak("done/02 bass.wav") / peak("in/02 bass.wav");
    assert!((f64::from(ratio) - 10f64.powf(-0.3)).abs() < 1e-4, "{ratio}");
    assert_eq!(peak("done/01 kick.wav"), peak("in/01 kick.wav"), "nothing but the plan is done");
    set["plan"]["stems"][0]["content_id"] = "xxh3:0".into();
    std::fs::write(at("edited.json"), set.to_string()).unwrap();
    let output = mixproof(folder.path(), &["stems", "in", "--plan", "edited.json", "--apply", "again"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(err(&output).contains("02 bass") && err(&output).contains("other audio"), "{}", err(&output));
    assert!(!at("again").exists());
}

#[test]
fn what_holds_of_many_stems_alike_is_said_once() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("in")).unwrap();
    for index in 1..=9u64 {
        let one = white(0.1, 2.0, 44_100, 1, index);
        let twice = Block::from_channels(vec![one.channel(0).to_vec(), one.channel(0).to_vec()], 44_100);
        write_wav(&folder.path().join(format!("in/{index:02} take.wav")), &twice, 24);
    }
    let text = out(&mixproof(folder.path(), &["stems", "in"]));
    assert_eq!(text.matches("stem-dual-mono").count(), 1, "{text}");
    let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(flat.contains("06 take and 3 others: stereo file whose two channels are the same"), "{text}");
    assert!(!text.contains("in the mix"), "no mix was given: {text}");
}
