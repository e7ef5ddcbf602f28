//! Spectrogram and goniometer: what is drawn lies where the signal has it, whatever the blocks.

use crate::signals::{join, pieces, silence, sine, white};
use mixproof::audio::Block;
use mixproof::measure::PictureMeter;
use mixproof::model::{Goniometer, Pictures, Spectrogram, levels_from_text};

fn pictures(block: &Block, lengths: &[usize]) -> Pictures {
    let mut meter = PictureMeter::new(block.sample_rate_hz(), block.channel_count());
    pieces(block, lengths).iter().for_each(|piece| meter.push(piece));
    meter.finish()
}

fn loudest_row(picture: &Spectrogram, column: usize) -> f64 {
    let levels = levels_from_text(&picture.levels);
    let column = &levels[column * picture.rows..(column + 1) * picture.rows];
    let row = (0..picture.rows).max_by_key(|row| column[*row]).unwrap();
    let share = (row as f64 + 0.5) / picture.rows as f64;
    picture.low_hz * (picture.high_hz / picture.low_hz).powf(share)
}

#[test]
fn a_tone_is_drawn_at_its_pitch_and_time() {
    for rate_hz in [44_100, 96_000] {
        let tones = join(&[sine(220.0, -12.0, 6.0, rate_hz, 2), sine(3500.0, -20.0, 6.0, rate_hz, 2)]);
        let picture = pictures(&tones, &[32_768]).spectrogram.unwrap();
        assert!((150..=600).contains(&picture.columns), "{}", picture.columns);
        assert_eq!(picture.levels.len(), picture.rows * picture.columns);
        let covered_s = picture.columns as f64 * picture.step_s;
        assert!((covered_s - 12.0).abs() < 0.3, "{covered_s}");
        let column = |at_s: f64| (at_s / picture.step_s) as usize;
        for (at_s, hz) in [(1.0, 220.0), (4.9, 220.0), (7.2, 3500.0), (11.0, 3500.0)] {
            let drawn_hz = loudest_row(&picture, column(at_s));
            assert!((drawn_hz / hz - 1.0f64).abs() < 0.08, "{at_s}: {drawn_hz}");
        }
        // The second tone is 8 dB lower: 6 or 7 steps of 1.25 dB.
        let levels = levels_from_text(&picture.levels);
        let most =
            |at_s: f64| levels[column(at_s) * picture.rows..][..picture.rows].iter().max().copied().unwrap();
        let steps = i32::from(most(3.0)) - i32::from(most(9.0));
        assert!((5..=8).contains(&steps), "{steps}");
    }
}

#[test]
fn blocks_do_not_matter_and_length_costs_no_memory() {
    let noise = white(0.3, 20.0, 44_100, 2, 5);
    assert_eq!(pictures(&noise, &[32_768]), pictures(&noise, &[1, 777, 4096, 60_000]));
    let mut meter = PictureMeter::new(44_100, 2);
    let block = white(0.3, 1.0, 44_100, 2, 6);
    (0..900).for_each(|_| meter.push(&block));
    let picture = meter.finish().spectrogram.unwrap();
    assert!((300..=600).contains(&picture.columns), "{}", picture.columns);
    assert!((picture.columns as f64 * picture.step_s - 900.0).abs() < 4.0);
}

fn image(left: f32, right: f32) -> Goniometer {
    let tone = sine(500.0, -6.0, 2.0, 48_000, 1);
    let side = |gain: f32| tone.channel(0).iter().map(|sample| sample * gain).collect::<Vec<f32>>();
    pictures(&Block::from_channels(vec![side(left), side(right)], 48_000), &[4096]).goniometer.unwrap()
}

#[test]
fn energy_is_counted_where_it_stands() {
    let cases =
        [(1.0, 0.0, 0), (1.0, 0.414, 1), (0.8, 0.8, 2), (0.414, 1.0, 3), (0.0, 1.0, 4), (0.7, -0.7, 5)];
    for (left, right, sector) in cases {
        let share = image(left, right).direction_share;
        assert!(share[sector] > 0.999, "{left} {right}: {share:?}");
        assert!((share.iter().sum::<f64>() - 1.0).abs() < 1e-9);
    }
    // Mono is an upright line in the middle, opposite signs a level one.
    let line = |picture: &Goniometer, upright: bool| {
        let levels = levels_from_text(&picture.levels);
        let cell = |i: usize| (i / picture.size, i % picture.size);
        let near = |place: usize| place.abs_diff(picture.size / 2) <= 1;
        levels.iter().enumerate().filter(|(_, level)| **level > 0).all(|(i, _)| {
            let (row, column) = cell(i);
            near(if upright { column } else { row })
        })
    };
    assert!(line(&image(0.8, 0.8), true) && line(&image(0.8, -0.8), false));
    // A picture fills its square, and says what its edge stands for.
    let quiet = image(0.1, 0.1);
    assert!((quiet.edge_dbfs - (-26.0)).abs() < 2.0, "{}", quiet.edge_dbfs);
}

#[test]
fn silence_mono_and_next_to_nothing_have_no_picture() {
    let empty = pictures(&silence(3.0, 48_000, 2), &[4096]);
    assert_eq!(empty, Pictures::default());
    assert_eq!(pictures(&sine(440.0, -6.0, 3.0, 48_000, 1), &[4096]).goniometer, None);
    assert_eq!(pictures(&sine(440.0, -6.0, 0.05, 48_000, 2), &[4096]).spectrogram, None);
}
