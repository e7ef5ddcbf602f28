//! Mains hum: lines at 50 or 60 Hz and their multiples that never move and never pause.
//!
//! Notes move and pause. Each multiple is turned down to 0 Hz in frames of 0.2 s, and every 8 s the frames are added up with their
//! phases, each weighed by what else is near it: the quiet moments speak, however short they are. A line stands out of that sum
//! at one frequency, common to all multiples. Notes of tempered tuning lie 0.8 Hz and more beside (G1 is 49.0 Hz, A♯1 58.3 Hz);
//! what starts anew with every beat spreads over the multiples of the tempo, beside the line as much as on it; and what pauses
//! has frames in which the line is gone.

mod block;

use crate::dsp::halving::Halvings;
use crate::dsp::stats::percentile;
use crate::dsp::stereo_fft::{Spectrum, StereoFft};
use crate::dsp::window::hann;
use crate::model::Hum;
use crate::units;
use block::{Bin, Block, Lens, SILENT, Sum};
use std::f64::consts::PI;

/// Mains frequencies of the world.
const MAINS_HZ: [f64; 2] = [50.0, 60.0];
/// Multiples that are looked at; a tone an octave under the mains frequency has half ones, too, hum has none.
const MULTIPLES: [f64; 10] = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 0.5, 1.5];
/// The whole multiples come first.
const HARMONICS: usize = 8;
/// Lines of both mains frequencies.
const LINES: usize = 2 * MULTIPLES.len();
/// One of so many lowest harmonics is there: without them it is some other buzz.
const LOWEST: usize = 3;
/// How far the base may lie off, and in which steps it is looked for. Grids keep ±0.2 Hz (the ±0.5 Hz of `standards` §6 leave room
/// for tape, but the picture rate of a game console, 59.73 Hz, hums in its music and is no mains).
const TOLERANCE_HZ: f64 = 0.25;
const OFFSET_HZ: f64 = 0.01;
/// The rate of the frames is at least this.
const LOWEST_RATE_HZ: f64 = 1200.0;
/// Frames that see the rests between notes.
const FRAME_S: f64 = 0.2;
const HOP_S: f64 = 0.1;
/// Frames that are looked at together: 8 s, in which grids keep their phase.
const BLOCK: usize = 80;
/// Least frames of a block.
const LEAST_BLOCK: usize = 40;
/// Most blocks that are kept, of a long file every other one: more than half an hour speaks.
const MOST_BLOCKS: usize = 512;
/// Least frames of a file: 12 s. With fewer, every held note would be steady.
const LEAST_FRAMES: usize = 118;
/// The blocks that count in full: the quietest quarter; or, where the music rests once, the quietest twentieth.
const QUIET_SHARES: [f64; 2] = [0.25, 0.05];
/// Least height of a line over the noise of a sum, and over the highest that lies beside it.
const MIN_HEIGHT_DB: f64 = 9.0;
const MIN_PROMINENCE_DB: f64 = 8.0;
/// A line that stands high has nothing but noise beside it: music in the quiet frames adds so much; and what stands so high over
/// what is beside it swings by less than a quarter.
const BESIDE_DB: f64 = 17.0;
const ENOUGH_DB: f64 = 22.0;
/// Least harmonics (`standards` §6: at least three).
const LEAST_HARMONICS: usize = 3;
/// A line below this is not heard: −90 dBFS.
const LEAST_POWER: f64 = 1e-9;
/// Most spread of a line's level between the blocks that show it clearly (`standards` §6: within 3 dB of each other, to either side).
const MOST_SPREAD_DB: f64 = 6.0;
/// Height from which on a block shows a line clearly.
const CLEAR_DB: f64 = 15.0;
/// Where a note pauses, or another one plays, the line has nothing: no more than a twentieth of the frames of any but a twentieth of
/// the blocks lie so far below the line. What the music adds to hum, against its phase at times, does less.
const PAUSE_SHARE: f64 = 0.05;
const MOST_PAUSE_DB: f64 = 10.0;

/// Looks for hum in two channels at a lowered rate, which the spectral meter has anyway.
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
    lens: Lens,
    /// Place of the next frame in the lowered stream held.
    next: usize,
    /// Frames of the open block, silent ones too: `None`.
    frames: Vec<Option<[Bin; LINES]>>,
    sounding: usize,
    /// Blocks that are over, and one in how many of them is kept.
    closed: usize,
    one_in: usize,
    blocks: Vec<[Block; LINES]>,
}

/// Frequency of a line, without offset.
fn line_hz(line: usize) -> f64 {
    MAINS_HZ[line / MULTIPLES.len()] * MULTIPLES[line % MULTIPLES.len()]
}

