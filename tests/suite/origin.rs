//! Where audio came from: walls, raised rates, padded bits.

use super::mp3_coder;
use super::signals::{Random, pieces, silence, white};
use super::tonal_song::Song;
use mixproof::audio::Block;
use mixproof::dsp::mdct::{Mdct, kaiser_bessel_window, sine_window, vorbis_window};
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
fn a_wall_alone_is_evidence_and_no_verdict_and_dull_music_is_neither() {
    let bright = bright_song(44100);
    for edge_hz in [16000.0, 19000.0, 20000.0] {
        let walled = brick_wall(&bright, edge_hz, 4);
        let found = origin(&walled, &source(44100, "pcm"));
        assert_eq!(found.lossy_suspect, Some(false), "{edge_hz}");
        assert!(found.evidence[0].contains("kHz"), "{:?}", found.evidence);
        assert!(found.evidence[0].ends_with("no verdict by itself"), "{:?}", found.evidence);
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
    let none = Origin { lossy_suspect: Some(false), ..Origin::default() };
    assert_eq!(origin(&dull, &source(44100, "pcm")), none);
    let plain = brick_wall(&Song { duration_s: 12.0, drums: false, ..Song::default() }.render(), 22000.0, 6);
    assert_eq!(origin(&plain, &source(44100, "pcm")), none);
    assert_eq!(origin(&silence(5.0, 44100, 2), &source(44100, "pcm")).lossy_suspect, None);
}

#[test]
fn raised_rates_and_padded_bits() {
    let bright = bright_song(96000);
    let raised = origin(&brick_wall(&bright, 21500.0, 7), &source(96000, "pcm"));
    assert_eq!((raised.upsampled_suspect, raised.lossy_suspect), (Some(true), Some(false)), "{raised:?}");
    assert_eq!(origin(&bright, &source(96000, "pcm")).upsampled_suspect, Some(false));
    let walled = origin(&brick_wall(&bright, 16000.0, 7), &source(96000, "pcm"));
    assert_eq!((walled.upsampled_suspect, walled.lossy_suspect), (Some(false), Some(false)));
    assert_eq!(walled.evidence.len(), 1, "{walled:?}");
    assert_eq!(origin(&bright_song(44100), &source(44100, "pcm")).upsampled_suspect, None);
    let padded = Source { bits: Some(24), effective_bits: Some(16), ..source(44100, "pcm") };
    let found = origin(&silence(1.0, 44100, 2), &padded);
    assert_eq!(found.padded_bits, Some(8));
    assert!(found.evidence[0].contains("16 bits"));
    let whole = Source { bits: Some(24), effective_bits: Some(24), ..source(44100, "pcm") };
    assert_eq!(origin(&silence(1.0, 44100, 2), &whole).padded_bits, None);
}

/// Coded with one window: coefficients rounded to a step, and decoded to 16 bits.
fn coded(block: &Block, window: &[f32], step: f32) -> Block {
    let count = window.len() / 2;
    let half = count / 2;
    let mut mdct = Mdct::new(count);
    let mut random = Random(12);
    let flat = vec![1.0; 2 * count];
    let channels = block.channels().iter().map(|x| {
        let mut out = vec![0.0f32; x.len()];
        let mut coefficients = vec![0.0; count];
        let mut folded = vec![0.0; count];
        for at in (0..x.len() - 2 * count).step_by(count) {
            mdct.transform(window, &x[at..at + 2 * count], &mut coefficients);
            // A frame that folds to the coefficients: the transform of the fourth kind is its own inverse.
            let mut frame = vec![0.0; 2 * count];
            for n in 0..half {
                frame[3 * half + n] = -(coefficients[n] / step).round() * step;
                frame[n] = (coefficients[half + n] / step).round() * step;
            }
            mdct.transform(&flat, &frame, &mut folded);
            for n in 0..half {
                out[at + n] += window[n] * folded[half + n];
                out[at + count - 1 - n] -= window[count - 1 - n] * folded[half + n];
                out[at + 3 * half - 1 - n] -= window[3 * half - 1 - n] * folded[n];
                out[at + 3 * half + n] -= window[3 * half + n] * folded[n];
            }
        }
        let dithered = |v: &f32| {
            let dither = 0.5 * (random.bipolar() + random.bipolar());
            ((f64::from(*v) * 32768.0 + dither).round() / 32768.0) as f32
        };
        out.iter().map(dithered).collect()
    });
    Block::from_channels(channels.collect(), block.sample_rate_hz())
}

#[test]
fn the_grid_of_a_coder_is_found_at_any_offset() {
    let bright = brick_wall(&bright_song(44100), 20600.0, 4);
    let clean = origin(&bright, &source(44100, "pcm"));
    assert_eq!(clean.lossy_suspect, Some(false), "{clean:?}");
    for (window, name) in [
        (sine_window(2048), "AAC"),
        (kaiser_bessel_window(2048, 4.0), "AAC"),
        (vorbis_window(2048), "Vorbis"),
    ] {
        let decoded = coded(&bright, &window, 0.03);
        let cut = decoded.slice(3_333, decoded.frames());
        let found = origin(&cut, &source(44100, "pcm"));
        assert_eq!(found.lossy_suspect, Some(true), "{name}");
        assert!(found.evidence[0].contains(name), "{:?}", found.evidence);
    }
    // Other frames have no grid of theirs.
    let other = coded(&bright, &sine_window(1920), 0.03);
    assert_eq!(origin(&other, &source(44100, "pcm")).lossy_suspect, Some(false));
}

#[test]
fn the_grid_of_mp3_is_found_at_any_offset_and_rate() {
    for (rate, cut, edge_hz) in [(44100, 0, 19_500.0), (44100, 3_333, 16_000.0), (48000, 1_001, 19_000.0)] {
        let bright = brick_wall(&bright_song(rate), edge_hz, 4);
        let decoded = mp3_coder::coded(&bright, 0.02);
        let found = origin(&decoded.slice(cut, decoded.frames()), &source(rate, "pcm"));
        assert_eq!(found.lossy_suspect, Some(true), "{rate} {cut}: {found:?}");
        assert!(found.evidence[0].contains("MP3"), "{:?}", found.evidence);
        // A coder's own wall is told beside its grid.
        if edge_hz < 19_000.0 {
            assert!(found.evidence[1].ends_with("as after lossy coding"), "{:?}", found.evidence);
        }
        // One channel alone, as well.
        let mono = Block::from_channels(vec![decoded.channel(0).to_vec()], rate);
        assert_eq!(origin(&mono, &source(rate, "pcm")).lossy_suspect, Some(true));
        // What went in has none.
        assert_eq!(origin(&bright, &source(rate, "pcm")).lossy_suspect, Some(false));
    }
}
