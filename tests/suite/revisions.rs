//! Two revisions of one song: offset, drift, level, strokes of an equaliser, edits of a section; and other songs.

use crate::signals::{self, pieces};
use mixproof::audio::Block;
use mixproof::compare::ContourMeter;
use mixproof::dsp::biquad::{Biquad, peak};
use mixproof::model::{Analysis, Comparison, Persisted, Relation, Stage};
use mixproof::pipeline::{Silent, Targets, analyse, compare_references, compare_revisions};
use mixproof::units::db_to_amplitude;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

const RATE_HZ: u32 = 44_100;

/// Thirty-two seconds with quiet and loud parts of eight seconds.
fn song() -> &'static Block {
    static SONG: OnceLock<Block> = OnceLock::new();
    SONG.get_or_init(|| signals::song(32.0, -6.0, RATE_HZ, 5))
}

struct Pair {
    folder: tempfile::TempDir,
}

impl Pair {
    fn new() -> Pair {
        Pair { folder: tempfile::tempdir().unwrap() }
    }

    fn write(&self, name: &str, audio: &Block, bits: u16) -> PathBuf {
        let path = self.folder.path().join(name);
        signals::write_wav(&path, audio, bits);
        path
    }
}

fn compared(a: &Path, b: &Path) -> Comparison {
    let targets = Targets::load("popular", "none").unwrap();
    compare_revisions(a, b, &targets, Stage::Mix, &Silent).unwrap()
}

/// The song against a changed copy of it.
fn against(changed: &Block) -> Comparison {
    let pair = Pair::new();
    compared(&pair.write("a.wav", song(), 24), &pair.write("b.wav", changed, 24))
}

fn each_sample(audio: &Block, change: impl Fn(f32) -> f32) -> Block {
    let channels = audio.channels().iter().map(|channel| channel.iter().map(|x| change(*x)).collect());
    Block::from_channels(channels.collect(), audio.sample_rate_hz())
}

fn later(audio: &Block, frames: usize) -> Block {
    signals::join(&[Block::silent(2, frames, RATE_HZ), audio.clone()])
}

/// Plays so much slower, by cubic interpolation.
fn slowed(audio: &Block, ppm: f64) -> Block {
    let frames = audio.frames();
    let channels = audio.channels().iter().map(|channel| {
        let at = |index: i64| f64::from(channel[index.clamp(0, frames as i64 - 1) as usize]);
        (0..frames)
            .map(|frame| {
                let place = frame as f64 / (1.0 + ppm * 1e-6);
                let (whole, t) = (place.floor() as i64, place.fract());
                let [a, b, c, d] = [at(whole - 1), at(whole), at(whole + 1), at(whole + 2)];
                let cubic = b + 0.5
                    * t
                    * (c - a + t * (2.0 * a - 5.0 * b + 4.0 * c - d + t * (3.0 * (b - c) + d - a)));
                cubic as f32
            })
            .collect()
    });
    Block::from_channels(channels.collect(), RATE_HZ)
}

#[test]
fn identical_audio_has_no_changes() {
    let pair = Pair::new();
    let a = pair.write("a.wav", song(), 16);
    let same = compared(&a, &pair.write("b.wav", song(), 16));
    assert_eq!(same.relation, Relation::Identical);
    assert_eq!((same.offset_s, same.drift_ppm, same.gain_db), (Some(0.0), Some(0.0), Some(0.0)));
    // Another depth is another file with the same music.
    let deeper = compared(&a, &pair.write("c.wav", song(), 32));
    assert_eq!(deeper.relation, Relation::Revision);
    assert_eq!((deeper.offset_s, deeper.drift_ppm), (Some(0.0), Some(0.0)));
    for comparison in [&same, &deeper] {
        assert!(comparison.changes.is_empty(), "{:?}", comparison.changes);
        assert!(comparison.sections.iter().all(|section| section.changes.is_empty()));
        assert!(comparison.broke.is_empty(), "{:?}", comparison.broke);
        assert!(comparison.confidence > 0.95);
    }
}

