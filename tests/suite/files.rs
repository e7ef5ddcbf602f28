//! What a written file says about itself: tags, cover, ISRC, loudness; and files of other kinds and rates.

use crate::signals::{self, true_peak_reference_db, write_wav};
use crate::song;
use lofty::config::WriteOptions;
use lofty::file::TaggedFileExt;
use lofty::picture::{MimeType, Picture, PictureType};
use lofty::tag::{ItemKey, Tag, TagExt, TagType};
use mixproof::advise::Options;
use mixproof::audio::Block;
use mixproof::decode::{Decoder, read_all};
use mixproof::encode::{AlbumGain, Bext, Coded, FileKind, Format, PlaybackGain, Tags, Unnamed, Writer};
use mixproof::error::Error;
use mixproof::model::{Integrity, MoveStage, Render};
use mixproof::pipeline::{FileOptions, MasterJob, Silent, Targets, master};
use std::path::Path;
use xxhash_rust::xxh3::xxh3_128;

const TITLE: &str = "Für Élise — 日本語 \"&<b>";

/// Every kind of file that this build writes, by its ending.
fn endings() -> Vec<&'static str> {
    let all = ["wav", "flac", "aiff", "ogg", "mp3", "opus", "m4a"];
    let here = |ending: &&str| {
        let codec = FileKind::of_path(&Path::new("x").with_extension(ending)).unwrap().codec();
        match codec.and_then(|codec| codec.missing()) {
            None => true,
            Some(why) => {
                println!("skipped .{ending}: {why}");
                false
            }
        }
    };
    all.into_iter().filter(here).collect()
}

/// A whole file of any kind without a name.
fn unnamed(path: &Path, audio: &Block) -> Unnamed {
    let channels = audio.channel_count() as u16;
    let sample_rate_hz = audio.sample_rate_hz();
    let mut writer = match FileKind::of_path(path).unwrap() {
        FileKind::Lossy(codec) => {
            let coded = Coded { codec, kbps: 128, sample_rate_hz, channels };
            Writer::create_coded(path, coded, false)
        }
        _ => Writer::create(path, Format { sample_rate_hz, channels, bits: 16, float: false }, false),
    }
    .unwrap();
    writer.write(audio).unwrap();
    writer.complete().unwrap()
}

fn picture() -> Picture {
    // The smallest PNG: one black pixel.
    let mut data = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\0\0\0\0:~\x9bU".to_vec();
    data.extend(b"\0\0\0\nIDATx\x9cc`\0\0\0\x02\0\x01H\xaf\xa4q\0\0\0\0IEND\xaeB`\x82");
    Picture::unchecked(data).pic_type(PictureType::CoverFront).mime_type(MimeType::Png).build()
}

/// Tags as another program would have written them.
fn tag_as_others_do(path: &Path) {
    let kind = lofty::read_from_path(path).unwrap().primary_tag_type();
    let mut tag = Tag::new(kind);
    let mut set = |key, text: &str| assert!(tag.insert_text(key, text.to_string()), "{kind:?} {key:?}");
    set(ItemKey::TrackTitle, TITLE);
    set(ItemKey::TrackArtist, "Ensemble");
    set(ItemKey::AlbumTitle, "Album");
    set(ItemKey::TrackNumber, "3");
    set(ItemKey::Isrc, "DEA622600001");
    set(ItemKey::ReplayGainTrackGain, "-9.99 dB");
    set(ItemKey::EncodedBy, "an old encoder");
    tag.push_picture(picture());
    tag.save_to_path(path, WriteOptions::default()).unwrap();
}

