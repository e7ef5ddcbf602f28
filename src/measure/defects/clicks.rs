//! Clicks and jumps of the waveform.
//!
//! Two steps. First, cheap and over everything: the second difference, which lets the edge of a click stand out of
//! tones. A place is a candidate where it stands far over the level round it and far over every other peak within
//! 12 ms. Then, on the few candidates: linear prediction from the sound round them.
//!
//! A click is a few samples that are off: chosen anew, they leave nothing that stands out. Sticks, plucks and mouths go on, so
//! a few samples do not mend them. That holds whatever else plays within 50 ms, and for onsets, which nothing mends.
//!
//! A longer click is not mended so, and a jump is only smoothed: their residual has to be short, and to stand over every other
//! peak within 50 ms, and tells whether the waveform comes back (click) or goes on somewhere else (discontinuity).
//! What comes again alike within 50 ms is the edge of a wave, and neither.

use super::MOST_MARKS;
use super::edges::LOOK_S;
use crate::dsp::level::{second_difference, wide_peak_and_energy};
use crate::dsp::prediction::{Predictor, predictor};
use crate::model::Mark;
use crate::units;
use std::ops::Range;

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
/// And where it is not over every other peak within reach, 18 dB: candidates cost time, and few more clicks are found from 14 dB on.
const OVER_LEVEL_BESIDE: f32 = 8.0;
/// Peak over every other peak within reach: 2 dB. Edges of one wave are alike to a fraction of that.
const OVER_PEAKS: f32 = 1.25;
/// Least second difference: that of a click at −50 dBFS (`standards` §6, frame gate).
const LEAST: f32 = 0.006;
/// Cells to each side that a candidate stands out of: 12 ms, as drums play beside faults.
const CLOSE: usize = 8;
/// Order of the prediction (`standards` §6: 12 for clicks).
const ORDER: usize = 12;
/// Order where samples are chosen anew: it explains tones better, and how far an error reaches into the residual does not matter
/// there. 16 find a hundredth fewer clicks, 24 and 32 none more that are worth their cost.
const REPAIR_ORDER: usize = 20;
/// Length of what is chosen anew: eight samples at 44.1 kHz. From 0.3 ms on, mouths are mended too.
const REPAIR_S: f64 = 0.000_18;
/// Residual that is left of a click at most, against what it was: −20 dB. In clean music the least is −17 dB.
const LEFT_SHARE: f64 = 0.1;
/// And against the other peaks of the residual: it is music again. A jump that is smoothed is not.
const LEFT_OVER_OTHERS: f64 = 2.0;
/// Least height of the residual over its level round the place. `standards` §6 has 30 dB for this alone; with the other
/// conditions 22 dB find a fifth more planted clicks, and none in 1.2 hours of clean mixes.
const MIN_STRENGTH_DB: f64 = 25.0;
/// Least level that a fault is held against: the rounding of 16 bits.
const FLOOR: f64 = 1.0 / 65_536.0;
/// Least height over every other peak of the residual: 8 dB.
const OVER_RESIDUAL: f64 = 2.5;
/// A fault is over, down to a tenth of its residual, within this time: plucks, sticks and mouths take longer.
const LONGEST_S: f64 = 0.0006;
/// Or, where the sound round it is not that low, what stands out of the quieter side is over within this time: six samples of a click
/// at 44.1 kHz, and the twelve that are predicted from them.
const LONGEST_TIP_S: f64 = 0.0004;
/// From this height over every other peak of the residual on, 16 dB, it is what stands out of both sides: then the music that goes on
/// beside the fault does not count as a part of it. From 14 dB on, sticks and mouths of clean stems would pass.
const FAR_OVER_RESIDUAL: f64 = 6.0;
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

/// A click, how high it stands, and whether another one like it lies within reach.
struct Click {
    mark: Mark,
    peak: f32,
    comes_again: bool,
}

/// A fault among the samples round it.
struct Fault {
    samples: Range<usize>,
    strength_db: f64,
}

pub(super) struct ClickFinder {
    rate_hz: f64,
    cell: usize,
    /// Cells that are held at least: what is judged here, and what the end of a file is judged by.
    keep: usize,
    /// The newest samples, from `start` on.
    held: Vec<f32>,
    start: u64,
    /// Cells from `start` on.
    cells: Vec<Cell>,
    clicks: Vec<Click>,
    discontinuities: Vec<Mark>,
}

