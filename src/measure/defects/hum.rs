//! Mains hum: lines at 50 or 60 Hz and their multiples that never move.
//!
//! Notes move. Two things tell hum from a bass: its lines lie exactly on the multiples of one frequency near 50 or 60 Hz
//! (the notes of tempered tuning do not: G1 is 49.0 Hz, A♯1 58.3 Hz) with the same level in all quiet moments, seen in
//! frames of 3 s; and in frames of 0.2 s the lines never pause, not between any two notes.

use crate::dsp::halving::Halvings;
use crate::dsp::spectrum::PairSpectrum;
use crate::dsp::stats::{median, percentile};
use crate::dsp::window::hann;
use crate::model::Hum;
use crate::units;

/// Mains frequencies of the world.
const MAINS_HZ: [f64; 2] = [50.0, 60.0];
/// Multiples that are looked at.
const HARMONICS: usize = 8;
/// Half multiples: a tone an octave under the mains frequency has partials there, hum has none.
const HALVES: [f64; 2] = [0.5, 1.5];
/// Multiples that are watched for pauses.
const WATCHED: usize = 3;
/// How far the base may lie off (`standards` §6: ±0.5 Hz; grids keep ±0.2 Hz).
const TOLERANCE_HZ: f64 = 0.4;
/// The lowered rate is at least this.
const LOWEST_RATE_HZ: f64 = 1200.0;
/// Frames that tell a line from a note beside it.
const LONG_S: f64 = 3.0;
const LONG_STEP_S: f64 = 1.0;
/// Frames that see the pauses between notes.
const SHORT_S: f64 = 0.2;
/// The quietest share of the long frames, in which hum is not covered.
const QUIET_SHARE: f64 = 0.06;
/// Of a short file, this many count as quiet all the same.
const LEAST_QUIET: usize = 4;
/// Least long frames: with fewer, every held note would be steady.
const LEAST_FRAMES: usize = 10;
/// Least height of a line over its surroundings.
const MIN_PROMINENCE_DB: f64 = 12.0;
/// Most spread of a line's level in the quiet frames (`standards` §6: within 3 dB).
const MOST_SPREAD_DB: f64 = 3.0;
/// Least harmonics (`standards` §6: at least three).
const LEAST_HARMONICS: usize = 3;
/// A line below this is not heard: −90 dBFS.
const LEAST_POWER: f32 = 1e-9;
/// Frames below this hold no sound: −110 dBFS.
const SILENT: f32 = 1e-11;
/// Percentile of the short frames that a pause would show in.
const PAUSE_SHARE: f64 = 0.05;
/// Least level of the short frames at that percentile against the long ones.
const MOST_PAUSE_DB: f64 = 4.0;

/// A line in one long frame.
#[derive(Clone, Copy, Default)]
struct Line {
    power: f32,
    /// Over its surroundings.
    prominence: f32,
    /// Off the multiple of the mains frequency, over the harmonic's number.
    offset_hz: f32,
}

/// All lines of one long frame, and its power.
struct LongFrame {
    power: f32,
    lines: [[Line; HARMONICS]; 2],
    halves: [[Line; 2]; 2],
}

pub(super) struct HumFinder {
    rate_hz: f64,
    left: Halvings,
    right: Halvings,
    low_left: Vec<f32>,
    low_right: Vec<f32>,
    long: PairSpectrum,
    short: PairSpectrum,
    long_step: usize,
    /// Place of the next long and the next short frame in the lowered stream held.
    next_long: usize,
    next_short: usize,
    long_frames: Vec<LongFrame>,
    /// Power at the lowest multiples in every short frame that is not silent.
    short_frames: Vec<[[f32; WATCHED]; 2]>,
}

impl HumFinder {
    pub(super) fn new(sample_rate_hz: u32) -> HumFinder {
        let halvings = Halvings::count_down_to(f64::from(sample_rate_hz), LOWEST_RATE_HZ);
        let left = Halvings::new(f64::from(sample_rate_hz), halvings);
        let rate_hz = left.output_rate_hz();
        let frames = |s: f64| ((s * rate_hz / 12.0).round() as usize).max(1) * 12;
        let spectrum = |length: usize| PairSpectrum::new(hann(length), length);
        HumFinder {
            rate_hz,
            right: left.clone(),
            left,
            low_left: Vec::new(),
            low_right: Vec::new(),
            long: spectrum(frames(LONG_S)),
            short: spectrum(frames(SHORT_S)),
            long_step: frames(LONG_STEP_S),
            next_long: 0,
            next_short: 0,
            long_frames: Vec::new(),
            short_frames: Vec::new(),
        }
    }

