//! The mix as a sum of stems: one gain and one small delay per stem, by least squares over time and frequency.
//!
//! The normal equations are sums over frames: for every band the cross spectra of all stems with each other and with
//! the mix. They are gathered in four folds, so that leaving out one at a time tells how sure a gain is.

use super::across::{AcrossRow, Forms, PARTS};
use super::reading::Reading;
use crate::dsp::least_squares::solve_symmetric;
use crate::dsp::stereo_fft::{Spectrum, complex_dot};
use std::f64::consts::PI;

/// Samples of a frame.
pub const FRAME: usize = 4096;
/// Parts of the song that are left out in turn.
pub const FOLDS: usize = 4;
/// Frames in a row of one fold: half a second.
const FRAMES_OF_A_FOLD: usize = 6;
/// Standard errors that a difference has to stand out by, where the spread is known well.
const SURE_ERRORS: f64 = 3.0;
/// Ratio of the edges of a band, and its least bins.
const BAND_RATIO: f64 = 1.16;
const MIN_BINS: usize = 2;
/// What cannot be told apart is shared.
const RIDGE: f64 = 1e-9;
/// Rounds of weighting the bands by what is left in them.
const ROUNDS: usize = 3;
/// Noise of a bin that no weighting goes below, against the mean bin of the mix: 40 dB. Where the mix is emptier (above
/// the cut of a coder, in the rounding of the last bit), it says nothing about gains.
const WEIGHT_FLOOR: f64 = 1e-4;
/// Angular frequency per frame up to which a delay of a frame is a straight line; above, bands lose weight.
const STRAIGHT_UP_TO: f64 = 0.8;

/// Edges of the bands in bins of a frame.
pub struct Layout {
    edges: Vec<usize>,
}

impl Layout {
    /// The bands of frames of [`FRAME`].
    pub fn new() -> Layout {
        let mut edges = vec![1];
        let mut low = 1;
        while low < FRAME / 2 {
            low = (low + MIN_BINS).max((low as f64 * BAND_RATIO) as usize).min(FRAME / 2);
            edges.push(low);
        }
        Layout { edges }
    }

    /// Number of bands.
    pub fn bands(&self) -> usize {
        self.edges.len() - 1
    }

    /// Bins of a band.
    pub fn bins(&self, band: usize) -> usize {
        self.edges[band + 1] - self.edges[band]
    }

    /// Centre of a band in bins.
    pub fn center(&self, band: usize) -> f64 {
        (self.edges[band] + self.edges[band + 1] - 1) as f64 / 2.0
    }

    /// Puts a spectrum of L + iR in the order of the bands: for each, the positive bins, then the conjugate of the
    /// negative ones, so that a complex product sums both channels.
    pub fn sort(&self, spectrum: &Spectrum) -> Spectrum {
        let mut sorted = Spectrum::default();
        let size = spectrum.re.len();
        for edges in self.edges.windows(2) {
            sorted.re.extend_from_slice(&spectrum.re[edges[0]..edges[1]]);
            sorted.im.extend_from_slice(&spectrum.im[edges[0]..edges[1]]);
            sorted.re.extend((edges[0]..edges[1]).map(|k| spectrum.re[size - k]));
            sorted.im.extend((edges[0]..edges[1]).map(|k| -spectrum.im[size - k]));
        }
        sorted
    }

    /// Place of a band in a sorted spectrum.
    pub(super) fn place(&self, band: usize) -> std::ops::Range<usize> {
        2 * (self.edges[band] - 1)..2 * (self.edges[band + 1] - 1)
    }

    /// Σ conj(a) b over a band.
    pub fn dot(&self, band: usize, a: &Spectrum, b: &Spectrum) -> (f64, f64) {
        let place = self.place(band);
        let (re, im) =
            complex_dot((&a.re[place.clone()], &a.im[place.clone()]), (&b.re[place.clone()], &b.im[place]));
        (re / 2.0, im / 2.0)
    }
}

