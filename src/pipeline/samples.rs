//! Audio that lies in memory already: the same measures as of a file, to the bit.

use super::relay::{Batch, relay};
use super::stream::{BATCH_BLOCKS, Lane};
use super::{OnThePool, Progress, meters};
use crate::audio::Block;
use crate::decode::{BLOCK_FRAMES, ContentHash, check_layout};
use crate::error::{Error, Result};
use crate::measure::Analyser;
use crate::model::{Analysis, Integrity, Source};
use std::collections::BTreeMap;
use std::path::Path;

/// Audio in memory.
#[derive(Debug, Clone, Copy)]
pub struct Samples<'a> {
    /// Frame after frame, a sample of every channel in each; full scale is ±1.0.
    pub interleaved: &'a [f32],
    /// Samples of a frame, 1 to 8.
    pub channels: usize,
    /// 8 to 384 kHz.
    pub sample_rate_hz: u32,
    /// What it is called in `source.path` and in messages.
    pub name: &'a str,
}

impl Samples<'_> {
    fn frames(&self) -> usize {
        self.interleaved.len() / self.channels
    }

    /// Refuses what is no audio. A file with such samples is a finding; in memory it is a mistake of the caller.
    fn check(&self) -> Result<()> {
        let Samples { interleaved, channels, sample_rate_hz, name } = *self;
        check_layout(Path::new(name), channels, sample_rate_hz)?;
        if interleaved.is_empty() {
            return Err(Error::usage(format!("{name}: expected audio, found no frame at all")));
        }
        if !interleaved.len().is_multiple_of(channels) {
            return Err(Error::usage(format!(
                "{name}: expected whole frames of {channels} channels, found {} samples",
                interleaved.len()
            )));
        }
        if let Some(at) = interleaved.iter().position(|sample| !sample.is_finite()) {
            return Err(Error::usage(format!(
                "{name}: expected numbers, found {} in frame {}, channel {}",
                interleaved[at],
                at / channels,
                at % channels
            )));
        }
        Ok(())
    }

    fn source(&self) -> Source {
        Source {
            path: self.name.to_string(),
            container: "memory".to_string(),
            codec: "pcm_float".to_string(),
            sample_rate_hz: self.sample_rate_hz,
            channels: self.channels as u16,
            frames: self.frames() as u64,
            duration_s: self.frames() as f64 / f64::from(self.sample_rate_hz),
            bits: Some(32),
            effective_bits: None,
            declared_frames: None,
            non_finite_samples: 0,
            tags: BTreeMap::new(),
        }
    }

    /// Fills a block with the frames from `start` on; whether there were any.
    fn fill(&self, block: &mut Block, start: usize) -> bool {
        let end = (start + BLOCK_FRAMES).min(self.frames());
        block.start_frame = start as u64;
        block.clear();
        let part = &self.interleaved[start * self.channels..end * self.channels];
        for (index, channel) in block.channels_mut().iter_mut().enumerate() {
            channel.extend(part.iter().skip(index).step_by(self.channels));
        }
        start < end
    }
}

/// Measures audio from memory: what [`super::analyse`] says of a file with these samples. `integrity` is `ok`, there are no
/// tags, and the container is called `memory`.
///
/// # Errors
/// [`Error::Usage`] for no samples, half frames and what is no number; [`Error::Unsupported`] for a rate or a number of
/// channels that is not measured; [`Error::Interrupted`].
pub fn analyse_samples(samples: &Samples, progress: &dyn Progress) -> Result<Analysis> {
    samples.check()?;
    let Samples { channels, sample_rate_hz, .. } = *samples;
    let path = Path::new(samples.name);
    let empty = Block::empty(channels, sample_rate_hz);
    let mut analyser = Analyser::new(sample_rate_hz, channels);
    let mut content = ContentHash::new(channels);
    let mut start = 0;
    let next = |batch: &mut Batch| {
        if progress.is_stopped() {
            return Err(Error::Interrupted { path: path.to_path_buf() });
        }
        batch.resize(BATCH_BLOCKS, empty.clone());
        for index in 0..BATCH_BLOCKS {
            if !samples.fill(&mut batch[index], start) {
                batch.truncate(index);
                return Ok(false);
            }
            start += batch[index].frames();
        }
        progress.update(path, "measuring", Some(start as f64 / samples.frames() as f64));
        Ok(true)
    };
    let hash: Lane<'_> = Box::new(|block| {
        content.push(block);
        Ok(())
    });
    relay(next, std::iter::once(hash).chain(meters(&mut analyser)).collect())?;
    Ok(analyser.finish_on(&OnThePool, samples.source(), Integrity::Ok, content.content_id(sample_rate_hz)))
}
