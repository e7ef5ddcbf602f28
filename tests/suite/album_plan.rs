//! The album document as a plan: edited by hand, refused by line, used again, and what is remembered between runs.

use crate::album::{measured, mixproof, options};
use crate::signals::{join, silence, song, white, write_wav};
use mixproof::album::Song as Heard;
use mixproof::album::{Options, plan};
use mixproof::decode::read_all;
use mixproof::model::{Album, AlbumPolicy, OrderSource, Persisted, valid_isrc, valid_upc};
use mixproof::pipeline::{AlbumSong, Batch, Silent, keep_songs, measure_album, plan_album, replan_album};
use std::path::{Path, PathBuf};

fn three_songs(folder: &Path) -> Vec<AlbumSong> {
    let blocks = [(-8.0, 1), (-12.0, 2), (-16.0, 3)].map(|(peak_dbfs, seed)| {
        join(&[silence(0.6, 44_100, 2), song(5.0, peak_dbfs, 44_100, seed), silence(1.2, 44_100, 2)])
    });
    measured(folder, &blocks)
}

#[test]
fn a_plan_that_nobody_edits_stays_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let songs = three_songs(folder.path());
    let wanted = Options {
        order: OrderSource::Suggest,
        trim: true,
        arc: true,
        sides: Some(mixproof::album::medium("cassette-c46").unwrap()),
        ..options(AlbumPolicy::AlbumIntegrated, Some(-16.0))
    };
    let album = plan_album(&songs, &wanted).unwrap();
    let path = folder.path().join("plan.json");
    album.save(&path).unwrap();
    let again = replan_album(&Album::load_edited(&path).unwrap(), &songs).unwrap();
    assert_eq!(again.to_json(), album.to_json());
}

#[test]
fn what_a_hand_writes_into_a_plan_is_what_counts() {
    let folder = tempfile::tempdir().unwrap();
    let songs = three_songs(folder.path());
    let album = plan_album(&songs, &options(AlbumPolicy::LoudestTrack, Some(-16.0))).unwrap();
    let mut edited = album.clone();
    edited.order = vec![2, 0, 1];
    edited.tracks[0].gain_db = -3.0;
    edited.tracks[2].gap_after_s = 4.0;
    edited.tracks[0].trim_start_s = 0.5;
    edited.tracks[1].title = "Another name".to_string();
    let path = folder.path().join("plan.json");
    edited.save(&path).unwrap();
    let used = replan_album(&Album::load_edited(&path).unwrap(), &songs).unwrap();
    assert_eq!((used.order.as_slice(), used.order_from), (&[2, 0, 1][..], OrderSource::Plan));
    assert_eq!(used.tracks[0].gain_db, -3.0);
    assert_eq!(used.tracks[0].result_lufs, songs[0].analysis.loudness.integrated_lufs.map(|lufs| lufs - 3.0));
    // Third song first: its length and its gap, then the first song, half a second shorter.
    let starts = [2, 0, 1].map(|song| used.tracks[song].start_s);
    assert!((starts[1] - (6.8 + 4.0)).abs() < 1e-3, "{starts:?}");
    let gap_s = used.tracks[0].gap_after_s;
    assert!((starts[2] - (10.8 + 6.3 + gap_s)).abs() < 1e-3, "{starts:?}");
    assert_eq!(used.joints[0].gap_because, "as the plan says");
    assert_eq!((used.joints[0].from, used.joints[0].to), (2, 0));
    assert_ne!(used.order_cost, album.order_cost);
}

