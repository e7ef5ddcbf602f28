//! Stems: planted faults are named, clean sets are not accused, names are read, the documentation is whole.

use crate::signals::{Random, write_wav};
use mixproof::audio::Block;
use mixproof::model::{StemSet, StemState, SumVerdict};
use mixproof::pipeline::{Silent, StemsJob, stems};
use mixproof::stems::{SET_CHECKS, explain, reply};
use std::path::Path;

const RATE_HZ: u32 = 44_100;
const FRAMES: usize = 12 * RATE_HZ as usize;

/// Four parts of different tone and rhythm, exact at 24 bits.
fn parts() -> Vec<(&'static str, [Vec<f64>; 2])> {
    ["01 kick", "02 bass", "03 keys", "04 lead vocal"]
        .into_iter()
        .enumerate()
        .map(|(index, name)| {
            let mut random = Random(index as u64 + 1);
            let (smooth, every_s) = [(0.05, 0.5), (0.02, 0.25), (0.4, 0.37), (0.8, 0.61)][index];
            let mut states = [0.0; 2];
            let mut channels: [Vec<f64>; 2] = Default::default();
            for frame in 0..FRAMES {
                let beat = (frame as f64 / f64::from(RATE_HZ) / every_s).fract();
                for (channel, state) in channels.iter_mut().zip(&mut states) {
                    *state += smooth * (random.bipolar() - *state);
                    let sample = 0.3 * *state * (-3.0 * beat).exp();
                    channel.push((sample * 8_388_608.0).round() / 8_388_608.0);
                }
            }
            (name, channels)
        })
        .collect()
}

fn write(path: &Path, channels: &[Vec<f64>; 2]) {
    let planar = channels.iter().map(|channel| channel.iter().map(|x| *x as f32).collect()).collect();
    write_wav(path, &Block::from_channels(planar, RATE_HZ), 24);
}

/// The set against a mix in which one part was changed.
fn against(change: impl Fn(&str, &[f64], usize) -> f64) -> StemSet {
    let folder = tempfile::tempdir().unwrap();
    let mut mix = [vec![0.0; FRAMES], vec![0.0; FRAMES]];
    let mut paths = Vec::new();
    for (name, channels) in parts() {
        let path = folder.path().join(format!("{name}.wav"));
        write(&path, &channels);
        paths.push(path);
        for (sum, own) in mix.iter_mut().zip(&channels) {
            sum.iter_mut().enumerate().for_each(|(frame, sum)| *sum += change(name, own, frame));
        }
    }
    let path = folder.path().join("song.wav");
    write(&path, &mix);
    let job = StemsJob { paths: &paths, mix: Some(&path), workers: 2 };
    stems(&job, &Silent).unwrap().set
}

fn state(set: &StemSet, name: &str) -> (StemState, Option<i64>) {
    let stem = set.sum.as_ref().unwrap().stems.iter().find(|stem| stem.name == name).unwrap();
    (stem.state, stem.offset_frames)
}

/// What becomes of a stem in the mix: its samples and a place give the sample there.
type Plant = Box<dyn Fn(&[f64], usize) -> f64>;

#[test]
fn a_clean_set_is_not_accused_and_its_residual_is_nothing() {
    let set = against(|_, own, frame| own[frame]);
    let sum = set.sum.as_ref().unwrap();
    assert_eq!(sum.verdict, SumVerdict::Exact);
    assert!(sum.residual_db.is_none_or(|left_db| left_db < -100.0), "{:?}", sum.residual_db);
    assert!(sum.stems.iter().all(|stem| stem.state == StemState::Present), "{:?}", sum.stems);
    let accused: Vec<_> = set.findings.iter().filter(|finding| finding.code.as_str() >= "STEM020").collect();
    assert!(accused.is_empty(), "{accused:?}");
    assert!(reply(&set).contains("thank you for the stems"));
}

#[test]
fn every_planted_fault_is_named_and_nothing_else() {
    let at = |own: &[f64], frame: usize, late: i64| {
        usize::try_from(frame as i64 - late).ok().and_then(|frame| own.get(frame)).copied().unwrap_or(0.0)
    };
    for target in ["02 bass", "04 lead vocal"] {
        let cases: [(StemState, Option<i64>, Plant); 6] = [
            (StemState::Inverted, Some(0), Box::new(|own, frame| -own[frame])),
            (StemState::Missing, None, Box::new(|_, _| 0.0)),
            (StemState::Doubled, Some(0), Box::new(|own, frame| 2.0 * own[frame])),
            (StemState::Gain, Some(0), Box::new(|own, frame| 0.891_25 * own[frame])),
            (StemState::Shifted, Some(1), Box::new(move |own, frame| at(own, frame, 1))),
            (StemState::Shifted, Some(-700), Box::new(move |own, frame| at(own, frame, -700))),
        ];
        for (expected, late, change) in cases {
            let set =
                against(|name, own, frame| if name == target { change(own, frame) } else { own[frame] });
            for stem in &set.sum.as_ref().unwrap().stems {
                let wanted =
                    if stem.name == target { (expected, late) } else { (StemState::Present, Some(0)) };
                assert_eq!(state(&set, &stem.name), wanted, "{target} {expected:?}: {stem:?}");
            }
            assert!(set.findings.iter().any(|finding| finding.subject == target));
            assert!(reply(&set).contains(target));
        }
    }
}

#[test]
fn a_part_that_no_stem_holds_is_not_a_bus_and_a_bus_is_not_a_missing_part() {
    let mut random = Random(99);
    let extra: Vec<f64> = (0..FRAMES).map(|_| 0.05 * random.bipolar()).collect();
    let more = against(|name, own, frame| own[frame] + if name == "01 kick" { extra[frame] } else { 0.0 });
    assert_eq!(more.sum.unwrap().verdict, SumVerdict::Incomplete);
    // A slow ride of the whole mix, 6 dB up and down.
    let ride = |frame: usize| 1.0 + 0.5 * (frame as f64 / 30_000.0).sin();
    let bus = against(|_, own, frame| 0.5 * own[frame] * ride(frame));
    let sum = bus.sum.unwrap();
    assert_eq!(sum.verdict, SumVerdict::Mastered);
    assert!(sum.stems.iter().all(|stem| stem.state == StemState::Present), "{:?}", sum.stems);
}

#[test]
fn checks_of_sets_are_unique_and_documented_under_four_headings() {
    let mut seen = std::collections::BTreeSet::new();
    for check in SET_CHECKS {
        assert!(check.code.starts_with("STEM") && check.code.len() == 7, "{}", check.code);
        assert!(seen.insert(check.code) && seen.insert(check.name), "{} twice", check.code);
        let text = explain(check.name).unwrap();
        for heading in ["What it measures", "Why it matters", "What to do", "References"] {
            assert_eq!(text.matches(&format!("### {heading}")).count(), 1, "{}: {heading}", check.code);
        }
    }
    assert!(SET_CHECKS.is_sorted_by_key(|check| check.code));
}
