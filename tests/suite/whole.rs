//! The analysis as a whole: what must not change any field of it, as properties.

use crate::signals::{join, pieces, silence};
use crate::song::song;
use mixproof::audio::Block;
use mixproof::measure::Analyser;
use mixproof::model::{Analysis, Integrity, Source};
use mixproof::units::{amplitude_to_db, db_to_amplitude};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use serde_json::Value;
use std::collections::BTreeMap;

fn analyse(audio: &Block, lengths: &[usize]) -> Analysis {
    let mut analyser = Analyser::new(audio.sample_rate_hz(), audio.channel_count());
    pieces(audio, lengths).iter().for_each(|piece| analyser.push(piece));
    let source = Source {
        path: "song.wav".into(),
        container: "wav".into(),
        codec: "pcm_float".into(),
        sample_rate_hz: audio.sample_rate_hz(),
        channels: audio.channel_count() as u16,
        frames: audio.frames() as u64,
        duration_s: audio.frames() as f64 / f64::from(audio.sample_rate_hz()),
        bits: Some(32),
        effective_bits: None,
        declared_frames: None,
        non_finite_samples: 0,
        tags: BTreeMap::new(),
    };
    analyser.finish(source, Integrity::Ok, "the same".into())
}

fn scaled(audio: &Block, factor: f32) -> Block {
    let channels = audio.channels().iter().map(|channel| channel.iter().map(|x| x * factor).collect());
    Block::from_channels(channels.collect(), audio.sample_rate_hz())
}

/// Every number, text and `null` of a document by its path.
fn leaves(value: &Value, path: String, out: &mut Vec<(String, Value)>) {
    match value {
        Value::Object(fields) => {
            fields.iter().for_each(|(key, value)| leaves(value, format!("{path}.{key}"), out))
        }
        Value::Array(list) => {
            list.iter().enumerate().for_each(|(index, value)| leaves(value, format!("{path}[{index}]"), out));
        }
        other => out.push((path, other.clone())),
    }
}

/// Holds two analyses against each other field by field: numbers may differ by what `moved` says of their path (a
/// shift and a tolerance; `None` leaves the field out), everything else must be equal.
fn held(
    before: &Analysis,
    after: &Analysis,
    moved: impl Fn(&str) -> Option<(f64, f64)>,
) -> Result<(), TestCaseError> {
    let (mut a, mut b) = (Vec::new(), Vec::new());
    leaves(&serde_json::to_value(before).unwrap(), String::new(), &mut a);
    leaves(&serde_json::to_value(after).unwrap(), String::new(), &mut b);
    let paths = |list: &[(String, Value)]| list.iter().map(|(path, _)| path.clone()).collect::<Vec<_>>();
    prop_assert_eq!(paths(&a), paths(&b));
    let mut apart = Vec::new();
    for ((path, before), (_, after)) in a.iter().zip(&b) {
        let Some((shift, tolerance)) = moved(path) else { continue };
        let near = match (before.as_f64(), after.as_f64()) {
            (Some(before), Some(after)) => (after - before - shift).abs() <= tolerance,
            _ => before == after,
        };
        if !near {
            apart.push(format!("{path}: {before} became {after}"));
        }
    }
    prop_assert!(apart.is_empty(), "{}", apart.join("\n"));
    Ok(())
}

