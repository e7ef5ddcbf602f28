//! A record: levels in closed form, pooled gates against the concatenation, orders against all orders, joints to the sample.

use crate::signals::{Random, join, silence, sine, song, write_wav};
use mixproof::album::{EXACT_UP_TO, Options, Search, SongSetting, camelot, explain, order_cost, search};
use mixproof::audio::Block;
use mixproof::decode::read_all;
use mixproof::measure::LoudnessMeter;
use mixproof::model::{Album, AlbumPolicy, Constraints, HeadroomChoice, OrderSource, Persisted, Pin};
use mixproof::pipeline::{
    AlbumOutput, AlbumSong, Batch, FileOptions, Silent, Targets, measure_album, plan_album, render_album,
};
use mixproof::units::db_to_amplitude;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Writes the blocks as `1.wav`, `2.wav`, … and measures them.
pub(crate) fn measured(folder: &Path, blocks: &[Block]) -> Vec<AlbumSong> {
    let paths: Vec<PathBuf> = (1..=blocks.len()).map(|number| folder.join(format!("{number}.wav"))).collect();
    paths.iter().zip(blocks).for_each(|(path, block)| write_wav(path, block, 24));
    let batch = Batch { paths: &paths, workers: 2 };
    measure_album(&batch, None, &Silent, |path, error| panic!("{}: {error}", path.display())).unwrap()
}

pub(crate) fn options(policy: AlbumPolicy, target_lufs: Option<f64>) -> Options {
    Options { policy, target_lufs, ceiling_dbtp: -1.0, max_reduction_db: 4.0, ..Options::default() }
}

fn results(album: &Album) -> Vec<f64> {
    album.tracks.iter().map(|track| track.result_lufs.unwrap()).collect()
}

fn assert_near(found: &[f64], expected: &[f64], tolerance: f64) {
    assert_eq!(found.len(), expected.len());
    let near = found.iter().zip(expected).all(|(a, b)| (a - b).abs() <= tolerance);
    assert!(near, "{found:?} instead of {expected:?}");
}

/// A stereo sine of 1 kHz, whose loudness is its peak level in dB, behind a moment of silence: no stream that was cut.
pub(crate) fn tone(peak_dbfs: f64) -> Block {
    join(&[silence(0.1, 48_000, 2), sine(1000.0, peak_dbfs, 6.0, 48_000, 2)])
}

fn steps() -> Vec<Block> {
    [-20.0, -26.0, -32.0].map(tone).to_vec()
}

#[test]
fn every_policy_in_closed_form() {
    let folder = tempfile::tempdir().unwrap();
    let songs = measured(folder.path(), &steps());
    let levels = |options: &Options| results(&plan_album(&songs, options).unwrap());
    let target = Some(-18.0);
    assert_near(&levels(&options(AlbumPolicy::LoudestTrack, target)), &[-18.0, -24.0, -30.0], 0.03);
    assert_near(&levels(&options(AlbumPolicy::PerTrack, target)), &[-18.0, -18.0, -18.0], 0.03);
    assert_near(&levels(&options(AlbumPolicy::LoudSections, target)), &[-18.0, -18.0, -18.0], 0.03);
    let anchor = Options { anchor: Some(1), ..options(AlbumPolicy::Anchor, target) };
    assert_near(&levels(&anchor), &[-12.0, -18.0, -24.0], 0.03);
    // Mean energy (1 + 10^-0.6 + 10^-1.2) / 3 = 0.4381, 3.58 dB below the loudest; all three lie above that less 10 LU.
    let pooled = levels(&options(AlbumPolicy::AlbumIntegrated, target));
    assert_near(&pooled, &[-14.42, -20.42, -26.42], 0.05);
    // Without a target the loudest song keeps its level.
    assert_near(&levels(&options(AlbumPolicy::LoudestTrack, None)), &[-20.0, -26.0, -32.0], 0.03);
    assert!(plan_album(&songs, &options(AlbumPolicy::Anchor, target)).is_err(), "an anchor has to be named");
}

