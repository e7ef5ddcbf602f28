//! Gains behind a bus or a coder, which turn every band of every moment up and down as they like.
//!
//! In one band of one frame the mix is h Σ aᵢ Sᵢ, and nobody knows h. Whatever it is, it takes nothing away from the
//! shape: where the gains aᵢ are right, the sum of the stems points the way of the mix, and nothing of it stands across.
//! What stands across is a quadratic form of the gains, with h gone from it. It is gathered over the song beside a second
//! form, that of what has to stand across for noise alone; the gains are where the first is least against the second,
//! a generalised eigenvector. Only their ratios are told, so a gain of all is taken from elsewhere.

use super::fit::{Gain, Layout};
use crate::dsp::least_squares::solve_symmetric;
use crate::dsp::stats::median;
use crate::dsp::stereo_fft::Spectrum;

/// Parts that are left out in turn; neighbouring frames belong to different ones, so that a part that sounds for less
/// than a second lies in several.
pub(super) const PARTS: usize = 16;
/// Standard errors that chance stays within in 99.73 % of all cases, three of a known spread: Student's quantiles by
/// degrees of freedom.
const SURE_ERRORS: [f64; PARTS] = [
    f64::INFINITY,
    235.8,
    19.21,
    9.22,
    6.62,
    5.51,
    4.90,
    4.53,
    4.28,
    4.09,
    3.96,
    3.85,
    3.76,
    3.69,
    3.64,
    3.59,
];
/// No band counts for more than one of which the sum leaves this share.
const BEST_SHARE: f64 = 2e-3;
/// Least share that is thought to be noise: rounding of single precision.
const LEAST_NOISE: f64 = 1e-4;
/// A band that the sum leaves this share of is not read: half of it is something else.
const WORST_SHARE: f64 = 0.5;
/// Power of a band against the whole frame, below which nothing is read from it: 80 dB.
const EMPTY: f64 = 1e-8;
/// What of the second form is added to the first, so that it can be inverted; the eigenvectors stay.
const SHIFT: f64 = 0.1;
/// Rounds of inverse iteration: each divides what is not the answer by ten or more.
const ROUNDS: usize = 24;
/// What cannot be told apart is shared.
const RIDGE: f64 = 1e-9;

/// How one frame is read.
#[derive(Default)]
pub(super) struct Across {
    stems: usize,
    /// Per band: its weight, the share of noise in it, the power of the mix.
    bands: Vec<[f64; 3]>,
    /// Per band, the products of all stems with the mix.
    with_mix: Vec<(f64, f64)>,
}

impl Across {
    /// Reads one frame: the sorted spectra of the stems, their sum by the gains of the last fit, and the mix.
    pub(super) fn new(layout: &Layout, stems: &[&Spectrum], sum: &Spectrum, mix: &Spectrum) -> Across {
        let powers: Vec<f64> = (0..layout.bands()).map(|band| layout.dot(band, mix, mix).0).collect();
        let whole: f64 = powers.iter().sum();
        let mut with_mix = vec![(0.0, 0.0); layout.bands() * stems.len()];
        let bands = powers
            .into_iter()
            .enumerate()
            .map(|(band, power)| {
                let own = layout.dot(band, sum, sum).0;
                let (re, im) = layout.dot(band, sum, mix);
                let share = 1.0 - (re * re + im * im) / (power * own);
                if power <= EMPTY * whole || !share.is_finite() || share > WORST_SHARE {
                    return [0.0, 0.0, power];
                }
                let products = with_mix[band * stems.len()..].iter_mut();
                products.zip(stems).for_each(|(product, stem)| *product = layout.dot(band, stem, mix));
                [1.0 / (own * share.max(BEST_SHARE)), share.max(LEAST_NOISE), power]
            })
            .collect();
        Across { stems: stems.len(), bands, with_mix }
    }

    /// Whether a band is read.
    pub(super) fn reads(&self, band: usize) -> bool {
        self.bands[band][0] > 0.0
    }
}

/// Both forms for one stem and those that follow it, per part: what stands across, and what noise is expected to.
#[derive(Default)]
pub(super) struct AcrossRow {
    sums: Vec<(f64, f64)>,
}

