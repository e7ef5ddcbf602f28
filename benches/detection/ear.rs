//! What can be heard: the noise-to-mask ratio of ITU-R BS.1387-1 (FFT ear model), with the time resolution of the ear.
//!
//! A fault is the difference between the music with it and the music without. It is **audible** where that difference stands
//! 1.5 dB or more over the masked threshold of the music in any critical band: the standard's own definition of a disturbed frame
//! (annex 2, "relative disturbed frames"). Taken from the standard: full scale at 92 dB SPL; outer and middle ear; internal
//! noise, which is the threshold in quiet; bands of half a Bark; spreading, level-dependent upwards; offset of the threshold of
//! 3 dB, and a quarter of the Bark number from 12 Bark on; time constants of forward masking from 8 ms (30 ms at 100 Hz) on.
//! Not taken: its frame of 43 ms, which would hide clicks in what is played 20 ms beside them. Frames last 21 ms with a Hann
//! window, whose equivalent rectangular duration is 8 ms, the temporal window of the ear (Oxenham & Moore 1994). For hum, which is
//! steady, they last the 200 ms over which the ear adds up tones.
//!
//! Limits: a tonal masker hides less noise than a noisy one, which the standard does not model; listeners who do not compare need
//! more than the threshold.

use mixproof::units;
use rustfft::{Fft, FftPlanner, num_complex::Complex};
use std::f64::consts::TAU;
use std::sync::Arc;

/// A difference from here on over the masked threshold is audible (BS.1387-1, disturbed frames).
pub const AUDIBLE_DB: f64 = 1.5;
/// Equivalent rectangular duration of 8 ms under a Hann window (mean of its square: 3/8).
pub const CLICK_FRAME_S: f64 = 0.008 / 0.375;
/// Integration time for tones.
pub const TONE_FRAME_S: f64 = 0.2;
/// Level of a full-scale sine (BS.1387-1, where the true one is not known).
const FULL_SCALE_DB: f64 = 92.0;
/// Width of a band.
const BAND_BARK: f64 = 0.5;
/// Lowest and highest frequency: the standard has 80 Hz, but hum begins at 50.
const RANGE_HZ: (f64, f64) = (30.0, 18_000.0);
/// Frames that speak for a file, where the difference is steady.
const MOST_FRAMES: usize = 300;
/// Exponent of the addition of spread excitations.
const ADDITION: f64 = 0.4;

fn bark(hz: f64) -> f64 {
    7.0 * (hz / 650.0).asinh()
}

struct Band {
    bins: std::ops::Range<usize>,
    center_hz: f64,
    /// Number of Bark from the lowest band on.
    bark: f64,
    internal_noise: f64,
    norm: f64,
    forward_s: f64,
}

pub struct Ear {
    rate: f64,
    size: usize,
    fft: Arc<dyn Fft<f64>>,
    window: Vec<f64>,
    /// Outer and middle ear and calibration, per bin.
    weights: Vec<f64>,
    bands: Vec<Band>,
}

impl Ear {
    pub fn new(rate: f64, frame_s: f64) -> Ear {
        let size = (frame_s * rate).round() as usize / 2 * 2;
        let window: Vec<f64> =
            (0..size).map(|i| 0.5 - 0.5 * (TAU * (i as f64 + 0.5) / size as f64).cos()).collect();
        let energy: f64 = window.iter().map(|w| w * w).sum();
        let hz = |bin: usize| bin as f64 * rate / size as f64;
        let scale = units::db_to_power(FULL_SCALE_DB) * 4.0 / (size as f64 * energy);
        let weights = (0..size / 2)
            .map(|bin| {
                let khz = hz(bin.max(1)) / 1000.0;
                let ear_db = -0.6 * 3.64 * khz.powf(-0.8) + 6.5 * (-0.6 * (khz - 3.3).powi(2)).exp()
                    - 0.001 * khz.powf(3.6);
                scale * units::db_to_power(ear_db)
            })
            .collect();
        let first = bark(RANGE_HZ.0);
        let mut bands: Vec<Band> = Vec::new();
        let mut from = (RANGE_HZ.0 * size as f64 / rate).ceil().max(1.0) as usize;
        while from < size / 2 && hz(from) < RANGE_HZ.1 {
            let number = ((bark(hz(from)) - first) / BAND_BARK).floor();
            let to = (from..size / 2)
                .find(|bin| ((bark(hz(*bin)) - first) / BAND_BARK).floor() > number)
                .unwrap_or(size / 2);
            let center_hz = (hz(from) + hz(to - 1)) / 2.0;
            bands.push(Band {
                bins: from..to,
                center_hz,
                bark: bark(center_hz) - first,
                internal_noise: units::db_to_power(0.4 * 3.64 * (center_hz / 1000.0).powf(-0.8)),
                norm: 1.0,
                forward_s: 0.008 + 100.0 / center_hz.max(100.0) * (0.030 - 0.008),
            });
            from = to;
        }
        let fft = FftPlanner::new().plan_fft_forward(size);
        let mut ear = Ear { rate, size, fft, window, weights, bands };
        let flat = ear.spread(&vec![1.0; ear.bands.len()]);
        ear.bands.iter_mut().zip(flat).for_each(|(band, norm)| band.norm = norm);
        ear
    }

