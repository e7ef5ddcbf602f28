//! A written record to the sample: trims and fades, reel, sides, sheets, checksums, and the page.

use crate::album::{measured, mixproof, options, output, parse_cue};
use crate::signals::{join, silence, sine, song, write_wav};
use mixproof::album::{Options, SongSetting, medium, pq_sheet, read_ddp};
use mixproof::audio::Block;
use mixproof::decode::read_all;
use mixproof::model::{Album, AlbumPolicy, Analysis, Severity};
use mixproof::pipeline::{AlbumOutput, AlbumSong, Cut, Silent, Targets, plan_album, render_album};
use mixproof::report::{Record, record_html};
use std::path::Path;
use std::process::Command;

fn read(path: &Path) -> Block {
    read_all(path).unwrap().0
}

fn with_silence(head_s: f64, tail_s: f64, seed: u64) -> Block {
    let sound = song(5.0, -9.0, 44_100, seed);
    join(&[silence(head_s, 44_100, 2), sound, silence(tail_s, 44_100, 2)])
}

#[test]
fn cuts_and_fades_touch_nothing_else_in_any_block_size() {
    let whole = crate::signals::white(0.5, 0.5, 44_100, 2, 4);
    let cut = Cut { start: 1000, end: 21_000, fade_in: 500, fade_out: 700 };
    let mut expected = whole.clone();
    cut.apply(&mut expected);
    assert_eq!(expected.frames(), 20_000);
    for size in [1, 333, 4096] {
        let mut found = Block::empty(2, 44_100);
        let mut at = 0;
        while at < whole.frames() {
            let to = (at + size).min(whole.frames());
            let mut part = whole.slice(at, to);
            cut.apply(&mut part);
            found.append(&part);
            at = to;
        }
        assert!(found.channels() == expected.channels(), "blocks of {size}");
    }
    for frame in [500, 501, 10_000, 19_299] {
        assert_eq!(expected.channel(0)[frame], whole.channel(0)[frame + 1000], "untouched at {frame}");
    }
    for (frame, share) in [(0, 0.5 / 500.0), (249, 249.5 / 500.0), (19_999, 0.5 / 700.0)] {
        let factor = 0.5 - 0.5 * (std::f64::consts::PI * share).cos();
        let wanted = f64::from(whole.channel(1)[frame + 1000]) * factor;
        assert!((f64::from(expected.channel(1)[frame]) - wanted).abs() < 1e-7, "frame {frame}");
    }
}

#[test]
fn trims_take_silence_only_and_the_sound_stays_bit_by_bit() {
    let folder = tempfile::tempdir().unwrap();
    let songs = measured(folder.path(), &[with_silence(1.0, 2.0, 1), with_silence(0.05, 0.1, 2)]);
    let trimmed = Options { trim: true, ..options(AlbumPolicy::LoudestTrack, None) };
    let album = plan_album(&songs, &trimmed).unwrap();
    let track = &album.tracks[0];
    let (head_s, tail_s) = (track.edges.head.silence_s, track.edges.tail.silence_s);
    assert!(head_s >= 0.99 && tail_s >= 1.9, "{head_s} {tail_s}");
    assert!((track.trim_start_s - (head_s - 0.1)).abs() < 0.011, "{}", track.trim_start_s);
    assert!((track.trim_end_s - (tail_s - 0.25)).abs() < 0.011, "{}", track.trim_end_s);
    assert!(track.trim_start_s + track.fade_in_s <= head_s && track.trim_end_s + track.fade_out_s <= tail_s);
    let second = &album.tracks[1];
    assert_eq!(
        (second.trim_start_s, second.trim_end_s, second.fade_in_s),
        (0.0, 0.0, 0.0),
        "not worth a cut"
    );
    let out = folder.path().join("out");
    let targets = Targets::load("popular", "spotify").unwrap();
    let album = render_album(&album, &songs, &output(&out, &targets, true), &Silent).unwrap();
    let source = read(Path::new(&songs[0].analysis.source.path));
    let written = read(Path::new(album.tracks[0].output.as_ref().unwrap()));
    let start = (album.tracks[0].trim_start_s * 44_100.0).round() as usize;
    assert_eq!(written.frames(), (album.tracks[0].length_s() * 44_100.0).round() as usize);
    let fade = (album.tracks[0].fade_in_s * 44_100.0).round() as usize;
    let fade_out = (album.tracks[0].fade_out_s * 44_100.0).round() as usize;
    let kept = written.frames() - fade_out;
    assert!(written.channel(0)[fade..kept] == source.channel(0)[start + fade..start + kept], "bit by bit");
    // Starts and gaps are those of what is left.
    let second_s = album.tracks[0].length_s() + album.tracks[0].gap_after_s;
    assert!((album.tracks[1].start_s - second_s).abs() < 1e-9);
    let image = read(Path::new(album.image.as_ref().unwrap()));
    let at = (album.tracks[1].start_s * 44_100.0).round() as usize;
    let second = read(Path::new(album.tracks[1].output.as_ref().unwrap()));
    assert!(image.channel(1)[at..at + 5000] == second.channel(1)[..5000], "where the plan says");
}

