//! After delivery: playback gains by the services' own rules and examples, devices against their real filters on audio,
//! codecs proved by encoding again, loops matched in loudness.

use crate::report_song::{analysis, finding};
use crate::signals::{song, white, write_wav};
use mixproof::audio::Block;
use mixproof::decode::read_all;
use mixproof::encode::Codec;
use mixproof::measure::{LoudnessMeter, PeakMeter};
use mixproof::model::*;
use mixproof::pipeline::{
    CodedJob, FileOptions, Listen, MasterJob, ShowJob, Silent, Targets, album_playback, analyse, check,
    encode_song, master, master_for_codecs, preview, show, through_codecs, write_devices,
};
use mixproof::preview::{DEVICES, DeviceChain, FINDINGS, explain, findings, platforms, translations};
use mixproof::profiles::deliveries;
use std::path::Path;

fn level(integrated_lufs: f64, true_peak_dbtp: f64) -> Analysis {
    let mut analysis = analysis(0.0, None);
    analysis.loudness.integrated_lufs = Some(integrated_lufs);
    analysis.peaks.true_peak_dbtp = Some(true_peak_dbtp);
    analysis
}

fn on<'a>(entries: &'a [PlatformPlayback], delivery: &str) -> &'a PlatformPlayback {
    entries.iter().find(|entry| entry.delivery == delivery).unwrap_or_else(|| panic!("no {delivery}"))
}

/// `support.spotify.com`: a track of −20 LUFS with a true peak of −5 dB is lifted to −16 LUFS only.
#[test]
fn the_example_of_spotify_is_met() {
    let entries = platforms(&level(-20.0, -5.0), &deliveries());
    let spotify = on(&entries, "spotify");
    assert!((spotify.gain_db - 4.0).abs() < 1e-9 && (spotify.integrated_lufs + 16.0).abs() < 1e-9);
    assert!((spotify.true_peak_dbtp + 1.0).abs() < 1e-9);
    assert_eq!(spotify.held_by, Some(GainHeld::TruePeak));
    // Loud does not stop: it limits at −1 dB.
    let loud = on(&entries, "spotify-loud");
    assert!((loud.gain_db - 9.0).abs() < 1e-9 && loud.held_by.is_none());
    assert!((loud.limited_db.unwrap() - 5.0).abs() < 1e-9);
    // Quiet has 1 dB to go and room for it.
    assert!((on(&entries, "spotify-quiet").gain_db - 1.0).abs() < 1e-9);
}

#[test]
fn services_turn_down_alike_and_raise_by_their_rules() {
    let loud = platforms(&level(-8.0, 0.2), &deliveries());
    for entry in &loud {
        assert!((entry.integrated_lufs - entry.target_lufs).abs() < 1e-9, "{}", entry.delivery);
        assert!(entry.gain_db < 0.0 && entry.held_by.is_none() && entry.limited_db.is_none());
        assert!((entry.true_peak_dbtp - 0.2 - entry.gain_db).abs() < 1e-9);
        assert!(!entry.source.is_empty() && entry.checked_on.len() == 10);
    }
    let quiet = platforms(&level(-22.0, -9.0), &deliveries());
    for (name, gain_db) in [("youtube", 0.0), ("tidal", 0.0), ("apple-music", 6.0), ("spotify", 8.0)] {
        assert!((on(&quiet, name).gain_db - gain_db).abs() < 1e-9, "{name}");
    }
    assert_eq!(on(&quiet, "youtube").held_by, Some(GainHeld::NeverRaised));
    // Peaks over the bound never turn a raise into a cut.
    let hot = platforms(&level(-18.0, 0.5), &deliveries());
    assert_eq!(on(&hot, "spotify").gain_db, 0.0);
    // What cannot be measured is not played.
    let mut silent = level(-20.0, -5.0);
    silent.loudness.integrated_lufs = None;
    assert!(platforms(&silent, &deliveries()).is_empty());
}