impl ClickFinder {
    pub(super) fn new(sample_rate_hz: u32) -> ClickFinder {
        let rate_hz = f64::from(sample_rate_hz);
        let cell = ((CELL_S * rate_hz / 8.0).round() as usize).max(1) * 8;
        ClickFinder {
            rate_hz,
            cell,
            keep: (2 * REACH).max((LOOK_S * rate_hz) as usize / cell + 1),
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
        if self.cells.len() > 2 * self.keep {
            let drop = self.cells.len() - self.keep;
            self.cells.drain(..drop);
            self.held.drain(..drop * self.cell);
            self.start += (drop * self.cell) as u64;
        }
    }

    /// The newest samples: at least [`LOOK_S`], where there were as many.
    pub(super) fn newest(&self) -> &[f32] {
        &self.held
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
        if !rises_over(&self.cells[after..=index + CLOSE], OVER_PEAKS)
            || !rises_over(&self.cells[index - CLOSE..before], OVER_PEAKS)
            || !rises_over(&self.cells[before..after], 1.0)
        {
            return;
        }
        let energy = |cells: &[Cell]| cells.iter().map(|cell| cell.energy).sum::<f32>();
        let near = energy(&self.cells[index - NEAR..before]) + energy(&self.cells[after..=index + NEAR]);
        let level = (near / ((NEAR - OWN) * 2 * self.cell) as f32).sqrt();
        if peak < OVER_LEVEL * level {
            return;
        }
        let alone = rises_over(&self.cells[after..=index + REACH], OVER_PEAKS)
            && rises_over(&self.cells[index - REACH..before], OVER_PEAKS);
        if alone || peak >= OVER_LEVEL_BESIDE * level {
            self.verify(index, alone);
        }
    }

    /// Holds a candidate against the prediction from its surroundings.
    fn verify(&mut self, index: usize, alone: bool) {
        let from = (index - NEAR) * self.cell;
        let to = ((index + NEAR + 1) * self.cell).min(self.held.len());
        let region = &self.held[from..to];
        let own = (NEAR - OWN) * self.cell..(NEAR + OWN + 1) * self.cell;
        let mark = |fault: Fault| Mark {
            at_s: (self.start + (from + fault.samples.start) as u64) as f64 / self.rate_hz,
            duration_s: fault.samples.len() as f64 / self.rate_hz,
            channel: 0,
            strength_db: fault.strength_db,
        };
        let peak = self.cells[index].peak;
        if let Some(fault) = mendable(region, &own, self.rate_hz) {
            let mark = mark(fault);
            self.keep(mark, peak);
        } else if alone && let Some((fault, comes_back)) = short(region, &own, self.rate_hz) {
            let mark = mark(fault);
            if comes_back {
                self.keep(mark, peak);
            } else if self.discontinuities.len() < MOST_MARKS {
                self.discontinuities.push(mark);
            }
        }
    }

    /// Notes a click, and whether one of the last is like it.
    fn keep(&mut self, mark: Mark, peak: f32) {
        let earliest_s = mark.at_s - (REACH * self.cell) as f64 / self.rate_hz;
        self.clicks.retain(|click| !click.comes_again || click.mark.at_s > earliest_s);
        let mut comes_again = false;
        for other in self.clicks.iter_mut().rev().take_while(|other| other.mark.at_s > earliest_s) {
            comes_again |= peak < OVER_PEAKS * other.peak;
            other.comes_again |= other.peak < OVER_PEAKS * peak;
        }
        if self.clicks.len() < MOST_MARKS {
            self.clicks.push(Click { mark, peak, comes_again });
        }
    }

    pub(super) fn finish(self, channel: u16) -> (Vec<Mark>, Vec<Mark>) {
        let alone = self.clicks.into_iter().filter(|click| !click.comes_again);
        (
            alone.map(|click| Mark { channel, ..click.mark }).collect(),
            self.discontinuities.into_iter().map(|mark| Mark { channel, ..mark }).collect(),
        )
    }
}

fn highest(part: &[f64]) -> f64 {
    wide_peak_and_energy(part).0
}

/// Height and place of the residual in the own part of a region, and its level before and after that part.
struct Residual {
    samples: Vec<f64>,
    place: usize,
    peak: f64,
    others: f64,
    strength_db: f64,
}

impl Residual {
    fn of(region: &[f32], own: &Range<usize>, model: &Predictor) -> Residual {
        let samples = model.residual(region);
        let (before, after) = sides(&samples, own, model.order());
        let (count, [before, after]) =
            (before.len() + after.len(), [before, after].map(wide_peak_and_energy));
        let level = ((before.1 + after.1) / count.max(1) as f64).sqrt();
        let (place, peak) = own.clone().fold((own.start, 0.0), |best, at| {
            if samples[at].abs() > best.1 { (at, samples[at].abs()) } else { best }
        });
        let others = before.0.max(after.0);
        let strength_db = units::amplitude_to_db(peak / level.max(FLOOR));
        Residual { samples, place, peak, others, strength_db }
    }
}

/// What lies before and after the own part, as far as it is predicted from sound without the fault.
fn sides<'a>(residual: &'a [f64], own: &Range<usize>, order: usize) -> (&'a [f64], &'a [f64]) {
    (&residual[order..own.start], &residual[own.end + order..])
}

