//! Second-order filters: coefficients, their response, the filter itself, and the classic designs.
//!
//! Bells and shelves are drawn by `matched`, so that they follow their analogue prototype up to the top of
//! the audible range; high-pass and low-pass filters are bilinear, which keeps the Butterworth and Linkwitz–Riley
//! identities exact.

use super::matched;
use crate::units;
use std::f64::consts::{FRAC_1_SQRT_2, PI};

/// Quality of a Butterworth filter of second order: −3.01 dB at its corner, no overshoot.
pub const BUTTERWORTH_Q: f64 = FRAC_1_SQRT_2;

/// States below this are silence (−600 dB): they are cleared, so that decaying tails never reach denormal numbers.
const SILENT_STATE: f64 = 1e-30;

/// Normalised coefficients: H(z) = (b0 + b1 z⁻¹ + b2 z⁻²) / (1 + a1 z⁻¹ + a2 z⁻²).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Coefficients {
    pub(super) numerator: [f64; 3],
    pub(super) denominator: [f64; 2],
}

impl Coefficients {
    /// The filter that changes nothing, not even a bit.
    pub const IDENTITY: Coefficients = Coefficients { numerator: [1.0, 0.0, 0.0], denominator: [0.0, 0.0] };

    /// `[b0, b1, b2]`, for export and pictures.
    pub fn numerator(&self) -> [f64; 3] {
        self.numerator
    }

    /// `[a1, a2]`, with a0 = 1, for export and pictures.
    pub fn denominator(&self) -> [f64; 2] {
        self.denominator
    }

    /// The same filter followed by a constant linear gain.
    pub fn scaled(mut self, gain: f64) -> Coefficients {
        self.numerator.iter_mut().for_each(|b| *b *= gain);
        self
    }

    /// The filter that undoes this one. Only for filters with all zeros inside the unit circle, as bells and shelves.
    pub fn inverse(&self) -> Coefficients {
        let [b0, b1, b2] = self.numerator;
        let [a1, a2] = self.denominator;
        Coefficients { numerator: [1.0 / b0, a1 / b0, a2 / b0], denominator: [b1 / b0, b2 / b0] }
    }

    /// The all-pass with this filter's poles: the phase that is left when the two halves of a
    /// Linkwitz–Riley crossover with this denominator are added.
    pub fn all_pass(&self) -> Coefficients {
        let [a1, a2] = self.denominator;
        Coefficients { numerator: [a2, a1, 1.0], denominator: [a1, a2] }
    }

    /// Squared magnitude at a frequency.
    pub fn power_response(&self, frequency_hz: f64, sample_rate_hz: f64) -> f64 {
        // |H|² is a ratio of two quadratics in sin²(ω/2): exact also where cos ω is all but one.
        let x = (PI * frequency_hz / sample_rate_hz).sin().powi(2);
        let square = |[c0, c1, c2]: [f64; 3]| {
            (c0 + c1 + c2).powi(2) * (1.0 - x) + (c0 - c1 + c2).powi(2) * x - 16.0 * c0 * c2 * x * (1.0 - x)
        };
        let [a1, a2] = self.denominator;
        (square(self.numerator) / square([1.0, a1, a2])).max(0.0)
    }

    /// Gain at a frequency, in decibels; −inf on a zero of the filter.
    pub fn magnitude_db(&self, frequency_hz: f64, sample_rate_hz: f64) -> f64 {
        units::power_to_db(self.power_response(frequency_hz, sample_rate_hz))
    }
}

/// Gain of a cascade at a frequency, in decibels.
pub fn response_db(cascade: &[Coefficients], frequency_hz: f64, sample_rate_hz: f64) -> f64 {
    cascade.iter().map(|section| section.magnitude_db(frequency_hz, sample_rate_hz)).sum()
}

/// Bell (peaking filter of the Audio EQ Cookbook). Up to 0.36 of the sample rate (16 kHz at 44.1 kHz) it is within
/// 0.04 dB of its analogue prototype for gains up to ±6 dB, 0.08 dB up to ±12 dB and 0.3 dB up to ±24 dB.
pub fn peak(center_hz: f64, gain_db: f64, q: f64, sample_rate_hz: f64) -> Coefficients {
    match gain_db {
        0.0 => Coefficients::IDENTITY,
        boost if boost > 0.0 => matched::bell_boost(center_hz, boost, q, sample_rate_hz),
        // A cut undoes the boost of the same size, exactly.
        cut => matched::bell_boost(center_hz, -cut, q, sample_rate_hz).inverse(),
    }
}

