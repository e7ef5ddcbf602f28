//! What advise believes of compressors is what the processors then do; and what it does to the image costs no mono.
#![allow(clippy::print_stdout, reason = "the figures reached are worth reading")]

use crate::signals::{real_audio, song, write_wav};
use mixproof::advise::{Depth, Options, Simulate, Split};
use mixproof::model::{Applicability, CompressorSettings, DynamicBand, Move, MoveStage, Processor};
use mixproof::pipeline::{FileOptions, MasterJob, OutputDepth, Silent, Song, Targets, analyse, master};
use mixproof::profiles::{self, Recipe};
use std::path::Path;

fn step(id: &str, processor: Processor) -> Move {
    Move {
        id: id.to_string(),
        stage: MoveStage::Dynamics,
        applicability: Applicability::Automatic,
        because: Vec::new(),
        reason: String::new(),
        confidence: 1.0,
        predicted_effect: String::new(),
        processor,
    }
}

fn settings(threshold_dbfs: f64, attack_ms: f64, release_ms: f64) -> CompressorSettings {
    CompressorSettings { threshold_dbfs, ratio: 2.0, knee_db: 6.0, attack_ms, release_ms, makeup_db: 0.0 }
}

/// Predicted against measured, for one song.
fn check(path: &Path) {
    let before = analyse(path, &Silent).unwrap();
    let mut song = Song::new(path, &before, &Silent);
    let rms_dbfs = before.dynamics.rms_dbfs.unwrap();

    let whole = song.level_trials(&[], &Split::Whole).unwrap();
    for (over_db, attack_ms, release_ms) in [(-2.0, 10.0, 80.0), (3.0, 30.0, 400.0)] {
        let settings = settings(rms_dbfs + over_db, attack_ms, release_ms);
        let predicted = whole.whole(&settings).unwrap();
        let run = song.simulate(&[step("c", Processor::Compressor(settings))], Depth::Loudness).unwrap();
        let mean_db = run.meters[0].gain_reduction_mean_db.unwrap();
        let plr_lu = run.analysis.dynamics.plr_lu.unwrap();
        println!(
            "attack {attack_ms} ms: mean {:.2} for {mean_db:.2} dB, PLR {:.2} for {plr_lu:.2} LU, range {:?} for {:?}",
            predicted.reduction_mean_db,
            predicted.plr_lu.unwrap(),
            predicted.range_lu,
            run.analysis.loudness.range_lu
        );
        assert!((predicted.reduction_mean_db - mean_db).abs() < 0.35, "{mean_db} dB");
        assert!((predicted.plr_lu.unwrap() - plr_lu).abs() < 0.8, "{plr_lu} LU");
        if let Some((predicted_lu, measured_lu)) = predicted.range_lu.zip(run.analysis.loudness.range_lu) {
            assert!((predicted_lu - measured_lu).abs() < 0.3, "{predicted_lu} for {measured_lu} LU");
        }
    }

    // In the bands of a multiband, one at a time.
    let crossovers_hz = vec![200.0, 5000.0];
    let bands = song.level_trials(&[], &Split::Crossover(crossovers_hz.clone())).unwrap();
    for band in 0..3 {
        let active = settings(rms_dbfs - [4.0, 8.0, 20.0][band], 10.0, 80.0);
        let predicted = bands.band(band, &active, f64::INFINITY).unwrap();
        let idle = CompressorSettings { ratio: 1.0, ..active.clone() };
        let mut all = vec![idle; 3];
        all[band] = active;
        let multiband = Processor::Multiband { crossovers_hz: crossovers_hz.clone(), bands: all };
        let run = song.simulate(&[step("m", multiband)], Depth::Loudness).unwrap();
        let mean_db = run.meters[0].gain_reduction_mean_db.unwrap();
        println!("band {band}: mean {:.2} for {mean_db:.2} dB", predicted.reduction_mean_db);
        // The prediction counts the moments that have sound in the band, the meter those of the song: never too little.
        assert!(mean_db < predicted.reduction_mean_db + 0.35, "band {band}: {mean_db} dB");
    }

    let around = song.level_trials(&[], &Split::Around(vec![(7000.0, 1.4)])).unwrap();
    let quick = CompressorSettings { knee_db: 3.0, ..settings(rms_dbfs - 25.0, 2.0, 60.0) };
    let predicted = around.band(0, &quick, 4.0).unwrap();
    let de_esser = Processor::DeEsser(DynamicBand {
        center_hz: 7000.0,
        q: 1.4,
        threshold_dbfs: quick.threshold_dbfs,
        ratio: quick.ratio,
        attack_ms: quick.attack_ms,
        release_ms: quick.release_ms,
        max_reduction_db: 4.0,
    });
    let run = song.simulate(&[step("d", de_esser)], Depth::Loudness).unwrap();
    let mean_db = run.meters[0].gain_reduction_mean_db.unwrap();
    println!("de-esser: mean {:.2} for {mean_db:.2} dB", predicted.reduction_mean_db);
    assert!(mean_db < predicted.reduction_mean_db + 0.35, "{mean_db} dB");
}