#[test]
fn tags_cover_and_isrc_go_from_every_kind_of_file_to_every_other() {
    let folder = tempfile::tempdir().unwrap();
    let audio = signals::white(0.2, 0.1, 48_000, 2, 4);
    for from in endings() {
        let source = folder.path().join(format!("source.{from}"));
        unnamed(&source, &audio).publish().unwrap();
        tag_as_others_do(&source);
        let (_, decoded) = read_all(&source).unwrap();
        let tags = Tags::read(&source, &decoded.source.tags);
        for to in endings() {
            let name = format!("{from} to {to}");
            let path = folder.path().join(format!("{from}.{to}"));
            let mut file = unnamed(&path, &audio);
            let before = read_all(file.path()).unwrap();
            file.tag(&tags).unwrap();
            file.publish().unwrap();
            let (sound, after) = read_all(&path).unwrap();
            assert_eq!(after.integrity, Integrity::Ok, "{name}");
            assert_eq!(after.content_id, before.1.content_id, "{name}: the sound stays");
            assert!(sound.channels() == before.0.channels());
            // Our own reader.
            let own = &after.source.tags;
            assert_eq!(own.get("title").map(String::as_str), Some(TITLE), "{name}: {own:?}");
            assert_eq!(own.get("isrc").map(String::as_str), Some("DEA622600001"), "{name}: {own:?}");
            // Another one.
            let file = lofty::read_from_path(&path).unwrap();
            let read = file.primary_tag().unwrap();
            let text = |key| read.get_string(key);
            assert_eq!(text(ItemKey::TrackTitle), Some(TITLE), "{name}");
            assert_eq!(text(ItemKey::TrackArtist), Some("Ensemble"), "{name}");
            assert_eq!(text(ItemKey::TrackNumber), Some("3"), "{name}");
            assert_eq!(text(ItemKey::ReplayGainTrackGain), None, "{name}: says nothing about the new file");
            assert_eq!(text(ItemKey::EncodedBy), None, "{name}");
            assert_eq!(read.pictures().len(), 1, "{name}");
            assert_eq!(read.pictures()[0].data(), picture().data(), "{name}");
            if to != "m4a" {
                assert_eq!(read.pictures()[0].pic_type(), PictureType::CoverFront, "{name}");
            }
        }
    }
}

#[test]
fn free_keys_are_carried_and_statements_about_the_old_sound_are_not() {
    let folder = tempfile::tempdir().unwrap();
    let audio = signals::white(0.2, 0.1, 48_000, 2, 4);
    let known = [
        ("catalog_side", "A"),
        ("txxx:Vibe", "calm"),
        ("replaygain_track_gain", "-3 dB"),
        ("r128_track_gain", "12"),
        ("encoder", "x"),
        ("tbpm", "120"),
        ("title", "Only the decoder reads it"),
    ];
    let known = known.map(|(key, value)| (key.to_string(), value.to_string())).into();
    let tags = Tags::read(&folder.path().join("absent.wav"), &known);
    for ending in endings() {
        let path = folder.path().join(format!("song.{ending}"));
        let mut file = unnamed(&path, &audio);
        file.tag(&tags).unwrap();
        file.publish().unwrap();
        let read = Decoder::open(&path).unwrap().tags();
        let has = |part: &str| read.iter().any(|(key, _)| key.contains(part));
        assert_eq!(read.get("title").map(String::as_str), Some("Only the decoder reads it"), "{ending}");
        assert!(has("catalog_side") && has("vibe"), "{ending}: {read:?}");
        assert!(!has("replaygain") && !has("r128") && !has("tbpm"), "{ending}: {read:?}");
    }
}

#[test]
fn hostile_tags_are_bounded() {
    let folder = tempfile::tempdir().unwrap();
    let audio = signals::white(0.2, 0.1, 48_000, 2, 4);
    let source = folder.path().join("source.flac");
    unnamed(&source, &audio).publish().unwrap();
    let mut tag = Tag::new(TagType::VorbisComments);
    tag.insert_text(ItemKey::Comment, "x".repeat(1 << 20));
    for i in 0..2000 {
        tag.push(lofty::tag::TagItem::new(ItemKey::Performer, lofty::tag::ItemValue::Text(format!("p{i}"))));
    }
    for _ in 0..40 {
        let data = [picture().data().to_vec(), vec![0; 1 << 20]].concat();
        tag.push_picture(
            Picture::unchecked(data).pic_type(PictureType::Other).mime_type(MimeType::Png).build(),
        );
    }
    tag.save_to_path(&source, WriteOptions::default()).unwrap();
    let path = folder.path().join("out.flac");
    let mut file = unnamed(&path, &audio);
    file.tag(&Tags::read(&source, &Decoder::open(&source).unwrap().tags())).unwrap();
    file.publish().unwrap();
    let bytes = std::fs::metadata(&path).unwrap().len();
    assert!(bytes < 16 << 20, "{bytes} bytes");
    assert_eq!(read_all(&path).unwrap().1.integrity, Integrity::Ok);
    let read = lofty::read_from_path(&path).unwrap();
    let read = read.primary_tag().unwrap();
    assert_eq!(read.get_string(ItemKey::Comment).unwrap().len(), 64 << 10);
    // The reader counts the vendor as one more.
    assert!((100..=257).contains(&read.item_count()), "{} items", read.item_count());
    assert!((1..=16).contains(&read.picture_count()));
}

