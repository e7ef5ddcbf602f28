//! Pure signal mathematics on slices: no files, no documents, no blocks.
