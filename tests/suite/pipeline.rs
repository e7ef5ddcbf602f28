//! The main job end to end: promises kept in the written file, plans edited, sources untouched, memory flat.

use crate::signals::{real_audio, song, true_peak_reference_db, write_wav};
use mixproof::advise::{Depth, Options, Simulate};
use mixproof::decode::read_all;
use mixproof::error::Error;
use mixproof::model::{
    Analysis, Applicability, EqBand, EqPhase, EqShape, Move, MoveStage, Persisted, Plan, Processor,
};
use mixproof::pipeline::{
    Batch, FileOptions, MasterJob, Mastered, OutputDepth, RenderJob, Silent, Song, Targets, analyse, master,
    propose, render, run_batch,
};
use mixproof::profiles;
use std::path::{Path, PathBuf};

fn job(delivery: &str, bits: u16) -> MasterJob {
    MasterJob {
        targets: Targets::load("popular", delivery).unwrap(),
        options: Options { bits, ..Options::default() },
        depth: Some(OutputDepth { bits, float: false }),
        file: FileOptions::default(),
        force: false,
        pictures: false,
    }
}

/// The last trial of `master` is the file: the same bytes, measures and plan as those of a plan that is rendered later.
#[test]
fn what_is_written_on_the_way_is_what_the_plan_makes() {
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("song.wav");
    write_wav(&input, &song(12.0, -12.0, 48_000, 9), 24);
    for bits in [16, 24] {
        let job = job("spotify", bits);
        let path = |name: &str| folder.path().join(format!("{bits}-{name}.wav"));
        let (at_once, later) = (path("at-once"), path("later"));
        let mastered = master(&input, &at_once, &job, &Silent).unwrap();
        assert!(mastered.plan.moves.iter().any(|step| step.id == "limiter"), "{:?}", mastered.plan.moves);
        let plan = propose(&input, &job, &Silent).unwrap().plan;
        assert_eq!(plan, mastered.plan, "a plan does not depend on whether it is written");
        let render_job = RenderJob {
            input: &input,
            output: &later,
            bits,
            float: false,
            force: false,
            transfer: false,
            file: FileOptions::default(),
            before: None,
            cut: None,
            around: None,
            pictures: false,
        };
        let rendered = render(&plan, render_job, &job.targets, &Silent).unwrap();
        assert_eq!(std::fs::read(&at_once).unwrap(), std::fs::read(&later).unwrap(), "{bits} bits");
        let at_once = mastered.render.unwrap();
        let of_no_name = |render: &mixproof::model::Render| {
            let mut after = render.after.clone();
            after.source.path = String::new();
            after
        };
        assert_eq!(of_no_name(&at_once), of_no_name(&rendered));
        assert_eq!(at_once.meters, rendered.meters);
        // Confirmed on the samples of the file, so the prediction is no estimate.
        assert_eq!(plan.predicted.loudness.integrated_lufs, rendered.after.loudness.integrated_lufs);
        assert_eq!(plan.predicted.peaks.true_peak_dbtp, rendered.after.peaks.true_peak_dbtp);
    }
}

/// What every master must hold, judged on the written file by our meter and by another filter.
fn assert_proved(mastered: &Mastered) {
    let render = mastered.render.as_ref().unwrap();
    let plan = &render.plan;
    let after = &render.after;
    let (audio, _) = read_all(Path::new(&render.output.path)).unwrap();
    let reference_dbtp = true_peak_reference_db(&audio);
    assert!(reference_dbtp <= plan.ceiling_dbtp + 0.005, "{reference_dbtp} dBTP over {}", plan.ceiling_dbtp);
    assert!(after.peaks.true_peak_dbtp.unwrap() <= plan.ceiling_dbtp, "{:?}", after.peaks.true_peak_dbtp);
    assert_eq!(after.source.frames, mastered.check.analysis.source.frames, "nothing is cut or added");
    let Some(target_lufs) = plan.target_lufs else { return };
    let off_lu = (after.loudness.integrated_lufs.unwrap() - target_lufs).abs();
    let told = plan
        .unresolved
        .iter()
        .any(|left| left.because == "loudness.integrated_lufs" && left.advice.len() > 20);
    assert!(off_lu <= 0.1 || told, "{off_lu} LU off the target, and nobody says why");
    let tolerance_lu = profiles::delivery(&plan.delivery).unwrap().tolerance_lu;
    let missed: Vec<_> =
        render.missed.iter().filter(|missed| missed.measure == "loudness.integrated_lufs").collect();
    assert_eq!(missed.is_empty(), off_lu <= tolerance_lu, "{off_lu} of {tolerance_lu} LU: {missed:?}");
}