    /// Power in every band of a frame whose middle is `center`; zeros outside.
    fn powers(&self, sample: &dyn Fn(i64) -> f64, center: i64) -> Vec<f64> {
        let from = center - self.size as i64 / 2;
        let mut z: Vec<Complex<f64>> = self
            .window
            .iter()
            .enumerate()
            .map(|(i, w)| Complex::new(w * sample(from + i as i64), 0.0))
            .collect();
        self.fft.process(&mut z);
        let sum =
            |band: &Band| band.bins.clone().map(|bin| self.weights[bin] * z[bin].norm_sqr()).sum::<f64>();
        self.bands.iter().map(sum).collect()
    }

    /// Excitation that band powers spread over all bands.
    fn spread(&self, powers: &[f64]) -> Vec<f64> {
        let mut sums = vec![0.0; powers.len()];
        let mut slopes = vec![0.0; powers.len()];
        for (from, (band, power)) in self.bands.iter().zip(powers).enumerate() {
            let upward_db = -24.0 - 230.0 / band.center_hz + 0.2 * units::power_to_db(power.max(1e-10));
            let slope = |to: usize| {
                let distance = self.bands[to].bark - band.bark;
                units::db_to_power(distance * if to < from { 27.0 } else { upward_db.min(-1.0) })
            };
            let total: f64 = (0..powers.len())
                .map(|to| {
                    slopes[to] = slope(to);
                    slopes[to]
                })
                .sum();
            for (sum, slope) in sums.iter_mut().zip(&slopes) {
                *sum += (power * slope / total).powf(ADDITION);
            }
        }
        sums.iter().zip(&self.bands).map(|(sum, band)| sum.powf(1.0 / ADDITION) / band.norm).collect()
    }

    /// Masked threshold of every band at one place, with what still masks from before.
    fn threshold(&self, music: &[f32], center: i64) -> Vec<f64> {
        let sample =
            |i: i64| usize::try_from(i).ok().and_then(|i| music.get(i)).map_or(0.0, |x| f64::from(*x));
        let mut most = vec![0.0f64; self.bands.len()];
        let back: &[f64] =
            if self.size as f64 / self.rate > 0.1 { &[0.0] } else { &[0.0, 0.005, 0.010, 0.020, 0.030] };
        for late_s in back {
            let powers = self.powers(&sample, center - (late_s * self.rate) as i64);
            let noisy: Vec<f64> =
                powers.iter().zip(&self.bands).map(|(power, band)| power + band.internal_noise).collect();
            for ((most, excitation), band) in most.iter_mut().zip(self.spread(&noisy)).zip(&self.bands) {
                *most = most.max(excitation * (-late_s / band.forward_s).exp());
            }
        }
        let offset =
            |band: &Band| units::db_to_power(if band.bark <= 12.0 { -3.0 } else { -0.25 * band.bark });
        most.iter().zip(&self.bands).map(|(excitation, band)| excitation * offset(band)).collect()
    }

    /// How far a difference, which begins at a sample of the music, stands over the music's masked threshold at most.
    pub fn over_mask_db(&self, music: &[f32], error: &[f64], from: usize) -> f64 {
        let sample = |i: i64| {
            usize::try_from(i - from as i64).ok().and_then(|i| error.get(i)).copied().unwrap_or_default()
        };
        let frames = (error.len() / (self.size / 2)).max(1);
        (0..frames)
            .map(|frame| {
                let center = from as i64 + ((frame as f64 + 0.5) * error.len() as f64 / frames as f64) as i64;
                let threshold = self.threshold(music, center);
                let powers = self.powers(&sample, center);
                let over = powers.iter().zip(&threshold).map(|(power, threshold)| power / threshold);
                units::power_to_db(over.fold(1e-12, f64::max))
            })
            .fold(f64::NEG_INFINITY, f64::max)
    }

    /// How far steady lines (frequency, amplitude) stand over the masked threshold of the music in its quietest twentieth.
    pub fn steady_over_mask_db(&self, music: &[f32], lines: &[(f64, f64)]) -> f64 {
        let wave = |i: i64| {
            let t = i as f64 / self.rate;
            lines.iter().enumerate().map(|(k, (hz, a))| a * (TAU * hz * t + k as f64).sin()).sum::<f64>()
        };
        let powers = self.powers(&wave, self.size as i64);
        let frames = music.len() / self.size;
        let mut over: Vec<f64> = (0..frames)
            .step_by((frames / MOST_FRAMES).max(1))
            .map(|frame| {
                let threshold = self.threshold(music, ((2 * frame + 1) * self.size / 2) as i64);
                let most = powers.iter().zip(&threshold).map(|(p, t)| p / t).fold(1e-12, f64::max);
                units::power_to_db(most)
            })
            .collect();
        over.sort_by(|a, b| b.total_cmp(a));
        over.get(over.len() / 20).copied().unwrap_or(f64::NEG_INFINITY)
    }
}
