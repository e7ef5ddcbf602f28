//! Plans that people have edited: what makes no sense is refused by key, line and allowed range, and nothing is written.

use crate::signals::{song, write_wav};
use std::path::Path;
use std::process::Command;

/// A folder with a song and its plan, as `master --plan-only` writes it.
fn proposed() -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    write_wav(&folder.path().join("song.wav"), &song(6.0, -6.0, 44_100, 4), 24);
    let output = mixproof(folder.path(), &["master", "--plan-only", "--bits", "16", "song.wav"]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let plan = std::fs::read_to_string(folder.path().join("song.mastered.plan.json")).unwrap();
    (folder, plan)
}

fn mixproof(folder: &Path, args: &[&str]) -> std::process::Output {
    Command::new(env!("CARGO_BIN_EXE_mixproof")).current_dir(folder).args(args).output().unwrap()
}

/// A plan with an equaliser, a limiter and dither, so that every edit has its place.
fn rich(plan: &str) -> serde_json::Value {
    let mut plan: serde_json::Value = serde_json::from_str(plan).unwrap();
    let step = |id: &str, stage: &str, processor: serde_json::Value| {
        serde_json::json!({
            "id": id, "stage": stage, "applicability": "automatic", "because": ["by hand"], "reason": "by hand",
            "confidence": 1.0, "predicted_effect": "by hand", "processor": processor
        })
    };
    let band = serde_json::json!({ "shape": "peak", "center_hz": 251.0, "gain_db": -1.5, "q": 0.9 });
    plan["moves"] = serde_json::json!([
        step("eq", "eq", serde_json::json!({ "kind": "eq", "bands": [band] })),
        step(
            "limiter",
            "loudness",
            serde_json::json!({
                "kind": "limiter", "ceiling_dbtp": -1.0, "gain_db": 2.0, "lookahead_ms": 5.0,
                "release_ms": 100.0, "max_reduction_db": 4.0
            })
        ),
        step("dither", "format", serde_json::json!({ "kind": "dither", "bits": 16, "seed": 7 })),
    ]);
    plan
}

