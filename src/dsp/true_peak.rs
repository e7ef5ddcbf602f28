//! Interpolation between samples: the 4-times filter that BS.1770-5 annex 2 prints, evaluated everywhere, and an
//! accurate one of 16 phases and 64 taps, evaluated where a peak is.

use super::simd::{Arithmetic, Plain, dispatch, greater32};
use std::f64::consts::PI;
use std::sync::LazyLock;

/// Taps per phase of [`TABLE`].
pub const TABLE_TAPS: usize = 12;

/// The interpolation filter of BS.1770-5 annex 2: four phases of twelve taps, phase p read as
/// y\[4n+p\] = Σ `TABLE[p][k]` x\[n−k\]. Its points lie at 1/8, 3/8, 5/8 and 7/8 between two samples.
#[expect(clippy::excessive_precision, reason = "as printed in the standard")]
pub const TABLE: [[f32; TABLE_TAPS]; 4] = [
    [
        0.0017089843750,
        0.0109863281250,
        -0.0196533203125,
        0.0332031250000,
        -0.0594482421875,
        0.1373291015625,
        0.9721679687500,
        -0.1022949218750,
        0.0476074218750,
        -0.0266113281250,
        0.0148925781250,
        -0.0083007812500,
    ],
    [
        -0.0291748046875,
        0.0292968750000,
        -0.0517578125000,
        0.0891113281250,
        -0.1665039062500,
        0.4650878906250,
        0.7797851562500,
        -0.2003173828125,
        0.1015625000000,
        -0.0582275390625,
        0.0330810546875,
        -0.0189208984375,
    ],
    [
        -0.0189208984375,
        0.0330810546875,
        -0.0582275390625,
        0.1015625000000,
        -0.2003173828125,
        0.7797851562500,
        0.4650878906250,
        -0.1665039062500,
        0.0891113281250,
        -0.0517578125000,
        0.0292968750000,
        -0.0291748046875,
    ],
    [
        -0.0083007812500,
        0.0148925781250,
        -0.0266113281250,
        0.0476074218750,
        -0.1022949218750,
        0.9721679687500,
        0.1373291015625,
        -0.0594482421875,
        0.0332031250000,
        -0.0196533203125,
        0.0109863281250,
        0.0017089843750,
    ],
];

/// No reading of [`TABLE`] exceeds this many times the largest sample under it (sum of the magnitudes of phase 1).
pub const TABLE_GAIN_LIMIT: f32 = 2.0229;

/// Samples that [`table_readings`] needs before and after the ones it is asked for.
pub const TABLE_BEFORE: usize = TABLE_TAPS / 2 - 1;
/// See [`TABLE_BEFORE`].
pub const TABLE_AFTER: usize = TABLE_TAPS / 2;

/// Readings per vector: [`table_readings`] writes whole vectors.
pub const TABLE_LANES: usize = 8;

const HALF: usize = TABLE_TAPS / 2;

/// Even and odd halves of phases 0 and 1 about the middle between two samples. The other two phases are their mirror
/// images, so that one even sum e and one odd sum o give both: e + o and e − o, of which the larger is |e| + |o|.
const EVEN_ODD: [[[f32; HALF]; 2]; 2] = {
    let mut halves = [[[0.0; HALF]; 2]; 2];
    let mut phase = 0;
    while phase < 2 {
        let mut i = 0;
        while i < HALF {
            let before = TABLE[phase][HALF + i];
            let after = TABLE[phase][HALF - 1 - i];
            halves[phase][0][i] = (before + after) / 2.0;
            halves[phase][1][i] = (after - before) / 2.0;
            i += 1;
        }
        phase += 1;
    }
    halves
};

dispatch! {
    /// The largest magnitude among the four readings of [`TABLE`] between sample n and n + 1, for each n: `out[n]`
    /// belongs between `samples[TABLE_BEFORE + n]` and its successor. `out` is a whole number of vectors long, and
    /// `samples` is at least [`TABLE_BEFORE`] + [`TABLE_AFTER`] longer.
    pub fn table_readings(samples: &[f32], out: &mut [f32]) = table_readings_body
}

#[inline(always)]
fn table_readings_body<A: Arithmetic>(samples: &[f32], out: &mut [f32]) {
    let windows = samples.windows(TABLE_LANES + TABLE_BEFORE + TABLE_AFTER).step_by(TABLE_LANES);
    for (window, out) in windows.zip(out.chunks_exact_mut(TABLE_LANES)) {
        let mut even = [[0f32; TABLE_LANES]; 2];
        let mut odd = [[0f32; TABLE_LANES]; 2];
        for i in 0..HALF {
            let before = &window[TABLE_BEFORE - i..][..TABLE_LANES];
            let after = &window[TABLE_BEFORE + 1 + i..][..TABLE_LANES];
            for lane in 0..TABLE_LANES {
                let sum = after[lane] + before[lane];
                let difference = after[lane] - before[lane];
                for phase in 0..2 {
                    even[phase][lane] = A::madd32(EVEN_ODD[phase][0][i], sum, even[phase][lane]);
                    odd[phase][lane] = A::madd32(EVEN_ODD[phase][1][i], difference, odd[phase][lane]);
                }
            }
        }
        for lane in 0..TABLE_LANES {
            let outer = even[0][lane].abs() + odd[0][lane].abs();
            let inner = even[1][lane].abs() + odd[1][lane].abs();
            out[lane] = greater32(outer, inner);
        }
    }
}

