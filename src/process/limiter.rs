//! Look-ahead true-peak limiter.
//!
//! The peak of every sample interval asks for a reduction; the greatest one of a window as long as the look-ahead is
//! held, released slowly, and smoothed by a non-negative filter that is no longer than the window. So the smoothed
//! reduction is never less than the one asked for (every tap lies in a window that holds it), the gain is smooth, and it
//! is applied at the sample rate, where no decimation can put the peaks back. Both channels get the same gain.
//! Reductions are integers: sums of them have no drift, and an idle limiter multiplies by exactly one.

use super::meter::Reduction;
use super::stage::{CHUNK, Stage};
use crate::dsp::oversample::{LOOKAHEAD, PeakFinder, TAPS};
use crate::dsp::release::Release;
use crate::dsp::sliding_minimum::{BoxSum, SlidingMaximum};
use crate::units;

/// How far below the ceiling the limiter aims. Measured against exact 64-fold interpolation on the signals of
/// `tests/suite/processors/limiter.rs`, the greatest excess without it is 0.03 dB, where short look-aheads make the
/// gain itself move fast.
const MARGIN_DB: f64 = 0.04;

/// What rounding and dither may put on top of a true peak, in steps of the written grid: up to 1.5 on every sample,
/// of either sign, and as much again between them.
const DITHER_STEPS: f64 = 3.0;

/// Reductions are counted in this share of full gain (−156 dB).
const ONE: f64 = (1u64 << 26) as f64;

/// Reductions below this are over (10⁻⁵ dB).
const RELEASED: f64 = 1e-6 * ONE;

/// Lengths of the first two of three smoothing boxes relative to their sum: boxes of 0.404, 0.335 and 0.261 have their
/// zeros where each other's side lobes are (Signalsmith Audio, dsp/envelopes.h).
const BOX_SHARES: [f64; 2] = [0.404, 0.335];

/// The release leads to the mean reduction of this many release times, and from there on is as much slower: short peaks
/// are let go at once, dense passages do not pump.
const SLOW_RELEASE: f64 = 8.0;

/// Settings of a limiter.
#[derive(Debug, Clone, PartialEq)]
pub struct LimiterSettings {
    /// Highest true peak of the written file.
    pub ceiling_dbtp: f64,
    /// Gain in front.
    pub gain_db: f64,
    /// Look-ahead: the time over which the gain moves ahead of a peak.
    pub lookahead_ms: f64,
    /// Release time constant after a short peak.
    pub release_ms: f64,
    /// Bits of the grid that dither puts the audio on afterwards; `None` without dither.
    pub bits: Option<u16>,
}

/// The limiter at work.
pub(super) struct Limiter {
    gain: f64,
    finder: PeakFinder,
    curve: GainCurve,
    /// The signal with gain: what is delayed, then the chunk.
    delayed: [Vec<f32>; 2],
    latency: usize,
    /// Peak of the interval before the next one.
    last_peak: f32,
    meter: Reduction,
}

impl Limiter {
    pub(super) fn new(settings: &LimiterSettings, sample_rate_hz: u32, late: usize) -> Limiter {
        let curve = GainCurve::new(settings, f64::from(sample_rate_hz));
        let latency = LOOKAHEAD + 1 + curve.delay();
        Limiter {
            gain: units::db_to_amplitude(settings.gain_db),
            finder: PeakFinder::new(),
            curve,
            delayed: [0, 1].map(|_| vec![0.0; latency.max(TAPS) + CHUNK]),
            latency,
            last_peak: 0.0,
            meter: Reduction::new(sample_rate_hz, late + latency),
        }
    }

    /// The peak that each sample takes part in: the greater one of the intervals on both sides, of both channels.
    fn peaks(&mut self) -> [f32; CHUNK] {
        let mut peaks = [0.0; CHUNK];
        let mut other = [0.0; CHUNK];
        let level = self.curve.ceiling as f32;
        let [left, right] = &self.delayed;
        let from = left.len() - CHUNK - TAPS;
        self.finder.find(&left[from..], level, &mut peaks);
        self.finder.find(&right[from..], level, &mut other);
        for (peak, other) in peaks.iter_mut().zip(other) {
            let interval = if *peak > other { *peak } else { other };
            *peak = if interval > self.last_peak { interval } else { self.last_peak };
            self.last_peak = interval;
        }
        peaks
    }
}

impl Stage for Limiter {
    fn latency(&self) -> usize {
        self.latency
    }

