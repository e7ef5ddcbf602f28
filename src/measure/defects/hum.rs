//! Mains hum: lines at 50 or 60 Hz and their multiples that never move and never pause.
//!
//! Notes move and pause. In frames of 0.2 s the rests between them show; in the quietest frames of every 8 s the phase of
//! each multiple must turn as one frequency makes it turn, a frequency common to all multiples. A note that only lies near a
//! multiple, or starts anew, does not: the notes of tempered tuning lie 0.8 Hz and more beside (G1 is 49.0 Hz, A♯1 58.3 Hz),
//! which is six turns in 8 s. Coherence sees hum that lies below the music in every frame of its own band, which levels do
//! not; short frames find the moments in which the ear hears it.

use crate::dsp::halving::Halvings;
use crate::dsp::stats::{median, percentile};
use crate::dsp::stereo_fft::{Spectrum, StereoFft};
use crate::dsp::window::hann;
use crate::model::Hum;
use crate::units;
use std::f64::consts::{PI, TAU};

/// Mains frequencies of the world.
const MAINS_HZ: [f64; 2] = [50.0, 60.0];
/// Multiples that are looked at; a tone an octave under the mains frequency has half ones, too, hum has none.
const MULTIPLES: [f64; 10] = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 0.5, 1.5];
/// The whole multiples come first.
const HARMONICS: usize = 8;
/// One of so many lowest harmonics is there: without them it is some other buzz.
const LOWEST: usize = 3;
/// How far the base may lie off, and in which steps it is looked for. Grids keep ±0.2 Hz (the ±0.5 Hz of `standards` §6 leave room
/// for tape, but the picture rate of a game console, 59.73 Hz, hums in its music and is no mains).
const TOLERANCE_HZ: f64 = 0.25;
const STEP_HZ: f64 = 0.01;
const STEPS: usize = 51;
/// The lowered rate is at least this.
const LOWEST_RATE_HZ: f64 = 1200.0;
/// Frames that see the rests between notes. Tones one frame rate beside a line fall into a zero of its window.
const FRAME_S: f64 = 0.2;
const HOP_S: f64 = 0.1;
/// Frames that are looked at together: 8 s, in which grids keep their phase.
const BLOCK: usize = 80;
/// The share of them whose range of frequencies is quietest, in which hum is not covered.
const QUIET_SHARE: f64 = 0.2;
/// Least frames of a block.
const LEAST_BLOCK: usize = 40;
/// Least frames of a file: 12 s. With fewer, every held note would be steady.
const LEAST_FRAMES: usize = 118;
/// Share of the blocks, the quietest, that must show the line.
const QUIET_BLOCKS_SHARE: f64 = 0.25;
/// Share of the power in quiet frames that turns as one line.
const MIN_COHERENCE: f64 = 0.5;
/// Least harmonics (`standards` §6: at least three).
const LEAST_HARMONICS: usize = 3;
/// A line below this is not heard: −90 dBFS.
const LEAST_POWER: f64 = 1e-9;
/// Frames below this hold no sound: −120 dBFS.
const SILENT: f32 = 1e-12;
/// Most spread of a line's level between the quiet blocks (`standards` §6: within 3 dB of each other, to either side).
const MOST_SPREAD_DB: f64 = 6.0;
/// Where a note pauses, or another one plays, the line has nothing: no more than a twentieth of the frames of any but a twentieth of
/// the blocks lie so far below the line. What the music adds to hum, against its phase at times, does less.
const PAUSE_SHARE: f64 = 0.05;
const MOST_PAUSE_DB: f64 = 10.0;
/// Where a line stands clear of its surroundings, it has one level; pulses of a bass have not, however short their rests.
const MOST_SWING_DB: f64 = 5.0;

/// One line in one frame: the complex bin, and the power round it.
#[derive(Clone, Copy, Default)]
struct Bin {
    re: f32,
    im: f32,
    around: f32,
}

