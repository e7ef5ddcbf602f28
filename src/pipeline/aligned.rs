//! A file read at any frame, going forward, at one rate: silence before its start and behind its end, two channels whatever it has.

use crate::audio::Block;
use crate::decode::Decoder;
use crate::dsp::resample::Resampler;
use crate::error::Result;
use std::path::Path;

/// Frames behind the present place that are kept, for offsets that move backwards.
const KEPT: usize = 8192;

/// A file as an endless line of stereo frames.
pub(super) struct Aligned {
    decoder: Decoder,
    block: Block,
    /// Frames of the file from `start`.
    held: [Vec<f32>; 2],
    start: i64,
    ended: bool,
    /// Where the file has another rate than the line.
    resampler: Option<Resampler>,
}

impl Aligned {
    /// A file at a rate; one of another rate is resampled.
    pub(super) fn open(path: &Path, rate_hz: u32) -> Result<Aligned> {
        let decoder = Decoder::open(path)?;
        let own_hz = decoder.sample_rate_hz();
        let block = Block::empty(decoder.channel_count(), own_hz);
        let resampler = if own_hz == rate_hz { None } else { Resampler::new(own_hz, rate_hz, 2) };
        Ok(Aligned { decoder, block, held: Default::default(), start: 0, ended: false, resampler })
    }

    /// The `frames` frames from frame `from` of the file, which may lie before its start or behind its end.
    pub(super) fn read(&mut self, from: i64, frames: usize) -> Result<[Vec<f32>; 2]> {
        while !self.ended && self.start + (self.held[0].len() as i64) < from + frames as i64 {
            self.forget(from);
            let more = self.decoder.read(&mut self.block)?;
            self.ended = !more;
            let right = usize::from(self.block.channel_count() > 1);
            let sides = [0, right].map(|channel| self.block.channel(channel));
            match &mut self.resampler {
                None if more => {
                    self.held.iter_mut().zip(sides).for_each(|(held, side)| held.extend_from_slice(side))
                }
                None => {}
                Some(resampler) if more => resampler.process(&sides.map(<[f32]>::to_vec), &mut self.held),
                Some(resampler) => resampler.flush(&mut self.held),
            }
        }
        self.forget(from);
        let held = self.held[0].len() as i64;
        let (first, last) =
            ((from - self.start).clamp(0, held), (from + frames as i64 - self.start).clamp(0, held));
        let silence = (self.start + first - from).clamp(0, frames as i64) as usize;
        Ok(std::array::from_fn(|channel| {
            let mut out = vec![0.0; frames];
            let samples = &self.held[channel][first as usize..last as usize];
            out[silence..silence + samples.len()].copy_from_slice(samples);
            out
        }))
    }

    /// Drops what lies well before the present place.
    fn forget(&mut self, from: i64) {
        let old = (from - self.start).clamp(0, self.held[0].len() as i64) as usize;
        if old > 2 * KEPT {
            let drop = old - KEPT;
            self.held.iter_mut().for_each(|channel| {
                channel.drain(..drop);
            });
            self.start += drop as i64;
        }
    }
}
