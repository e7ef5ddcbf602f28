//! The AIFF container (Audio Interchange File Format 1.3): big-endian integers.

use super::Format;
use super::wave::integer;
use crate::audio::Block;
use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};

/// Writes interleaved samples behind a header whose lengths are filled in at the end.
pub(super) struct AiffSink {
    format: Format,
    data_bytes: u64,
    extra_bytes: u64,
    buffer: Vec<u8>,
}

impl AiffSink {
    pub(super) fn start(format: Format, file: &mut File) -> io::Result<AiffSink> {
        let sink = AiffSink { format, data_bytes: 0, extra_bytes: 0, buffer: Vec::new() };
        file.write_all(&sink.header()?)?;
        Ok(sink)
    }

    pub(super) fn write(&mut self, block: &Block, file: &mut File) -> io::Result<()> {
        let bits = u32::from(self.format.bits);
        let width = (bits / 8) as usize;
        self.buffer.clear();
        for frame in 0..block.frames() {
            for channel in block.channels() {
                let bytes = integer(channel[frame], bits).to_be_bytes();
                self.buffer.extend_from_slice(&bytes[4 - width..]);
            }
        }
        self.data_bytes += self.buffer.len() as u64;
        file.write_all(&self.buffer)
    }

    /// Pads the sound to even length and fills in the lengths.
    pub(super) fn finish(&mut self, file: &mut File) -> io::Result<()> {
        if self.data_bytes % 2 == 1 {
            file.write_all(&[0])?;
        }
        file.seek(SeekFrom::Start(0))?;
        file.write_all(&self.header()?)
    }

    /// Puts whole chunks behind the sound of a finished file.
    pub(super) fn append(&mut self, chunks: &[u8], file: &mut File) -> io::Result<()> {
        file.seek(SeekFrom::End(0))?;
        file.write_all(chunks)?;
        self.extra_bytes += chunks.len() as u64;
        file.seek(SeekFrom::Start(0))?;
        file.write_all(&self.header()?)
    }

    fn header(&self) -> io::Result<Vec<u8>> {
        let Format { sample_rate_hz, channels, bits, .. } = self.format;
        let frames = self.data_bytes / u64::from(channels * bits / 8);
        let form_bytes = 4 + 26 + 16 + self.data_bytes + self.data_bytes % 2 + self.extra_bytes;
        let too_long = |_| io::Error::other("an AIFF file ends at 4 GiB: name it .wav or .flac");
        let form_bytes = u32::try_from(form_bytes).map_err(too_long)?;
        let mut out = b"FORM".to_vec();
        out.extend(form_bytes.to_be_bytes());
        out.extend(b"AIFFCOMM\0\0\0\x12");
        out.extend(channels.to_be_bytes());
        out.extend(u32::try_from(frames).map_err(too_long)?.to_be_bytes());
        out.extend(bits.to_be_bytes());
        out.extend(extended(sample_rate_hz));
        out.extend(b"SSND");
        out.extend((self.data_bytes as u32 + 8).to_be_bytes());
        out.extend([0; 8]);
        Ok(out)
    }
}

/// A whole number from 1 as an 80-bit float (IEEE 754 extended): sign and exponent, then the mantissa with its leading 1.
fn extended(value: u32) -> [u8; 10] {
    let mantissa = u64::from(value);
    let shift = mantissa.leading_zeros();
    let exponent = 16_383 + 63 - shift as u16;
    let mut out = [0; 10];
    out[..2].copy_from_slice(&exponent.to_be_bytes());
    out[2..].copy_from_slice(&(mantissa << shift).to_be_bytes());
    out
}