/// One line in the quiet frames of one block.
#[derive(Clone)]
struct Block {
    /// Mean power round the line.
    around: f32,
    /// Mean power of the bin.
    power: f32,
    /// Twentieth part of the power of the bin in all frames.
    low: f32,
    /// How far the power of the bin swings where it stands clear.
    swing_db: f32,
    /// Coherent share of the power for every offset of the base, in 255ths.
    coherence: [u8; STEPS],
}

impl Block {
    fn coherence(&self, step: usize) -> f64 {
        f64::from(self.coherence[step]) / 255.0
    }
}

pub(super) struct HumFinder {
    rate_hz: f64,
    left: Halvings,
    right: Halvings,
    low_left: Vec<f32>,
    low_right: Vec<f32>,
    fft: StereoFft,
    window: Vec<f32>,
    spectrum: Spectrum,
    hop: usize,
    /// Place of the next frame in the lowered stream held.
    next: usize,
    /// Frames of the open block, silent ones too: `None`.
    frames: Vec<Option<[Bin; LINES]>>,
    sounding: usize,
    blocks: Vec<[Block; LINES]>,
}

/// Lines of both mains frequencies.
const LINES: usize = 2 * MULTIPLES.len();

/// Frequency of a line, without offset.
fn line_hz(line: usize) -> f64 {
    MAINS_HZ[line / MULTIPLES.len()] * MULTIPLES[line % MULTIPLES.len()]
}

impl HumFinder {
    pub(super) fn new(sample_rate_hz: u32) -> HumFinder {
        let halvings = Halvings::count_down_to(f64::from(sample_rate_hz), LOWEST_RATE_HZ);
        let left = Halvings::new(f64::from(sample_rate_hz), halvings);
        let rate_hz = left.output_rate_hz();
        let size = ((FRAME_S * rate_hz / 12.0).round() as usize).max(1) * 12;
        HumFinder {
            rate_hz,
            right: left.clone(),
            left,
            low_left: Vec::new(),
            low_right: Vec::new(),
            fft: StereoFft::new(size),
            window: hann(size),
            spectrum: Spectrum::default(),
            hop: (size as f64 * HOP_S / FRAME_S) as usize,
            next: 0,
            frames: Vec::with_capacity(BLOCK),
            sounding: 0,
            blocks: Vec::new(),
        }
    }

    pub(super) fn push(&mut self, left: &[f32], right: Option<&[f32]>) {
        self.left.push(left, &mut self.low_left);
        match right {
            Some(right) => self.right.push(right, &mut self.low_right),
            None => self.low_right.resize(self.low_left.len(), 0.0),
        }
        let size = self.window.len();
        while self.next + size <= self.low_left.len() {
            let frame = self.next..self.next + size;
            let (left, right) = (&self.low_left[frame.clone()], &self.low_right[frame]);
            self.fft.transform(&self.window, left, right, &mut self.spectrum);
            self.next += self.hop;
            self.file_frame();
        }
        if self.next > 16 * size {
            self.low_left.drain(..self.next);
            self.low_right.drain(..self.next);
            self.next = 0;
        }
    }

    /// Lines of the newest frame. The bins of L + iR hold the hum of either channel, in phase or against each other.
    fn file_frame(&mut self) {
        let size = self.window.len();
        // A sine in the middle of a bin reads as its power.
        let gain = (2.0f32).sqrt() / self.window.iter().sum::<f32>();
        let bin_hz = self.rate_hz / size as f64;
        let bin = |k: usize| (gain * self.spectrum.re[k], gain * self.spectrum.im[k]);
        let power = |k: usize| {
            let ((a, b), (c, d)) = (bin(k), bin((size - k) % size));
            (a * a + b * b + c * c + d * d) / 2.0
        };
        let lines: [Bin; LINES] = std::array::from_fn(|line| {
            let center = (line_hz(line) / bin_hz).round() as usize;
            let (re, im) = bin(center);
            // The two bins beside belong to the line.
            let around = (2..=4).map(|far| power(center.saturating_sub(far)) + power(center + far)).sum();
            Bin { re, im, around }
        });
        let loudest =
            lines.iter().map(|bin| bin.re * bin.re + bin.im * bin.im + bin.around).fold(0.0, f32::max);
        self.sounding += usize::from(loudest > SILENT);
        self.frames.push((loudest > SILENT).then_some(lines));
        if self.frames.len() == BLOCK {
            self.close();
        }
    }

