//! One long frame a second of the front pair: the upper edge of the spectrum, and a steady delay between the channels.
//!
//! Both need long frames with little leakage, and neither changes within a second.

use crate::dsp::phase_transform::PhaseTransform;
use crate::dsp::spectrum::PairSpectrum;
use crate::dsp::window::hann;
use crate::units;

/// Longest delay that is looked for (`standards` §6, inter-channel delay).
const LONGEST_S: f64 = 0.030;
/// Length of a frame: four times the longest delay, so that most of both channels overlaps.
const FRAME_S: f64 = 0.120;
/// Distance between frames. One a second is enough for something that does not change, and costs little.
const STEP_S: f64 = 1.0;
/// Least height of the peak, where 1 is a pure delay (`standards` §6).
const MIN_PEAK: f32 = 0.3;
/// The peak stands this much over the correlation without delay: normal stereo has its centre there.
const OVER_CENTER: f32 = 2.0;
/// Least bins that vote: a few partials alone repeat their peak at every period.
const MIN_BINS: usize = 100;
/// Least share of the frames that agree on the delay.
const MIN_SHARE: f64 = 0.7;
/// Least frames that agree.
const MIN_FRAMES: usize = 3;

/// The spectrum ends where its level, read in bands of equal ratio, falls this far under the loudest place: music of
/// every genre stays above at the top of its range, the floor of 16 bits lies about 85 dB below a normal mix.
const BANDWIDTH_FLOOR_DB: f64 = 75.0;
/// Half width over which the spectrum is smoothed for the bandwidth.
const BANDWIDTH_BINS: usize = 4;

/// Collects one frame a second, its spectrum and the delay that it shows.
pub(super) struct Probe {
    rate_hz: f64,
    longest: i32,
    step: usize,
    spectrum: PairSpectrum,
    total: Vec<f64>,
    phase: PhaseTransform,
    left: Vec<f32>,
    right: Vec<f32>,
    /// Frames of audio until the next frame begins.
    wait: usize,
    /// Delays in samples, `None` where a frame shows none.
    delays: Vec<Option<i32>>,
}

impl Probe {
    pub(super) fn new(sample_rate_hz: u32) -> Probe {
        let rate_hz = f64::from(sample_rate_hz);
        let size = ((FRAME_S * rate_hz) as usize).next_power_of_two().max(64);
        Probe {
            rate_hz,
            longest: ((LONGEST_S * rate_hz) as usize).min(size / 2 - 1) as i32,
            step: ((STEP_S * rate_hz) as usize).max(size),
            spectrum: PairSpectrum::new(hann(size), size),
            total: vec![0.0; size / 2 + 1],
            phase: PhaseTransform::new(size),
            left: Vec::with_capacity(size),
            right: Vec::with_capacity(size),
            wait: 0,
            delays: Vec::new(),
        }
    }

    /// Takes in audio; without a right channel there is no delay.
    pub(super) fn push(&mut self, left: &[f32], right: Option<&[f32]>) {
        let size = self.phase.size();
        let mut at = self.wait.min(left.len());
        self.wait -= at;
        while at < left.len() {
            let to = (at + size - self.left.len()).min(left.len());
            self.left.extend_from_slice(&left[at..to]);
            self.right.extend_from_slice(&right.unwrap_or(left)[at..to]);
            at = to;
            if self.left.len() == size {
                self.judge(right.is_some());
                self.left.clear();
                self.right.clear();
                let wait = self.step - size;
                let skip = wait.min(left.len() - at);
                at += skip;
                self.wait = wait - skip;
            }
        }
    }

    fn judge(&mut self, stereo: bool) {
        self.spectrum.transform(&self.left, stereo.then_some(&self.right));
        self.total.iter_mut().zip(&self.spectrum.power).for_each(|(sum, power)| *sum += f64::from(*power));
        if stereo {
            let delay = self.frame_delay();
            self.delays.extend(delay);
        }
    }

    /// Delay of one frame; `None` for silence, `Some(None)` where no delay shows.
    fn frame_delay(&mut self) -> Option<Option<i32>> {
        let bins = self.phase.correlate(&self.spectrum)?;
        if bins < MIN_BINS {
            return Some(None);
        }
        let height = |delay: i32| self.phase.height(delay);
        let best = (-self.longest..=self.longest).max_by(|a, b| height(*a).total_cmp(&height(*b)))?;
        let clear = height(best) > MIN_PEAK && height(best) > OVER_CENTER * height(0).max(0.0);
        Some((best != 0 && clear).then_some(best))
    }

    /// The delay of the right channel that most frames agree on, to the sample.
    pub(super) fn delay_s(&self) -> Option<f64> {
        let mut delays: Vec<i32> = self.delays.iter().flatten().copied().collect();
        delays.sort_unstable();
        let median = *delays.get(delays.len() / 2)?;
        let agree = delays.iter().filter(|delay| (**delay - median).abs() <= 1).count();
        let share = agree as f64 / self.delays.len() as f64;
        (agree >= MIN_FRAMES && share >= MIN_SHARE && median != 0).then(|| f64::from(median) / self.rate_hz)
    }

    /// The highest frequency whose level stays within [`BANDWIDTH_FLOOR_DB`] of the loudest place.
    pub(super) fn bandwidth_hz(&self) -> Option<f64> {
        let last = self.total.len() - 2;
        let mut prefix = vec![0.0; self.total.len() + 1];
        for (k, power) in self.total.iter().enumerate() {
            prefix[k + 1] = prefix[k] + power;
        }
        // Density times frequency: the level in bands of equal ratio.
        let level = |k: usize| {
            let (low, high) = (k.saturating_sub(BANDWIDTH_BINS), (k + BANDWIDTH_BINS).min(last));
            (prefix[high + 1] - prefix[low]) / (high + 1 - low) as f64 * k as f64
        };
        let highest = (1..=last).map(level).fold(0.0, f64::max);
        if highest <= 0.0 {
            return None;
        }
        let floor = highest * units::db_to_power(-BANDWIDTH_FLOOR_DB);
        let top = (1..=last).rev().find(|k| level(*k) > floor)?;
        // The smoothing reaches past the edge: take back the places that hold nothing of their own.
        let own = (1..=top).rev().find(|k| self.total[*k] * *k as f64 > floor)?;
        let edge = if own + BANDWIDTH_BINS >= last { last + 1 } else { own };
        Some(edge as f64 * self.rate_hz / self.phase.size() as f64)
    }
}
