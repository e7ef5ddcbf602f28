//! Linkwitz–Riley crossovers of fourth order whose bands add up to an all-pass: flat in magnitude.

use super::biquad::{self, BUTTERWORTH_Q, StereoBiquad};

/// One split: two Butterworth low-passes in series, and the all-pass that low and high band add up to.
struct Split {
    low: [StereoBiquad; 2],
    all_pass: StereoBiquad,
}

/// Splits a stereo stream into bands, low to high.
///
/// The high band is what the all-pass leaves over the low band, which is the Linkwitz–Riley high-pass exactly
/// (LP² + HP² = all-pass); each low band passes the all-passes of the later splits, so that all bands are in phase.
pub struct Crossover {
    splits: Vec<Split>,
    /// For each split, the all-passes of the splits after it.
    compensation: Vec<Vec<StereoBiquad>>,
}

impl Crossover {
    /// A crossover at ascending frequencies; none makes one band.
    pub fn new(frequencies_hz: &[f64], sample_rate_hz: f64) -> Crossover {
        let low_passes: Vec<_> = frequencies_hz
            .iter()
            .map(|frequency_hz| biquad::low_pass(*frequency_hz, BUTTERWORTH_Q, sample_rate_hz))
            .collect();
        let all_pass = |filter: &biquad::Coefficients| StereoBiquad::new(filter.all_pass());
        let split = |filter: &biquad::Coefficients| Split {
            low: [StereoBiquad::new(*filter); 2],
            all_pass: all_pass(filter),
        };
        Crossover {
            splits: low_passes.iter().map(split).collect(),
            compensation: (1..=low_passes.len())
                .map(|later| low_passes[later..].iter().map(all_pass).collect())
                .collect(),
        }
    }

    /// Splits two channels into `bands`, one more than there are frequencies; all slices have one length.
    pub fn split(&mut self, left: &[f32], right: &[f32], bands: &mut [[Vec<f32>; 2]]) {
        let Some((top, lower)) = bands.split_last_mut() else { return };
        for (index, (left, right)) in left.iter().zip(right).enumerate() {
            let mut rest = [f64::from(*left), f64::from(*right)];
            for ((split, compensation), band) in
                self.splits.iter_mut().zip(&mut self.compensation).zip(lower.iter_mut())
            {
                let first = split.low[0].process(rest);
                let mut low = split.low[1].process(first);
                let whole = split.all_pass.process(rest);
                rest = [whole[0] - low[0], whole[1] - low[1]];
                for all_pass in compensation {
                    low = all_pass.process(low);
                }
                [band[0][index], band[1][index]] = low.map(|value| value as f32);
            }
            [top[0][index], top[1][index]] = rest.map(|value| value as f32);
        }
        let splits =
            self.splits.iter_mut().flat_map(|split| split.low.iter_mut().chain([&mut split.all_pass]));
        splits.chain(self.compensation.iter_mut().flatten()).for_each(StereoBiquad::clear_silence);
    }
}
