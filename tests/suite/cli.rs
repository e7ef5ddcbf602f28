//! The program as people and pipelines meet it: exit codes, streams, documents, bad input.

use crate::signals::{join, silence, sine, song, write_wav};
use std::path::Path;
use std::process::{Command, Output};

fn mixproof(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_mixproof")).current_dir(folder).args(args).output().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

/// Runs and demands one error line that names the file and says something helpful, and exit code 2.
fn refuses(folder: &Path, args: &[&str], words: &[&str]) {
    let output = mixproof(folder, args);
    let text = stderr(&output);
    assert_eq!(output.status.code(), Some(2), "{args:?}: {text}");
    assert_eq!(text.lines().count(), 1, "{args:?}: {text}");
    assert!(text.starts_with("error: "), "{text}");
    for word in words {
        assert!(text.contains(word), "{args:?}: expected \"{word}\" in: {text}");
    }
    assert!(output.stdout.is_empty(), "{}", stdout(&output));
}

#[test]
fn analyze_prints_the_persisted_document() {
    let folder = folder();
    write_wav(&folder.path().join("a.wav"), &sine(1000.0, -18.0, 5.0, 48_000, 2), 24);
    write_wav(&folder.path().join("b.wav"), &sine(1000.0, -23.0, 5.0, 44_100, 2), 16);
    let output = mixproof(folder.path(), &["analyze", "--format", "json", "b.wav", "a.wav"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let lines: Vec<serde_json::Value> =
        stdout(&output).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[0]["schema"], "analysis/1");
    assert_eq!(lines[0]["source"]["path"], "b.wav", "results keep the input order");
    let integrated_lufs = lines[1]["loudness"]["integrated_lufs"].as_f64().unwrap();
    assert!((integrated_lufs + 18.0).abs() < 0.05, "{integrated_lufs}");
    assert_eq!(lines[1]["source"]["bits"], 24);
    assert!(stderr(&output).is_empty(), "nothing but results is said: {}", stderr(&output));
}

#[test]
fn results_are_the_same_with_any_number_of_workers() {
    let folder = folder();
    for index in 0..6u32 {
        write_wav(
            &folder.path().join(format!("{index}.wav")),
            &song(4.0 + f64::from(index), -3.0, 44_100, u64::from(index)),
            16,
        );
    }
    let one = mixproof(folder.path(), &["analyze", "--format", "json", "-j", "1", "."]);
    let four = mixproof(folder.path(), &["analyze", "--format", "json", "-j", "4", "."]);
    assert_eq!(stdout(&one).lines().count(), 6);
    assert_eq!(stdout(&one), stdout(&four));
}

#[test]
fn self_test_prints_a_table_and_a_document() {
    let folder = folder();
    let table = mixproof(folder.path(), &["self-test"]);
    assert_eq!(table.status.code(), Some(0), "{}", stdout(&table));
    for part in ["EBU Tech 3341", "EBU Tech 3342", "ITU-R BS.2217", "ebur128 crate", "all in tolerance"] {
        assert!(stdout(&table).contains(part), "{part}: {}", stdout(&table));
    }
    let json = mixproof(folder.path(), &["self-test", "--format", "json"]);
    let document: serde_json::Value = serde_json::from_str(&stdout(&json)).unwrap();
    assert_eq!((&document["schema"], &document["passed"]), (&"self_test/1".into(), &true.into()));
}

#[test]
fn the_reference_meter_agrees() {
    let folder = folder();
    write_wav(&folder.path().join("song.wav"), &song(8.0, -3.0, 48_000, 2), 24);
    let read = |meter: &str| -> serde_json::Value {
        let output = mixproof(folder.path(), &["analyze", "--format", "json", "--meter", meter, "song.wav"]);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        let document: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap();
        assert_eq!(document["meter"], meter);
        document
    };
    let loudness = |document: &serde_json::Value| document["loudness"]["integrated_lufs"].as_f64().unwrap();
    assert!((loudness(&read("mixproof")) - loudness(&read("reference"))).abs() < 0.01);
    refuses(folder.path(), &["analyze", "--meter", "reference", "missing.wav"], &["missing.wav"]);
}

#[test]
fn bad_input_is_one_line_and_exit_code_2() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    std::fs::write(at("empty.wav"), []).unwrap();
    std::fs::write(at("text.wav"), "this is not audio, whatever the name says\n".repeat(50)).unwrap();
    std::fs::write(at("noise.flac"), (0..5000u32).map(|i| (i * 197 % 251) as u8).collect::<Vec<_>>())
        .unwrap();
    write_wav(&at("none.wav"), &silence(0.0, 44_100, 2), 16);
    write_wav(&at("many.wav"), &sine(440.0, -20.0, 0.5, 48_000, 24), 16);
    for command in ["analyze", "check"] {
        refuses(folder.path(), &[command, "missing.wav"], &["missing.wav"]);
        refuses(folder.path(), &[command, "empty.wav"], &["empty.wav", "empty"]);
        refuses(folder.path(), &[command, "text.wav"], &["text.wav", "expected", "found"]);
        refuses(folder.path(), &[command, "noise.flac"], &["noise.flac", "expected"]);
        refuses(folder.path(), &[command, "none.wav"], &["none.wav"]);
        refuses(folder.path(), &[command, "many.wav"], &["many.wav", "24"]);
    }
    refuses(folder.path(), &["analyze"], &["expected at least one"]);
    refuses(folder.path(), &["analyze", "*.ogg"], &["*.ogg", "no file"]);
    refuses(folder.path(), &["check", "--profile", "jaz", "text.wav"], &["unknown profile", "jazz"]);
    refuses(folder.path(), &["check", "--delivery", "spotifi", "text.wav"], &["unknown delivery", "spotify"]);
    refuses(folder.path(), &["explain", "PEAK01"], &["unknown check", "PEAK001"]);
}

#[test]
fn odd_but_readable_audio_gives_nulls_not_errors() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    write_wav(&at("silent.wav"), &silence(3.0, 44_100, 2), 16);
    write_wav(&at("short.wav"), &sine(440.0, -12.0, 0.1, 44_100, 2), 16);
    write_wav(&at("one.wav"), &sine(440.0, -12.0, 1.0 / 44_100.0, 44_100, 1), 16);
    let mut holes = sine(440.0, -12.0, 2.0, 44_100, 2);
    holes.channel_mut(0)[500] = f32::NAN;
    holes.channel_mut(1)[700] = f32::INFINITY;
    write_wav(&at("nan.wav"), &holes, 32);
    write_wav(&at("six.wav"), &sine(440.0, -12.0, 2.0, 48_000, 6), 24);
    let output = mixproof(
        folder.path(),
        &["analyze", "--format", "json", "silent.wav", "short.wav", "one.wav", "nan.wav", "six.wav"],
    );
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let documents: Vec<serde_json::Value> =
        stdout(&output).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(documents[0]["loudness"]["integrated_lufs"].is_null());
    assert!(documents[0]["peaks"]["true_peak_dbtp"].is_null());
    assert!(documents[1]["loudness"]["integrated_lufs"].is_null(), "0.1 s is shorter than a gating block");
    assert!(documents[1]["peaks"]["sample_dbfs"].is_number());
    assert_eq!(documents[3]["integrity"], "non_finite");
    assert_eq!(documents[3]["source"]["non_finite_samples"], 2);
    assert!(documents[4]["stereo"].is_null());
    // Processing has no use for six channels, and says so by name.
    refuses(folder.path(), &["master", "--plan-only", "six.wav"], &["six.wav", "6"]);
    // A silent song gets a plan without a gain, not +51 dB.
    let output = mixproof(folder.path(), &["master", "--plan-only", "--format", "json", "silent.wav"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let plan: serde_json::Value = serde_json::from_str(stdout(&output).trim()).unwrap();
    assert!(plan["moves"].as_array().unwrap().iter().all(|step| step["stage"] != "loudness"), "{plan}");
}

#[test]
fn one_bad_file_does_not_stop_a_batch() {
    let folder = folder();
    write_wav(&folder.path().join("1.wav"), &song(4.0, -3.0, 44_100, 1), 16);
    std::fs::write(folder.path().join("2.wav"), "no audio").unwrap();
    write_wav(&folder.path().join("3.wav"), &song(4.0, -3.0, 44_100, 2), 16);
    let output = mixproof(folder.path(), &["analyze", "--format", "json", "."]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(stdout(&output).lines().count(), 2);
    assert_eq!(stderr(&output).lines().count(), 1, "{}", stderr(&output));
    assert!(stderr(&output).contains("2.wav"));
}

#[test]
fn check_has_an_exit_code_for_pipelines() {
    let folder = folder();
    let clipped = sine(220.0, 6.0, 6.0, 44_100, 2);
    write_wav(&folder.path().join("clipped.wav"), &clipped, 16);
    let output = mixproof(folder.path(), &["check", "--stage", "master", "--format", "json", "clipped.wav"]);
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    let check: serde_json::Value = serde_json::from_str(stdout(&output).trim()).unwrap();
    assert_eq!(check["schema"], "check/1");
    let codes: Vec<&str> = check["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| finding["code"].as_str().unwrap())
        .collect();
    assert!(codes.contains(&"PEAK001"), "{codes:?}");
    // The exit code follows the selection.
    let ignored = codes.join(",");
    let output =
        mixproof(folder.path(), &["check", "--stage", "master", "--ignore", &ignored, "clipped.wav"]);
    assert_eq!(output.status.code(), Some(0), "{}{}", stdout(&output), stderr(&output));
    refuses(folder.path(), &["check", "--select", "NOSUCH001", "clipped.wav"], &["unknown check"]);
}

/// `--select`, `--ignore` and `--fail-on` take codes, names and families, and the exit code follows them.
#[test]
fn check_selects_and_fails_by_code_name_and_family() {
    let folder = folder();
    // Full scale and clipped: a fail of PEAK in a master, nothing of STER worse than a word.
    write_wav(&folder.path().join("clipped.wav"), &sine(220.0, 6.0, 6.0, 44_100, 2), 16);
    let codes = |words: &[&str]| -> (Option<i32>, Vec<String>) {
        let args = ["check", "clipped.wav", "--stage", "master", "--format", "json"];
        let output = mixproof(folder.path(), &[&args, words].concat());
        let check: serde_json::Value = serde_json::from_str(stdout(&output).trim()).unwrap();
        let findings = check["findings"].as_array().unwrap();
        let codes = findings.iter().map(|finding| finding["code"].as_str().unwrap().to_string()).collect();
        (output.status.code(), codes)
    };
    for (select, wanted) in [
        ("PEAK001", "PEAK001"),
        ("true-peak-over-ceiling", "PEAK001"),
        ("peak001,ster", "PEAK001"),
        ("PEAK", "PEAK002"),
    ] {
        let (code, found) = codes(&["--select", select]);
        assert_eq!(code, Some(1), "{select}");
        assert!(found.iter().any(|code| code == wanted), "{select}: {found:?}");
        assert!(found.iter().all(|code| code.starts_with("PEAK") || code.starts_with("STER")), "{found:?}");
    }
    let (code, found) = codes(&["--ignore", "PEAK"]);
    assert!(!found.is_empty() && found.iter().all(|code| !code.starts_with("PEAK")), "{found:?}");
    assert_eq!(code, Some(0), "{found:?}");
    let (code, found) = codes(&["--select", "PEAK", "--ignore", "PEAK001,clipped-samples"]);
    assert_eq!((code, found.contains(&"PEAK001".to_string())), (Some(0), false), "{found:?}");
    // What is good to know stops a pipeline only where it is told to.
    let (_, notes) = codes(&["--select", "false-stereo"]);
    assert_eq!(notes, ["STER002"]);
    for (fail_on, exit) in [("fail", 0), ("warn", 0), ("info", 1)] {
        assert_eq!(codes(&["--select", "STER002", "--fail-on", fail_on]).0, Some(exit), "{fail_on}");
    }
    refuses(folder.path(), &["check", "--ignore", "PAEK", "clipped.wav"], &["unknown check", "PEAK"]);
}

/// A folder is searched; nothing that was written before is replaced unasked.
#[test]
fn check_replaces_no_report_without_force() {
    let folder = folder();
    let songs = folder.path().join("songs");
    std::fs::create_dir(&songs).unwrap();
    write_wav(&songs.join("one.wav"), &song(4.0, -9.0, 44_100, 3), 24);
    write_wav(&songs.join("two.wav"), &song(4.0, -9.0, 44_100, 4), 24);
    let page = folder.path().join("pages/one.html");
    let again = ["check", "songs", "--report", "pages", "--png", "charts", "--listen", "nothing", "-q"];
    let run = |more: &[&str]| mixproof(folder.path(), &[&again, more].concat());
    assert_eq!(run(&[]).status.code(), Some(0), "{}", stderr(&run(&[])));
    let charts = || std::fs::read_dir(folder.path().join("charts")).unwrap().count();
    assert!(charts() > 2 && folder.path().join("pages/index.html").is_file());
    std::fs::write(&page, "mine").unwrap();
    refuses(folder.path(), &again, &["one.html", "--force"]);
    assert_eq!(std::fs::read_to_string(&page).unwrap(), "mine");
    assert_eq!(run(&["--force"]).status.code(), Some(0));
    assert!(std::fs::read_to_string(&page).unwrap().contains("<html"));
    // Two files of one name have two pages.
    write_wav(&songs.join("two.wav.wav"), &song(4.0, -9.0, 44_100, 5), 24);
    std::fs::rename(songs.join("two.wav.wav"), songs.join("one.wave")).unwrap();
    assert_eq!(run(&["--force"]).status.code(), Some(0));
    assert!(folder.path().join("pages/one.wave.html").is_file());
}

#[test]
fn master_writes_once_and_only_with_force_again() {
    let folder = folder();
    let song_path = folder.path().join("my song.wav");
    write_wav(&song_path, &song(12.0, -6.0, 44_100, 3), 24);
    let source = std::fs::read(&song_path).unwrap();
    let output = mixproof(folder.path(), &["master", "my song.wav", "--delivery", "ebu-r128", "--ab", "ab"]);
    assert_eq!(output.status.code(), Some(0), "{}{}", stdout(&output), stderr(&output));
    for name in ["wav", "plan.json", "render.json", "html"] {
        assert!(folder.path().join(format!("my song.mastered.{name}")).is_file(), "{name}");
    }
    assert!(folder.path().join("ab/my song.A-before.wav").is_file());
    assert!(folder.path().join("ab/my song.B-after.wav").is_file());
    refuses(folder.path(), &["master", "my song.wav"], &["exists already", "--force"]);
    refuses(
        folder.path(),
        &["master", "my song.wav", "--output", "my song.wav", "--force"],
        &["my song.wav", "source"],
    );
    assert_eq!(
        mixproof(folder.path(), &["master", "my song.wav", "--delivery", "ebu-r128", "--force"])
            .status
            .code(),
        Some(0)
    );
    assert_eq!(std::fs::read(&song_path).unwrap(), source, "the source is never written to");
    let left: Vec<String> = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .filter(|name| name.contains("tmp"))
        .collect();
    assert!(left.is_empty(), "temporary files are left: {left:?}");
}

#[test]
fn report_is_made_again_from_documents_alone() {
    let folder = folder();
    write_wav(&folder.path().join("a.wav"), &join(&[song(8.0, -3.0, 44_100, 5)]), 24);
    assert_eq!(mixproof(folder.path(), &["analyze", "a.wav", "--output", "docs"]).status.code(), Some(0));
    std::fs::remove_file(folder.path().join("a.wav")).unwrap();
    let output = mixproof(folder.path(), &["report", "docs/a.wav.analysis.json"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let page = std::fs::read_to_string(folder.path().join(stdout(&output).trim())).unwrap();
    assert!(page.contains("</html>"));
    refuses(folder.path(), &["render", "docs/a.wav.analysis.json"], &["plan/1", "analysis/1"]);
}

/// Every saved document comes back in every form that its kind has; what it has not is said.
#[test]
fn saved_documents_come_back_as_page_sheet_markdown_and_text() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    write_wav(&at("a.wav"), &song(6.0, -3.0, 44_100, 5), 24);
    write_wav(&at("b.wav"), &song(6.0, -6.0, 44_100, 5), 24);
    let made: [(&[&str], &str); 4] = [
        (&["check", "a.wav"], "a.check.json"),
        (&["compare", "a.wav", "b.wav"], "ab.compare.json"),
        (&["preview", "a.wav", "--without-codecs"], "a.preview.json"),
        (&["profile", "show", "jazz"], "jazz.profile.json"),
    ];
    for (args, name) in made {
        let output = mixproof(folder.path(), &[args, &["--format", "json"]].concat());
        assert!(output.status.code() != Some(2), "{args:?}: {}", stderr(&output));
        std::fs::write(at(name), &output.stdout).unwrap();
    }
    let output = mixproof(folder.path(), &["master", "a.wav", "--listen", "nothing", "--codecs"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    for (name, word) in [
        ("a.check.json", "The numbers"),
        ("a.mastered.render.json", "What mastering did"),
        ("a.mastered.plan.json", "The moves"),
        ("ab.compare.json", "What moved"),
        ("a.preview.json", "On streaming services"),
        ("jazz.profile.json", "The spans"),
    ] {
        let output = mixproof(folder.path(), &["report", name, "-o", "out", "--as", "html,text", "--force"]);
        assert_eq!(output.status.code(), Some(0), "{name}: {}", stderr(&output));
        let text = stdout(&output);
        let (page, text) = text.split_once('\n').unwrap();
        assert!(text.lines().count() > 3, "{name}: {text}");
        let page = std::fs::read_to_string(folder.path().join(page)).unwrap();
        assert!(page.contains(word) && page.contains("</html>"), "{name} has no {word}");
    }
    // What was only offered is not told as done.
    let render = std::fs::read_to_string(at("a.mastered.render.json")).unwrap();
    let mut render: serde_json::Value = serde_json::from_str(&render).unwrap();
    render["plan"]["moves"][0]["applicability"] = "opt-in".into();
    std::fs::write(at("offered.render.json"), render.to_string()).unwrap();
    let offered = ["report", "offered.render.json", "-o", "out", "--as", "html,markdown,text"];
    let output = mixproof(folder.path(), &offered);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(stdout(&output).contains("not applied: only if you choose it"), "{}", stdout(&output));
    let written = |ending: &str| std::fs::read_to_string(at(&format!("out/offered.{ending}"))).unwrap();
    assert!(written("html").contains("but for what is marked as not applied"));
    assert!(written("md").contains("not applied: only if you choose it"));
    let song = ["report", "a.mastered.render.json", "-o", "out", "--as", "png,markdown"];
    assert_eq!(mixproof(folder.path(), &song).status.code(), Some(0));
    assert!(std::fs::read(at("out/a.mastered.png")).unwrap().starts_with(b"\x89PNG"));
    assert!(std::fs::read_to_string(at("out/a.mastered.md")).unwrap().starts_with("# "));
    refuses(folder.path(), &["report", "a.preview.json", "-o", "out", "--as", "png"], &["a page and a text"]);
}

#[test]
fn help_and_shell_files_are_generated() {
    let folder = folder();
    let help = stdout(&mixproof(folder.path(), &["--help"]));
    for command in ["analyze", "check", "master", "render", "profile", "report", "explain", "demo"] {
        assert!(help.contains(command), "{command} is missing in: {help}");
    }
    assert!(stdout(&mixproof(folder.path(), &["completions", "bash"])).contains("_mixproof"));
    assert!(stdout(&mixproof(folder.path(), &["man"])).contains(".TH mixproof"));
    assert!(stdout(&mixproof(folder.path(), &["explain", "PEAK001"])).contains("What it measures"));
}

#[test]
#[cfg(unix)]
fn a_closed_pipe_is_no_error() {
    let folder = folder();
    for index in 0..8 {
        write_wav(&folder.path().join(format!("{index}.wav")), &song(3.0, -3.0, 44_100, index), 16);
    }
    let script = format!(
        "{} analyze --format json -j 1 . | head -c 100 >/dev/null; echo ${{PIPESTATUS[0]}}",
        env!("CARGO_BIN_EXE_mixproof")
    );
    let output = Command::new("bash").current_dir(folder.path()).args(["-c", &script]).output().unwrap();
    assert_eq!(stdout(&output).trim(), "0", "{}", stderr(&output));
    assert!(stderr(&output).is_empty(), "{}", stderr(&output));
}
