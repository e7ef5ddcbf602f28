//! What is left of the mix once the fitted sum is taken away: as it is, once a bus equaliser is allowed for, and once
//! bus dynamics are.

use super::fit::Layout;
use crate::dsp::stereo_fft::{Spectrum, StereoFft};
use crate::dsp::window::hann;
use crate::model::{SumBand, SumVerdict, TimeRange};
use crate::units::power_level_db;

use super::fit::FRAME;

/// Octaves of the residual.
const OCTAVES_HZ: [f64; 10] = [31.5, 63.0, 125.0, 250.0, 500.0, 1000.0, 2000.0, 4000.0, 8000.0, 16000.0];
/// Octaves that share one gain in time: a frame has too few bins below.
const LOW_OCTAVES: usize = 4;
/// The sum is the mix: below 16 bits.
const EXACT_DB: f64 = -96.0;
/// 16 bits, dither, resampled or rounded.
const CLOSE_DB: f64 = -60.0;
/// A coder leaves at most this much.
const CODER_DB: f64 = -9.0;
/// Dynamics or an equaliser explain the rest where they take this much away.
const EXPLAINED_DB: f64 = 6.0;

/// Power of the mix, of the sum, and their product.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    mix: f64,
    sum: f64,
    re: f64,
    im: f64,
    left: f64,
}

impl Sums {
    fn add(&mut self, other: Sums) {
        self.mix += other.mix;
        self.sum += other.sum;
        self.re += other.re;
        self.im += other.im;
        self.left += other.left;
    }

    /// What is left of the mix with the best gain for the sum.
    fn best(&self) -> f64 {
        if self.sum > 0.0 {
            (self.mix - (self.re * self.re + self.im * self.im) / self.sum).max(0.0)
        } else {
            self.mix
        }
    }
}

/// Collects the residual frame by frame.
pub struct Residual {
    rate_hz: f64,
    layout: Layout,
    fft: StereoFft,
    window: Vec<f32>,
    octave_of_band: Vec<usize>,
    mix_power: f64,
    left_power: f64,
    octaves: [Sums; OCTAVES_HZ.len()],
    bands: Vec<Sums>,
    after_dynamics: f64,
    framed_mix: f64,
    /// Residual and mix power per second.
    seconds: Vec<(f64, f64)>,
}

impl Residual {
    /// At the rate of the mix.
    pub fn new(rate_hz: f64) -> Residual {
        let layout = Layout::new();
        let octave_of_band = (0..layout.bands())
            .map(|band| {
                let center_hz = layout.center(band) * rate_hz / FRAME as f64;
                OCTAVES_HZ
                    .iter()
                    .filter(|octave_hz| center_hz >= **octave_hz * std::f64::consts::SQRT_2)
                    .count()
            })
            .map(|octave| octave.min(OCTAVES_HZ.len() - 1))
            .collect();
        Residual {
            rate_hz,
            bands: vec![Sums::default(); layout.bands()],
            layout,
            fft: StereoFft::new(FRAME),
            window: hann(FRAME),
            octave_of_band,
            mix_power: 0.0,
            left_power: 0.0,
            octaves: Default::default(),
            after_dynamics: 0.0,
            framed_mix: 0.0,
            seconds: Vec::new(),
        }
    }

    /// Takes in one frame of the mix and of the fitted sum, both channels.
    pub fn add(&mut self, start: u64, mix: [&[f32]; 2], sum: [&[f64]; 2]) {
        let second = (start as f64 / self.rate_hz) as usize;
        if self.seconds.len() <= second {
            self.seconds.resize(second + 1, (0.0, 0.0));
        }
        let (mut mix_power, mut left_power) = (0.0, 0.0);
        for (mix, sum) in mix.iter().zip(sum) {
            for (m, s) in mix.iter().zip(sum) {
                mix_power += f64::from(*m).powi(2);
                left_power += (f64::from(*m) - s).powi(2);
            }
        }
        self.mix_power += mix_power;
        self.left_power += left_power;
        self.seconds[second].0 += left_power;
        self.seconds[second].1 += mix_power;
        let rounded = sum.map(|channel| channel.iter().map(|x| *x as f32).collect::<Vec<f32>>());
        let (mut m, mut y) = (Spectrum::default(), Spectrum::default());
        self.fft.transform(&self.window, mix[0], mix[1], &mut m);
        self.fft.transform(&self.window, &rounded[0], &rounded[1], &mut y);
        let (m, y) = (self.layout.sort(&m), self.layout.sort(&y));
        let mut frame = [Sums::default(); OCTAVES_HZ.len()];
        for band in 0..self.layout.bands() {
            let (re, im) = self.layout.dot(band, &y, &m);
            let (mix, sum) = (self.layout.dot(band, &m, &m).0, self.layout.dot(band, &y, &y).0);
            let sums = Sums { mix, sum, re, im, left: (mix + sum - 2.0 * re).max(0.0) };
            self.bands[band].add(sums);
            frame[self.octave_of_band[band]].add(sums);
        }
        let mut low = Sums::default();
        for (octave, sums) in frame.iter().enumerate() {
            self.octaves[octave].add(*sums);
            self.framed_mix += sums.mix;
            if octave < LOW_OCTAVES {
                low.add(*sums);
            } else {
                self.after_dynamics += sums.best();
            }
        }
        self.after_dynamics += low.best();
    }