impl Default for Layout {
    fn default() -> Layout {
        Layout::new()
    }
}

/// One row of the normal equations: a signal with itself and with all that follow it. The mix is the last signal.
pub struct Row {
    index: usize,
    width: usize,
    bands: usize,
    sums: Vec<(f64, f64)>,
    /// Its power as it was weighted, and the part of that in places that the last fit left unexplained.
    heard: (f64, f64),
    /// What of it stands across the mix, where a reading asks for that.
    across: AcrossRow,
}

impl Row {
    /// The row of a signal among `signals`.
    pub fn new(index: usize, signals: usize, layout: &Layout) -> Row {
        let width = signals - index;
        Row {
            index,
            width,
            bands: layout.bands(),
            sums: vec![(0.0, 0.0); FOLDS * layout.bands() * width],
            heard: (0.0, 0.0),
            across: AcrossRow::default(),
        }
    }

    /// Takes in one frame of the song: the sorted spectra of all signals, each band as the reading weights it.
    pub fn add(&mut self, layout: &Layout, spectra: &[&Spectrum], frame: usize, reading: Option<&Reading>) {
        let fold = frame / FRAMES_OF_A_FOLD % FOLDS;
        let own = spectra[self.index];
        let mut products = Vec::with_capacity(self.width);
        for band in 0..self.bands {
            let weight = reading.map_or(1.0, |reading| reading.weights[band]);
            let across = reading.map(|reading| &reading.across).filter(|across| across.reads(band));
            if weight == 0.0 && across.is_none() {
                continue;
            }
            let at = (fold * self.bands + band) * self.width;
            products.clear();
            for (sum, other) in self.sums[at..at + self.width].iter_mut().zip(&spectra[self.index..]) {
                let (re, im) = layout.dot(band, own, other);
                products.push(re);
                sum.0 += weight * re;
                sum.1 += weight * im;
            }
            if let Some(reading) = reading {
                let power = weight * products[0];
                self.heard.0 += power;
                self.heard.1 += power * reading.unexplained[band];
            }
            if let Some(across) = across {
                self.across.add(across, (self.index, frame % PARTS), band, &products[..self.width - 1]);
            }
        }
    }
}

/// The Hermitian matrix of one band; the mix is the last row and column.
pub(super) type Matrix = Vec<(f64, f64)>;

/// The normal equations.
pub struct Gram {
    pub(super) signals: usize,
    pub(super) centers: Vec<f64>,
    bins: Vec<f64>,
    /// Per fold, per band.
    folds: Vec<Vec<Matrix>>,
    /// Per signal, the share of its weighted power in places that were not explained; empty without a reading.
    unexplained: Vec<f64>,
    /// What stands across the mix, where it was read.
    across: Option<Forms>,
}

/// What was found for one stem.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Gain {
    /// Linear gain, negative where it is upside down.
    pub amount: f64,
    /// Standard error of the gain by the jackknife.
    pub amount_error_ratio: f64,
    /// How many of these a difference has to stand out by.
    pub(crate) sure_errors: f64,
    /// How many frames later it lies than it was aligned, where that is less than a few.
    pub(crate) late: f64,
    /// Standard error of that.
    pub(crate) late_error: f64,
    /// Share of its power that no other stem could stand in for: near 0, its gain is arbitrary.
    pub own_share: f64,
    /// Share of the mix that stays unexplained where this stem's gain was read: as much of the stem may have been left
    /// out by a coder, and its gain is too low by up to that.
    pub unexplained_share: f64,
}

/// Behind a bus whose filters turn the phase, it says nothing which way up all stems lie together: most lie upright.
pub fn turn_upright(gains: &mut [Gain]) {
    let down = gains.iter().filter(|gain| gain.amount < 0.0).count();
    if 2 * down > gains.len() {
        gains.iter_mut().for_each(|gain| gain.amount = -gain.amount);
    }
}