#[test]
fn declared_offsets_are_distances_from_the_others() {
    let folder = tempfile::tempdir().unwrap();
    let songs = measured(folder.path(), &steps());
    for (policy, expected) in [
        (AlbumPolicy::LoudestTrack, [-18.0, -24.0, -21.0]),
        (AlbumPolicy::PerTrack, [-18.0, -18.0, -21.0]),
        (AlbumPolicy::LoudSections, [-18.0, -18.0, -21.0]),
    ] {
        let offsets = vec![SongSetting { song: 2, value: -3.0 }];
        let options = Options { offsets, ..options(policy, Some(-18.0)) };
        assert_near(&results(&plan_album(&songs, &options).unwrap()), &expected, 0.03);
    }
}

#[test]
fn pooled_gates_are_those_of_the_concatenation() {
    let folder = tempfile::tempdir().unwrap();
    let blocks: Vec<Block> = [(-6.0, 1), (-14.0, 2), (-30.0, 3)]
        .map(|(peak_dbfs, seed)| song(10.0, peak_dbfs, 44_100, seed))
        .to_vec();
    let songs = measured(folder.path(), &blocks);
    let album = plan_album(&songs, &options(AlbumPolicy::AlbumIntegrated, Some(-23.0))).unwrap();
    let mut meter = LoudnessMeter::new(44_100, 2);
    for (block, track) in blocks.iter().zip(&album.tracks) {
        let gain = db_to_amplitude(track.gain_db) as f32;
        let mut block = block.clone();
        block.channels_mut().iter_mut().flatten().for_each(|sample| *sample *= gain);
        meter.push(&block);
    }
    let whole_lufs = meter.finish().integrated_lufs.unwrap();
    assert!((whole_lufs + 23.0).abs() < 0.05, "{whole_lufs}");
    assert!((album.integrated_lufs.unwrap() + 23.0).abs() < 0.01);
    let gains = album.tracks.iter().map(|track| track.gain_db);
    assert!(
        gains.clone().all(|gain_db| gain_db == album.tracks[0].gain_db),
        "one gain: {:?}",
        gains.collect::<Vec<_>>()
    );
}

/// A quiet sine with one loud burst: much peak for little loudness.
fn spiky() -> Block {
    join(&[tone(-26.0), sine(1000.0, -2.0, 0.01, 48_000, 2), sine(1000.0, -26.0, 6.0, 48_000, 2)])
}

#[test]
fn a_song_that_would_be_crushed_is_held_or_the_record_is_lowered() {
    let folder = tempfile::tempdir().unwrap();
    let songs = measured(folder.path(), &[tone(-24.0), spiky()]);
    let wanted = options(AlbumPolicy::LoudestTrack, Some(-14.0));
    let held = plan_album(&songs, &wanted).unwrap();
    // About +10 dB are wanted for both; a peak of −2 dBTP under −1 dBTP with 4 dB of limiting allows 5 dB.
    assert_eq!(held.headroom.crushed, [1]);
    let [first, second] = [&held.tracks[0], &held.tracks[1]];
    assert!(second.limiting_db <= 4.0 && second.limiting_db > 3.9, "{}", second.limiting_db);
    assert!(second.gain_db < second.wanted_gain_db - 3.0, "{second:?}");
    let whole = first.wanted_gain_db - first.gain_db;
    assert!((0.0..=0.011).contains(&whole), "the other song is untouched: {whole}");
    let finding = held.findings.iter().find(|finding| finding.code == "ALB001").unwrap();
    assert!(finding.advice.contains("--headroom record"), "an alternative is named: {}", finding.advice);
    let lowered = plan_album(&songs, &Options { headroom: HeadroomChoice::LowerRecord, ..wanted }).unwrap();
    let distance = lowered.tracks[0].gain_db - lowered.tracks[1].gain_db;
    assert!(distance.abs() < 0.02, "distances are kept: {distance}");
    let by_db = lowered.tracks[0].wanted_gain_db - lowered.tracks[0].gain_db;
    assert!((by_db - held.headroom.lower_record_by_db).abs() < 0.02);
}

