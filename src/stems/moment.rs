//! What one stem does in one frame: whether it plays, its power per band, how it excites either ear.

use super::fit::FRAME;
use crate::dsp::erb::ErbBands;
use crate::dsp::kweight::KCoefficients;
use crate::dsp::stereo_fft::Spectrum;
use crate::model::Analysis;
use crate::units::{fast_power_to_db, lufs_to_energy};

/// Power below which nothing plays: −60 dBFS RMS.
const SILENT: f64 = 1e-6;
/// A stem plays where it is within 30 dB of its loudest moment.
const PLAYING: f64 = 1e-3;
/// The low end, Hz: kick and bass have their fundamentals there.
const LOW_END_HZ: (f64, f64) = (40.0, 120.0);
/// Level that stands for nothing in the arithmetic of frames.
const NOTHING_DB: f32 = -200.0;

/// One stem in one frame.
pub struct Moment {
    /// The spectrum of L + iR.
    pub(super) spectrum: Spectrum,
    /// Whether it plays.
    pub active: bool,
    /// Mean power of both channels.
    pub(super) mean_square: f64,
    /// The same per band.
    pub(super) powers: Vec<f32>,
    /// Excitation per ear and band, as levels.
    pub(super) levels: [Vec<f32>; 2],
}

/// Turns spectra of [`FRAME`] under a Hann window into moments.
#[derive(Debug, Clone)]
pub struct Listener {
    pub(super) bands: ErbBands,
    pub(super) weights: Vec<f64>,
    low_end: std::ops::Range<usize>,
    scale: f64,
}

impl Listener {
    /// At a rate.
    pub fn new(rate_hz: f64) -> Listener {
        let bands = ErbBands::new(FRAME, rate_hz);
        let k = KCoefficients::at(rate_hz);
        let bin = |at_hz: f64| (at_hz * FRAME as f64 / rate_hz).round() as usize;
        Listener {
            weights: bands
                .centers_hz()
                .iter()
                .map(|center_hz| k.power_response(*center_hz, rate_hz))
                .collect(),
            low_end: bin(LOW_END_HZ.0)..bin(LOW_END_HZ.1) + 1,
            // |Z(k)|² + |Z(−k)|² holds both channels twice; the mean of two channels; the power of the window is 3/8.
            scale: 4.0 / (3.0 * (FRAME * FRAME) as f64),
            bands,
        }
    }

    /// Power from which a stem plays, by its analysis.
    pub fn threshold(analysis: &Analysis) -> f64 {
        let loudest = analysis.loudness.momentary_max_lufs.map_or(0.0, |lufs| lufs_to_energy(lufs) / 2.0);
        (PLAYING * loudest).max(SILENT)
    }

    /// Power per band of both channels together, for a spectrum of L + iR.
    pub(super) fn powers(&self, spectrum: &Spectrum) -> Vec<f64> {
        let size = spectrum.re.len();
        let power = |k: usize| f64::from(spectrum.re[k].powi(2) + spectrum.im[k].powi(2));
        (0..self.bands.count())
            .map(|band| self.scale * self.bands.bins(band).map(|k| power(k) + power(size - k)).sum::<f64>())
            .collect()
    }

    /// The part of a stem's power that is found in the sum again, per band.
    pub(super) fn in_sum(&self, own: &Spectrum, sum: &Spectrum) -> Vec<f64> {
        (0..self.bands.count()).map(|band| self.product(self.bands.bins(band), own, sum)).collect()
    }

    /// The same in the low end.
    pub(super) fn low_in_sum(&self, own: &Spectrum, sum: &Spectrum) -> f64 {
        self.product(self.low_end.clone(), own, sum)
    }

    fn product(&self, bins: std::ops::Range<usize>, a: &Spectrum, b: &Spectrum) -> f64 {
        let size = a.re.len();
        let at = |k: usize| f64::from(a.re[k] * b.re[k] + a.im[k] * b.im[k]);
        self.scale * bins.map(|k| at(k) + at(size - k)).sum::<f64>()
    }

    /// What a stem does in a frame; `threshold` is the power from which it plays.
    pub fn hear(&self, spectrum: Spectrum, threshold: f64) -> Moment {
        let size = spectrum.re.len();
        let scale = self.scale as f32;
        // Half the sum and half the difference of Z(k) and the conjugate of Z(−k) are the spectra of left and right.
        let in_ear = |sign: f32| -> Vec<f32> {
            let power = |k: usize| {
                let (re, im) = (spectrum.re[size - k] * sign, -spectrum.im[size - k] * sign);
                (spectrum.re[k] + re).powi(2) + (spectrum.im[k] + im).powi(2)
            };
            (0..self.bands.count())
                .map(|band| scale * self.bands.bins(band).map(power).sum::<f32>())
                .collect()
        };
        let ears = [in_ear(1.0), in_ear(-1.0)];
        let powers: Vec<f32> = ears[0].iter().zip(&ears[1]).map(|(l, r)| (l + r) / 2.0).collect();
        let mean_square = powers.iter().map(|power| f64::from(*power)).sum();
        let active = mean_square > threshold;
        let levels = if active {
            ears.map(|ear| {
                let level = |power: &f32| if *power > 1e-20 { fast_power_to_db(*power) } else { NOTHING_DB };
                self.bands.excitation(&ear).iter().map(level).collect()
            })
        } else {
            Default::default()
        };
        Moment { spectrum, active, mean_square, powers, levels }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::stereo_fft::StereoFft;
    use crate::dsp::window::hann;

    #[test]
    fn the_power_of_a_sine_in_one_channel_is_half_its_mean_square_and_lies_in_that_ear() {
        let listener = Listener::new(48_000.0);
        let left: Vec<f32> = (0..FRAME)
            .map(|i| (0.5 * (2.0 * std::f64::consts::PI * 1000.0 * i as f64 / 48_000.0).sin()) as f32)
            .collect();
        let mut spectrum = Spectrum::default();
        StereoFft::new(FRAME).transform(&hann(FRAME), &left, &vec![0.0; FRAME], &mut spectrum);
        let total: f64 = listener.powers(&spectrum).iter().sum();
        let moment = listener.hear(spectrum, 1e-6);
        // 0.5² / 2 in one of two channels.
        assert!((moment.mean_square - 0.0625).abs() < 1e-4, "{}", moment.mean_square);
        assert!((total - moment.mean_square).abs() < 1e-4, "{total}");
        let loudest = |ear: usize| moment.levels[ear].iter().copied().fold(f32::MIN, f32::max);
        assert!(loudest(0) > -15.0 && loudest(1) < -80.0, "{} {}", loudest(0), loudest(1));
    }
}
