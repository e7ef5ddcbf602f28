//! One long frame a second of the front pair: the upper edge of the spectrum, and a steady delay between the channels.
//!
//! Both need long frames with little leakage, and neither changes within a second.

use crate::dsp::phase_transform::CoherentDelay;
use crate::dsp::sampled_frames::SampledFrames;
use crate::units;

/// Longest delay that is looked for (`standards` §6, inter-channel delay).
const LONGEST_S: f64 = 0.030;
/// Shortest delay that is told: in mono its first notch lies at 2.5 kHz. A sample or two are the skew of a converter.
const SHORTEST_S: f64 = 0.0002;
/// Length of a frame: four times the longest delay, so that most of both channels overlaps.
const FRAME_S: f64 = 0.120;
/// Distance between frames. One a second is enough for something that does not change, and costs little.
const STEP_S: f64 = 1.0;
/// Least height of the peak, where 1 is a pure delay (`standards` §6).
const MIN_PEAK: f32 = 0.3;
/// The peak stands this much over the correlation without delay: normal stereo has its centre there.
const OVER_CENTER: f32 = 2.0;
/// Least bins that vote: a few partials alone repeat their peak at every period.
const MIN_VOTES: f32 = 100.0;
/// Least frames with sound.
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
    frames: SampledFrames,
    spectrum: CoherentDelay,
}

impl Probe {
    pub(super) fn new(sample_rate_hz: u32) -> Probe {
        let rate_hz = f64::from(sample_rate_hz);
        let size = ((FRAME_S * rate_hz) as usize).next_power_of_two().max(64);
        Probe {
            rate_hz,
            longest: ((LONGEST_S * rate_hz) as usize).min(size / 2 - 1) as i32,
            frames: SampledFrames::new(size, (STEP_S * rate_hz) as usize),
            spectrum: CoherentDelay::new(size),
        }
    }

    /// Takes in audio; without a right channel there is no delay.
    pub(super) fn push(&mut self, left: &[f32], right: Option<&[f32]>) {
        let spectrum = &mut self.spectrum;
        self.frames.push(left, right, |left, right| spectrum.push(left, right));
    }

    /// The delay of the right channel that lasts, to the sample.
    pub(super) fn delay_s(&self) -> Option<f64> {
        let peak = self.spectrum.peak(self.longest).filter(|_| self.spectrum.frames() >= MIN_FRAMES)?;
        let clear = peak.height_ratio > MIN_PEAK
            && peak.height_ratio > OVER_CENTER * peak.center_ratio.max(0.0)
            && peak.vote_weight >= MIN_VOTES;
        // At the very end of the search it is the slope of something else.
        let delay_s = f64::from(peak.delay) / self.rate_hz;
        (clear && delay_s.abs() >= SHORTEST_S && peak.delay.abs() < self.longest).then_some(delay_s)
    }

    /// The highest frequency whose level stays within [`BANDWIDTH_FLOOR_DB`] of the loudest place.
    pub(super) fn bandwidth_hz(&self) -> Option<f64> {
        let total = &self.spectrum.power;
        let last = total.len() - 2;
        let mut prefix = vec![0.0; total.len() + 1];
        for (k, power) in total.iter().enumerate() {
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
        let own = (1..=top).rev().find(|k| total[*k] * *k as f64 > floor)?;
        let edge = if own + BANDWIDTH_BINS >= last { last + 1 } else { own };
        Some(edge as f64 * self.rate_hz / self.spectrum.size() as f64)
    }
}
