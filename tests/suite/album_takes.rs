//! One plan, two masters: the songs of a record on their own; and streams that stay whole behind processors.

use crate::album::{measured, mixproof, options, output};
use crate::signals::{join, silence, song};
use mixproof::audio::Block;
use mixproof::decode::{Decoder, read_all};
use mixproof::model::{Album, AlbumPolicy, Persisted};
use mixproof::pipeline::{AlbumOutput, FileOptions, Silent, Targets, plan_album, render_album, replan_album};
use std::f64::consts::{FRAC_PI_2, PI, TAU};
use std::path::Path;

fn read(path: &str) -> Block {
    read_all(Path::new(path)).unwrap().0
}

fn largest_difference(a: &[f32], b: &[f32], factor: f64) -> f64 {
    a.iter().zip(b).map(|(a, b)| (f64::from(*a) * factor - f64::from(*b)).abs()).fold(0.0, f64::max)
}

#[test]
fn a_single_is_the_song_of_the_record_at_its_own_level() {
    let folder = tempfile::tempdir().unwrap();
    let blocks = [(-9.0, 1), (-21.0, 2), (-13.0, 3)].map(|(peak_dbfs, seed)| {
        join(&[silence(0.3, 44_100, 2), song(8.0, peak_dbfs, 44_100, seed), silence(0.3, 44_100, 2)])
    });
    let songs = measured(folder.path(), &blocks);
    let wanted = options(AlbumPolicy::LoudestTrack, Some(-18.0));
    let album = plan_album(&songs, &wanted).unwrap();
    for track in &album.tracks {
        let single = track.single.as_ref().unwrap();
        let lufs = track.integrated_lufs.unwrap() + single.gain_db;
        assert!((lufs - single.result_lufs.unwrap()).abs() < 1e-9);
        // At the target, or as near to it as the bound on limiting allows.
        let held = (single.limiting_db - album.headroom.max_reduction_db).abs() < 0.011;
        assert!((lufs + 18.0).abs() < 0.011 || (held && lufs < -18.0), "{}: {lufs}", track.title);
    }
    let quiet = album.tracks[1].single.as_ref().unwrap();
    assert!(quiet.gain_db > album.tracks[1].gain_db + 5.0, "in the record it stays the quiet song");

    let out = folder.path().join("out");
    let targets = Targets::load("popular", "spotify").unwrap();
    let job = AlbumOutput { singles: true, ..output(&out, &targets, false) };
    let written = render_album(&album, &songs, &job, &Silent).unwrap();
    for track in &written.tracks {
        let single = track.single.as_ref().unwrap();
        let path = single.output.as_ref().unwrap();
        let analysis = mixproof::pipeline::analyse(Path::new(path), &Silent).unwrap();
        assert_eq!(analysis.loudness.integrated_lufs, single.result_lufs, "measured on the file");
        let planned = album.tracks.iter().find(|other| other.title == track.title).unwrap();
        let planned_lufs = planned.single.as_ref().unwrap().result_lufs.unwrap();
        assert!((single.result_lufs.unwrap() - planned_lufs).abs() <= 0.1, "{}", track.title);
        assert!(single.result_dbtp.unwrap() <= -1.0);
        let tags = Decoder::open(Path::new(path)).unwrap().tags();
        assert!(tags.contains_key("title") && !tags.contains_key("track"), "{tags:?}");
    }
    // Where neither is limited, they differ by a factor and nothing else.
    let unlimited = written.tracks.iter().find(|track| {
        track.limiting_db == 0.0 && track.single.as_ref().is_some_and(|single| single.limiting_db == 0.0)
    });
    let track = unlimited.expect("the loud song is turned down both times");
    let single = track.single.as_ref().unwrap();
    let (in_record, alone) = (read(track.output.as_ref().unwrap()), read(single.output.as_ref().unwrap()));
    let factor = 10_f64.powf((single.gain_db - track.gain_db) / 20.0);
    assert_eq!(in_record.frames(), alone.frames());
    assert!(largest_difference(in_record.channel(0), alone.channel(0), factor) < 3e-7);
    let checksums = std::fs::read_to_string(out.join("checksums.md5")).unwrap();
    assert_eq!(checksums.lines().filter(|line| line.contains("singles/")).count(), 3, "{checksums}");
}

#[test]
fn the_plan_decides_what_a_single_is() {
    let folder = tempfile::tempdir().unwrap();
    let songs = measured(folder.path(), &[song(6.0, -9.0, 44_100, 1), silence(6.0, 44_100, 2)]);
    let mut album = plan_album(&songs, &options(AlbumPolicy::LoudestTrack, Some(-16.0))).unwrap();
    assert!(album.tracks[1].single.is_none(), "silence has no level");
    album.tracks[0].single.as_mut().unwrap().gain_db = -7.25;
    let path = folder.path().join("plan.json");
    album.save(&path).unwrap();
    let edited = Album::load_edited(&path).unwrap();
    let again = replan_album(&edited, &songs).unwrap();
    let single = again.tracks[0].single.as_ref().unwrap();
    assert_eq!(single.gain_db, -7.25);
    let expected_lufs = again.tracks[0].integrated_lufs.unwrap() - 7.25;
    assert!((single.result_lufs.unwrap() - expected_lufs).abs() < 1e-9);
    // Without a target there is no other level for it.
    let free = plan_album(&songs, &options(AlbumPolicy::LoudestTrack, None)).unwrap();
    assert!(free.tracks.iter().all(|track| track.single.is_none()));
    let impossible = album.to_json().replace("-7.25", "31.0");
    std::fs::write(&path, impossible).unwrap();
    let error = Album::load_edited(&path).unwrap_err().to_string();
    assert!(error.contains("24") && error.contains("31"), "{error}");
}

