//! Peaks between the samples: the greatest magnitude of the band-limited signal within each sample interval.
//!
//! Eight-fold oversampling with a Kaiser-windowed sinc, folded: phases k and 8 − k are mirror images, so that both
//! follow from the sum and the difference of sample pairs, and the greater magnitude of the two is |S| + |D|.
//! Where a value comes near the level of interest, a parabola through three neighbouring points finds the peak between
//! them; the eight-fold grid alone would under-read 20 kHz at 44.1 kHz by 0.14 dB.

use super::simd::{Arithmetic, dispatch};
use std::f64::consts::PI;

/// Points per sample interval.
const PHASES: usize = 8;

/// Taps of each phase.
pub const TAPS: usize = 48;

/// Pairs of samples that share a coefficient in the folded filter.
const PAIRS: usize = TAPS / 2;

/// Shape of the Kaiser window. Chosen by measuring the worst error of sines up to 20 kHz at 44.1 kHz.
const KAISER_BETA: f64 = 5.0;

/// Samples that must follow an interval before its peak is known; as many, less one, must precede it.
pub const LOOKAHEAD: usize = PAIRS;

/// Coefficients of one sample pair: sums and differences of phases 1–3, sum of phase 4.
const PRODUCTS: usize = 7;

/// Intervals that are computed together: the lanes of an AVX register.
const LANES: usize = 8;

/// Intervals that are skipped together where no point can reach the level of interest.
const SKIP: usize = 64;

/// Taps of the filter that measures what lies near Nyquist.
const NYQUIST_TAPS: usize = 32;

/// How much of it is added to every peak nearby: above about 0.46 of the sample rate the filter fades, and its reading of
/// broad noise up to Nyquist is up to 1 dB low. Measured against exact interpolation, see `tests/suite/processors`.
const UNSEEN: f32 = 0.9;

/// A point is examined more closely from this share of the level of interest on: the parabola adds at most 2 %
/// (the half step of the grid at Nyquist is 0.196 rad, and 1 / cos 0.196 = 1.0197).
const EXAMINE_FROM: f32 = 0.978;

/// Interval peaks of a stream.
#[derive(Debug, Clone)]
pub struct PeakFinder {
    coefficients: Vec<[f32; PRODUCTS]>,
    /// High-pass at the very top.
    nyquist: [f32; NYQUIST_TAPS],
    /// No peak is greater than this times the greatest sample.
    bound: f32,
}

impl Default for PeakFinder {
    fn default() -> PeakFinder {
        PeakFinder::new()
    }
}

impl PeakFinder {
    /// The coefficients of the filter.
    pub fn new() -> PeakFinder {
        let phases: Vec<Vec<f64>> = (0..=PHASES / 2).map(phase).collect();
        let fold = |pair: usize, k: usize| {
            let (near, far) = (phases[k][pair], phases[k][TAPS - 1 - pair]);
            ((near + far) / 2.0, (near - far) / 2.0)
        };
        let coefficients = (0..PAIRS)
            .map(|pair| {
                let [one, two, three, four] = [1, 2, 3, 4].map(|k| fold(pair, k));
                [one.0, one.1, two.0, two.1, three.0, three.1, four.0].map(|c| c as f32)
            })
            .collect();
        let magnitude = |phase: &Vec<f64>| phase.iter().map(|tap| tap.abs()).sum::<f64>();
        let bound = phases.iter().map(magnitude).fold(1.0, f64::max) as f32;
        PeakFinder { coefficients, nyquist: nyquist_filter(), bound: bound / EXAMINE_FROM + UNSEEN }
    }

    /// The peak of each interval from `samples[TAPS / 2 - 1 + n]` up to the next sample, for every `n` of `peaks`.
    /// `samples` holds `peaks.len() + TAPS` values, and `peaks.len()` is a multiple of 64.
    ///
    /// Peaks above `level` are exact to the filter; an interval that stays below it may be given a lesser value.
    pub fn find(&self, samples: &[f32], level: f32, peaks: &mut [f32]) {
        self.find_examining(samples, level, EXAMINE_FROM, peaks);
    }

    /// As [`PeakFinder::find`], on the eight-fold grid alone: up to 0.17 dB low at Nyquist, and cheaper where most of the
    /// signal is above `level`.
    pub fn find_on_grid(&self, samples: &[f32], level: f32, peaks: &mut [f32]) {
        self.find_examining(samples, level, f32::INFINITY, peaks);
    }

