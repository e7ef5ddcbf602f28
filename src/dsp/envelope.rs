//! Level detection and gain computation of compressors: envelope, static curve, ballistics.

use crate::units;

/// All-pass coefficients (to be squared) of two branches whose phases differ by 90° within 0.7° from 0.001 to 0.499 of
/// the sample rate; the first branch is delayed by one sample (O. Niemitalo, "Hilbert transform", 2003).
const BRANCHES: [[f64; 4]; 2] = [
    [0.692_387_8, 0.936_065_432_295_9, 0.988_229_522_686_0, 0.998_748_845_273_7],
    [0.402_192_116_242_6, 0.856_171_088_242_0, 0.972_290_954_565_1, 0.995_288_479_127_8],
];

/// The detector works at about this rate: an envelope needs no more, and at high rates the quadrature would not reach
/// down to the bass. Aliasing does not matter, as it keeps the power.
const DETECTOR_RATE_HZ: u32 = 44_100;

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
    /// A detector at rest.
    pub fn new(sample_rate_hz: u32) -> EnvelopeDetector {
        let [first, second] = BRANCHES.map(|branch| branch.map(|c| (c * c) as f32));
        let section = |index: usize| [first[index], first[index], second[index], second[index]];
        EnvelopeDetector {
            coefficients: [0, 1, 2, 3].map(section),
            states: Default::default(),
            last: [0.0; 2],
            stride: match sample_rate_hz / DETECTOR_RATE_HZ {
                0 | 1 => 1,
                2 | 3 => 2,
                4..=7 => 4,
                _ => 8,
            },
        }
    }

    /// The squared envelope of each frame. All slices have one length, a multiple of 16.
    pub fn power(&mut self, left: &[f32], right: &[f32], power: &mut [f32]) {
        for start in (0..power.len()).step_by(2 * self.stride) {
            for (parity, at) in [start, start + self.stride].into_iter().enumerate() {
                power[at..at + self.stride].fill(self.frame([left[at], right[at]], parity));
            }
        }
        for state in self.states.as_flattened_mut().as_flattened_mut() {
            if state.abs() < SILENT_STATE {
                *state = 0.0;
            }
        }
    }

    #[inline(always)]
    fn frame(&mut self, input: [f32; 2], parity: usize) -> f32 {
        let mut lanes = [self.last[0], self.last[1], input[0], input[1]];
        self.last = input;
        for (c, state) in self.coefficients.iter().zip(&mut self.states[parity]) {
            let mut out = [0.0; 4];
            for lane in 0..4 {
                out[lane] = c[lane] * lanes[lane] + state[lane];
                state[lane] = c[lane] * out[lane] - lanes[lane];
            }
            lanes = out;
        }
        let squares = lanes.map(|lane| lane * lane);
        // The sample itself counts at once, before the all-passes have settled.
        let left = (squares[0] + squares[2]).max(input[0] * input[0]);
        let right = (squares[1] + squares[3]).max(input[1] * input[1]);
        left.max(right)
    }
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
        let inside_db = (over_db + half_db).clamp(0.0, self.knee_db);
        let above_db = (over_db - half_db).max(0.0);
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
#[derive(Debug, Clone)]
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
    pub fn process(&mut self, asked_db: f32) -> f32 {
        let asked_db = f64::from(asked_db);
        let pole = if asked_db > self.reduction_db { self.attack_pole } else { self.release_pole };
        self.reduction_db = asked_db + (self.reduction_db - asked_db) * pole;
        self.reduction_db as f32
    }

    /// Ends a decayed release, so that an idle compressor changes nothing and meets no denormal numbers.
    pub fn clear_silence(&mut self) {
        if self.reduction_db < NO_REDUCTION_DB {
            self.reduction_db = 0.0;
        }
    }
}
