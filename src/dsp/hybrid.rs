//! The hybrid filter bank of MP3, long blocks: 32 bands by a polyphase filter, each parted in 18 by a cosine transform, and the
//! aliases between bands taken out (ISO/IEC 11172-3, annex C and 2.4.3.4.9).

use std::f64::consts::PI;

/// Bands of the polyphase filter: each of its slots takes so many new samples.
pub const BANDS: usize = 32;
/// Coefficients of a band, and slots of a granule.
pub const LINES: usize = 18;
/// Samples that a slot is made of.
pub const TAPS: usize = 512;
/// Samples of a granule.
pub const GRANULE: usize = BANDS * LINES;

/// One slot: a value per band.
pub type Slot = [f32; BANDS];

/// The first half of the filter and its middle, in 1/65536 (table B.3 of the standard, as one low-pass); the rest is its mirror.
#[rustfmt::skip]
const PROTOTYPE: [i32; TAPS / 2 + 1] = [
    0, -1, -1, -1, -1, -1, -1, -2, -2, -2, -2, -3, -3, -4, -4, -5, -5, -6, -7, -7, -8, -9, -10, -11, -13, -14, -16,
    -17, -19, -21, -24, -26, -29, -31, -35, -38, -41, -45, -49, -53, -58, -63, -68, -73, -79, -85, -91, -97, -104,
    -111, -117, -125, -132, -139, -147, -154, -161, -169, -176, -183, -190, -196, -202, -208, -213, -218, -222,
    -225, -227, -228, -228, -227, -224, -221, -215, -208, -200, -189, -177, -163, -146, -127, -106, -83, -57, -29,
    2, 36, 72, 111, 153, 197, 244, 294, 347, 401, 459, 519, 581, 645, 711, 779, 848, 919, 991, 1064, 1137, 1210,
    1283, 1356, 1428, 1498, 1567, 1634, 1698, 1759, 1817, 1870, 1919, 1962, 2001, 2032, 2057, 2075, 2085, 2087,
    2080, 2063, 2037, 2000, 1952, 1893, 1822, 1739, 1644, 1535, 1414, 1280, 1131, 970, 794, 605, 402, 185, -45,
    -288, -545, -814, -1095, -1388, -1692, -2006, -2330, -2663, -3004, -3351, -3705, -4063, -4425, -4788, -5153,
    -5517, -5879, -6237, -6589, -6935, -7271, -7597, -7910, -8209, -8491, -8755, -8998, -9219, -9416, -9585, -9727,
    -9838, -9916, -9959, -9966, -9935, -9863, -9750, -9592, -9389, -9139, -8840, -8492, -8092, -7640, -7134, -6574,
    -5959, -5288, -4561, -3776, -2935, -2037, -1082, -70, 998, 2122, 3300, 4533, 5818, 7154, 8540, 9975, 11455,
    12980, 14548, 16155, 17799, 19478, 21189, 22929, 24694, 26482, 28289, 30112, 31947, 33791, 35640, 37489, 39336,
    41176, 43006, 44821, 46617, 48390, 50137, 51853, 53534, 55178, 56778, 58333, 59838, 61289, 62684, 64019, 65290,
    66494, 67629, 68692, 69679, 70590, 71420, 72169, 72835, 73415, 73908, 74313, 74630, 74856, 74992, 75038,];
/// Butterflies between neighbouring bands (table B.9).
const BUTTERFLIES: [f64; 8] = [-0.6, -0.535, -0.33, -0.185, -0.095, -0.041, -0.0142, -0.0037];

/// The filter bank, scaled so that noise keeps its power.
pub struct Hybrid {
    taps: Vec<f32>,
    /// Cosines of the polyphase filter, by place and band.
    modulation: Vec<Slot>,
    window: [f32; 2 * LINES],
    /// Cosines of the transform, by line and place.
    cosines: [[f32; LINES]; LINES],
    /// Own and neighbour's share of every butterfly.
    butterflies: [(f32, f32); 8],
}