#[test]
fn damaged_tags_cost_the_tags_and_not_the_song() {
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("source.flac");
    unnamed(&source, &signals::white(0.2, 0.1, 48_000, 2, 4)).publish().unwrap();
    tag_as_others_do(&source);
    let whole = std::fs::read(&source).unwrap();
    let mut random = signals::Random(8);
    for _ in 0..300 {
        let mut bytes = whole.clone();
        for _ in 0..4 {
            let at = 42 + (random.next_u64() as usize) % 600;
            bytes[at] = random.next_u64() as u8;
        }
        std::fs::write(&source, &bytes).unwrap();
        let _ = Tags::read(&source, &Default::default());
    }
}

#[test]
fn playback_gain_is_what_the_standards_say() {
    let folder = tempfile::tempdir().unwrap();
    let audio = signals::white(0.2, 0.1, 48_000, 2, 4);
    let mut tags = Tags::default();
    let album = Some(AlbumGain { integrated_lufs: -12.5, true_peak_dbtp: Some(-0.5) });
    tags.set_gain(PlaybackGain { integrated_lufs: -9.25, true_peak_dbtp: Some(-1.0), album });
    for ending in endings() {
        let path = folder.path().join(format!("song.{ending}"));
        let mut file = unnamed(&path, &audio);
        file.tag(&tags).unwrap();
        file.publish().unwrap();
        let file = lofty::read_from_path(&path).unwrap();
        let tag = file.primary_tag().unwrap();
        if ending == "opus" {
            // (−23 − (−9.25)) · 256, RFC 7845, 5.2.1.
            assert_eq!(Decoder::open(&path).unwrap().tags()["r128_track_gain"], "-3520");
            assert_eq!(Decoder::open(&path).unwrap().tags()["r128_album_gain"], "-2688");
            assert_eq!(tag.get_string(ItemKey::ReplayGainTrackGain), None);
        } else {
            assert_eq!(tag.get_string(ItemKey::ReplayGainTrackGain), Some("-8.75 dB"), "{ending}");
            assert_eq!(tag.get_string(ItemKey::ReplayGainTrackPeak), Some("0.891251"), "{ending}");
            assert_eq!(tag.get_string(ItemKey::ReplayGainAlbumGain), Some("-5.50 dB"), "{ending}");
            assert_eq!(tag.get_string(ItemKey::ReplayGainAlbumPeak), Some("0.944061"), "{ending}");
        }
    }
}

#[test]
fn the_broadcast_extension_has_the_loudness_in_its_places() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("song.wav");
    let audio = signals::white(0.2, 0.1, 48_000, 2, 4);
    let format = Format { sample_rate_hz: 48_000, channels: 2, bits: 24, float: false };
    let mut writer = Writer::create(&path, format, false).unwrap().with_bext().unwrap();
    writer.write(&audio).unwrap();
    let mut file = writer.complete().unwrap();
    let mut tags = Tags::default();
    tags.set("title", TITLE);
    let bext = Bext {
        description: TITLE.to_string(),
        integrated_lufs: Some(-22.954),
        range_lu: Some(6.375),
        true_peak_dbtp: Some(-1.006),
        momentary_max_lufs: None,
        short_term_max_lufs: Some(-18.0),
    };
    file.set_bext(&bext).unwrap();
    file.tag(&tags).unwrap();
    file.publish().unwrap();
    let bytes = std::fs::read(&path).unwrap();
    let at = bytes.windows(4).position(|name| name == b"bext").unwrap();
    assert!(at < bytes.windows(4).position(|name| name == b"data").unwrap(), "before the sound");
    let body = &bytes[at + 8..];
    // Places of EBU Tech 3285, table 1.
    assert!(body.starts_with(b"F?r ?lise ? ???"));
    assert_eq!(&body[256..264], b"mixproof");
    assert_eq!(u16::from_le_bytes([body[346], body[347]]), 2, "version");
    let field = |index: usize| i16::from_le_bytes([body[412 + 2 * index], body[413 + 2 * index]]);
    assert_eq!([0, 1, 2, 3, 4].map(field), [-2295, 638, -101, 0x7fff, -1800]);
    assert!(body[602..].starts_with(b"A=PCM,F=48000,W=24,M=stereo,T=mixproof"));
    assert_eq!(bytes.len() as u32 - 8, u32::from_le_bytes(bytes[4..8].try_into().unwrap()));
    let (read, decoded) = read_all(&path).unwrap();
    assert_eq!((decoded.integrity, read.frames()), (Integrity::Ok, 4800));
    assert_eq!(decoded.source.tags["title"], TITLE);
    assert_eq!(hound::WavReader::open(&path).unwrap().duration(), 4800, "another reader");
    let flac = folder.path().join("song.flac");
    assert!(Writer::create(&flac, format, false).unwrap().with_bext().is_err());
}

