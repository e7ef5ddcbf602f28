//! Blocks become an [`Analysis`]: one pass, one meter per family, each fed with blocks of any size.

mod defects;
mod dynamics;
mod loudness;
mod music;
mod origin;
mod peaks;
mod reference;
mod sections;
mod slots;
mod spectral;

pub use defects::DefectMeter;
pub use dynamics::DynamicsMeter;
pub use loudness::{
    LoudnessMeter, LoudnessTrack, channel_weights, integrated_lufs, loudness_range_lu,
    pooled_integrated_lufs, pooled_range_lu,
};
pub use music::MusicMeter;
pub use origin::OriginMeter;
pub use peaks::PeakMeter;
pub use reference::ReferenceMeter;
pub use spectral::SpectralMeter;

use crate::audio::Block;
use crate::model::{Analysis, Integrity, MEASURES_REV, Persisted, Source};

/// All meters over one stream.
pub struct Analyser {
    loudness: LoudnessMeter,
    peaks: PeakMeter,
    dynamics: DynamicsMeter,
    spectral: SpectralMeter,
    defects: DefectMeter,
    origin: OriginMeter,
    music: MusicMeter,
}

impl Analyser {
    /// Meters for a stream of 1 to 8 channels at 8 to 384 kHz.
    pub fn new(sample_rate_hz: u32, channels: usize) -> Analyser {
        Analyser {
            loudness: LoudnessMeter::new(sample_rate_hz, channels),
            peaks: PeakMeter::new(sample_rate_hz, channels),
            dynamics: DynamicsMeter::new(sample_rate_hz, channels),
            spectral: SpectralMeter::new(sample_rate_hz, channels),
            defects: DefectMeter::new(sample_rate_hz, channels),
            origin: OriginMeter::new(sample_rate_hz, channels),
            music: MusicMeter::new(sample_rate_hz, channels),
        }
    }

    /// Takes in the next block, of any length.
    pub fn push(&mut self, block: &Block) {
        let (mut one, mut other) = self.halves();
        one(block);
        other(block);
    }

    /// The meters in two groups that cost about the same and know nothing of each other: both take every block, in order,
    /// on one thread or on two.
    pub fn halves(&mut self) -> (impl FnMut(&Block) + Send, impl FnMut(&Block) + Send) {
        let Analyser { loudness, peaks, dynamics, spectral, defects, origin, music } = self;
        let level = |block: &Block| {
            loudness.push(block);
            peaks.push(block);
            dynamics.push(block);
        };
        let content = |block: &Block| {
            spectral.push(block);
            defects.push(block);
            origin.push(block);
            music.push(block);
        };
        (level, content)
    }

    /// The analysis of everything that was pushed.
    pub fn finish(self, source: Source, integrity: Integrity, content_id: String) -> Analysis {
        let loudness = self.loudness.finish();
        let peaks = self.peaks.finish();
        let dynamics = self.dynamics.finish(&loudness, &peaks);
        let (tone, stereo) = self.spectral.finish(&loudness);
        let sections = sections::sections(&loudness, source.duration_s);
        Analysis {
            schema: Analysis::schema_tag(),
            measures_rev: MEASURES_REV,
            content_id,
            integrity,
            defects: self.defects.finish(),
            origin: self.origin.finish(&source, &tone),
            music: self.music.finish(&loudness),
            source,
            loudness,
            peaks,
            dynamics,
            tone,
            stereo,
            sections,
        }
    }
}