    /// Finds peaks, and examines them from a share of the level on.
    fn find_examining(&self, samples: &[f32], level: f32, share: f32, peaks: &mut [f32]) {
        debug_assert!(peaks.len().is_multiple_of(SKIP) && samples.len() == peaks.len() + TAPS);
        for (index, out) in peaks.chunks_exact_mut(SKIP).enumerate() {
            let window = &samples[index * SKIP..][..SKIP + TAPS];
            // Magnitudes of floats are ordered as their bits are, and integers have a vector maximum.
            let bits = |sample: &f32| (sample.to_bits() & 0x7FFF_FFFF) as i32;
            let greatest = f32::from_bits(window.iter().map(bits).fold(0, i32::max) as u32);
            if greatest * self.bound <= level {
                out.fill(greatest.min(level));
                continue;
            }
            let unseen = self.unseen(window);
            let examine_from = if share.is_finite() { (level - unseen) * share } else { share };
            for (lane_group, out) in out.chunks_exact_mut(LANES).enumerate() {
                let window = &window[lane_group * LANES..][..LANES + TAPS];
                self.find_lanes(window, examine_from, out);
            }
            out.iter_mut().for_each(|peak| *peak += unseen);
        }
    }

    /// What lies so near to Nyquist that the filter does not see it whole: its greatest amplitude in the window.
    fn unseen(&self, window: &[f32]) -> f32 {
        UNSEEN * greatest_response(&self.nyquist, window)
    }

    /// The peaks of one group of intervals, exact where the grid is above `examine_from`.
    fn find_lanes(&self, window: &[f32], examine_from: f32, peaks: &mut [f32]) {
        let products = self.products(window);
        let mut coarse = [0.0f32; LANES];
        let [s1, d1, s2, d2, s3, d3, s4] = &products;
        for (lane, sample) in window[PAIRS - 1..][..LANES].iter().enumerate() {
            let first = greater(s1[lane].abs() + d1[lane].abs(), s2[lane].abs() + d2[lane].abs());
            let second = greater(s3[lane].abs() + d3[lane].abs(), s4[lane].abs());
            coarse[lane] = greater(greater(first, second), sample.abs());
        }
        peaks.copy_from_slice(&coarse);
        let sample = |lane: usize| window[PAIRS - 1 + lane];
        for (lane, peak) in peaks.iter_mut().enumerate() {
            if *peak > examine_from {
                let [s1, d1, s2, d2, s3, d3, s4] = products.map(|product| product[lane]);
                let points = [
                    sample(lane),
                    s1 + d1,
                    s2 + d2,
                    s3 + d3,
                    s4,
                    s3 - d3,
                    s2 - d2,
                    s1 - d1,
                    sample(lane + 1),
                ];
                *peak = greater(*peak, peak_between(&points));
            }
        }
    }

    /// The folded filter for eight neighbouring intervals. Both ways give the same bits: each product is one fused
    /// multiply-add, in the same order.
    #[inline]
    fn products(&self, window: &[f32]) -> [[f32; LANES]; PRODUCTS] {
        #[cfg(target_arch = "x86_64")]
        if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
            // SAFETY: the processor has just been found to have AVX2 and FMA.
            return unsafe { products_avx2(&self.coefficients, window) };
        }
        products_scalar(&self.coefficients, window)
    }
}

/// Places of a window at which the filter for what lies near Nyquist is read: every fourth sample.
const NYQUIST_STEP: usize = 4;
const NYQUIST_PLACES: usize = (SKIP + TAPS - NYQUIST_TAPS) / NYQUIST_STEP + 1;

dispatch! {
    /// The greatest magnitude of a filter over a window of [`SKIP`] + [`TAPS`] samples.
    fn greatest_response(taps: &[f32; NYQUIST_TAPS], window: &[f32]) -> f32 = greatest_response_body
}

#[inline(always)]
fn greatest_response_body<A: Arithmetic>(taps: &[f32; NYQUIST_TAPS], window: &[f32]) -> f32 {
    const PLACES: usize = NYQUIST_PLACES.next_multiple_of(LANES);
    // Samples of one phase side by side, so that neighbouring places are neighbouring lanes.
    let mut phases = [[0.0f32; PLACES + NYQUIST_TAPS / NYQUIST_STEP]; NYQUIST_STEP];
    for (at, four) in window.as_chunks::<NYQUIST_STEP>().0.iter().enumerate() {
        for (phase, sample) in phases.iter_mut().zip(four) {
            phase[at] = *sample;
        }
    }
    let mut sums = [0.0f32; PLACES];
    for (at, four) in taps.as_chunks::<NYQUIST_STEP>().0.iter().enumerate() {
        for (phase, tap) in phases.iter().zip(four) {
            let samples = &phase[at..at + PLACES];
            for place in 0..PLACES {
                sums[place] = A::madd32(*tap, samples[place], sums[place]);
            }
        }
    }
    sums[..NYQUIST_PLACES].iter().fold(0.0, |most, sum| greater(sum.abs(), most))
}

