//! Pure signal mathematics on slices: no files, no documents, no blocks.

pub mod allpass;
pub mod bands;
pub mod biquad;
pub mod chroma;
pub mod correlate;
pub mod crossover;
pub mod envelope;
pub mod flags;
pub mod gating;
pub mod halving;
pub mod kweight;
pub mod least_squares;
pub mod level;
mod matched;
pub mod octave_bank;
pub mod oversample;
pub mod phase_transform;
pub mod prediction;
pub mod random;
pub mod rechunk;
pub mod simd;
pub mod sliding_minimum;
pub mod spectrum;
pub mod stats;
pub mod stereo_fft;
pub mod true_peak;
pub mod window;