/// Low shelf of the Audio EQ Cookbook; `center_hz` is its half-gain frequency, Q 0.7071 has no overshoot.
/// Up to 0.36 of the sample rate it is within 0.02 dB of its analogue prototype for Q 0.3 to 0.7071 and gains up to
/// ±12 dB, and within 0.1 dB for Q up to 1.4 and ±24 dB. A resonant shelf (Q above 4) of high frequency is bilinear.
pub fn low_shelf(center_hz: f64, gain_db: f64, q: f64, sample_rate_hz: f64) -> Coefficients {
    match gain_db {
        0.0 => Coefficients::IDENTITY,
        boost if boost > 0.0 => matched::low_shelf_boost(center_hz, boost, q, sample_rate_hz),
        cut => matched::low_shelf_boost(center_hz, -cut, q, sample_rate_hz).inverse(),
    }
}

/// High shelf of the Audio EQ Cookbook: what a gain and the opposite low shelf make. Accuracy as there.
pub fn high_shelf(center_hz: f64, gain_db: f64, q: f64, sample_rate_hz: f64) -> Coefficients {
    if gain_db == 0.0 {
        return Coefficients::IDENTITY;
    }
    low_shelf(center_hz, -gain_db, q, sample_rate_hz).scaled(units::db_to_amplitude(gain_db))
}

/// High-pass of second order (bilinear): 12 dB/oct; −3.01 dB at the corner for [`BUTTERWORTH_Q`].
pub fn high_pass(corner_hz: f64, q: f64, sample_rate_hz: f64) -> Coefficients {
    let k = (PI * corner_hz / sample_rate_hz).tan();
    let (denominator, a0) = bilinear_poles(k, q);
    Coefficients { numerator: [1.0 / a0, -2.0 / a0, 1.0 / a0], denominator }
}

/// Band-pass of second order (bilinear): gain 1 at its centre, −3.01 dB at a width of centre / `q`.
pub fn band_pass(center_hz: f64, q: f64, sample_rate_hz: f64) -> Coefficients {
    let k = (PI * center_hz / sample_rate_hz).tan();
    let (denominator, a0) = bilinear_poles(k, q);
    Coefficients { numerator: [k / q / a0, 0.0, -k / q / a0], denominator }
}

/// Low-pass of second order (bilinear): 12 dB/oct; −3.01 dB at the corner for [`BUTTERWORTH_Q`].
pub fn low_pass(corner_hz: f64, q: f64, sample_rate_hz: f64) -> Coefficients {
    let k = (PI * corner_hz / sample_rate_hz).tan();
    let (denominator, a0) = bilinear_poles(k, q);
    Coefficients { numerator: [k * k / a0, 2.0 * k * k / a0, k * k / a0], denominator }
}

/// Poles of s² + s/q + 1 under the bilinear transform with `k` = tan(ω/2); also the factor that was divided out.
fn bilinear_poles(k: f64, q: f64) -> ([f64; 2], f64) {
    let a0 = 1.0 + k / q + k * k;
    ([2.0 * (k * k - 1.0) / a0, (1.0 - k / q + k * k) / a0], a0)
}

/// One filter with its memory, for one channel: transposed direct form II in f64.
#[derive(Debug, Clone)]
pub struct Biquad {
    coefficients: Coefficients,
    state: [f64; 2],
}

impl Biquad {
    /// A filter at rest.
    pub fn new(coefficients: Coefficients) -> Biquad {
        Biquad { coefficients, state: [0.0; 2] }
    }

    /// One sample through the filter.
    #[inline]
    pub fn process(&mut self, input: f64) -> f64 {
        let [b0, b1, b2] = self.coefficients.numerator;
        let [a1, a2] = self.coefficients.denominator;
        let output = b0 * input + self.state[0];
        self.state[0] = (b1 * input + self.state[1]) - a1 * output;
        self.state[1] = b2 * input - a2 * output;
        output
    }

