//! Vorbis I in Ogg.

use super::{Coded, Encoder};
use std::fs::File;
use std::io;
use std::num::{NonZeroU8, NonZeroU32};
use vorbis_rs::{VorbisBitrateManagementStrategy, VorbisEncoder, VorbisEncoderBuilder, VorbisError};

/// The number of the stream in its file; fixed, so that the same audio gives the same bytes.
const STREAM_SERIAL: i32 = 0x6d69_7870;

pub(super) struct Vorbis(VorbisEncoder<File>);

impl Vorbis {
    pub(super) fn start(coded: Coded, file: File) -> io::Result<Vorbis> {
        let impossible = || io::Error::other("no such rate, bit rate or channel count");
        let rate = NonZeroU32::new(coded.sample_rate_hz).ok_or_else(impossible)?;
        let channels = u8::try_from(coded.channels).ok().and_then(NonZeroU8::new).ok_or_else(impossible)?;
        let target_bitrate = NonZeroU32::new(coded.kbps * 1000).ok_or_else(impossible)?;
        let mut builder = VorbisEncoderBuilder::new_with_serial(rate, channels, file, STREAM_SERIAL);
        builder.bitrate_management_strategy(VorbisBitrateManagementStrategy::Vbr { target_bitrate });
        builder.build().map(Vorbis).map_err(failed)
    }
}

impl Encoder for Vorbis {
    fn push(&mut self, channels: &[&[f32]]) -> io::Result<()> {
        self.0.encode_audio_block(channels).map_err(failed)
    }

    fn finish(self: Box<Self>) -> io::Result<()> {
        self.0.finish().map(drop).map_err(failed)
    }
}

fn failed(error: VorbisError) -> io::Error {
    match error {
        VorbisError::Io(error) => error,
        other => io::Error::other(other.to_string()),
    }
}
