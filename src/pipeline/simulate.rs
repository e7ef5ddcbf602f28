//! Runs moves on a song without writing anything, for `advise`.

use super::{Progress, stream};
use crate::advise::{Depth, Simulate, Simulated};
use crate::audio::Block;
use crate::error::Result;
use crate::measure::{Analyser, LoudnessMeter, PeakMeter};
use crate::model::{Analysis, Dynamics, Move};
use crate::process::Chain;
use crate::units::finite;
use std::path::Path;

/// A song on disk that moves can be tried on.
pub struct Song<'a> {
    path: &'a Path,
    before: &'a Analysis,
    progress: &'a dyn Progress,
}

impl<'a> Song<'a> {
    /// The song at `path`, which measured `before`.
    pub fn new(path: &'a Path, before: &'a Analysis, progress: &'a dyn Progress) -> Song<'a> {
        Song { path, before, progress }
    }
}

/// The meters of one simulation.
enum Meters {
    Loudness(Box<(LoudnessMeter, PeakMeter)>),
    Full(Box<Analyser>),
}

impl Meters {
    fn push(&mut self, block: &Block) {
        match self {
            Meters::Loudness(meters) => {
                meters.0.push(block);
                meters.1.push(block);
            }
            Meters::Full(analyser) => analyser.push(block),
        }
    }
}

impl Simulate for Song<'_> {
    fn simulate(&mut self, moves: &[Move], depth: Depth) -> Result<Simulated> {
        let start = |sample_rate_hz, channels| {
            let meters = match depth {
                Depth::Loudness => Meters::Loudness(Box::new((
                    LoudnessMeter::new(sample_rate_hz, channels),
                    PeakMeter::new(sample_rate_hz, channels),
                ))),
                Depth::Full => Meters::Full(Box::new(Analyser::new(sample_rate_hz, channels))),
            };
            Ok((Chain::new(moves, sample_rate_hz, channels)?, meters))
        };
        let ((mut chain, mut meters), decoded) = stream::pass(
            self.path,
            "trying the proposal",
            self.progress,
            start,
            |(chain, meters), block| {
                chain.process(block);
                meters.push(block);
                Ok(())
            },
        )?;
        meters.push(&chain.flush());
        let analysis = match meters {
            Meters::Full(analyser) => analyser.finish(decoded.source, decoded.integrity, decoded.content_id),
            Meters::Loudness(meters) => {
                let (loudness, peaks) = (meters.0.finish(), meters.1.finish());
                let plr_lu = peaks
                    .true_peak_dbtp
                    .zip(loudness.integrated_lufs)
                    .and_then(|(true_peak_dbtp, integrated_lufs)| finite(true_peak_dbtp - integrated_lufs));
                let dynamics = Dynamics { plr_lu, ..Dynamics::default() };
                Analysis { loudness, peaks, dynamics, ..self.before.clone() }
            }
        };
        Ok(Simulated { analysis, meters: chain.meters() })
    }
}
