//! Generalised cross-correlation: how late one channel is against another, every bin weighted by its coherence (the phase
//! transform, GCC-PHAT, of what the channels share).

use super::level::{add_weighted, sum_and_energy};
use super::simd::{Arithmetic, dispatch, greater32};
use super::window::hann;
use rustfft::{Fft, FftPlanner, num_complex::Complex};
use std::sync::Arc;

/// Bins whose cross power is this much weaker than the strongest carry no phase to speak of: 60 dB.
const MIN_BIN_SHARE: f32 = 1e-6;

/// Coherence of two channels over many frames, and how late one is against the other throughout.
///
/// A delay that lasts turns the phase of every bin by the same angle in all frames, so their mean stays; what the channels
/// do not share, or share with other delays from moment to moment, cancels out. One inverse transform at the end replaces one
/// per frame.
pub struct CoherentDelay {
    forward: Arc<dyn Fft<f32>>,
    inverse: Arc<dyn Fft<f32>>,
    window: Vec<f32>,
    frame: Vec<Complex<f32>>,
    scratch: Vec<Complex<f32>>,
    /// Of the newest frame, and summed over frames of equal total power.
    newest: Coherences,
    sums: Coherences,
    frames: usize,
    /// |L|² + |R|² of every bin, over all frames.
    pub power: Vec<f64>,
}

/// Real and imaginary part of L R*, |L|² and |R|², by bin.
struct Coherences {
    re: Vec<f32>,
    im: Vec<f32>,
    left: Vec<f32>,
    right: Vec<f32>,
}

impl Coherences {
    fn zeros(bins: usize) -> Coherences {
        let zeros = vec![0.0; bins];
        Coherences { re: zeros.clone(), im: zeros.clone(), left: zeros.clone(), right: zeros }
    }

    fn slices(&mut self, bins: std::ops::Range<usize>) -> [&mut [f32]; 4] {
        let Coherences { re, im, left, right } = self;
        [re, im, left, right].map(|values| &mut values[bins.clone()])
    }

    fn add(&mut self, other: &Coherences, weight: f32) {
        add_weighted(&mut self.re, &other.re, weight);
        add_weighted(&mut self.im, &other.im, weight);
        add_weighted(&mut self.left, &other.left, weight);
        add_weighted(&mut self.right, &other.right, weight);
    }
}

dispatch! {
    /// Coherences of bins and of their mirror images, which run backwards.
    fn coherences(bins: &[Complex<f32>], mirrored: &[Complex<f32>], out: [&mut [f32]; 4]) = coherences_body
}

/// From Z = FFT(L + iR): |L|² and |R|² are (|a|² + |b|²)/4 ± Re(ab)/2.
#[inline(always)]
fn coherences_body<A: Arithmetic>(bins: &[Complex<f32>], mirrored: &[Complex<f32>], out: [&mut [f32]; 4]) {
    let [re, im, left, right] = out;
    let outputs = re.iter_mut().zip(im).zip(left.iter_mut().zip(right));
    for (((re, im), (left, right)), (a, b)) in outputs.zip(bins.iter().zip(mirrored.iter().rev())) {
        let squares = [A::madd32(a.re, a.re, a.im * a.im), A::madd32(b.re, b.re, b.im * b.im)];
        let (sum, difference) =
            (0.25 * (squares[0] + squares[1]), 0.5 * A::madd32(a.re, b.re, -(a.im * b.im)));
        *re = 0.5 * A::madd32(a.re, b.im, a.im * b.re);
        *im = 0.25 * (squares[0] - squares[1]);
        *left = greater32(sum + difference, 0.0);
        *right = greater32(sum - difference, 0.0);
    }
}

/// The delay that stands out.
pub struct DelayPeak {
    /// How late the right channel is.
    pub delay: i32,
    /// Its height, where 1 is a pure delay.
    pub height_ratio: f32,
    /// Height without delay.
    pub center_ratio: f32,
    /// Bins that voted, weighted by their coherence.
    pub vote_weight: f32,
}

impl CoherentDelay {
    /// Frames of `size` samples (even).
    pub fn new(size: usize) -> CoherentDelay {
        let mut planner = FftPlanner::new();
        let forward = planner.plan_fft_forward(size);
        let scratch = vec![Complex::default(); forward.get_inplace_scratch_len()];
        CoherentDelay {
            forward,
            inverse: planner.plan_fft_inverse(size),
            window: hann(size),
            frame: vec![Complex::default(); size],
            scratch,
            newest: Coherences::zeros(size / 2 + 1),
            sums: Coherences::zeros(size / 2 + 1),
            frames: 0,
            power: vec![0.0; size / 2 + 1],
        }
    }

    /// Samples of a frame.
    pub fn size(&self) -> usize {
        self.frame.len()
    }

