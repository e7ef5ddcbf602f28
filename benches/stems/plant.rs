//! Faults that are planted into a mix, and what the mix goes through.

use mixproof::audio::Block;
use mixproof::model::{
    Applicability, CompressorSettings, EqBand, EqPhase, EqShape, Move, MoveStage, Processor, StemInMix,
    StemState,
};
use mixproof::process::Chain;
use mixproof::units::db_to_amplitude;
use std::f64::consts::PI;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A drift that moves a part by less than this between its first and its last sound is a shift to whoever hears it.
const LEAST_DRIFT_FRAMES: f64 = 1.5;
/// A level is named where the figure is right to this.
const LEVEL_WITHIN_DB: f64 = 0.5;

/// What is wrong with one stem in the mix.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Fault {
    Inverted,
    Shifted(i64),
    Missing,
    Doubled,
    Level(f64),
    Drift(f64),
}

impl Fault {
    pub fn name(self) -> String {
        match self {
            Fault::Shifted(frames) => format!("shift {frames:+}"),
            Fault::Level(level_db) => format!("{level_db:+} dB"),
            Fault::Drift(ppm) => format!("drift {ppm:+}"),
            other => format!("{other:?}").to_lowercase(),
        }
    }

    /// Whether a stem's entry says so, with the right figure; `sounds` are its first and last sound, frames.
    pub fn named(self, stem: &StemInMix, sounds: (usize, usize)) -> bool {
        match self {
            Fault::Inverted => stem.state == StemState::Inverted,
            Fault::Missing => stem.state == StemState::Missing,
            Fault::Doubled => stem.state == StemState::Doubled,
            Fault::Shifted(frames) => stem.state == StemState::Shifted && stem.offset_frames == Some(frames),
            Fault::Level(level_db) => {
                stem.state == StemState::Gain
                    && stem.gain_db.is_some_and(|own_db| (own_db - level_db).abs() < LEVEL_WITHIN_DB)
            }
            Fault::Drift(ppm) if (sounds.1 - sounds.0) as f64 * ppm.abs() * 1e-6 < LEAST_DRIFT_FRAMES => {
                let moved = -ppm * 1e-6 * (sounds.0 + sounds.1) as f64 / 2.0;
                let state =
                    if stem.offset_frames == Some(0) { StemState::Present } else { StemState::Shifted };
                let near = |frames: i64| (frames as f64 - moved).abs() <= 1.0;
                stem.state == state && stem.offset_frames.is_some_and(near)
            }
            Fault::Drift(ppm) => {
                stem.state == StemState::Drifting
                    && stem.drift_ppm.is_some_and(|own| (own.abs() - ppm.abs()).abs() < 0.15 * ppm.abs())
            }
        }
    }

    /// The stem as the mix holds it.
    fn apply(self, own: &[f32]) -> Vec<f64> {
        let at = |frame: i64| {
            usize::try_from(frame).ok().and_then(|frame| own.get(frame)).map_or(0.0, |x| f64::from(*x))
        };
        let frames = own.len() as i64;
        match self {
            Fault::Inverted => own.iter().map(|x| -f64::from(*x)).collect(),
            Fault::Missing => vec![0.0; own.len()],
            Fault::Doubled => own.iter().map(|x| 2.0 * f64::from(*x)).collect(),
            Fault::Level(level_db) => own.iter().map(|x| db_to_amplitude(level_db) * f64::from(*x)).collect(),
            Fault::Shifted(late) => (0..frames).map(|frame| at(frame - late)).collect(),
            Fault::Drift(ppm) => {
                (0..frames).map(|frame| between(&at, frame as f64 * (1.0 + ppm * 1e-6))).collect()
            }
        }
    }
}

/// A sample between the samples: 48 taps of a sinc under a Hann window.
fn between(at: &impl Fn(i64) -> f64, place: f64) -> f64 {
    const HALF: i64 = 24;
    let middle = place.floor() as i64;
    (middle - HALF + 1..=middle + HALF)
        .map(|frame| {
            let x = place - frame as f64;
            let sinc = if x.abs() < 1e-9 { 1.0 } else { (PI * x).sin() / (PI * x) };
            at(frame) * sinc * (0.5 + 0.5 * (PI * x / HALF as f64).cos())
        })
        .sum()
}

/// The sum of all stems, those at fault as the fault has them.
pub fn sum(audio: &[Block], planted: &[(usize, Fault)], gain: f64) -> Block {
    let frames = audio.iter().map(Block::frames).max().unwrap();
    let mut sums = vec![vec![0f64; frames]; 2];
    for (index, block) in audio.iter().enumerate() {
        let fault = planted.iter().find(|(at, _)| *at == index).map(|(_, fault)| *fault);
        for (sum, own) in sums.iter_mut().zip(block.channels()) {
            let own: Vec<f64> =
                fault.map_or_else(|| own.iter().map(|x| f64::from(*x)).collect(), |fault| fault.apply(own));
            sum.iter_mut().zip(own).for_each(|(sum, x)| *sum += gain * x);
        }
    }
    let channels = sums.into_iter().map(|sum| sum.into_iter().map(|x| x as f32).collect()).collect();
    Block::from_channels(channels, audio[0].sample_rate_hz())
}

pub fn round_to_24_bits(block: &mut Block) {
    for channel in block.channels_mut() {
        // As a file holds it: what a decoder put above full scale is cut.
        let round = |x: f32| (f64::from(x) * 8_388_608.0).round().clamp(-8_388_608.0, 8_388_607.0) as f32;
        channel.iter_mut().for_each(|x| *x = round(*x) / 8_388_608.0);
    }
}