#[test]
fn an_album_has_one_gain_and_says_who_sets_it() {
    let track = |name: &str, lufs: f64, peak: f64| {
        let mut track = level(lufs, peak);
        track.source.path = format!("{name}.wav");
        track.loudness.momentary_lufs = vec![Some(lufs as f32); 600];
        track
    };
    let (loud, soft, silent) = (track("loud", -9.0, -0.5), track("soft", -15.0, -3.0), {
        let mut silent = track("silent", -60.0, -50.0);
        silent.loudness.integrated_lufs = None;
        silent.loudness.momentary_lufs.clear();
        silent
    });
    let entries = album_playback(&[&loud, &soft, &silent]);
    assert!(entries[2].is_empty());
    // Pooled: the mean power of −9 and −15 is −11.04 (both pass the relative gate).
    let pooled = 10.0 * ((10f64.powf(-0.9) + 10f64.powf(-1.5)) / 2.0).log10();
    let spotify = entries[..2].iter().map(|entries| on(entries, "spotify"));
    for entry in spotify {
        assert!((entry.gain_db - (-14.0 - pooled)).abs() < 0.01, "{}", entry.gain_db);
        assert_eq!((entry.scope, entry.set_by.as_deref()), (NormalisationScope::Album, None));
    }
    // TIDAL takes the loudest track.
    let tidal = on(&entries[1], "tidal");
    assert!((tidal.gain_db + 5.0).abs() < 1e-9 && (tidal.integrated_lufs + 20.0).abs() < 1e-9);
    assert_eq!(tidal.set_by.as_deref(), Some("loud.wav"));
    assert!(entries[0].iter().all(|entry| entry.delivery != "youtube"), "YouTube has no album gain");
    // Raised together until the highest peak of all is at the bound.
    let (a, b) = (track("a", -24.0, -4.0), track("b", -26.0, -12.0));
    let entries = album_playback(&[&a, &b]);
    let apple = on(&entries[1], "apple-music");
    assert!((apple.gain_db - 4.0).abs() < 1e-9, "{}", apple.gain_db);
    assert_eq!((apple.held_by, apple.set_by.as_deref()), (Some(GainHeld::TruePeak), Some("a.wav")));
}

#[test]
fn models_have_the_responses_that_they_state() {
    let device = |name: &str| DEVICES.iter().find(|device| device.name == name).unwrap();
    let response = |name: &str, hz: f64| {
        device(name).cascade(48_000.0).iter().map(|filter| filter.magnitude_db(hz, 48_000.0)).sum::<f64>()
    };
    let near =
        |value: f64, wanted: f64, by: f64| assert!((value - wanted).abs() < by, "{value} is not {wanted}");
    near(response("phone", 250.0), -10.0, 0.5);
    near(response("phone", 125.0) - response("phone", 62.5), 24.0, 0.5);
    near(response("phone", 2800.0), 3.0, 0.3);
    near(response("laptop", 250.0), -3.0, 0.1);
    near(response("bluetooth", 90.0), -3.0, 0.1);
    near(response("earbuds", 20.0), 6.0, 0.3);
    near(response("earbuds", 5000.0), 0.0, 0.05);
    near(response("car", 80.0), 6.0, 1.0);
    near(response("car", 2000.0), 0.0, 0.8);
    near(response("club", 30.0), -3.0, 0.1);
    assert!(device("mono").filters.is_empty() && device("mono").side_share == 0.0);
    assert!(DEVICES.iter().all(|device| device.source.len() > 30 && !device.limits.is_empty()));
}

/// Noise that falls with frequency, sides half alike.
fn wide_noise() -> Block {
    let (common, mut wide) = (white(0.25, 8.0, 48_000, 1, 1), white(0.18, 8.0, 48_000, 2, 2));
    for channel in wide.channels_mut() {
        let mut slow = 0.0f32;
        for (sample, common) in channel.iter_mut().zip(common.channel(0)) {
            slow = 0.97 * slow + 0.12 * (*sample + common);
            *sample = 0.35 * (*sample + common) + slow;
        }
    }
    wide
}

fn loudness(block: &Block) -> f64 {
    let mut meter = LoudnessMeter::new(block.sample_rate_hz(), block.channel_count());
    meter.push(block);
    meter.finish().integrated_lufs.unwrap()
}