pub(crate) fn permutations(songs: usize) -> Vec<Vec<usize>> {
    if songs == 0 {
        return vec![Vec::new()];
    }
    let shorter = permutations(songs - 1);
    let insert = |order: &Vec<usize>, at: usize| {
        let mut order = order.clone();
        order.insert(at, songs - 1);
        order
    };
    shorter.iter().flat_map(|order| (0..songs).map(move |at| insert(order, at))).collect()
}

pub(crate) fn random_matrix(size: usize, seed: u64) -> Vec<Vec<f64>> {
    let mut random = Random(seed);
    (0..size).map(|_| (0..size).map(|_| random.unit()).collect()).collect()
}

#[test]
fn the_suggested_order_is_the_cheapest_of_all_orders() {
    let constraints = |pins: &[(usize, usize)]| Constraints {
        pins: pins.iter().map(|(place, song)| Pin { place: *place, song: *song }).collect(),
        ..Constraints::default()
    };
    for songs in 1..=9 {
        let all = permutations(songs);
        for seed in 0..if songs < 9 { 3 } else { 1 } {
            let joints = random_matrix(songs, seed);
            let arc = random_matrix(songs, seed + 100);
            let pinned = [vec![], vec![(0, songs - 1)], vec![(songs - 1, 0), (songs / 2, songs - 1)]];
            for (pins, places) in pinned.iter().zip([&vec![], &arc, &arc]) {
                if songs < 3 && pins.len() > 1 {
                    continue;
                }
                let found =
                    search(&Search { joints: &joints, places, constraints: &constraints(pins), seed: 1 });
                let allowed =
                    all.iter().filter(|order| pins.iter().all(|(place, song)| order[*place] == *song));
                let cheapest =
                    allowed.map(|order| order_cost(&joints, places, order)).fold(f64::INFINITY, f64::min);
                assert!(
                    found.exact && (found.cost - cheapest).abs() < 1e-12,
                    "{songs} songs: {found:?}, {cheapest}"
                );
                assert!(pins.iter().all(|(place, song)| found.order[*place] == *song));
                assert!((order_cost(&joints, places, &found.order) - found.cost).abs() < 1e-12);
            }
        }
    }
}

#[test]
fn beyond_the_exact_search_the_gap_is_bounded() {
    let songs = EXACT_UP_TO + 4;
    for seed in 0..2 {
        let joints = random_matrix(songs, seed);
        let pins = vec![Pin { place: 0, song: 3 }, Pin { place: 5, song: 0 }];
        let constraints = Constraints { pins, ..Constraints::default() };
        let found = search(&Search { joints: &joints, places: &[], constraints: &constraints, seed: 1 });
        let mut seen = found.order.clone();
        seen.sort_unstable();
        assert_eq!(seen, (0..songs).collect::<Vec<_>>(), "every song once");
        assert!(found.order[0] == 3 && found.order[5] == 0 && !found.exact);
        assert!(found.lower_bound_cost <= found.cost && found.cost < found.random_lowest_cost, "{found:?}");
    }
    // A hidden chain of free joints is found, and the bound says that it is the best.
    let mut joints = vec![vec![1.0; songs]; songs];
    (0..songs).for_each(|song| joints[song * 7 % songs][(song + 1) * 7 % songs] = 0.0);
    let free = Constraints::default();
    let found = search(&Search { joints: &joints, places: &[], constraints: &free, seed: 1 });
    assert!(found.cost < 2.5, "{found:?}");
    assert!(found.lower_bound_cost < 1e-9, "the chain costs nothing: {found:?}");
}

#[test]
fn keys_lie_on_the_camelot_wheel() {
    for (key, expected) in [
        ("C major", (8, 'B')),
        ("A minor", (8, 'A')),
        ("G major", (9, 'B')),
        ("E minor", (9, 'A')),
        ("F major", (7, 'B')),
        ("D minor", (7, 'A')),
        ("B major", (1, 'B')),
        ("Ab minor", (1, 'A')),
        ("F# major", (2, 'B')),
        ("C# minor", (12, 'A')),
    ] {
        assert_eq!(camelot(key), Some(expected), "{key}");
    }
    assert_eq!(camelot("H major"), None);
}

