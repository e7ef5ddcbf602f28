//! Ten octave bands of two channels, each filtered at a rate that suits it: peak and energy per band.
//!
//! The signal is halved in rate again and again by a half-band filter, and each band is cut out of the slowest copy
//! that still carries it with room to spare: all ten bands together cost little more than the two highest.

use super::simd::{Arithmetic, dispatch, flush, greater};
use std::f64::consts::{PI, SQRT_2};

/// Exact centres of the octave bands from 31.5 Hz to 16 kHz (IEC 61260-1, base ten), with their nominal names.
pub const OCTAVES_HZ: [(f64, f64); 10] = [
    (31.5, 31.622776601683793),
    (63.0, 63.09573444801932),
    (125.0, 125.89254117941673),
    (250.0, 251.18864315095802),
    (500.0, 501.18723362727235),
    (1_000.0, 1_000.0),
    (2_000.0, 1_995.2623149688795),
    (4_000.0, 3_981.0717055349724),
    (8_000.0, 7_943.282347242815),
    (16_000.0, 15_848.931924611134),
];

/// Half a band's width as a factor: 10^0.15 (IEC 61260-1).
const EDGE: f64 = 1.4125375446227544;

/// A band stays at a rate of at least this many times its upper edge: the filters keep their shape, and what the
/// decimators fold back lies above it.
const RATE_TO_EDGE: f64 = 3.5;

/// Frames that a lower rate waits for: its calls would cost more than its arithmetic.
const BATCH_MIN: usize = 128;

/// Bands are filtered two at a time, for two channels: left and right of one band, left and right of the other.
const LANES: usize = 4;

/// Peak and energy of one band of one channel.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct BandLevel {
    /// Highest magnitude.
    pub peak: f64,
    /// Mean square; 0 where nothing came.
    pub power: f64,
}

/// The octave bands of two channels.
#[derive(Debug, Clone)]
pub struct OctaveBank {
    levels: Vec<Level>,
}

/// One rate: what makes it from the rate above (none at the top), and the bands cut out of it.
#[derive(Debug, Clone, Default)]
struct Level {
    halvers: Option<[Halver; 2]>,
    filters: Vec<BandPair>,
    frames: u64,
}

impl OctaveBank {
    /// Filters at rest, for the bands that reach below the Nyquist frequency by their lower edge.
    pub fn new(sample_rate_hz: u32) -> OctaveBank {
        let rate_hz = f64::from(sample_rate_hz);
        let mut levels = vec![Level::default()];
        let mut level_rate_hz = rate_hz;
        let mut waiting: Vec<usize> =
            (0..OCTAVES_HZ.len()).filter(|band| OCTAVES_HZ[*band].1 / EDGE < 0.45 * rate_hz).collect();
        while !waiting.is_empty() {
            let stays = |band: &usize| OCTAVES_HZ[*band].1 * EDGE * RATE_TO_EDGE > level_rate_hz / 2.0;
            // Highest first. A band without a partner takes the next one along: the lanes are there anyway.
            let count = waiting.iter().rev().take_while(|band| stays(band)).count();
            let count = count.next_multiple_of(2).min(waiting.len());
            let here = waiting.split_off(waiting.len() - count);
            let filters = here.chunks(2).map(|bands| BandPair::new(bands, level_rate_hz)).collect();
            if let Some(level) = levels.last_mut() {
                level.filters = filters;
            }
            if !waiting.is_empty() {
                levels.push(Level { halvers: Some(Default::default()), ..Level::default() });
                level_rate_hz /= 2.0;
            }
        }
        OctaveBank { levels }
    }

    /// Takes in a stretch of two channels of one length.
    pub fn push(&mut self, left: &[f32], right: &[f32]) {
        self.pass_down(left, right, BATCH_MIN);
    }

    /// Takes in a stretch; a lower rate waits until it has `batch_min` frames to work on.
    fn pass_down(&mut self, left: &[f32], right: &[f32], batch_min: usize) {
        let Some((first, lower)) = self.levels.split_first_mut() else { return };
        filter_all(&mut first.filters, &mut first.frames, left, right);
        let mut input = [left, right];
        for level in lower {
            let Level { halvers: Some(halvers), filters, frames } = level else { return };
            for (halver, samples) in halvers.iter_mut().zip(input) {
                halver.push(samples, batch_min);
            }
            filter_all(filters, frames, &halvers[0].out, &halvers[1].out);
            input = [&halvers[0].out, &halvers[1].out];
        }
    }

