//! Where audio came from: walls, raised rates, padded bits.

use super::signals::{Random, pieces, silence, white};
use super::tonal_song::Song;
use mixproof::audio::Block;
use mixproof::measure::OriginMeter;
use mixproof::model::{Origin, Source, Tone};
use rustfft::{FftPlanner, num_complex::Complex};

fn source(rate: u32, codec: &str) -> Source {
    Source {
        path: String::new(),
        container: "wav".into(),
        codec: codec.into(),
        sample_rate_hz: rate,
        channels: 2,
        frames: 0,
        duration_s: 0.0,
        bits: None,
        effective_bits: None,
        declared_frames: None,
        non_finite_samples: 0,
        tags: Default::default(),
    }
}

fn origin(block: &Block, source: &Source) -> Origin {
    let mut meter = OriginMeter::new(block.sample_rate_hz(), block.channel_count());
    for piece in pieces(block, &[10_000]) {
        meter.push(&piece);
    }
    meter.finish(source, &Tone::default())
}

/// Cuts everything above a frequency off, as encoders and converters do.
fn brick_wall(block: &Block, edge_hz: f64, seed: u64) -> Block {
    let n = block.frames();
    let mut random = Random(seed);
    let mut planner = FftPlanner::<f64>::new();
    let channels = block
        .channels()
        .iter()
        .map(|x| {
            let mut z: Vec<Complex<f64>> = x.iter().map(|v| Complex::new(f64::from(*v), 0.0)).collect();
            planner.plan_fft_forward(n).process(&mut z);
            let edge = (edge_hz * n as f64 / f64::from(block.sample_rate_hz())) as usize;
            z[edge..=n - edge].fill(Complex::default());
            planner.plan_fft_inverse(n).process(&mut z);
            // Written with the dither of 16 bits.
            z.iter()
                .map(|c| {
                    let dither = 0.5 * (random.bipolar() + random.bipolar());
                    ((c.re / n as f64 * 32768.0 + dither).round() / 32768.0) as f32
                })
                .collect()
        })
        .collect();
    Block::from_channels(channels, block.sample_rate_hz())
}

/// A song with a bed of cymbals, so that there is something above 10 kHz all the time.
fn bright_song(rate: u32) -> Block {
    let mut block = Song { duration_s: 12.0, sample_rate_hz: rate, ..Song::default() }.render();
    let bed = white(0.02, 12.0, rate, 2, 8);
    for channel in 0..2 {
        block.channel_mut(channel).iter_mut().zip(bed.channel(channel)).for_each(|(a, b)| *a += b);
    }
    block
}

#[test]
fn a_wall_is_a_suspicion_and_dull_music_is_none() {
    let bright = bright_song(44100);
    for edge_hz in [16000.0, 19000.0, 20000.0] {
        let walled = brick_wall(&bright, edge_hz, 4);
        let found = origin(&walled, &source(44100, "pcm"));
        assert_eq!(found.lossy_suspect, Some(true), "{edge_hz}");
        assert!(found.evidence[0].contains("kHz"), "{:?}", found.evidence);
        // The same samples from any lossless codec; a lossy one is not judged.
        assert_eq!(found, origin(&walled, &source(44100, "flac")));
        assert_eq!(origin(&walled, &source(44100, "mp3")).lossy_suspect, None);
    }
    assert_eq!(origin(&bright, &source(44100, "pcm")).lossy_suspect, Some(false));
    // Dull by a gentle filter, and dull by nature.
    let mut dull = bright.clone();
    for channel in dull.channels_mut() {
        let mut states = [0.0f32; 4];
        for v in channel.iter_mut() {
            let mut x = *v;
            for state in &mut states {
                *state += 0.45 * (x - *state);
                x = *state;
            }
            *v = x;
        }
    }
    let dull = brick_wall(&dull, 22000.0, 5);
    assert_eq!(origin(&dull, &source(44100, "pcm")).lossy_suspect, Some(false));
    let plain = brick_wall(&Song { duration_s: 12.0, drums: false, ..Song::default() }.render(), 22000.0, 6);
    assert_eq!(origin(&plain, &source(44100, "pcm")).lossy_suspect, Some(false));
    assert_eq!(origin(&silence(5.0, 44100, 2), &source(44100, "pcm")).lossy_suspect, None);
}

#[test]
fn raised_rates_and_padded_bits() {
    let bright = bright_song(96000);
    let raised = origin(&brick_wall(&bright, 21500.0, 7), &source(96000, "pcm"));
    assert_eq!((raised.upsampled_suspect, raised.lossy_suspect), (Some(true), Some(false)), "{raised:?}");
    assert_eq!(origin(&bright, &source(96000, "pcm")).upsampled_suspect, Some(false));
    let lossy = origin(&brick_wall(&bright, 16000.0, 7), &source(96000, "pcm"));
    assert_eq!((lossy.upsampled_suspect, lossy.lossy_suspect), (Some(false), Some(true)));
    assert_eq!(origin(&bright_song(44100), &source(44100, "pcm")).upsampled_suspect, None);
    let padded = Source { bits: Some(24), effective_bits: Some(16), ..source(44100, "pcm") };
    let found = origin(&silence(1.0, 44100, 2), &padded);
    assert_eq!(found.padded_bits, Some(8));
    assert!(found.evidence[0].contains("16 bits"));
    let whole = Source { bits: Some(24), effective_bits: Some(24), ..source(44100, "pcm") };
    assert_eq!(origin(&silence(1.0, 44100, 2), &whole).padded_bits, None);
}