/// The prediction from the spectrum against the models' filters run over the audio and a loudness meter.
#[test]
fn devices_are_told_from_the_spectrum_as_their_filters_do_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("noise.wav");
    let audio = wide_noise();
    write_wav(&path, &audio, 24);
    let analysis = analyse(&path, &Silent).unwrap();
    let told = translations(&analysis);
    assert_eq!(told.len(), DEVICES.len());
    for (device, told) in DEVICES.iter().zip(&told) {
        let played = DeviceChain::new(device, 48_000).process(&audio, 1.0);
        let lost_lu = loudness(&audio) - loudness(&played);
        // A third octave is one number: the steep edge of a phone's range costs up to 0.3 LU.
        assert!(
            (told.loudness_lost_lu - lost_lu).abs() < 0.3,
            "{}: {} {lost_lu}",
            device.name,
            told.loudness_lost_lu
        );
    }
    let mono = told.last().unwrap();
    let measured = analysis.stereo.as_ref().unwrap().mono_loss_lu.unwrap();
    assert!((mono.mono_loss_lu - measured).abs() < 0.1, "{} {measured}", mono.mono_loss_lu);
    assert!((mono.mono_loss_lu - mono.loudness_lost_lu).abs() < 1e-9);
    // Written, they are as loud as the song: what was lost is made up for.
    let preview = preview(&analysis, None);
    let written = write_devices(&path, &preview, &folder.path().join("devices"), false, &Silent).unwrap();
    assert_eq!(written.len(), DEVICES.len());
    for path in &written {
        let played = loudness(&read_all(path).unwrap().0);
        assert!((played - loudness(&audio)).abs() < 0.3, "{}: {played}", path.display());
    }
}

#[test]
fn a_song_of_one_channel_loses_nothing_to_mono() {
    let mut mono = analysis(0.0, None);
    mono.stereo = None;
    for device in translations(&mono) {
        assert!(device.mono_loss_lu.abs() < 1e-9, "{}", device.device);
    }
    mono.tone = Tone::default();
    assert!(translations(&mono).is_empty());
}

fn peak_of(path: &Path) -> f64 {
    let (audio, _) = read_all(path).unwrap();
    let mut meter = PeakMeter::new(audio.sample_rate_hz(), audio.channel_count());
    meter.push(&audio);
    meter.finish().true_peak_dbtp.unwrap()
}

#[test]
fn a_hot_master_clips_after_the_codec_and_the_clean_ceiling_is_proved() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hot.wav");
    write_wav(&path, &driven(2), 24);
    let analysis = analyse(&path, &Silent).unwrap();
    let before = analysis.peaks.true_peak_dbtp.unwrap();
    let encoded = through_codecs(&path, &analysis, &Silent).unwrap();
    assert!(encoded.playbacks.iter().any(|playback| playback.codec == "vorbis"));
    assert_eq!(encoded.playbacks.len(), encoded.files.len());
    for (playback, file) in encoded.playbacks.iter().zip(&encoded.files) {
        let name = format!("{} {}", playback.codec, playback.bitrate_kbps);
        assert!((peak_of(file) - playback.true_peak_dbtp.unwrap()).abs() < 1e-6, "{name}");
        assert!(playback.true_peak_dbtp.unwrap() > 0.0 && playback.over_count > 0, "{name}: {playback:?}");
        let at_s = playback.worst_at_s.unwrap();
        assert!((0.0..4.1).contains(&at_s), "{name}");
        assert!(playback.bandwidth_hz.unwrap() > 8000.0, "{name}");
        let ceiling = playback.clean_ceiling_dbtp.unwrap_or_else(|| panic!("{name} has no clean level"));
        assert!(ceiling < before && ceiling > before - 9.0, "{name}: {ceiling}");
        let codec = Codec::ALL.into_iter().find(|codec| codec.name() == playback.codec).unwrap();
        let output = folder.path().join(format!("again.{}", codec.ending()));
        let gain_db = ceiling - before;
        let kbps = playback.bitrate_kbps as u32;
        encode_song(&CodedJob { input: &path, output: &output, codec, kbps, gain_db, force: true }, &Silent)
            .unwrap();
        assert!(peak_of(&output) <= 0.0, "{name}: {}", peak_of(&output));
    }
    for missing in &encoded.missing {
        println!("skipped {}: {}", missing.codec, missing.how);
    }
}

