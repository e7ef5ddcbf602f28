//! One channel of one block: the smallest of constant, verbatim, fixed and linear prediction (RFC 9639, 9.2).

use super::bits::BitWriter;
use super::lpc::{self, Predictor};
use super::rice::RicePlan;

/// Highest order of the fixed predictors.
const MAX_FIXED_ORDER: usize = 4;

/// A channel of a block, ready to be written.
pub(super) struct Subframe {
    /// First samples that are written as they are; all of them for a verbatim subframe, one for a constant.
    warm_up: Vec<i32>,
    coding: Coding,
    /// Bits of a sample without its wasted bits.
    bits_per_sample: u32,
    /// Low bits that are zero in all samples and are left out.
    wasted: u32,
    bits: u64,
}

enum Coding {
    Constant,
    Verbatim,
    Fixed { residual: Vec<i32>, rice: RicePlan },
    Linear { predictor: Predictor, residual: Vec<i32>, rice: RicePlan },
}

impl Subframe {
    /// Finds the smallest coding of the samples, integers of `bits` bits.
    pub(super) fn plan(samples: &[i32], bits: u32, window: &[f64]) -> Subframe {
        let wasted = samples.iter().fold(0, |used, sample| used | sample).trailing_zeros();
        let first = samples.first().copied().unwrap_or(0);
        if samples.iter().all(|sample| *sample == first) {
            let size = 8 + u64::from(bits);
            return Subframe {
                warm_up: vec![first],
                coding: Coding::Constant,
                bits_per_sample: bits,
                wasted: 0,
                bits: size,
            };
        }
        if wasted == 0 {
            return Subframe::of(samples, bits, 0, window);
        }
        let shifted: Vec<i32> = samples.iter().map(|sample| sample >> wasted).collect();
        Subframe::of(&shifted, bits - wasted, wasted, window)
    }

    fn of(samples: &[i32], bits: u32, wasted: u32, window: &[f64]) -> Subframe {
        let head = 8 + u64::from(wasted);
        let subframe = |warm_up: &[i32], coding, size| Subframe {
            warm_up: warm_up.to_vec(),
            coding,
            bits_per_sample: bits,
            wasted,
            bits: head + size,
        };
        let mut best = subframe(samples, Coding::Verbatim, u64::from(bits) * samples.len() as u64);

        let order = best_fixed_order(samples);
        let residual = fixed_residual(samples, order);
        let rice = RicePlan::new(&residual, order);
        let size = u64::from(bits) * order as u64 + rice.bits;
        if head + size < best.bits {
            best = subframe(&samples[..order], Coding::Fixed { residual, rice }, size);
        }
        if let Some(predictor) = lpc::predictor(samples, bits, window)
            && let Some(residual) = predictor.residual(samples)
        {
            let order = predictor.coefficients.len();
            let rice = RicePlan::new(&residual, order);
            let size = (u64::from(bits) + u64::from(predictor.precision)) * order as u64 + 4 + 5 + rice.bits;
            if head + size < best.bits {
                best = subframe(&samples[..order], Coding::Linear { predictor, residual, rice }, size);
            }
        }
        best
    }

    /// Size, within a few bits.
    pub(super) fn bits(&self) -> u64 {
        self.bits
    }

    /// Writes header, first samples and residual.
    pub(super) fn write(&self, out: &mut BitWriter) {
        let order = self.warm_up.len() as u64;
        let kind = match &self.coding {
            Coding::Constant => 0,
            Coding::Verbatim => 1,
            Coding::Fixed { .. } => 8 + order,
            Coding::Linear { .. } => 31 + order,
        };
        out.put(kind, 7);
        out.put(u64::from(self.wasted > 0), 1);
        if self.wasted > 0 {
            out.put_unary(u64::from(self.wasted) - 1);
        }
        self.warm_up.iter().for_each(|sample| out.put_signed(*sample, self.bits_per_sample));
        match &self.coding {
            Coding::Constant | Coding::Verbatim => {}
            Coding::Fixed { residual, rice } => rice.write(residual, self.warm_up.len(), out),
            Coding::Linear { predictor, residual, rice } => {
                out.put(u64::from(predictor.precision) - 1, 4);
                out.put(u64::from(predictor.shift), 5);
                predictor.coefficients.iter().for_each(|c| out.put_signed(*c, predictor.precision));
                rice.write(residual, self.warm_up.len(), out);
            }
        }
    }
}

/// The order whose residual has the smallest sum of magnitudes.
fn best_fixed_order(samples: &[i32]) -> usize {
    if samples.len() <= MAX_FIXED_ORDER {
        return 0;
    }
    let mut sums = [0u64; MAX_FIXED_ORDER + 1];
    for window in samples.windows(MAX_FIXED_ORDER + 1) {
        let [e, d, c, b, a] = [window[0], window[1], window[2], window[3], window[4]];
        let differences = [a, a - b, a - 2 * b + c, a - 3 * b + 3 * c - d, a - 4 * b + 6 * c - 4 * d + e];
        sums.iter_mut().zip(differences).for_each(|(sum, value)| *sum += u64::from(value.unsigned_abs()));
    }
    sums.iter().enumerate().min_by_key(|(_, sum)| **sum).map_or(0, |(order, _)| order)
}

/// Differences of the given order, behind the first samples.
fn fixed_residual(samples: &[i32], order: usize) -> Vec<i32> {
    let mut residual = samples.to_vec();
    for _ in 0..order {
        residual = residual.windows(2).map(|pair| pair[1] - pair[0]).collect();
    }
    residual
}