    fn process(&mut self, left: &mut [f32], right: &mut [f32]) {
        for (delayed, input) in self.delayed.iter_mut().zip([&*left, &*right]) {
            delayed.copy_within(CHUNK.., 0);
            let from = delayed.len() - CHUNK;
            delayed[from..]
                .iter_mut()
                .zip(input)
                .for_each(|(out, sample)| *out = (f64::from(*sample) * self.gain) as f32);
        }
        let peaks = self.peaks();
        let mut gains = [1.0f32; CHUNK];
        let reduced = self.curve.gains(&peaks, &mut gains);
        for (delayed, output) in self.delayed.iter().zip([&mut *left, &mut *right]) {
            let from = delayed.len() - CHUNK - self.latency;
            for ((out, sample), gain) in output.iter_mut().zip(&delayed[from..]).zip(&gains) {
                *out = sample * gain;
            }
        }
        if reduced {
            let reduction_db = gains.map(|gain| -units::fast_power_to_db(gain * gain));
            self.meter.push(&reduction_db, left, right);
        } else {
            self.meter.push_idle(left, right);
        }
    }

    fn reduction(&self) -> Option<&Reduction> {
        Some(&self.meter)
    }

    fn reduction_mut(&mut self) -> Option<&mut Reduction> {
        Some(&mut self.meter)
    }
}

/// Peaks become gains.
pub(super) struct GainCurve {
    /// What the limiter aims at, linear.
    ceiling: f64,
    held: SlidingMaximum,
    window: usize,
    release: Release,
    boxes: [BoxSum; 3],
    /// One over the greatest sum of the boxes.
    scale: f64,
    /// Frames since the reduction was last asked for or released.
    idle: usize,
}

impl GainCurve {
    pub(super) fn new(settings: &LimiterSettings, sample_rate_hz: f64) -> GainCurve {
        let frames = |time_ms: f64| time_ms / 1000.0 * sample_rate_hz;
        let window = (frames(settings.lookahead_ms).round() as usize).max(3);
        // Boxes of a, b and c frames in series are a filter of a + b + c − 2 frames.
        let [first, second] = BOX_SHARES.map(|share| ((window + 2) as f64 * share).floor().max(1.0) as usize);
        let lengths = [first, second, window + 2 - first - second];
        let whole: usize = lengths.iter().product();
        let pole = |time_ms: f64| (-1.0 / frames(time_ms)).exp();
        let ceiling = units::db_to_amplitude(settings.ceiling_dbtp - MARGIN_DB);
        let quantum = settings.bits.map_or(0.0, super::dither::quantum);
        GainCurve {
            ceiling: (ceiling - DITHER_STEPS * quantum).max(ceiling / 2.0),
            held: SlidingMaximum::new(window),
            window,
            release: Release::new(
                pole(settings.release_ms),
                pole(settings.release_ms * SLOW_RELEASE),
                RELEASED,
            ),
            boxes: lengths.map(BoxSum::new),
            scale: 1.0 / (ONE * whole as f64),
            idle: usize::MAX,
        }
    }

    /// Frames by which the gains are behind their peaks.
    pub(super) fn delay(&self) -> usize {
        self.window - 1
    }

    /// The gain for each peak of `delay` frames before; false, and nothing written, where all of them are one.
    pub(super) fn gains(&mut self, peaks: &[f32; CHUNK], gains: &mut [f32; CHUNK]) -> bool {
        let ceiling = self.ceiling as f32;
        let over = peaks.iter().any(|peak| *peak > ceiling);
        // Two windows empty the sliding maximum, one more the boxes.
        if !over && self.release.is_over() && self.idle >= 3 * self.window + CHUNK {
            return false;
        }
        let mut held = [0; CHUNK];
        for (peak, held) in peaks.iter().zip(&mut held) {
            *held = if *peak > ceiling { self.reduction(f64::from(*peak)) } else { 0 };
        }
        self.held.push_all(&mut held);
        let mut released = held.map(|held| f64::from(held.max(0)));
        self.idle = self.release.follow(&mut released, self.idle);
        // Rounded up: a reduction is never less than the one asked for.
        let mut reductions = released.map(|released| {
            let whole = released as i64;
            whole + i64::from(released > whole as f64)
        });
        self.boxes.iter_mut().for_each(|box_sum| box_sum.push_all(&mut reductions));
        for (reduction, gain) in reductions.iter().zip(gains) {
            *gain = (1.0 - *reduction as f64 * self.scale) as f32;
        }
        true
    }

    /// The reduction that brings a peak down to the ceiling.
    fn reduction(&self, peak: f64) -> i32 {
        ((1.0 - self.ceiling / peak) * ONE) as i32 + 1
    }
}
