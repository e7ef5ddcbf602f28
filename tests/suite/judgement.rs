//! The commands that judge, as people and pipelines meet them: `compare`, `check --summary`, `profile`.

use crate::signals::{self, song, write_wav};
use mixproof::audio::Block;
use mixproof::units::db_to_amplitude;
use serde_json::Value;
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

/// Runs and demands success.
#[track_caller]
fn runs(folder: &Path, args: &[&str]) -> String {
    let output = mixproof(folder, args);
    assert_eq!(output.status.code(), Some(0), "{args:?}: {}{}", stdout(&output), stderr(&output));
    stdout(&output)
}

/// Runs and demands one error line with these words, and exit code 2.
#[track_caller]
fn refuses(folder: &Path, args: &[&str], words: &[&str]) {
    let output = mixproof(folder, args);
    let text = stderr(&output);
    assert_eq!(output.status.code(), Some(2), "{args:?}: {text}");
    assert_eq!(text.lines().filter(|line| line.starts_with("error: ")).count(), 1, "{args:?}: {text}");
    for word in words {
        assert!(text.contains(word), "{args:?}: expected \"{word}\" in: {text}");
    }
}

fn json(text: &str) -> Value {
    serde_json::from_str(text.trim()).unwrap()
}

fn changed(audio: &Block, change: impl Fn(usize, f32) -> f32) -> Block {
    let channels = audio
        .channels()
        .iter()
        .map(|channel| channel.iter().enumerate().map(|(frame, x)| change(frame, *x)).collect());
    Block::from_channels(channels.collect(), audio.sample_rate_hz())
}

#[test]
fn compare_tells_two_revisions_apart_and_draws_them() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let first = song(26.0, -9.0, 44_100, 5);
    let gain = db_to_amplitude(12.0) as f32;
    // Turned up until it clips, 100 ms later.
    let loud = changed(&first, |_, x| (gain * x).clamp(-1.0, 1.0));
    write_wav(&at("v1.wav"), &first, 24);
    write_wav(&at("v2.wav"), &signals::join(&[Block::silent(2, 4410, 44_100), loud]), 16);
    let output =
        mixproof(folder.path(), &["compare", "v1.wav", "v2.wav", "--format", "json", "--stage", "master"]);
    assert_eq!(output.status.code(), Some(1), "what is new and fails: {}", stderr(&output));
    let document = json(&stdout(&output));
    assert_eq!((&document["schema"], &document["relation"]), (&"compare/1".into(), &"revision".into()));
    assert!((document["offset_s"].as_f64().unwrap() - 0.1).abs() < 1e-5, "{}", document["offset_s"]);
    assert_eq!(document["drift_ppm"], 0.0);
    assert!(document["gain_db"].as_f64().unwrap() > 8.0);
    let codes: Vec<&str> =
        document["broke"].as_array().unwrap().iter().map(|found| found["code"].as_str().unwrap()).collect();
    assert!(codes.contains(&"PEAK002"), "clipping is new: {codes:?}");

    let text = stdout(&mixproof(folder.path(), &["compare", "v1.wav", "v2.wav"]));
    for words in
        ["v1.wav → v2.wav", "B starts 0.1000 s (4410 samples) later than A", "Broke", "louder", "Whole song"]
    {
        assert!(text.contains(words), "{words}: {text}");
    }
    // The page, once, and only with --force again; the same page from the saved document.
    let page = ["compare", "v1.wav", "v2.wav", "--fail-on", "fail", "--report", "page.html", "-q"];
    assert!(mixproof(folder.path(), &page).status.code().is_some_and(|code| code < 2));
    let html = std::fs::read_to_string(at("page.html")).unwrap();
    for words in
        ["What broke", "What moved", "Section by section", "id=\"chart-loudness\"", "id=\"chart-tone\""]
    {
        assert!(html.contains(words), "{words}");
    }
    refuses(folder.path(), &page, &["page.html", "--force"]);
    refuses(
        folder.path(),
        &["compare", "v1.wav", "v2.wav", "--report", "v2.wav", "--force"],
        &["v2.wav", "input"],
    );
    std::fs::write(at("saved.json"), document.to_string()).unwrap();
    runs(folder.path(), &["report", "saved.json", "--output", "again.html"]);
    assert!(std::fs::read_to_string(at("again.html")).unwrap().contains("What broke"));
    // The other way round nothing breaks.
    let back = mixproof(folder.path(), &["compare", "v2.wav", "v1.wav"]);
    assert_eq!(back.status.code(), Some(0), "{}", stdout(&back));
    assert!(stdout(&back).contains("Mended"), "{}", stdout(&back));
    // The same file twice.
    assert!(
        runs(folder.path(), &["compare", "v1.wav", "v1.wav"]).contains("The same audio, sample by sample.")
    );
    refuses(folder.path(), &["compare", "v1.wav", "."], &["folder"]);
    refuses(folder.path(), &["compare", "v1.wav", "gone.wav"], &["gone.wav"]);
}

