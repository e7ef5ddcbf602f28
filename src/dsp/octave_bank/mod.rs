//! Ten octave bands of two channels, each filtered at a rate that suits it: peak and energy per band.
//!
//! The signal is halved in rate again and again by a half-band filter, and each band is cut out of the slowest copy
//! that still carries it with room to spare: all ten bands together cost little more than the two highest.
//!
//! Recursive filters wait for themselves; to fill the lanes of a vector, two stretches of time run side by side. Each
//! begins at rest a little earlier than it counts, by when every filter here has forgotten how it began. So the lengths
//! are fixed, whatever the blocks, and no state lives longer than a stretch.

mod band_pair;
mod halver;
mod queue;

use super::simd::greater32;
use band_pair::{BandPair, LANES, SETTLE, STRETCH, filter_stretches};
use halver::Halver;
use queue::Queue;

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

/// Both channels of one frame.
type Frame = [f32; 2];

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

/// One rate: the bands cut out of it, and what makes the rate below (unused at the bottom).
#[derive(Debug, Clone)]
struct Level {
    filters: Vec<BandPair>,
    frames: u64,
    /// [`SETTLE`] frames that have been filtered, and those that wait.
    waiting: Queue,
    halver: Halver,
}

impl Default for Level {
    fn default() -> Level {
        Level {
            filters: Vec::new(),
            frames: 0,
            waiting: Queue::of_silence(SETTLE),
            halver: Halver::default(),
        }
    }
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
                levels.push(Level::default());
                level_rate_hz /= 2.0;
            }
        }
        OctaveBank { levels }
    }

    /// Takes in a stretch of two channels of one length.
    pub fn push(&mut self, left: &[f32], right: &[f32]) {
        if let Some(first) = self.levels.first_mut() {
            first.waiting.push(left, right);
            if first.waiting.frames().len() >= SETTLE + 2 * STRETCH {
                self.pass_down(Level::take_whole);
            }
        }
    }

    /// Runs every level, from the top; `run` filters what waits there and returns how much of it is done.
    fn pass_down(&mut self, run: fn(&mut Level) -> usize) {
        for index in 0..self.levels.len() {
            let level = &mut self.levels[index];
            // Nothing may be done here and yet something wait below: at the end of a whole number of stretches.
            let done = run(level);
            let (upper, lower) = self.levels.split_at_mut(index + 1);
            let level = &mut upper[index];
            if let Some(next) = lower.first_mut() {
                let frames = &level.waiting.frames()[SETTLE..SETTLE + done];
                next.waiting.extend(done.div_ceil(2), |room| level.halver.push(frames, room));
            }
            level.waiting.forget(done);
        }
    }

    /// Takes in what still waits.
    pub fn finish(&mut self) {
        self.pass_down(Level::take_rest);
    }

    /// Peak and power per band and channel after [`finish`](OctaveBank::finish), in the order of [`OCTAVES_HZ`]; `None` for bands above the Nyquist
    /// frequency.
    pub fn levels(&self) -> [Option<[BandLevel; 2]>; OCTAVES_HZ.len()] {
        let mut bands = [None; OCTAVES_HZ.len()];
        for level in &self.levels {
            for filter in &level.filters {
                for (i, band) in filter.bands.iter().enumerate() {
                    bands[*band] = Some([2 * i, 2 * i + 1].map(|lane| {
                        let gain = filter.gain[i];
                        BandLevel {
                            peak: gain * f64::from(filter.peak[lane]),
                            power: gain * gain * filter.energy[lane] / level.frames.max(1) as f64,
                        }
                    }));
                }
            }
        }
        bands
    }
}

impl Level {
    /// Filters all whole pairs of stretches that wait; the number of frames that are done.
    fn take_whole(&mut self) -> usize {
        let pairs = (self.waiting.frames().len() - SETTLE) / (2 * STRETCH);
        for pair in 0..pairs {
            self.take(2 * STRETCH * pair, STRETCH, true);
        }
        2 * STRETCH * pairs
    }

    /// Filters everything that waits.
    fn take_rest(&mut self) -> usize {
        let whole = self.take_whole();
        let rest = self.waiting.frames().len() - SETTLE - whole;
        self.take(whole, rest / 2, true);
        if rest % 2 == 1 {
            self.take(whole + rest - 1, 1, false);
        }
        whole + rest
    }

