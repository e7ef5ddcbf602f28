//! Time per stereo frame of each processor and of the default chain (goal: 60 ns), least of several runs, and the
//! distortion of a limited and a clipped sine: `cargo bench --bench process`.
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    missing_docs,
    reason = "a benchmark prints and may panic"
)]

use mixproof::audio::Block;
use mixproof::model::{
    Applicability, CompressorSettings, DynamicBand, EqBand, EqPhase, EqShape, Move, MoveStage, Processor,
};
use mixproof::process::Chain;
use std::time::Instant;

const RATE_HZ: u32 = 44_100;
const SECONDS: usize = 10;
const PASSES: usize = 4;
const RUNS: usize = 5;

fn main() {
    let compressor = CompressorSettings {
        threshold_dbfs: -22.0,
        ratio: 2.0,
        knee_db: 6.0,
        attack_ms: 20.0,
        release_ms: 150.0,
        makeup_db: 1.0,
    };
    let eq = Processor::Eq { bands: bands_of(8), phase: EqPhase::Minimum };
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
    let five = Processor::Eq { bands: bands_of(5), phase: EqPhase::Minimum };
    let linear = Processor::Eq { bands: bands_of(5), phase: EqPhase::Linear };
    let width = Processor::Width { side_gain_db: 1.0, mono_below_hz: Some(120.0), balance_db: 0.5 };
    let de_esser = Processor::DeEsser(DynamicBand {
        center_hz: 7000.0,
        q: 1.4,
        threshold_dbfs: -40.0,
        ratio: 3.0,
        attack_ms: 2.0,
        release_ms: 60.0,
        max_reduction_db: 4.0,
    });
    let clip = Processor::SoftClip { ceiling_dbfs: -1.0, knee_db: 3.0 };
    let music = music();
    for (name, processors) in [
        ("nothing", vec![]),
        ("eq, 8 bands", vec![eq.clone()]),
        ("compressor", vec![Processor::Compressor(compressor)]),
        ("multiband, 3 bands", vec![multiband.clone()]),
        ("linear-phase eq, 5 bands", vec![linear]),
        ("de-esser", vec![de_esser]),
        ("soft clip", vec![clip.clone()]),
        ("width", vec![width.clone()]),
        ("side eq, 2 bands", vec![Processor::SideEq { bands: bands_of(2) }]),
        ("limiter", vec![limiter.clone()]),
        ("dither", vec![dither.clone()]),
        (
            "default: high-pass, eq of 5, width, limiter, dither",
            vec![Processor::HighPass { frequency_hz: 28.0 }, five, width, limiter.clone(), dither.clone()],
        ),
        ("eq of 8, multiband, limiter, dither", vec![eq, multiband, limiter.clone(), dither]),
    ] {
        let least = (0..RUNS).map(|_| nanoseconds_per_frame(&processors, &music)).fold(f64::MAX, f64::min);
        println!("{name:52} {least:6.1} ns per stereo frame");
    }
    let three = Processor::Limiter {
        ceiling_dbtp: -1.0,
        gain_db: 3.0,
        lookahead_ms: 5.0,
        release_ms: 100.0,
        max_reduction_db: 4.0,
    };
    for (name, processor) in [("limiter, 3 dB of reduction", three), ("soft clip at 0 dBFS, knee 3 dB", clip)]
    {
        for frequency_hz in [50.0, 100.0, 1000.0] {
            let distortion_db = distortion_db(&processor, frequency_hz);
            println!("{name:32} THD+N of {frequency_hz:4.0} Hz at -1 dBFS {distortion_db:7.1} dB");
        }
    }
}

fn bands_of(count: i32) -> Vec<EqBand> {
    let band = |index: i32| EqBand {
        shape: EqShape::Peak,
        center_hz: 60.0 * 2f64.powi(index),
        gain_db: if index % 2 == 0 { 2.0 } else { -2.0 },
        q: 1.0,
    };
    (0..count).map(band).collect()
}

/// Everything but the tone, relative to it, in the steady state.
fn distortion_db(processor: &Processor, frequency_hz: f64) -> f64 {
    let rate = RATE_HZ as usize;
    let step = std::f64::consts::TAU * frequency_hz / rate as f64;
    let amplitude = 10f64.powf(-1.0 / 20.0);
    let tone: Vec<f32> = (0..12 * rate).map(|n| (amplitude * (step * n as f64).sin()) as f32).collect();
    let mut block = Block::from_channels(vec![tone; 2], RATE_HZ);
    let mut chain = Chain::new(&moves(std::slice::from_ref(processor)), RATE_HZ, 2).unwrap();
    chain.process(&mut block);
    block.append(&chain.flush());
    let steady = &block.channel(0)[10 * rate..11 * rate];
    let project = |wave: fn(f64) -> f64| {
        let sum: f64 = steady.iter().enumerate().map(|(n, x)| f64::from(*x) * wave(step * n as f64)).sum();
        2.0 * sum / rate as f64
    };
    let (sine, cosine) = (project(f64::sin), project(f64::cos));
    let rest = steady.iter().enumerate().map(|(n, x)| {
        let (s, c) = (step * n as f64).sin_cos();
        (f64::from(*x) - sine * s - cosine * c).powi(2)
    });
    10.0 * (rest.sum::<f64>() / (rate as f64 * (sine * sine + cosine * cosine) / 2.0)).log10()
}

fn moves(processors: &[Processor]) -> Vec<Move> {
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
    processors.iter().enumerate().map(step).collect()
}

fn nanoseconds_per_frame(processors: &[Processor], music: &Block) -> f64 {
    let mut chain = Chain::new(&moves(processors), RATE_HZ, 2).unwrap();
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