#[test]
fn mistakes_in_a_plan_are_refused_by_name_and_line() {
    let folder = tempfile::tempdir().unwrap();
    let songs = three_songs(folder.path());
    let album = plan_album(&songs, &options(AlbumPolicy::LoudestTrack, Some(-16.0))).unwrap();
    let text = album.to_json();
    let line_of = |text: &str, found: &str| text.lines().position(|line| line.contains(found)).unwrap() + 1;
    let path = folder.path().join("plan.json");
    let refused = |edited: &str, place: &str, words: &[&str]| {
        assert_ne!(edited, text, "the edit took place");
        std::fs::write(&path, edited).unwrap();
        let error = Album::load_edited(&path).unwrap_err().to_string();
        let line = format!("line {}:", line_of(edited, place));
        assert!(error.contains("plan.json") && error.contains(&line), "{error} ({line})");
        assert!(words.iter().all(|word| error.contains(word)), "{error}");
        assert_eq!(error.lines().count(), 1);
    };
    refused(&text.replacen("\"gain_db\"", "\"gian_db\"", 1), "gian_db", &["unknown field `gian_db`"]);
    let edit = |change: &dyn Fn(&mut Album)| {
        let mut edited = album.clone();
        change(&mut edited);
        edited.to_json()
    };
    let twice = edit(&|album| album.order = vec![0, 0, 1]);
    refused(&twice, "\"order\":", &["order", "every number from 0 to 2 once"]);
    let gap = edit(&|album| album.tracks[0].gap_after_s = -1.5);
    refused(&gap, "\"gap_after_s\": -1.5", &["gap", "0 to 60 s"]);
    let gain = edit(&|album| album.tracks[0].gain_db = 99.0);
    refused(&gain, "\"gain_db\": 99", &["gain", "-60 to 24 dB"]);
    let into_sound = edit(&|album| album.tracks[1].trim_start_s = 3.0);
    refused(&into_sound, "\"trim_start_s\": 3.0", &["reaches into the sound"]);
    let fade = edit(&|album| album.tracks[2].fade_out_s = 4.0);
    refused(&fade, "\"fade_out_s\": 4.0", &["reaches into the sound"]);
    let isrc = edit(&|album| album.tracks[0].isrc = Some("DE-123".to_string()));
    refused(&isrc, "DE-123", &["is no ISRC"]);
    let upc = edit(&|album| album.upc = Some("4006381333932".to_string()));
    refused(&upc, "4006381333932", &["check digit"]);
    refused(&edit(&|album| album.names = "{tilte}".to_string()), "{tilte}", &["{title}"]);
    let both = edit(&|album| (album.tracks[0].gap_after_s, album.tracks[0].crossfade_s) = (1.0, 1.5));
    refused(&both, "\"crossfade_s\": 1.5", &["not both"]);
}

#[test]
fn songs_that_have_changed_are_refused_and_nothing_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    three_songs(at);
    let (code, _, errors) = mixproof(at, &["album", "1.wav", "2.wav", "3.wav", "--save", "plan.json"]);
    assert_eq!(code, Some(0), "{errors}");
    // Another run finds everything measured, and says so.
    let (code, _, errors) = mixproof(at, &["album", "plan.json", "--output", "out", "--reel"]);
    assert!(code == Some(0) && errors.contains("3 of 3 songs by an earlier run"), "{errors}");
    assert!(at.join("out/transitions/01 to 02.wav").exists() && at.join("out/album.html").exists());
    let (code, _, errors) = mixproof(at, &["render", "plan.json", "--output", "again"]);
    assert_eq!(code, Some(0), "{errors}");
    let sums = |folder: &str| std::fs::read_to_string(at.join(folder).join("checksums.md5")).unwrap();
    assert!(sums("out").starts_with(&sums("again")), "the same songs, without the reel");
    // A written record is a plan, too, and gives the same audio again.
    let (code, _, errors) = mixproof(at, &["album", "out/album.json", "--output", "third"]);
    assert_eq!(code, Some(0), "{errors}");
    let audio = |folder: &str| read_all(&at.join(folder).join("01 1.wav")).map(|(block, _)| block).unwrap();
    assert!(audio("out") == audio("third"), "the same plan gives the same bits");
    let before = std::fs::read(at.join("plan.json")).unwrap();
    write_wav(&at.join("2.wav"), &white(0.1, 5.0, 44_100, 2, 9), 24);
    for command in [&["album", "plan.json", "--output", "fourth"][..], &["album", "plan.json"]] {
        let (code, text, errors) = mixproof(at, command);
        assert_eq!((code, text.as_str()), (Some(2), ""), "{errors}");
        assert!(errors.contains("2.wav") && errors.contains("other audio"), "{errors}");
    }
    assert!(!at.join("fourth").exists());
    assert_eq!(std::fs::read(at.join("plan.json")).unwrap(), before);
    for (command, word) in [
        (&["album", "plan.json", "--policy", "per-track"][..], "the plan decides"),
        (&["album", "1.wav", "3.wav", "--save", "plan.json"], "--force"),
        (&["render", "plan.json"], "--output DIR"),
        (&["album", "1.wav", "3.wav", "--upc", "4006381333932"], "check digit"),
        (&["album", "1.wav", "3.wav", "--names", "song", "--output", "named"], "{number}"),
        (
            &["album", "1.wav", "1.wav", "--names", "{title}", "--output", "named"],
            "two songs would be called",
        ),
        (&["album", "1.wav", "3.wav", "--sides", "vinyl-13"], "vinyl-1"),
    ] {
        let (code, _, errors) = mixproof(at, command);
        assert!(code == Some(2) && errors.contains(word), "{command:?}: {errors}");
    }
    assert!(!at.join("named").exists());
}

