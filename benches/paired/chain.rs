//! What the processors of a full master cost: in process, without reading or writing.

use super::median;
use super::song;
use mixproof::audio::Block;
use mixproof::model::{
    Applicability, CompressorSettings, EqBand, EqPhase, EqShape, Move, MoveStage, Processor,
};
use mixproof::process::Chain;
use std::time::Instant;

const RATE_HZ: u32 = 44_100;
const SECONDS: f64 = 30.0;
const RUNS: usize = 7;

/// Nanoseconds per stereo frame of eight bells, a compressor of three bands, a limiter at work, and dither.
pub(crate) fn ns_per_frame() -> f64 {
    let music = song::song(SECONDS, RATE_HZ, 1);
    let moves: Vec<Move> = processors().into_iter().enumerate().map(step).collect();
    median((0..RUNS).map(|_| run(&moves, &music)))
}

fn processors() -> [Processor; 4] {
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
    let limiter = Processor::Limiter {
        ceiling_dbtp: -1.0,
        gain_db: 4.0,
        lookahead_ms: 5.0,
        release_ms: 80.0,
        max_reduction_db: 4.0,
    };
    [
        Processor::Eq { bands, phase: EqPhase::Minimum },
        Processor::Multiband { crossovers_hz: vec![200.0, 4000.0], bands: vec![compressor; 3] },
        limiter,
        Processor::Dither { bits: 16, seed: 1 },
    ]
}

fn step((index, processor): (usize, Processor)) -> Move {
    Move {
        id: index.to_string(),
        stage: MoveStage::Loudness,
        applicability: Applicability::Automatic,
        because: Vec::new(),
        reason: String::new(),
        confidence: 1.0,
        predicted_effect: String::new(),
        processor,
    }
}

fn run(moves: &[Move], music: &Block) -> f64 {
    let mut chain = Chain::new(moves, RATE_HZ, 2).unwrap();
    let blocks: Vec<Block> = (0..music.frames())
        .step_by(4096)
        .map(|from| music.slice(from, (from + 4096).min(music.frames())))
        .collect();
    let cpu_ns = processor_time_ns();
    let start = Instant::now();
    for mut block in blocks {
        chain.process(&mut block);
        std::hint::black_box(&block);
    }
    let wall_ns = start.elapsed().as_secs_f64() * 1e9;
    let ns = cpu_ns.zip(processor_time_ns()).map_or(wall_ns, |(start, end)| end - start);
    ns / music.frames() as f64
}

/// Time that this thread had a processor, on Linux: other programs do not disturb it.
fn processor_time_ns() -> Option<f64> {
    std::fs::read_to_string("/proc/thread-self/schedstat").ok()?.split_whitespace().next()?.parse().ok()
}