    /// Clears a decayed state, so that silence costs no denormal arithmetic. Call at fixed places of the stream.
    pub fn clear_silence(&mut self) {
        clear_silence(&mut self.state);
    }
}

/// Sets to zero what has decayed below any audible or representable level.
pub fn clear_silence(states: &mut [f64]) {
    for state in states {
        if state.abs() < SILENT_STATE {
            *state = 0.0;
        }
    }
}

/// One filter for two channels at once: the channels are the two lanes of one vector register.
#[derive(Debug, Clone, Copy)]
pub struct StereoBiquad {
    /// b0, b1, b2, a1, a2, each once per lane.
    coefficients: [[f64; 2]; 5],
    state: [[f64; 2]; 2],
}

impl StereoBiquad {
    /// A filter at rest.
    pub fn new(coefficients: Coefficients) -> StereoBiquad {
        let [b0, b1, b2] = coefficients.numerator;
        let [a1, a2] = coefficients.denominator;
        StereoBiquad { coefficients: [b0, b1, b2, a1, a2].map(|c| [c, c]), state: [[0.0; 2]; 2] }
    }

    /// One frame through the filter.
    #[inline(always)]
    pub fn process(&mut self, input: [f64; 2]) -> [f64; 2] {
        let [b0, b1, b2, a1, a2] = self.coefficients;
        let [s1, s2] = self.state;
        let mut output = [0.0; 2];
        for lane in 0..2 {
            output[lane] = b0[lane] * input[lane] + s1[lane];
            // The term that waits for the output comes last: it is the one that the next frame waits for.
            self.state[0][lane] = (b1[lane] * input[lane] + s2[lane]) - a1[lane] * output[lane];
            self.state[1][lane] = b2[lane] * input[lane] - a2[lane] * output[lane];
        }
        output
    }

    /// Many frames through the filter, in place.
    pub fn process_frames(&mut self, frames: &mut [[f64; 2]]) {
        in_series::<1>(std::slice::from_mut(self), frames);
    }

    /// Clears a decayed state, see [`Biquad::clear_silence`].
    pub fn clear_silence(&mut self) {
        clear_silence(self.state.as_flattened_mut());
    }
}

/// Frames of two channels that pass a cascade together: small enough to stay in the nearest cache.
const STRETCH: usize = 128;

/// Filters in series for two channels.
#[derive(Debug, Clone)]
pub struct StereoCascade {
    sections: Vec<StereoBiquad>,
}

impl StereoCascade {
    /// Filters at rest, in the order of processing.
    pub fn new(cascade: &[Coefficients]) -> StereoCascade {
        StereoCascade { sections: cascade.iter().map(|section| StereoBiquad::new(*section)).collect() }
    }

    /// Filters two channels of equal length in place, then clears decayed states.
    pub fn process(&mut self, left: &mut [f32], right: &mut [f32]) {
        let mut frames = [[0.0f64; 2]; STRETCH];
        for (left, right) in left.chunks_mut(STRETCH).zip(right.chunks_mut(STRETCH)) {
            let frames = &mut frames[..left.len()];
            for ((frame, left), right) in frames.iter_mut().zip(&*left).zip(&*right) {
                *frame = [f64::from(*left), f64::from(*right)];
            }
            // Four filters at a time keep their memory in registers and overlap in the processor's pipeline.
            let mut fours = self.sections.chunks_exact_mut(4);
            for four in &mut fours {
                in_series::<4>(four, frames);
            }
            fours.into_remainder().iter_mut().for_each(|one| one.process_frames(frames));
            for ((frame, left), right) in frames.iter().zip(left).zip(right) {
                [*left, *right] = frame.map(|value| value as f32);
            }
        }
        self.sections.iter_mut().for_each(StereoBiquad::clear_silence);
    }
}

/// Runs `N` filters, no more and no fewer, over the frames.
fn in_series<const N: usize>(sections: &mut [StereoBiquad], frames: &mut [[f64; 2]]) {
    let Ok(sections) = <&mut [StereoBiquad; N]>::try_from(sections) else { return };
    let mut local = *sections;
    for frame in frames {
        for section in &mut local {
            *frame = section.process(*frame);
        }
    }
    *sections = local;
}