    /// Judges the open block.
    fn close(&mut self) {
        let frames: Vec<(f64, &[Bin; LINES])> = self
            .frames
            .iter()
            .enumerate()
            .filter_map(|(index, frame)| Some(((index * self.hop) as f64 / self.rate_hz, frame.as_ref()?)))
            .collect();
        if frames.len() >= LEAST_BLOCK {
            self.blocks.push(std::array::from_fn(|line| {
                let bins = frames.iter().map(|(at_s, lines)| (*at_s, lines[line])).collect();
                block(bins, line_hz(line), MULTIPLES[line % MULTIPLES.len()])
            }));
        }
        self.frames.clear();
    }

    /// Hum, if lines of one mains frequency are there throughout.
    pub(super) fn hum(&mut self) -> Option<Hum> {
        self.close();
        if self.sounding < LEAST_FRAMES {
            return None;
        }
        (0..MAINS_HZ.len())
            .filter_map(|mains| self.hum_of(mains))
            .max_by(|a, b| a.level_dbfs.total_cmp(&b.level_dbfs))
    }

    fn hum_of(&self, mains: usize) -> Option<Hum> {
        let first = mains * MULTIPLES.len();
        let quiet: Vec<Vec<&Block>> = (first..first + MULTIPLES.len()).map(|line| self.quiet(line)).collect();
        let coherence = |harmonic: usize, step: usize| {
            let blocks = &quiet[harmonic];
            blocks.iter().map(|block| block.coherence(step)).sum::<f64>() / blocks.len().max(1) as f64
        };
        let together = |step: &usize| (0..HARMONICS).map(|harmonic| coherence(harmonic, *step)).sum::<f64>();
        let step = (0..STEPS).max_by(|a, b| together(a).total_cmp(&together(b)))?;
        let offset_hz = step as f64 * STEP_HZ - TOLERANCE_HZ;
        let line = |harmonic: usize| {
            let power = self.level(first + harmonic, &quiet[harmonic], step, offset_hz)?;
            (coherence(harmonic, step) >= MIN_COHERENCE).then_some(power)
        };
        let powers: Vec<Option<f64>> = (0..HARMONICS).map(line).collect();
        let harmonics = powers.iter().flatten().count();
        let total: f64 = powers.iter().flatten().sum();
        // The half multiples of a tone are of the order of its whole ones.
        let half = (HARMONICS..MULTIPLES.len()).filter_map(line).any(|power| power > 0.01 * total);
        (harmonics >= LEAST_HARMONICS && powers[..LOWEST].iter().any(Option::is_some) && !half).then(|| Hum {
            base_hz: MAINS_HZ[mains] + offset_hz,
            level_dbfs: units::power_to_db(total),
            harmonics: harmonics as u32,
        })
    }

    /// The blocks in which the surroundings of a line are quietest.
    fn quiet(&self, line: usize) -> Vec<&Block> {
        let mut blocks: Vec<&Block> = self.blocks.iter().map(|lines| &lines[line]).collect();
        blocks.sort_by(|a, b| a.around.total_cmp(&b.around));
        blocks.truncate(((QUIET_BLOCKS_SHARE * blocks.len() as f64).ceil() as usize).max(1));
        blocks
    }