/// First and last frame within 40 dB of the loudest.
pub fn sounds(audio: &Block) -> (usize, usize) {
    let peak = audio.channels().iter().flatten().fold(0f32, |peak, x| peak.max(x.abs()));
    let loud = |frame: &usize| audio.channels().iter().any(|channel| channel[*frame].abs() > 0.01 * peak);
    let mut frames = 0..audio.frames();
    let first = frames.find(loud).unwrap_or(0);
    (first, frames.rfind(loud).unwrap_or(first))
}

/// What the mix bus does.
#[derive(Clone, Copy, PartialEq)]
enum Bus {
    None,
    /// A compressor and a limiter.
    Glue,
    /// An equaliser, a compressor in three bands, a limiter.
    Bands,
}

/// What a mix goes through before it is handed over.
pub struct Lane {
    pub name: &'static str,
    pub faults: &'static [Fault],
    bus: Bus,
    coder: Option<(&'static str, &'static [&'static str])>,
}

const ALL: &[Fault] = &[
    Fault::Inverted,
    Fault::Shifted(1),
    Fault::Shifted(-37),
    Fault::Missing,
    Fault::Doubled,
    Fault::Level(1.0),
    Fault::Level(-1.0),
    Fault::Drift(20.0),
];
const SOME: &[Fault] = &[
    Fault::Inverted,
    Fault::Shifted(1),
    Fault::Missing,
    Fault::Doubled,
    Fault::Level(1.0),
    Fault::Level(-1.0),
];

impl Lane {
    pub fn all() -> &'static [Lane] {
        &[
            Lane { name: "24 bit", faults: ALL, bus: Bus::None, coder: None },
            Lane {
                name: "Vorbis, quality 5",
                faults: SOME,
                bus: Bus::None,
                coder: Some(("ogg", &["-c:a", "libvorbis", "-q:a", "5"])),
            },
            Lane {
                name: "MP3, 320 kbit/s",
                faults: SOME,
                bus: Bus::None,
                coder: Some(("mp3", &["-c:a", "libmp3lame", "-b:a", "320k"])),
            },
            Lane {
                name: "MP3, 192 kbit/s",
                faults: SOME,
                bus: Bus::None,
                coder: Some(("mp3", &["-c:a", "libmp3lame", "-b:a", "192k"])),
            },
            Lane { name: "bus, limited", faults: SOME, bus: Bus::Glue, coder: None },
            Lane { name: "bus of bands, limited", faults: SOME, bus: Bus::Bands, coder: None },
            Lane {
                name: "bus, then MP3, 256 kbit/s",
                faults: SOME,
                bus: Bus::Glue,
                coder: Some(("mp3", &["-c:a", "libmp3lame", "-b:a", "256k"])),
            },
        ]
    }

    /// The bus, and a limiter that works 4 dB hard.
    pub fn bus(&self, mix: &mut Block) {
        if self.bus == Bus::None {
            return;
        }
        let settings = CompressorSettings {
            threshold_dbfs: -22.0,
            ratio: 2.0,
            knee_db: 6.0,
            attack_ms: 20.0,
            release_ms: 150.0,
            makeup_db: 3.0,
        };
        let step = |id: &str, processor| Move {
            id: id.to_string(),
            stage: MoveStage::Dynamics,
            applicability: Applicability::Automatic,
            because: Vec::new(),
            reason: String::new(),
            confidence: 1.0,
            predicted_effect: String::new(),
            processor,
        };
        let peak = mix.channels().iter().flatten().fold(0f32, |peak, x| peak.max(x.abs()));
        let gain_db = 4.0 - mixproof::units::amplitude_to_db(f64::from(peak)) - 1.0;
        let limiter = Processor::Limiter {
            ceiling_dbtp: -1.0,
            gain_db,
            lookahead_ms: 2.0,
            release_ms: 80.0,
            max_reduction_db: 12.0,
        };
        let moves = match self.bus {
            Bus::None | Bus::Glue => vec![step("glue", Processor::Compressor(settings))],
            Bus::Bands => {
                let shelf = |shape, center_hz, gain_db| EqBand {
                    shape,
                    center_hz,
                    gain_db,
                    q: std::f64::consts::FRAC_1_SQRT_2,
                };
                let shelves = vec![
                    shelf(EqShape::LowShelf, 90.0, 2.0),
                    shelf(EqShape::Peak, 400.0, -2.0),
                    shelf(EqShape::HighShelf, 9000.0, 2.5),
                ];
                let lower = CompressorSettings { threshold_dbfs: -30.0, ratio: 2.5, ..settings };
                vec![
                    step("tone", Processor::Eq { bands: shelves, phase: EqPhase::Minimum }),
                    step(
                        "bands",
                        Processor::Multiband { crossovers_hz: vec![180.0, 2500.0], bands: vec![lower; 3] },
                    ),
                ]
            }
        };
        let moves: Vec<Move> = moves.into_iter().chain([step("limiter", limiter)]).collect();
        let mut chain = Chain::new(&moves, mix.sample_rate_hz(), 2).unwrap();
        let mut out = mix.clone();
        chain.process(&mut out);
        out.append(&chain.flush());
        *mix = out;
    }

    /// The file, coded where the lane says so; `None` where there is no encoder.
    pub fn coded(&self, path: &Path) -> Option<PathBuf> {
        let Some((ending, arguments)) = self.coder else { return Some(path.to_path_buf()) };
        let out = path.with_extension(ending);
        let mut command = Command::new("ffmpeg");
        command.args(["-v", "error", "-y", "-i"]).arg(path).args(arguments).arg(&out);
        command.status().ok()?.success().then_some(out)
    }
}
