//! Songs of a record as files: tags, gains of song and record, kinds, rates; and what services make of the whole.

use crate::album::{measured, mixproof, options, output};
use crate::signals::{join, song, write_wav};
use lofty::config::WriteOptions;
use lofty::file::TaggedFileExt;
use lofty::picture::{MimeType, Picture, PictureType};
use lofty::tag::{ItemKey, Tag, TagExt, TagType};
use mixproof::audio::Block;
use mixproof::decode::{Decoder, read_all};
use mixproof::encode::FileKind;
use mixproof::measure::LoudnessMeter;
use mixproof::model::{Album, AlbumPolicy, Analysis, Persisted};
use mixproof::pipeline::{AlbumOutput, AlbumSong, Batch, FileOptions, Silent, Targets};
use mixproof::pipeline::{measure_album, plan_album, render_album};
use mixproof::report::{Record, record_html, text};
use std::path::{Path, PathBuf};

fn tag(path: &Path, title: &str, isrc: &str) {
    let mut tag = Tag::new(TagType::Id3v2);
    let mut set = |key, text: &str| assert!(tag.insert_text(key, text.to_string()), "{key:?}");
    set(ItemKey::TrackTitle, title);
    set(ItemKey::TrackNumber, "9");
    set(ItemKey::AlbumTitle, "Früher");
    set(ItemKey::Isrc, isrc);
    set(ItemKey::Barcode, "4006381333931");
    set(ItemKey::Composer, "Somebody");
    set(ItemKey::ReplayGainAlbumGain, "-9.99 dB");
    let cover =
        Picture::unchecked(vec![1, 2, 3, 4]).pic_type(PictureType::CoverFront).mime_type(MimeType::Png);
    tag.push_picture(cover.build());
    tag.save_to_path(path, WriteOptions::default()).unwrap();
}

/// Three songs with tags, of which one has an ISRC that is none.
fn tagged(folder: &Path) -> (Vec<AlbumSong>, Vec<Block>) {
    let blocks: Vec<Block> =
        [(-9.0, 1), (-20.0, 2), (-14.0, 3)].map(|(peak_db, seed)| song(6.0, peak_db, 44_100, seed)).into();
    let paths: Vec<PathBuf> = (1..=3).map(|number| folder.join(format!("{number}.wav"))).collect();
    let isrcs = ["DEA622600001", "no code", "USRC17607839"];
    for ((path, block), (title, isrc)) in
        paths.iter().zip(&blocks).zip(["One", "Two", "Three"].iter().zip(isrcs))
    {
        write_wav(path, block, 24);
        tag(path, title, isrc);
    }
    let batch = Batch { paths: &paths, workers: 2 };
    (measure_album(&batch, None, &Silent, |_, error| panic!("{error}")).unwrap(), blocks)
}

fn written(album: &Album, songs: &[AlbumSong], folder: &Path, file: FileOptions, image: bool) -> Album {
    let targets = Targets::load("popular", "spotify").unwrap();
    let output = AlbumOutput { file, ..output(folder, &targets, image) };
    render_album(album, songs, &output, &Silent).unwrap()
}

fn path_of(album: &Album, song: usize) -> &Path {
    Path::new(album.tracks[song].output.as_ref().unwrap())
}

#[test]
fn written_songs_say_what_the_record_says_and_keep_the_rest() {
    let folder = tempfile::tempdir().unwrap();
    let (songs, _) = tagged(folder.path());
    let mut album = plan_album(&songs, &options(AlbumPolicy::LoudestTrack, Some(-16.0))).unwrap();
    assert_eq!((album.title.as_str(), album.upc.as_deref()), ("Früher", Some("4006381333931")));
    album.order = vec![2, 0, 1];
    album.title = "Jetzt".to_string();
    album.tracks[0].title = "Eins".to_string();
    let album = mixproof::pipeline::replan_album(&album, &songs).unwrap();
    for kind in [FileKind::Wave, FileKind::Flac, FileKind::Aiff] {
        let out = folder.path().join(kind.ending());
        let album = written(&album, &songs, &out, FileOptions { kind, ..FileOptions::default() }, false);
        let expected =
            [("Eins", "2", Some("DEA622600001")), ("Two", "3", None), ("Three", "1", Some("USRC17607839"))];
        for (song, (title, number, isrc)) in expected.into_iter().enumerate() {
            let path = path_of(&album, song);
            let file = lofty::read_from_path(path).unwrap();
            let tag = file.primary_tag().unwrap();
            let said = |key| tag.get_string(key);
            assert_eq!(said(ItemKey::TrackTitle), Some(title), "{path:?}");
            assert_eq!(said(ItemKey::AlbumTitle), Some("Jetzt"));
            assert_eq!((said(ItemKey::TrackNumber), said(ItemKey::TrackTotal)), (Some(number), Some("3")));
            assert_eq!(said(ItemKey::Isrc), isrc, "{path:?}: an ISRC that is none is not passed on");
            assert_eq!(
                (said(ItemKey::Barcode), said(ItemKey::Composer)),
                (Some("4006381333931"), Some("Somebody"))
            );
            assert_eq!(said(ItemKey::ReplayGainAlbumGain), None, "not asked for, and the old one is wrong");
            assert_eq!(tag.pictures().first().map(|cover| cover.data()), Some(&[1, 2, 3, 4][..]), "{path:?}");
        }
        let bare = FileOptions { kind, without_tags: true, ..FileOptions::default() };
        let album = written(&album, &songs, &folder.path().join("bare").join(kind.ending()), bare, false);
        assert!(!Decoder::open(path_of(&album, 0)).unwrap().tags().contains_key("title"), "left behind");
    }
}

