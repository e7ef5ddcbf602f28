//! Two channels under construction: sounds are placed in time and between the speakers.

use super::{Filter, SAMPLE_RATE_HZ, frame_at};
use crate::audio::Block;
use std::f32::consts::{FRAC_PI_4, SQRT_2};

/// Two channels of one length.
#[derive(Debug, Clone)]
pub struct Stereo {
    left: Vec<f32>,
    right: Vec<f32>,
}

impl Stereo {
    /// Silence.
    pub fn silent(frames: usize) -> Stereo {
        Stereo { left: vec![0.0; frames], right: vec![0.0; frames] }
    }

    /// Length in frames.
    pub fn frames(&self) -> usize {
        self.left.len()
    }

    /// Left and right.
    pub fn sides(&self) -> [&[f32]; 2] {
        [&self.left, &self.right]
    }

    /// Left and right, to be changed.
    pub fn sides_mut(&mut self) -> [&mut [f32]; 2] {
        [&mut self.left, &mut self.right]
    }

    /// Adds a sound at a time; what reaches beyond the end is left out. `pan` runs from −1 (left) to 1 (right)
    /// with equal power; in the middle both channels get the sound as it is.
    pub fn place(&mut self, at_s: f64, sound: &[f32], gain: f32, pan: f32) {
        let angle = (pan.clamp(-1.0, 1.0) + 1.0) * FRAC_PI_4;
        let (to_left, to_right) = (gain * SQRT_2 * angle.cos(), gain * SQRT_2 * angle.sin());
        let start = frame_at(at_s).min(self.frames());
        add_scaled(&mut self.left[start..], sound, to_left);
        add_scaled(&mut self.right[start..], sound, to_right);
    }

    /// Adds another signal from the start, with a gain.
    pub fn add(&mut self, other: &Stereo, gain: f32) {
        add_scaled(&mut self.left, &other.left, gain);
        add_scaled(&mut self.right, &other.right, gain);
    }

    /// Changes every sample of both channels.
    pub fn map(&mut self, mut change: impl FnMut(f32) -> f32) {
        self.left.iter_mut().chain(&mut self.right).for_each(|sample| *sample = change(*sample));
    }

    /// Runs each channel through its own copy of a filter, as in `sound.filter(&highpass, Filter::high)`.
    pub fn filter(&mut self, filter: &Filter, output: impl Fn(&mut Filter, f32) -> f32) {
        let (mut on_left, mut on_right) = (filter.clone(), filter.clone());
        // Both channels in one loop: two independent recursions run side by side in the processor.
        for (left, right) in self.left.iter_mut().zip(&mut self.right) {
            *left = output(&mut on_left, *left);
            *right = output(&mut on_right, *right);
        }
    }

    /// The signal as a block.
    pub fn into_block(self) -> Block {
        Block::from_channels(vec![self.left, self.right], SAMPLE_RATE_HZ as u32)
    }
}

fn add_scaled(target: &mut [f32], sound: &[f32], gain: f32) {
    for (sum, sample) in target.iter_mut().zip(sound) {
        *sum += gain * sample;
    }
}