fn record(folder: &Path, wanted: &Options) -> (Album, Vec<AlbumSong>) {
    let blocks = [(10.0, 1), (9.0, 2), (12.0, 3)]
        .map(|(length_s, seed)| join(&[song(length_s, -9.0, 44_100, seed), silence(0.3, 44_100, 2)]));
    let songs = measured(folder, &blocks);
    let album = plan_album(&songs, wanted).unwrap();
    let targets = Targets::load("popular", "spotify").unwrap();
    let out = folder.join("out");
    let output = AlbumOutput { reel: true, ..output(&out, &targets, true) };
    (render_album(&album, &songs, &output, &Silent).unwrap(), songs)
}

#[test]
fn the_reel_holds_eight_seconds_on_both_sides_of_each_joint() {
    let folder = tempfile::tempdir().unwrap();
    let wanted = Options {
        gaps: vec![SongSetting { song: 0, value: 1.5 }],
        crossfades: vec![SongSetting { song: 1, value: 2.0 }],
        ..options(AlbumPolicy::LoudestTrack, Some(-20.0))
    };
    let (album, _) = record(folder.path(), &wanted);
    let songs: Vec<Block> =
        album.tracks.iter().map(|track| read(Path::new(track.output.as_ref().unwrap()))).collect();
    assert_eq!(album.reel.len(), 2);
    let first = read(Path::new(&album.reel[0].path));
    let eight = 8 * 44_100;
    let gap = (1.5 * 44_100.0) as usize;
    assert_eq!(first.frames(), eight + gap + eight);
    let end = songs[0].frames();
    assert!(first.channel(0)[..eight] == songs[0].channel(0)[end - eight..], "the end of the first song");
    assert!(first.channel(0)[eight..eight + gap].iter().all(|sample| *sample == 0.0), "the gap");
    assert!(first.channel(1)[eight + gap..] == songs[1].channel(1)[..eight], "the start of the second");
    assert!((album.reel[0].end_s - 8.0).abs() < 1e-9 && (album.reel[0].start_s - 9.5).abs() < 1e-9);
    // With a crossfade, the joint of the reel is that of the continuous file.
    let second = read(Path::new(&album.reel[1].path));
    let image = read(Path::new(album.image.as_ref().unwrap()));
    let at = (album.tracks[2].start_s * 44_100.0).round() as usize;
    let in_reel = (album.reel[1].start_s * 44_100.0).round() as usize;
    let around = 3 * 44_100;
    assert!(
        second.channel(0)[in_reel - around..in_reel + around] == image.channel(0)[at - around..at + around]
    );
}

#[test]
fn sides_sheets_and_checksums_agree_with_the_audio() {
    let folder = tempfile::tempdir().unwrap();
    let wanted = Options {
        sides: Some(medium("cassette-c46").unwrap()),
        gap_s: Some(1.0),
        upc: Some("036000291452".to_string()),
        names: Some("{album} {number}".to_string()),
        ..options(AlbumPolicy::LoudestTrack, Some(-20.0))
    };
    let (album, _) = record(folder.path(), &wanted);
    let out = folder.path().join("out");
    let sides = album.sides.as_ref().unwrap();
    let songs: Vec<Block> =
        album.tracks.iter().map(|track| read(Path::new(track.output.as_ref().unwrap()))).collect();
    let mut at = 0;
    for side in &sides.sides {
        let audio = read(Path::new(side.output.as_ref().unwrap()));
        let gaps = (side.songs - 1) * 44_100;
        let frames: usize = songs[at..at + side.songs].iter().map(Block::frames).sum();
        assert_eq!(audio.frames(), frames + gaps, "side {}", side.name);
        assert!((side.length_s - audio.frames() as f64 / 44_100.0).abs() < 1e-6);
        at += side.songs;
    }
    assert!(album.tracks[0].output.as_ref().unwrap().ends_with("01.wav"));
    let sums = std::fs::read_to_string(out.join("checksums.md5")).unwrap();
    for line in sums.lines() {
        let (sum, name) = line.split_once(" *").unwrap();
        let bytes = std::fs::read(out.join(name)).unwrap();
        assert_eq!(sum, format!("{:x}", md5::compute(bytes)), "{name}");
    }
    assert_eq!(sums.lines().count(), 3 + 1 + 2 + album.reel.len());
    // The PQ sheet, the CUE sheet and the image have one idea of where songs start.
    let title = Path::new(album.image.as_ref().unwrap()).file_stem().unwrap().to_string_lossy().into_owned();
    let cue = std::fs::read_to_string(out.join(format!("{title}.cue"))).unwrap();
    assert!(cue.contains("CATALOG 0036000291452"));
    let (_, _, starts) = parse_cue(&cue.replace("CATALOG", "REM CATALOG"));
    let pq = std::fs::read_to_string(out.join(format!("{title}.pq.txt"))).unwrap();
    assert_eq!(pq, pq_sheet(&album));
    for (song, start) in starts.iter().enumerate() {
        let disc = start + 150;
        let clock = format!("{:02}:{:02}:{:02}", disc / 75 / 60, disc / 75 % 60, disc % 75);
        let line = pq.lines().find(|line| line.trim_start().starts_with(&(song + 1).to_string())).unwrap();
        assert!(line.contains(&clock), "{line} has {clock}");
    }
}