#[test]
fn measured_songs_are_used_again_only_where_nothing_has_changed() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let songs = three_songs(at);
    let kept = at.join("analyses");
    keep_songs(&songs, &kept).unwrap();
    let paths: Vec<PathBuf> = (1..=3).map(|number| at.join(format!("{number}.wav"))).collect();
    let again = || {
        let batch = Batch { paths: &paths, workers: 1 };
        measure_album(&batch, Some(&kept), &Silent, |path, error| panic!("{}: {error}", path.display()))
            .unwrap()
    };
    let reused = again();
    assert!(reused.iter().all(|song| song.reused));
    let heard = |songs: &[AlbumSong]| {
        let songs: Vec<Heard> =
            songs.iter().map(|s| Heard { analysis: &s.analysis, edges: &s.edges }).collect();
        plan(&songs, &options(AlbumPolicy::LoudestTrack, Some(-16.0))).unwrap().to_json()
    };
    assert_eq!(heard(&reused), heard(&songs), "to the last digit");
    assert_eq!(reused[0].edges.head.samples, songs[0].edges.head.samples);
    write_wav(&paths[1], &white(0.1, 5.0, 44_100, 2, 9), 24);
    assert_eq!(again().iter().map(|song| song.reused).collect::<Vec<_>>(), [true, false, true]);
    // Measures of another revision say nothing.
    for entry in std::fs::read_dir(&kept).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let older = text.replace("\"measures_rev\":", "\"measures_rev\":9");
        assert_ne!(older, text);
        std::fs::write(&path, older).unwrap();
    }
    assert!(again().iter().all(|song| !song.reused));
}

#[test]
fn codes_are_checked_by_their_own_rules() {
    for (text, expected) in [
        ("de-a12-34-56789", Some("DEA123456789")),
        ("USRC17607839", Some("USRC17607839")),
        ("USRC1760783", None),
        ("1SRC17607839", None),
        ("USRC1760783X", None),
    ] {
        assert_eq!(valid_isrc(text).as_deref(), expected, "{text}");
    }
    for (text, expected) in [
        ("4006381333931", Some("4006381333931")),
        ("0 36000 29145 2", Some("0036000291452")),
        ("4006381333932", None),
        ("400638133393", None),
        ("", None),
    ] {
        assert_eq!(valid_upc(text).as_deref(), expected, "{text}");
    }
}

#[test]
fn a_record_names_only_songs_within_reach() {
    let folder = tempfile::tempdir().unwrap();
    let (inside, outside) = (folder.path().join("inside"), folder.path().join("outside"));
    std::fs::create_dir(&inside).unwrap();
    std::fs::create_dir(&outside).unwrap();
    for number in 1..=2 {
        write_wav(&outside.join(format!("{number}.wav")), &song(4.0, -12.0, 44_100, number), 16);
    }
    let (code, _, error) = mixproof(&inside, &["album", "../outside", "--save", "record.json", "-q"]);
    assert_eq!(code, Some(0), "{error}");
    for command in [&["album", "record.json"][..], &["render", "record.json", "-o", "out"]] {
        let (code, said, error) = mixproof(&inside, command);
        assert_eq!(code, Some(2), "{said}");
        assert!(error.trim_end().lines().count() == 1 && error.contains("--allow-paths"), "{error}");
        let (code, _, error) = mixproof(&inside, &[command, &["--allow-paths", "-q"]].concat());
        assert_eq!(code, Some(0), "{error}");
    }
    // Beside its songs, it is at home.
    std::fs::copy(inside.join("record.json"), outside.join("record.json")).unwrap();
    let (code, _, error) = mixproof(&inside, &["album", "../outside/record.json", "-q"]);
    assert_eq!(code, Some(0), "{error}");
}