impl AcrossRow {
    /// Takes in one band of a frame: the products of the stem with itself and with all that follow.
    pub(super) fn add(&mut self, across: &Across, (index, part): (usize, usize), band: usize, own: &[f64]) {
        let [weight, noise, mix_power] = across.bands[band];
        if weight == 0.0 {
            return;
        }
        let width = across.stems - index;
        if self.sums.is_empty() {
            self.sums = vec![(0.0, 0.0); PARTS * width];
        }
        let with_mix = &across.with_mix[band * across.stems + index..(band + 1) * across.stems];
        let Some((re, im)) = with_mix.first() else { return };
        let sums = self.sums[part * width..(part + 1) * width].iter_mut();
        for ((sum, product), (other_re, other_im)) in sums.zip(own).zip(with_mix) {
            sum.0 += weight * (product - (re * other_re + im * other_im) / mix_power);
            sum.1 += weight * noise * product;
        }
    }
}

/// Both forms, per part of the song.
pub(super) struct Forms {
    stems: usize,
    parts: Vec<Vec<(f64, f64)>>,
}

impl Forms {
    /// From the rows of all stems; `None` where none was read this way.
    pub(super) fn new(rows: &[&AcrossRow]) -> Option<Forms> {
        let stems = rows.len();
        if rows.iter().all(|row| row.sums.is_empty()) {
            return None;
        }
        let parts = (0..PARTS)
            .map(|part| {
                let mut form = vec![(0.0, 0.0); stems * stems];
                for (i, row) in rows.iter().enumerate().filter(|(_, row)| !row.sums.is_empty()) {
                    let width = stems - i;
                    for (step, sum) in row.sums[part * width..(part + 1) * width].iter().enumerate() {
                        form[i * stems + i + step] = *sum;
                        form[(i + step) * stems + i] = *sum;
                    }
                }
                form
            })
            .collect();
        Some(Forms { stems, parts })
    }

    /// Puts the gains and their errors in the place of those of a plain fit, which say how loud all is.
    pub(super) fn correct(&self, gains: &mut [Gain]) {
        let plain: Vec<f64> = gains.iter().map(|gain| gain.amount).collect();
        let amounts = self.solve(|_| true, &plain);
        let left_out: Vec<Vec<f64>> =
            (0..PARTS).map(|out| self.solve(|part| part != out, &amounts)).collect();
        for (i, gain) in gains.iter_mut().enumerate() {
            let squares: f64 = left_out.iter().map(|one| (one[i] - amounts[i]).powi(2)).sum();
            gain.amount = amounts[i];
            gain.sure_errors = self.sure_errors(i);
            gain.amount_error_ratio = (squares * (PARTS - 1) as f64 / PARTS as f64).sqrt();
        }
    }

    /// Standard errors that a gain has to stand out by: the fewer parts a stem sounds in, the more.
    fn sure_errors(&self, stem: usize) -> f64 {
        let heard = self.parts.iter().map(|form| form[stem * self.stems + stem].1);
        let (sum, squares) = heard.fold((0.0, 0.0), |(sum, squares), own| (sum + own, squares + own * own));
        let parts = if squares > 0.0 { sum * sum / squares } else { 1.0 };
        SURE_ERRORS[(parts.round() as usize).clamp(1, PARTS) - 1]
    }

