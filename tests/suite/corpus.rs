//! The labelled corpus: a clean mix and copies of it with one planted fault each go through the whole chain. Every
//! fault gives its code, and the clean mix gives no warning.

use crate::signals;
use mixproof::audio::Block;
use mixproof::checks::Selection;
use mixproof::demo;
use mixproof::dsp::biquad::{Biquad, low_pass};
use mixproof::model::{Finding, Severity, Stage};
use mixproof::pipeline::{Silent, Targets, analyse, check};
use mixproof::units::db_to_amplitude;
use std::f64::consts::TAU;
use std::path::Path;

const RATE: usize = demo::SAMPLE_RATE_HZ as usize;

fn demo_file(path: &str) -> Block {
    demo::session().iter().find(|file| file.path == path).unwrap().audio()
}

/// Half a minute of the demo mix, faded in and out.
fn excerpt(mix: &Block) -> Block {
    let mut excerpt = mix.slice(20 * RATE, 50 * RATE);
    let frames = excerpt.frames();
    for channel in excerpt.channels_mut() {
        for step in 0..2 * RATE {
            let gain = (step as f32 / (2 * RATE) as f32).powi(3);
            channel[step] *= gain;
            channel[frames - 1 - step] *= gain;
        }
    }
    excerpt
}

fn findings_of(path: &Path, stage: Stage) -> Vec<Finding> {
    let targets = Targets::load("popular", "none").unwrap();
    check(analyse(path, &Silent).unwrap(), &targets, stage, &Selection::default()).findings
}

fn findings(audio: &Block, bits: u16, stage: Stage) -> Vec<Finding> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("Quiet Riverbed - Evening (mix 3).wav");
    signals::write_wav(&path, audio, bits);
    findings_of(&path, stage)
}

fn warnings(findings: &[Finding]) -> Vec<String> {
    findings
        .iter()
        .filter(|finding| finding.severity >= Severity::Warn)
        .map(|finding| format!("{} {}", finding.code, finding.message))
        .collect()
}

fn each(audio: &mut Block, change: impl Fn(usize, usize, f32) -> f32) {
    for (channel, samples) in audio.channels_mut().iter_mut().enumerate() {
        samples.iter_mut().enumerate().for_each(|(frame, x)| *x = change(channel, frame, *x));
    }
}