/// Steps per sample of [`interpolated`].
pub const FINE_PHASES: usize = 16;

/// Taps of each phase of the accurate filter.
const FINE_TAPS: usize = 64;

/// Samples that [`interpolated`] and [`refine`] need on either side of the one they are asked about.
pub const FINE_REACH: usize = FINE_TAPS / 2 + 1;

/// A sinc under a Kaiser window (β = 7): sines up to 20 kHz at 44.1 kHz read within +0.003 dB; each phase sums to 1.
static FINE: LazyLock<Vec<[f32; FINE_TAPS]>> = LazyLock::new(|| {
    const BETA: f64 = 7.0;
    let half = FINE_TAPS as f64 / 2.0;
    let kernel = |t: f64| {
        let sinc = if t == 0.0 { 1.0 } else { (PI * t).sin() / (PI * t) };
        sinc * bessel_i0(BETA * (1.0 - (t / half).powi(2)).max(0.0).sqrt()) / bessel_i0(BETA)
    };
    (0..FINE_PHASES)
        .map(|phase| {
            let shift = phase as f64 / FINE_PHASES as f64;
            let taps: [f64; FINE_TAPS] = std::array::from_fn(|k| kernel(k as f64 - (half - 1.0) - shift));
            let sum: f64 = taps.iter().sum();
            taps.map(|tap| (tap / sum) as f32)
        })
        .collect()
});

/// Modified Bessel function of the first kind, order 0, by its power series.
fn bessel_i0(x: f64) -> f64 {
    let (mut sum, mut term, mut k) = (1.0, 1.0, 1.0);
    while term > sum * 1e-17 {
        term *= (x / (2.0 * k)).powi(2);
        sum += term;
        k += 1.0;
    }
    sum
}

/// The signal `step` sixteenths of a sample after `samples[at]` (before it, where negative; at most one sample away).
/// `samples` reaches [`FINE_REACH`] to both sides of `at`.
pub fn interpolated(samples: &[f32], at: usize, step: isize) -> f32 {
    interpolated_body::<Plain>(&FINE, samples, at, step)
}

#[inline(always)]
fn interpolated_body<A: Arithmetic>(
    fine: &[[f32; FINE_TAPS]],
    samples: &[f32],
    at: usize,
    step: isize,
) -> f32 {
    let phases = FINE_PHASES as isize;
    let whole = at.wrapping_add_signed(step.div_euclid(phases));
    let taps = &fine[step.rem_euclid(phases) as usize];
    let window = &samples[whole + 1 - FINE_TAPS / 2..][..FINE_TAPS];
    let mut lanes = [0f32; 16];
    for (window, taps) in window.chunks_exact(16).zip(taps.chunks_exact(16)) {
        for lane in 0..16 {
            lanes[lane] = A::madd32(window[lane], taps[lane], lanes[lane]);
        }
    }
    let mut width = 16;
    while width > 1 {
        width /= 2;
        for lane in 0..width {
            lanes[lane] += lanes[lane + width];
        }
    }
    lanes[0]
}

/// A peak between samples.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FinePeak {
    /// Its magnitude.
    pub amplitude: f64,
    /// Its place, in samples after the one asked about.
    pub offset: f64,
}

/// A crest on a grid of a quarter sample reads at worst this much less than the peak itself: a sine of 20 kHz at
/// 44.1 kHz half-way between two points, 1 / cos(π 0.4535 / 4).
const QUARTER_GRID_LOSS: f64 = 1.068;

/// The peak of the band-limited signal between `samples[at]` and its successor: the highest point on the grid of
/// sixteenths, found from a coarser grid, then the top of the parabola through it and its neighbours. `None` where
/// the coarse grid shows that it cannot exceed `beat`. `samples` reaches [`FINE_REACH`] + 1 to both sides of `at`.
pub fn refine(samples: &[f32], at: usize, beat: f64) -> Option<FinePeak> {
    refine_with(&FINE, samples, at, beat)
}

/// Whether the band-limited signal between `samples[at]` and its successor exceeds a level: [`refine`] that stops as
/// soon as it knows.
pub fn exceeds(samples: &[f32], at: usize, level: f64) -> bool {
    exceeds_with(&FINE, samples, at, level)
}