    /// Frames in which both channels had sound.
    pub fn frames(&self) -> usize {
        self.frames
    }

    /// Takes in one frame; without a right channel only its power counts.
    pub fn push(&mut self, left: &[f32], right: Option<&[f32]>) {
        let size = self.size();
        for (i, (z, w)) in self.frame.iter_mut().zip(&self.window).enumerate() {
            *z = Complex::new(w * left[i], right.map_or(0.0, |right| w * right[i]));
        }
        self.forward.process_with_scratch(&mut self.frame, &mut self.scratch);
        let half = size / 2;
        let (low, high) = self.frame.split_at(half);
        coherences(&low[1..], &high[1..], self.newest.slices(1..half));
        // The outermost bins mirror themselves.
        for k in [0, half] {
            coherences(&self.frame[k..=k], &self.frame[k..=k], self.newest.slices(k..k + 1));
        }
        let (lefts, rights) = (&self.newest.left, &self.newest.right);
        for ((power, left), right) in self.power.iter_mut().zip(lefts).zip(rights) {
            *power += f64::from(left + right);
        }
        let (total_left, total_right) = (sum_and_energy(lefts)[0], sum_and_energy(rights)[0]);
        if right.is_none() || total_left.min(total_right) <= f64::from(f32::MIN_POSITIVE) {
            return;
        }
        self.frames += 1;
        self.sums.add(&self.newest, (1.0 / (total_left + total_right)) as f32);
    }

    /// The highest peak within `longest` samples; `None` without frames.
    pub fn peak(&self, longest: i32) -> Option<DelayPeak> {
        if self.frames == 0 {
            return None;
        }
        // Neither the mean nor the Nyquist frequency has a phase.
        let inner = 1..self.size() / 2;
        let Coherences { re, im, left, right } = &self.sums;
        let cross = |k: usize| Complex::new(re[k], im[k]);
        let strongest = inner.clone().map(|k| cross(k).norm()).fold(0.0, f32::max);
        // Unrelated channels show a coherence of one over the number of frames by chance.
        let chance = 1.0 / self.frames as f32;
        let mut line = vec![Complex::<f32>::default(); self.size()];
        let (mut sum, mut squares) = (0.0, 0.0);
        for k in inner {
            let norm = cross(k).norm();
            if norm <= MIN_BIN_SHARE * strongest {
                continue;
            }
            let coherence = norm * norm / (left[k] * right[k]).max(f32::MIN_POSITIVE);
            let weight = ((coherence - chance) / (1.0 - chance).max(chance)).clamp(0.0, 1.0);
            line[k] = cross(k) / norm * weight;
            sum += weight;
            squares += weight * weight;
        }
        if sum <= 0.0 {
            return None;
        }
        self.inverse.process(&mut line);
        let height = |delay: i32| line[(-delay).rem_euclid(line.len() as i32) as usize].re / sum;
        let delay = (-longest..=longest).max_by(|a, b| height(*a).total_cmp(&height(*b)))?;
        Some(DelayPeak {
            delay,
            height_ratio: height(delay),
            center_ratio: height(0),
            vote_weight: sum * sum / squares,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::simd::Plain;

    #[test]
    fn both_copies_agree_with_the_definition() {
        let wave = |step: f32| (0..37).map(|i| (i as f32 * step).sin()).collect::<Vec<f32>>();
        let complex = |re: Vec<f32>, im: Vec<f32>| -> Vec<Complex<f32>> {
            re.into_iter().zip(im).map(|(re, im)| Complex::new(re, im)).collect()
        };
        let (bins, mirrored) = (complex(wave(0.7), wave(1.1)), complex(wave(1.9), wave(0.3)));
        let (mut fast, mut plain) = (Coherences::zeros(37), Coherences::zeros(37));
        coherences(&bins, &mirrored, fast.slices(0..37));
        coherences_body::<Plain>(&bins, &mirrored, plain.slices(0..37));
        for k in 0..37 {
            // L = (Z[k] + conj Z[N − k]) / 2, R = (Z[k] − conj Z[N − k]) / 2i.
            let (a, b) = (bins[k], mirrored[36 - k]);
            let (left, right) = ((a + b.conj()) / 2.0, (a - b.conj()) / Complex::new(0.0, 2.0));
            let cross = left * right.conj();
            let exact = [cross.re, cross.im, left.norm_sqr(), right.norm_sqr()];
            for own in [&fast, &plain] {
                let own = [own.re[k], own.im[k], own.left[k], own.right[k]];
                assert!(
                    own.iter().zip(exact).all(|(own, exact)| (own - exact).abs() < 1e-5),
                    "{k}: {own:?} {exact:?}"
                );
            }
        }
    }
}
