//! First-order all-passes side by side: what a signal's peak becomes when only its phases change.
//!
//! In single precision: the rounding of the slowest filter adds up to 10⁻⁶ of its level, a hundred-thousandth of a decibel.

use super::simd::{Arithmetic, dispatch, flush32, greater32};
use std::f64::consts::PI;

/// Corner frequencies of the all-pass method (PyMasVis manual: 90° of phase shift at each).
pub const ALLPASS_HZ: [f64; 7] = [20.0, 60.0, 200.0, 600.0, 2_000.0, 6_000.0, 20_000.0];

/// Lanes per channel: the seven filters, and one that passes the signal through (its coefficient is 0: a delay).
const LANES: usize = 8;

/// Peaks of two channels behind each of the all-passes.
#[derive(Debug, Clone)]
pub struct AllpassPeaks {
    /// −a of each filter.
    coefficients: [f32; LANES],
    state: State,
}

#[derive(Debug, Clone, Copy, Default)]
struct State {
    x1: [f32; 2],
    y1: [[f32; LANES]; 2],
    peak: [[f32; LANES]; 2],
}

impl AllpassPeaks {
    /// Filters at rest. A filter whose corner is not below the Nyquist frequency passes the signal through.
    pub fn new(sample_rate_hz: u32) -> AllpassPeaks {
        let mut coefficients = [0.0; LANES];
        for (coefficient, corner_hz) in coefficients.iter_mut().zip(ALLPASS_HZ) {
            if corner_hz < 0.49 * f64::from(sample_rate_hz) {
                let k = (PI * corner_hz / f64::from(sample_rate_hz)).tan();
                *coefficient = ((1.0 - k) / (1.0 + k)) as f32;
            }
        }
        AllpassPeaks { coefficients, state: State::default() }
    }

    /// Takes in a stretch of two channels of one length.
    pub fn push(&mut self, left: &[f32], right: &[f32]) {
        push(&self.coefficients, &mut self.state, left, right);
    }

    /// Clears decayed states; see [`super::simd::flush`].
    pub fn flush(&mut self) {
        flush32(&mut self.state.x1);
        flush32(self.state.y1.as_flattened_mut());
    }

    /// Highest magnitude behind any of the filters, per channel.
    pub fn peaks(&self) -> [f64; 2] {
        self.state.peak.map(|lanes| f64::from(lanes.iter().fold(0.0, |peak, lane| greater32(*lane, peak))))
    }
}

dispatch! {
    fn push(minus_a: &[f32; LANES], state: &mut State, left: &[f32], right: &[f32]) = push_body
}

/// y\[n\] = a x\[n\] + x\[n−1\] − a y\[n−1\], the old output last; `minus_a` is −a.
#[inline(always)]
fn push_body<A: Arithmetic>(minus_a: &[f32; LANES], state: &mut State, left: &[f32], right: &[f32]) {
    let n = *minus_a;
    let State { mut x1, mut y1, mut peak } = *state;
    for (l, r) in left.iter().zip(right) {
        let x0 = [*l, *r];
        for channel in 0..2 {
            for i in 0..LANES {
                let ahead = A::madd32(n[i], -x0[channel], x1[channel]);
                let y0 = A::madd32(n[i], y1[channel][i], ahead);
                y1[channel][i] = y0;
                peak[channel][i] = greater32(y0.abs(), peak[channel][i]);
            }
        }
        x1 = x0;
    }
    *state = State { x1, y1, peak };
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::simd::Plain;

    #[test]
    fn both_copies_agree_and_keep_energy() {
        let impulse: Vec<f32> = (0..40_000).map(|i| if i == 3 { 1.0 } else { 0.0 }).collect();
        for lane in 0..ALLPASS_HZ.len() {
            let bank = AllpassPeaks::new(44_100);
            let mut only = [0.0; LANES];
            only[lane] = -f64::from(bank.coefficients[lane]);
            // An all-pass keeps the energy of an impulse at 1: measured on the scalar recursion.
            let (mut x1, mut y1, mut energy) = (0.0, 0.0, 0.0);
            for x in &impulse {
                let x = f64::from(*x);
                let y = only[lane] * (x - y1) + x1;
                energy += y * y;
                (x1, y1) = (x, y);
            }
            assert!((energy - 1.0).abs() < 1e-4, "{lane}: {energy}");
        }
        let noise: Vec<f32> = (0..9999).map(|i| ((i * 7919 % 1000) as f32 - 500.0) / 500.0).collect();
        let mut bank = AllpassPeaks::new(44_100);
        let mut twin = bank.clone();
        bank.push(&noise, &impulse[..9999]);
        push_body::<Plain>(&twin.coefficients.clone(), &mut twin.state, &noise, &impulse[..9999]);
        for (a, b) in bank.peaks().iter().zip(twin.peaks()) {
            assert!((a - b).abs() < 1e-5, "{a} {b}");
        }
    }
}
