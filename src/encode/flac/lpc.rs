//! Linear prediction: window, autocorrelation, Levinson–Durbin recursion, coefficients as integers.

use crate::units::octaves;

/// Highest order: as `flac -5`.
pub(super) const MAX_ORDER: usize = 8;

/// Part of the window that rises and falls: as `flac -5`.
const TAPERED_SHARE: f64 = 0.5;

/// Bits of the field that holds the shift, without its sign.
const MAX_SHIFT: i32 = 15;

/// A predictor with integer coefficients, for the sample before first.
pub(super) struct Predictor {
    pub(super) coefficients: Vec<i32>,
    pub(super) precision: u32,
    pub(super) shift: u32,
}

/// Tukey window of a block.
pub(super) fn window(len: usize) -> Vec<f64> {
    let tapered = (TAPERED_SHARE / 2.0 * len as f64).max(1.0);
    let rise = |at: f64| 0.5 - 0.5 * (std::f64::consts::PI * (at + 1.0) / (tapered + 1.0)).cos();
    (0..len)
        .map(|i| {
            let at = i.min(len - 1 - i) as f64;
            if at < tapered { rise(at) } else { 1.0 }
        })
        .collect()
}

/// The predictor whose residual is expected to be the smallest; `None` for blocks that nothing predicts.
pub(super) fn predictor(samples: &[i32], bits: u32, window: &[f64]) -> Option<Predictor> {
    if samples.len() <= 4 * MAX_ORDER {
        return None;
    }
    let windowed: Vec<f64> =
        samples.iter().zip(window).map(|(sample, gain)| f64::from(*sample) * gain).collect();
    let correlation = autocorrelation(&windowed);
    if correlation[0] <= 0.0 {
        return None;
    }
    let precision = precision(bits, samples.len());
    let orders = levinson_durbin(&correlation);
    let count = samples.len() as f64;
    let size = |(index, (_, error)): &(usize, &(Vec<f64>, f64))| {
        // Bits of a sample of a Laplace distribution with this variance (as libFLAC estimates them).
        let per_sample = (0.5 * octaves(1.0, (0.5 * error / count).max(1e-9))).max(0.0);
        per_sample * (count - *index as f64) + ((*index + 1) * (bits + precision) as usize) as f64
    };
    let (_, (coefficients, _)) = orders.iter().enumerate().min_by(|a, b| size(a).total_cmp(&size(b)))?;
    quantised(coefficients, precision)
}

/// Bits of the coefficients: more samples and more depth pay for finer ones (as libFLAC).
fn precision(bits: u32, len: usize) -> u32 {
    match (bits, len) {
        (..=15, _) => (2 + bits / 2).max(5),
        (16..=17, ..=384) => 8,
        (16..=17, ..=1152) => 10,
        (16..=17, _) => 12,
        (_, ..=384) => 13,
        (_, _) => 14,
    }
}

/// Autocorrelation at lags 0 to [`MAX_ORDER`].
fn autocorrelation(samples: &[f64]) -> [f64; MAX_ORDER + 1] {
    const LAGS: usize = MAX_ORDER + 1;
    let mut sums = [0.0; LAGS];
    // All lags of one sample at once: the sums are then independent of each other, which fills vector units.
    for window in samples.windows(LAGS) {
        let newest = window[MAX_ORDER];
        for (sum, sample) in sums.iter_mut().zip(window) {
            *sum += newest * sample;
        }
    }
    sums.reverse();
    for newest in 0..MAX_ORDER.min(samples.len()) {
        for lag in 0..=newest {
            sums[lag] += samples[newest] * samples[newest - lag];
        }
    }
    sums
}

/// Coefficients and squared error of every order from 1.
fn levinson_durbin(correlation: &[f64; MAX_ORDER + 1]) -> Vec<(Vec<f64>, f64)> {
    let mut orders = Vec::with_capacity(MAX_ORDER);
    let mut coefficients: Vec<f64> = Vec::with_capacity(MAX_ORDER);
    let mut error = correlation[0];
    for order in 1..=MAX_ORDER {
        let predicted: f64 =
            coefficients.iter().enumerate().map(|(i, c)| c * correlation[order - 1 - i]).sum();
        let reflection = (correlation[order] - predicted) / error;
        let previous = coefficients.clone();
        for (i, coefficient) in coefficients.iter_mut().enumerate() {
            *coefficient -= reflection * previous[order - 2 - i];
        }
        coefficients.push(reflection);
        error *= 1.0 - reflection * reflection;
        orders.push((coefficients.clone(), error));
        if error <= 0.0 || !error.is_finite() {
            break;
        }
    }
    orders
}

/// Coefficients as integers of `precision` bits; the error of each is carried into the next.
fn quantised(coefficients: &[f64], precision: u32) -> Option<Predictor> {
    let largest = coefficients.iter().fold(0.0f64, |largest, c| largest.max(c.abs()));
    if largest <= 0.0 || !largest.is_finite() {
        return None;
    }
    // Exponent of the power of two above the largest coefficient, from its representation.
    let exponent = ((largest.to_bits() >> 52) & 0x7ff) as i32 - 1022;
    let shift = (precision as i32 - 1 - exponent).min(MAX_SHIFT);
    if shift < 0 {
        return None;
    }
    let top = (1i32 << (precision - 1)) - 1;
    let mut carried = 0.0;
    let coefficients = coefficients
        .iter()
        .map(|coefficient| {
            carried += coefficient * f64::from(1u32 << shift);
            let integer = (carried.round_ties_even() as i32).clamp(-top - 1, top);
            carried -= f64::from(integer);
            integer
        })
        .collect();
    Some(Predictor { coefficients, precision, shift: shift as u32 })
}

impl Predictor {
    /// What the prediction leaves of the samples behind the first ones; `None` where it does not fit 31 bits.
    pub(super) fn residual(&self, samples: &[i32]) -> Option<Vec<i32>> {
        match self.coefficients.len() {
            1 => self.residual_of::<1>(samples),
            2 => self.residual_of::<2>(samples),
            3 => self.residual_of::<3>(samples),
            4 => self.residual_of::<4>(samples),
            5 => self.residual_of::<5>(samples),
            6 => self.residual_of::<6>(samples),
            7 => self.residual_of::<7>(samples),
            _ => self.residual_of::<8>(samples),
        }
    }

    /// The same with the order known to the compiler, which unrolls the sum.
    fn residual_of<const ORDER: usize>(&self, samples: &[i32]) -> Option<Vec<i32>> {
        let mut oldest_first: [i32; ORDER] = self.coefficients.as_slice().try_into().ok()?;
        oldest_first.reverse();
        let mut used = 0i64;
        let residual = samples
            .windows(ORDER)
            .zip(&samples[ORDER..])
            .map(|(past, sample)| {
                let sum: i64 =
                    past.iter().zip(&oldest_first).map(|(s, c)| i64::from(*s) * i64::from(*c)).sum();
                let left = i64::from(*sample) - (sum >> self.shift);
                used |= left ^ (left >> 63);
                left as i32
            })
            .collect();
        (used >> 30 == 0).then_some(residual)
    }
}
