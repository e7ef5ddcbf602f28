//! How sharply the s range jumps: levels of the short frames, which are as long as an s. Blocks of 400 ms would smear it.

use super::blocks::{packed, unpacked};
use super::layout::BANDS;
use crate::dsp::bands::THIRD_OCTAVE_CENTERS_HZ;
use crate::dsp::stats::{percentile, percentile_of_sorted};
use crate::measure::sections::{Labels, is_loud};
use crate::units;

/// Centres of the voice range, and of the s range.
const VOICE_HZ: (f64, f64) = (990.0, 3200.0);
const S_HZ: (f64, f64) = (4900.0, 8100.0);
/// Share of the frames that are not loud: an s takes about a tenth of the time in which someone sings.
const LOUD_PERCENTILE: f64 = 0.95;

/// Powers of the two ranges, frame by frame: 170 bytes per second.
pub(super) struct Sibilance {
    frames: Vec<[u16; 2]>,
    step_s: f64,
}

impl Sibilance {
    pub(super) fn new(step_s: f64) -> Sibilance {
        Sibilance { frames: Vec::new(), step_s }
    }

    /// Takes the third octaves of the next short frame.
    pub(super) fn push(&mut self, powers: &[f32; BANDS]) {
        let sum = |(low_hz, high_hz): (f64, f64)| -> f32 {
            let inside = |(center_hz, _): &(&f64, &f32)| (low_hz..=high_hz).contains(*center_hz);
            THIRD_OCTAVE_CENTERS_HZ.iter().zip(powers).filter(inside).map(|(_, power)| *power).sum()
        };
        self.frames.push([packed(sum(VOICE_HZ)), packed(sum(S_HZ))]);
    }

    /// How much more the s range jumps out of its median than the voice range, in the loud parts.
    pub(super) fn db(&self, labels: &Labels) -> Option<f64> {
        let is_loud = |frame: &usize| is_loud(labels, *frame as f64 * self.step_s);
        let loud: Vec<usize> = (0..self.frames.len()).filter(is_loud).collect();
        let all: Vec<usize> = (0..self.frames.len()).collect();
        let counted = if loud.is_empty() { &all } else { &loud };
        let spread_db = |range: usize| {
            let mut levels: Vec<f64> = counted
                .iter()
                .map(|frame| units::power_to_db(unpacked(self.frames[*frame][range])))
                .collect();
            let loud_db = percentile(&mut levels, LOUD_PERCENTILE)?;
            units::finite(loud_db - percentile_of_sorted(&levels, 0.5)?)
        };
        units::finite(spread_db(1)? - spread_db(0)?)
    }
}