    /// Filters two stretches of `frames` frames side by side, the first of which begins at frame `at` of those that
    /// wait; the second follows it, or is left out.
    fn take(&mut self, at: usize, frames: usize, both: bool) {
        if frames == 0 {
            return;
        }
        let second = if both { at + frames } else { at };
        let stretches = [at, second].map(|from| &self.waiting.frames()[from..from + SETTLE + frames]);
        for filter in &mut self.filters {
            let (peak, energy) = filter_stretches(&filter.coefficients, stretches);
            for lane in 0..if both { LANES } else { LANES / 2 } {
                filter.peak[lane % 4] = greater32(peak[lane], filter.peak[lane % 4]);
                filter.energy[lane % 4] += energy[lane];
            }
        }
        self.frames += if both { 2 * frames } else { frames } as u64;
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    fn noise(length: usize) -> Vec<f32> {
        (0..length).map(|i| ((i * 7919 % 1009) as f32 - 504.0) / 504.0).collect()
    }

    /// The recursion as the books write it, in double precision, over everything at once.
    fn by_the_book(pair: &BandPair, band: usize, samples: &[f32]) -> BandLevel {
        let at = |terms: &[[f32; LANES]], i: usize| f64::from(terms[i][2 * band]);
        let c = &pair.coefficients;
        let (mut x, mut u, mut v) = ([0.0; 2], [0.0; 2], [0.0; 2]);
        let mut level = BandLevel::default();
        for sample in samples {
            let sample = f64::from(*sample);
            let high = sample - 2.0 * x[0] + x[1] - at(&c.high, 0) * u[0] - at(&c.high, 1) * u[1];
            let low = high + at(&c.low, 0) * u[0] + at(&c.low, 1) * u[1]
                - at(&c.low, 2) * v[0]
                - at(&c.low, 3) * v[1];
            (x, u, v) = ([sample, x[0]], [high, u[0]], [low, v[0]]);
            level.peak = level.peak.max((pair.gain[band] * low).abs());
            level.power += (pair.gain[band] * low).powi(2) / samples.len() as f64;
        }
        level
    }

    #[test]
    fn stretches_side_by_side_are_the_recursion_over_the_whole() {
        // Noise that sinks into digital silence and comes back: what a stretch forgets would show. And bass alone, whose
        // top must be read beneath the rounding of the bass.
        let noise: Vec<f32> = noise(30_001);
        let gated = |i: usize| if (i / 3000).is_multiple_of(3) { 0.0 } else { noise[i] };
        let bass = |i: usize| (i as f32 * 0.005).sin() + 1e-5 * noise[i];
        let signals: [Vec<f32>; 2] = [(0..30_001).map(gated).collect(), (0..30_001).map(bass).collect()];
        for signal in &signals {
            let mut bank = OctaveBank::new(48_000);
            signal.chunks(441).for_each(|piece| bank.push(piece, piece));
            bank.finish();
            let levels = bank.levels();
            for filter in &bank.levels[0].filters {
                for (i, band) in filter.bands.iter().enumerate() {
                    let exact = by_the_book(filter, i, signal);
                    for level in levels[*band].unwrap() {
                        assert!((level.peak / exact.peak - 1.0).abs() < 1e-3, "{band}: {level:?} {exact:?}");
                        assert!(
                            (level.power / exact.power - 1.0).abs() < 1e-3,
                            "{band}: {level:?} {exact:?}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn every_frame_counts_at_every_rate_whatever_the_length() {
        for length in [1, 2047, 2048, 4096, 30_001, 65_536] {
            let mut bank = OctaveBank::new(44_100);
            let noise = noise(length);
            noise.chunks(441).for_each(|piece| bank.push(piece, piece));
            bank.finish();
            for (index, level) in bank.levels.iter().enumerate() {
                assert_eq!(level.frames, (length >> index) as u64, "level {index} of {length}");
            }
        }
    }

    #[test]
    fn every_filter_forgets_within_the_frames_that_it_settles_in() {
        for rate_hz in [8_000, 11_025, 32_000, 44_100, 48_000, 88_200, 96_000, 192_000, 384_000] {
            for filter in OctaveBank::new(rate_hz).levels.iter().flat_map(|level| &level.filters) {
                for lane in 0..2 * filter.bands.len() {
                    // Of complex poles, the product is the square of their radius.
                    let c = &filter.coefficients;
                    let slowest = c.high[1][lane].max(c.low[3][lane]).sqrt();
                    assert!(slowest.powi(SETTLE as i32) < 1e-8, "{rate_hz}: {:?}, {slowest}", filter.bands);
                }
            }
        }
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
