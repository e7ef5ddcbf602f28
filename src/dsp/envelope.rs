//! Level detection and gain computation of compressors: envelope, static curve, ballistics.

use crate::units;

/// All-pass coefficients (to be squared) of two branches whose phases differ by 90° within 0.7° from 0.001 to 0.499 of
/// the sample rate; the first branch is delayed by one sample (O. Niemitalo, "Hilbert transform", 2003).
const BRANCHES: [[f64; 4]; 2] = [
    [0.692_387_8, 0.936_065_432_295_9, 0.988_229_522_686_0, 0.998_748_845_273_7],
    [0.402_192_116_242_6, 0.856_171_088_242_0, 0.972_290_954_565_1, 0.995_288_479_127_8],
];

/// The detector needs no more than this rate, and at high rates the quadrature would not reach down to the bass.
/// Aliasing does not matter, as it keeps the power.
const FULL_RATE_HZ: f64 = 44_100.0;

/// For a band that ends at a frequency, as many times that frequency is enough: one octave above its edge a
/// Linkwitz–Riley band is down by 24 dB.
const RATE_PER_FREQUENCY: f64 = 4.0;

/// Detector states below this are silence (−300 dB): no denormal numbers.
const SILENT_STATE: f32 = 1e-15;

/// Squared envelope of a stereo stream, the greater of both channels.
///
/// The signal and its quadrature, squared and added, give the envelope without any ripple and without averaging: a sine
/// reads its peak (RMS + 3.01 dB) at once and all the time, so that time constants are those of the ballistics alone and
/// bass is not distorted. A detector, not an audio path: its states are f32, all four all-passes of a section in one
/// vector register.
#[derive(Debug, Clone)]
pub struct EnvelopeDetector {
    /// Per section, the coefficient of each lane: left and right in the first branch, left and right in the second.
    coefficients: [[f32; 4]; 4],
    /// States of the even and the odd frames: the filters work on every second sample.
    states: [[[f32; 4]; 4]; 2],
    last: [f32; 2],
    stride: usize,
}

impl EnvelopeDetector {
    /// A detector at rest, for a signal with nothing of weight above `highest_hz`.
    pub fn new(sample_rate_hz: u32, highest_hz: f64) -> EnvelopeDetector {
        let [first, second] = BRANCHES.map(|branch| branch.map(|c| (c * c) as f32));
        let section = |index: usize| [first[index], first[index], second[index], second[index]];
        EnvelopeDetector {
            coefficients: [0, 1, 2, 3].map(section),
            states: Default::default(),
            last: [0.0; 2],
            stride: match f64::from(sample_rate_hz) / (RATE_PER_FREQUENCY * highest_hz).min(FULL_RATE_HZ) {
                ..2.0 => 1,
                ..4.0 => 2,
                ..8.0 => 4,
                _ => 8,
            },
        }
    }

    /// The squared envelope of each frame. All slices have one length, a multiple of 16.
    pub fn power(&mut self, left: &[f32], right: &[f32], power: &mut [f32]) {
        match self.stride {
            1 => self.power_every::<1>(left, right, power),
            2 => self.power_every::<2>(left, right, power),
            4 => self.power_every::<4>(left, right, power),
            _ => self.power_every::<8>(left, right, power),
        }
        for state in self.states.as_flattened_mut().as_flattened_mut() {
            if state.abs() < SILENT_STATE {
                *state = 0.0;
            }
        }
    }

    /// Measures every `STRIDE`th frame and holds its value.
    fn power_every<const STRIDE: usize>(&mut self, left: &[f32], right: &[f32], power: &mut [f32]) {
        let [mut even, mut odd] = self.states;
        let mut last = self.last;
        let left = left.as_chunks::<STRIDE>().0.as_chunks::<2>().0;
        let right = right.as_chunks::<STRIDE>().0.as_chunks::<2>().0;
        let power = power.as_chunks_mut::<STRIDE>().0.as_chunks_mut::<2>().0;
        for ((left, right), power) in left.iter().zip(right).zip(power) {
            let first = [left[0][0], right[0][0]];
            power[0] = [self.frame(last, first, &mut even); STRIDE];
            last = [left[1][0], right[1][0]];
            power[1] = [self.frame(first, last, &mut odd); STRIDE];
        }
        self.states = [even, odd];
        self.last = last;
    }

    /// The squared envelope of one frame; the first branch of all-passes gets the frame before.
    #[inline(always)]
    fn frame(&self, before: [f32; 2], input: [f32; 2], states: &mut [[f32; 4]; 4]) -> f32 {
        let mut lanes = [before[0], before[1], input[0], input[1]];
        for (c, state) in self.coefficients.iter().zip(states) {
            let mut out = [0.0; 4];
            for lane in 0..4 {
                out[lane] = c[lane] * lanes[lane] + state[lane];
                state[lane] = c[lane] * out[lane] - lanes[lane];
            }
            lanes = out;
        }
        let squares = lanes.map(|lane| lane * lane);
        // The sample itself counts at once, before the all-passes have settled.
        let left = greater(squares[0] + squares[2], input[0] * input[0]);
        let right = greater(squares[1] + squares[3], input[1] * input[1]);
        greater(left, right)
    }
}

