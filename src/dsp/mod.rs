//! Pure signal mathematics on slices: no files, no documents, no blocks.

pub mod bands;
pub mod chroma;
pub mod halving;
pub mod phase_transform;
pub mod prediction;
pub mod rechunk;
pub mod spectrum;
pub mod stats;
pub mod window;