#[test]
fn aiff_reads_back_bit_exactly() {
    let folder = tempfile::tempdir().unwrap();
    for bits in [16u16, 24, 32] {
        for (sample_rate_hz, channels) in [(8_000, 1u16), (44_100, 2), (96_000, 3), (384_000, 8)] {
            let path = folder.path().join(format!("{bits}-{sample_rate_hz}.aif"));
            let steps = f64::from(1u32 << (bits.min(24) - 1));
            let audio = signals::white(1.0, 1001.0 / f64::from(sample_rate_hz), sample_rate_hz, 8, 5);
            let grid = |sample: &mut f32| *sample = ((f64::from(*sample) * steps).trunc() / steps) as f32;
            let channels_of = audio.channels().iter().take(usize::from(channels)).cloned();
            let mut audio = Block::from_channels(channels_of.collect(), sample_rate_hz);
            audio.channels_mut().iter_mut().flatten().for_each(grid);
            let mut writer =
                Writer::create(&path, Format { sample_rate_hz, channels, bits, float: false }, false)
                    .unwrap();
            signals::pieces(&audio, &[7, 300]).iter().for_each(|piece| writer.write(piece).unwrap());
            writer.finish().unwrap();
            let (read, decoded) = read_all(&path).unwrap();
            assert!(read.channels() == audio.channels(), "{bits} bits, {sample_rate_hz} Hz");
            let source = decoded.source;
            assert_eq!((decoded.integrity, source.container.as_str()), (Integrity::Ok, "aiff"));
            assert_eq!((source.sample_rate_hz, source.bits), (sample_rate_hz, Some(bits)));
        }
    }
}

fn job(delivery: &str, file: FileOptions) -> MasterJob {
    MasterJob {
        targets: Targets::load("popular", delivery).unwrap(),
        options: Options {
            amount: 50.0,
            stages: vec![MoveStage::Eq, MoveStage::Loudness, MoveStage::Format],
            max_reduction_db: 6.0,
            ..Options::default()
        },
        depth: None,
        file,
        pictures: false,
        force: false,
    }
}

fn mastered(folder: &Path, name: &str, file: FileOptions) -> Render {
    let input = folder.join("song.wav");
    if !input.exists() {
        write_wav(&input, &song::song(8.0, 44_100, 7), 16);
        tag_as_others_do(&input);
    }
    master(&input, &folder.join(name), &job("spotify", file), &Silent).unwrap().render.unwrap()
}

#[test]
fn a_master_of_another_rate_holds_its_ceiling_at_that_rate() {
    let folder = tempfile::tempdir().unwrap();
    for (name, rate_hz) in [("a.wav", 48_000), ("b.wav", 96_000), ("c.flac", 32_000)] {
        let options = FileOptions { sample_rate_hz: Some(rate_hz), ..FileOptions::default() };
        let render = mastered(folder.path(), name, options);
        let (audio, decoded) = read_all(Path::new(&render.output.path)).unwrap();
        assert_eq!((decoded.source.sample_rate_hz, decoded.source.frames), (rate_hz, u64::from(rate_hz) * 8));
        let peak_dbtp = true_peak_reference_db(&audio);
        assert!(peak_dbtp <= render.plan.ceiling_dbtp + 0.005, "{name}: {peak_dbtp} dBTP");
        let near = |a: Option<f64>, b: Option<f64>| (a.unwrap() - b.unwrap()).abs() < 0.15;
        assert!(near(render.after.loudness.integrated_lufs, render.plan.predicted.loudness.integrated_lufs));
        assert_eq!(decoded.source.tags["title"], TITLE, "tags go along");
        assert_eq!(render.after.source.tags["title"], TITLE, "and are in the document");
    }
}