#[test]
fn a_disc_starts_its_songs_on_whole_sectors() {
    let folder = tempfile::tempdir().unwrap();
    let wanted = Options { disc: true, ..options(AlbumPolicy::LoudestTrack, Some(-20.0)) };
    let (album, _) = record(folder.path(), &wanted);
    let image = read(Path::new(album.image.as_ref().unwrap()));
    for track in &album.tracks {
        let frame = track.start_s * 44_100.0;
        assert!((frame - (frame / 588.0).round() * 588.0).abs() < 1e-3, "{frame}");
        let (at, song) = (frame.round() as usize, read(Path::new(track.output.as_ref().unwrap())));
        assert!(image.channel(0)[at..at + 3000] == song.channel(0)[..3000], "to the sample");
    }
}

#[test]
fn a_ddp_set_reads_back_as_the_record_and_its_image_is_the_audio() {
    let folder = tempfile::tempdir().unwrap();
    let tagged = |seed, rate_hz| join(&[song(6.0, -9.0, rate_hz, seed), silence(0.3, rate_hz, 2)]);
    // One song of another rate: a disc has one, so it is converted.
    let songs = measured(folder.path(), &[tagged(1, 44_100), tagged(2, 48_000), tagged(3, 44_100)]);
    let wanted = Options {
        disc: true,
        upc: Some("4006381333931".to_string()),
        ..options(AlbumPolicy::LoudestTrack, Some(-20.0))
    };
    let mut album = plan_album(&songs, &wanted).unwrap();
    album.tracks[1].isrc = Some("USRC17607839".to_string());
    let targets = Targets::load("popular", "cd").unwrap();
    let out = folder.path().join("out");
    let output = AlbumOutput { ddp: true, ..output(&out, &targets, false) };
    let album = render_album(&album, &songs, &output, &Silent).unwrap();
    let disc = read_ddp(&|name: &str| std::fs::read(out.join("DDP").join(name)).ok()).unwrap();
    assert_eq!((disc.upc.as_deref(), disc.tracks.len()), (Some("4006381333931"), 3));
    assert_eq!(disc.title, album.title.chars().take(48).collect::<String>().trim_end());
    let isrcs: Vec<Option<&str>> = disc.tracks.iter().map(|track| track.isrc.as_deref()).collect();
    assert_eq!(isrcs, [None, Some("USRC17607839"), None]);
    assert_eq!(
        (disc.tracks[0].pause, disc.tracks[0].start),
        (Some(0), 150),
        "two seconds, then the first track"
    );
    let image = std::fs::read(out.join("DDP").join(&disc.image)).unwrap();
    assert_eq!(image.len() as u64, disc.sectors * 2352);
    assert!(image[..150 * 2352].iter().all(|byte| *byte == 0), "the first pause is silence");
    for (place, track) in disc.tracks.iter().enumerate() {
        let song = read(Path::new(album.tracks[place].output.as_ref().unwrap()));
        assert_eq!(song.sample_rate_hz(), 44_100);
        let at = track.start as usize * 2352;
        for frame in [0, 1, 30_000, song.frames() - 1] {
            for channel in 0..2 {
                let byte = at + frame * 4 + channel * 2;
                let sample = i16::from_le_bytes([image[byte], image[byte + 1]]);
                let written = (song.channel(channel)[frame] * 32_768.0).round() as i16;
                assert_eq!(sample, written, "song {place}, frame {frame}");
            }
        }
    }
    let converted_s = read(Path::new(album.tracks[1].output.as_ref().unwrap())).frames() as f64 / 44_100.0;
    assert!((converted_s - 6.3).abs() < 0.001, "{converted_s}");
    // Bytes of the public field tables, by hand.
    let id = std::fs::read(out.join("DDP/DDPID")).unwrap();
    assert_eq!((id.len(), &id[..21], &id[87..89]), (128, &b"DDP 2.004006381333931"[..], &b"CD"[..]));
    let pq = std::fs::read(out.join("DDP/PQDESCR")).unwrap();
    assert_eq!(&pq[64..82], &b"VVVS0100  00000001"[..], "{}", String::from_utf8_lossy(&pq[64..128]));
    assert_eq!(&pq[128..146], &b"VVVS0101  00020001"[..]);
    // What is broken is refused in words.
    let broken = |name: &'static str, change: &dyn Fn(&mut Vec<u8>)| {
        let files = |wanted: &str| {
            let mut bytes = std::fs::read(out.join("DDP").join(wanted)).ok()?;
            if wanted == name {
                change(&mut bytes);
            }
            Some(bytes)
        };
        read_ddp(&files).unwrap_err()
    };
    assert!(broken("DDPID", &|bytes| bytes[0] = b'X').contains("DDP 2.00"));
    assert!(broken("DDPMS", &|bytes| bytes.truncate(100)).contains("128"));
    assert!(broken("PQDESCR", &|bytes| bytes.truncate(128)).contains("the map says"));
    assert!(broken("PQDESCR", &|bytes| bytes[140] = b'9').contains("no such time"));
}