    pub(super) fn push(&mut self, left: &[f32], right: Option<&[f32]>) {
        self.left.push(left, &mut self.low_left);
        if let Some(right) = right {
            self.right.push(right, &mut self.low_right);
        }
        let right = right.is_some();
        let frame = |spectrum: &mut PairSpectrum, at: usize, l: &[f32], r: &[f32]| {
            let range = at..at + spectrum.window_length();
            spectrum.transform(&l[range.clone()], right.then(|| &r[range]));
        };
        while self.next_short + self.short.window_length() <= self.low_left.len() {
            frame(&mut self.short, self.next_short, &self.low_left, &self.low_right);
            self.next_short += self.short.window_length();
            self.file_short();
        }
        while self.next_long + self.long.window_length() <= self.low_left.len() {
            frame(&mut self.long, self.next_long, &self.low_left, &self.low_right);
            self.next_long += self.long_step;
            self.file_long();
        }
        let done = self.next_long.min(self.next_short).min(self.low_left.len());
        if done > self.long.window_length() {
            self.low_left.drain(..done);
            self.low_right.drain(..done.min(self.low_right.len()));
            self.next_long -= done;
            self.next_short -= done;
        }
    }

    fn file_short(&mut self) {
        let power = &self.short.power;
        if power.iter().sum::<f32>() < SILENT {
            return;
        }
        let bin_hz = self.rate_hz / self.short.size() as f64;
        self.short_frames.push(MAINS_HZ.map(|base_hz| {
            std::array::from_fn(|index| {
                let center = (base_hz * (index + 1) as f64 / bin_hz).round() as usize;
                // The Hann window spreads a line over three bins or four.
                power.get(center - 1..=center + 1).map_or(0.0, |bins| bins.iter().sum())
            })
        }));
    }

    fn file_long(&mut self) {
        let total: f32 = self.long.power.iter().sum();
        if total < SILENT {
            return;
        }
        let bin_hz = self.rate_hz / self.long.size() as f64;
        let power = &self.long.power;
        let lines = MAINS_HZ.map(|base_hz| {
            std::array::from_fn(|index| line(power, base_hz, (index + 1) as f64, bin_hz).unwrap_or_default())
        });
        let halves =
            MAINS_HZ.map(|base_hz| HALVES.map(|n| line(power, base_hz, n, bin_hz).unwrap_or_default()));
        self.long_frames.push(LongFrame { power: total, lines, halves });
    }

    /// Hum, if lines of one mains frequency are there throughout.
    pub(super) fn hum(&mut self) -> Option<Hum> {
        let mut powers: Vec<f64> = self.long_frames.iter().map(|frame| f64::from(frame.power)).collect();
        if powers.len() < LEAST_FRAMES {
            return None;
        }
        powers.sort_by(f64::total_cmp);
        let count = ((QUIET_SHARE * powers.len() as f64).ceil() as usize).max(LEAST_QUIET);
        let quiet_power = powers[count - 1];
        let quiet: Vec<&LongFrame> =
            self.long_frames.iter().filter(|frame| f64::from(frame.power) <= quiet_power).collect();
        (0..MAINS_HZ.len())
            .filter_map(|mains| self.hum_of(mains, &quiet))
            .max_by(|a, b| a.level_dbfs.total_cmp(&b.level_dbfs))
    }