/// The greater of two numbers; unlike `f32::max` one instruction, as neither is NaN.
#[inline(always)]
fn greater(a: f32, b: f32) -> f32 {
    if a > b { a } else { b }
}

/// Static curve of a compressor with a soft knee (Giannoulis, Massberg and Reiss, JAES 60/6, 2012, eq. 4).
#[derive(Debug, Clone)]
pub struct StaticCurve {
    /// 1 − 1 / ratio.
    slope: f32,
    threshold_dbfs: f32,
    knee_db: f32,
}

impl StaticCurve {
    /// A curve; `ratio` is 1 or more, and infinity is a limiter.
    pub fn new(threshold_dbfs: f64, ratio: f64, knee_db: f64) -> StaticCurve {
        StaticCurve {
            slope: (1.0 - 1.0 / ratio) as f32,
            threshold_dbfs: threshold_dbfs as f32,
            // A hard knee is a very narrow one.
            knee_db: knee_db.max(1e-3) as f32,
        }
    }

    /// The reduction that a level asks for: 0 or more.
    #[inline(always)]
    pub fn reduction_db(&self, level_dbfs: f32) -> f32 {
        let over_db = level_dbfs - self.threshold_dbfs;
        let half_db = 0.5 * self.knee_db;
        let inside_db = greater(over_db + half_db, 0.0);
        let inside_db = if inside_db > self.knee_db { self.knee_db } else { inside_db };
        let above_db = greater(over_db - half_db, 0.0);
        self.slope * (inside_db * inside_db / (2.0 * self.knee_db) + above_db)
    }

    /// The reductions that squared envelopes ask for.
    pub fn reductions_db(&self, power: &[f32], reduction_db: &mut [f32]) {
        for (reduction_db, power) in reduction_db.iter_mut().zip(power) {
            *reduction_db = self.reduction_db(units::fast_power_to_db(*power));
        }
    }
}

/// Smooth branching ballistics on a reduction in decibels (Giannoulis et al. 2012, eq. 16): one pole, with the attack
/// constant while the reduction grows and the release constant while it falls.
#[derive(Debug, Clone, Copy)]
pub struct Ballistics {
    attack_pole: f64,
    release_pole: f64,
    reduction_db: f64,
}

/// Reductions below this are none.
const NO_REDUCTION_DB: f64 = 1e-6;

impl Ballistics {
    /// Ballistics at rest; both times are those in which a step is followed to 63 %.
    pub fn new(attack_ms: f64, release_ms: f64, sample_rate_hz: f64) -> Ballistics {
        let pole = |time_ms: f64| (-1000.0 / (time_ms * sample_rate_hz)).exp();
        Ballistics { attack_pole: pole(attack_ms), release_pole: pole(release_ms), reduction_db: 0.0 }
    }

    /// One frame.
    #[inline(always)]
    fn process(&mut self, asked_db: f32) -> f32 {
        let asked_db = f64::from(asked_db);
        let grown_db = asked_db * (1.0 - self.attack_pole) + self.reduction_db * self.attack_pole;
        let fallen_db = asked_db * (1.0 - self.release_pole) + self.reduction_db * self.release_pole;
        self.reduction_db = if asked_db > self.reduction_db { grown_db } else { fallen_db };
        self.reduction_db as f32
    }

    /// Replaces the reductions that were asked for by those that are followed, for several bands: side by side, as each
    /// frame of one band waits for the frame before. Ends decayed releases, so that an idle compressor changes
    /// nothing and meets no denormal numbers.
    pub fn follow<const FRAMES: usize>(bands: &mut [Ballistics], reductions_db: &mut [[f32; FRAMES]]) {
        match (bands, reductions_db) {
            ([a, b, c, rest @ ..], [x, y, z, others @ ..]) => {
                let mut three = [*a, *b, *c];
                for ((x, y), z) in x.iter_mut().zip(y.iter_mut()).zip(z.iter_mut()) {
                    *x = three[0].process(*x);
                    *y = three[1].process(*y);
                    *z = three[2].process(*z);
                }
                [*a, *b, *c] = three.map(Ballistics::without_remnant);
                Ballistics::follow(rest, others);
            }
            ([a, rest @ ..], [x, others @ ..]) => {
                let mut one = *a;
                x.iter_mut().for_each(|x| *x = one.process(*x));
                *a = one.without_remnant();
                Ballistics::follow(rest, others);
            }
            _ => {}
        }
    }

    fn without_remnant(mut self) -> Ballistics {
        if self.reduction_db < NO_REDUCTION_DB {
            self.reduction_db = 0.0;
        }
        self
    }
}
