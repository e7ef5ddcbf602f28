//! A wall in the spectrum: full below, nothing above, at one frequency in nearly all frames.
//!
//! Dull music ends gradually, and where it ends moves with what is played; a low-pass filter of a synthesiser leaves
//! noise. Encoders and converters leave a wall: steep, always in one place, with less above it than the dither of
//! 16 bits.

use crate::dsp::sampled_frames::SampledFrames;
use crate::dsp::spectrum::PairSpectrum;
use crate::dsp::stats::{median, percentile};
use crate::dsp::window::hann;
use crate::units;

/// Length of a frame: bins of about 11 Hz.
const FRAME_S: f64 = 0.085;
/// Distance between frames.
const STEP_S: f64 = 0.25;
/// Width of the steps that the spectrum is read in.
const STEP_HZ: f64 = 125.0;
/// Lowest edge that is looked for: below, music ends by itself.
const LOWEST_HZ: f64 = 10_000.0;
/// Steps within which the wall falls: 500 Hz (`standards` §6).
const FALL_STEPS: usize = 4;
/// Least fall (`standards` §6: 30 dB; a frame of quiet highs shows less, the long-term spectrum must show this).
const MIN_FALL_DB: f64 = 30.0;
/// Least fall of one frame that has a say.
const MIN_FRAME_FALL_DB: f64 = 20.0;
/// Above the wall a frame has less than this in every step of 125 Hz: the dither of
/// 16 bits has −116 dBFS there in two channels, give or take 3 dB.
const FLOOR_DBFS: f64 = -111.0;
/// Least level beside the wall: otherwise there is nothing that could fall.
const LEAST_BELOW_DBFS: f64 = -95.0;
/// Least share of the frames that have a say whose wall is in the same place.
const MIN_SHARE: f64 = 0.8;
/// How far the wall may wander: encoders switch bands on and off round it.
const WANDER_HZ: f64 = 400.0;
/// Least frames that have a say: two and a half seconds.
const LEAST_FRAMES: usize = 10;
/// A frame below −60 dBFS has no say.
const SILENT: f32 = 1e-6;

/// Slope of a converter's filter, below the Nyquist frequency of the lower rate: the spectrum is read below and above it.
const SLOPE_HZ: f64 = 1_400.0;
/// Width of what is read below the slope.
const BELOW_HZ: f64 = 500.0;
/// What the slope may reach beyond the lower Nyquist frequency.
const BEYOND_HZ: f64 = 500.0;
/// Least fall of the mean spectrum at a lower Nyquist frequency: a shelf of noise of its own does not fall so far so fast.
const MIN_RAISED_FALL_DB: f64 = 20.0;
/// Share of what lies above that is that low: the rest may be images of a bass, at the end of the spectrum.
const EMPTY_SHARE: f64 = 0.9;

/// What was found.
pub(super) struct Wall {
    pub(super) edge_hz: f64,
    pub(super) drop_db: f64,
    /// Share of the frames that show it here.
    pub(super) share: f64,
}

pub(super) struct WallFinder {
    rate_hz: f64,
    sampled: SampledFrames,
    spectrum: PairSpectrum,
    /// Frames loud enough to judge.
    frames: usize,
    /// Edge and fall of every frame that shows a wall.
    walls: Vec<(f32, f32)>,
    /// Power of every step of all frames together.
    sums: Vec<f64>,
}

impl WallFinder {
    pub(super) fn new(sample_rate_hz: u32) -> WallFinder {
        let rate_hz = f64::from(sample_rate_hz);
        let size = ((FRAME_S * rate_hz) as usize).next_power_of_two().max(64);
        WallFinder {
            rate_hz,
            spectrum: PairSpectrum::new(hann(size), size),
            sampled: SampledFrames::new(size, (STEP_S * rate_hz) as usize),
            frames: 0,
            walls: Vec::new(),
            sums: Vec::new(),
        }
    }

    pub(super) fn push(&mut self, left: &[f32], right: Option<&[f32]>) {
        let WallFinder { sampled, spectrum, rate_hz, frames, walls, sums } = self;
        sampled.push(left, right, |left, right| {
            spectrum.transform(left, right);
            let Some(powers) = powers(spectrum, *rate_hz) else { return };
            *frames += 1;
            sums.resize(powers.len(), 0.0);
            sums.iter_mut().zip(&powers).for_each(|(sum, power)| *sum += power);
            walls.extend(wall_of(&powers));
        });
    }