    fn hum_of(&self, mains: usize, quiet: &[&LongFrame]) -> Option<Hum> {
        for half in 0..HALVES.len() {
            let mut prominences: Vec<f64> = quiet
                .iter()
                .map(|frame| units::power_to_db(f64::from(frame.halves[mains][half].prominence)))
                .collect();
            if median(&mut prominences)? > MIN_PROMINENCE_DB {
                return None;
            }
        }
        let mut power = 0.0;
        let mut offsets = Vec::new();
        let mut harmonics = 0;
        let mut base_steady = false;
        for index in 0..HARMONICS {
            let lines: Vec<Line> = quiet.iter().map(|frame| frame.lines[mains][index]).collect();
            let mut levels: Vec<f64> =
                lines.iter().map(|line| units::power_to_db(f64::from(line.power))).collect();
            let mut prominences: Vec<f64> =
                lines.iter().map(|line| units::power_to_db(f64::from(line.prominence))).collect();
            let level_db = median(&mut levels)?;
            let spread_db = percentile(&mut levels, 0.9)? - percentile(&mut levels, 0.1)?;
            let stands = percentile(&mut prominences, 0.2)? > MIN_PROMINENCE_DB;
            let heard = level_db > units::power_to_db(f64::from(LEAST_POWER));
            if !(stands && heard && spread_db < MOST_SPREAD_DB) {
                continue;
            }
            if index < WATCHED && self.pauses(mains, index, level_db) {
                continue;
            }
            harmonics += 1;
            base_steady |= index < WATCHED;
            power += units::db_to_power(level_db);
            let mut places: Vec<f64> = lines.iter().map(|line| f64::from(line.offset_hz)).collect();
            offsets.push(median(&mut places)?);
        }
        let offset_hz = median(&mut offsets)?;
        let (low, high) = (offsets.first()?, offsets.last()?);
        // Lines of one hum are multiples of one frequency.
        let one_series = high - low < TOLERANCE_HZ / 2.0;
        (harmonics >= LEAST_HARMONICS && base_steady && one_series && offset_hz.abs() < TOLERANCE_HZ).then(
            || Hum {
                base_hz: MAINS_HZ[mains] + offset_hz,
                level_dbfs: units::power_to_db(power),
                harmonics: harmonics as u32,
            },
        )
    }

    /// Whether the line falls away in the short frames, as the notes of a bass do.
    fn pauses(&self, mains: usize, index: usize, level_db: f64) -> bool {
        let mut levels: Vec<f64> = self
            .short_frames
            .iter()
            .map(|frame| units::power_to_db(f64::from(frame[mains][index])))
            .collect();
        percentile(&mut levels, PAUSE_SHARE).is_none_or(|low_db| low_db < level_db - MOST_PAUSE_DB)
    }
}

/// The highest line near a multiple of a mains frequency.
fn line(power: &[f32], base_hz: f64, harmonic: f64, bin_hz: f64) -> Option<Line> {
    let center_hz = base_hz * harmonic;
    let reach_hz = TOLERANCE_HZ * harmonic.min(2.0) + bin_hz;
    let bin = |hz: f64| (hz / bin_hz).round() as usize;
    let candidates = bin(center_hz - reach_hz)..=bin(center_hz + reach_hz);
    let place = candidates.max_by(|a, b| {
        let value = |k: &usize| power.get(*k).copied().unwrap_or(0.0);
        value(a).total_cmp(&value(b))
    })?;
    let three = power.get(place - 1..=place + 1)?;
    let sum: f32 = three.iter().sum();
    // Surroundings: 1.5 to 6 Hz to each side.
    let side = |from_hz: f64, to_hz: f64| power.get(bin(from_hz)..bin(to_hz)).unwrap_or(&[]);
    let at_hz = place as f64 * bin_hz;
    let mut around: Vec<f64> = side(at_hz - 6.0, at_hz - 1.5)
        .iter()
        .chain(side(at_hz + 1.5, at_hz + 6.0))
        .map(|power| f64::from(*power))
        .collect();
    let background = median(&mut around)?.max(f64::from(f32::MIN_POSITIVE)) * three.len() as f64;
    // Centre of gravity of the three bins: good to a tenth of a bin.
    let center = f64::from(three[2] - three[0]) / f64::from(sum.max(f32::MIN_POSITIVE));
    let offset_hz = ((place as f64 + 1.5 * center) * bin_hz - center_hz) / harmonic;
    Some(Line { power: sum, prominence: (f64::from(sum) / background) as f32, offset_hz: offset_hz as f32 })
}
