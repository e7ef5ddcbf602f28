//! What the normal equations say besides gains: which stems are nearly one signal, and how a stem's gain runs over
//! frequency.

use super::fit::{Gram, Matrix};
use crate::dsp::least_squares::solve_symmetric;

/// Two halves of a song agree on a gain to half a decibel.
const AGREEMENT: f64 = 0.06;
/// A band with less of a stem's power says nothing about it.
const LEAST_SHARE: f64 = 3e-3;
/// In one band alone, more cannot be told apart.
const BAND_RIDGE: f64 = 1e-7;

impl Gram {
    /// Pairs of stems whose correlation is at least `least`, of either sign.
    pub fn pairs(&self, least: f64) -> Vec<(usize, usize, f64)> {
        let (n, all) = (self.signals, self.sum(|_| true));
        let product = |i: usize, j: usize| all.iter().map(|matrix| matrix[i * n + j].0).sum::<f64>();
        let mut pairs = Vec::new();
        for i in 0..n - 1 {
            for j in i + 1..n - 1 {
                let powers = product(i, i) * product(j, j);
                let correlation = if powers > 0.0 { product(i, j) / powers.sqrt() } else { 0.0 };
                if correlation.abs() >= least {
                    pairs.push((i, j, correlation));
                }
            }
        }
        pairs
    }

    /// Magnitude of every stem's gain per band, where it plays there and both halves of the song agree: centre in
    /// bins, gain, and the share of the stem's power.
    pub fn responses(&self) -> Vec<Vec<(f64, f64, f64)>> {
        let (n, stems) = (self.signals, self.signals - 1);
        let halves = [self.sum(|fold| fold % 2 == 0), self.sum(|fold| fold % 2 == 1)];
        let whole = self.sum(|_| true);
        let power = |matrix: &Matrix, i: usize| matrix[i * n + i].0;
        let totals: Vec<f64> =
            (0..stems).map(|i| whole.iter().map(|matrix| power(matrix, i)).sum()).collect();
        let mut responses = vec![Vec::new(); stems];
        for band in 0..self.centers.len() {
            let all = self.in_band(&whole[band]);
            let parts = [self.in_band(&halves[0][band]), self.in_band(&halves[1][band])];
            for (i, response) in responses.iter_mut().enumerate() {
                let share = power(&whole[band], i) / totals[i].max(f64::MIN_POSITIVE);
                let agree = parts.iter().all(|part| (part[i] / all[i] - 1.0).abs() < AGREEMENT);
                if share > LEAST_SHARE && agree {
                    response.push((self.centers[band], all[i], share));
                }
            }
        }
        responses
    }

    /// Magnitudes of the complex gains of one band alone.
    fn in_band(&self, matrix: &Matrix) -> Vec<f64> {
        let (n, stems) = (self.signals, self.signals - 1);
        let size = 2 * stems;
        let (mut system, mut right) = (vec![0.0; size * size], vec![0.0; size]);
        for i in 0..stems {
            for j in 0..stems {
                let (re, im) = matrix[i * n + j];
                system[i * size + j] = re;
                system[i * size + stems + j] = -im;
                system[(stems + i) * size + j] = im;
                system[(stems + i) * size + stems + j] = re;
            }
            (right[i], right[stems + i]) = matrix[i * n + stems];
        }
        let solution = solve_symmetric(&system, &right, BAND_RIDGE);
        (0..stems).map(|i| solution[i].hypot(solution[stems + i])).collect()
    }
}
