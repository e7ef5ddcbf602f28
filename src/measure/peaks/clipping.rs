//! Digital clipping: samples that were cut off at the ceiling.
//!
//! The rule. A run of at least three equal samples of one channel counts as clipped where
//! 1. they lie at the channel's ceiling: no sample of the same sign is higher in the whole file (a converter or an
//!    editor cuts every peak at one value; equal samples below it are something else),
//! 2. the ceiling is at least 0.99 of full scale (−0.09 dBFS), and
//! 3. the waveform breaks off into the run: on at least one side the step into it is larger than a smooth crest could
//!    hide in the quantisation. The crest of an unclipped full-scale 20 Hz sine in 16 bit holds four equal samples, and
//!    so would any normalised bass note; the steps beside them are one step of the quantiser.
//!
//! Files that were clipped and then turned down are not found, nor files clipped before a lossy encoder.

use crate::dsp::flags::{FLAGS, low_bits, triples};
use crate::dsp::simd::greater32;
use crate::model::ClippedRun;
use std::ops::Range;

/// Lowest ceiling that counts as full scale.
pub(super) const NEAR_FULL_SCALE: f32 = 0.99;

/// Equal samples that make a run (the common rule of clip detectors).
const RUN_MIN: u64 = 3;

/// Runs that are listed per channel.
const LISTED_MAX: usize = 1000;

/// A smooth crest of three equal samples drops by less than three quantiser steps to its neighbours (its parabola
/// drops by at most one step within 1.5 samples, so by at most 2.8 within 2.5); longer crests by less.
const SMOOTH_STEPS: f32 = 3.0;

/// Step of a 16-bit quantiser, and of an 8-bit one for samples that lie on its grid.
const STEP_16_BIT: f32 = 1.0 / 32_768.0;
const STEP_8_BIT: f32 = 1.0 / 128.0;

/// Runs of one polarity at the highest value seen so far.
#[derive(Debug, Clone, Default)]
struct Ceiling {
    value: f32,
    runs: u64,
    listed: Vec<Run>,
}

impl Ceiling {
    /// A higher sample shows that what was found so far did not lie at the ceiling.
    fn raise(&mut self, value: f32) {
        if value > self.value {
            *self = Ceiling { value, ..Ceiling::default() };
        }
    }
}

/// One clipped stretch, in samples.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Run {
    start: i64,
    length: u64,
}

impl Run {
    pub(super) fn document(&self, channel: usize, rate_hz: f64) -> ClippedRun {
        ClippedRun {
            start_s: self.start as f64 / rate_hz,
            end_s: (self.start + self.length as i64) as f64 / rate_hz,
            channel: channel as u16,
            samples: self.length,
        }
    }
}

/// All clipped stretches of one channel, and the first of them.
#[derive(Debug, Clone, Default)]
pub(super) struct ClippedSamples {
    pub(super) runs: u64,
    pub(super) listed: Vec<Run>,
}

/// Equal samples that are still going on.
#[derive(Debug, Clone, Copy)]
struct OpenRun {
    value: f32,
    before: f32,
    start: i64,
    length: u64,
}

/// Finds clipped runs in one channel.
#[derive(Debug, Clone, Default)]
pub(super) struct ClipDetector {
    positive: Ceiling,
    negative: Ceiling,
    open: Option<OpenRun>,
    /// Length of the file, once it is known.
    end: Option<i64>,
}

impl ClipDetector {
    /// Says that the file ends after sample number `end` − 1; what follows is not part of it.
    pub(super) fn end_at(&mut self, end: i64) {
        self.end = Some(end);
    }

    /// Whether a run is going on, which the next stretch must close.
    pub(super) fn is_open(&self) -> bool {
        self.open.is_some()
    }

    /// Takes in `buffer[range]`, at most [`FLAGS`] samples of which the first has number `at`. Stretches without a
    /// sample near full scale may be left out while no run is open; `buffer` holds one sample before the range
    /// and two after it.
    pub(super) fn take(&mut self, buffer: &[f32], range: Range<usize>, at: i64) {
        let samples = &buffer[range.clone()];
        let (highest, lowest) = extremes(samples);
        self.positive.raise(highest);
        self.negative.raise(-lowest);
        let mut from = 0;
        if let Some(run) = self.open.take() {
            from = self.follow(run, samples, 0);
        }
        let mut padded = [0f32; FLAGS + 2];
        padded[..samples.len() + 2].copy_from_slice(&buffer[range.start..range.end + 2]);
        let mut found = triples(&padded, NEAR_FULL_SCALE) & low_bits(samples.len()) & !low_bits(from);
        while found != 0 {
            let start = found.trailing_zeros() as usize;
            let before = buffer[range.start + start - 1];
            let run = OpenRun { value: samples[start], before, start: at + start as i64, length: 0 };
            from = self.follow(run, samples, start);
            found &= !low_bits(from);
        }
    }

    /// Follows a run from `from` on to its end, or to the end of the samples; returns where that is.
    fn follow(&mut self, mut run: OpenRun, samples: &[f32], from: usize) -> usize {
        let equal = samples[from..].iter().take_while(|sample| **sample == run.value).count();
        run.length += equal as u64;
        let end = from + equal;
        match samples.get(end) {
            Some(after) => self.close(run, *after),
            None => self.open = Some(run),
        }
        end
    }

    fn close(&mut self, run: OpenRun, after: f32) {
        let ceiling = if run.value > 0.0 { &mut self.positive } else { &mut self.negative };
        // At the ends of the file there is no step to judge by.
        let before = if run.start == 0 { run.value } else { run.before };
        let after = if self.end == Some(run.start + run.length as i64) { run.value } else { after };
        if run.value.abs() < ceiling.value || run.length < RUN_MIN || !breaks_off(before, run.value, after) {
            return;
        }
        ceiling.runs += 1;
        if ceiling.listed.len() < LISTED_MAX {
            ceiling.listed.push(Run { start: run.start, length: run.length });
        }
    }

    /// The runs at the two ceilings, in the order of time.
    pub(super) fn finish(mut self) -> ClippedSamples {
        if let Some(run) = self.open.take() {
            self.close(run, run.value);
        }
        let mut listed = self.positive.listed;
        listed.extend(self.negative.listed);
        listed.sort_by_key(|run| run.start);
        ClippedSamples { runs: self.positive.runs + self.negative.runs, listed }
    }
}

/// Highest and lowest sample, 0 between them.
fn extremes(samples: &[f32]) -> (f32, f32) {
    let mut highest = [0f32; 8];
    let mut lowest = [0f32; 8];
    for chunk in samples.chunks(8) {
        for (i, sample) in chunk.iter().enumerate() {
            highest[i] = greater32(*sample, highest[i]);
            lowest[i] = -greater32(-*sample, -lowest[i]);
        }
    }
    let fold = |lanes: [f32; 8]| lanes.into_iter().fold(0f32, |a, b| if b.abs() > a.abs() { b } else { a });
    (fold(highest), fold(lowest))
}

/// Whether the waveform goes into or out of a run by more than a smooth crest could.
fn breaks_off(before: f32, value: f32, after: f32) -> bool {
    let on_8_bit_grid = |sample: f32| (sample / STEP_8_BIT).fract() == 0.0;
    let step = if on_8_bit_grid(before) && on_8_bit_grid(after) { STEP_8_BIT } else { STEP_16_BIT };
    (value - before).abs().max((value - after).abs()) > SMOOTH_STEPS * step
}