/// Three songs, the second and third one stream that was cut in the middle of a sound.
pub(crate) fn with_a_cut() -> Vec<Block> {
    // Left and right in quadrature: the power is the same at every moment, so any cut is one in the middle of a sound.
    let phase = |i: usize| std::f64::consts::TAU * 220.0 * i as f64 / 44_100.0;
    let channel = |shift: f64| (0..44_100 * 9).map(|i| (0.2 * (phase(i) + shift).sin()) as f32).collect();
    let stream = Block::from_channels(vec![channel(0.0), channel(std::f64::consts::FRAC_PI_2)], 44_100);
    let at = 44_100 * 4 + 9_876;
    let first = join(&[song(6.0, -9.0, 44_100, 6), silence(0.5, 44_100, 2)]);
    vec![first, stream.slice(0, at), stream.slice(at, stream.frames())]
}

pub(crate) fn output<'a>(folder: &'a Path, targets: &'a Targets, image: bool) -> AlbumOutput<'a> {
    AlbumOutput {
        folder,
        depth: None,
        file: FileOptions::default(),
        image,
        reel: false,
        singles: false,
        ddp: false,
        force: false,
        targets,
        workers: 2,
    }
}

#[test]
fn gapless_joints_and_gaps_are_kept_to_the_sample() {
    let folder = tempfile::tempdir().unwrap();
    let blocks = with_a_cut();
    let songs = measured(folder.path(), &blocks);
    let options = Options { gap_s: Some(0.75), ..options(AlbumPolicy::LoudestTrack, None) };
    let album = plan_album(&songs, &options).unwrap();
    assert_eq!(album.joints.iter().map(|joint| joint.gapless).collect::<Vec<_>>(), [false, true]);
    assert_eq!((album.tracks[0].gap_after_s, album.tracks[1].gap_after_s), (0.75, 0.0));
    // The halves of one stream have one gain whatever the policy, and are never parted.
    let apart = Options { policy: AlbumPolicy::PerTrack, target_lufs: Some(-20.0), ..options };
    let apart = plan_album(&songs, &apart).unwrap();
    assert_eq!(apart.tracks[1].gain_db, apart.tracks[2].gain_db);
    let at = apart.suggestion.order.iter().position(|song| *song == 1).unwrap();
    assert_eq!(apart.suggestion.order.get(at + 1), Some(&2));

    let written = folder.path().join("out");
    let targets = Targets::load("popular", "spotify").unwrap();
    let album = render_album(&album, &songs, &output(&written, &targets, true), &Silent).unwrap();
    assert!(album.tracks.iter().all(|track| track.gain_db == 0.0), "nothing to do");
    let (image, _) = read_all(Path::new(album.image.as_ref().unwrap())).unwrap();
    let sources: Vec<Block> =
        songs.iter().map(|song| read_all(Path::new(&song.analysis.source.path)).unwrap().0).collect();
    let gap = silence(0.75, 44_100, 2);
    let expected = join(&[sources[0].clone(), gap, sources[1].clone(), sources[2].clone()]);
    assert_eq!(image.frames(), expected.frames());
    assert!(image.channels() == expected.channels(), "bit by bit");
    for (track, source) in album.tracks.iter().zip(&sources) {
        let (file, _) = read_all(Path::new(track.output.as_ref().unwrap())).unwrap();
        assert!(file.channels() == source.channels(), "each file is the source");
    }
}

