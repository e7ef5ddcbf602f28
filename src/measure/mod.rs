//! Blocks become an [`Analysis`]: one pass, one meter per family, each fed with blocks of any size.

mod defects;
mod dynamics;
mod hum;
mod loudness;
mod music;
mod origin;
mod peaks;
mod pictures;
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
pub use pictures::PictureMeter;
pub use reference::ReferenceMeter;
pub use spectral::SpectralMeter;

use crate::audio::Block;
use crate::model::{Analysis, Defects, Integrity, MEASURES_REV, MeterKind, Peaks, Persisted, Source};

/// A meter that takes in a stream block by block. The meters of one stream know nothing of each other until the end,
/// so each may run on a thread of its own.
pub trait Measure: Send {
    /// Takes in the next block, of any length.
    fn take(&mut self, block: &Block);
}

macro_rules! measure {
    ($($meter:ident),+) => {
        $(impl Measure for $meter {
            fn take(&mut self, block: &Block) {
                self.push(block);
            }
        })+
    };
}
measure!(
    LoudnessMeter,
    PeakMeter,
    DynamicsMeter,
    SpectralMeter,
    DefectMeter,
    OriginMeter,
    MusicMeter,
    ReferenceMeter,
    PictureMeter
);

/// All meters over one stream.
pub struct Analyser {
    loudness: LoudnessMeter,
    peaks: PeakMeter,
    dynamics: DynamicsMeter,
    beyond_levels: Option<BeyondLevels>,
    reference: Option<ReferenceMeter>,
    pictures: Option<PictureMeter>,
}

/// What is more than levels.
struct BeyondLevels {
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
            beyond_levels: Some(BeyondLevels {
                spectral: SpectralMeter::with_hum(sample_rate_hz, channels),
                defects: DefectMeter::new(sample_rate_hz, channels),
                origin: OriginMeter::new(sample_rate_hz, channels),
                music: MusicMeter::new(sample_rate_hz, channels),
            }),
            reference: None,
            pictures: None,
        }
    }

    /// Meters of levels alone: loudness, peaks, and of the dynamics what [`DynamicsMeter::of_levels`] has. The other families
    /// come out empty, as where nothing is known: `None`, no entries, no verdicts.
    pub fn of_levels(sample_rate_hz: u32, channels: usize) -> Analyser {
        Analyser {
            loudness: LoudnessMeter::new(sample_rate_hz, channels),
            peaks: PeakMeter::new(sample_rate_hz, channels),
            dynamics: DynamicsMeter::of_levels(sample_rate_hz, channels),
            beyond_levels: None,
            reference: None,
            pictures: None,
        }
    }

    /// The same meters, and one that draws the pictures.
    pub fn with_pictures(sample_rate_hz: u32, channels: usize) -> Analyser {
        let pictures = Some(PictureMeter::new(sample_rate_hz, channels));
        Analyser { pictures, ..Analyser::new(sample_rate_hz, channels) }
    }

    /// The same meters, and loudness and peak levels from the independent meter. `None` for streams that it refuses.
    pub fn with_reference(sample_rate_hz: u32, channels: usize) -> Option<Analyser> {
        let reference = Some(ReferenceMeter::new(sample_rate_hz, channels)?);
        Some(Analyser { reference, ..Analyser::new(sample_rate_hz, channels) })
    }

    /// Takes in the next block, of any length.
    pub fn push(&mut self, block: &Block) {
        self.meters().into_iter().for_each(|meter| meter.take(block));
    }

    /// The meters, the dearest first, for those who run them side by side: each must get every block, in order.
    pub fn meters(&mut self) -> Vec<&mut dyn Measure> {
        let reference = self.reference.as_mut().map(|meter| meter as &mut dyn Measure);
        let pictures = self.pictures.as_mut().map(|meter| meter as &mut dyn Measure);
        let levels: [&mut dyn Measure; 3] = [&mut self.peaks, &mut self.dynamics, &mut self.loudness];
        let beyond = self.beyond_levels.as_mut().map(|beyond| -> [&mut dyn Measure; 4] {
            [&mut beyond.spectral, &mut beyond.defects, &mut beyond.music, &mut beyond.origin]
        });
        let beyond = beyond.into_iter().flatten();
        reference.into_iter().chain(pictures).chain(beyond).chain(levels).collect()
    }

    /// The analysis of everything that was pushed.
    pub fn finish(self, source: Source, integrity: Integrity, content_id: String) -> Analysis {
        self.finish_on(&InTurn, source, integrity, content_id)
    }

    /// The same, where two pieces of work may be done side by side.
    pub fn finish_on(
        self,
        together: &impl Together,
        source: Source,
        integrity: Integrity,
        content_id: String,
    ) -> Analysis {
        let mut loudness = self.loudness.finish();
        let mut peaks = self.peaks.finish();
        let mut meter = MeterKind::Mixproof;
        if let Some(reference) = self.reference {
            let (read_loudness, levels) = reference.finish();
            loudness = read_loudness;
            peaks = Peaks {
                sample_dbfs: levels.sample_dbfs,
                true_peak_dbtp: levels.true_peak_dbtp,
                true_peak_4x_dbtp: levels.true_peak_4x_dbtp,
                channels: levels.channels,
                ..peaks
            };
            meter = MeterKind::Reference;
        }
        let sections = sections::sections(&loudness, source.duration_s);
        let (spectral, waveform) = self.beyond_levels.map(BeyondLevels::halves).unzip();
        let dynamics = self.dynamics;
        let (levels, bands) = together.both(
            || {
                let dynamics = dynamics.finish(&loudness, &peaks);
                (dynamics, waveform.map(|(defects, music)| (defects.finish(), music.finish(&loudness))))
            },
            || {
                spectral.map(|(spectral, origin)| {
                    let (tone, stereo, hum) = spectral.finish_with_hum(&loudness);
                    let origin = origin.finish(&source, &tone);
                    (hum, tone, stereo, origin)
                })
            },
        );
        let (dynamics, waveform) = levels;
        let (defects, music) = waveform.unwrap_or_default();
        let (hum, tone, stereo, origin) = bands.unwrap_or_default();
        Analysis {
            schema: Analysis::schema_tag(),
            measures_rev: MEASURES_REV,
            meter,
            content_id,
            integrity,
            defects: Defects { hum, ..defects },
            origin,
            music,
            source,
            loudness,
            peaks,
            dynamics,
            tone,
            stereo,
            sections,
            pictures: self.pictures.map(PictureMeter::finish),
        }
    }
}

impl BeyondLevels {
    /// Two parts that take about the same time to finish.
    fn halves(self) -> ((SpectralMeter, OriginMeter), (DefectMeter, MusicMeter)) {
        ((self.spectral, self.origin), (self.defects, self.music))
    }
}

/// How two pieces of work are done.
pub trait Together {
    /// Does both.
    fn both<A: Send, B: Send>(
        &self,
        one: impl FnOnce() -> A + Send,
        other: impl FnOnce() -> B + Send,
    ) -> (A, B);
}

/// One after the other.
pub struct InTurn;

impl Together for InTurn {
    fn both<A: Send, B: Send>(
        &self,
        one: impl FnOnce() -> A + Send,
        other: impl FnOnce() -> B + Send,
    ) -> (A, B) {
        (one(), other())
    }
}
