//! The WAV container: RIFF, and RF64 (EBU Tech 3306) where 32 bits of length are not enough.

use super::{Bext, Format};
use crate::audio::Block;
use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};

/// Format tags (Microsoft, WAVEFORMATEX and WAVEFORMATEXTENSIBLE).
const TAG_PCM: u16 = 1;
const TAG_FLOAT: u16 = 3;
const TAG_EXTENSIBLE: u16 = 0xfffe;

/// What follows the format tag in the GUID of a sub-format.
const GUID_TAIL: [u8; 14] = *b"\0\0\0\0\x10\0\x80\0\0\xaa\0\x38\x9b\x71";

/// Speaker positions of 1 to 8 channels, in the order that FLAC and WAV agree on (RFC 9639, 9.1.3).
const CHANNEL_MASKS: [u32; 8] = [0x4, 0x3, 0x7, 0x33, 0x37, 0x3f, 0x70f, 0x63f];

/// Longest RIFF form; one more byte and the file becomes RF64.
const RIFF_LIMIT_BYTES: u64 = u32::MAX as u64;

/// Writes interleaved samples behind a header whose lengths are filled in at the end.
pub(super) struct WaveSink {
    format: Format,
    data_bytes: u64,
    riff_limit_bytes: u64,
    /// The `bext` chunk, where one is asked for.
    bext: Vec<u8>,
    /// Bytes of whole chunks behind the sound.
    extra_bytes: u64,
    buffer: Vec<u8>,
}

impl WaveSink {
    /// Writes a header without lengths.
    pub(super) fn start(format: Format, file: &mut File) -> io::Result<WaveSink> {
        WaveSink::start_with_limit(format, file, RIFF_LIMIT_BYTES)
    }

    fn start_with_limit(format: Format, file: &mut File, riff_limit_bytes: u64) -> io::Result<WaveSink> {
        let sink = WaveSink {
            format,
            data_bytes: 0,
            riff_limit_bytes,
            bext: Vec::new(),
            extra_bytes: 0,
            buffer: Vec::new(),
        };
        file.write_all(&sink.header())?;
        Ok(sink)
    }

    pub(super) fn write(&mut self, block: &Block, file: &mut File) -> io::Result<()> {
        self.buffer.clear();
        match (self.format.bits, self.format.float) {
            (_, true) => self.interleave(block, f32::to_le_bytes),
            (16, _) => self.interleave(block, |sample| (integer(sample, 16) as i16).to_le_bytes()),
            (24, _) => self.interleave(block, |sample| {
                let [a, b, c, _] = integer(sample, 24).to_le_bytes();
                [a, b, c]
            }),
            _ => self.interleave(block, |sample| integer(sample, 32).to_le_bytes()),
        }
        self.data_bytes += self.buffer.len() as u64;
        file.write_all(&self.buffer)
    }

    fn interleave<const N: usize>(&mut self, block: &Block, bytes: impl Fn(f32) -> [u8; N]) {
        self.buffer.resize(block.frames() * block.channel_count() * N, 0);
        let (samples, _) = self.buffer.as_chunks_mut::<N>();
        for (index, channel) in block.channels().iter().enumerate() {
            let own = samples.iter_mut().skip(index).step_by(block.channel_count());
            own.zip(channel).for_each(|(out, sample)| *out = bytes(*sample));
        }
    }

    /// Pads the sound to even length and fills in the lengths.
    pub(super) fn finish(&mut self, file: &mut File) -> io::Result<()> {
        if self.data_bytes % 2 == 1 {
            file.write_all(&[0])?;
        }
        file.seek(SeekFrom::Start(0))?;
        file.write_all(&self.header())
    }

    /// Writes the `bext` chunk: before the first sample, or again with other content.
    pub(super) fn set_bext(&mut self, bext: &Bext, file: &mut File) -> io::Result<()> {
        self.bext = bext.chunk(self.format);
        file.seek(SeekFrom::Start(0))?;
        file.write_all(&self.header())
    }

    /// Puts whole chunks behind the sound of a finished file.
    pub(super) fn append(&mut self, chunks: &[u8], file: &mut File) -> io::Result<()> {
        file.seek(SeekFrom::End(0))?;
        file.write_all(chunks)?;
        self.extra_bytes += chunks.len() as u64;
        file.seek(SeekFrom::Start(0))?;
        file.write_all(&self.header())
    }