impl HumFinder {
    pub(super) fn new(low_rate_hz: f64) -> HumFinder {
        let left = Halvings::new(low_rate_hz, Halvings::count_down_to(low_rate_hz, LOWEST_RATE_HZ));
        let rate_hz = left.output_rate_hz();
        let size = ((FRAME_S * rate_hz / 12.0).round() as usize).max(1) * 12;
        let hop = (size as f64 * HOP_S / FRAME_S) as usize;
        HumFinder {
            rate_hz,
            right: left.clone(),
            left,
            low_left: Vec::new(),
            low_right: Vec::new(),
            fft: StereoFft::new(size),
            window: hann(size),
            spectrum: Spectrum::default(),
            hop,
            lens: Lens::new(hop as f64 / rate_hz),
            next: 0,
            frames: Vec::with_capacity(BLOCK),
            sounding: 0,
            closed: 0,
            one_in: 1,
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
            let (re, im) = bin(k);
            re * re + im * im
        };
        let lines: [Bin; LINES] = std::array::from_fn(|line| {
            let center = (line_hz(line) / bin_hz).round() as usize;
            let (re, im) = bin(center);
            let beside: f32 =
                (2..=3).map(|far| power(center.saturating_sub(far)) + power(center + far)).sum();
            // A steady line in the middle of a bin has half its amplitude in the bins beside it, upside down.
            let rest = |k: usize| {
                let (a, b) = bin(k);
                (a + re / 2.0).powi(2) + (b + im / 2.0).powi(2)
            };
            let near = rest(center - 1) + rest(center + 1);
            Bin { re, im, around: (beside / 4.0).max(near / 2.0) }
        });
        let loudest = lines.iter().map(|bin| bin.power() + bin.around).fold(0.0, f32::max);
        self.sounding += usize::from(loudest > SILENT);
        self.frames.push((loudest > SILENT).then_some(lines));
        if self.frames.len() == BLOCK {
            self.close();
        }
    }

    /// Judges the open block.
    fn close(&mut self) {
        let counts = self.closed.is_multiple_of(self.one_in);
        self.closed += 1;
        if counts && self.frames.iter().flatten().count() >= LEAST_BLOCK {
            let HumFinder { frames, blocks, lens, .. } = self;
            if blocks.len() == MOST_BLOCKS {
                let mut index = 0;
                blocks.retain(|_| {
                    index += 1;
                    index % 2 == 1
                });
                self.one_in *= 2;
            }
            blocks.push(std::array::from_fn(|line| {
                let bins: Vec<Option<Bin>> =
                    frames.iter().map(|lines| lines.as_ref().map(|lines| lines[line])).collect();
                Block::new(&bins, line_hz(line), lens)
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
        QUIET_SHARES.into_iter().find_map(|share| self.hum_in(share))
    }

    /// Hum, if blocks of that share, the quietest, count in full.
    fn hum_in(&self, quiet_share: f64) -> Option<Hum> {
        (0..MAINS_HZ.len())
            .filter_map(|mains| self.hum_of(mains, quiet_share))
            .max_by(|a, b| a.level_dbfs.total_cmp(&b.level_dbfs))
    }

    fn hum_of(&self, mains: usize, quiet_share: f64) -> Option<Hum> {
        let first = mains * MULTIPLES.len();
        let sums: Vec<Sum> = (first..first + MULTIPLES.len())
            .map(|line| Sum::new(&self.blocks_of(line), quiet_share))
            .collect();
        let step_hz = self.lens.step_hz();
        let offsets = (TOLERANCE_HZ / OFFSET_HZ).round() as i32;
        let together = |offset_hz: &f64| -> f64 {
            (0..HARMONICS).map(|h| sums[h].prominence_db(offset_hz * MULTIPLES[h] / step_hz).max(0.0)).sum()
        };
        let offset_hz = (-offsets..=offsets)
            .map(|k| f64::from(k) * OFFSET_HZ)
            .max_by(|a, b| together(a).total_cmp(&together(b)))?;
        let line = |harmonic: usize| {
            let (sum, offset_hz) = (&sums[harmonic], offset_hz * MULTIPLES[harmonic]);
            let steps = offset_hz / step_hz;
            let (height_db, prominence_db) = (sum.height_db(steps), sum.prominence_db(steps));
            let stands = height_db > MIN_HEIGHT_DB
                && prominence_db > (height_db - BESIDE_DB).clamp(MIN_PROMINENCE_DB, ENOUGH_DB);
            stands.then(|| self.level(first + harmonic, sum, offset_hz)).flatten()
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

    fn blocks_of(&self, line: usize) -> Vec<&Block> {
        self.blocks.iter().map(|lines| &lines[line]).collect()
    }

    /// Power of a line, if it is heard, steady and without pauses.
    fn level(&self, line: usize, sum: &Sum, offset_hz: f64) -> Option<f64> {
        let steps = offset_hz / self.lens.step_hz();
        let power = sum.power(steps);
        let level_db = units::power_to_db(power);
        let blocks = self.blocks_of(line);
        let mut levels: Vec<f64> = blocks
            .iter()
            .map(|block| (units::power_to_db(block.height(steps)), block))
            .filter(|(height_db, _)| *height_db > CLEAR_DB)
            .map(|(height_db, block)| height_db - units::power_to_db(f64::from(block.weight)))
            .collect();
        let spread_db = match (percentile(&mut levels, 0.9), percentile(&mut levels, 0.1)) {
            (Some(high_db), Some(low_db)) => high_db - low_db,
            _ => 0.0,
        };
        let mut lows: Vec<f64> =
            blocks.iter().map(|block| units::power_to_db(f64::from(block.low))).collect();
        let pauses = percentile(&mut lows, PAUSE_SHARE)? < level_db - MOST_PAUSE_DB;
        // A line beside the middle of its bin reads lower, by the lobe of the Hann window.
        let bin_hz = self.rate_hz / self.window.len() as f64;
        let at = (line_hz(line) + offset_hz) / bin_hz;
        let beside = at - (line_hz(line) / bin_hz).round();
        let lobe = if beside.abs() < 1e-6 {
            1.0
        } else {
            (PI * beside).sin() / (PI * beside) / (1.0 - beside * beside)
        };
        let power = power / (lobe * lobe);
        (power > LEAST_POWER && spread_db < MOST_SPREAD_DB && !pauses).then_some(power)
    }
}
