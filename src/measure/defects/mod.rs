//! Faults in the waveform: DC, silence, cuts, clicks, dropouts, noise floor. Hum is [`super::hum`]'s.
//!
//! A false alarm is worse than a miss: every detector asks for what makes a fault audible *and* for what music does
//! not do. Each file says which.

mod clicks;
mod dropouts;
mod edges;
mod events;
mod levels;

use crate::audio::Block;
use crate::dsp::rechunk::Rechunker;
use crate::model::Defects;
use clicks::ClickFinder;
use dropouts::DropoutFinder;
use edges::Edges;
use levels::Levels;

/// Most marks of one kind that are listed.
const MOST_MARKS: usize = 1000;
/// Frames that are looked at in one go.
const CHUNK: usize = 4096;

/// Looks for faults in a stream of 1 to 8 channels.
pub struct DefectMeter {
    chunks: Rechunker,
    levels: Levels,
    edges: Edges,
    clicks: Vec<ClickFinder>,
    dropouts: Vec<DropoutFinder>,
}

impl DefectMeter {
    /// A meter for a stream.
    pub fn new(sample_rate_hz: u32, channels: usize) -> DefectMeter {
        DefectMeter {
            chunks: Rechunker::new(channels, CHUNK),
            levels: Levels::new(sample_rate_hz, channels),
            edges: Edges::new(sample_rate_hz),
            clicks: (0..channels).map(|_| ClickFinder::new(sample_rate_hz)).collect(),
            dropouts: (0..channels).map(|_| DropoutFinder::new(sample_rate_hz)).collect(),
        }
    }

    /// Takes in the next block, of any length.
    pub fn push(&mut self, block: &Block) {
        let DefectMeter { chunks, levels, edges, clicks, dropouts } = self;
        chunks.push(block.channels(), |chunk| {
            look(chunk, levels, edges, clicks, dropouts);
        });
    }

    /// What was measured; `hum` is `None`: [`super::SpectralMeter::finish_with_hum`] has it.
    pub fn finish(self) -> Defects {
        let DefectMeter { chunks, mut levels, mut edges, mut clicks, mut dropouts } = self;
        look(chunks.rest(), &mut levels, &mut edges, &mut clicks, &mut dropouts);
        let newest: Vec<&[f32]> = clicks.iter().map(ClickFinder::newest).collect();
        let (cut_start, cut_end) = edges.cuts(levels.mean_power(), &newest);
        let mut defects = Defects {
            dc_offset: levels.dc_offset(),
            leading_silence_s: levels.leading_silence_s(),
            trailing_silence_s: levels.trailing_silence_s(),
            cut_start,
            cut_end,
            noise_floor_dbfs: levels.noise_floor_dbfs(),
            ..Defects::default()
        };
        for (channel, finder) in clicks.into_iter().enumerate() {
            let (clicks, discontinuities) = finder.finish(channel as u16);
            defects.clicks.extend(clicks);
            defects.discontinuities.extend(discontinuities);
        }
        for (channel, finder) in dropouts.into_iter().enumerate() {
            defects.dropouts.extend(finder.finish(channel as u16));
        }
        events::one_mark_per_event(&mut defects);
        for marks in [&mut defects.clicks, &mut defects.dropouts, &mut defects.discontinuities] {
            marks.truncate(MOST_MARKS);
        }
        defects
    }
}

fn look(
    chunk: &[Vec<f32>],
    levels: &mut Levels,
    edges: &mut Edges,
    clicks: &mut [ClickFinder],
    dropouts: &mut [DropoutFinder],
) {
    levels.push(chunk);
    edges.push(chunk);
    for (samples, (clicks, dropouts)) in chunk.iter().zip(clicks.iter_mut().zip(dropouts)) {
        clicks.push(samples);
        dropouts.push(samples);
    }
}