/// What loud masters are like: driven into the ceiling.
fn driven(channels: usize) -> Block {
    let mut audio = song(4.0, -0.2, 44_100, 9);
    audio.channels_mut().iter_mut().flatten().for_each(|sample| *sample = (*sample * 6.0).clamp(-0.98, 0.98));
    Block::from_channels(audio.channels()[..channels].to_vec(), 44_100)
}

/// Bit rates are those of two channels: one channel takes half of them, which every encoder knows.
#[test]
fn a_song_of_one_channel_passes_every_codec() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mono.wav");
    write_wav(&path, &driven(1), 24);
    let analysis = analyse(&path, &Silent).unwrap();
    let encoded = through_codecs(&path, &analysis, &Silent).unwrap();
    let vorbis: Vec<f64> = encoded
        .playbacks
        .iter()
        .filter(|playback| playback.codec == "vorbis")
        .map(|playback| playback.bitrate_kbps)
        .collect();
    assert_eq!(vorbis, [80.0, 160.0]);
    assert!(encoded.playbacks.iter().all(|playback| playback.true_peak_dbtp.is_some()));
}

/// A ceiling of 0 dBTP clips after a codec; with the promise it is lowered, and every decoded file is under full scale.
#[test]
fn a_codec_safe_master_is_clean_after_every_codec_at_hand() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hot.wav");
    write_wav(&path, &driven(2), 24);
    // A disc has no loudness norm: the song stays as loud as it is.
    let mut targets = Targets::load("popular", "cd").unwrap();
    targets.delivery.ceiling_dbtp = 0.0;
    let job = |force| MasterJob {
        targets: targets.clone(),
        options: Default::default(),
        depth: None,
        pictures: false,
        file: FileOptions::default(),
        force,
    };
    let output = folder.path().join("master.wav");
    let plain = master(&path, &output, &job(false), &Silent).unwrap().render.unwrap();
    let before = through_codecs(&output, &plain.after, &Silent).unwrap();
    assert!(
        before.playbacks.iter().any(|playback| playback.true_peak_dbtp.unwrap() > 0.0),
        "a case in point"
    );
    let (mastered, encoded) = master_for_codecs(&path, &output, &job(true), &Silent).unwrap();
    let render = mastered.render.unwrap();
    assert!(render.plan.ceiling_dbtp < -0.05, "lowered: {}", render.plan.ceiling_dbtp);
    assert!(render.after.peaks.true_peak_dbtp.unwrap() <= render.plan.ceiling_dbtp + 1e-6);
    for (playback, file) in encoded.playbacks.iter().zip(&encoded.files) {
        assert!(peak_of(file) <= 0.0, "{} {}: {}", playback.codec, playback.bitrate_kbps, peak_of(file));
    }
}

