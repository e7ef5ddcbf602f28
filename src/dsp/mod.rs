//! Pure signal mathematics on slices: no files, no documents, no blocks.

pub mod biquad;
pub mod crossover;
pub mod envelope;
mod matched;
pub mod oversample;
pub mod random;
pub mod sliding_minimum;