impl Gram {
    /// From all rows.
    pub fn new(rows: &[Row], layout: &Layout) -> Gram {
        let signals = rows.len();
        let folds = (0..FOLDS)
            .map(|fold| {
                (0..layout.bands())
                    .map(|band| {
                        let mut matrix = vec![(0.0, 0.0); signals * signals];
                        for row in rows {
                            let at = (fold * row.bands + band) * row.width;
                            for (step, (re, im)) in row.sums[at..at + row.width].iter().enumerate() {
                                let (i, j) = (row.index, row.index + step);
                                matrix[i * signals + j] = (*re, *im);
                                matrix[j * signals + i] = (*re, -im);
                            }
                        }
                        matrix
                    })
                    .collect()
            })
            .collect();
        Gram {
            signals,
            centers: (0..layout.bands()).map(|band| layout.center(band)).collect(),
            bins: (0..layout.bands()).map(|band| layout.bins(band) as f64).collect(),
            folds,
            unexplained: rows
                .iter()
                .filter(|row| row.heard.0 > 0.0)
                .map(|row| row.heard.1 / row.heard.0)
                .collect(),
            across: Forms::new(&rows[..signals - 1].iter().map(|row| &row.across).collect::<Vec<_>>()),
        }
    }

    /// The sum of the folds for which `takes` holds.
    pub(super) fn sum(&self, takes: impl Fn(usize) -> bool) -> Vec<Matrix> {
        let mut sum = vec![vec![(0.0, 0.0); self.signals * self.signals]; self.centers.len()];
        for (_, fold) in self.folds.iter().enumerate().filter(|(fold, _)| takes(*fold)) {
            for (sum, matrix) in sum.iter_mut().zip(fold) {
                sum.iter_mut().zip(matrix).for_each(|(sum, value)| {
                    sum.0 += value.0;
                    sum.1 += value.1;
                });
            }
        }
        sum
    }

    /// Gains and small delays of all stems, with their errors.
    pub fn solve(&self) -> Vec<Gain> {
        let stems = self.signals - 1;
        let all = self.sum(|_| true);
        let power: f64 = all.iter().map(|matrix| self.mix_power(matrix)).sum();
        let floor = WEIGHT_FLOOR * power / self.bins.iter().sum::<f64>();
        let weight = |band: usize, left: f64| {
            let steep = (self.omega(band) / STRAIGHT_UP_TO).powi(4);
            let bins = self.bins[band];
            bins / ((left + bins * floor).max(f64::MIN_POSITIVE) * (1.0 + steep))
        };
        let mut weights: Vec<f64> =
            all.iter().enumerate().map(|(band, matrix)| weight(band, self.mix_power(matrix))).collect();
        let mut solution = Vec::new();
        for _ in 0..ROUNDS {
            solution = self.weighted(&all, &weights);
            for (band, matrix) in all.iter().enumerate() {
                weights[band] = weight(band, self.left(band, matrix, &solution));
            }
        }
        let left_out: Vec<Vec<f64>> =
            (0..FOLDS).map(|out| self.weighted(&self.sum(|fold| fold != out), &weights)).collect();
        let error = |index: usize| {
            let squares: f64 = left_out.iter().map(|one| (one[index] - solution[index]).powi(2)).sum();
            (squares * (FOLDS - 1) as f64 / FOLDS as f64).sqrt()
        };
        let own = self.own_shares(&all, &weights);
        let unexplained = |index: usize| {
            if let Some(share) =
                self.unexplained.get(index).filter(|_| self.unexplained.len() == self.signals)
            {
                return *share;
            }
            let (mut left, mut whole) = (0.0, 0.0);
            for (band, matrix) in all.iter().enumerate() {
                let weight = weights[band] * matrix[index * self.signals + index].0;
                let mix = self.mix_power(matrix).max(f64::MIN_POSITIVE);
                left += weight * (self.left(band, matrix, &solution) / mix).min(1.0);
                whole += weight;
            }
            if whole > 0.0 { left / whole } else { 1.0 }
        };
        let mut gains: Vec<Gain> = (0..stems)
            .map(|i| {
                let (amount, slope) = (solution[i], solution[stems + i]);
                let safe = if amount.abs() > 1e-6 { amount } else { f64::INFINITY };
                Gain {
                    amount,
                    amount_error_ratio: error(i),
                    sure_errors: SURE_ERRORS,
                    late: slope / safe,
                    late_error: error(stems + i) / safe.abs(),
                    own_share: own[i],
                    unexplained_share: unexplained(i),
                }
            })
            .collect();
        if let Some(across) = &self.across {
            across.correct(&mut gains);
        }
        gains
    }