    /// Clears decayed states; see [`super::simd::flush`].
    pub fn flush(&mut self) {
        for filter in self.levels.iter_mut().flat_map(|level| &mut level.filters) {
            for memory in [&mut filter.state.last, &mut filter.state.oldest] {
                [&mut memory.x, &mut memory.u, &mut memory.v].into_iter().for_each(|state| flush(state));
            }
        }
    }

    /// Takes in what still waits at the lower rates.
    pub fn finish(&mut self) {
        self.pass_down(&[], &[], 0);
    }

    /// Peak and power per band and channel after [`finish`](OctaveBank::finish), in the order of [`OCTAVES_HZ`]; `None` for bands above the Nyquist
    /// frequency.
    pub fn levels(&self) -> [Option<[BandLevel; 2]>; OCTAVES_HZ.len()] {
        let mut bands = [None; OCTAVES_HZ.len()];
        for level in &self.levels {
            for filter in &level.filters {
                for (i, band) in filter.bands.iter().enumerate() {
                    bands[*band] = Some([2 * i, 2 * i + 1].map(|lane| {
                        let gain = filter.coefficients.gain[lane];
                        BandLevel {
                            peak: gain * filter.state.peak[lane],
                            power: gain * gain * filter.state.energy[lane] / level.frames.max(1) as f64,
                        }
                    }));
                }
            }
        }
        bands
    }
}

fn filter_all(filters: &mut [BandPair], frames: &mut u64, left: &[f32], right: &[f32]) {
    for filter in filters {
        filter.push(left, right);
    }
    *frames += left.len() as u64;
}

/// Halves the sample rate: a half-band filter of 19 taps, flat to 0.143 and 60 dB down from 0.357 of the input rate.
#[derive(Debug, Clone)]
struct Halver {
    /// Samples of even and of odd number: the filter's side taps and its centre meet only one kind each.
    even: Vec<f32>,
    odd: Vec<f32>,
    out: Vec<f32>,
}

/// Side taps of the half-band filter from the centre outwards: sinc(t / 2) / 2 under a Kaiser window (β = 5.65),
/// scaled to sum to a quarter, so that a constant passes as it is.
const SIDE_TAPS: [f32; 5] = [0.310_117_2, -0.083_822_5, 0.032_220_1, -0.010_826_5, 0.002_311_7];

/// Pairs of samples that the filter looks back on.
const HALVER_HISTORY: usize = 2 * SIDE_TAPS.len() - 1;

impl Default for Halver {
    fn default() -> Halver {
        let history = vec![0.0; HALVER_HISTORY];
        Halver { even: history.clone(), odd: history, out: Vec::new() }
    }
}

impl Halver {
    /// Takes in any number of samples; `out` then holds the new outputs, none while there would be fewer than
    /// `batch_min`.
    fn push(&mut self, samples: &[f32], batch_min: usize) {
        let mut samples = samples;
        if self.even.len() > self.odd.len()
            && let Some((first, rest)) = samples.split_first()
        {
            self.odd.push(*first);
            samples = rest;
        }
        let pairs = samples.chunks_exact(2);
        let last = pairs.remainder();
        self.even.extend(pairs.clone().map(|pair| pair[0]));
        self.odd.extend(pairs.map(|pair| pair[1]));
        self.even.extend_from_slice(last);
        let count = self.odd.len() - HALVER_HISTORY;
        let count = if count < batch_min { 0 } else { count };
        self.out.resize(count, 0.0);
        halve(&self.even, &self.odd, &mut self.out);
        self.even.drain(..count);
        self.odd.drain(..count);
    }
}

dispatch! {
    fn halve(even: &[f32], odd: &[f32], out: &mut [f32]) = halve_body
}

