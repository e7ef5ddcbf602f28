//! Pure signal mathematics on slices: no files, no documents, no blocks.

pub mod allpass;
pub mod bands;
pub mod biquad;
pub mod halving;
pub mod kweight;
pub mod level;
mod matched;
pub mod octave_bank;
pub mod phase_transform;
pub mod rechunk;
pub mod simd;
pub mod spectrum;
pub mod stats;
pub mod true_peak;
pub mod window;
pub mod crossover;
pub mod envelope;
mod matched;
pub mod oversample;
pub mod random;
pub mod sliding_minimum;