#[test]
fn singles_are_written_where_they_are_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    measured(folder.path(), &[song(5.0, -12.0, 44_100, 1), song(5.0, -20.0, 44_100, 2)]);
    let (code, said, error) = mixproof(folder.path(), &["album", ".", "--output", "out", "--singles"]);
    assert_eq!(code, Some(0), "{error}");
    assert!(said.contains("on its own"), "{said}");
    let out = folder.path().join("out");
    assert_eq!(std::fs::read_dir(out.join("singles")).unwrap().count(), 2);
    let page = std::fs::read_to_string(out.join("album.html")).unwrap();
    assert!(page.contains("The same songs as singles"));
}

/// A running tone that is loud around some places, with flanks of a fiftieth of a second.
fn stream(loud_at: &[(usize, f64)]) -> Block {
    let level = |i: usize| {
        let outside = |(at, half_frames): &(usize, f64)| (at.abs_diff(i) as f64 - half_frames).max(0.0);
        let flank = loud_at.iter().map(outside).fold(882.0, f64::min) / 882.0;
        0.2 + 0.5 * (0.5 + 0.5 * (PI * flank).cos())
    };
    let sample = |i: usize, shift: f64| (level(i) * (TAU * 220.0 * i as f64 / 44_100.0 + shift).sin()) as f32;
    let channel = |shift: f64| (0..44_100 * 9).map(|i| sample(i, shift)).collect();
    Block::from_channels(vec![channel(0.0), channel(FRAC_PI_2)], 44_100)
}

fn cut(whole: &Block, at: usize) -> [Block; 2] {
    [whole.slice(0, at), whole.slice(at, whole.frames())]
}

/// The songs as one record, 4.1 dB up against a limiter at −1 dBTP.
fn written(blocks: &[Block], rate_hz: Option<u32>) -> (Album, Vec<Block>) {
    let folder = tempfile::tempdir().unwrap();
    let songs = measured(folder.path(), blocks);
    let mut album = plan_album(&songs, &options(AlbumPolicy::LoudestTrack, None)).unwrap();
    assert_eq!(album.joints.iter().filter(|joint| joint.gapless).count(), blocks.len() - 1);
    for track in &mut album.tracks {
        (track.gain_db, track.result_lufs) = (4.1, None);
    }
    let out = folder.path().join("out");
    let targets = Targets::load("popular", "spotify").unwrap();
    let file = FileOptions { sample_rate_hz: rate_hz, ..FileOptions::default() };
    let job = AlbumOutput { file, ..output(&out, &targets, false) };
    let album = render_album(&album, &songs, &job, &Silent).unwrap();
    assert!(album.tracks.iter().all(|track| track.limiting_db > 1.0), "the limiter works");
    let files = album.tracks.iter().map(|track| read(track.output.as_ref().unwrap())).collect();
    (album, files)
}

#[test]
fn a_stream_stays_whole_behind_a_limiter_and_at_another_rate() {
    let cut_at = 44_100 * 4 + 9_877;
    let whole = stream(&[30_000, 120_000, cut_at - 6_000, cut_at + 6_500, 300_000].map(|at| (at, 0.0)));
    for rate_hz in [None, Some(48_000), Some(96_000)] {
        let (_, parts) = written(&cut(&whole, cut_at), rate_hz);
        let (_, expected) = written(std::slice::from_ref(&whole), rate_hz);
        let found = join(&parts);
        assert_eq!(found.frames(), expected[0].frames(), "{rate_hz:?}");
        for channel in 0..2 {
            let difference = largest_difference(found.channel(channel), expected[0].channel(channel), 1.0);
            // Two steps of 24 bits.
            assert!(difference < 2.5e-7, "{rate_hz:?}, channel {channel}: {difference:e}");
        }
    }
}

#[test]
fn parts_of_a_stream_share_one_ceiling() {
    // Cut at its loudest: as a file of its own, each part has a peak between the samples at the cut, of another height.
    let cut_at = 44_100 * 4 + 9_877;
    let whole = stream(&[(30_000, 0.0), (cut_at, 22_050.0), (300_000, 0.0)]);
    let (_, parts) = written(&cut(&whole, cut_at), None);
    let gain = |part: &Block, at: usize, from: usize| {
        let power =
            |block: &Block, at: usize| (0..2).map(|c| f64::from(block.channel(c)[at]).powi(2)).sum::<f64>();
        10.0 * (power(part, at) / power(&whole, at + from)).log10()
    };
    let before_db = gain(&parts[0], cut_at - 1, 0);
    let after_db = gain(&parts[1], 0, cut_at);
    assert!((before_db - after_db).abs() < 0.01, "{before_db} dB, then {after_db} dB");
}