/// A Hann window on alternating signs: unity gain at Nyquist, nothing from two bins of the window below.
fn nyquist_filter() -> [f32; NYQUIST_TAPS] {
    let taps = [(); NYQUIST_TAPS].map(|()| 0.0);
    let mut index = 0;
    taps.map(|_: f32| {
        index += 1;
        let hann = 1.0 - (2.0 * PI * f64::from(index) / (NYQUIST_TAPS + 1) as f64).cos();
        let sign = if index % 2 == 0 { 1.0 } else { -1.0 };
        (sign * hann / (NYQUIST_TAPS + 1) as f64) as f32
    })
}

/// The greater of two numbers; unlike `f32::max` one instruction, as neither is NaN.
#[inline(always)]
fn greater(a: f32, b: f32) -> f32 {
    if a > b { a } else { b }
}

/// Windowed sinc of the point `k` / 8 after the middle sample, with unity gain at zero frequency.
fn phase(k: usize) -> Vec<f64> {
    let half = PAIRS as f64;
    let taps: Vec<f64> = (0..TAPS)
        .map(|tap| {
            let distance = tap as f64 - (half - 1.0) - k as f64 / PHASES as f64;
            let sinc = if distance == 0.0 { 1.0 } else { (PI * distance).sin() / (PI * distance) };
            let edge = (1.0 - (distance / half).powi(2)).max(0.0).sqrt();
            sinc * bessel_i0(KAISER_BETA * edge) / bessel_i0(KAISER_BETA)
        })
        .collect();
    let sum: f64 = taps.iter().sum();
    taps.into_iter().map(|tap| tap / sum).collect()
}

/// Modified Bessel function of the first kind and order zero, by its power series.
pub(super) fn bessel_i0(x: f64) -> f64 {
    let mut term = 1.0;
    (1..40).fold(1.0, |sum, k| {
        term *= (x / (2.0 * f64::from(k))).powi(2);
        sum + term
    })
}

/// Greatest vertex of the parabolas through three neighbouring points, from half a step before the first point to half
/// a step after the last one.
fn peak_between(points: &[f32; PHASES + 1]) -> f32 {
    let mut greatest = 0.0f32;
    for (index, three) in points.windows(3).enumerate() {
        let sign = if three[1] < 0.0 { -1.0 } else { 1.0 };
        let [before, here, after] = [sign * three[0], sign * three[1], sign * three[2]];
        let slope = 0.5 * (after - before);
        let curvature = 2.0 * here - before - after;
        let earliest = if index == 0 { -1.5 } else { -0.5 };
        let latest = if index == PHASES - 2 { 1.5 } else { 0.5 };
        if curvature > 0.0 && slope >= earliest * curvature && slope <= latest * curvature {
            greatest = greater(greatest, here + 0.5 * slope * slope / curvature);
        }
    }
    greatest
}

/// Plain twin of [`products_avx2`].
fn products_scalar(coefficients: &[[f32; PRODUCTS]], window: &[f32]) -> [[f32; LANES]; PRODUCTS] {
    let mut sums = [[0.0f32; LANES]; PRODUCTS];
    for (pair, c) in coefficients.iter().enumerate() {
        for lane in 0..LANES {
            let (near, far) = (window[pair + lane], window[TAPS - 1 - pair + lane]);
            let (even, odd) = (near + far, near - far);
            for product in 0..PRODUCTS {
                let value = if product % 2 == 0 { even } else { odd };
                sums[product][lane] = value.mul_add(c[product], sums[product][lane]);
            }
        }
    }
    sums
}