#[test]
fn replay_gain_is_that_of_the_song_and_of_the_whole_record() {
    let folder = tempfile::tempdir().unwrap();
    let (songs, _) = tagged(folder.path());
    let album = plan_album(&songs, &options(AlbumPolicy::LoudestTrack, Some(-16.0))).unwrap();
    let file = FileOptions { kind: FileKind::Flac, playback_gain: true, ..FileOptions::default() };
    let album = written(&album, &songs, &folder.path().join("out"), file, false);
    let audio: Vec<Block> = (0..3).map(|song| read_all(path_of(&album, song)).unwrap().0).collect();
    // The songs one behind the other, through a meter of their own.
    let mut meter = LoudnessMeter::new(44_100, 2);
    meter.push(&join(&audio));
    let whole_lufs = meter.finish().integrated_lufs.unwrap();
    assert!(
        (album.integrated_lufs.unwrap() - whole_lufs).abs() < 0.05,
        "{:?} {whole_lufs}",
        album.integrated_lufs
    );
    let db = |text: &str| text.trim_end_matches(" dB").parse::<f64>().unwrap();
    let highest_dbtp = album.tracks.iter().filter_map(|track| track.result_dbtp).fold(f64::MIN, f64::max);
    for song in 0..3 {
        let file = lofty::read_from_path(path_of(&album, song)).unwrap();
        let said = |key| file.primary_tag().unwrap().get_string(key).unwrap().to_string();
        let song_lufs = album.tracks[song].result_lufs.unwrap();
        assert!((db(&said(ItemKey::ReplayGainTrackGain)) - (-18.0 - song_lufs)).abs() < 0.006);
        assert!((db(&said(ItemKey::ReplayGainAlbumGain)) - (-18.0 - whole_lufs)).abs() < 0.05);
        let peak: f64 = said(ItemKey::ReplayGainAlbumPeak).parse().unwrap();
        assert!((20.0 * peak.log10() - highest_dbtp).abs() < 0.001, "{peak} is not {highest_dbtp} dBTP");
    }
}

#[test]
fn kinds_and_rates_are_as_asked_for_and_the_continuous_file_is_made_of_them() {
    let folder = tempfile::tempdir().unwrap();
    let blocks = [song(5.0, -9.0, 44_100, 1), song(5.0, -9.0, 48_000, 2)];
    let songs = measured(folder.path(), &blocks);
    let album = plan_album(&songs, &options(AlbumPolicy::LoudestTrack, Some(-20.0))).unwrap();
    let file = FileOptions { kind: FileKind::Flac, sample_rate_hz: Some(48_000), ..FileOptions::default() };
    let album = written(&album, &songs, &folder.path().join("out"), file, true);
    for song in 0..2 {
        let (audio, decoded) = read_all(path_of(&album, song)).unwrap();
        assert!(path_of(&album, song).extension().is_some_and(|ending| ending == "flac"));
        assert_eq!((decoded.source.sample_rate_hz, decoded.source.bits), (48_000, Some(24)));
        assert!(audio.frames().abs_diff(5 * 48_000) <= 1, "{}", audio.frames());
    }
    let (image, decoded) = read_all(Path::new(album.image.as_ref().unwrap())).unwrap();
    assert_eq!(decoded.source.sample_rate_hz, 48_000);
    let second = read_all(path_of(&album, 1)).unwrap().0;
    let at = (album.tracks[1].start_s * 48_000.0).round() as usize;
    assert!(image.channel(0)[at..at + 4000] == second.channel(0)[..4000], "to the sample");
    // Lossy songs stand alone: nothing is made of them.
    let targets = Targets::load("popular", "spotify").unwrap();
    let lossy =
        FileOptions { kind: FileKind::of_path(Path::new("x.ogg")).unwrap(), ..FileOptions::default() };
    let out = folder.path().join("lossy");
    let one = measured(folder.path(), &blocks[..1]);
    let plan = plan_album(&one, &options(AlbumPolicy::LoudestTrack, Some(-20.0))).unwrap();
    let refused = render_album(
        &plan,
        &one,
        &AlbumOutput { file: lossy.clone(), ..output(&out, &targets, true) },
        &Silent,
    );
    assert!(refused.unwrap_err().to_string().contains("cannot be lossy"));
    assert!(!out.exists(), "nothing is written");
    let album = written(&plan, &one, &out, lossy, false);
    assert!(
        path_of(&album, 0).extension().is_some_and(|ending| ending == "ogg") && path_of(&album, 0).exists()
    );
}