#[test]
fn compare_holds_a_song_beside_references() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: String| folder.path().join(name);
    write_wav(&at("mine.wav".into()), &song(12.0, -20.0, 44_100, 1), 24);
    let mut names = Vec::new();
    for index in 0..11u32 {
        let name = format!("r{index:02}.wav");
        write_wav(
            &at(name.clone()),
            &song(9.0, -1.0 - 0.3 * f64::from(index), 44_100, 40 + u64::from(index)),
            16,
        );
        names.push(name);
    }
    let few: Vec<&str> =
        ["compare", "mine.wav"].into_iter().chain(names[..2].iter().map(String::as_str)).collect();
    let text = runs(folder.path(), &few);
    assert!(text.contains("mine.wav against 2 references"), "{text}");
    let unwrapped = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(unwrapped.contains("2 references are too few for a spread"), "{text}");
    assert!(
        text.contains("Integrated loudness") && text.contains(" LU quieter than the references"),
        "{text}"
    );
    assert!(!text.contains("loudness.integrated_lufs"), "words, not paths: {text}");
    // From ten on there is a spread, and a place in it.
    let many: Vec<&str> = ["compare", "mine.wav"]
        .into_iter()
        .chain(names.iter().map(String::as_str))
        .chain(["--report", "beside.html"])
        .collect();
    let text = runs(folder.path(), &many);
    assert!(text.contains("quieter than 99 % of the references"), "{text}");
    let page = std::fs::read_to_string(at("beside.html".into())).unwrap();
    for words in ["Outside their span", "Tone against the references", "quieter than 99 %", "Every measure"] {
        assert!(page.contains(words), "{words}");
    }
    // Measured with another version: refused by name, on either side.
    runs(folder.path(), &["analyze", "r00.wav", "--output", "docs"]);
    let saved = at("docs/r00.wav.analysis.json".into());
    let old = std::fs::read_to_string(&saved).unwrap().replace("\"measures_rev\": ", "\"measures_rev\": 9");
    std::fs::write(&saved, old).unwrap();
    refuses(
        folder.path(),
        &["compare", "mine.wav", "docs/r00.wav.analysis.json", "r01.wav"],
        &["measures_rev", "91", "r00.wav"],
    );
    refuses(
        folder.path(),
        &["compare", "docs/r00.wav.analysis.json", "r01.wav"],
        &["measures_rev", "91", "r00.wav"],
    );
}

#[test]
fn a_check_says_where_a_song_stands_and_sums_up_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let clipped = changed(&song(8.0, -3.0, 44_100, 3), |_, x| (8.0 * x).clamp(-1.0, 1.0));
    write_wav(&folder.path().join("clipped.wav"), &clipped, 16);
    write_wav(&folder.path().join("fine.wav"), &song(8.0, -9.0, 44_100, 4), 24);
    let text = stdout(&mixproof(folder.path(), &["check", "fine.wav", "--profile", "pop"]));
    let line = text.lines().find(|line| line.contains("Integrated loudness")).unwrap();
    assert!(line.contains("quieter than ") && line.contains(" %"), "{line}");
    let summary = mixproof(folder.path(), &["check", ".", "--summary", "--stage", "master"]);
    assert_eq!(summary.status.code(), Some(1), "{}", stderr(&summary));
    let table = stdout(&summary);
    assert!(table.contains("PEAK002") && table.contains("clipped-samples"), "{table}");
    assert!(!table.contains("Measures against"), "one table, no pages: {table}");
    refuses(folder.path(), &["check", ".", "--summary", "--format", "json"], &["--summary", "json"]);
}

/// Three references and a doubled one.
fn references(folder: &Path) {
    for (index, name) in ["album a.wav", "album b.wav", "single.wav"].iter().enumerate() {
        write_wav(&folder.join(name), &song(10.0, -3.0 - 4.0 * index as f64, 44_100, 60 + index as u64), 16);
    }
}

