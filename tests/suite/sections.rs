//! Quiet, normal and loud stretches: closed forms, cover, invariance.

use super::signals::{join, silence, sine};
use mixproof::audio::Block;
use mixproof::measure::Analyser;
use mixproof::model::{Integrity, Section, SectionLabel, Source};

const RATE_HZ: u32 = 16_000;

fn sections(block: &Block) -> Vec<Section> {
    let mut analyser = Analyser::new(block.sample_rate_hz(), block.channel_count());
    analyser.push(block);
    let source = Source {
        path: String::new(),
        container: "wav".into(),
        codec: "pcm".into(),
        sample_rate_hz: block.sample_rate_hz(),
        channels: block.channel_count() as u16,
        frames: block.frames() as u64,
        duration_s: block.frames() as f64 / f64::from(block.sample_rate_hz()),
        bits: None,
        effective_bits: None,
        declared_frames: None,
        non_finite_samples: 0,
        tags: Default::default(),
    };
    let sections = analyser.finish(source, Integrity::Ok, String::new()).sections;
    // They cover the file without a gap, and no neighbours are alike.
    let duration_s = block.frames() as f64 / f64::from(block.sample_rate_hz());
    assert_eq!(sections.first().map(|section| section.start_s), Some(0.0));
    assert!(sections.last().is_some_and(|section| (section.end_s - duration_s).abs() < 1e-9));
    assert!(
        sections.windows(2).all(|pair| pair[0].end_s == pair[1].start_s && pair[0].label != pair[1].label)
    );
    sections
}

/// A tone of 997 Hz that changes its level: LUFS is the peak level −3.01 for one channel (BS.1770).
fn steps(levels: &[(f64, f64)], gain_db: f64) -> Block {
    let parts: Vec<Block> = levels
        .iter()
        .map(|(level_dbfs, duration_s)| sine(997.0, level_dbfs + gain_db, *duration_s, RATE_HZ, 1))
        .collect();
    join(&parts)
}

#[test]
fn steps_of_level_become_sections() {
    let levels = [(-40.0, 12.0), (-20.0, 15.0), (-14.0, 15.0), (-40.0, 12.0)];
    let found = sections(&steps(&levels, 0.0));
    use SectionLabel::{Loud, Normal, Quiet};
    let labels: Vec<SectionLabel> = found.iter().map(|section| section.label).collect();
    assert_eq!(labels, [Quiet, Normal, Loud, Quiet], "{found:?}");
    // Short-term windows are 3 s long: a border is good to half of that.
    for (section, border_s) in found.iter().zip([12.0, 27.0, 42.0]) {
        assert!((section.end_s - border_s).abs() < 1.5, "{found:?}");
    }
    for (section, level_lufs) in [(&found[1], -23.01), (&found[2], -17.01)] {
        assert!((section.loudness_lufs.unwrap() - level_lufs).abs() < 0.5, "{section:?}");
    }
    // Labels are relative: turned down by 15 dB, the song has the same sections, 15 LU lower.
    let lower = sections(&steps(&levels, -15.0));
    assert_eq!(lower.len(), found.len());
    for (low, high) in lower.iter().zip(&found) {
        assert_eq!((low.label, low.start_s), (high.label, high.start_s));
        assert!((high.loudness_lufs.unwrap() - low.loudness_lufs.unwrap() - 15.0).abs() < 0.01);
    }
}

#[test]
fn what_is_short_joins_its_neighbour() {
    // A drop of two seconds in a loud song is no section; one of eight seconds is.
    for (drop_s, count) in [(2.0, 1), (8.0, 3)] {
        let found = sections(&steps(&[(-14.0, 15.0), (-40.0, drop_s), (-14.0, 15.0)], 0.0));
        assert_eq!(found.len(), count, "{drop_s}: {found:?}");
        assert_eq!(found[0].label, SectionLabel::Loud);
    }
}

#[test]
fn even_short_and_silent_files_are_one_section() {
    let even = sections(&steps(&[(-20.0, 20.0)], 0.0));
    assert_eq!((even.len(), even[0].label), (1, SectionLabel::Loud));
    assert!((even[0].loudness_lufs.unwrap() + 23.01).abs() < 0.05, "{even:?}");
    let short = sections(&steps(&[(-20.0, 1.0)], 0.0));
    assert_eq!((short.len(), short[0].label), (1, SectionLabel::Loud));
    let silent = sections(&silence(10.0, RATE_HZ, 2));
    assert_eq!((silent.len(), silent[0].label, silent[0].loudness_lufs), (1, SectionLabel::Quiet, None));
}
