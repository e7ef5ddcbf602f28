//! Checks of sets of stems: one firing and one silent case each, on documents.

use crate::checks::clean;
use mixproof::model::{
    ClippedRun, Integrity, Persisted, Stem, StemInMix, StemPair, StemRole, StemSet, StemState, StemSum,
    SumVerdict,
};
use mixproof::stems::{SET_CHECKS, majority, run};
use std::collections::BTreeSet;

/// Five stems that are as they should be, and a sum that is the mix.
fn delivery() -> StemSet {
    let names = ["01 kick", "02 snare", "03 bass", "04 keys", "05 lead vocal"];
    let stems: Vec<Stem> = names
        .iter()
        .map(|name| {
            let mut analysis = clean().analysis;
            analysis.content_id = format!("test:{name}");
            analysis.defects.leading_silence_s = 1.0;
            Stem {
                name: name.to_string(),
                path: format!("{name}.wav"),
                role: StemRole::Other,
                role_confidence: 0.9,
                analysis,
            }
        })
        .collect();
    let in_mix = |name: &&str| StemInMix {
        name: name.to_string(),
        state: StemState::Present,
        offset_s: Some(0.0),
        offset_frames: Some(0),
        drift_ppm: None,
        gain_db: Some(0.0),
        gain_error_db: Some(0.01),
        inverted: false,
        evidence: "its gain in the mix is 1.000 of the others'".into(),
        confidence: 0.9,
    };
    let sum = StemSum {
        drift_ppm: None,
        duration_s: None,
        mix: "mix.wav".into(),
        sample_rate_hz: 44_100,
        offset_s: 0.0,
        gain_db: Some(0.0),
        residual_db: Some(-120.0),
        residual_after_eq_db: Some(-120.0),
        residual_after_dynamics_db: Some(-120.0),
        verdict: SumVerdict::Exact,
        bands: Vec::new(),
        strongest: Vec::new(),
        stems: names.iter().map(in_mix).collect(),
        pairs: Vec::new(),
    };
    let set = majority(&stems);
    StemSet {
        schema: StemSet::schema_tag(),
        stems,
        set,
        sum: Some(sum),
        masking: Vec::new(),
        balance: Vec::new(),
        together: None,
        plan: None,
        render: None,
        findings: Vec::new(),
    }
}

fn state(set: &mut StemSet, state: StemState) {
    let own = &mut set.sum.as_mut().unwrap().stems[2];
    own.state = state;
    (own.offset_frames, own.drift_ppm, own.gain_db) = (Some(7), Some(20.0), Some(1.0));
}

fn verdict(set: &mut StemSet, verdict: SumVerdict) {
    let sum = set.sum.as_mut().unwrap();
    (sum.verdict, sum.residual_db) = (verdict, Some(-12.0));
}

/// What makes a check fire, and whom it accuses.
type Fault = (&'static str, fn(&mut StemSet), &'static str);

