//! The grid of MP3: lines of its filter bank that it rounded to zero, at one of 576 offsets.

use super::agreement::Agreement;
use super::grid::DITHER;
use crate::dsp::hybrid::{BANDS, GRANULE, Hybrid, LINES, Slot, TAPS};

/// Granules of a place: blocks of drums and other short ones show nothing.
const GRANULES: usize = 2;
/// Samples of a place.
pub(super) const PLACE: usize = TAPS + BANDS * (LINES * (GRANULES + 2) - 1);
/// Bands that are looked at: coders round little to zero below, and nothing is left above (3 to 18 kHz at 44.1 kHz).
const RANGE: std::ops::Range<usize> = 4..27;
/// A line below 1.4 times the dither is small; a band that sounds has six times the dither.
const SMALL: f32 = 2.0 * DITHER * DITHER;
const SOUNDING: f32 = 36.0 * DITHER * DITHER;

pub(super) struct Mp3Grid {
    hybrid: Hybrid,
    /// Slots of every channel.
    slots: [Vec<Slot>; 2],
    agreement: Agreement,
}

impl Mp3Grid {
    pub(super) fn new() -> Mp3Grid {
        Mp3Grid {
            hybrid: Hybrid::default(),
            slots: [Vec::new(), Vec::new()],
            agreement: Agreement::new(GRANULE),
        }
    }

    /// Looks at a place that begins at a sample. The coder rounds either the channels or their sum and difference: all four are asked.
    /// Returns how many deviations the best offset stands over the others.
    pub(super) fn look(&mut self, start: u64, left: &[f32], right: Option<&[f32]>) -> f64 {
        let Mp3Grid { hybrid, slots: [left_slots, right_slots], agreement } = self;
        let mut counts = vec![0.0; GRANULE];
        let mut lines = [[[0.0; BANDS]; LINES]; 2];
        for phase in 0..BANDS {
            hybrid.slots(&left[phase..phase + PLACE - BANDS + 1], left_slots);
            if let Some(right) = right {
                hybrid.slots(&right[phase..phase + PLACE - BANDS + 1], right_slots);
            }
            for first in 0..LINES * GRANULES {
                let odd = first % 2 == 1;
                hybrid.lines(&left_slots[first..], odd, &mut lines[0]);
                let mut small = small_of(&lines[0]);
                if right.is_some() {
                    hybrid.lines(&right_slots[first..], odd, &mut lines[1]);
                    small += small_of(&lines[1]);
                    turn(&mut lines);
                    small += small_of(&lines[0]) + small_of(&lines[1]);
                }
                counts[phase + BANDS * (first % LINES)] += small;
            }
        }
        agreement.add(start, &counts).0
    }

    /// Places that show the grid, if they do.
    pub(super) fn places(&self) -> Option<usize> {
        self.agreement.places()
    }
}

/// Left and right become middle and side.
fn turn(lines: &mut [[Slot; LINES]; 2]) {
    let [left, right] = lines;
    for (left, right) in left.iter_mut().flatten().zip(right.iter_mut().flatten()) {
        let (middle, side) = (*left + *right, *left - *right);
        (*left, *right) = (middle * std::f32::consts::FRAC_1_SQRT_2, side * std::f32::consts::FRAC_1_SQRT_2);
    }
}

/// Lines that are small in bands that sound.
fn small_of(lines: &[Slot; LINES]) -> f64 {
    let mut power = [0.0f32; BANDS];
    let mut small = [0.0f32; BANDS];
    for line in lines {
        for band in 0..BANDS {
            let square = line[band] * line[band];
            power[band] += square;
            small[band] += if square < SMALL { 1.0 } else { 0.0 };
        }
    }
    RANGE.filter(|band| power[*band] > SOUNDING * LINES as f32).map(|band| f64::from(small[band])).sum()
}
