//! Pure signal mathematics on slices: no files, no documents, no blocks.

pub mod allpass;

pub mod flags;

pub mod kweight;

pub mod octave_bank;

pub mod simd;

pub mod stats;

pub mod true_peak;
