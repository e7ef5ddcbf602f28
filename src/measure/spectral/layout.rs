//! Where the bands lie at a sample rate: transforms, resolutions, weights.

use super::k_bands::{K_BANDS, k_band_edge_in_data_hz};
use crate::dsp::bands::{BandSum, third_octave_edges_hz};
use crate::dsp::halving::Halvings;
use crate::dsp::kweight::KCoefficients;
use crate::dsp::spectrum::PairSpectrum;
use crate::dsp::window::{hann, root_hann};

/// Third octaves from 20 Hz to 20 kHz.
pub(super) const BANDS: usize = 31;
/// First band that the 400 ms frames measure: 100 Hz.
pub(super) const FIRST_MIDDLE_BAND: usize = 7;
/// First band that the short frames measure: 500 Hz.
pub(super) const FIRST_HIGH_BAND: usize = 14;
/// The short frames have at most this distance between bins, so that the 500 Hz band is five bins wide.
const LARGEST_BIN_HZ: f64 = 12.25;
/// The lowered rate is at least this, so that what folds into the bands below 447 Hz is 77 dB down.
const LOWEST_RATE_HZ: f64 = 2500.0;
/// Length of the frames for the bands below 89 Hz: the 20 Hz band is 4.6 Hz wide, 3.5 bins of 1/0.75 s.
const LONG_FRAME_S: f64 = 0.75;
/// Length of a block (BS.1770-5 annex 1, gating block).
pub(super) const BLOCK_S: f64 = 0.4;
/// How far a band may reach over the Nyquist frequency: the 20 kHz band ends at 22 387 Hz and is kept at 44.1 kHz.
const REACH_OVER_NYQUIST: f64 = 1.02;

/// Transforms and band sums of one sample rate.
pub(super) struct Layout {
    pub(super) rate_hz: f64,
    /// Frames of audio between two short frames.
    pub(super) hop: usize,
    pub(super) halvings: usize,
    /// The lowered rate.
    pub(super) low_rate_hz: f64,
    pub(super) short: PairSpectrum,
    pub(super) middle: PairSpectrum,
    pub(super) long: PairSpectrum,
    /// Third octaves, each of the transform that serves it; `None` above Nyquist.
    pub(super) third: Vec<Option<BandSum>>,
    /// The parts of the nine K-weighted bands above 447 Hz, by band.
    pub(super) k_high: Vec<(usize, BandSum)>,
    /// The parts below.
    pub(super) k_low: Vec<(usize, BandSum)>,
}

impl Layout {
    pub(super) fn new(sample_rate_hz: u32) -> Layout {
        let rate_hz = f64::from(sample_rate_hz.max(1));
        let size = ((rate_hz / LARGEST_BIN_HZ).ceil() as usize).next_power_of_two().max(16);
        let halvings = Halvings::count_down_to(rate_hz, LOWEST_RATE_HZ);
        let low = Halvings::new(rate_hz, halvings);
        let low_rate_hz = low.output_rate_hz();
        let [middle_length, long_length] =
            [BLOCK_S, LONG_FRAME_S].map(|seconds| (seconds * low_rate_hz).round() as usize);
        let short = PairSpectrum::new(root_hann(size), size);
        let middle = PairSpectrum::new(root_hann(middle_length), fast_size(middle_length));
        let long = PairSpectrum::new(hann(long_length), fast_size(long_length));

        let undroop = |frequency_hz: f64| 1.0 / low.power_gain(frequency_hz);
        let flat = |_: f64| 1.0;
        let third = (0..BANDS)
            .map(|index| {
                let (low_hz, high_hz) = third_octave_edges_hz(index);
                if high_hz > rate_hz / 2.0 * REACH_OVER_NYQUIST {
                    return None;
                }
                Some(if index < FIRST_MIDDLE_BAND {
                    BandSum::new(low_hz, high_hz, bin_hz(&long, low_rate_hz), long.power.len(), undroop)
                } else if index < FIRST_HIGH_BAND {
                    BandSum::new(low_hz, high_hz, bin_hz(&middle, low_rate_hz), middle.power.len(), undroop)
                } else {
                    BandSum::new(low_hz, high_hz, bin_hz(&short, rate_hz), short.power.len(), flat)
                })
            })
            .collect();

        let crossover_hz = third_octave_edges_hz(FIRST_HIGH_BAND).0;
        let parts = |from_hz: f64, to_hz: f64| {
            (0..K_BANDS).filter_map(move |band| {
                let low_hz = k_band_edge_in_data_hz(band).max(from_hz);
                let high_hz = k_band_edge_in_data_hz(band + 1).min(to_hz);
                (low_hz < high_hz).then_some((band, low_hz, high_hz))
            })
        };
        let k_weighting = KCoefficients::at(rate_hz);
        let k_weight = |frequency_hz| k_weighting.power_response(frequency_hz, rate_hz);
        let k_high = parts(crossover_hz, rate_hz / 2.0)
            .map(|(band, low_hz, high_hz)| {
                (band, BandSum::new(low_hz, high_hz, bin_hz(&short, rate_hz), short.power.len(), k_weight))
            })
            .collect();
        let k_low = parts(0.0, crossover_hz.min(rate_hz / 2.0))
            .map(|(band, low_hz, high_hz)| {
                let weight = |frequency_hz| k_weight(frequency_hz) * undroop(frequency_hz);
                (
                    band,
                    BandSum::new(low_hz, high_hz, bin_hz(&middle, low_rate_hz), middle.power.len(), weight),
                )
            })
            .collect();
        Layout { rate_hz, hop: size / 2, halvings, low_rate_hz, short, middle, long, third, k_high, k_low }
    }

    /// Distance of the bins of the short frames.
    pub(super) fn short_bin_hz(&self) -> f64 {
        bin_hz(&self.short, self.rate_hz)
    }

    /// Distance of the bins of the 400 ms frames.
    pub(super) fn middle_bin_hz(&self) -> f64 {
        bin_hz(&self.middle, self.low_rate_hz)
    }
}

fn bin_hz(spectrum: &PairSpectrum, rate_hz: f64) -> f64 {
    rate_hz / spectrum.size() as f64
}

/// The smallest size not below a length that transforms take quickly: a multiple of 64 whose other factors are 3, 5, 7 or 11.
fn fast_size(length: usize) -> usize {
    let fast = |size: &usize| {
        let rest = [2, 3, 5, 7, 11].iter().fold(*size, |mut rest, factor| {
            while rest.is_multiple_of(*factor) {
                rest /= factor;
            }
            rest
        });
        rest == 1
    };
    let first = length.max(1).next_multiple_of(64);
    (first..).step_by(64).find(fast).unwrap_or(first)
}