/// The unit of a level that a gain moves; ratios stay.
fn is_level(path: &str) -> bool {
    path.contains("_lufs") || path.contains("_dbfs") || path.contains("_dbtp")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4, failure_persistence: None, rng_seed: RngSeed::Fixed(1), ..ProptestConfig::default() })]

    #[test]
    fn blocks_of_any_size_give_the_same_document(
        lengths in prop::collection::vec(1usize..=65_536, 1..5),
        seed in 1u64..500,
    ) {
        let audio = song(9.0, 44_100, seed);
        prop_assert_eq!(analyse(&audio, &lengths).to_line(), analyse(&audio, &[8192]).to_line());
    }

    #[test]
    fn gain_moves_levels_and_leaves_every_ratio(gain_db in -9.0..9.0f64, seed in 1u64..500) {
        let audio = scaled(&song(14.0, 44_100, seed), 0.3);
        let factor = db_to_amplitude(gain_db) as f32;
        let gain_db = amplitude_to_db(f64::from(factor));
        let (before, after) = (analyse(&audio, &[8192]), analyse(&scaled(&audio, factor), &[8192]));
        held(&before, &after, |path| match path {
            // Energy counts loudness in; offsets are shares of full scale and move with it.
            ".music.energy" => None,
            path if path.starts_with(".defects.dc_offset") => None,
            // Silence ends at a level, so a fade ends elsewhere.
            path if path.contains("_silence_s") => Some((0.0, 0.02)),
            path if path.starts_with(".peaks") && path.ends_with("_at_s") => None,
            // Read from a histogram with steps of 0.05 dB.
            ".defects.noise_floor_dbfs" => Some((gain_db, 0.05 + 1e-6)),
            // Each of the nine bands passes the absolute gate of -70 LUFS by itself, as in the data that they are held
            // against: a sparse band may gain or lose a stretch.
            path if path.starts_with(".tone.k_bands") => None,
            path if is_level(path) => Some((gain_db, 1e-3)),
            // Blocks are kept with a step of 0.034 dB, which a mean of fifty parts by seven.
            path if path.starts_with(".tone.bands") && path.contains(".p") => Some((0.0, 0.035)),
            path if path.starts_with(".tone.bands") => Some((0.0, 0.005)),
            // Frames of 46 ms in steps of a histogram.
            ".tone.sibilance_db" => Some((0.0, 0.02)),
            // Single precision where the sides cancel to 50 dB below the middle.
            path if path.starts_with(".stereo.bands") => Some((0.0, 0.02)),
            _ => Some((0.0, 1e-3)),
        })?;
    }

    #[test]
    fn polarity_changes_nothing_but_the_sign_of_an_offset(seed in 1u64..500) {
        let audio = song(10.0, 44_100, seed);
        let (before, after) = (analyse(&audio, &[8192]), analyse(&scaled(&audio, -1.0), &[8192]));
        held(&before, &after, |path| (!path.starts_with(".defects.dc_offset")).then_some((0.0, 1e-6)))?;
        for (a, b) in before.defects.dc_offset.iter().zip(&after.defects.dc_offset) {
            prop_assert!((a + b).abs() < 1e-9);
        }
    }

    #[test]
    fn swapped_channels_change_sides_and_nothing_else(seed in 1u64..500) {
        let audio = song(10.0, 44_100, seed);
        let swapped = Block::from_channels(vec![audio.channel(1).to_vec(), audio.channel(0).to_vec()], 44_100);
        let (before, after) = (analyse(&audio, &[8192]), analyse(&swapped, &[8192]));
        held(&before, &after, |path| {
            let sided = path.starts_with(".peaks.channels")
                || path.starts_with(".defects.dc_offset")
                || path.ends_with(".channel")
                || path == ".stereo.balance_db"
                || path == ".stereo.delay_s";
            // Music is read from unequal shares of left and right, so that a side upside down does not vanish.
            let tolerance = match path {
                path if path.starts_with(".music") => 0.1,
                // Single precision where the sides cancel to 50 dB below the middle.
                path if path.starts_with(".stereo.bands") || path.starts_with(".tone.k_bands") => 0.02,
                path if path.starts_with(".tone") => 1e-3,
                _ => 1e-5,
            };
            (!sided).then_some((0.0, tolerance))
        })?;
        let balance = |analysis: &Analysis| analysis.stereo.as_ref().unwrap().balance_db.unwrap();
        prop_assert!((balance(&before) + balance(&after)).abs() < 1e-6);
        prop_assert_eq!(&before.peaks.channels[0], &after.peaks.channels[1]);
        prop_assert_eq!(before.defects.dc_offset[0], after.defects.dc_offset[1]);
    }

    #[test]
    fn silence_around_a_song_moves_times_and_not_what_is_heard(lead_s in 0.5..4.0f64, seed in 1u64..500) {
        let audio = song(20.0, 44_100, seed);
        let lead = silence(lead_s, 44_100, 2);
        let shift_s = lead.frames() as f64 / 44_100.0;
        let padded = join(&[lead, audio.clone(), silence(2.0, 44_100, 2)]);
        let (before, after) = (analyse(&audio, &[8192]), analyse(&padded, &[8192]));
        let near = |a: Option<f64>, b: Option<f64>, tolerance: f64| (a.unwrap() - b.unwrap()).abs() <= tolerance;
        prop_assert!(near(before.loudness.integrated_lufs, after.loudness.integrated_lufs, 0.1));
        prop_assert!(near(before.peaks.true_peak_dbtp, after.peaks.true_peak_dbtp, 1e-9));
        prop_assert!(near(before.dynamics.limited_db, after.dynamics.limited_db, 0.02));
        prop_assert!((after.defects.leading_silence_s - before.defects.leading_silence_s - shift_s).abs() < 1e-6);
        prop_assert!(after.defects.trailing_silence_s >= 2.0);
        prop_assert_eq!(before.defects.clicks.len(), after.defects.clicks.len());
        prop_assert_eq!(&before.music.key, &after.music.key);
        for (a, b) in before.tone.bands.iter().zip(&after.tone.bands).filter(|(a, _)| a.center_hz >= 40.0 && a.level_db.is_some_and(|db| db > -45.0)) {
            // Frames of 400 ms fall elsewhere, and so do the sections whose frames count.
            prop_assert!(near(a.level_db, b.level_db, 1.0), "{} Hz: {:?} {:?}", a.center_hz, a.level_db, b.level_db);
        }
        let (a, b) = (before.stereo.unwrap(), after.stereo.unwrap());
        prop_assert!(near(a.correlation, b.correlation, 1e-6) && near(a.mono_loss_lu, b.mono_loss_lu, 0.05));
    }
}

/// One line of JSON.
trait Line {
    fn to_line(&self) -> String;
}

impl Line for Analysis {
    fn to_line(&self) -> String {
        mixproof::model::Persisted::to_json_line(self)
    }
}