#[test]
fn findings_of_a_preview_speak_where_they_should_and_are_explained() {
    let mut one = preview(&level(-20.0, -5.0), None);
    one.platforms.iter_mut().for_each(|entry| entry.limited_db = entry.limited_db.map(|_| 2.5));
    one.devices.iter_mut().for_each(|device| (device.loudness_lost_lu, device.mono_loss_lu) = (5.9, 2.9));
    let mut codec = CodecPlayback {
        codec: "vorbis".into(),
        title: "Ogg Vorbis".into(),
        encoder: "libvorbis".into(),
        bitrate_kbps: 160.0,
        true_peak_dbtp: Some(-0.01),
        over_count: 0,
        worst_at_s: Some(2.0),
        bandwidth_hz: None,
        clean_ceiling_dbtp: Some(-1.0),
    };
    one.codecs = vec![codec.clone()];
    assert!(findings(&one).is_empty(), "{:?}", findings(&one));
    codec.true_peak_dbtp = Some(0.4);
    one.codecs.push(codec.clone());
    one.platforms[1].limited_db = Some(6.5);
    one.devices[0].loudness_lost_lu = 6.5;
    one.devices[2].mono_loss_lu = 3.5;
    let found = findings(&one);
    let codes: Vec<&str> = found.iter().map(|finding| finding.code.as_str()).collect();
    assert_eq!(codes, ["PREV001", "PREV002", "PREV003", "PREV004"]);
    assert_eq!(found[0].severity, Severity::Info);
    assert!(found[0].advice.contains("-1.0 dBTP"), "{}", found[0].advice);
    one.codecs[1].true_peak_dbtp = Some(1.2);
    assert_eq!(findings(&one)[0].severity, Severity::Warn);
    for kind in FINDINGS {
        assert!(explain(kind.code).unwrap().contains(kind.name) && explain(kind.name).is_some());
    }
    assert!(explain("PREV999").is_none());
}

/// A song with a mastered version: louder, brighter, denser in its second half.
#[test]
fn loops_are_matched_in_loudness_on_every_device() {
    let folder = tempfile::tempdir().unwrap();
    let (mix, reference) = (folder.path().join("mix.wav"), folder.path().join("reference.wav"));
    let audio = song(24.0, -9.0, 44_100, 3);
    write_wav(&mix, &audio, 24);
    write_wav(&reference, &song(12.0, -1.0, 48_000, 4), 24);
    let targets = Targets::load("popular", "spotify").unwrap();
    let mut checked = check(analyse(&mix, &Silent).unwrap(), &targets, Stage::Mix, &Default::default());
    let mut click = finding("DEF002", "clicks", Severity::Warn, Fix::Mix, "a click", "");
    click.at = vec![TimeRange { start_s: 13.0, end_s: 13.01 }];
    checked.findings = vec![click];
    let references = [reference];
    let job = ShowJob { input: &mix, references: &references, listen: Listen::Loops, encoded: None };
    let shown = show(&mut checked, None, job, &Silent).unwrap();
    assert!(checked.analysis.pictures.as_ref().is_some_and(|pictures| pictures.spectrogram.is_some()));
    let listening = shown.listening.unwrap();
    let titles: Vec<&str> = listening.loops.iter().map(|one| one.title.as_str()).collect();
    assert!(titles.starts_with(&["Loudest", "Quietest"]), "{titles:?}");
    assert!(listening.loops.iter().any(|one| one.start_s < 13.0 && one.end_s > 13.0), "{titles:?}");
    for one in &listening.loops {
        assert!((one.end_s - one.start_s - 6.0).abs() < 1e-9);
        let ids: Vec<&str> = one.takes.iter().map(|take| take.id.as_str()).collect();
        assert_eq!(ids, ["before", "reference"]);
        for take in &one.takes {
            // What the page unpacks: the Vorbis file, its gain, and the device's filters with their own gain.
            let path = folder.path().join("take.ogg");
            std::fs::write(&path, &take.packed).unwrap();
            let (sound, _) = read_all(&path).unwrap();
            assert_eq!((sound.sample_rate_hz(), sound.frames()), (44_100, 6 * 44_100));
            let matched = loudness(&sound) + take.gain_db;
            assert!((matched - one.common_lufs).abs() < 0.05, "{} {}: {matched}", one.title, take.id);
            for (index, device) in DEVICES.iter().enumerate() {
                let played = DeviceChain::new(device, 44_100).process(&sound, 1.0);
                let matched = loudness(&played) + take.device_gains_db[index];
                assert!(
                    (matched - one.common_lufs).abs() < 0.05,
                    "{}: {matched} is not {}",
                    device.name,
                    one.common_lufs
                );
                let peak = played.channels().iter().flatten().fold(0.0f32, |peak, s| peak.max(s.abs()));
                let peak_db = 20.0 * f64::from(peak).log10() + take.device_gains_db[index];
                assert!(peak_db < 0.0, "{}: {peak_db}", device.name);
            }
        }
    }
}