/// A song whose peaks keep it short of the target is missed where the delivery says so, and told in any case.
#[test]
fn a_loudness_within_the_tolerance_of_the_delivery_is_not_missed() {
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("song.wav");
    let mut audio = song(12.0, -16.0, 48_000, 9);
    // One peak that stands so far out that the bound on limiting holds the song back.
    audio.channel_mut(0)[200_000] = 0.99;
    write_wav(&input, &audio, 24);
    let open = analyse(&input, &Silent).unwrap();
    let most_lufs = open.loudness.integrated_lufs.unwrap() - 1.0 - open.peaks.true_peak_dbtp.unwrap() + 4.0;
    for (short_lu, tolerance_lu, is_missed) in [(0.5, 1.0, false), (0.5, 0.2, true), (1.5, 1.0, true)] {
        let mut job = job("spotify", 24);
        job.options.stages = vec![MoveStage::Loudness, MoveStage::Format];
        job.targets.delivery.integrated_lufs = Some(most_lufs + short_lu);
        job.targets.delivery.tolerance_lu = tolerance_lu;
        let output = folder.path().join(format!("{short_lu}-{tolerance_lu}.wav"));
        let mastered = master(&input, &output, &job, &Silent).unwrap();
        let render = mastered.render.unwrap();
        let told = mastered.plan.unresolved.iter().any(|left| left.because == "loudness.integrated_lufs");
        assert!(told, "{:?}", mastered.plan.unresolved);
        assert_eq!(
            !render.missed.is_empty(),
            is_missed,
            "{short_lu} of {tolerance_lu} LU: {:?}",
            render.missed
        );
    }
}

#[test]
fn a_master_keeps_its_promises_in_16_and_24_bit() {
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("song.wav");
    write_wav(&input, &song(20.0, -8.0, 44_100, 7), 24);
    for (delivery, bits) in [("spotify", 16), ("spotify", 24), ("loud", 16), ("ebu-r128", 24)] {
        let output = folder.path().join(format!("{delivery}-{bits}.wav"));
        let mastered = master(&input, &output, &job(delivery, bits), &Silent).unwrap();
        assert_proved(&mastered);
        assert_eq!(mastered.render.unwrap().after.source.bits, Some(bits));
    }
}

#[test]
fn an_edited_plan_does_what_it_says() {
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("song.wav");
    write_wav(&input, &song(12.0, -12.0, 48_000, 9), 24);
    let job = job("spotify", 24);
    let plan = propose(&input, &job, &Silent).unwrap().plan;
    let render_as = |plan: &Plan, name: &str| {
        let output = folder.path().join(name);
        let job = RenderJob {
            input: &input,
            output: &output,
            bits: 24,
            float: false,
            force: false,
            transfer: false,
            file: FileOptions::default(),
            before: None,
            cut: None,
            around: None,
            pictures: false,
        };
        render(plan, job, &self::job("spotify", 24).targets, &Silent).unwrap()
    };
    let as_planned = render_as(&plan, "planned.wav");
    // Every move struck: the very same audio.
    let mut struck = plan.clone();
    struck.moves.clear();
    let untouched = render_as(&struck, "struck.wav");
    assert_eq!(untouched.after.content_id, untouched.before.content_id);
    // The same, by hand: a move that is no longer automatic is not applied.
    let mut opted_out = plan.clone();
    opted_out.moves.iter_mut().for_each(|step| step.applicability = Applicability::OptIn);
    assert_eq!(render_as(&opted_out, "opted-out.wav").after.content_id, untouched.before.content_id);
    // Three dB less gain in front: three LU quieter (the limiter works less, so a little less than three).
    let mut quieter = plan.clone();
    for step in &mut quieter.moves {
        match &mut step.processor {
            Processor::Gain { gain_db } | Processor::Limiter { gain_db, .. } => *gain_db -= 3.0,
            _ => {}
        }
    }
    let text = quieter.to_json();
    let reread = Plan::from_json(&text, Path::new("edited.json")).unwrap();
    assert_eq!(reread, quieter);
    let quieter = render_as(&reread, "quieter.wav");
    let drop_lu =
        as_planned.after.loudness.integrated_lufs.unwrap() - quieter.after.loudness.integrated_lufs.unwrap();
    assert!((2.0..=3.05).contains(&drop_lu), "{drop_lu} LU");
    assert!(
        quieter.missed.iter().any(|missed| missed.measure == "loudness.integrated_lufs"),
        "a changed result is named"
    );
}