#[test]
fn crossfades_have_equal_power_and_their_exact_length() {
    let folder = tempfile::tempdir().unwrap();
    let blocks = [song(5.0, -9.0, 44_100, 11), song(4.0, -9.0, 44_100, 12)];
    let songs = measured(folder.path(), &blocks);
    let options = Options { crossfade_s: Some(1.5), ..options(AlbumPolicy::LoudestTrack, Some(-20.0)) };
    let album = plan_album(&songs, &options).unwrap();
    let targets = Targets::load("popular", "spotify").unwrap();
    let written = folder.path().join("out");
    let album = render_album(&album, &songs, &output(&written, &targets, false), &Silent).unwrap();
    let read = |path: &Option<String>| read_all(Path::new(path.as_ref().unwrap())).unwrap().0;
    let image = read(&album.image);
    let [first, second] = [read(&album.tracks[0].output), read(&album.tracks[1].output)];
    let fade = 66_150;
    let start = first.frames() - fade;
    assert_eq!(image.frames(), first.frames() + second.frames() - fade);
    assert!((album.tracks[1].start_s - start as f64 / 44_100.0).abs() < 1e-9);
    for frame in
        [0, start - 1, start, start + 1, start + fade / 3, start + fade - 1, start + fade, image.frames() - 1]
    {
        let expected = if frame < start {
            f64::from(first.channel(0)[frame])
        } else if frame >= start + fade {
            f64::from(second.channel(0)[frame - start])
        } else {
            let angle = std::f64::consts::FRAC_PI_2 * ((frame - start) as f64 + 0.5) / fade as f64;
            f64::from(first.channel(0)[frame]) * angle.cos()
                + f64::from(second.channel(0)[frame - start]) * angle.sin()
        };
        let found = f64::from(image.channel(0)[frame]);
        assert!((found - expected).abs() < 1.0 / f64::from(1 << 22), "frame {frame}: {found}, {expected}");
    }
}

/// Reads a CUE sheet as strictly as a burner: (files, tracks, positions in frames of each INDEX 01).
pub(crate) fn parse_cue(text: &str) -> (Vec<String>, Vec<u32>, Vec<u64>) {
    let (mut files, mut tracks, mut starts) = (Vec::new(), Vec::new(), Vec::new());
    let mut last = None;
    let frames = |clock: &str| {
        let parts: Vec<u64> = clock.split(':').map(|part| part.parse().unwrap()).collect();
        assert!(parts.len() == 3 && parts[1] < 60 && parts[2] < 75, "{clock}");
        (parts[0] * 60 + parts[1]) * 75 + parts[2]
    };
    for line in text.lines() {
        let (word, rest) = line.trim().split_once(' ').unwrap();
        match word {
            "FILE" => {
                files.push(rest.strip_suffix(" WAVE").unwrap().trim_matches('"').to_string());
                last = None;
            }
            "TRACK" => {
                let number = rest.strip_suffix(" AUDIO").unwrap();
                assert_eq!(number.len(), 2);
                tracks.push(number.parse().unwrap());
            }
            "INDEX" => {
                let (number, clock) = rest.split_once(' ').unwrap();
                let at = frames(clock);
                assert!(last.is_none_or(|last| at > last), "indices increase: {text}");
                assert!(last.is_some() || at == 0, "the first index of a file is 0: {text}");
                last = Some(at);
                if number == "01" {
                    starts.push(at);
                }
            }
            "PREGAP" => assert!(frames(rest) > 0 && last.is_none(), "{text}"),
            "TITLE" | "PERFORMER" => {
                assert!(rest.starts_with('"') && rest.ends_with('"') && rest.len() <= 82)
            }
            "REM" => {}
            other => panic!("{other} in {text}"),
        }
    }
    (files, tracks, starts)
}

