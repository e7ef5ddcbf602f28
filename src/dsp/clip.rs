//! Soft clipping at eight times the sample rate.
//!
//! The signal is interpolated by a windowed sinc, the difference between the clipped and the plain curve is filtered by
//! the same sinc and decimated. Where nothing is clipped the difference is exactly zero, and nothing is computed.

use super::oversample::bessel_i0;
use std::f64::consts::PI;

/// Points per sample.
const FACTOR: usize = 8;

/// Reach of the filter to each side, in samples.
const REACH: usize = 16;

/// Taps that interpolate one point.
const TAPS: usize = 2 * REACH;

/// Frames by which the output is late: once for the way up, once for the way down.
pub const DELAY: usize = 2 * REACH;

/// Frames by which [`Clipper::ratios`] are late.
pub const RATIOS_DELAY: usize = REACH;

/// Shape of the Kaiser window: −80 dB beyond the transition.
const KAISER_BETA: f64 = 8.0;

/// Clips one channel in blocks of one length.
#[derive(Debug, Clone)]
pub struct Clipper {
    ceiling: f32,
    knee: f32,
    /// The sinc at points `k` / 8 before (first half) and after its middle.
    phases: [[f32; TAPS]; FACTOR],
    /// No point is greater than this times the greatest sample around.
    bound: f32,
    /// The last `TAPS + 2 · REACH` samples, then the block.
    input: Vec<f32>,
    /// Differences at the higher rate: those of the last `TAPS` samples, then of the block.
    difference: Vec<[f32; FACTOR]>,
    /// Whether each of these samples has any.
    clipped: Vec<bool>,
    ratios: Vec<f32>,
}

impl Clipper {
    /// A clipper that leaves what is below `knee` alone and never reaches `ceiling`, for blocks of `block` samples.
    pub fn new(ceiling: f64, knee: f64, block: usize) -> Clipper {
        let phases = phases();
        let bound = phases.iter().map(|phase| phase.iter().map(|tap| tap.abs()).sum()).fold(1.0, f32::max);
        Clipper {
            ceiling: ceiling as f32,
            knee: knee as f32,
            phases,
            bound,
            input: vec![0.0; 2 * TAPS + block],
            difference: vec![[0.0; FACTOR]; TAPS + block],
            clipped: vec![false; TAPS + block],
            ratios: vec![1.0; block],
        }
    }

    /// How far each frame of the last block was pulled down between its neighbours: output over input of the point that
    /// lost most.
    pub fn ratios(&self) -> &[f32] {
        &self.ratios
    }

    /// Replaces a block by the clipped signal, [`DELAY`] frames late.
    pub fn process(&mut self, samples: &mut [f32]) {
        let block = samples.len();
        self.input.copy_within(block.., 0);
        self.input[2 * TAPS..].copy_from_slice(samples);
        self.difference.copy_within(block.., 0);
        self.clipped.copy_within(block.., 0);
        self.clip(block);
        for (index, out) in samples.iter_mut().enumerate() {
            // The point of sample `index + TAPS` of the input stands in the middle of the differences around it.
            let plain = self.input[index + TAPS];
            let around = &self.clipped[index..index + TAPS];
            *out = if around.contains(&true) { plain + self.lowered(index) } else { plain };
        }
    }

    /// The differences of the newest samples whose surroundings are known.
    fn clip(&mut self, block: usize) {
        for index in 0..block {
            let place = TAPS + index;
            // Interpolates from sample `at` up to the next one.
            let at = 2 * TAPS + index - REACH;
            let window = &self.input[at + 1 - REACH..=at + REACH];
            let greatest = window.iter().fold(0.0f32, |most, sample| most.max(sample.abs()));
            self.ratios[index] = 1.0;
            self.clipped[place] = false;
            self.difference[place] = [0.0; FACTOR];
            if greatest * self.bound <= self.knee {
                continue;
            }
            for (phase, difference) in self.phases.iter().zip(&mut self.difference[place]) {
                let point: f32 = dot(window, phase);
                let level = point.abs();
                if level > self.knee {
                    let room = self.ceiling - self.knee;
                    let rounded = self.knee + room * ((level - self.knee) / room).tanh();
                    *difference = (rounded - level) * point.signum();
                    self.ratios[index] = self.ratios[index].min(rounded / level);
                    self.clipped[place] = true;
                }
            }
        }
    }

    /// What clipping changes at one sample: the differences around it, through the low-pass.
    fn lowered(&self, index: usize) -> f32 {
        // The sinc is even, so that the filter runs over the same phases: the point `k` / 8 after sample `j` reaches a
        // sample `m` with the sinc at m − j − k / 8.
        let around = &self.difference[index..index + TAPS];
        let mut sum = 0.0;
        for (place, points) in around.iter().enumerate() {
            for (phase, point) in self.phases.iter().zip(points) {
                sum += phase[TAPS - 1 - place] * point;
            }
        }
        sum / FACTOR as f32
    }
}

/// Sum of products, in eight lanes.
fn dot(a: &[f32], b: &[f32; TAPS]) -> f32 {
    let mut lanes = [0.0f32; 8];
    for (a, b) in a.chunks_exact(8).zip(b.chunks_exact(8)) {
        for lane in 0..8 {
            lanes[lane] += a[lane] * b[lane];
        }
    }
    lanes.iter().sum()
}

/// Windowed sinc of the points `k` / 8 after the middle sample, each with unity gain at zero frequency.
fn phases() -> [[f32; TAPS]; FACTOR] {
    let reach = REACH as f64;
    let mut phase = 0;
    [(); FACTOR].map(|()| {
        let offset = phase as f64 / FACTOR as f64;
        phase += 1;
        let mut tap = 0;
        let taps = [(); TAPS].map(|()| {
            let distance = tap as f64 + 1.0 - reach - offset;
            tap += 1;
            let sinc = if distance == 0.0 { 1.0 } else { (PI * distance).sin() / (PI * distance) };
            let edge = (1.0 - (distance / reach).powi(2)).max(0.0).sqrt();
            sinc * bessel_i0(KAISER_BETA * edge) / bessel_i0(KAISER_BETA)
        });
        let sum: f64 = taps.iter().sum();
        taps.map(|tap| (tap / sum) as f32)
    })
}
