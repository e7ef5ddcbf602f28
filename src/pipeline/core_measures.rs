//! The measures that most comparisons rest on, without the search for faults, origin, tempo and key: half the time of a whole
//! analysis.

use super::stream::{self, Lane};
use super::{Progress, measure};
use crate::decode::Decoded;
use crate::error::Result;
use crate::measure::{DynamicsMeter, LoudnessMeter, PeakMeter, SpectralMeter};
use crate::model::{Dynamics, Loudness, Peaks, Stereo, Tone};
use std::path::Path;

/// What [`measure_core`] finds: the same values as in an [`crate::model::Analysis`].
#[derive(Debug, Clone)]
pub struct CoreMeasures {
    /// Format, length, hash.
    pub decoded: Decoded,
    /// Loudness with all its series.
    pub loudness: Loudness,
    /// Sample and true peaks, overs, clipping.
    pub peaks: Peaks,
    /// Crest, PLR, PSR, DR.
    pub dynamics: Dynamics,
    /// The spectrum in third octaves.
    pub tone: Tone,
    /// The stereo image, broad-band and per band; `None` unless there are two channels.
    pub stereo: Option<Stereo>,
}

struct Core {
    loudness: LoudnessMeter,
    peaks: PeakMeter,
    dynamics: DynamicsMeter,
    spectral: SpectralMeter,
}

impl Core {
    fn lanes(&mut self) -> Vec<Lane<'_>> {
        let Core { loudness, peaks, dynamics, spectral } = self;
        vec![measure(spectral), measure(dynamics), measure(peaks), measure(loudness)]
    }
}

/// Measures one file in one pass, on the threads of the current pool.
///
/// # Errors
/// Those of [`crate::decode::Decoder`].
pub fn measure_core(path: &Path, progress: &dyn Progress) -> Result<CoreMeasures> {
    let start = |sample_rate_hz, channels| {
        let core = Core {
            loudness: LoudnessMeter::new(sample_rate_hz, channels),
            peaks: PeakMeter::new(sample_rate_hz, channels),
            dynamics: DynamicsMeter::new(sample_rate_hz, channels),
            spectral: SpectralMeter::new(sample_rate_hz, channels),
        };
        Ok(((), core))
    };
    let ((), core, decoded) = stream::pass(path, "measuring", progress, start, |(), _| Ok(()), Core::lanes)?;
    let (loudness, peaks) = (core.loudness.finish(), core.peaks.finish());
    let (dynamics, (tone, stereo)) =
        rayon::join(|| core.dynamics.finish(&loudness, &peaks), || core.spectral.finish(&loudness));
    Ok(CoreMeasures { decoded, loudness, peaks, dynamics, tone, stereo })
}