#[inline(always)]
fn halve_body<A: Arithmetic>(even: &[f32], odd: &[f32], out: &mut [f32]) {
    const SIDES: usize = SIDE_TAPS.len();
    let count = out.len();
    let centre = &odd[SIDES - 1..][..count];
    let before: [&[f32]; SIDES] = std::array::from_fn(|i| &even[SIDES - 1 - i..][..count]);
    let after: [&[f32]; SIDES] = std::array::from_fn(|i| &even[SIDES + i..][..count]);
    for n in 0..count {
        let mut sum = 0.5 * centre[n];
        for i in 0..SIDES {
            sum = A::madd32(SIDE_TAPS[i], before[i][n] + after[i][n], sum);
        }
        out[n] = sum;
    }
}

/// A second-order high-pass and a second-order low-pass (Butterworth) at the edges of up to two bands.
#[derive(Debug, Clone)]
struct BandPair {
    bands: Vec<usize>,
    coefficients: BandCoefficients,
    state: BandState,
}

#[derive(Debug, Clone, Copy, Default)]
struct BandCoefficients {
    /// Gain of both filters together. It is applied to the results, not to every sample.
    gain: [f64; LANES],
    /// High-pass: a1 a2 (its b is 1 −2 1).
    high: [[f64; LANES]; 2],
    /// Low-pass: b1 b2 a1 a2 (its b0 is 1).
    low: [[f64; LANES]; 4],
}

#[derive(Debug, Clone, Copy, Default)]
struct BandState {
    /// Inputs and outputs of the last frame, and of the one before it.
    last: Memory,
    oldest: Memory,
    peak: [f64; LANES],
    energy: [f64; LANES],
}

/// Input, high-pass output and low-pass output of one frame.
#[derive(Debug, Clone, Copy, Default)]
struct Memory {
    x: [f64; LANES],
    u: [f64; LANES],
    v: [f64; LANES],
}

impl BandPair {
    fn new(bands: &[usize], rate_hz: f64) -> BandPair {
        let mut coefficients = BandCoefficients::default();
        for (i, band) in bands.iter().enumerate() {
            let center_hz = OCTAVES_HZ[*band].1;
            let (mut gain, high) = butterworth((PI * center_hz / EDGE / rate_hz).tan());
            let upper_hz = center_hz * EDGE;
            // A band that reaches to the Nyquist frequency has no upper edge to cut.
            let mut low = [0.0; 4];
            if upper_hz < 0.49 * rate_hz {
                let k = (PI * upper_hz / rate_hz).tan();
                let (low_gain, a) = butterworth(k);
                gain *= low_gain * k * k;
                low = [2.0, 1.0, a[0], a[1]];
            }
            for lane in [2 * i, 2 * i + 1] {
                coefficients.gain[lane] = gain;
                for (term, value) in coefficients.high.iter_mut().zip(high) {
                    term[lane] = value;
                }
                for (term, value) in coefficients.low.iter_mut().zip(low) {
                    term[lane] = value;
                }
            }
        }
        BandPair { bands: bands.to_vec(), coefficients, state: BandState::default() }
    }

    fn push(&mut self, left: &[f32], right: &[f32]) {
        push(&self.coefficients, &mut self.state, left, right);
    }
}

/// 1 / a0 and the normalised a1, a2 of a second-order Butterworth section with pre-warped edge k = tan(π f / fs).
fn butterworth(k: f64) -> (f64, [f64; 2]) {
    let a0 = 1.0 + SQRT_2 * k + k * k;
    (1.0 / a0, [2.0 * (k * k - 1.0) / a0, (1.0 - SQRT_2 * k + k * k) / a0])
}

dispatch! {
    fn push(c: &BandCoefficients, state: &mut BandState, left: &[f32], right: &[f32]) = push_body
}

#[inline(always)]
fn push_body<A: Arithmetic>(c: &BandCoefficients, state: &mut BandState, left: &[f32], right: &[f32]) {
    let mut s = *state;
    let frames = left.len().min(right.len());
    let (pairs, odd) = (frames / 2 * 2, frames % 2 == 1);
    // Two frames at a time: the memories change places instead of being moved.
    for (l, r) in left[..pairs].chunks_exact(2).zip(right[..pairs].chunks_exact(2)) {
        step::<A>(c, l[0], r[0], &s.last, &mut s.oldest, &mut s.peak, &mut s.energy);
        step::<A>(c, l[1], r[1], &s.oldest, &mut s.last, &mut s.peak, &mut s.energy);
    }
    if odd {
        step::<A>(c, left[pairs], right[pairs], &s.last, &mut s.oldest, &mut s.peak, &mut s.energy);
        std::mem::swap(&mut s.last, &mut s.oldest);
    }
    *state = s;
}