#[test]
fn a_plan_is_bound_to_its_audio() {
    let folder = tempfile::tempdir().unwrap();
    let (one, other) = (folder.path().join("one.wav"), folder.path().join("other.wav"));
    write_wav(&one, &song(6.0, -9.0, 44_100, 1), 24);
    write_wav(&other, &song(6.0, -9.0, 44_100, 2), 24);
    let job = job("spotify", 24);
    let plan = propose(&one, &job, &Silent).unwrap().plan;
    let output = folder.path().join("out.wav");
    let render_job = |transfer| RenderJob {
        input: &other,
        output: &output,
        bits: 24,
        float: false,
        force: false,
        transfer,
        file: FileOptions::default(),
        before: None,
        cut: None,
        around: None,
        pictures: false,
    };
    let refused = render(&plan, render_job(false), &job.targets, &Silent);
    assert!(matches!(refused, Err(Error::WrongAudio { .. })), "{:?}", refused.err());
    assert!(!output.exists(), "nothing is written for a refused plan");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2, "no temporary file is left");
    render(&plan, render_job(true), &job.targets, &Silent).unwrap();
    assert!(output.exists());
}

#[test]
fn the_same_plan_on_the_same_audio_gives_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("song.wav");
    write_wav(&input, &song(8.0, -6.0, 44_100, 4), 24);
    let bytes: Vec<Vec<u8>> = ["a.wav", "b.wav"]
        .iter()
        .map(|name| {
            let output = folder.path().join(name);
            master(&input, &output, &job("spotify", 16), &Silent).unwrap();
            std::fs::read(output).unwrap()
        })
        .collect();
    assert!(bytes[0] == bytes[1]);
}

#[test]
fn a_limiter_is_predicted_as_it_will_measure() {
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("song.wav");
    write_wav(&input, &song(12.0, -6.0, 44_100, 9), 24);
    let before = analyse(&input, &Silent).unwrap();
    let mut song = Song::new(&input, &before, &Silent);
    let eq = EqBand { shape: EqShape::LowShelf, center_hz: 150.0, gain_db: 3.0, q: 0.7 };
    let eq = applied("eq", Processor::Eq { bands: vec![eq], phase: EqPhase::Minimum });
    let trials = song.limiter_trials(std::slice::from_ref(&eq), -20.0).unwrap();
    let open = song.simulate(std::slice::from_ref(&eq), Depth::Loudness).unwrap().analysis;
    let trial = trials.trial(None).unwrap();
    assert!((trial.integrated_lufs - open.loudness.integrated_lufs.unwrap()).abs() < 0.01);
    assert!((trial.open_true_peak_dbtp - open.peaks.true_peak_dbtp.unwrap()).abs() < 0.2);
    for gain_db in [0.0, 4.0, 8.0] {
        let limiter = Processor::Limiter {
            ceiling_dbtp: -1.0,
            gain_db,
            lookahead_ms: 5.0,
            release_ms: 100.0,
            max_reduction_db: 20.0,
        };
        let trial = trials.trial(Some(&limiter)).unwrap();
        let run = song.simulate(&[eq.clone(), applied("limiter", limiter)], Depth::Full).unwrap();
        let off_lu = trial.integrated_lufs - run.analysis.loudness.integrated_lufs.unwrap();
        assert!(off_lu.abs() < 0.06, "+{gain_db} dB: {off_lu} LU off");
        let reduction_db = run.meters[1].gain_reduction_max_db.unwrap();
        assert!((trial.reduction_max_db - reduction_db).abs() < 0.2, "+{gain_db} dB: {reduction_db} dB");
        assert!(!run.analysis.tone.bands.is_empty(), "a full run measures the tone");
    }
}

fn applied(id: &str, processor: Processor) -> Move {
    Move {
        id: id.to_string(),
        stage: MoveStage::Loudness,
        applicability: Applicability::Automatic,
        because: Vec::new(),
        reason: String::new(),
        confidence: 1.0,
        predicted_effect: String::new(),
        processor,
    }
}