    /// Frames that had something to say.
    pub(super) fn frames(&self) -> usize {
        self.frames
    }

    /// Fall of the mean spectrum at a Nyquist frequency of a lower rate, if nothing but a floor lies above.
    pub(super) fn fall_at(&self, nyquist_hz: f64) -> Option<f64> {
        let step = |hz: f64| (hz / STEP_HZ) as usize;
        let part = |from_hz: f64, to_hz: f64| self.sums.get(step(from_hz)..step(to_hz).min(self.sums.len()));
        let level_db = |power: &f64| units::power_to_db(power / self.frames as f64);
        let below_hz = nyquist_hz - SLOPE_HZ;
        let mut below: Vec<f64> = part(below_hz - BELOW_HZ, below_hz)?.iter().map(level_db).collect();
        let mut above: Vec<f64> =
            part(nyquist_hz + BEYOND_HZ, self.rate_hz / 2.0)?.iter().map(level_db).collect();
        let fall_db = median(&mut below)? - percentile(&mut above, EMPTY_SHARE)?;
        (self.frames >= LEAST_FRAMES && fall_db > MIN_RAISED_FALL_DB).then_some(fall_db)
    }

    /// The wall, where nearly all frames agree on one.
    pub(super) fn wall(&self) -> Option<Wall> {
        let mut edges: Vec<f64> = self.walls.iter().map(|wall| f64::from(wall.0)).collect();
        let edge_hz = median(&mut edges)?;
        let agree = edges.iter().filter(|edge| (**edge - edge_hz).abs() <= WANDER_HZ).count();
        let mut falls: Vec<f64> = self.walls.iter().map(|wall| f64::from(wall.1)).collect();
        let drop_db = percentile(&mut falls, 0.75)?;
        let share = agree as f64 / self.frames as f64;
        (agree >= LEAST_FRAMES && share >= MIN_SHARE && drop_db >= MIN_FALL_DB).then_some(Wall {
            edge_hz,
            drop_db,
            share,
        })
    }
}

/// Power of every step of the newest frame, if it is not silent.
fn powers(spectrum: &PairSpectrum, rate_hz: f64) -> Option<Vec<f64>> {
    if spectrum.power.iter().sum::<f32>() < SILENT {
        return None;
    }
    let bins = (STEP_HZ * spectrum.size() as f64 / rate_hz).max(1.0);
    let steps = (spectrum.power.len() as f64 / bins) as usize;
    let power = |step: usize| {
        let range = (step as f64 * bins) as usize..((step + 1) as f64 * bins) as usize;
        let sum: f32 = spectrum.power[range].iter().sum();
        f64::from(sum.max(f32::MIN_POSITIVE))
    };
    Some((0..steps).map(power).collect())
}

/// Edge and fall of the wall in a frame.
fn wall_of(powers: &[f64]) -> Option<(f32, f32)> {
    let levels: Vec<f64> = powers.iter().map(|power| units::power_to_db(*power)).collect();
    let steps = levels.len();
    // From the top down to the highest step that holds anything: everything above is floor.
    let top = levels.iter().rposition(|level| *level > FLOOR_DBFS)?;
    let edge_hz = (top + 1) as f64 * STEP_HZ;
    let above = steps.saturating_sub(top + 1);
    if edge_hz < LOWEST_HZ || above < FALL_STEPS || top < 2 * FALL_STEPS {
        return None;
    }
    // The fall: the levels beside the wall against the highest that is left beyond it.
    let mut below: Vec<f64> = levels[top + 1 - 2 * FALL_STEPS..=top + 1 - FALL_STEPS].to_vec();
    let below_db = median(&mut below).unwrap_or(FLOOR_DBFS);
    let beyond_db = levels[top + 1..].iter().copied().fold(f64::NEG_INFINITY, f64::max);
    (below_db > LEAST_BELOW_DBFS && below_db - beyond_db > MIN_FRAME_FALL_DB)
        .then_some((edge_hz as f32, (below_db - beyond_db) as f32))
}