/// The predictor from both sides of the own part.
fn model(region: &[f32], own: &Range<usize>, order: usize) -> Predictor {
    predictor(&region[..own.start], &region[own.end..], order).unwrap_or_else(Predictor::of_silence)
}

/// A few samples that are off.
fn mendable(region: &[f32], own: &Range<usize>, rate_hz: f64) -> Option<Fault> {
    let model = model(region, own, REPAIR_ORDER);
    let residual = Residual::of(region, own, &model);
    if residual.strength_db < MIN_STRENGTH_DB {
        return None;
    }
    let count = (REPAIR_S * rate_hz).round() as usize;
    let first = residual.place.saturating_sub(count - 1 + model.order());
    let repair = model.repair(&residual.samples, first..=residual.place, count);
    let left = highest(&repair.residual()[own.start..own.end + model.order()]);
    if left > LEFT_SHARE * residual.peak || left > (LEFT_OVER_OTHERS * residual.others).max(FLOOR) {
        return None;
    }
    let off = highest(repair.changes());
    let mut stand = (0..count).filter(|i| repair.changes()[*i].abs() > 0.1 * off);
    let first = stand.next().unwrap_or(0);
    let last = stand.next_back().unwrap_or(first);
    let samples = repair.start() + first..repair.start() + last + 1;
    // A jump would be smoothed, not mended.
    comes_back(region, &samples, &model).then_some(Fault { samples, strength_db: residual.strength_db })
}

/// What is over soon, and whether the waveform comes back after it.
fn short(region: &[f32], own: &Range<usize>, rate_hz: f64) -> Option<(Fault, bool)> {
    let power = |part: &[f32]| part.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>();
    let (before, after) = (power(&region[..own.start]), power(&region[own.end..]));
    if before.min(after) < SIDES_SHARE * before.max(after) {
        return None;
    }
    let model = model(region, own, ORDER);
    let Residual { samples: residual, place, peak, others, strength_db } = Residual::of(region, own, &model);
    let (before, after) = sides(&residual, own, ORDER);
    if strength_db < MIN_STRENGTH_DB || peak < OVER_RESIDUAL * others {
        return None;
    }
    // What the quieter side does anyway is not the fault; a pluck is told by what it adds to the side after it.
    let quieter = highest(before).min(highest(after));
    let usual = if peak < FAR_OVER_RESIDUAL * others { quieter } else { others };
    let span = |threshold: f64| {
        let stands = |at: &usize| residual[*at].abs() > threshold;
        (own.clone().find(stands).unwrap_or(place), own.clone().rev().find(stands).unwrap_or(place))
    };
    let lasts = |(first, last): (usize, usize)| (last + 1 - first) as f64 / rate_hz;
    let whole = span(0.1 * peak);
    let (first, last) = span(f64::max(0.1 * peak, usual));
    if lasts(whole) > LONGEST_S && lasts((first, last)) > LONGEST_TIP_S {
        return None;
    }
    let samples = first..last + 1;
    let comes_back = comes_back(region, &samples, &model);
    Some((Fault { samples, strength_db }, comes_back))
}

/// Whether the waveform after a fault is on the course that it had before.
fn comes_back(region: &[f32], fault: &Range<usize>, model: &Predictor) -> bool {
    let course = model.continue_from(&region[..fault.start], fault.len() + AFTER);
    let off = |at: usize| (f64::from(region[at]) - course[at - fault.start]).abs();
    let spike = fault.clone().map(off).fold(0.0, f64::max);
    let left = (fault.end..fault.end + AFTER).map(off).fold(f64::INFINITY, f64::min);
    left <= JUMP_SHARE * spike
}