#[test]
fn threads_do_not_change_a_bit() {
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("song.wav");
    write_wav(&input, &song(6.0, -6.0, 44_100, 13), 24);
    let results: Vec<(String, Vec<u8>)> = [1, 3]
        .into_iter()
        .map(|workers| {
            let output = folder.path().join(format!("{workers}.wav"));
            let mut found = String::new();
            let paths = [input.clone()];
            let job = |path: &Path| master(path, &output, &job("loud", 16), &Silent);
            let keep = |_: &Path, mastered: mixproof::error::Result<Mastered>| {
                let mut mastered = mastered.unwrap();
                let render = mastered.render.take().unwrap();
                found = mastered.plan.to_json() + &mastered.check.analysis.to_json();
                found += &nameless(render.after);
                true
            };
            run_batch(&Batch { paths: &paths, workers }, job, keep).unwrap();
            (found, std::fs::read(&output).unwrap())
        })
        .collect();
    assert!(results[0] == results[1]);
}

/// An analysis as text, without the name of its file.
fn nameless(mut analysis: Analysis) -> String {
    analysis.source.path = String::new();
    analysis.to_json()
}

/// Highest resident memory of a run of the program, in KiB.
#[cfg(target_os = "linux")]
fn peak_memory_kib(args: &[&str]) -> u64 {
    use std::process::{Command, Stdio};
    let mut child = Command::new(env!("CARGO_BIN_EXE_mixproof"))
        .args(args)
        .stdout(Stdio::null())
        .stderr(Stdio::inherit())
        .spawn()
        .unwrap();
    let status = PathBuf::from(format!("/proc/{}/status", child.id()));
    let mut peak_kib = 0;
    while child.try_wait().unwrap().is_none() {
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0);
        peak_kib = peak_kib.max(kib);
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    assert!(child.wait().unwrap().success(), "{args:?}");
    peak_kib
}

#[test]
#[cfg(target_os = "linux")]
fn memory_does_not_grow_with_length() {
    let folder = tempfile::tempdir().unwrap();
    // 8 kHz mono: an hour is 57 MB, so a program that held it as f32 would be far over the bound.
    let mut sizes = Vec::new();
    for (name, repeats) in [("short.wav", 1), ("long.wav", 60)] {
        let path = folder.path().join(name);
        let minute = song(60.0, -6.0, 8000, 11);
        let spec = hound::WavSpec {
            channels: 1,
            sample_rate: 8000,
            bits_per_sample: 16,
            sample_format: hound::SampleFormat::Int,
        };
        let mut writer = hound::WavWriter::create(&path, spec).unwrap();
        for _ in 0..repeats {
            minute.channel(0).iter().for_each(|x| writer.write_sample((x * 32767.0) as i16).unwrap());
        }
        writer.finalize().unwrap();
        sizes.push(peak_memory_kib(&["analyze", path.to_str().unwrap()]));
    }
    let series_kib_per_s = 4.0;
    let allowed_kib = (59.0 * 60.0 * series_kib_per_s) as u64;
    assert!(sizes[1] < sizes[0] + allowed_kib, "{} KiB for a minute, {} KiB for an hour", sizes[0], sizes[1]);
}

#[test]
fn any_number_of_cores_gives_the_same_bits() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("song.wav");
    // Longer than several stretches, and no multiple of any block.
    crate::signals::write_wav(&path, &song(9.1234, -3.0, 44_100, 3), 24);
    let text = |jobs: &str| {
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_mixproof"))
            .args(["analyze", "--format", "json", "-j", jobs])
            .arg(&path)
            .output()
            .unwrap();
        assert!(output.status.success());
        String::from_utf8(output.stdout).unwrap()
    };
    let one = text("1");
    assert!(one.len() > 5000);
    for jobs in ["2", "3", "8"] {
        assert_eq!(text(jobs), one, "{jobs} workers");
    }
}

#[test]
fn real_music_is_mastered_and_proved() {
    let Some(folder) = real_audio() else {
        eprintln!("skipped: no real audio beside the project");
        return;
    };
    let out = tempfile::tempdir().unwrap();
    for name in ["lossless_jalmaan_bumblebeat.flac", "classical_us-army-strings_brahms-hungarian-dance-5.ogg"]
    {
        let input = folder.join("mixes").join(name);
        let mastered =
            master(&input, &out.path().join(name).with_extension("wav"), &job("spotify", 24), &Silent)
                .unwrap();
        assert_proved(&mastered);
    }
}