const FAULTS: &[Fault] = &[
    ("STEM001", |set| set.stems[2].analysis.source.sample_rate_hz = 48_000, "03 bass"),
    ("STEM002", |set| set.stems[2].analysis.source.bits = Some(16), "03 bass"),
    ("STEM003", |set| set.stems[2].analysis.source.channels = 1, "03 bass"),
    ("STEM004", |set| set.stems[2].analysis.source.frames -= 1, "03 bass"),
    ("STEM005", |set| set.stems[2].analysis.peaks.sample_dbfs = None, "03 bass"),
    ("STEM006", |set| set.stems[2].analysis.peaks.true_peak_dbtp_series[60..].fill(None), "03 bass"),
    ("STEM007", |set| set.stems[2].analysis.stereo.as_mut().unwrap().dual_mono = true, "03 bass"),
    (
        "STEM008",
        |set| {
            let peaks = &mut set.stems[2].analysis.peaks;
            let run = ClippedRun { start_s: 1.0, end_s: 1.001, channel: 0, samples: 40 };
            (peaks.clipped, peaks.clipped_runs) = (vec![run; 3], 3);
        },
        "03 bass",
    ),
    (
        "STEM009",
        |set| {
            let source = &mut set.stems[2].analysis.source;
            (source.bits, source.codec) = (None, "mp3".into());
        },
        "03 bass",
    ),
    ("STEM010", |set| set.stems[2].analysis.content_id = set.stems[0].analysis.content_id.clone(), "03 bass"),
    (
        "STEM011",
        |set| {
            let pair = StemPair { a: "01 kick".into(), b: "03 bass".into(), correlation: -0.995 };
            set.sum.as_mut().unwrap().pairs = vec![pair];
        },
        "03 bass",
    ),
    ("STEM012", |set| set.stems[2].analysis.defects.cut_end = true, "03 bass"),
    ("STEM013", |set| rename(set, "03 Audio"), "03 Audio"),
    ("STEM014", |set| rename(set, "03 keys final2"), "03 keys final2"),
    ("STEM015", |set| set.stems[4].name = "06 lead vocal".into(), "the set"),
    ("STEM016", |set| set.stems[2].analysis.integrity = Integrity::Truncated, "03 bass"),
    (
        "STEM017",
        |set| {
            let own = &mut set.stems[2].analysis;
            own.source.duration_s -= 4.0;
            own.defects.leading_silence_s = 0.0;
        },
        "03 bass",
    ),
    (
        "STEM018",
        |set| {
            let own = &mut set.stems[2].analysis;
            own.dynamics.limited_db = Some(4.0);
            own.peaks.true_peak_dbtp = Some(-2.0);
        },
        "03 bass",
    ),
    ("STEM019", |set| set.stems[2].analysis.origin.upsampled_suspect = Some(true), "03 bass"),
    ("STEM020", |set| state(set, StemState::Missing), "03 bass"),
    ("STEM021", |set| state(set, StemState::Doubled), "03 bass"),
    ("STEM022", |set| state(set, StemState::Inverted), "03 bass"),
    ("STEM023", |set| state(set, StemState::Shifted), "03 bass"),
    ("STEM024", |set| state(set, StemState::Drifting), "03 bass"),
    ("STEM025", |set| state(set, StemState::Gain), "03 bass"),
    ("STEM026", |set| state(set, StemState::Processed), "03 bass"),
    ("STEM027", |set| verdict(set, SumVerdict::Incomplete), "the mix"),
    ("STEM028", |set| verdict(set, SumVerdict::Mastered), "the mix"),
    ("STEM029", |set| drop(set.sum.as_mut().unwrap().stems.remove(2)), "03 bass"),
];

fn rename(set: &mut StemSet, name: &str) {
    set.stems[2].name = name.into();
    set.sum.as_mut().unwrap().stems[2].name = name.into();
}

#[test]
fn every_check_of_sets_is_silent_on_a_clean_set_and_names_the_one_at_fault() {
    let found = run(&delivery());
    assert!(found.is_empty(), "a clean set is accused: {found:?}");
    let mut tried = BTreeSet::new();
    for (code, plant, subject) in FAULTS {
        tried.insert(*code);
        let mut set = delivery();
        plant(&mut set);
        let found = run(&set);
        let named: Vec<&str> = found
            .iter()
            .filter(|finding| finding.code == *code)
            .map(|finding| finding.subject.as_str())
            .collect();
        assert_eq!(named, [*subject], "{code}: {found:?}");
    }
    let all: BTreeSet<&str> = SET_CHECKS.iter().map(|check| check.code).collect();
    assert_eq!(tried, all, "every check has its case");
}

#[test]
fn numbers_that_begin_elsewhere_and_parts_that_begin_at_once_accuse_nobody() {
    let mut set = delivery();
    // 2, 3, 4 …: no gap. A song that begins at once, and one stem that ends early.
    set.stems.remove(0);
    for stem in &mut set.stems {
        stem.analysis.defects.leading_silence_s = 0.0;
    }
    set.sum = None;
    set.stems[1].analysis.source.duration_s -= 4.0;
    let found = run(&set);
    assert!(
        !found.iter().any(|finding| ["STEM015", "STEM017"].contains(&finding.code.as_str())),
        "{found:?}"
    );
}