    fn mix_power(&self, matrix: &Matrix) -> f64 {
        matrix[self.signals * self.signals - 1].0
    }

    /// Angular frequency of a band, per frame.
    fn omega(&self, band: usize) -> f64 {
        2.0 * PI * self.centers[band] / FRAME as f64
    }

    /// Solves for gains, then for gain times delay, with a weight per band: a stem that is late by d is
    /// S e^(−jωd), near enough S (1 − jωd).
    fn weighted(&self, matrices: &[Matrix], weights: &[f64]) -> Vec<f64> {
        let (n, stems) = (self.signals, self.signals - 1);
        let size = 2 * stems;
        let (mut system, mut right) = (vec![0.0; size * size], vec![0.0; size]);
        for (band, (matrix, weight)) in matrices.iter().zip(weights).enumerate() {
            let omega = self.omega(band);
            for i in 0..stems {
                for j in 0..stems {
                    let (re, im) = matrix[i * n + j];
                    system[i * size + j] += weight * re;
                    system[i * size + stems + j] += weight * omega * im;
                    system[(stems + i) * size + j] -= weight * omega * im;
                    system[(stems + i) * size + stems + j] += weight * omega * omega * re;
                }
                let (re, im) = matrix[i * n + stems];
                right[i] += weight * re;
                right[stems + i] -= weight * omega * im;
            }
        }
        solve_symmetric(&system, &right, RIDGE)
    }

    /// Power of the mix that is left in a band.
    fn left(&self, band: usize, matrix: &Matrix, solution: &[f64]) -> f64 {
        let (n, stems, omega) = (self.signals, self.signals - 1, self.omega(band));
        let response = |i: usize| (solution[i], -omega * solution[stems + i]);
        let mut left = self.mix_power(matrix);
        for i in 0..stems {
            let (hr, hi) = response(i);
            let (xr, xi) = matrix[i * n + stems];
            left -= 2.0 * (hr * xr + hi * xi);
            for j in 0..stems {
                let (gr, gi) = response(j);
                let (re, im) = matrix[i * n + j];
                left += (hr * gr + hi * gi) * re - (hr * gi - hi * gr) * im;
            }
        }
        left.max(0.0)
    }

    /// One over the variance inflation of each stem.
    fn own_shares(&self, matrices: &[Matrix], weights: &[f64]) -> Vec<f64> {
        let (n, stems) = (self.signals, self.signals - 1);
        let mut system = vec![0.0; stems * stems];
        for (matrix, weight) in matrices.iter().zip(weights) {
            for i in 0..stems {
                for j in 0..stems {
                    system[i * stems + j] += weight * matrix[i * n + j].0;
                }
            }
        }
        (0..stems)
            .map(|i| {
                let mut unit = vec![0.0; stems];
                unit[i] = 1.0;
                let inverse = solve_symmetric(&system, &unit, RIDGE)[i] * system[i * stems + i];
                if inverse > 0.0 { (1.0 / inverse).min(1.0) } else { 0.0 }
            })
            .collect()
    }
}
