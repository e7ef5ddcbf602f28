//! Generalised cross-correlation: how late one channel is against another, every bin weighted by its coherence (the phase
//! transform, GCC-PHAT, of what the channels share).

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
    bins: Vec<CoherenceBin>,
    frames: usize,
    /// |L|² + |R|² of every bin, over all frames.
    pub power: Vec<f64>,
}

/// Sums of L R*, |L|² and |R|² over frames of equal total power.
#[derive(Clone, Copy, Default)]
struct CoherenceBin {
    cross: Complex<f32>,
    left: f32,
    right: f32,
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
            bins: vec![CoherenceBin::default(); size / 2],
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
        // |L|² and |R|² from Z = FFT(L + iR): (|a|² + |b|²)/4 ± Re(ab)/2.
        let of = |k: usize| {
            let (a, b) = (self.frame[k], self.frame[(size - k) % size]);
            let (sum, difference) = ((a.norm_sqr() + b.norm_sqr()) / 4.0, (a * b).re / 2.0);
            let cross = Complex::new((a * b).im / 2.0, (a.norm_sqr() - b.norm_sqr()) / 4.0);
            CoherenceBin { cross, left: (sum + difference).max(0.0), right: (sum - difference).max(0.0) }
        };
        let (mut total_left, mut total_right) = (0.0, 0.0);
        for (k, power) in self.power.iter_mut().enumerate() {
            let bin = of(k);
            *power += f64::from(bin.left + bin.right);
            total_left += bin.left;
            total_right += bin.right;
        }
        if right.is_none() || total_left.min(total_right) <= f32::MIN_POSITIVE {
            return;
        }
        self.frames += 1;
        let scale = 1.0 / (total_left + total_right);
        for (k, sum) in self.bins.iter_mut().enumerate().skip(1) {
            let bin = of(k);
            sum.cross += bin.cross * scale;
            sum.left += bin.left * scale;
            sum.right += bin.right * scale;
        }
    }

    /// The highest peak within `longest` samples; `None` without frames.
    pub fn peak(&self, longest: i32) -> Option<DelayPeak> {
        if self.frames == 0 {
            return None;
        }
        let strongest = self.bins.iter().map(|bin| bin.cross.norm()).fold(0.0, f32::max);
        // Unrelated channels show a coherence of one over the number of frames by chance.
        let chance = 1.0 / self.frames as f32;
        let mut line = vec![Complex::<f32>::default(); self.size()];
        let (mut sum, mut squares) = (0.0, 0.0);
        for (z, bin) in line.iter_mut().zip(&self.bins) {
            let cross = bin.cross.norm();
            if cross <= MIN_BIN_SHARE * strongest {
                continue;
            }
            let coherence = cross * cross / (bin.left * bin.right).max(f32::MIN_POSITIVE);
            let weight = ((coherence - chance) / (1.0 - chance).max(chance)).clamp(0.0, 1.0);
            *z = bin.cross / cross * weight;
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