#[test]
fn the_same_plan_on_the_same_audio_gives_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    for ending in endings() {
        let options = || FileOptions {
            sample_rate_hz: Some(48_000),
            bext: ending == "wav",
            playback_gain: true,
            ..FileOptions::default()
        };
        let [a, b] = ["a", "b"].map(|name| mastered(folder.path(), &format!("{name}.{ending}"), options()));
        let bytes = [&a, &b].map(|render| std::fs::read(&render.output.path).unwrap());
        assert!(bytes[0] == bytes[1], "{ending}");
        assert_eq!(a.output.fingerprint, b.output.fingerprint);
        assert_eq!(a.output.fingerprint.unwrap(), format!("xxh3:{:032x}", xxh3_128(&bytes[0])), "{ending}");
        assert!(a.plan_id.is_some() && a.plan_id == b.plan_id);
    }
}

#[test]
fn a_lossy_master_is_judged_by_what_comes_out_of_the_decoder() {
    let folder = tempfile::tempdir().unwrap();
    for ending in endings().into_iter().skip(3) {
        let render = mastered(folder.path(), &format!("song.{ending}"), FileOptions::default());
        let (audio, decoded) = read_all(Path::new(&render.output.path)).unwrap();
        assert_eq!(decoded.content_id, render.output.content_id);
        assert_eq!((render.output.bits, render.output.kbps.is_some()), (None, true));
        let peak_dbtp = true_peak_reference_db(&audio);
        let named = render.missed.iter().any(|missed| missed.measure == "peaks.true_peak_dbtp");
        assert!(peak_dbtp <= render.plan.ceiling_dbtp + 0.005 || named, "{ending}: {peak_dbtp} dBTP, unsaid");
        println!("{ending}: {peak_dbtp:.2} dBTP after decoding, missed: {}", render.missed.len());
    }
}

#[test]
fn impossible_files_are_refused_before_any_work() {
    let refused = |name: &str, options: FileOptions| match options.check(Path::new(name)) {
        Err(error @ (Error::Usage { .. } | Error::Unsupported { .. })) => error.to_string(),
        other => panic!("{name}: {other:?}"),
    };
    let plain = FileOptions::default;
    assert!(refused("song.xyz", plain()).contains(".flac"));
    assert!(refused("song.wav", FileOptions { kbps: Some(128), ..plain() }).contains("lossy"));
    assert!(refused("song.flac", FileOptions { bext: true, ..plain() }).contains("WAV"));
    assert!(plain().check(Path::new("song.ogg")).is_ok());
}

#[test]
fn flac_is_as_small_as_that_of_the_reference_encoder() {
    let Some(music) = signals::real_audio().map(|folder| folder.join("mixes")) else {
        println!("skipped: no ../shared/audio");
        return;
    };
    if std::process::Command::new("flac").arg("--version").output().is_err() {
        println!("skipped: no flac to compare with");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (wav, ours, theirs) =
        (folder.path().join("a.wav"), folder.path().join("a.flac"), folder.path().join("b.flac"));
    for name in ["lossless_jalmaan_bumblebeat.flac", "jazz_kevin-macleod_vibe-ace.ogg"] {
        let mut decoder = Decoder::open(&music.join(name)).unwrap();
        let format = Format { sample_rate_hz: decoder.sample_rate_hz(), channels: 2, bits: 16, float: false };
        let mut writers = [&wav, &ours].map(|path| Writer::create(path, format, true).unwrap());
        let mut block = Block::empty(2, format.sample_rate_hz);
        let mut frames = 0;
        while frames < 15 * format.sample_rate_hz as usize && decoder.read(&mut block).unwrap() {
            frames += block.frames();
            writers.iter_mut().for_each(|writer| writer.write(&block).unwrap());
        }
        writers.into_iter().for_each(|writer| writer.finish().unwrap());
        let status = std::process::Command::new("flac")
            .args(["-5", "-s", "-f", "--no-padding", "-o"])
            .args([&theirs, &wav])
            .status();
        assert!(status.unwrap().success());
        let bytes = [&ours, &theirs].map(|path| std::fs::metadata(path).unwrap().len() as f64);
        println!("{name}: {:.2} % of flac -5", 100.0 * bytes[0] / bytes[1]);
        assert!(bytes[0] <= 1.03 * bytes[1], "{name}: {bytes:?}");
        // And the reference decoder reads it, with its checksum.
        let tested = std::process::Command::new("flac").args(["-t", "-s"]).arg(&ours).status();
        assert!(tested.unwrap().success());
    }
}
