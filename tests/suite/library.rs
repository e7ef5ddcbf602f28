//! The library as its users see it: the example of every stage, and audio that never was a file.

#[path = "../../examples/story.rs"]
mod story;

use crate::signals::{song, white, write_wav};
use mixproof::audio::Block;
use mixproof::decode::read_all;
use mixproof::error::Error;
use mixproof::model::{Analysis, RowStatus, Source};
use mixproof::pipeline::Targets;

fn interleaved(block: &Block) -> Vec<f32> {
    (0..block.frames()).flat_map(|frame| block.channels().iter().map(move |channel| channel[frame])).collect()
}

#[test]
fn the_story_is_told_stage_by_stage() {
    let folder = tempfile::tempdir().unwrap();
    let [path, output] = ["song.wav", "new.wav"].map(|name| folder.path().join(name));
    write_wav(&path, &song(12.0, -6.0, 44_100, 7), 24);
    let targets = Targets::load("jazz", "apple-music").unwrap();
    let analysis = story::measure(&path).unwrap();
    let checked = story::judge(analysis.clone(), &targets);
    assert_eq!(checked.profile, "jazz");
    let plan = story::proposal(&path, &targets).unwrap();
    let edited = story::quieter(plan.clone());
    assert_ne!(edited, plan);
    let written = story::apply(&edited, &path, &output, &targets).unwrap();
    assert!(written.after.peaks.true_peak_dbtp.unwrap() <= edited.ceiling_dbtp);
    assert_eq!(story::measure(&output).unwrap().content_id, written.after.content_id);
    let changed = story::what_changed(&path, &output, &targets).unwrap();
    assert!(!changed.changes.is_empty());
    let row = story::row(&output).unwrap();
    assert_eq!(row.status, RowStatus::Ok);
    assert_eq!(row.content_id, Some(written.after.content_id));
    assert_eq!(story::row(&folder.path().join("gone.wav")).unwrap().status, RowStatus::Failed);
}

#[test]
fn samples_in_memory_measure_as_in_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("song.wav");
    for (channels, frames) in [(1, 4096), (2, 100_001), (6, 30_000)] {
        let rate_hz = 48_000;
        let sound = white(0.4, f64::from(frames) / f64::from(rate_hz), rate_hz, channels, 3);
        write_wav(&path, &sound, 32);
        let (block, _) = read_all(&path).unwrap();
        let in_file = story::measure(&path).unwrap();
        let in_memory = story::measure_samples(&interleaved(&block), channels, rate_hz).unwrap();
        let Source { path: name, container, .. } = &in_memory.source;
        assert_eq!((name.as_str(), container.as_str()), ("take 1", "memory"));
        let source = Source {
            path: in_memory.source.path.clone(),
            container: in_memory.source.container.clone(),
            declared_frames: None,
            ..in_file.source.clone()
        };
        assert_eq!(in_memory, Analysis { source, ..in_file }, "{channels} channels");
    }
}

#[test]
fn samples_that_are_no_audio_are_refused() {
    let refused =
        |samples: &[f32], channels, rate_hz| story::measure_samples(samples, channels, rate_hz).unwrap_err();
    assert!(matches!(refused(&[], 2, 48_000), Error::Usage { .. }));
    assert!(refused(&[0.0; 3], 2, 48_000).to_string().contains("whole frames of 2 channels, found 3"));
    assert!(refused(&[0.0, 0.0, 0.0, f32::NAN], 2, 48_000).to_string().contains("frame 1, channel 1"));
    assert!(refused(&[f32::INFINITY, 0.0], 2, 48_000).to_string().contains("found inf in frame 0"));
    for (channels, rate_hz) in [(2, 0), (2, 7_999), (2, 384_001), (9, 48_000)] {
        assert!(
            matches!(refused(&[0.0; 18], channels, rate_hz), Error::Unsupported { .. }),
            "{channels} {rate_hz}"
        );
    }
    assert!(matches!(refused(&[0.0; 2], 0, 48_000), Error::Decode { .. }));
}
