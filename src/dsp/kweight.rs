//! K-weighting (BS.1770-5 annex 1): a shelf for the head and a high-pass, re-derived for every sample rate.

use super::biquad::Coefficients;
use super::simd::{Arithmetic, dispatch, flush};
use crate::units::db_to_amplitude;
use std::f64::consts::PI;

/// The two filters of BS.1770-5 annex 1 at one sample rate. Coefficients as printed there: `a0` is 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct KCoefficients {
    /// Stage 1, the shelf: b0 b1 b2.
    pub shelf_b: [f64; 3],
    /// Stage 1: a1 a2.
    pub shelf_a: [f64; 2],
    /// Stage 2, the high-pass (its b is 1 −2 1, not normalised): a1 a2.
    pub highpass_a: [f64; 2],
}

impl KCoefficients {
    /// The filters at a sample rate. The analogue prototypes are those that give exactly the table of BS.1770-5 at
    /// 48 kHz (libebur128 derives the other rates in the same way); frequencies in Hz, gain in dB.
    pub fn at(sample_rate_hz: f64) -> KCoefficients {
        const SHELF_HZ: f64 = 1681.974450955533;
        const SHELF_GAIN_DB: f64 = 3.999843853973347;
        const SHELF_Q: f64 = 0.7071752369554196;
        const SHELF_BAND_EXPONENT: f64 = 0.4996667741545416;
        const HIGHPASS_HZ: f64 = 38.13547087602444;
        const HIGHPASS_Q: f64 = 0.5003270373238773;

        let k = (PI * SHELF_HZ / sample_rate_hz).tan();
        let high = db_to_amplitude(SHELF_GAIN_DB);
        let band = db_to_amplitude(SHELF_GAIN_DB * SHELF_BAND_EXPONENT);
        let a0 = 1.0 + k / SHELF_Q + k * k;
        let shelf_b = [
            (high + band * k / SHELF_Q + k * k) / a0,
            2.0 * (k * k - high) / a0,
            (high - band * k / SHELF_Q + k * k) / a0,
        ];
        let shelf_a = [2.0 * (k * k - 1.0) / a0, (1.0 - k / SHELF_Q + k * k) / a0];

        let k = (PI * HIGHPASS_HZ / sample_rate_hz).tan();
        let a0 = 1.0 + k / HIGHPASS_Q + k * k;
        let highpass_a = [2.0 * (k * k - 1.0) / a0, (1.0 - k / HIGHPASS_Q + k * k) / a0];
        KCoefficients { shelf_b, shelf_a, highpass_a }
    }

    /// Squared magnitude of both filters together, where `sample_rate_hz` is the rate that they were made for.
    pub fn power_response(&self, frequency_hz: f64, sample_rate_hz: f64) -> f64 {
        let shelf = Coefficients { numerator: self.shelf_b, denominator: self.shelf_a };
        let highpass = Coefficients { numerator: [1.0, -2.0, 1.0], denominator: self.highpass_a };
        shelf.power_response(frequency_hz, sample_rate_hz)
            * highpass.power_response(frequency_hz, sample_rate_hz)
    }
}

/// K-weighting of two channels side by side, which is what a vector register holds.
#[derive(Debug, Clone)]
pub struct KWeightedPair {
    coefficients: KCoefficients,
    state: State,
}

/// The last two inputs, shelf outputs and high-pass outputs of both channels, all but for the gain of the shelf (direct form I; the
/// shelf's outputs are the high-pass's inputs).
#[derive(Debug, Clone, Copy, Default)]
struct State {
    x: [[f64; 2]; 2],
    u: [[f64; 2]; 2],
    v: [[f64; 2]; 2],
}

impl KWeightedPair {
    /// Filters at rest.
    pub fn new(sample_rate_hz: u32) -> KWeightedPair {
        let coefficients = KCoefficients::at(f64::from(sample_rate_hz));
        KWeightedPair { coefficients, state: State::default() }
    }

    /// Filters a stretch of two channels of one length and returns the sums of squares of the outputs.
    pub fn energies(&mut self, left: &[f32], right: &[f32]) -> [f64; 2] {
        energies(&self.coefficients, &mut self.state, left, right)
    }

    /// Clears states that have decayed to nothing. To be called at places that do not depend on how the audio was
    /// cut into blocks.
    pub fn flush(&mut self) {
        for state in [&mut self.state.x, &mut self.state.u, &mut self.state.v] {
            flush(state.as_flattened_mut());
        }
    }
}

