//! The 4-times filter that BS.1770-5 annex 2 prints, and what its readings cannot exceed.

use crate::dsp::level::magnitude;
use crate::dsp::simd::{Arithmetic, dispatch, greater32};

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
const TABLE_GAIN_LIMIT: f32 = 2.0229;

/// A reading is c times a place on the straight line between two samples, plus second differences x − 2y + z of the samples
/// under the filter, each times a part of this: a filter whose sum is c, and whose centre lies between the two, is such a line
/// and something that sums to nothing twice over. So no reading exceeds `TABLE_LINE_LIMIT` times the largest sample under
/// it plus `TABLE_BEND_LIMIT` times the largest second difference (over all phases: the largest c, and the largest sum of the
/// magnitudes of those parts). Music bends little from sample to sample: this is the nearer limit nearly everywhere.
const TABLE_LINE_LIMIT: f32 = 1.0017;
/// See [`TABLE_LINE_LIMIT`].
const TABLE_BEND_LIMIT: f32 = 0.5698;

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

dispatch! {
    /// The largest magnitude of at least [`TABLE_TAPS`] samples, all numbers, and what no reading of [`TABLE`] under them
    /// exceeds: at most 2.0229 times the largest.
    pub fn table_limit(samples: &[f32]) -> (f32, f32) = table_limit_body
}

#[inline(always)]
fn table_limit_body<A: Arithmetic>(samples: &[f32]) -> (f32, f32) {
    let ends = magnitude(samples[0]).max(magnitude(samples[samples.len() - 1]));
    let (mut highest, mut sharpest) = ([ends; TABLE_LANES], [0; TABLE_LANES]);
    let last = samples.len() - 2 - TABLE_LANES;
    for at in (0..last + TABLE_LANES).step_by(TABLE_LANES) {
        // What is left after whole vectors is looked at together with what came before it.
        let at = at.min(last);
        let neighbours = &samples[at..at + TABLE_LANES + 2];
        for lane in 0..TABLE_LANES {
            let (before, middle, after) = (neighbours[lane], neighbours[lane + 1], neighbours[lane + 2]);
            highest[lane] = highest[lane].max(magnitude(middle));
            sharpest[lane] = sharpest[lane].max(magnitude(A::madd32(-2.0, middle, before + after)));
        }
    }
    let [highest, sharpest] =
        [highest, sharpest].map(|all| f32::from_bits(all.into_iter().fold(0, u32::max)));
    (highest, (TABLE_GAIN_LIMIT * highest).min(TABLE_LINE_LIMIT * highest + TABLE_BEND_LIMIT * sharpest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::level::max_abs;
    use crate::dsp::simd::Plain;

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
    fn no_reading_exceeds_its_limit() {
        // Of each phase: its sum c, and its second sum after c times the straight line through its centre is taken out.
        let of = |phase: &[f32; TABLE_TAPS]| {
            let taps = phase.map(f64::from);
            let sum: f64 = taps.iter().sum();
            let centre = taps.iter().enumerate().map(|(k, tap)| k as f64 * tap).sum::<f64>() / sum;
            let line = |k: usize| sum * (1.0 - (k as f64 - centre).abs()).max(0.0);
            let (mut once, mut twice) = (0.0, 0.0);
            let parts: Vec<f64> = (0..TABLE_TAPS)
                .map(|k| {
                    once += taps[k] - line(k);
                    twice += once;
                    twice
                })
                .collect();
            assert!(parts[TABLE_TAPS - 2..].iter().all(|part| part.abs() < 1e-12), "{parts:?}");
            (sum, parts.iter().map(|part| part.abs()).sum::<f64>())
        };
        let largest = TABLE.iter().map(of).fold((0f64, 0f64), |a, b| (a.0.max(b.0), a.1.max(b.1)));
        let (line, bend) = (f64::from(TABLE_LINE_LIMIT), f64::from(TABLE_BEND_LIMIT));
        assert!((0.0..2e-4).contains(&(line - largest.0)) && (0.0..2e-4).contains(&(bend - largest.1)));

        // Steps, sines of all frequencies, noise, and the worst of all: the signs of the taps.
        let mut signals: Vec<Vec<f32>> = vec![samples(), vec![1.0; 75], vec![0.0; 75]];
        signals.extend((1..32).map(|k| (0..75).map(|i| (0.1 * (k * i) as f32).sin()).collect()));
        signals.extend(TABLE.iter().map(|phase| (0..75).map(|i| phase[11 - i % 12].signum()).collect()));
        signals.push((0..75).map(|i| if i < 40 { -1.0 } else { 1.0 }).collect());
        let mut closest = 0f32;
        for signal in &signals {
            for length in [12, 13, 20, 75] {
                let signal = &signal[..length];
                let readings = length + 1 - TABLE_TAPS;
                let mut padded = signal.to_vec();
                padded.resize(length + TABLE_LANES, 0.0);
                let mut read = vec![0.0; readings.next_multiple_of(TABLE_LANES)];
                table_readings(&padded, &mut read);
                let highest = read[..readings].iter().copied().fold(0.0, f32::max);
                for (sample, limit) in [table_limit(signal), table_limit_body::<Plain>(signal)] {
                    assert_eq!(sample, max_abs(signal));
                    assert!(highest <= limit, "{length}: {highest} {limit}");
                    closest = closest.max(highest / limit.max(f32::MIN_POSITIVE));
                }
            }
        }
        assert!(closest > 0.99, "{closest}");
    }
}
