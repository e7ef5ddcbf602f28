//! Partitioned Rice codes of a residual (RFC 9639, 9.2.7).

use super::bits::BitWriter;

/// Most partitions are 2 to this power: as `flac -5`.
const MAX_PARTITION_ORDER: u32 = 5;

/// Largest parameter of the codes with four and with five bits of parameter; the largest value is an escape.
const MAX_PARAMETER_4: u32 = 14;
const MAX_PARAMETER_5: u32 = 30;

/// How a residual is to be coded: one parameter per partition.
pub(super) struct RicePlan {
    parameters: Vec<u32>,
    /// Size in bits, within a few of what will be written.
    pub(super) bits: u64,
}

impl RicePlan {
    /// Finds partitions and parameters for a residual behind `order` warm-up samples.
    pub(super) fn new(residual: &[i32], order: usize) -> RicePlan {
        let len = residual.len() + order;
        let finest = (0..=MAX_PARTITION_ORDER)
            .rev()
            .find(|power| len.is_multiple_of(1 << power) && len >> power > order)
            .unwrap_or(0);
        let partition = len >> finest;
        let mut sums: Vec<u64> = (0..1usize << finest)
            .map(|index| {
                let start = (index * partition).saturating_sub(order);
                let end = (index + 1) * partition - order;
                residual[start..end].iter().map(|value| u64::from(value.unsigned_abs())).sum()
            })
            .collect();
        let mut best = RicePlan::of_sums(&sums, len, order);
        while sums.len() > 1 {
            sums = sums.chunks_exact(2).map(|pair| pair[0] + pair[1]).collect();
            let next = RicePlan::of_sums(&sums, len, order);
            if next.bits <= best.bits {
                best = next;
            }
        }
        best
    }

    /// The best parameters where the sums of magnitudes of all partitions are known.
    fn of_sums(sums: &[u64], len: usize, order: usize) -> RicePlan {
        let partition = len / sums.len();
        let mut bits = 2 + 4;
        let mut parameters = Vec::with_capacity(sums.len());
        for (index, sum) in sums.iter().enumerate() {
            let count = (partition - if index == 0 { order } else { 0 }) as u64;
            let (parameter, size) = parameter(*sum, count);
            parameters.push(parameter);
            bits += size;
        }
        let width = parameter_width(&parameters);
        RicePlan { bits: bits + u64::from(width) * sums.len() as u64, parameters }
    }

    /// Writes the residual.
    pub(super) fn write(&self, residual: &[i32], order: usize, out: &mut BitWriter) {
        let width = parameter_width(&self.parameters);
        out.put(u64::from(width == 5), 2);
        out.put(u64::from(self.parameters.len().trailing_zeros()), 4);
        let partition = (residual.len() + order) / self.parameters.len();
        for (index, parameter) in self.parameters.iter().enumerate() {
            let start = (index * partition).saturating_sub(order);
            let end = (index + 1) * partition - order;
            out.put(u64::from(*parameter), width);
            for value in &residual[start..end] {
                let folded = ((value << 1) ^ (value >> 31)) as u32;
                let (high, low) = (folded >> parameter, u64::from(folded) & ((1 << parameter) - 1));
                if high + 1 + parameter <= 56 {
                    // Zeros, the one that ends them, and the low bits, all at once.
                    out.put(1 << parameter | low, high + 1 + parameter);
                } else {
                    out.put_unary(u64::from(high));
                    out.put(low, *parameter);
                }
            }
        }
    }
}

fn parameter_width(parameters: &[u32]) -> u32 {
    if parameters.iter().all(|parameter| *parameter <= MAX_PARAMETER_4) { 4 } else { 5 }
}

/// The parameter for `count` values with a sum of magnitudes, and the size of their codes.
///
/// A value v is folded to 2|v| or 2|v| − 1 and costs `parameter` + 1 bits and what is left of it above them; the
/// bits lost by the shift are half a bit per value on average.
fn parameter(sum: u64, count: u64) -> (u32, u64) {
    let size = |parameter: u32| {
        let high = (sum << 1) >> parameter;
        (u64::from(parameter) + 1) * count + high - high.min(count / 2)
    };
    let guess = (2 * sum / count.max(1)).checked_ilog2().unwrap_or(0);
    (guess.saturating_sub(1)..=guess + 1)
        .map(|parameter| parameter.min(MAX_PARAMETER_5))
        .map(|parameter| (parameter, size(parameter)))
        .min_by_key(|(_, size)| *size)
        .unwrap_or((0, u64::MAX))
}