    /// Power of a line, if it is heard, steady and without pauses.
    fn level(&self, line: usize, quiet: &[&Block], step: usize, offset_hz: f64) -> Option<f64> {
        let coherent = |block: &&Block| units::power_to_db(f64::from(block.power) * block.coherence(step));
        let mut levels: Vec<f64> = quiet.iter().map(coherent).collect();
        let level_db = median(&mut levels)?;
        let spread_db = percentile(&mut levels, 0.9)? - percentile(&mut levels, 0.1)?;
        let mut lows: Vec<f64> =
            self.blocks.iter().map(|lines| units::power_to_db(f64::from(lines[line].low))).collect();
        let pauses = percentile(&mut lows, PAUSE_SHARE)? < level_db - MOST_PAUSE_DB;
        let mut swings: Vec<f64> = quiet.iter().map(|block| f64::from(block.swing_db)).collect();
        let steady = spread_db < MOST_SPREAD_DB && median(&mut swings)? < MOST_SWING_DB;
        // A line beside the middle of its bin reads lower, by the lobe of the Hann window.
        let bin_hz = self.rate_hz / self.window.len() as f64;
        let at = (line_hz(line) + offset_hz * MULTIPLES[line % MULTIPLES.len()]) / bin_hz;
        let beside = at - (line_hz(line) / bin_hz).round();
        let lobe = if beside.abs() < 1e-6 {
            1.0
        } else {
            (PI * beside).sin() / (PI * beside) / (1.0 - beside * beside)
        };
        let power = units::db_to_power(level_db) / (lobe * lobe);
        (power > LEAST_POWER && steady && !pauses).then_some(power)
    }
}

/// One line (its frames with their times) in the quiet frames of a block.
fn block(mut frames: Vec<(f64, Bin)>, line_hz: f64, multiple: f64) -> Block {
    let power = |bin: &Bin| bin.re * bin.re + bin.im * bin.im;
    // With the line itself: a note of its very pitch is no quiet moment.
    let whole = |bin: &Bin| power(bin) + bin.around;
    let mut powers: Vec<f64> = frames.iter().map(|(_, bin)| f64::from(power(bin))).collect();
    let low = percentile(&mut powers, PAUSE_SHARE).unwrap_or_default();
    let mut clear: Vec<f64> = frames
        .iter()
        .filter(|(_, bin)| power(bin) > bin.around)
        .map(|(_, bin)| units::power_to_db(f64::from(power(bin))))
        .collect();
    let swing_db = match (percentile(&mut clear, 0.9), percentile(&mut clear, 0.1)) {
        (Some(high_db), Some(low_db)) => high_db - low_db,
        _ => 0.0,
    };
    frames.sort_by(|a, b| whole(&a.1).total_cmp(&whole(&b.1)));
    frames.truncate(((QUIET_SHARE * frames.len() as f64).ceil() as usize).max(2));
    let count = frames.len() as f64;
    let sum: f64 = frames.iter().map(|(_, bin)| f64::from(power(bin))).sum();
    let around = frames.iter().map(|(_, bin)| f64::from(bin.around)).sum::<f64>() / count;
    // The phase of every frame, turned back by the line's own frequency; from offset to offset it turns a little further.
    let turned = |angle: f64, (re, im): (f64, f64)| {
        let (sin, cos) = angle.sin_cos();
        (re * cos - im * sin, re * sin + im * cos)
    };
    let mut phasors: Vec<(f64, f64)> = frames
        .iter()
        .map(|(at_s, bin)| {
            let back = -TAU * at_s * (line_hz - TOLERANCE_HZ * multiple);
            turned(back, (f64::from(bin.re), f64::from(bin.im)))
        })
        .collect();
    let steps: Vec<(f64, f64)> =
        frames.iter().map(|(at_s, _)| turned(-TAU * at_s * STEP_HZ * multiple, (1.0, 0.0))).collect();
    let coherence = std::array::from_fn(|_| {
        let (re, im) = phasors.iter().fold((0.0, 0.0), |sum, z| (sum.0 + z.0, sum.1 + z.1));
        for (z, step) in phasors.iter_mut().zip(&steps) {
            *z = (z.0 * step.0 - z.1 * step.1, z.0 * step.1 + z.1 * step.0);
        }
        // Without a line the sum of n phasors has 1/n of the power by chance.
        let share = (re * re + im * im) / (count * sum).max(f64::MIN_POSITIVE);
        (255.0 * ((count * share - 1.0) / (count - 1.0)).clamp(0.0, 1.0)).round() as u8
    });
    Block {
        around: around as f32,
        power: (sum / count) as f32,
        low: low as f32,
        swing_db: swing_db as f32,
        coherence,
    }
}
