//! Peak and energy of a stretch of samples.

use super::simd::{Arithmetic, dispatch, greater};

/// Lanes of the sums; the order of addition is a function of the length alone.
const LANES: usize = 8;

/// Samples that are added in f32 before they enter the f64 sums.
const RUN: usize = 64;

/// Bit patterns of magnitudes are in the order of the magnitudes, and compilers make vectors of a maximum of integers
/// wherever they find one. Those above [`INFINITY`] are no numbers.
#[inline(always)]
pub(super) fn magnitude(sample: f32) -> u32 {
    sample.to_bits() & !(1 << 31)
}

const INFINITY: u32 = f32::INFINITY.to_bits();

dispatch! {
    /// Largest magnitude in a slice; 0 for none. Samples that are no numbers are passed over.
    pub fn max_abs(samples: &[f32]) -> f32 = max_abs_body
}

#[inline(always)]
#[expect(clippy::extra_unused_type_parameters, reason = "the two copies differ in their features only")]
fn max_abs_body<A: Arithmetic>(samples: &[f32]) -> f32 {
    let highest = samples.iter().map(|sample| magnitude(*sample)).fold(0, u32::max);
    if highest <= INFINITY {
        return f32::from_bits(highest);
    }
    samples.iter().map(|sample| sample.abs()).fold(0.0, f32::max)
}

dispatch! {
    /// Largest magnitude, as [`max_abs`], and sum of squares, in double precision.
    pub fn peak_and_energy(samples: &[f32]) -> (f32, f64) = peak_and_energy_body
}

#[inline(always)]
fn peak_and_energy_body<A: Arithmetic>(samples: &[f32]) -> (f32, f64) {
    let (mut highest, mut energies) = ([0u32; LANES], [0f64; LANES]);
    let (chunks, rest) = samples.as_chunks::<LANES>();
    for chunk in chunks {
        for i in 0..LANES {
            let sample = f64::from(chunk[i]);
            highest[i] = highest[i].max(magnitude(chunk[i]));
            energies[i] = A::madd(sample, sample, energies[i]);
        }
    }
    for (i, sample) in rest.iter().enumerate() {
        let wide = f64::from(*sample);
        highest[i] = highest[i].max(magnitude(*sample));
        energies[i] = A::madd(wide, wide, energies[i]);
    }
    let highest = highest.into_iter().fold(0, u32::max);
    let peak = if highest <= INFINITY { f32::from_bits(highest) } else { max_abs_body::<A>(samples) };
    (peak, energies.iter().sum())
}

dispatch! {
    /// Largest magnitude and sum of squares of numbers in double precision, such as residuals.
    pub fn wide_peak_and_energy(numbers: &[f64]) -> (f64, f64) = wide_peak_and_energy_body
}

#[inline(always)]
fn wide_peak_and_energy_body<A: Arithmetic>(numbers: &[f64]) -> (f64, f64) {
    let (mut peaks, mut energies) = ([0f64; LANES], [0f64; LANES]);
    let (chunks, rest) = numbers.as_chunks::<LANES>();
    for chunk in chunks {
        for i in 0..LANES {
            peaks[i] = greater(chunk[i].abs(), peaks[i]);
            energies[i] = A::madd(chunk[i], chunk[i], energies[i]);
        }
    }
    for (i, number) in rest.iter().enumerate() {
        peaks[i] = greater(number.abs(), peaks[i]);
        energies[i] = A::madd(*number, *number, energies[i]);
    }
    (peaks.into_iter().fold(0.0, greater), energies.iter().sum())
}

dispatch! {
    /// Adds a stretch of two channels of one length to the sums of (L + R)², (L − R)² and (L + R)(L − R).
    pub fn add_mid_side(sums: &mut [f64; 3], left: &[f32], right: &[f32]) = add_mid_side_body
}

#[inline(always)]
fn add_mid_side_body<A: Arithmetic>(sums: &mut [f64; 3], left: &[f32], right: &[f32]) {
    let (left_runs, left_rest) = left.as_chunks::<RUN>();
    let (right_runs, right_rest) = right.as_chunks::<RUN>();
    let mut all = [[0f64; LANES]; 3];
    for (left, right) in left_runs.iter().zip(right_runs) {
        let mut lanes = [[0f32; LANES]; 3];
        for at in (0..RUN).step_by(LANES) {
            for i in 0..LANES {
                let (sum, difference) = (left[at + i] + right[at + i], left[at + i] - right[at + i]);
                lanes[0][i] = A::madd32(sum, sum, lanes[0][i]);
                lanes[1][i] = A::madd32(difference, difference, lanes[1][i]);
                lanes[2][i] = A::madd32(sum, difference, lanes[2][i]);
            }
        }
        add_lanes(&mut all, &lanes);
    }
    for (sum, lanes) in sums.iter_mut().zip(all) {
        *sum += lanes.iter().sum::<f64>();
    }
    for (l, r) in left_rest.iter().zip(right_rest) {
        let (sum, difference) = (f64::from(l + r), f64::from(l - r));
        sums[0] += sum * sum;
        sums[1] += difference * difference;
        sums[2] += sum * difference;
    }
}

