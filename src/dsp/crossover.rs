//! Linkwitz–Riley crossovers of fourth order whose bands add up to an all-pass: flat in magnitude.

use super::biquad::{self, BUTTERWORTH_Q, StereoBiquad};

/// Frames that are split together: small enough to stay in the nearest cache.
const STRETCH: usize = 128;

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
        let mut rest = [[0.0; 2]; STRETCH];
        let mut low = [[0.0; 2]; STRETCH];
        let Some((top, lower)) = bands.split_last_mut() else { return };
        for start in (0..left.len()).step_by(STRETCH) {
            let end = left.len().min(start + STRETCH);
            let (rest, low) = (&mut rest[..end - start], &mut low[..end - start]);
            for ((frame, left), right) in rest.iter_mut().zip(&left[start..end]).zip(&right[start..end]) {
                *frame = [f64::from(*left), f64::from(*right)];
            }
            for ((split, compensation), band) in
                self.splits.iter_mut().zip(&mut self.compensation).zip(lower.iter_mut())
            {
                split.take_low(rest, low);
                compensation.iter_mut().for_each(|all_pass| all_pass.process_frames(low));
                store(low, band, start);
            }
            store(rest, top, start);
        }
        let splits =
            self.splits.iter_mut().flat_map(|split| split.low.iter_mut().chain([&mut split.all_pass]));
        splits.chain(self.compensation.iter_mut().flatten()).for_each(StereoBiquad::clear_silence);
    }
}

impl Split {
    /// Moves the low band from `rest` to `low`.
    fn take_low(&mut self, rest: &mut [[f64; 2]], low: &mut [[f64; 2]]) {
        // Copies stay in registers while the loop runs.
        let ([mut first, mut second], mut all_pass) = (self.low, self.all_pass);
        for (rest, low) in rest.iter_mut().zip(low) {
            *low = second.process(first.process(*rest));
            let whole = all_pass.process(*rest);
            *rest = [whole[0] - low[0], whole[1] - low[1]];
        }
        (self.low, self.all_pass) = ([first, second], all_pass);
    }
}

/// Writes frames into the two channels of a band.
fn store(frames: &[[f64; 2]], [left, right]: &mut [Vec<f32>; 2], start: usize) {
    for ((frame, left), right) in frames.iter().zip(&mut left[start..]).zip(&mut right[start..]) {
        [*left, *right] = frame.map(|value| value as f32);
    }
}
