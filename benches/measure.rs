//! Cost of every family of meters: nanoseconds per frame, and the share of a yardstick that no change here touches.
//!
//! `cargo bench --bench measure` measures a synthetic song of 60 s and the worst cases (full-scale noise, squares), one
//! thread, in process. The yardstick is the `ebur128` crate in all modes (loudness, range, true peak; its series unread)
//! on the same buffer: nanoseconds drift with the machine, the ratio of runs taken in turn much less. Exit code 1 where a
//! family costs more of the yardstick on the song than it should: a regression. After a deliberate change, put the new
//! share into `FAMILIES`.
//! `cargo bench --bench measure -- FILE.wav…` measures 32-bit float WAV files instead.
#![allow(clippy::print_stdout, clippy::unwrap_used, missing_docs, reason = "a program that prints figures")]

#[path = "../tests/suite/song.rs"]
mod song;

use mixproof::audio::Block;
use mixproof::measure::{
    Analyser, DefectMeter, DynamicsMeter, LoudnessMeter, Measure, MusicMeter, OriginMeter, PeakMeter,
    SpectralMeter,
};
use std::hint::black_box;
use std::process::ExitCode;
use std::time::{Duration, Instant};

const SAMPLE_RATE_HZ: u32 = 44_100;
/// What the decoder hands out.
const BLOCK_FRAMES: usize = 4096;
const RUNS: usize = 9;
/// A family is slower where it costs this many times its share: half as much again, as machines differ.
const SLOWER: f64 = 1.5;

/// A family and its share of the yardstick on the song.
type Family = (&'static str, fn(u32, usize) -> Box<dyn Measure>, f64);

const FAMILIES: [Family; 8] = [
    ("loudness", |rate_hz, channels| Box::new(LoudnessMeter::new(rate_hz, channels)), 0.046),
    ("peaks", |rate_hz, channels| Box::new(PeakMeter::new(rate_hz, channels)), 0.053),
    ("dynamics", |rate_hz, channels| Box::new(DynamicsMeter::new(rate_hz, channels)), 0.119),
    ("spectral", |rate_hz, channels| Box::new(SpectralMeter::with_hum(rate_hz, channels)), 0.207),
    ("defects", |rate_hz, channels| Box::new(DefectMeter::new(rate_hz, channels)), 0.091),
    ("origin", |rate_hz, channels| Box::new(OriginMeter::new(rate_hz, channels)), 0.038),
    ("music", |rate_hz, channels| Box::new(MusicMeter::new(rate_hz, channels)), 0.073),
    ("everything", |rate_hz, channels| Box::new(All(Analyser::new(rate_hz, channels))), 0.565),
];

struct All(Analyser);

impl Measure for All {
    fn take(&mut self, block: &Block) {
        self.0.push(block);
    }
}

fn main() -> ExitCode {
    let files: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    for file in &files {
        report(file, &read_wav(file), false);
    }
    if !files.is_empty() {
        return ExitCode::SUCCESS;
    }
    let slower = report("synthetic song, 60 s", &song::song(60.0, SAMPLE_RATE_HZ, 1), true);
    report("worst case: full-scale noise, 20 s", &song::noise(20.0, SAMPLE_RATE_HZ), false);
    report("worst case: full-scale squares, 20 s", &song::squares(20.0, SAMPLE_RATE_HZ), false);
    if slower == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn read_wav(path: &str) -> Block {
    let mut reader = hound::WavReader::open(path).unwrap();
    let channels = usize::from(reader.spec().channels);
    let samples: Vec<f32> = reader.samples::<f32>().map(Result::unwrap).collect();
    let channels =
        (0..channels).map(|c| samples.iter().skip(c).step_by(channels).copied().collect()).collect();
    Block::from_channels(channels, reader.spec().sample_rate)
}

/// Times every family on one signal; how many are slower than they should be, where it is the song that the shares are of.
fn report(name: &str, whole: &Block, is_the_song: bool) -> usize {
    let (rate_hz, channels) = (whole.sample_rate_hz(), whole.channel_count());
    let blocks: Vec<Block> = (0..whole.frames())
        .step_by(BLOCK_FRAMES)
        .map(|at| whole.slice(at, (at + BLOCK_FRAMES).min(whole.frames())))
        .collect();
    let frames = whole.frames() as f64;
    println!("\n{name}: {:.1} s, {rate_hz} Hz, {channels} channels", frames / f64::from(rate_hz));
    let yardstick = || {
        use ebur128::{EbuR128, Mode};
        let mode = Mode::I | Mode::LRA | Mode::S | Mode::M | Mode::SAMPLE_PEAK | Mode::TRUE_PEAK;
        let mut meter = EbuR128::new(channels as u32, rate_hz, mode).unwrap();
        for block in &blocks {
            let planes: Vec<&[f32]> = block.channels().iter().map(Vec::as_slice).collect();
            meter.add_frames_planar_f32(&planes).unwrap();
        }
        let _ = black_box((meter.loudness_global(), meter.loudness_range()));
    };
    let mut slower = 0;
    for (name, new, share) in FAMILIES {
        let family = || {
            let mut meter = new(rate_hz, channels);
            blocks.iter().for_each(|block| meter.take(block));
            black_box(meter);
        };
        let rounds: Vec<(f64, f64)> = (0..RUNS).map(|_| (time_ns(&family), time_ns(&yardstick))).collect();
        let ns = median(rounds.iter().map(|round| round.0 / frames));
        let ratio = median(rounds.iter().map(|round| round.0 / round.1));
        let is_slower = is_the_song && ratio > SLOWER * share;
        slower += usize::from(is_slower);
        let verdict = match (is_the_song, is_slower) {
            (true, true) => format!("(usual {share:.3}) SLOWER"),
            (true, false) => format!("(usual {share:.3})"),
            (false, _) => String::new(),
        };
        println!("  {name:<10} {ns:>7.2} ns per frame, {ratio:>6.3} of ebur128 {verdict}");
    }
    slower
}

/// Time of the processor, where the system tells it: other programs disturb it less.
fn time_ns(work: &dyn Fn()) -> f64 {
    let (start, start_ns) = (Instant::now(), processor_time_ns());
    work();
    let wall_ns = start.elapsed().as_secs_f64() * 1e9;
    start_ns.zip(processor_time_ns()).map_or(wall_ns, |(start_ns, end_ns)| end_ns - start_ns)
}

/// Time that this thread had a processor (Linux). The scheduler adds up at its tick, 4 ms apart, and where a thread rests.
fn processor_time_ns() -> Option<f64> {
    std::thread::sleep(Duration::from_micros(50));
    std::fs::read_to_string("/proc/thread-self/schedstat").ok()?.split_whitespace().next()?.parse().ok()
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