impl Default for Hybrid {
    fn default() -> Hybrid {
        let mirrored = |n: usize| f64::from(PROTOTYPE[n.min(TAPS - n)]) / 65536.0;
        // The table has the gain of the synthesis, which takes one sample in 32.
        let scale = (1.0 / BANDS as f64).sqrt();
        let wave = |place: usize, band: usize| ((2 * band + 1) as f64 * place as f64 * PI / 64.0).cos();
        let line = |k: usize, n: usize| {
            let phase = PI / LINES as f64 * (n as f64 + 0.5) * (k as f64 + 0.5);
            ((2.0 / LINES as f64).sqrt() * phase.cos()) as f32
        };
        Hybrid {
            taps: (0..TAPS).map(|n| (scale * mirrored(n)) as f32).collect(),
            modulation: (0..BANDS)
                .map(|place| std::array::from_fn(|band| wave(place, band) as f32))
                .collect(),
            window: std::array::from_fn(|i| (PI / 36.0 * (i as f64 + 0.5)).sin() as f32),
            cosines: std::array::from_fn(|k| std::array::from_fn(|n| line(k, n))),
            butterflies: BUTTERFLIES.map(|c| {
                let own = 1.0 / (1.0 + c * c).sqrt();
                (own as f32, (c * own) as f32)
            }),
        }
    }
}

impl Hybrid {
    /// The slots of samples: the first one ends with the 512th. Every other value of every other band is negated, as the transform of
    /// an even slot wants it.
    pub fn slots(&self, samples: &[f32], slots: &mut Vec<Slot>) {
        slots.clear();
        for (index, frame) in samples.windows(TAPS).step_by(BANDS).enumerate() {
            let mut slot = self.slot(frame);
            if index % 2 == 1 {
                slot.iter_mut().skip(1).step_by(2).for_each(|value| *value = -*value);
            }
            slots.push(slot);
        }
    }

    fn slot(&self, frame: &[f32]) -> Slot {
        // The newest sample meets the first tap; the cosines repeat with changed sign after 64.
        let mut sums = [0.0f32; 64];
        for (part, (frame, taps)) in frame.rchunks_exact(64).zip(self.taps.chunks_exact(64)).enumerate() {
            let sign = if part % 2 == 0 { 1.0 } else { -1.0 };
            for (sum, (x, tap)) in sums.iter_mut().zip(frame.iter().rev().zip(taps)) {
                *sum += sign * x * tap;
            }
        }
        // They are even round place 16 and odd round place 48.
        let mut slot = [0.0; BANDS];
        for (place, waves) in self.modulation.iter().enumerate() {
            let value = match place {
                0 => sums[16],
                1..=16 => sums[16 + place] + sums[16 - place],
                _ => sums[16 + place] - sums[80 - place],
            };
            slot.iter_mut().zip(waves).for_each(|(sum, wave)| *sum += value * wave);
        }
        slot
    }

