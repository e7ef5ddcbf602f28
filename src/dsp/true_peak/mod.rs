//! Interpolation between samples: the 4-times filter that BS.1770-5 annex 2 prints, evaluated everywhere where it can matter, and an
//! accurate one of 16 phases and 64 taps, evaluated where a peak is.

mod fine;
mod table;

pub use fine::{FINE_PHASES, FINE_REACH, FinePeak, exceeds, interpolated, refine};
pub use table::{TABLE, TABLE_AFTER, TABLE_BEFORE, TABLE_LANES, TABLE_TAPS, table_limit, table_readings};