dispatch! {
    fn energies(c: &KCoefficients, state: &mut State, left: &[f32], right: &[f32]) -> [f64; 2] = energies_body
}

/// Frames that are widened to double precision together, which takes far fewer conversions than one by one.
const RUN: usize = 64;

/// The term of the latest output comes last in each sum: one multiply-add per sample on the path from output to output.
#[inline(always)]
fn energies_body<A: Arithmetic>(
    c: &KCoefficients,
    state: &mut State,
    left: &[f32],
    right: &[f32],
) -> [f64; 2] {
    // The first coefficient is a gain of the whole, which the sums of squares get in the end.
    let gain = c.shelf_b[0];
    let [b1, b2] = [c.shelf_b[1] / gain, c.shelf_b[2] / gain];
    let [a1, a2] = c.shelf_a;
    let [h1, h2] = c.highpass_a;
    let State { x: [mut x1, mut x2], u: [mut u1, mut u2], v: [mut v1, mut v2] } = *state;
    let mut sum = [0.0; 2];
    let mut wide = [[0.0; 2]; RUN];
    for (left, right) in left.chunks(RUN).zip(right.chunks(RUN)) {
        for (x, (l, r)) in wide.iter_mut().zip(left.iter().zip(right)) {
            *x = [f64::from(*l), f64::from(*r)];
        }
        for x0 in &wide[..left.len().min(right.len())] {
            let mut u0 = [0.0; 2];
            let mut v0 = [0.0; 2];
            for i in 0..2 {
                let ahead = A::madd(b2, x2[i], A::madd(b1, x1[i], x0[i]));
                u0[i] = A::madd(-a1, u1[i], A::madd(-a2, u2[i], ahead));
                let ahead = A::madd(-2.0, u1[i], u0[i] + u2[i]);
                v0[i] = A::madd(-h1, v1[i], A::madd(-h2, v2[i], ahead));
                sum[i] = A::madd(v0[i], v0[i], sum[i]);
            }
            (x2, x1, u2, u1, v2, v1) = (x1, *x0, u1, u0, v1, v0);
        }
    }
    *state = State { x: [x1, x2], u: [u1, u2], v: [v1, v2] };
    sum.map(|sum| gain * gain * sum)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::simd::Plain;
    use crate::units::power_to_db;

    #[test]
    fn coefficients_are_those_of_the_standard() {
        let at_48k = KCoefficients {
            shelf_b: [1.53512485958697, -2.69169618940638, 1.19839281085285],
            shelf_a: [-1.69065929318241, 0.73248077421585],
            highpass_a: [-1.99004745483398, 0.99007225036621],
        };
        let own = KCoefficients::at(48_000.0);
        let pairs = own.shelf_b.iter().chain(&own.shelf_a).chain(&own.highpass_a);
        for (own, table) in pairs.zip(at_48k.shelf_b.iter().chain(&at_48k.shelf_a).chain(&at_48k.highpass_a))
        {
            assert!((own - table).abs() < 1e-13, "{own} {table}");
        }
    }

    #[test]
    fn the_curve_is_that_of_the_standard() {
        // From the coefficients that are printed for 48 kHz; a tone of 997 Hz reads 0.691 dB more, which the offset takes back.
        for (frequency_hz, gain_db) in [
            (25.0, -10.393),
            (50.0, -3.934),
            (100.0, -1.133),
            (997.0, 0.691),
            (2000.0, 3.071),
            (10_000.0, 4.042),
        ] {
            let own_db = power_to_db(KCoefficients::at(48_000.0).power_response(frequency_hz, 48_000.0));
            assert!((own_db - gain_db).abs() < 0.002, "{frequency_hz} Hz: {own_db}");
        }
    }

    #[test]
    fn both_copies_agree() {
        let left: Vec<f32> = (0..4410).map(|i| (i as f32 * 0.37).sin() * 0.8).collect();
        let right: Vec<f32> = (0..4410).map(|i| (i as f32 * 0.011).cos() * 0.5).collect();
        let mut pair = KWeightedPair::new(44_100);
        let mut twin = pair.clone();
        let fast = pair.energies(&left, &right);
        let plain = energies_body::<Plain>(&twin.coefficients, &mut twin.state, &left, &right);
        for i in 0..2 {
            assert!((fast[i] - plain[i]).abs() < 1e-9 * plain[i], "{fast:?} {plain:?}");
        }
    }
}