pub(crate) fn mixproof(folder: &Path, args: &[&str]) -> (Option<i32>, String, String) {
    let output =
        Command::new(env!("CARGO_BIN_EXE_mixproof")).current_dir(folder).args(args).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
fn the_command_plans_writes_and_refuses() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    for (name, peak_dbfs, seed) in [("1 a \"b\".wav", -8.0, 1), ("2 c.wav", -12.0, 2), ("10 d.wav", -16.0, 3)]
    {
        write_wav(&at.join(name), &song(6.0, peak_dbfs, 44_100, seed), 16);
    }
    let (code, text, errors) = mixproof(at, &["album", "--format", "json", "."]);
    assert_eq!(code, Some(0), "{errors}");
    let album = Album::from_json(&text, Path::new("stdout")).unwrap();
    assert_eq!((album.schema.as_str(), album.policy), ("album/1", AlbumPolicy::LoudestTrack));
    assert_eq!(album.order, [0, 1, 2], "never silently reordered, and sorted naturally");
    assert!(album.tracks[2].title.starts_with('d'), "{}", album.tracks[2].title);
    let sum: f64 = album.joints.iter().map(|joint| joint.cost).sum();
    assert!((sum - album.order_cost).abs() < 1e-9);
    for joint in &album.joints {
        let reasons: f64 = joint.reasons.iter().map(|reason| reason.cost).sum();
        assert!(joint.reasons.len() == 5 && (reasons - joint.cost).abs() < 1e-9, "{joint:?}");
    }
    let (_, text, _) = mixproof(at, &["album", "--order", "suggest", "--last", "1", "--format", "json", "."]);
    let suggested = Album::from_json(&text, Path::new("stdout")).unwrap();
    assert_eq!((suggested.order_from, suggested.order.last()), (OrderSource::Suggest, Some(&0)));

    for arguments in [&["--gap", "1"][..], &["--image", "--force"]] {
        let arguments: Vec<&str> = ["album", "--output", "out", "1 a \"b\".wav", "2 c.wav", "10 d.wav"]
            .iter()
            .chain(arguments)
            .copied()
            .collect();
        let (code, text, errors) = mixproof(at, &arguments);
        assert_eq!(code, Some(0), "{text}{errors}");
        let names: Vec<String> = std::fs::read_dir(at.join("out"))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
            .collect();
        let cues: Vec<&String> = names.iter().filter(|name| name.ends_with(".cue")).collect();
        assert_eq!(cues.len(), 1, "{names:?}");
        let (files, tracks, starts) =
            parse_cue(&std::fs::read_to_string(at.join("out").join(cues[0])).unwrap());
        assert_eq!((tracks.as_slice(), starts.len()), (&[1, 2, 3][..], 3));
        assert_eq!(files.len(), if arguments.contains(&"--image") { 1 } else { 3 });
        assert!(files.iter().all(|file| names.contains(file)), "{files:?} in {names:?}");
        let album = Album::load(&at.join("out/album.json")).unwrap();
        assert!(album.tracks.iter().all(|track| track.result_dbtp.unwrap() <= album.ceiling_dbtp));
        assert!(
            (album.tracks[0].result_lufs.unwrap() + 14.0).abs() <= 0.1,
            "{:?}",
            album.tracks[0].result_lufs
        );
    }
    for (arguments, word) in [
        (&["album", "--output", "out", "2 c.wav"][..], "--force"),
        (&["album", "--first", "9", "."], "no song"),
        (&["album", "--policy", "anchor", "."], "--anchor"),
        (&["album", "--pin", "1=2", "2 c.wav", "10 d.wav"], "--order suggest"),
        (&["album", "missing.wav"], "not one song"),
    ] {
        let (code, text, errors) = mixproof(at, arguments);
        assert_eq!((code, text.as_str()), (Some(2), ""), "{arguments:?}: {errors}");
        assert!(errors.contains(word), "{arguments:?}: {errors}");
    }
}

#[test]
fn odd_records_are_findings_and_every_kind_is_explained() {
    let folder = tempfile::tempdir().unwrap();
    let quiet = sine(1000.0, -20.0, 3.0, 48_000, 2);
    let other_rate = sine(1000.0, -22.0, 6.0, 44_100, 1);
    let songs = measured(folder.path(), &[quiet.clone(), silence(5.0, 48_000, 2), quiet, other_rate]);
    let album = plan_album(&songs, &options(AlbumPolicy::PerTrack, Some(-18.0))).unwrap();
    assert_eq!(album.tracks[1].gain_db, 0.0);
    for code in ["ALB002", "ALB003", "ALB004", "ALB006"] {
        assert!(album.findings.iter().any(|finding| finding.code == code), "{code}: {:?}", album.findings);
    }
    let alone = plan_album(&songs[..1], &options(AlbumPolicy::LoudestTrack, Some(-18.0))).unwrap();
    assert!(alone.findings.iter().any(|finding| finding.code == "ALB005") && alone.joints.is_empty());
    for finding in album.findings.iter().chain(&alone.findings) {
        assert!(explain(&finding.code).unwrap().contains(&finding.name), "{}", finding.code);
    }
    let again = Album::from_json(&album.to_json(), Path::new("album.json")).unwrap();
    assert_eq!(again.to_json(), album.to_json());
}
