//! A song through a lossy encoder, as a store or a platform would make it.

use super::convert::Converter;
use super::{Progress, stream};
use crate::audio::Block;
use crate::encode::{Codec, Coded, Writer};
use crate::error::Result;
use crate::units::db_to_amplitude;
use std::path::Path;

/// A lossy file to be made of a song.
pub struct CodedJob<'a> {
    /// The song.
    pub input: &'a Path,
    /// The file to write.
    pub output: &'a Path,
    /// The codec.
    pub codec: Codec,
    /// Its bit rate.
    pub kbps: u32,
    /// Gain in front of the encoder.
    pub gain_db: f64,
    /// Whether an existing output is replaced.
    pub force: bool,
}

/// Encodes a song, at the sample rate that the codec asks for ([`Codec::coded_rate_hz`]). The encoder starts with the
/// song and ends with it. What comes out again is what [`crate::decode::Decoder`] reads from the file: it lies in place
/// to the sample, and overs are kept.
///
/// # Errors
/// Those of decoding and of [`Writer::create_coded`].
pub fn encode_song(job: &CodedJob, progress: &dyn Progress) -> Result<()> {
    let gain = db_to_amplitude(job.gain_db) as f32;
    let start = |rate_hz, channels: usize| {
        let sample_rate_hz = job.codec.coded_rate_hz(rate_hz);
        let coded = Coded { codec: job.codec, kbps: job.kbps, sample_rate_hz, channels: channels as u16 };
        let writer = Writer::create_coded(job.output, coded, job.force)?;
        Ok((Converter::new(rate_hz, sample_rate_hz, channels)?, writer))
    };
    let make = |converter: &mut Converter, block: &mut Block| {
        if job.gain_db != 0.0 {
            block.channels_mut().iter_mut().flatten().for_each(|sample| *sample *= gain);
        }
        converter.process(block);
        Ok(())
    };
    let (mut converter, mut writer, _) =
        stream::pass(job.input, "encoding", progress, start, make, Writer::write)?;
    writer.write(&converter.flush())?;
    writer.finish()
}