    /// The gains by the parts for which `takes` holds, as loud as those of `start` are.
    fn solve(&self, takes: impl Fn(usize) -> bool, start: &[f64]) -> Vec<f64> {
        let n = self.stems;
        let (mut shifted, mut noise) = (vec![0.0; n * n], vec![0.0; n * n]);
        for (_, form) in self.parts.iter().enumerate().filter(|(part, _)| takes(*part)) {
            for ((shifted, noise), (across, own)) in shifted.iter_mut().zip(&mut noise).zip(form) {
                *shifted += across + SHIFT * own;
                *noise += own;
            }
        }
        let mut amounts = start.to_vec();
        for _ in 0..ROUNDS {
            let right: Vec<f64> =
                noise.chunks(n).map(|row| row.iter().zip(&amounts).map(|(a, x)| a * x).sum()).collect();
            amounts = solve_symmetric(&shifted, &right, RIDGE);
            let size = amounts.iter().zip(&right).map(|(x, y)| x * y).sum::<f64>();
            if !(size.is_finite() && size > 0.0) {
                return start.to_vec();
            }
            amounts.iter_mut().for_each(|x| *x /= size.sqrt());
        }
        let agrees: f64 = (0..n).map(|i| start[i] * amounts[i] * noise[i * n + i]).sum();
        let middle = |of: &[f64]| median(&mut of.iter().map(|x| x.abs()).collect::<Vec<_>>());
        let scale = match (middle(start), middle(&amounts)) {
            (Some(wanted), Some(own)) if own > 0.0 => (wanted / own).copysign(agrees),
            _ => return start.to_vec(),
        };
        // A stem that was never read keeps the gain that it had.
        (0..n).map(|i| if noise[i * n + i] > 0.0 { scale * amounts[i] } else { start[i] }).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::fit::{Gram, Row, turn_upright};
    use super::super::reading::Reading;
    use super::super::reading::tests::noise;
    use super::*;

    #[test]
    fn what_lies_against_most_is_upside_down() {
        let mut gains = [-1.0, -0.9, 1.0].map(|amount| Gain { amount, ..Gain::default() });
        turn_upright(&mut gains);
        assert_eq!(gains.map(|gain| gain.amount), [1.0, 0.9, -1.0]);
    }

    /// Three stems behind a bus that turns every band of every frame as it likes; the last lies a decibel down.
    #[test]
    fn gains_are_told_apart_behind_a_bus_that_turns_every_band_of_every_frame() {
        let layout = Layout::new();
        let mut rows: [Vec<Row>; 2] =
            [0, 1].map(|_| (0..4).map(|index| Row::new(index, 4, &layout)).collect());
        let mut seed = 11;
        let first: Vec<Gain> = vec![Gain { amount: 1.0, ..Gain::default() }; 3];
        let amounts = [1.0f32, 1.0, 0.891_25];
        for frame in 0..96 {
            // Each plays in every band, and rises and falls in its own time.
            let stems: Vec<Spectrum> = [5, 7, 11]
                .map(|beat| {
                    let level = 0.1 + (frame % beat) as f32 / beat as f32;
                    noise(&layout, &mut seed, |band| level / (1.0 + (band % beat) as f32))
                })
                .into();
            let turns = noise(&layout, &mut seed, |_| 1.0);
            let mut mix = Spectrum::zeros(stems[0].re.len());
            for band in 0..layout.bands() {
                let place = layout.place(band);
                // Any gain between 0.2 and 1, that goes with the loudest stem, and any phase.
                let gain = 0.2 + 0.8 / (1.0 + 3.0 * (frame % 5) as f32);
                let (sin, cos) = turns.re[place.start].sin_cos();
                for k in place {
                    for (stem, amount) in stems.iter().zip(amounts) {
                        mix.re[k] += gain * amount * (cos * stem.re[k] - sin * stem.im[k]);
                        mix.im[k] += gain * amount * (sin * stem.re[k] + cos * stem.im[k]);
                    }
                }
            }
            let signals: Vec<&Spectrum> = stems.iter().chain([&mix]).collect();
            let reading = Reading::new(&layout, &signals, &first, false);
            for (rows, reading) in rows.iter_mut().zip([None, Some(&reading)]) {
                rows.iter_mut().for_each(|row| row.add(&layout, &signals, frame, reading));
            }
        }
        let [plain, across] = rows.map(|rows| Gram::new(&rows, &layout).solve());
        let relative = |gains: &[Gain], i: usize| gains[i].amount / gains[1].amount;
        assert!((relative(&plain, 0) - 1.0).abs() > 0.1, "a plain fit is fooled: {plain:?}");
        assert!((relative(&across, 0) - 1.0).abs() < 0.005, "{across:?}");
        assert!((relative(&across, 2) - 0.891_25).abs() < 0.005, "{across:?}");
        assert!(across.iter().all(|gain| gain.amount_error_ratio < 0.01 * gain.amount), "{across:?}");
    }
}
