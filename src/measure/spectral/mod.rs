//! Spectrum and stereo image, per band, from one transform of both channels.
//!
//! Three resolutions, because no single one serves ten octaves:
//!
//! | bands | frames | step |
//! |---|---|---|
//! | from 447 Hz | about 46 ms at the full rate, half overlapping | gathered into 400 ms blocks |
//! | 89 to 447 Hz | 400 ms at a lowered rate | 100 ms |
//! | below 89 Hz | 750 ms at the lowered rate, ending with the block | 200 ms |
//!
//! The short frames have root-Hann windows, whose squares add up to one, and enter a block with a Hann weight: so a
//! block's band power equals that of one 400 ms root-Hann frame (proved in the tests against such a transform).

mod blocks;
mod k_bands;
mod layout;
mod moments;
mod probe;
mod resonance;
mod sibilance;
mod stereo;
mod tone;

use super::hum::HumFinder;
use crate::audio::Block;
use crate::dsp::rechunk::Rechunker;
use crate::model::{Hum, Loudness, Stereo, Tone};
use blocks::BlockEngine;
use moments::Moments;
use probe::Probe;

/// Frames of audio that are looked at in one go, at least: what the decoder hands out.
const CHUNK: usize = 4096;

/// Spectrum and stereo image of a stream of 1 to 8 channels.
///
/// Tone sums the power of all channels (without weights; the LFE channel counts like any other). Stereo exists for
/// exactly two channels. Whatever rests on bands needs at least 400 ms of audio.
pub struct SpectralMeter {
    chunks: Rechunker,
    engine: BlockEngine,
    moments: Moments,
    probe: Probe,
    hum: Option<HumFinder>,
    stereo: bool,
}

impl SpectralMeter {
    /// A meter for a stream.
    pub fn new(sample_rate_hz: u32, channels: usize) -> SpectralMeter {
        let engine = BlockEngine::new(sample_rate_hz, channels);
        SpectralMeter {
            chunks: Rechunker::new(channels, engine.hop() * CHUNK.div_ceil(engine.hop())),
            moments: Moments::default(),
            probe: Probe::new(sample_rate_hz),
            hum: None,
            stereo: channels == 2,
            engine,
        }
    }

    /// The same meter, which looks for hum too: in its low bands, which cost most of what that takes.
    pub fn with_hum(sample_rate_hz: u32, channels: usize) -> SpectralMeter {
        let meter = SpectralMeter::new(sample_rate_hz, channels);
        SpectralMeter { hum: Some(HumFinder::new(meter.engine.layout.low_rate_hz)), ..meter }
    }

    /// Takes in the next block, of any length.
    pub fn push(&mut self, block: &Block) {
        let SpectralMeter { chunks, engine, moments, probe, hum, stereo } = self;
        chunks.push(block.channels(), |chunk| {
            engine.push_hops(chunk);
            if let Some(hum) = hum {
                let (left, right) = engine.lowered(chunk[0].len(), chunk[0].len());
                hum.push(left, right);
            }
            if *stereo {
                moments.push(&chunk[0], &chunk[1]);
            }
            if let Some(left) = chunk.first() {
                probe.push(left, chunk.get(1).map(Vec::as_slice));
            }
        });
    }

    /// What was measured. The loudness decides which parts are the loud ones.
    pub fn finish(self, loudness: &Loudness) -> (Tone, Option<Stereo>) {
        let (tone, stereo, _) = self.finish_with_hum(loudness);
        (tone, stereo)
    }

    /// The same, and mains hum in the first two channels, if lines of one mains frequency are there throughout: `None` for less
    /// than 12 s, and from a meter that does not look for it.
    pub fn finish_with_hum(mut self, loudness: &Loudness) -> (Tone, Option<Stereo>, Option<Hum>) {
        let rest = self.chunks.rest();
        if let Some(left) = rest.first() {
            self.probe.push(left, rest.get(1).map(Vec::as_slice));
        }
        if self.stereo {
            self.moments.push(&rest[0], &rest[1]);
        }
        let frames = self.chunks.rest_frames();
        let taken = self.engine.end(rest);
        let hum = self.hum.as_mut().and_then(|hum| {
            let (left, right) = self.engine.lowered(taken, frames);
            hum.push(left, right);
            hum.hum()
        });
        let labels = super::sections::labels(loudness);
        let tone = tone::tone(&mut self.engine, &labels, loudness, self.probe.bandwidth_hz());
        let stereo =
            self.stereo.then(|| stereo::stereo(&self.engine, &labels, &self.moments, self.probe.delay_s()));
        (tone, stereo, hum)
    }
}