    /// What is left, relative to the mix.
    pub fn left_db(&self) -> Option<f64> {
        power_level_db(self.left_power / self.mix_power)
    }

    /// With one gain per band.
    pub fn after_eq_db(&self) -> Option<f64> {
        power_level_db(self.bands.iter().map(Sums::best).sum::<f64>() / self.framed_mix)
    }

    /// With one gain per band and frame.
    pub fn after_dynamics_db(&self) -> Option<f64> {
        power_level_db(self.after_dynamics / self.framed_mix)
    }

    /// Per octave.
    pub fn bands(&self) -> Vec<SumBand> {
        OCTAVES_HZ
            .iter()
            .zip(&self.octaves)
            .filter(|(center_hz, _)| **center_hz < self.rate_hz / 2.0)
            .map(|(center_hz, sums)| SumBand {
                center_hz: *center_hz,
                residual_db: power_level_db(sums.left / sums.mix),
                gain_db: power_level_db((sums.re / sums.sum).powi(2)),
            })
            .collect()
    }

    /// Names what lies between; `coded` where a lossy file has a part in it.
    pub fn verdict(&self, coded: bool) -> SumVerdict {
        let level = |value: Option<f64>| value.unwrap_or(-400.0);
        let left_db = level(self.left_db());
        if left_db < EXACT_DB {
            return SumVerdict::Exact;
        }
        if left_db < CLOSE_DB {
            return SumVerdict::Close;
        }
        let explained = level(self.after_dynamics_db()).min(level(self.after_eq_db()));
        if explained < left_db - EXPLAINED_DB {
            return SumVerdict::Mastered;
        }
        if coded && left_db < CODER_DB && self.follows_the_mix() {
            SumVerdict::Close
        } else {
            SumVerdict::Incomplete
        }
    }

    /// Whether the residual rises and falls with the mix, as the noise of a coder does, rather than coming and going
    /// as a part does: the middle of the seconds' ratios and their tenth and ninetieth percentile lie near each other.
    fn follows_the_mix(&self) -> bool {
        let mut ratios: Vec<f64> = self
            .seconds
            .iter()
            .filter(|(_, mix)| *mix > 1e-3 * self.mix_power / self.seconds.len() as f64)
            .filter_map(|(left, mix)| power_level_db(left / mix))
            .collect();
        ratios.sort_by(f64::total_cmp);
        let at = |share: f64| ratios.get((share * ratios.len() as f64) as usize).copied().unwrap_or_default();
        at(0.9) - at(0.1) < CODER_SPREAD_DB
    }

    /// Where the residual is strongest: the loudest seconds of it, joined, at most five.
    pub fn strongest(&self) -> Vec<TimeRange> {
        let loudest = self.seconds.iter().map(|(left, _)| *left).fold(0.0, f64::max);
        let mut ranges: Vec<TimeRange> = Vec::new();
        for (second, _) in self.seconds.iter().enumerate().filter(|(_, (left, _))| *left > 0.25 * loudest) {
            let start_s = second as f64;
            match ranges.last_mut() {
                Some(last) if last.end_s >= start_s => last.end_s = start_s + 1.0,
                _ => ranges.push(TimeRange { start_s, end_s: start_s + 1.0 }),
            }
        }
        ranges.truncate(5);
        ranges
    }
}

/// Seen on coded music: the ratio of coder noise to music stays within this from part to part.
const CODER_SPREAD_DB: f64 = 16.0;