#[test]
fn cueprint_reads_the_sheets() {
    let known = Command::new("cueprint").arg("--version").output();
    if known.is_err() {
        eprintln!("skipped: cueprint (Debian package cuetools) is not installed");
        return;
    }
    // With the continuous file and without it, names that need care, codes, and a gap.
    for image in [true, false] {
        let folder = tempfile::tempdir().unwrap();
        let wanted = Options {
            gap_s: Some(1.0),
            upc: Some("4006381333931".to_string()),
            title: Some("A \"record\" of 50 % \\ Größe".to_string()),
            ..options(AlbumPolicy::LoudestTrack, Some(-20.0))
        };
        let blocks = [6.0, 5.0].map(|length_s| song(length_s, -9.0, 44_100, length_s as u64));
        let songs = measured(folder.path(), &blocks);
        let mut album = plan_album(&songs, &wanted).unwrap();
        album.tracks[1].isrc = Some("USRC17607839".to_string());
        album.tracks[1].performer = Some("Somebody".to_string());
        let targets = Targets::load("popular", "spotify").unwrap();
        let out = folder.path().join("out");
        let album = render_album(&album, &songs, &output(&out, &targets, image), &Silent).unwrap();
        let cue = std::fs::read_dir(&out)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .find(|path| path.extension().is_some_and(|ending| ending == "cue"))
            .unwrap();
        let print = |template: &[&str]| {
            let printed = Command::new("cueprint").args(template).arg(&cue).output().unwrap();
            assert!(printed.status.success() && printed.stderr.is_empty(), "{printed:?}");
            String::from_utf8_lossy(&printed.stdout).into_owned()
        };
        assert_eq!(print(&["-d", "%N|%T\\n"]), "2|A 'record' of 50 % \\ Größe\n", "image: {image}");
        let tracks: String = (0..2)
            .map(|place| {
                let track = &album.tracks[place];
                let or_empty = |text: &Option<String>| text.clone().unwrap_or_default();
                format!(
                    "{}|{}|{}|{}\n",
                    place + 1,
                    track.title,
                    or_empty(&track.performer),
                    or_empty(&track.isrc)
                )
            })
            .collect();
        assert_eq!(print(&["-t", "%n|%t|%p|%i\\n"]), tracks, "image: {image}");
        if image {
            // Where the second song starts: the first, then the gap.
            let points = Command::new("cuebreakpoints").arg(&cue).output().unwrap();
            assert_eq!(String::from_utf8_lossy(&points.stdout).trim(), "0:07.00", "{points:?}");
        }
    }
}