/// The files of a folder, by name.
fn files(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

#[test]
fn an_edited_plan_that_makes_no_sense_is_refused_by_key_line_and_range() {
    let (folder, plan) = proposed();
    let text = serde_json::to_string_pretty(&rich(&plan)).unwrap();
    let edited = folder.path().join("edited.json");
    // What is replaced, by what, and what the message says; the line is that of the edit.
    let q = "\"q\": 0.9";
    let ceiling = "\"ceiling_dbtp\": -1.0,\n        \"gain_db\"";
    let cases = [
        (q, "\"q\": 0", "move \"eq\": bands[0].q is 0, allowed is 0.1 to 40"),
        (q, "\"q\": NaN", "moves[0].processor.bands[0].q is NaN, allowed is 0.1 to 40"),
        (q, "\"q\": null", "bands[0].q is null, allowed is 0.1 to 40"),
        (q, "\"q\": \"wide\"", "bands[0].q is \"wide\", allowed is 0.1 to 40"),
        (q, "\"q\": 1e999", "bands[0].q is 1e999, allowed is 0.1 to 40"),
        (q, "\"q\": 0.9, \"gian_db\": 1", "unknown field `gian_db`"),
        ("\"gain_db\": -1.5", "\"gain_db\": 30", "bands[0].gain_db is 30, allowed is -24 to 24"),
        (
            "\"gain_db\": -1.5",
            "\"gain_db\": -Infinity",
            "bands[0].gain_db is -Infinity, allowed is -24 to 24",
        ),
        ("\"center_hz\": 251.0", "\"center_hz\": 30000", "center_hz is 30000, allowed is 10 to 21609 Hz"),
        (
            ceiling,
            "\"ceiling_dbtp\": 3,\n        \"gain_db\"",
            "move \"limiter\": ceiling_dbtp is 3, allowed is -24 to 0",
        ),
        ("\"bits\": 16", "\"bits\": 70000", "bits is 70000, allowed is 8 to 24"),
        ("\"kind\": \"eq\"", "\"kind\": \"eqq\"", "unknown variant `eqq`"),
        ("\"id\": \"limiter\"", "\"id\": \"eq\"", "id occurs twice"),
        ("\"amount\": 50.0", "\"amount\": 150", "amount is 150, allowed is 0 to 100"),
    ];
    for (what, by, message) in cases {
        // The top-level ceiling has the same key: the last one is the limiter's.
        let at = text.rfind(what).unwrap_or_else(|| panic!("{what} is not in {text}"));
        let line = 1 + text[..at].matches('\n').count();
        std::fs::write(&edited, format!("{}{by}{}", &text[..at], &text[at + what.len()..])).unwrap();
        let before = files(folder.path());
        let output = mixproof(folder.path(), &["render", "edited.json"]);
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{by}: {said}");
        assert_eq!(said.lines().count(), 1, "{by}: {said}");
        assert!(said.contains(message), "{by}: \"{message}\" is not in: {said}");
        assert!(said.contains(&format!("edited.json: line {line}: ")), "{by}: line {line} is not in: {said}");
        assert_eq!(files(folder.path()), before, "{by}: something was written");
    }
}

#[test]
fn a_move_out_of_order_and_other_audio_are_refused_by_line() {
    let (folder, plan) = proposed();
    let mut swapped = rich(&plan);
    let moves = swapped["moves"].as_array_mut().unwrap();
    moves.swap(0, 1);
    let text = serde_json::to_string_pretty(&swapped).unwrap();
    std::fs::write(folder.path().join("swapped.json"), &text).unwrap();
    let output = mixproof(folder.path(), &["render", "swapped.json"]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(
        said.contains("move \"eq\": follows move \"limiter\", after which nothing but dither may come"),
        "{said}"
    );
    // The line is that of the move that may not stand there.
    let named: usize = said.split("line ").nth(1).unwrap().split(':').next().unwrap().parse().unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let block = lines[named - 1..named + 12].join("\n");
    assert!(block.trim_start().starts_with('{') && block.contains("\"id\": \"eq\""), "line {named}: {block}");

    write_wav(&folder.path().join("other.wav"), &song(6.0, -6.0, 44_100, 5), 24);
    std::fs::write(folder.path().join("plan.json"), serde_json::to_string_pretty(&rich(&plan)).unwrap())
        .unwrap();
    let before = files(folder.path());
    let output = mixproof(folder.path(), &["render", "plan.json", "other.wav"]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{said}");
    for part in ["plan.json: line ", "content_id is xxh3:", "other.wav has xxh3:", "--transfer"] {
        assert!(said.contains(part), "{part}: {said}");
    }
    assert_eq!(files(folder.path()), before, "something was written");
    // On purpose it is possible.
    let output = mixproof(folder.path(), &["render", "plan.json", "other.wav", "--transfer", "-q"]);
    assert_ne!(output.status.code(), Some(2), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(folder.path().join("plan.wav").exists());
}

#[test]
fn amounts_phase_and_stages_are_taken_from_the_command_line() {
    let (folder, _) = proposed();
    let plan = |args: &[&str]| -> serde_json::Value {
        let all = [&["master", "--plan-only", "--force", "--format", "json", "song.wav"], args].concat();
        let output = mixproof(folder.path(), &all);
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    };
    let amounts = plan(&["--amount", "80", "--amount", "eq=30,stereo=0"]);
    assert_eq!(amounts["amount"], 80.0);
    assert_eq!(
        amounts["stage_amounts"],
        serde_json::json!([{ "stage": "eq", "amount": 30.0 }, { "stage": "stereo", "amount": 0.0 }])
    );
    assert_eq!(plan(&["--amount", "eq=30"])["amount"], 50.0, "the default holds for the rest");
    for (amount, word) in
        [("loudness=50", "--without loudness"), ("bass=3", "expected eq"), ("eq=130", "0 to 100")]
    {
        let output = mixproof(folder.path(), &["master", "song.wav", "--amount", amount]);
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.code() == Some(2) && said.contains(word), "{amount}: {said}");
    }
}

#[test]
fn the_song_behind_each_move_is_kept_on_request() {
    let (folder, plan) = proposed();
    std::fs::write(folder.path().join("plan.json"), serde_json::to_string_pretty(&rich(&plan)).unwrap())
        .unwrap();
    let keep = ["render", "plan.json", "-q", "--keep-stages", "stages"];
    let output = mixproof(folder.path(), &keep);
    assert_ne!(output.status.code(), Some(2), "{}", String::from_utf8_lossy(&output.stderr));
    let stages = folder.path().join("stages");
    assert_eq!(files(&stages), ["song.1-eq.wav", "song.2-limiter.wav", "song.3-dither.wav"]);
    // The last one is the render itself, to the bit.
    let read = |path: &Path| mixproof::decode::read_all(path).unwrap().0;
    let last = read(&stages.join("song.3-dither.wav"));
    let whole = read(&folder.path().join("plan.wav"));
    assert!(last.channels() == whole.channels());
    assert!(read(&stages.join("song.1-eq.wav")).channels() != whole.channels());
    // And they are not overwritten.
    let output =
        mixproof(folder.path(), &["render", "plan.json", "-o", "again.wav", "--keep-stages", "stages"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(!folder.path().join("again.wav").exists());
}

#[test]
fn references_count_by_their_weights() {
    let folder = tempfile::tempdir().unwrap();
    let noise = crate::signals::white(0.2, 6.0, 44_100, 2, 3);
    // The same with more treble: 6 dB at the top.
    let mut bright = noise.clone();
    for channel in bright.channels_mut() {
        let mut before = 0.0;
        for sample in channel.iter_mut() {
            (*sample, before) = (*sample + 0.5 * (*sample - before), *sample);
        }
    }
    for (name, audio) in [("noise.wav", &noise), ("same.wav", &noise), ("bright.wav", &bright)] {
        write_wav(&folder.path().join(name), audio, 24);
    }
    let equaliser = |rule: &str| -> Option<serde_json::Value> {
        let args = [
            "master",
            "--plan-only",
            "--force",
            "--format",
            "json",
            "--only",
            "eq",
            "noise.wav",
            "--reference",
            "same.wav",
            "bright.wav",
            "--weight",
            rule,
        ];
        let output = mixproof(folder.path(), &args);
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        let plan: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let is_eq = |step: &&serde_json::Value| step["processor"]["kind"] == "eq";
        plan["moves"].as_array().unwrap().iter().find(is_eq).map(|step| step["processor"]["bands"].clone())
    };
    assert_eq!(equaliser("same=1000"), None, "like itself");
    let bands = equaliser("bright=1000").expect("unlike the brighter one");
    assert!(bands.as_array().unwrap().iter().any(|band| band["gain_db"].as_f64().unwrap() > 0.5), "{bands}");
    let output =
        mixproof(folder.path(), &["master", "noise.wav", "--reference", "same.wav", "--weight", "same"]);
    assert_eq!(output.status.code(), Some(2), "a rule without a weight");
}

#[test]
fn a_plan_names_only_songs_within_reach() {
    let folder = tempfile::tempdir().unwrap();
    let (inside, outside) = (folder.path().join("inside"), folder.path().join("outside"));
    std::fs::create_dir(&inside).unwrap();
    std::fs::create_dir(&outside).unwrap();
    let song = outside.join("song.wav");
    crate::signals::write_wav(&song, &crate::song::song(2.0, 44_100, 2), 16);
    let made = mixproof(&inside, &["master", "../outside/song.wav", "-o", "out.wav", "--plan-only", "-q"]);
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let before = files(&inside);
    for named in [song.to_str().unwrap(), "../outside/song.wav", "../inside/../outside/song.wav"] {
        let plan = inside.join("out.plan.json");
        let text = std::fs::read_to_string(&plan).unwrap();
        let mut document: serde_json::Value = serde_json::from_str(&text).unwrap();
        document["input"] = named.into();
        std::fs::write(&plan, serde_json::to_string_pretty(&document).unwrap()).unwrap();
        let refused = mixproof(&inside, &["render", "out.plan.json", "-q"]);
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert_eq!(refused.status.code(), Some(2), "{said}");
        assert_eq!(said.trim_end().lines().count(), 1, "{said}");
        assert!(said.contains("--allow-paths") && said.contains("out.plan.json"), "{said}");
        assert_eq!(files(&inside), before);
    }
    // A link is where it leads to.
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(&song, inside.join("song.wav")).unwrap();
        assert_eq!(mixproof(&inside, &["render", "out.plan.json", "-q"]).status.code(), Some(2));
        std::fs::remove_file(inside.join("song.wav")).unwrap();
    }
    for more in [&["--allow-paths"][..], &["../outside/song.wav", "--force"]] {
        let arguments = [&["render", "out.plan.json", "-q", "--listen", "nothing"], more].concat();
        let done = mixproof(&inside, &arguments);
        assert_ne!(done.status.code(), Some(2), "{}", String::from_utf8_lossy(&done.stderr));
    }
}
