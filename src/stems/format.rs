//! What most files of a set have in common.

use crate::model::{Stem, StemSetFormat};
use std::collections::BTreeMap;

/// The format of the majority; of equal votes, the better one.
pub fn majority(stems: &[Stem]) -> StemSetFormat {
    let sources = || stems.iter().map(|stem| &stem.analysis.source);
    let sample_rate_hz = majority_rate(stems);
    let frames =
        most(sources().filter(|source| source.sample_rate_hz == sample_rate_hz).map(|source| source.frames))
            .unwrap_or_default();
    StemSetFormat {
        sample_rate_hz,
        bits: most(sources().map(|source| source.bits)).flatten(),
        channels: most(sources().map(|source| source.channels)).unwrap_or_default(),
        frames,
        duration_s: if sample_rate_hz > 0 { frames as f64 / f64::from(sample_rate_hz) } else { 0.0 },
    }
}

/// The rate of the majority; of equal votes, the higher one.
pub fn majority_rate(stems: &[Stem]) -> u32 {
    most(stems.iter().map(|stem| stem.analysis.source.sample_rate_hz)).unwrap_or_default()
}

fn most<T: Ord>(values: impl Iterator<Item = T>) -> Option<T> {
    let mut votes: BTreeMap<T, usize> = BTreeMap::new();
    values.for_each(|value| *votes.entry(value).or_default() += 1);
    votes.into_iter().max_by(|a, b| a.1.cmp(&b.1).then(a.0.cmp(&b.0))).map(|(value, _)| value)
}