/// One fault: the code that names it, how it is planted, and the stage at which it is one.
type Fault = (&'static str, Stage, fn(&mut Block));

const FAULTS: &[Fault] = &[
    ("LOUD001", Stage::Mix, |audio| each(audio, |_, _, _| 0.0)),
    ("LOUD009", Stage::Mix, |audio| {
        each(audio, |_, frame, x| if (12 * RATE..20 * RATE).contains(&frame) { 0.0 } else { x });
    }),
    ("PEAK002", Stage::Mix, |audio| each(audio, |_, _, x| (4.0 * x).clamp(-1.0, 1.0))),
    ("PEAK004", Stage::Mix, |audio| each(audio, |_, _, x| 0.3 * (12.0 * x).clamp(-1.0, 1.0))),
    ("PEAK005", Stage::Mix, |audio| each(audio, |_, _, x| 2.5 * x)),
    ("TONE002", Stage::Mix, |audio| {
        each(audio, |_, frame, x| x + 0.25 * (TAU * 21.0 * frame as f64 / RATE as f64).sin() as f32);
    }),
    ("STER001", Stage::Mix, |audio| {
        let down = db_to_amplitude(-5.0) as f32;
        each(audio, |channel, _, x| if channel == 1 { down * x } else { x });
    }),
    ("STER002", Stage::Mix, |audio| {
        let left = audio.channel(0).to_vec();
        audio.channel_mut(1).copy_from_slice(&left);
    }),
    ("STER003", Stage::Mix, |audio| each(audio, |channel, _, x| if channel == 1 { 0.0 } else { x })),
    ("STER004", Stage::Mix, |audio| {
        let inverted: Vec<f32> = audio.channel(0).iter().map(|x| -x).collect();
        audio.channel_mut(1).copy_from_slice(&inverted);
    }),
    ("MONO001", Stage::Mix, |audio| each(audio, |channel, _, x| if channel == 1 { -x } else { x })),
    ("MONO003", Stage::Mix, |audio| {
        let rate_hz = RATE as f64;
        let mut filters = [0, 1].map(|_| Biquad::new(low_pass(150.0, 0.707, rate_hz)));
        for sample in audio.channel_mut(1) {
            let low = filters.iter_mut().fold(f64::from(*sample), |x, filter| filter.process(x));
            *sample -= 2.0 * low as f32;
        }
    }),
    ("DEF001", Stage::Mix, |audio| each(audio, |_, _, x| x + 0.02)),
    ("DEF002", Stage::Mix, |audio| {
        let at = 9 * RATE + 311;
        for channel in audio.channels_mut() {
            channel[at] += 0.6;
            channel[at + 1] -= 0.6;
        }
    }),
    ("DEF003", Stage::Mix, |audio| {
        each(audio, |_, frame, x| if (10 * RATE..10 * RATE + RATE / 20).contains(&frame) { 0.0 } else { x });
    }),
    ("DEF006", Stage::Mix, |audio| *audio = audio.slice(6 * RATE, audio.frames())),
    ("DEF008", Stage::Master, |audio| {
        *audio = signals::join(&[Block::silent(2, 12 * RATE, RATE as u32), audio.clone()]);
    }),
    ("DEF009", Stage::Master, |audio| {
        *audio = signals::join(&[audio.clone(), Block::silent(2, 25 * RATE, RATE as u32)]);
    }),
    ("DEF011", Stage::Mix, |audio| {
        // Ten decibels in a second and a half per step, cut off 20 dB down.
        let (from, to) = (22 * RATE, 26 * RATE);
        *audio = audio.slice(0, to);
        each(audio, |_, frame, x| {
            let past_s = frame.saturating_sub(from) as f64 / RATE as f64;
            x * db_to_amplitude(-6.0 * past_s) as f32
        });
    }),
];

#[test]
fn the_clean_mix_gives_no_warning() {
    let mix = demo_file("mix/song.wav");
    let whole = warnings(&findings(&mix, 24, Stage::Mix));
    assert!(whole.is_empty(), "{whole:?}");
    let part = warnings(&findings(&excerpt(&mix), 24, Stage::Mix));
    assert!(part.is_empty(), "{part:?}");
}

#[test]
fn every_planted_fault_gives_its_code() {
    let clean = excerpt(&demo_file("mix/song.wav"));
    let mut missed = Vec::new();
    for (code, stage, plant) in FAULTS {
        let mut audio = clean.clone();
        plant(&mut audio);
        let bits = if *code == "PEAK005" { 32 } else { 24 };
        let found = findings(&audio, bits, *stage);
        if !found.iter().any(|finding| finding.code == *code && finding.severity >= Severity::Info) {
            missed.push(format!("{code}: found {:?}", warnings(&found)));
        }
    }
    assert!(missed.is_empty(), "{missed:#?}");
}

#[test]
fn the_faults_of_the_demo_session_are_found_in_one_file() {
    let found = findings(&demo_file("mix/song with faults.wav"), 24, Stage::Mix);
    let codes: Vec<&str> = found.iter().map(|finding| finding.code.as_str()).collect();
    // Bass out of phase, imbalance, offset, hum, clipping, click, dropout.
    for code in ["MONO003", "STER001", "DEF001", "DEF005", "PEAK002", "DEF002", "DEF003"] {
        assert!(codes.contains(&code), "{code} is missing in {codes:?}");
    }
    let moment = |code: &str, at_s: f64| {
        let finding = found.iter().find(|finding| finding.code == code).unwrap();
        finding.at.iter().any(|range| (range.start_s - at_s).abs() < 0.1)
    };
    let clipped = demo::planted_faults().iter().filter(|fault| fault.name == "clipped peaks");
    let first_clipped_s = clipped.map(|fault| fault.at_s).fold(f64::INFINITY, f64::min);
    for fault in demo::planted_faults() {
        match fault.name {
            "click" => assert!(moment("DEF002", fault.at_s), "{fault:?}"),
            "dropout" => assert!(moment("DEF003", fault.at_s), "{fault:?}"),
            // A finding names the first twenty places, which are all in the first kick.
            "clipped peaks" if fault.at_s == first_clipped_s => {
                assert!(moment("PEAK002", fault.at_s), "{fault:?}");
            }
            _ => {}
        }
    }
}

#[test]
fn a_file_that_breaks_off_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("Quiet Riverbed - Evening (mix 3).wav");
    signals::write_wav(&path, &excerpt(&demo_file("mix/song.wav")), 24);
    let bytes = std::fs::read(&path).unwrap();
    std::fs::write(&path, &bytes[..bytes.len() * 2 / 3]).unwrap();
    let found = findings_of(&path, Stage::Mix);
    assert!(found.iter().any(|finding| finding.code == "FILE001" && finding.severity == Severity::Fail));
}