/// Lane by lane, so that a run ends without a chain of additions.
#[inline(always)]
fn add_lanes<const N: usize>(all: &mut [[f64; LANES]; N], lanes: &[[f32; LANES]; N]) {
    for (all, lanes) in all.iter_mut().zip(lanes) {
        for i in 0..LANES {
            all[i] += f64::from(lanes[i]);
        }
    }
}

dispatch! {
    /// Highest magnitude and energy of the second difference x − 2y + z of neighbours, all numbers: two fewer than there are samples.
    pub fn second_difference(samples: &[f32]) -> (f32, f32) = second_difference_body
}

#[inline(always)]
fn second_difference_body<A: Arithmetic>(samples: &[f32]) -> (f32, f32) {
    const WIDE: usize = 2 * LANES;
    let (mut highest, mut energies) = ([0u32; WIDE], [0f32; WIDE]);
    let whole = samples.len().saturating_sub(2) / WIDE * WIDE;
    let of = |x: f32, y: f32, z: f32| A::madd32(-2.0, y, x + z);
    for at in (0..whole).step_by(WIDE) {
        let neighbours = &samples[at..at + WIDE + 2];
        for i in 0..WIDE {
            let difference = of(neighbours[i], neighbours[i + 1], neighbours[i + 2]);
            highest[i] = highest[i].max(magnitude(difference));
            energies[i] = A::madd32(difference, difference, energies[i]);
        }
    }
    for (i, rest) in samples[whole..].windows(3).enumerate() {
        let difference = of(rest[0], rest[1], rest[2]);
        highest[i] = highest[i].max(magnitude(difference));
        energies[i] = A::madd32(difference, difference, energies[i]);
    }
    (f32::from_bits(highest.into_iter().fold(0, u32::max)), energies.iter().sum())
}

/// Values to each side of one that say how loud it is there.
pub const ROUND: usize = 8;

dispatch! {
    /// How many powers are below `small` where the mean of the 2 × [`ROUND`] round them is over `loud`, and how many lie where it
    /// is. The first and last [`ROUND`] are only round others.
    pub fn small_among_loud(powers: &[f32], small: f32, loud: f32) -> (usize, usize) = small_among_loud_body
}

#[inline(always)]
#[expect(clippy::extra_unused_type_parameters, reason = "the copies differ in their features only")]
fn small_among_loud_body<A: Arithmetic>(powers: &[f32], small: f32, loud: f32) -> (usize, usize) {
    const STRETCH: usize = 16 * LANES;
    let (mut smalls, mut louds) = (0, 0);
    let places = powers.len().saturating_sub(2 * ROUND);
    for from in (0..places).step_by(STRETCH) {
        let count = STRETCH.min(places - from);
        let mut sums = [0f32; STRETCH + 2 * ROUND];
        sums[..count + 2 * ROUND].copy_from_slice(&powers[from..from + count + 2 * ROUND]);
        // Sums of 2, 4, 8, 16 neighbours.
        let mut width = 1;
        while width < 2 * ROUND {
            for i in 0..STRETCH + 2 * ROUND - width {
                sums[i] += sums[i + width];
            }
            width *= 2;
        }
        let own = &powers[from + ROUND..from + ROUND + count];
        let (mut small_here, mut loud_here) = (0u32, 0u32);
        for (power, sum) in own.iter().zip(&sums) {
            let is_loud = *sum > loud * (2 * ROUND) as f32;
            loud_here += u32::from(is_loud);
            small_here += u32::from(is_loud & (*power < small));
        }
        smalls += small_here as usize;
        louds += loud_here as usize;
    }
    (smalls, louds)
}

dispatch! {
    /// Sum, and sum of squares.
    pub fn sum_and_energy(samples: &[f32]) -> [f64; 2] = sum_and_energy_body
}

#[inline(always)]
fn sum_and_energy_body<A: Arithmetic>(samples: &[f32]) -> [f64; 2] {
    let (runs, rest) = samples.as_chunks::<RUN>();
    let mut all = [[0f64; LANES]; 2];
    for run in runs {
        let mut lanes = [[0f32; LANES]; 2];
        for at in (0..RUN).step_by(LANES) {
            for i in 0..LANES {
                lanes[0][i] += run[at + i];
                lanes[1][i] = A::madd32(run[at + i], run[at + i], lanes[1][i]);
            }
        }
        add_lanes(&mut all, &lanes);
    }
    let mut sums = all.map(|lanes| lanes.iter().sum::<f64>());
    for sample in rest {
        sums[0] += f64::from(*sample);
        sums[1] += f64::from(*sample).powi(2);
    }
    sums
}

dispatch! {
    /// Adds numbers to numbers, each times a weight.
    pub fn add_weighted(sums: &mut [f32], values: &[f32], weight: f32) = add_weighted_body
}

