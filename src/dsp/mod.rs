//! Pure signal mathematics on slices: no files, no documents, no blocks.

pub mod biquad;
mod matched;