#[test]
fn a_shifted_and_gained_copy_is_found_to_the_sample() {
    let gain = db_to_amplitude(-3.2) as f32;
    let comparison = against(&later(&each_sample(song(), |x| gain * x), 12_345));
    assert_eq!(comparison.relation, Relation::Revision);
    let offset = comparison.offset_s.unwrap() * f64::from(RATE_HZ);
    assert!((offset - 12_345.0).abs() < 0.5, "{offset}");
    assert_eq!(comparison.drift_ppm, Some(0.0));
    assert!((comparison.gain_db.unwrap() + 3.2).abs() < 0.1, "{:?}", comparison.gain_db);
    let measures: Vec<&str> = comparison.changes.iter().map(|change| change.measure.as_str()).collect();
    assert!(measures.contains(&"loudness.integrated_lufs"), "{measures:?}");
    assert!(!measures.iter().any(|measure| measure.starts_with("tone.")), "{measures:?}");
    // Cut at the beginning: B starts earlier.
    let comparison = against(&song().slice(5_000, song().frames()));
    let offset = comparison.offset_s.unwrap() * f64::from(RATE_HZ);
    assert!((offset + 5_000.0).abs() < 0.5, "{offset}");
}

#[test]
fn an_equalisers_stroke_is_no_change_of_level() {
    let mut changed = song().clone();
    for channel in changed.channels_mut() {
        let mut bell = Biquad::new(peak(3150.0, 4.0, 1.0, f64::from(RATE_HZ)));
        channel.iter_mut().for_each(|x| *x = bell.process(f64::from(*x)) as f32);
    }
    let comparison = against(&changed);
    assert!(comparison.gain_db.unwrap().abs() < 0.2, "{:?}", comparison.gain_db);
    let bands: Vec<_> =
        comparison.changes.iter().filter(|change| change.measure.starts_with("tone.bands[")).collect();
    assert_eq!(bands.len(), 1, "{bands:?}");
    assert!(["tone.bands[3150].level_db", "tone.bands[2500].level_db"].contains(&bands[0].measure.as_str()));
    assert!((bands[0].change.unwrap() - 4.0).abs() < 0.5, "{bands:?}");
}

#[test]
fn a_clock_that_runs_away_is_told_in_parts_per_million() {
    for ppm in [120.0, -40.0] {
        let comparison = against(&slowed(song(), ppm));
        assert_eq!(comparison.relation, Relation::Revision);
        assert!((comparison.drift_ppm.unwrap() - ppm).abs() < 1.0, "{ppm}: {:?}", comparison.drift_ppm);
        assert!(comparison.offset_s.unwrap().abs() < 1e-4, "{:?}", comparison.offset_s);
    }
}

#[test]
fn inverted_polarity_is_told() {
    let comparison = against(&each_sample(song(), |x| -x));
    assert_eq!(comparison.relation, Relation::Revision);
    assert!(comparison.polarity_inverted && comparison.confidence > 0.9);
}

#[test]
fn an_edit_of_one_section_shows_there_and_nowhere_else() {
    let mut changed = song().clone();
    let edit = 16 * RATE_HZ as usize..24 * RATE_HZ as usize;
    for channel in changed.channels_mut() {
        channel[edit.clone()].iter_mut().for_each(|x| *x *= db_to_amplitude(2.0) as f32);
    }
    let comparison = against(&changed);
    assert!(comparison.sections.len() >= 3, "{:?}", comparison.sections);
    for section in &comparison.sections {
        let inside =
            (section.end_s.min(24.0) - section.start_s.max(16.0)) / (section.end_s - section.start_s);
        let louder = section.changes.iter().any(|change| {
            change.measure.contains("loudness") && change.change.is_some_and(|change| change > 0.0)
        });
        if inside > 0.8 {
            assert!(louder, "{section:?}");
        }
        if inside <= 0.0 {
            assert!(!louder, "{section:?}");
        }
    }
}

#[test]
fn an_edit_inside_a_section_is_found_where_it_begins_and_ends() {
    // 20 to 25 s turned down by 3 dB: inside the chorus from 15 to 30 s.
    let song = crate::song::song(40.0, RATE_HZ, 5);
    let mut changed = song.clone();
    let edit = 20 * RATE_HZ as usize..25 * RATE_HZ as usize;
    for channel in changed.channels_mut() {
        channel[edit.clone()].iter_mut().for_each(|x| *x *= db_to_amplitude(-3.0) as f32);
    }
    // The whole is 1.5 dB quieter and starts later, which is no part of the edit.
    let gain = db_to_amplitude(-1.5) as f32;
    let pair = Pair::new();
    let moved = later(&each_sample(&changed, |x| gain * x), 7_001);
    let comparison = compared(&pair.write("a.wav", &song, 24), &pair.write("b.wav", &moved, 24));
    assert!((comparison.gain_db.unwrap() + 1.5).abs() < 0.1, "{:?}", comparison.gain_db);
    let told: Vec<_> = comparison
        .sections
        .iter()
        .filter_map(|section| {
            let quieter =
                section.changes.iter().find(|change| change.measure == "sections[].loudness_lufs")?;
            Some((section.start_s, section.end_s, quieter.change?))
        })
        .collect();
    assert_eq!(told.len(), 1, "{:?}", comparison.sections);
    let (start_s, end_s, change_db) = told[0];
    assert!((start_s - 20.0).abs() <= 0.5 && (end_s - 25.0).abs() <= 0.5, "{told:?}");
    assert!((change_db + 3.0).abs() < 0.5, "{told:?}");
}