#[test]
fn moves_are_applied_in_front_of_the_gain_and_the_level_holds() {
    let folder = tempfile::tempdir().unwrap();
    let blocks = [sine(300.0, -12.0, 6.0, 44_100, 2), song(6.0, -9.0, 44_100, 2), song(6.0, -9.0, 44_100, 3)];
    let songs = measured(folder.path(), &blocks);
    let mut album = plan_album(&songs, &options(AlbumPolicy::PerTrack, Some(-20.0))).unwrap();
    let bands = vec![mixproof::model::EqBand {
        shape: mixproof::model::EqShape::LowShelf,
        center_hz: 250.0,
        gain_db: 3.0,
        q: std::f64::consts::FRAC_1_SQRT_2,
    }];
    album.tracks[1].moves = vec![mixproof::model::Move {
        id: "mine".to_string(),
        stage: mixproof::model::MoveStage::Eq,
        applicability: mixproof::model::Applicability::Automatic,
        because: Vec::new(),
        reason: "by hand".to_string(),
        confidence: 1.0,
        predicted_effect: String::new(),
        processor: mixproof::model::Processor::Eq { bands, phase: Default::default() },
    }];
    let album = mixproof::pipeline::replan_album(&album, &songs).unwrap();
    let planned_lufs = album.tracks[1].result_lufs.unwrap();
    assert!(planned_lufs > -20.0 && album.tracks[1].moves_lu > 0.1, "the move adds loudness: {planned_lufs}");
    let out = folder.path().join("out");
    let targets = Targets::load("popular", "spotify").unwrap();
    let album = render_album(&album, &songs, &output(&out, &targets, false), &Silent).unwrap();
    let written_lufs = album.tracks[1].result_lufs.unwrap();
    assert!((written_lufs - planned_lufs).abs() <= 0.1, "{written_lufs} instead of {planned_lufs}");
    let spectrum = |analysis: &Analysis, hz: f64| {
        analysis.tone.bands.iter().find(|band| band.center_hz == hz).and_then(|band| band.level_db).unwrap()
    };
    let after =
        mixproof::pipeline::analyse(Path::new(album.tracks[1].output.as_ref().unwrap()), &Silent).unwrap();
    let tilt = |analysis: &Analysis| spectrum(analysis, 63.0) - spectrum(analysis, 4000.0);
    let more_db = tilt(&after) - tilt(&songs[1].analysis);
    assert!((more_db - 3.0).abs() < 0.4, "{more_db}");
}

#[test]
fn the_page_says_what_the_plan_says_and_needs_nothing_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let (mut album, songs) = record(folder.path(), &options(AlbumPolicy::LoudestTrack, Some(-14.0)));
    album.tracks[0].title = "<script>alert(1)</script>".to_string();
    let analyses: Vec<&Analysis> = songs.iter().map(|song| &song.analysis).collect();
    let page = folder.path().join("out/album.html");
    let html = record_html(&Record { album: &album, analyses: &analyses, page: &page });
    assert!(!html.contains("<script>alert") && html.contains("&lt;script&gt;alert"), "titles are words");
    assert!(html.contains("src=\"transitions/01%20to%2002.wav\""), "players find the reel beside the page");
    for id in ["timeline", "levels", "tone", "joints", "order", "delivery"] {
        assert!(html.contains(&format!("id=\"{id}\"")), "{id}");
    }
    let addresses = html.replace("http://www.w3.org/2000/svg", "");
    assert!(
        !addresses.contains("http:") && !addresses.contains("https:"),
        "nothing is loaded from elsewhere"
    );
    for track in &album.tracks[1..] {
        assert!(html.contains(&track.title));
    }
}

#[test]
fn a_ninety_minute_song_and_mixed_rates_are_said() {
    let folder = tempfile::tempdir().unwrap();
    let mut songs = measured(
        folder.path(),
        &[song(5.0, -9.0, 44_100, 1), song(5.0, -9.0, 48_000, 2), song(5.0, -9.0, 44_100, 3)],
    );
    songs[0].analysis.source.duration_s = 5400.0;
    let album = plan_album(
        &songs,
        &Options { sides: Some(medium("vinyl-12").unwrap()), ..options(AlbumPolicy::LoudestTrack, None) },
    )
    .unwrap();
    for code in ["ALB004", "ALB006", "ALB015"] {
        assert!(album.findings.iter().any(|finding| finding.code == code), "{code}: {:?}", album.findings);
    }
    assert!(album.findings.iter().all(|finding| finding.severity < Severity::Fail));
    write_wav(&folder.path().join("4.wav"), &song(5.0, -9.0, 48_000, 4), 24);
    let (code, _, errors) =
        mixproof(folder.path(), &["album", "1.wav", "4.wav", "--image", "--output", "out"]);
    assert!(code == Some(2) && errors.contains("44100 Hz") && errors.contains("48000 Hz"), "{errors}");
    assert!(!folder.path().join("out").exists(), "nothing is written");
}