#[test]
fn services_play_a_record_at_one_gain_and_the_page_says_who_sets_it() {
    let folder = tempfile::tempdir().unwrap();
    let (songs, _) = tagged(folder.path());
    let album = plan_album(&songs, &options(AlbumPolicy::LoudestTrack, Some(-9.0))).unwrap();
    let on = |name: &str| album.platforms.iter().find(|service| service.delivery == name).unwrap();
    let results: Vec<f64> = album.tracks.iter().map(|track| track.result_lufs.unwrap()).collect();
    // TIDAL: the loudest song at -14. Spotify: the whole at -14.
    let tidal = on("tidal");
    assert_eq!(tidal.set_by, Some(0));
    assert!((tidal.gain_db - (-14.0 - results[0])).abs() < 1e-9, "{}", tidal.gain_db);
    let spotify = on("spotify");
    assert_eq!(spotify.set_by, None);
    assert!((spotify.gain_db - (-14.0 - album.integrated_lufs.unwrap())).abs() < 1e-9, "{}", spotify.gain_db);
    assert!(spotify.because.contains("\"One\" weighs most"), "{}", spotify.because);
    for (service, song) in [(tidal, 1), (spotify, 2)] {
        assert!((service.results_lufs[song].unwrap() - (results[song] + service.gain_db)).abs() < 1e-9);
    }
    assert!(album.platforms.iter().all(|service| service.delivery != "youtube"), "no album gain there");
    // Too quiet, and peaks in the way: the song with the highest peak holds all.
    let quiet = plan_album(&songs, &options(AlbumPolicy::LoudestTrack, Some(-30.0))).unwrap();
    let apple = quiet.platforms.iter().find(|service| service.delivery == "apple-music").unwrap();
    let highest = (0..3).max_by(|a, b| {
        quiet.tracks[*a].result_dbtp.unwrap().total_cmp(&quiet.tracks[*b].result_dbtp.unwrap())
    });
    assert_eq!(apple.set_by, highest, "{apple:?}");
    let analyses: Vec<&Analysis> = songs.iter().map(|song| &song.analysis).collect();
    let page = folder.path().join("album.html");
    let html = record_html(&Record { album: &album, analyses: &analyses, page: &page });
    let words = text::album(&album, &text::Options { width: 100, color: false, ascii: false });
    for (place, text) in [("page", &html), ("text", &words)] {
        assert!(text.contains("layed as an album") && text.contains("TIDAL"), "{place}");
        assert!(text.contains("weighs most in it"), "{place}");
    }
    for chart in ["timeline", "levels"] {
        assert!(html.contains(&format!("id=\"data-{chart}\"")), "{chart} has its numbers");
    }
}

#[test]
fn render_honours_what_it_is_told_for_a_record_or_refuses_it() {
    let folder = tempfile::tempdir().unwrap();
    let (songs, _) = tagged(folder.path());
    let album = plan_album(&songs, &options(AlbumPolicy::LoudestTrack, Some(-16.0))).unwrap();
    album.save(&folder.path().join("plan.json")).unwrap();
    let run = |args: &[&str]| {
        let all: Vec<&str> = ["render", "plan.json", "--output", "out"].iter().chain(args).copied().collect();
        mixproof(folder.path(), &all)
    };
    for (args, word) in [
        (&["--keep-stages", "stages"][..], "--keep-stages"),
        (&["--listen", "songs"][..], "--listen"),
        (&["--transfer"][..], "--transfer"),
        (&["--bext", "--container", "flac"][..], "--bext"),
        (&["--bitrate", "128"][..], "--bitrate"),
    ] {
        let (code, _, errors) = run(args);
        assert!(code == Some(2) && errors.contains(word), "{args:?}: {errors}");
        assert!(!folder.path().join("out").exists(), "{args:?}: nothing is written");
    }
    let (code, _, errors) = run(&["--container", "flac", "--bits", "16", "--replaygain"]);
    assert_eq!(code, Some(0), "{errors}");
    let (_, decoded) = read_all(&folder.path().join("out/01 One.flac")).unwrap();
    assert_eq!(decoded.source.bits, Some(16));
    assert!(decoded.source.tags.contains_key("replaygain_album_gain"), "{:?}", decoded.source.tags);
    let (code, _, errors) = mixproof(folder.path(), &["album", "plan.json", "--replaygain"]);
    assert!(code == Some(2) && errors.contains("--output"), "{errors}");
}