#[test]
fn offset_drift_and_gain_are_told_apart() {
    let gain = db_to_amplitude(-4.0) as f32;
    let moved = later(&each_sample(&slowed(song(), 75.0), |x| gain * x), 22_050);
    let comparison = against(&moved);
    assert!((comparison.offset_s.unwrap() - 0.5).abs() < 1e-4, "{:?}", comparison.offset_s);
    assert!((comparison.drift_ppm.unwrap() - 75.0).abs() < 1.0, "{:?}", comparison.drift_ppm);
    assert!((comparison.gain_db.unwrap() + 4.0).abs() < 0.1, "{:?}", comparison.gain_db);
    // Whole samples are found as such, wherever they are.
    for frames in [1, 37, 999, 44_101] {
        let offset_s = against(&later(song(), frames)).offset_s.unwrap();
        assert_eq!((offset_s * f64::from(RATE_HZ)).round() as usize, frames);
        assert!((offset_s * f64::from(RATE_HZ) - frames as f64).abs() < 1e-6, "{offset_s}");
    }
}

#[test]
fn other_songs_are_said_to_be_other_songs() {
    let pair = Pair::new();
    let a = pair.write("a.wav", song(), 24);
    let b = pair.write("b.wav", &crate::song::song(30.0, 48_000, 3), 24);
    let comparison = compared(&a, &b);
    assert_eq!(comparison.relation, Relation::Different);
    assert!(comparison.changes.is_empty() && comparison.sections.is_empty());
    assert_eq!((comparison.offset_s, comparison.drift_ppm, comparison.gain_db), (None, None, None));
    assert!(!comparison.deviations.is_empty(), "B serves as the reference");
    // Silence is no recording.
    let silence = compared(&a, &pair.write("c.wav", &signals::silence(30.0, RATE_HZ, 2), 24));
    assert_eq!(silence.relation, Relation::Different);
}

#[test]
fn several_references_are_compared_by_their_spread() {
    let pair = Pair::new();
    let a = pair.write("a.wav", song(), 24);
    let references: Vec<PathBuf> = (0..2)
        .map(|index| {
            pair.write(
                &format!("r{index}.wav"),
                &signals::song(16.0, -1.0 - f64::from(index), RATE_HZ, 9),
                24,
            )
        })
        .collect();
    let comparison = compare_references(&a, &references, &Silent).unwrap();
    assert_eq!(comparison.relation, Relation::References);
    assert_eq!(comparison.references.len(), 2);
    assert!(comparison.b.is_none() && comparison.offset_s.is_none());
    let loudness = comparison
        .deviations
        .iter()
        .find(|deviation| deviation.measure == "loudness.integrated_lufs")
        .unwrap();
    assert!(loudness.tolerances < -1.0, "{loudness:?}");
    assert_eq!(Comparison::from_json(&comparison.to_json(), Path::new("compare.json")).unwrap(), comparison);
}

#[test]
fn measures_of_another_revision_are_refused() {
    let pair = Pair::new();
    let audio = pair.write("a.wav", song(), 24);
    let analysis = analyse(&audio, &Silent).unwrap();
    let (a, b) = (pair.folder.path().join("a.json"), pair.folder.path().join("b.json"));
    analysis.save(&a).unwrap();
    Analysis { measures_rev: 0, ..analysis }.save(&b).unwrap();
    let targets = Targets::load("popular", "none").unwrap();
    let error = compare_revisions(&a, &b, &targets, Stage::Mix, &Silent).unwrap_err().to_string();
    assert!(error.contains("b.json") || error.contains("measures_rev 0"), "{error}");
    assert!(compare_references(&a, &[b.clone(), audio], &Silent).is_err());
    assert_eq!(compared(&a, &a).relation, Relation::Identical);
}

#[test]
fn the_contour_does_not_depend_on_the_blocks() {
    let audio = song().slice(0, 3 * RATE_HZ as usize + 17);
    let contour = |lengths: &[usize]| {
        let mut meter = ContourMeter::new(RATE_HZ, 2);
        pieces(&audio, lengths).iter().for_each(|piece| meter.push(piece));
        meter.finish()
    };
    let whole = contour(&[audio.frames()]);
    assert_eq!(whole, contour(&[1, 977, 4096]));
    assert_eq!(whole, contour(&[64]));
}
