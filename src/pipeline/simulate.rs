//! Runs moves on a song without writing anything, for `advise`.

use super::render::{Recording, RenderJob, record};
use super::stream::{self, Lane};
use super::trials::{LevelTracks, LimiterTracks};
use super::{Progress, measure};
use crate::advise::{Depth, LevelTrials, LimiterTrials, Simulate, Simulated, Split};
use crate::audio::Block;
use crate::encode::to_grid;
use crate::error::Result;
use crate::measure::{DynamicsMeter, LoudnessMeter, PeakMeter, SpectralMeter};
use crate::model::{Analysis, Dynamics, Move};
use crate::process::Chain;
use crate::units::finite;
use std::path::Path;

/// A song on disk that moves can be tried on.
pub struct Song<'a> {
    path: &'a Path,
    before: &'a Analysis,
    progress: &'a dyn Progress,
    /// The grid of the file that is written in the end.
    grid_bits: Option<u16>,
    /// The file that is written in the end: what is meant to be the plan goes into it at once.
    job: Option<&'a RenderJob<'a>>,
    recording: Option<Recording>,
}

impl<'a> Song<'a> {
    /// The song at `path`, which measured `before`.
    pub fn new(path: &'a Path, before: &'a Analysis, progress: &'a dyn Progress) -> Song<'a> {
        Song { path, before, progress, grid_bits: None, job: None, recording: None }
    }

    /// The same on the way to a file: it is heard as the file will hold it and, with `at_once`, written where the moves
    /// seem to be the plan.
    pub(super) fn on_the_way_to(self, job: &'a RenderJob<'a>, at_once: bool) -> Song<'a> {
        Song { grid_bits: job.grid_bits(), job: Some(job).filter(|_| at_once), ..self }
    }

    /// What was written last, if anything was.
    pub(super) fn recording(self) -> Option<Recording> {
        self.recording
    }
}

/// The meters of one simulation: those whose values a plan promises.
struct Meters {
    loudness: LoudnessMeter,
    peaks: PeakMeter,
    full: Option<Box<(DynamicsMeter, SpectralMeter)>>,
}

impl Meters {
    fn new(depth: Depth, sample_rate_hz: u32, channels: usize) -> Meters {
        Meters {
            loudness: LoudnessMeter::new(sample_rate_hz, channels),
            peaks: PeakMeter::new(sample_rate_hz, channels),
            full: (depth != Depth::Loudness).then(|| {
                Box::new((
                    DynamicsMeter::of_levels(sample_rate_hz, channels),
                    SpectralMeter::new(sample_rate_hz, channels),
                ))
            }),
        }
    }

    /// The meters side by side, the dearest first.
    fn lanes(&mut self) -> Vec<Lane<'_>> {
        let full =
            self.full.as_deref_mut().map(|(dynamics, spectral)| [measure(spectral), measure(dynamics)]);
        full.into_iter().flatten().chain([measure(&mut self.peaks), measure(&mut self.loudness)]).collect()
    }

    /// The song `before`, with what was measured in its place.
    fn finish(self, before: &Analysis) -> Analysis {
        let (loudness, peaks) = (self.loudness.finish(), self.peaks.finish());
        if let Some(full) = self.full {
            let dynamics = full.0.finish(&loudness, &peaks);
            let (tone, stereo) = full.1.finish(&loudness);
            return Analysis { loudness, peaks, dynamics, tone, stereo, ..before.clone() };
        }
        let plr_lu = peaks
            .true_peak_dbtp
            .zip(loudness.integrated_lufs)
            .and_then(|(true_peak_dbtp, integrated_lufs)| finite(true_peak_dbtp - integrated_lufs));
        let dynamics = Dynamics { plr_lu, ..Dynamics::default() };
        Analysis { loudness, peaks, dynamics, ..before.clone() }
    }
}

impl Simulate for Song<'_> {
    fn simulate(&mut self, moves: &[Move], depth: Depth) -> Result<Simulated> {
        if let Some(job) = self.job.filter(|_| depth == Depth::Final) {
            // The one before was not the plan.
            self.recording = None;
            let recording = record(moves, &self.before.content_id, job, self.progress)?;
            let heard = &recording.after;
            let analysis = Analysis {
                loudness: heard.loudness.clone(),
                peaks: heard.peaks.clone(),
                dynamics: heard.dynamics.clone(),
                tone: heard.tone.clone(),
                stereo: heard.stereo.clone(),
                ..self.before.clone()
            };
            let meters = recording.meters.clone();
            self.recording = Some(recording);
            return Ok(Simulated { analysis, meters });
        }
        let start = |sample_rate_hz, channels| Ok(Meters::new(depth, sample_rate_hz, channels));
        let (chain, meters) = self.run(moves, start, Meters::lanes)?;
        Ok(Simulated { analysis: meters.finish(self.before), meters: chain.meters() })
    }

    fn limiter_trials(&mut self, moves: &[Move], least_dbtp: f64) -> Result<Box<dyn LimiterTrials>> {
        let start = |sample_rate_hz, channels| {
            Ok(LimiterTracks::new(sample_rate_hz, channels, least_dbtp, self.before))
        };
        let (_, mut tracks) = self.run(moves, start, LimiterTracks::lanes)?;
        tracks.finish();
        Ok(Box::new(tracks))
    }

    fn level_trials(&mut self, moves: &[Move], split: &Split) -> Result<Box<dyn LevelTrials>> {
        let start =
            |sample_rate_hz, channels| Ok(LevelTracks::new(split, sample_rate_hz, channels, self.before));
        let (_, mut tracks) = self.run(moves, start, LevelTracks::lanes)?;
        tracks.finish();
        Ok(Box::new(tracks))
    }
}

impl Song<'_> {
    /// One pass of the song through the moves into meters.
    fn run<M: Send>(
        &self,
        moves: &[Move],
        start: impl FnOnce(u32, usize) -> Result<M>,
        lanes: impl for<'t> Fn(&'t mut M) -> Vec<Lane<'t>>,
    ) -> Result<(Chain, M)> {
        let start = |sample_rate_hz, channels| {
            Ok((Chain::new(moves, sample_rate_hz, channels)?, start(sample_rate_hz, channels)?))
        };
        let settle = |block: &mut Block| {
            if let Some(bits) = self.grid_bits {
                to_grid(block, bits);
            }
        };
        let process = |chain: &mut Chain, block: &mut Block| {
            chain.process(block);
            settle(block);
            Ok(())
        };
        let (mut chain, mut meters, _) =
            stream::pass(self.path, "trying the proposal", self.progress, start, process, &lanes)?;
        let mut rest = chain.flush();
        settle(&mut rest);
        lanes(&mut meters).iter_mut().try_for_each(|take| take(&rest))?;
        Ok((chain, meters))
    }
}
