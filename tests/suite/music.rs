//! Tempo, key, and energy, on songs whose answers are known.

use super::signals::{pieces, silence, white};
use super::tonal_song::Song;
use mixproof::audio::Block;
use mixproof::measure::MusicMeter;
use mixproof::model::{Loudness, Music};

fn measure_pieces(blocks: &[Block]) -> Music {
    let mut meter = MusicMeter::new(blocks[0].sample_rate_hz(), blocks[0].channel_count());
    blocks.iter().for_each(|block| meter.push(block));
    meter.finish(&Loudness { integrated_lufs: Some(-14.0), ..Loudness::default() })
}

fn measure(block: &Block) -> Music {
    measure_pieces(std::slice::from_ref(block))
}

#[test]
fn tempo_of_songs_or_its_half_or_double() {
    for (tempo_bpm, sample_rate_hz) in
        [(72.0, 22050), (96.0, 24000), (120.0, 44100), (133.3, 48000), (174.0, 22050)]
    {
        let song = Song { tempo_bpm, sample_rate_hz, duration_s: 16.0, ..Song::default() }.render();
        let found = measure(&song);
        let mut readings = vec![found.tempo_bpm.expect("a tempo")];
        readings.extend(&found.tempo_alternatives_bpm);
        assert!(readings.iter().any(|bpm| (bpm / tempo_bpm - 1.0).abs() < 0.01), "{tempo_bpm}: {readings:?}");
        assert!(found.tempo_confidence.unwrap() > 0.2, "{found:?}");
    }
}

#[test]
fn key_of_songs_in_every_key() {
    let names = ["C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B"];
    for tonic in 0..12 {
        for minor in [false, true] {
            let song =
                Song { tonic, minor, duration_s: 16.0, sample_rate_hz: 11025, ..Song::default() }.render();
            let expected = format!("{} {}", names[tonic as usize], if minor { "minor" } else { "major" });
            let found = measure(&song);
            assert_eq!(found.key.as_deref(), Some(expected.as_str()), "{found:?}");
            assert!((0.0..=1.0).contains(&found.key_confidence.unwrap()));
        }
    }
}

#[test]
fn what_has_no_tempo_and_no_key_gets_none() {
    let nothing = measure(&silence(20.0, 44100, 2));
    assert_eq!((nothing.tempo_bpm, nothing.key, nothing.energy), (None, None, None));
    let noise = measure(&white(0.3, 20.0, 44100, 2, 4));
    assert!(noise.tempo_confidence.is_none_or(|c| c < 0.2), "{noise:?}");
    for block in
        [Block::empty(2, 44100), Block::empty(1, 8000), silence(0.1, 192000, 1), white(0.5, 0.1, 44100, 6, 1)]
    {
        assert!(measure(&block).tempo_bpm.is_none());
    }
}

#[test]
fn gain_and_pieces_do_not_change_the_music() {
    let song = Song { duration_s: 12.0, ..Song::default() }.render();
    let found = measure(&song);
    assert!((0.0..=1.0).contains(&found.energy.unwrap()));
    for lengths in [&[1usize, 1000][..], &[65536], &[441]] {
        assert_eq!(found, measure_pieces(&pieces(&song, lengths)));
    }
    let mut quieter = song.clone();
    quieter.channels_mut().iter_mut().flatten().for_each(|v| *v *= 0.25);
    let other = measure(&quieter);
    assert_eq!(found.key, other.key);
    assert!((found.tempo_bpm.unwrap() - other.tempo_bpm.unwrap()).abs() < 1e-6);
}