    /// The header for what has been written so far. Its length never changes: the place of the long lengths of
    /// RF64 is held by a `JUNK` chunk.
    fn header(&self) -> Vec<u8> {
        let Format { sample_rate_hz, channels, bits, float } = self.format;
        let frame_bytes = channels * bits / 8;
        let is_extensible = channels > 2 || (bits > 16 && !float);
        let tag = if float { TAG_FLOAT } else { TAG_PCM };

        let mut format = Vec::new();
        format.extend((if is_extensible { TAG_EXTENSIBLE } else { tag }).to_le_bytes());
        format.extend(channels.to_le_bytes());
        format.extend(sample_rate_hz.to_le_bytes());
        format.extend(sample_rate_hz.saturating_mul(u32::from(frame_bytes)).to_le_bytes());
        format.extend(frame_bytes.to_le_bytes());
        format.extend(bits.to_le_bytes());
        if is_extensible {
            format.extend(22u16.to_le_bytes());
            format.extend(bits.to_le_bytes());
            format.extend(CHANNEL_MASKS[usize::from(channels.clamp(1, 8)) - 1].to_le_bytes());
            format.extend(tag.to_le_bytes());
            format.extend(GUID_TAIL);
        } else if float {
            format.extend(0u16.to_le_bytes());
        }

        let frames = self.data_bytes / u64::from(frame_bytes);
        let fact_bytes = if float { 12 } else { 0 };
        let header_bytes = 12 + 8 + 28 + (self.bext.len() + 8 + format.len()) as u64 + fact_bytes + 8;
        let riff_bytes = header_bytes - 8 + self.data_bytes + self.data_bytes % 2 + self.extra_bytes;
        let is_long = riff_bytes > self.riff_limit_bytes;
        let short = |value: u64| if is_long { u32::MAX } else { value as u32 };

        let mut out = Vec::new();
        out.extend(if is_long { b"RF64" } else { b"RIFF" });
        out.extend(short(riff_bytes).to_le_bytes());
        out.extend(b"WAVE");
        out.extend(if is_long { b"ds64" } else { b"JUNK" });
        out.extend(28u32.to_le_bytes());
        let long = if is_long { [riff_bytes, self.data_bytes, frames] } else { [0; 3] };
        long.iter().for_each(|value| out.extend(value.to_le_bytes()));
        out.extend([0; 4]);
        out.extend(&self.bext);
        out.extend(b"fmt ");
        out.extend((format.len() as u32).to_le_bytes());
        out.extend(format);
        if float {
            out.extend(b"fact");
            out.extend(4u32.to_le_bytes());
            out.extend(short(frames).to_le_bytes());
        }
        out.extend(b"data");
        out.extend(short(self.data_bytes).to_le_bytes());
        out
    }
}

/// The nearest integer of `bits` bits, clamped at full scale; 0 for a sample that is no number.
pub(super) fn integer(sample: f32, bits: u32) -> i32 {
    let scale = f64::from(1u32 << (bits - 1));
    (f64::from(sample) * scale).round_ties_even().clamp(-scale, scale - 1.0) as i32
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;
    use std::io::Read;

    /// Writes 1001 stereo frames of 24 bits with a lower limit; the bytes of the file.
    fn written(riff_limit_bytes: u64) -> Vec<u8> {
        let format = Format { sample_rate_hz: 48_000, channels: 2, bits: 24, float: false };
        let channel: Vec<f32> = (0..1001).map(|i| i as f32 / 8192.0 - 0.05).collect();
        let block = Block::from_channels(vec![channel.clone(), channel], 48_000);
        let mut file = tempfile::tempfile().unwrap();
        let mut sink = WaveSink::start_with_limit(format, &mut file, riff_limit_bytes).unwrap();
        sink.write(&block, &mut file).unwrap();
        sink.finish(&mut file).unwrap();
        file.rewind().unwrap();
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).unwrap();
        bytes
    }

    #[test]
    fn a_file_past_the_limit_becomes_rf64() {
        let long_at = |bytes: &[u8], at: usize| u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap());
        let riff = written(7_000);
        let riff_bytes = riff.len() as u64 - 8;
        assert_eq!(&riff[..4], b"RIFF");
        assert_eq!(&riff[12..16], b"JUNK");
        assert_eq!(riff, written(riff_bytes), "exactly at the limit it is still RIFF");

        let rf64 = written(riff_bytes - 1);
        assert_eq!(&rf64[..16], b"RF64\xff\xff\xff\xffWAVEds64");
        assert_eq!(long_at(&rf64, 20), riff_bytes);
        assert_eq!(long_at(&rf64, 28), 6 * 1001);
        assert_eq!(long_at(&rf64, 36), 1001);
        assert_eq!(rf64[96..104], *b"data\xff\xff\xff\xff");
        assert_eq!(rf64[104..], riff[104..], "the sound is the same");
    }

    #[test]
    fn integers_are_rounded_to_nearest_and_clamped() {
        for (sample, expected) in
            [(0.0, 0), (1.0, 32_767), (-1.0, -32_768), (7.5, 32_767), (-7.5, -32_768), (f32::NAN, 0)]
        {
            assert_eq!(integer(sample, 16), expected, "{sample}");
        }
        assert_eq!(integer(0.6 / 32_768.0, 16), 1);
        assert_eq!(integer(-0.4 / 32_768.0, 16), 0);
        assert_eq!(integer(1.0, 32), i32::MAX);
    }
}
