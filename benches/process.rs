//! Time per stereo frame of each processor and of the whole chain, least of several runs: `cargo bench --bench process`.
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    missing_docs,
    reason = "a benchmark prints and may panic"
)]

use mixproof::audio::Block;
use mixproof::model::{Applicability, CompressorSettings, EqBand, EqShape, Move, MoveStage, Processor};
use mixproof::process::Chain;
use std::time::Instant;

const RATE_HZ: u32 = 44_100;
const SECONDS: usize = 10;
const PASSES: usize = 4;
const RUNS: usize = 5;

fn main() {
    let bands = (0..8)
        .map(|index| EqBand {
            shape: EqShape::Peak,
            center_hz: 60.0 * 2f64.powi(index),
            gain_db: if index % 2 == 0 { 2.0 } else { -2.0 },
            q: 1.0,
        })
        .collect();
    let compressor = CompressorSettings {
        threshold_dbfs: -22.0,
        ratio: 2.0,
        knee_db: 6.0,
        attack_ms: 20.0,
        release_ms: 150.0,
        makeup_db: 1.0,
    };
    let eq = Processor::Eq { bands };
    let multiband =
        Processor::Multiband { crossovers_hz: vec![200.0, 4000.0], bands: vec![compressor.clone(); 3] };
    let limiter = Processor::Limiter {
        ceiling_dbtp: -1.0,
        gain_db: 4.0,
        lookahead_ms: 5.0,
        release_ms: 80.0,
        max_reduction_db: 4.0,
    };
    let dither = Processor::Dither { bits: 16, seed: 1 };
    let music = music();
    for (name, processors) in [
        ("nothing", vec![]),
        ("eq, 8 bands", vec![eq.clone()]),
        ("compressor", vec![Processor::Compressor(compressor)]),
        ("multiband, 3 bands", vec![multiband.clone()]),
        ("width", vec![Processor::Width { side_gain_db: 1.0, mono_below_hz: Some(120.0), balance_db: 0.5 }]),
        ("limiter", vec![limiter.clone()]),
        ("dither", vec![dither.clone()]),
        ("eq + multiband + limiter + dither", vec![eq, multiband, limiter, dither]),
    ] {
        let least = (0..RUNS).map(|_| nanoseconds_per_frame(&processors, &music)).fold(f64::MAX, f64::min);
        println!("{name:36} {least:6.1} ns per stereo frame");
    }
}

fn nanoseconds_per_frame(processors: &[Processor], music: &Block) -> f64 {
    let step = |(index, processor): (usize, &Processor)| Move {
        id: index.to_string(),
        stage: MoveStage::Loudness,
        applicability: Applicability::Automatic,
        because: Vec::new(),
        reason: String::new(),
        confidence: 1.0,
        predicted_effect: String::new(),
        processor: processor.clone(),
    };
    let moves: Vec<Move> = processors.iter().enumerate().map(step).collect();
    let mut chain = Chain::new(&moves, RATE_HZ, 2).unwrap();
    let blocks: Vec<Block> = (0..PASSES * music.frames())
        .step_by(4410)
        .map(|from| from % music.frames())
        .map(|from| music.slice(from, from + 4410))
        .collect();
    let start = Instant::now();
    let start_ns = processor_time_ns();
    for mut block in blocks {
        chain.process(&mut block);
    }
    let elapsed_ns = match (start_ns, processor_time_ns()) {
        (Some(start_ns), Some(end_ns)) => end_ns - start_ns,
        _ => start.elapsed().as_secs_f64() * 1e9,
    };
    elapsed_ns / (PASSES * music.frames()) as f64
}

/// Time that this thread had a processor, on Linux: other programs do not disturb it.
fn processor_time_ns() -> Option<f64> {
    std::fs::read_to_string("/proc/thread-self/schedstat").ok()?.split_whitespace().next()?.parse().ok()
}

/// Dense pink-ish noise with a beat, peaks near full scale.
fn music() -> Block {
    let mut state = 1u64;
    let mut low = [0.0f64; 2];
    let channels = [0, 1].map(|channel: usize| {
        (0..SECONDS * RATE_HZ as usize)
            .map(|n| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let white = (state >> 33) as f64 / f64::from(1u32 << 30) - 1.0;
                low[channel] += 0.1 * (white - low[channel]);
                let beat = 0.4 + 0.6 * (-(n as f64 / f64::from(RATE_HZ) * 2.0).fract() * 6.0).exp();
                ((low[channel] * 2.5 + white * 0.1) * beat) as f32
            })
            .collect()
    });
    Block::from_channels(channels.to_vec(), RATE_HZ)
}