    /// Coefficients by line and band of two granules' slots, of which the first is `odd` or even among those of [`Hybrid::slots`].
    pub fn lines(&self, slots: &[Slot], odd: bool, lines: &mut [Slot; LINES]) {
        const HALF: usize = LINES / 2;
        let windowed = |i: usize| slots[i].map(|value| self.window[i] * value);
        let folded: [Slot; LINES] = std::array::from_fn(|n| {
            let (mut early, late, sign) = if n < HALF {
                (windowed(26 - n), windowed(27 + n), -1.0)
            } else {
                (windowed(n - HALF), windowed(26 - n), 1.0)
            };
            early.iter_mut().zip(late).for_each(|(early, late)| *early = sign * *early - late);
            early
        });
        for (line, cosines) in lines.iter_mut().zip(&self.cosines) {
            *line = [0.0; BANDS];
            for (slot, cosine) in folded.iter().zip(cosines) {
                line.iter_mut().zip(slot).for_each(|(sum, value)| *sum += cosine * value);
            }
        }
        // From an odd slot on, every other band is upside down, which matters where bands meet.
        let sign = if odd { -1.0 } else { 1.0 };
        for (k, (own, other)) in self.butterflies.iter().enumerate() {
            let (low, high) = (lines[LINES - 1 - k], lines[k]);
            for band in 0..BANDS - 1 {
                lines[LINES - 1 - k][band] = low[band] * own + sign * high[band + 1] * other;
                lines[k][band + 1] = high[band + 1] * own - sign * low[band] * other;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::random::SplitMix64;

    #[test]
    fn the_definition() {
        let bank = Hybrid::default();
        let mut random = SplitMix64::new(3, 0);
        let samples: Vec<f32> = (0..TAPS + 40 * BANDS).map(|_| random.triangular() as f32).collect();
        let mut slots = Vec::new();
        bank.slots(&samples, &mut slots);
        let slot = |t: usize, band: usize| -> f64 {
            let wave = |n: usize| ((2 * band + 1) as f64 * (n as f64 - 16.0) * PI / 64.0).cos();
            (0..TAPS).map(|n| f64::from(samples[32 * t + 511 - n] * bank.taps[n]) * wave(n)).sum()
        };
        for first in [4, 3] {
            let mut lines = [[0.0; BANDS]; LINES];
            bank.lines(&slots[first..], first % 2 == 1, &mut lines);
            let upside_down = |band: usize| if band % 2 == 1 && first % 2 == 1 { -1.0 } else { 1.0 };
            let line = |band: usize, k: usize| -> f64 {
                let at = |i: usize| {
                    let sign = if band % 2 == 1 && i % 2 == 1 { -1.0 } else { 1.0 };
                    let phase = PI / 72.0 * ((2 * i + 19) * (2 * k + 1)) as f64;
                    sign * slot(first + i, band) * (PI / 36.0 * (i as f64 + 0.5)).sin() * phase.cos()
                };
                (0..36).map(at).sum::<f64>() / 3.0
            };
            for (band, k) in [(7, 9), (7, 17), (8, 0), (20, 14), (21, 3), (31, 17), (0, 0)] {
                let mut expected = line(band, k);
                let share = |k: usize| {
                    let c = BUTTERFLIES[k];
                    (1.0 / (1.0 + c * c).sqrt(), c / (1.0 + c * c).sqrt())
                };
                if k >= 10 && band < 31 {
                    let (own, other) = share(17 - k);
                    expected = expected * own + line(band + 1, 17 - k) * other;
                } else if k < 8 && band > 0 {
                    let (own, other) = share(k);
                    expected = expected * own - line(band - 1, 17 - k) * other;
                }
                let found = f64::from(lines[k][band]) * upside_down(band);
                assert!((found - expected).abs() < 1e-5, "{first} {band} {k}: {found} {expected}");
            }
        }
    }

    #[test]
    fn noise_keeps_its_power_and_a_tone_stays_in_its_band() {
        let bank = Hybrid::default();
        let mut random = SplitMix64::new(4, 0);
        let power = |samples: &[f32]| {
            let mut slots = Vec::new();
            bank.slots(samples, &mut slots);
            let mut sums = [0.0f64; BANDS];
            let mut count = 0.0;
            for granule in slots.windows(36).step_by(LINES) {
                let mut lines = [[0.0; BANDS]; LINES];
                bank.lines(granule, false, &mut lines);
                lines.iter().for_each(|line| {
                    sums.iter_mut().zip(line).for_each(|(sum, x)| *sum += f64::from(x * x));
                });
                count += LINES as f64;
            }
            sums.map(|sum| sum / count)
        };
        let noise: Vec<f32> = (0..400_000).map(|_| random.triangular() as f32).collect();
        let total = power(&noise).iter().sum::<f64>() / BANDS as f64;
        assert!((6.0 * total - 1.0).abs() < 0.01, "{total}");
        let tone: Vec<f32> = (0..20_000).map(|i| (10.4 * PI / 32.0 * f64::from(i)).sin() as f32).collect();
        let bands = power(&tone);
        let elsewhere =
            (0..BANDS).filter(|band| !(9..=11).contains(band)).map(|band| bands[band]).sum::<f64>();
        assert!(bands[10] > 0.9 * bands.iter().sum::<f64>() && elsewhere < 1e-8 * bands[10], "{bands:?}");
    }
}