#[test]
fn profile_build_measures_weighs_and_refuses() {
    let folder = tempfile::tempdir().unwrap();
    let refs = folder.path().join("refs");
    std::fs::create_dir(&refs).unwrap();
    references(&refs);
    let output =
        mixproof(folder.path(), &["profile", "build", "refs", "--output", "even.json", "--name", "label"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    // Too few for a spread: told, and what is used instead.
    assert!(
        stderr(&output).contains("3 of the 10 references that show a spread: tolerances are assumed instead")
    );
    let even = json(&std::fs::read_to_string(folder.path().join("even.json")).unwrap());
    assert_eq!(even["provenance"]["tracks"], 3);
    assert!(even["provenance"]["method"].as_str().unwrap().contains("3 references are too few for a spread"));
    runs(
        folder.path(),
        &["profile", "build", "refs", "--output", "heavy.json", "--weight", "single=20", "-q"],
    );
    let heavy = json(&std::fs::read_to_string(folder.path().join("heavy.json")).unwrap());
    let median = |profile: &Value| profile["spans"]["loudness.integrated_lufs"]["p50"].as_f64().unwrap();
    assert!(median(&heavy) < median(&even) - 2.0, "the single pulls: {} {}", median(&heavy), median(&even));
    refuses(folder.path(), &["profile", "build", "refs", "--output", "even.json"], &["even.json", "--force"]);
    refuses(
        folder.path(),
        &["profile", "build", "refs", "--output", "x.json", "--weight", "single"],
        &["TEXT=WEIGHT"],
    );
    refuses(
        folder.path(),
        &["profile", "build", "refs", "--output", "x.json", "--weight", "gone=2"],
        &["gone"],
    );
    // It serves where a name does.
    runs(folder.path(), &["check", "refs/single.wav", "--profile", "even.json", "-q"]);
    let difference = runs(folder.path(), &["profile", "diff", "even.json", "pop"]);
    assert!(
        difference.contains("Integrated loudness") && difference.contains("measures are apart"),
        "{difference}"
    );
    // What cannot be read costs one line and the exit code; the others make the profile.
    std::fs::write(refs.join("broken.wav"), "no audio").unwrap();
    let output = mixproof(folder.path(), &["profile", "build", "refs", "--output", "rest.json"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("broken.wav"), "{}", stderr(&output));
    assert_eq!(
        json(&std::fs::read_to_string(folder.path().join("rest.json")).unwrap())["provenance"]["tracks"],
        3
    );
    std::fs::remove_file(refs.join("broken.wav")).unwrap();
    // The same audio under another name and in another container counts once, or not at all.
    std::fs::copy(refs.join("single.wav"), refs.join("the same again.wav")).unwrap();
    let words = ["the same again.wav", "single.wav", "same audio"];
    refuses(folder.path(), &["profile", "build", "refs", "--output", "twice.json"], &words);
    assert!(!folder.path().join("twice.json").exists());
}

#[test]
fn a_profile_that_is_edited_wrongly_is_refused_by_name_and_line() {
    let folder = tempfile::tempdir().unwrap();
    write_wav(&folder.path().join("a.wav"), &song(4.0, -3.0, 44_100, 1), 16);
    let good = runs(folder.path(), &["profile", "show", "pop", "--format", "json"]);
    let good = serde_json::to_string_pretty(&json(&good)).unwrap();
    let line_of = |text: &str, word: &str| text.lines().position(|line| line.contains(word)).unwrap() + 1;
    let rev = good.lines().find(|line| line.contains("\"measures_rev\"")).unwrap().to_string();
    for (from, to, words) in [
        ("\"licence\"", "\"lizenz\"", vec!["lizenz"]),
        (rev.as_str(), "  \"measures_rev\": 99,", vec!["measures_rev", "99"]),
        ("\"confidence\": \"high\"", "\"confidence\": \"certain\"", vec!["certain"]),
    ] {
        let text = good.replace(from, to);
        std::fs::write(folder.path().join("mine.json"), &text).unwrap();
        let place = format!("mine.json: line {}:", line_of(&text, to.trim()));
        let mut words = words;
        words.push(&place);
        refuses(folder.path(), &["check", "a.wav", "--profile", "mine.json"], &words);
        refuses(folder.path(), &["profile", "show", "mine.json"], &words[..1]);
    }
    for tag in ["profile/2", "delivery/1", "soup"] {
        std::fs::write(folder.path().join("mine.json"), good.replace("profile/1", tag)).unwrap();
        refuses(
            folder.path(),
            &["check", "a.wav", "--profile", "mine.json"],
            &["mine.json", "profile/1", tag],
        );
    }
}

#[test]
fn profiles_are_listed_shown_and_drawn() {
    let folder = tempfile::tempdir().unwrap();
    let list = runs(folder.path(), &["profile", "list"]);
    let pop = list.lines().find(|line| line.trim_start().starts_with("pop ")).unwrap();
    assert!(pop.contains("137") && pop.contains("high") && pop.contains("−9.5 (−13.8 … −6.8)"), "{pop}");
    let text = runs(folder.path(), &["profile", "show", "pop", "--report", "pop.html"]);
    for words in
        ["tracks", "confidence", "licence", "Spectrum", "Width per band", "Movement per band", "●", "━"]
    {
        assert!(text.contains(words), "{words}: {text}");
    }
    assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
    let page = std::fs::read_to_string(folder.path().join("pop.html")).unwrap();
    for words in ["137 tracks, high confidence", "id=\"chart-spectrum\"", "id=\"chart-width\"", "MIT"] {
        assert!(page.contains(words), "{words}");
    }
    refuses(folder.path(), &["profile", "show", "pop", "--report", "pop.html"], &["pop.html", "--force"]);
    refuses(folder.path(), &["profile", "show", "vinyl", "--report", "v.html"], &["vinyl", "delivery"]);
    refuses(folder.path(), &["profile", "show", "clasical"], &["clasical", "classical"]);
    assert!(runs(folder.path(), &["profile", "show", "vinyl"]).contains("Vinyl"));
}