dispatch! {
    fn exceeds_with(fine: &[[f32; FINE_TAPS]], samples: &[f32], at: usize, level: f64) -> bool = exceeds_body
}

#[inline(always)]
fn exceeds_body<A: Arithmetic>(fine: &[[f32; FINE_TAPS]], samples: &[f32], at: usize, level: f64) -> bool {
    for step in [8, 4, 12] {
        if f64::from(interpolated_body::<A>(fine, samples, at, step).abs()) > level {
            return true;
        }
    }
    refine_body::<A>(fine, samples, at, level).is_some_and(|peak| peak.amplitude > level)
}

dispatch! {
    fn refine_with(fine: &[[f32; FINE_TAPS]], samples: &[f32], at: usize, beat: f64) -> Option<FinePeak> = refine_body
}

#[inline(always)]
fn refine_body<A: Arithmetic>(
    fine: &[[f32; FINE_TAPS]],
    samples: &[f32],
    at: usize,
    beat: f64,
) -> Option<FinePeak> {
    // Coarse grid of a quarter sample, then halves of the distance to either side. No closures here: they would not be
    // compiled with the features of the caller.
    let mut best = Grid { step: 0, reading: 0.0 };
    for (steps, beaten) in [(&[0, 4, 8, 12, 16][..], beat), (&[-2, 2], 0.0), (&[-1, 1], 0.0)] {
        let center = if steps.len() == 2 { best.step } else { 0 };
        for step in steps {
            let reading = f64::from(interpolated_body::<A>(fine, samples, at, center + step).abs());
            if reading > best.reading {
                best = Grid { step: center + step, reading };
            }
        }
        if best.reading * QUARTER_GRID_LOSS <= beaten {
            return None;
        }
    }
    let mut sides = [0.0; 2];
    for (side, step) in sides.iter_mut().zip([best.step - 1, best.step + 1]) {
        *side = f64::from(interpolated_body::<A>(fine, samples, at, step).abs());
    }
    let [before, after] = sides;
    let curvature = before - 2.0 * best.reading + after;
    let shift = if curvature < 0.0 { (0.5 * (before - after) / curvature).clamp(-0.5, 0.5) } else { 0.0 };
    let amplitude = best.reading - 0.25 * (before - after) * shift;
    Some(FinePeak { amplitude, offset: (best.step as f64 + shift) / FINE_PHASES as f64 })
}

/// A point of the grid of [`refine`].
#[derive(Clone, Copy)]
struct Grid {
    step: isize,
    reading: f64,
}

#[cfg(test)]
mod tests {
    use super::*;
    fn samples() -> Vec<f32> {
        (0..64 + TABLE_BEFORE + TABLE_AFTER).map(|i| ((i * 7919 % 1000) as f32 - 500.0) / 400.0).collect()
    }

    #[test]
    fn readings_are_the_filter_as_the_standard_writes_it() {
        let samples = samples();
        let mut fast = [0f32; 64];
        let mut plain = [0f32; 64];
        table_readings(&samples, &mut fast);
        table_readings_body::<Plain>(&samples, &mut plain);
        for n in 0..64 {
            let newest = n + TABLE_BEFORE + TABLE_AFTER;
            let direct = TABLE
                .iter()
                .map(|phase| {
                    phase.iter().enumerate().map(|(k, tap)| tap * samples[newest - k]).sum::<f32>().abs()
                })
                .fold(0f32, f32::max);
            assert!((fast[n] - direct).abs() < 3e-6, "{n}: {} {direct}", fast[n]);
            assert!((plain[n] - direct).abs() < 3e-6, "{n}: {} {direct}", plain[n]);
        }
    }

    #[test]
    fn table_is_the_printed_one() {
        for k in 0..TABLE_TAPS {
            assert_eq!(TABLE[2][k], TABLE[1][TABLE_TAPS - 1 - k], "phase 2 is phase 1 reversed");
            assert_eq!(TABLE[3][k], TABLE[0][TABLE_TAPS - 1 - k], "phase 3 is phase 0 reversed");
        }
        let limit =
            TABLE.iter().map(|phase| phase.iter().map(|tap| tap.abs()).sum::<f32>()).fold(0.0, f32::max);
        assert!(limit <= TABLE_GAIN_LIMIT && limit > TABLE_GAIN_LIMIT - 0.001);
    }

    #[test]
    fn whole_steps_are_the_samples_themselves() {
        let samples: Vec<f32> = (0..200).map(|i| (i as f32 * 0.7).sin()).collect();
        for at in FINE_REACH..200 - FINE_REACH {
            assert!((interpolated(&samples, at, 0) - samples[at]).abs() < 1e-6);
            assert!((interpolated(&samples, at, 16) - samples[at + 1]).abs() < 1e-6);
            assert!((interpolated(&samples, at, -16) - samples[at - 1]).abs() < 1e-6);
        }
    }
}