/// The folded filter in AVX registers, one interval per lane.
///
/// # Safety
/// The processor must have AVX2 and FMA.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
unsafe fn products_avx2(coefficients: &[[f32; PRODUCTS]], window: &[f32]) -> [[f32; LANES]; PRODUCTS] {
    use std::arch::x86_64::*;
    assert!(window.len() >= LANES + TAPS && coefficients.len() == PAIRS);
    let mut sums = [_mm256_setzero_ps(); PRODUCTS];
    for (pair, c) in coefficients.iter().enumerate() {
        // SAFETY: `pair` < TAPS / 2, so both loads of eight end before LANES + TAPS, the asserted length.
        let (near, far) = unsafe {
            (
                _mm256_loadu_ps(window.as_ptr().add(pair)),
                _mm256_loadu_ps(window.as_ptr().add(TAPS - 1 - pair)),
            )
        };
        let pairs = [_mm256_add_ps(near, far), _mm256_sub_ps(near, far)];
        for product in 0..PRODUCTS {
            sums[product] = _mm256_fmadd_ps(pairs[product % 2], _mm256_set1_ps(c[product]), sums[product]);
        }
    }
    let mut out = [[0.0; LANES]; PRODUCTS];
    for (out, sum) in out.iter_mut().zip(sums) {
        // SAFETY: `out` holds eight values.
        unsafe { _mm256_storeu_ps(out.as_mut_ptr(), sum) };
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::random::SplitMix64;

    fn noise(length: usize) -> Vec<f32> {
        let mut random = SplitMix64::new(3, 0);
        (0..length).map(|_| random.triangular() as f32).collect()
    }

    #[test]
    fn both_kernels_give_the_same_bits() {
        let finder = PeakFinder::new();
        let samples = noise(512 + TAPS);
        for window in samples.windows(LANES + TAPS).step_by(5) {
            assert_eq!(finder.products(window), products_scalar(&finder.coefficients, window));
        }
    }

    #[test]
    fn both_copies_of_the_filter_at_nyquist_agree_with_the_definition() {
        let finder = PeakFinder::new();
        let samples = noise(SKIP + TAPS);
        let response =
            |window: &[f32]| window.iter().zip(finder.nyquist).map(|(x, tap)| x * tap).sum::<f32>();
        let places = samples.windows(NYQUIST_TAPS).step_by(NYQUIST_STEP);
        let exact = places.map(|window| response(window).abs()).fold(0.0, f32::max);
        let plain = greatest_response_body::<crate::dsp::simd::Plain>(&finder.nyquist, &samples);
        for greatest in [greatest_response(&finder.nyquist, &samples), plain] {
            assert!((greatest - exact).abs() < 1e-5, "{greatest} {exact}");
        }
    }

    #[test]
    fn sines_up_to_20_khz_are_never_under_read() {
        let finder = PeakFinder::new();
        for frequency_hz in [50.0, 997.0, 5_000.0, 11_025.0, 14_700.0, 17_000.0, 19_000.0, 20_000.0f64] {
            for step in 0..16 {
                let start = PI * f64::from(step) / 16.0;
                let w = 2.0 * PI * frequency_hz / 44_100.0;
                let samples: Vec<f32> =
                    (0..1024 + TAPS).map(|n| (w * n as f64 + start).sin() as f32).collect();
                let mut peaks = vec![0.0; 1024];
                finder.find(&samples, 0.9, &mut peaks);
                let peak_db =
                    crate::units::amplitude_to_db(f64::from(peaks.iter().copied().fold(0.0, f32::max)));
                let most_db = if frequency_hz < 15_000.0 { 0.02 } else { 1.2 };
                assert!(
                    (-0.003..most_db).contains(&peak_db),
                    "{frequency_hz} Hz from {start:.2}: {peak_db:.4} dB"
                );
            }
        }
    }

    #[test]
    fn what_is_skipped_is_below_the_level() {
        let finder = PeakFinder::new();
        // Smoothed, so that there is nothing near Nyquist and the peaks are those of the filter.
        let smooth = |samples: Vec<f32>| samples.windows(2).map(|pair| pair[0] + pair[1]).collect();
        let samples: Vec<f32> = (0..4).fold(noise(1028 + TAPS), |samples, _| smooth(samples));
        let mut all = vec![0.0; 1024];
        finder.find(&samples, 1e-9, &mut all);
        for level in [0.5, 2.0, 4.0, 8.0] {
            let mut peaks = vec![0.0; 1024];
            finder.find(&samples, level, &mut peaks);
            for (peak, exact) in peaks.iter().zip(&all) {
                // Just below the level a point may be examined, or not.
                assert!(peak == exact || (*peak <= level && *exact <= level * 1.01));
            }
        }
    }
}