/// One frame; the new memory takes the place of the oldest. The term of the latest output comes last in each sum.
#[inline(always)]
fn step<A: Arithmetic>(
    c: &BandCoefficients,
    left: f32,
    right: f32,
    last: &Memory,
    oldest: &mut Memory,
    peak: &mut [f64; LANES],
    energy: &mut [f64; LANES],
) {
    let (left, right) = (f64::from(left), f64::from(right));
    let x = [left, right, left, right];
    let mut new = Memory { x, ..Memory::default() };
    for i in 0..LANES {
        let ahead = A::madd(-2.0, last.x[i], x[i] + oldest.x[i]);
        new.u[i] = A::madd(-c.high[0][i], last.u[i], A::madd(-c.high[1][i], oldest.u[i], ahead));
        let ahead = A::madd(c.low[1][i], oldest.u[i], A::madd(c.low[0][i], last.u[i], new.u[i]));
        new.v[i] = A::madd(-c.low[2][i], last.v[i], A::madd(-c.low[3][i], oldest.v[i], ahead));
        energy[i] = A::madd(new.v[i], new.v[i], energy[i]);
        peak[i] = greater(new.v[i].abs(), peak[i]);
    }
    *oldest = new;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::simd::Plain;

    fn noise(length: usize) -> Vec<f32> {
        (0..length).map(|i| ((i * 7919 % 1009) as f32 - 504.0) / 504.0).collect()
    }

    #[test]
    fn both_copies_agree() {
        let (left, right) = (noise(3000), noise(3000).iter().rev().copied().collect::<Vec<_>>());
        let mut pair = BandPair::new(&[8, 9], 48_000.0);
        let mut twin = pair.clone();
        pair.push(&left, &right);
        push_body::<Plain>(&twin.coefficients, &mut twin.state, &left, &right);
        for lane in 0..LANES {
            assert!((pair.state.energy[lane] / twin.state.energy[lane] - 1.0).abs() < 1e-9);
            assert!((pair.state.peak[lane] / twin.state.peak[lane] - 1.0).abs() < 1e-9);
        }
        let mut fast = vec![0.0; 1000];
        let mut plain = vec![0.0; 1000];
        halve(&left, &right, &mut fast);
        halve_body::<Plain>(&left, &right, &mut plain);
        assert!(fast.iter().zip(&plain).all(|(a, b)| (a - b).abs() < 1e-6));
    }

    #[test]
    fn halving_keeps_what_is_low_and_stops_what_would_fold() {
        let level = |cycles_per_sample: f64| {
            let sine: Vec<f32> =
                (0..4000).map(|i| (2.0 * PI * cycles_per_sample * i as f64).sin() as f32).collect();
            let mut halver = Halver::default();
            let mut out = Vec::new();
            for piece in sine.chunks(37) {
                halver.push(piece, 0);
                out.extend_from_slice(&halver.out);
            }
            assert_eq!(out.len(), sine.len() / 2);
            out[100..].iter().fold(0f32, |peak, x| peak.max(x.abs()))
        };
        assert!((level(0.02) - 1.0).abs() < 0.01);
        assert!((level(0.143) - 1.0).abs() < 0.01);
        assert!(level(0.357) < 0.001, "{}", level(0.357));
        assert!(level(0.45) < 0.001);
    }

    #[test]
    fn every_band_below_nyquist_has_its_place() {
        for (rate_hz, bands) in
            [(8_000, 8), (22_050, 9), (44_100, 10), (48_000, 10), (192_000, 10), (384_000, 10)]
        {
            let levels = OctaveBank::new(rate_hz).levels();
            assert_eq!(levels.iter().flatten().count(), bands, "{rate_hz}");
        }
    }
}