#[test]
fn compressors_are_predicted_as_they_will_measure() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("song.wav");
    write_wav(&path, &song(12.0, -6.0, 44_100, 9), 24);
    check(&path);
}

#[test]
fn compressors_are_predicted_on_real_music() {
    let Some(folder) = real_audio() else { return };
    check(&folder.join("mixes/classical_us-army-strings_brahms-hungarian-dance-5.ogg"));
}

#[test]
fn no_automatic_move_makes_the_mono_loss_worse() {
    let folder = tempfile::tempdir().unwrap();
    // A song of four widths, each pointed at a reference that is wider or narrower.
    let with_side = |name: &str, side: f32| {
        let mut audio = song(8.0, -8.0, 44_100, 3);
        let [left, right] = [0, 1].map(|channel| audio.channel(channel).to_vec());
        let elsewhere = left.clone();
        for (frame, (left, right)) in left.iter().zip(&right).enumerate() {
            let (mid, old) = (0.5 * (left + right), 0.5 * (left - right));
            // Side of its own, so that a narrow song has some: another place of the song.
            let own = 0.3 * elsewhere[(frame + 4410) % elsewhere.len()];
            audio.channel_mut(0)[frame] = mid + side * (old + own);
            audio.channel_mut(1)[frame] = mid - side * (old + own);
        }
        let path = folder.path().join(name);
        write_wav(&path, &audio, 24);
        path
    };
    let wide = analyse(&with_side("wide.wav", 1.5), &Silent).unwrap();
    let recipe = Recipe {
        name: "reference".into(),
        title: "wide".into(),
        source: "this test".into(),
        licence: "none".into(),
    };
    let profile = profiles::build(&[(&wide, 1.0)], &recipe).unwrap();
    for side in [0.2, 0.6, 1.0, 2.0] {
        let path = with_side(&format!("side-{side}.wav"), side);
        let job = MasterJob {
            targets: Targets { profile: profile.clone(), delivery: profiles::delivery("spotify").unwrap() },
            options: Options { amount: 100.0, ..Options::default() },
            depth: Some(OutputDepth { bits: 24, float: false }),
            file: FileOptions::default(),
            force: true,
            pictures: false,
        };
        let mastered = master(&path, &path.with_extension("out.wav"), &job, &Silent).unwrap();
        let render = mastered.render.unwrap();
        let loss =
            |analysis: &mixproof::model::Analysis| analysis.stereo.as_ref().unwrap().mono_loss_lu.unwrap();
        let (before_lu, after_lu) = (loss(&render.before), loss(&render.after));
        println!("side × {side}: mono loss {before_lu:.2} to {after_lu:.2} LU");
        assert!(after_lu <= before_lu + 0.1, "side × {side}: {before_lu} to {after_lu} LU");
    }
}

#[test]
fn the_render_says_what_is_heard_of_its_dynamics() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("song.wav");
    write_wav(&path, &song(10.0, -1.0, 44_100, 8), 24);
    let job = MasterJob {
        targets: Targets::load("popular", "loud").unwrap(),
        options: Options::default(),
        depth: Some(OutputDepth { bits: 16, float: false }),
        file: FileOptions::default(),
        force: true,
        pictures: false,
    };
    let render = master(&path, &path.with_extension("out.wav"), &job, &Silent).unwrap().render.unwrap();
    let heard = render.audibility.clone().unwrap();
    let most = render.meters.iter().filter_map(|meter| meter.gain_reduction_max_db).fold(0.0, f64::max);
    assert!(most > 0.5, "the limiter works: {:?}", render.meters);
    assert_eq!(heard.reduction_max_db, Some(most));
    let crest = |analysis: &mixproof::model::Analysis| analysis.dynamics.crest_db.unwrap();
    assert!((heard.crest_lost_db.unwrap() - crest(&render.before) + crest(&render.after)).abs() < 1e-12);
    let tones: Vec<(f64, f64)> =
        heard.sine_distortion.iter().map(|tone| (tone.frequency_hz, tone.distortion_db)).collect();
    println!("{heard:?}");
    // A limiter that holds a steady tone is a gain: what it adds is the release between the periods of a bass.
    assert_eq!(tones.len(), 2);
    assert!(tones[0].1 < -40.0 && tones[1].1 < -80.0, "{tones:?}");
}
