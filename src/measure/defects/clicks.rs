//! Clicks and jumps of the waveform.
//!
//! Two steps. First, cheap and over everything: the second difference, which lets the edge of a click stand out of
//! tones. A place is a candidate where it stands far over the level round it and far over every other peak within
//! 50 ms: so hats, drums (they go on) and the edges of square and saw waves (they come again) drop out. Then, on the
//! few candidates: linear prediction from the sound round them; its residual says how strong the fault is and whether the waveform
//! comes back (click) or goes on somewhere else (discontinuity).

use super::MOST_MARKS;
use crate::dsp::level::second_difference;
use crate::dsp::prediction::{Predictor, predictor};
use crate::model::Mark;
use crate::units;

/// Length of the cells of the first step.
const CELL_S: f64 = 0.00145;
/// Cells to each side that no other peak may lie in: 50 ms, one period of 20 Hz.
const REACH: usize = 35;
/// Cells to each side whose mean level the peak is held against: 23 ms.
const NEAR: usize = 16;
/// A fault is over within this many cells.
const OWN: usize = 2;
/// Peak of the second difference over its RMS in the neighbourhood: 14 dB. Noise reaches 13 dB.
const OVER_LEVEL: f32 = 5.0;
/// Peak over every other peak within reach: 2 dB. Edges of one wave are alike to a fraction of that.
const OVER_PEAKS: f32 = 1.25;
/// Least second difference: that of a click at −50 dBFS (`standards` §6, frame gate).
const LEAST: f32 = 0.006;
/// Order of the prediction (`standards` §6: 12 for clicks).
const ORDER: usize = 12;
/// Least height of the residual over its level round the place. `standards` §6 has 30 dB for this alone; with the other
/// conditions 22 dB find a fifth more planted clicks, and none in 1.2 hours of clean mixes.
const MIN_STRENGTH_DB: f64 = 25.0;
/// Least level that a fault is held against: the rounding of 16 bits.
const FLOOR: f64 = 1.0 / 65_536.0;
/// Least height over every other peak of the residual: 8 dB.
const OVER_RESIDUAL: f64 = 2.5;
/// A fault is over, down to a tenth of its residual, within this time: plucks, sticks and mouths take longer.
const LONGEST_S: f64 = 0.0006;
/// Or, where the sound round it is not that low, what stands out of the quieter side is over within this time.
const LONGEST_TIP_S: f64 = 0.00025;
/// The waveform after a jump stays off its course by this share of the jump.
const JUMP_SHARE: f64 = 0.35;
/// Samples after the fault that are held against the course.
const AFTER: usize = 4;
/// Power of the quieter side against the louder one, at least: −20 dB. Otherwise it is the onset or the end of a sound.
const SIDES_SHARE: f64 = 0.01;

/// One cell: highest second difference and its place, energy.
#[derive(Clone, Copy, Default)]
struct Cell {
    peak: f32,
    energy: f32,
}

pub(super) struct ClickFinder {
    rate_hz: f64,
    cell: usize,
    /// The newest samples, from `start` on.
    held: Vec<f32>,
    start: u64,
    /// Cells from `start` on.
    cells: Vec<Cell>,
    clicks: Vec<Mark>,
    discontinuities: Vec<Mark>,
}

impl ClickFinder {
    pub(super) fn new(sample_rate_hz: u32) -> ClickFinder {
        let rate_hz = f64::from(sample_rate_hz);
        ClickFinder {
            rate_hz,
            cell: ((CELL_S * rate_hz / 8.0).round() as usize).max(1) * 8,
            held: Vec::new(),
            start: 0,
            cells: Vec::new(),
            clicks: Vec::new(),
            discontinuities: Vec::new(),
        }
    }

    pub(super) fn push(&mut self, samples: &[f32]) {
        self.held.extend_from_slice(samples);
        // The second difference at the last sample of a cell needs the two samples behind it.
        while (self.cells.len() + 1) * self.cell + 2 <= self.held.len() {
            let at = self.cells.len() * self.cell;
            let (peak, energy) = second_difference(&self.held[at..at + self.cell + 2]);
            self.cells.push(Cell { peak, energy });
            if self.cells.len() > 2 * REACH {
                self.judge(self.cells.len() - 1 - REACH);
            }
        }
        let keep = 2 * REACH;
        if self.cells.len() > 4 * keep {
            let drop = self.cells.len() - keep;
            self.cells.drain(..drop);
            self.held.drain(..drop * self.cell);
            self.start += (drop * self.cell) as u64;
        }
    }