#[inline(always)]
fn add_weighted_body<A: Arithmetic>(sums: &mut [f32], values: &[f32], weight: f32) {
    for (sum, value) in sums.iter_mut().zip(values) {
        *sum = A::madd32(weight, *value, *sum);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::simd::Plain;

    #[test]
    fn both_copies_agree_with_the_definition() {
        for length in [0, 1, 7, 8, 15, 16, 17, 31, 32, 33, 75, 441] {
            let samples: Vec<f32> = (0..length).map(|i| ((i * 37 % 101) as f32 - 50.0) / 40.0).collect();
            let peak = samples.iter().fold(0f32, |peak, x| peak.max(x.abs()));
            let sum: f64 = samples.iter().map(|x| f64::from(*x).powi(2)).sum();
            assert_eq!(max_abs(&samples), peak);
            assert_eq!(max_abs_body::<Plain>(&samples), peak);
            for (highest, energy) in [peak_and_energy(&samples), peak_and_energy_body::<Plain>(&samples)] {
                assert_eq!(highest, peak);
                assert!((energy - sum).abs() <= 1e-12 * sum, "{length}: {energy} {sum}");
            }
            let wide: Vec<f64> = samples.iter().map(|x| f64::from(*x)).collect();
            for (highest, energy) in [wide_peak_and_energy(&wide), wide_peak_and_energy_body::<Plain>(&wide)]
            {
                assert_eq!(highest, f64::from(peak));
                assert!((energy - sum).abs() <= 1e-12 * sum);
            }
            let second =
                |three: &[f32]| f64::from(three[0]) - 2.0 * f64::from(three[1]) + f64::from(three[2]);
            let highest = samples.windows(3).map(|three| second(three).abs()).fold(0.0, f64::max);
            let sum: f64 = samples.windows(3).map(|three| second(three).powi(2)).sum();
            for (peak, energy) in [second_difference(&samples), second_difference_body::<Plain>(&samples)] {
                assert!((f64::from(peak) - highest).abs() <= 1e-6 * highest, "{length}: {peak} {highest}");
                assert!((f64::from(energy) - sum).abs() <= 1e-5 * sum, "{length}: {energy} {sum}");
            }
        }
        assert_eq!(max_abs(&[0.5, f32::NAN, -0.25]), 0.5);
        assert_eq!(peak_and_energy(&[0.5, f32::NAN, -0.25]).0, 0.5);
    }

    #[test]
    fn small_ones_among_loud_ones_are_counted() {
        for length in [0, 16, 17, 40, 128, 143, 144, 145, 700] {
            // Small whole numbers: every sum is exact.
            let powers: Vec<f32> = (0..length).map(|i| ((i * i * 37) % 101 % 23) as f32).collect();
            let loud = |at: usize| powers[at - ROUND..at + ROUND].iter().sum::<f32>() > 10.0 * 16.0;
            let louds: Vec<usize> = (ROUND..length.max(2 * ROUND) - ROUND).filter(|at| loud(*at)).collect();
            let smalls = louds.iter().filter(|at| powers[**at] < 4.0).count();
            assert_eq!(small_among_loud(&powers, 4.0, 10.0), (smalls, louds.len()), "{length}");
            assert_eq!(small_among_loud_body::<Plain>(&powers, 4.0, 10.0), (smalls, louds.len()));
            assert!(length < 700 || (smalls > 10 && louds.len() < length - 100));
        }
    }

    #[test]
    fn both_copies_of_the_sums_agree_with_the_definition() {
        for length in [0, 1, 63, 64, 65, 1000] {
            let left: Vec<f32> = (0..length).map(|i| ((i * 37 % 101) as f32 - 50.0) / 64.0).collect();
            let right: Vec<f32> = (0..length).map(|i| ((i * 53 % 97) as f32 - 48.0) / 64.0).collect();
            let (mut fast, mut plain) = ([0.0; 3], [0.0; 3]);
            add_mid_side(&mut fast, &left, &right);
            add_mid_side_body::<Plain>(&mut plain, &left, &right);
            let of = |f: fn(f64, f64) -> f64| -> f64 {
                left.iter().zip(&right).map(|(l, r)| f(f64::from(*l), f64::from(*r))).sum()
            };
            let exact =
                [of(|l, r| (l + r) * (l + r)), of(|l, r| (l - r) * (l - r)), of(|l, r| (l + r) * (l - r))];
            for sums in [fast, plain] {
                for (own, exact) in sums.iter().zip(exact) {
                    assert!((own - exact).abs() <= 1e-5 * (1.0 + exact.abs()), "{length}: {sums:?} {exact}");
                }
            }
            let moments = [left.iter().sum::<f32>(), left.iter().map(|x| x * x).sum()].map(f64::from);
            for sums in [sum_and_energy(&left), sum_and_energy_body::<Plain>(&left)] {
                for (own, exact) in sums.iter().zip(moments) {
                    assert!(
                        (own - exact).abs() <= 1e-4 * (1.0 + exact.abs()),
                        "{length}: {sums:?} {moments:?}"
                    );
                }
            }
            let (mut fast, mut plain) = (left.clone(), left.clone());
            add_weighted(&mut fast, &right, 0.3);
            add_weighted_body::<Plain>(&mut plain, &right, 0.3);
            assert!(fast.iter().zip(&plain).all(|(a, b)| (a - b).abs() < 1e-6));
        }
    }
}