    /// Looks at a cell that has its whole neighbourhood.
    fn judge(&mut self, index: usize) {
        let peak = self.cells[index].peak;
        if peak < LEAST {
            return;
        }
        let (before, after) = (index - OWN, index + OWN + 1);
        let rises_over = |cells: &[Cell], factor: f32| cells.iter().all(|cell| peak >= factor * cell.peak);
        // In music the next cells are nearly always as high, so this ends most of it soon. The same fault may reach into the
        // next cell: the highest one counts.
        if !rises_over(&self.cells[after..=index + REACH], OVER_PEAKS)
            || !rises_over(&self.cells[index - REACH..before], OVER_PEAKS)
            || !rises_over(&self.cells[before..after], 1.0)
        {
            return;
        }
        let energy = |cells: &[Cell]| cells.iter().map(|cell| cell.energy).sum::<f32>();
        let near = energy(&self.cells[index - NEAR..before]) + energy(&self.cells[after..=index + NEAR]);
        let level = (near / ((NEAR - OWN) * 2 * self.cell) as f32).sqrt();
        if peak >= OVER_LEVEL * level {
            self.verify(index);
        }
    }

    /// Holds a candidate against the prediction from its surroundings.
    fn verify(&mut self, index: usize) {
        let from = (index - NEAR) * self.cell;
        let to = ((index + NEAR + 1) * self.cell).min(self.held.len());
        let region = &self.held[from..to];
        let own = (NEAR - OWN) * self.cell..(NEAR + OWN + 1) * self.cell;
        let power = |part: &[f32]| part.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>();
        let (before, after) = (power(&region[..own.start]), power(&region[own.end..]));
        if before.min(after) < SIDES_SHARE * before.max(after) {
            return;
        }
        let model =
            predictor(&region[..own.start], &region[own.end..], ORDER).unwrap_or_else(Predictor::of_silence);
        let residual = model.residual(region);
        let quiet: Vec<f64> =
            residual[ORDER..own.start].iter().chain(&residual[own.end + ORDER..]).copied().collect();
        let level = (quiet.iter().map(|e| e * e).sum::<f64>() / quiet.len().max(1) as f64).sqrt();
        let (place, peak) = own.clone().fold((own.start, 0.0), |best, at| {
            if residual[at].abs() > best.1 { (at, residual[at].abs()) } else { best }
        });
        let strength_db = units::amplitude_to_db(peak / level.max(FLOOR));
        let others = quiet.iter().fold(0.0f64, |most, e| most.max(e.abs()));
        if strength_db < MIN_STRENGTH_DB || peak < OVER_RESIDUAL * others {
            return;
        }
        // What the quieter side does anyway is not the fault; a pluck is told by what it adds to the side after it.
        let highest = |part: &[f64]| part.iter().fold(0.0f64, |most, e| most.max(e.abs()));
        let usual = highest(&residual[ORDER..own.start]).min(highest(&residual[own.end + ORDER..]));
        let span = |threshold: f64| {
            let stands = |at: &usize| residual[*at].abs() > threshold;
            (own.clone().find(stands).unwrap_or(place), own.clone().rev().find(stands).unwrap_or(place))
        };
        let lasts = |(first, last): (usize, usize)| (last + 1 - first) as f64 / self.rate_hz;
        let whole = span(0.1 * peak);
        let tip = span(f64::max(0.1 * peak, usual));
        if lasts(whole) > LONGEST_S && lasts(tip) > LONGEST_TIP_S {
            return;
        }
        let (first, last) = tip;
        let mark = Mark {
            at_s: (self.start + (from + first) as u64) as f64 / self.rate_hz,
            duration_s: (last + 1 - first) as f64 / self.rate_hz,
            channel: 0,
            strength_db,
        };
        let course = model.continue_from(&region[..first], last + 1 - first + AFTER);
        let off = |at: usize| (f64::from(region[at]) - course[at - first]).abs();
        let spike = (first..=last).map(off).fold(0.0, f64::max);
        let left = (last + 1..=last + AFTER).map(off).fold(f64::INFINITY, f64::min);
        let list = if left > JUMP_SHARE * spike { &mut self.discontinuities } else { &mut self.clicks };
        if list.len() < MOST_MARKS {
            list.push(mark);
        }
    }

    pub(super) fn finish(self, channel: u16) -> (Vec<Mark>, Vec<Mark>) {
        let name = |marks: Vec<Mark>| marks.into_iter().map(|mark| Mark { channel, ..mark }).collect();
        (name(self.clicks), name(self.discontinuities))
    }
}
