//! Uncompressed samples: bytes of a file become planar f32, in tight loops over big reads.

use crate::error::{Error, Result};
use crate::model::Integrity;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

/// How one sample is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coding {
    /// One byte with 128 as zero (WAV of up to 8 bits).
    Unsigned8,
    /// Two's complement in 1 to 8 bytes, at the top of them.
    Integer {
        /// Bytes of one sample.
        bytes: usize,
    },
    /// 24 bits at the bottom of four bytes, the top byte undefined: what some programs write instead of the
    /// standard's place at the top.
    Low24,
    /// IEEE 754 single precision.
    Float32,
    /// IEEE 754 double precision.
    Float64,
}

impl Coding {
    /// Bytes of one sample.
    pub(super) fn bytes(self) -> usize {
        match self {
            Coding::Unsigned8 => 1,
            Coding::Integer { bytes } => bytes,
            Coding::Low24 | Coding::Float32 => 4,
            Coding::Float64 => 8,
        }
    }
}

/// Where the samples of a file lie, and how.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Layout {
    pub(super) coding: Coding,
    pub(super) big_endian: bool,
    pub(super) channels: usize,
    /// First byte of sound in the file.
    pub(super) start: u64,
    /// Bytes of sound that are really there.
    pub(super) bytes: u64,
    /// What the header already gave away: lengths that disagree, sound that is missing.
    pub(super) integrity: Integrity,
}

impl Layout {
    /// Bytes of one frame.
    pub(super) fn frame_bytes(&self) -> usize {
        self.coding.bytes() * self.channels
    }
}

/// Reads the frames of a [`Layout`].
pub(super) struct PcmReader {
    file: File,
    layout: Layout,
    /// Bytes of sound from here on.
    left: u64,
    /// Whether the file stands where the sound goes on.
    started: bool,
    buffer: Vec<u8>,
    integrity: Integrity,
}

impl PcmReader {
    pub(super) fn new(file: File, layout: Layout) -> PcmReader {
        let (left, integrity) = (layout.bytes, layout.integrity);
        PcmReader { file, layout, left, started: false, buffer: Vec::new(), integrity }
    }

    /// Whether the sound was all there, as far as this reader can tell.
    pub(super) fn integrity(&self) -> Integrity {
        self.integrity
    }

    /// Goes on at a frame, or at the end where there is none of this number; how many are there from it on.
    pub(super) fn go_to(&mut self, frame: u64) -> u64 {
        let before = frame.saturating_mul(self.layout.frame_bytes() as u64).min(self.layout.bytes);
        self.left = self.layout.bytes - before;
        self.started = false;
        self.left / self.layout.frame_bytes() as u64
    }

    /// Fills the channels, all of one length, from their start; the number of frames that were left.
    ///
    /// # Errors
    /// Those of the medium: what it does not give is not missing in the file.
    pub(super) fn fill(&mut self, channels: &mut [Vec<f32>], path: &Path) -> Result<usize> {
        let frame_bytes = self.layout.frame_bytes();
        let wanted = channels.first().map_or(0, Vec::len) * frame_bytes;
        let wanted = self.left.min(wanted as u64) as usize;
        self.buffer.resize(wanted, 0);
        let got = self.read(wanted).map_err(Error::io(path, "read on in the audio file"))?;
        if got < wanted {
            self.integrity = Integrity::Truncated;
            self.left = 0;
        } else {
            self.left -= got as u64;
        }
        let frames = got / frame_bytes;
        convert(&self.buffer[..frames * frame_bytes], self.layout.coding, self.layout.big_endian, channels);
        Ok(frames)
    }

    /// Reads until `wanted` bytes are there, or no more come.
    fn read(&mut self, wanted: usize) -> std::io::Result<usize> {
        if !self.started {
            self.started = true;
            self.file.seek(SeekFrom::Start(self.layout.start + self.layout.bytes - self.left))?;
        }
        let mut got = 0;
        while got < wanted {
            match self.file.read(&mut self.buffer[got..wanted]) {
                Ok(0) => break,
                Ok(bytes) => got += bytes,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(got)
    }
}

/// 2^-31 and 2^-63: integers at the top of their word to ±1.0.
const SCALE_32: f32 = 1.0 / 2_147_483_648.0;
const SCALE_64: f64 = 1.0 / 9_223_372_036_854_775_808.0;

/// Splits interleaved bytes into channels.
fn convert(bytes: &[u8], coding: Coding, big_endian: bool, channels: &mut [Vec<f32>]) {
    let top = |value: i32| value as f32 * SCALE_32;
    match (coding, big_endian) {
        (Coding::Unsigned8, _) => spread(bytes, channels, |[a]| (f32::from(a) - 128.0) / 128.0),
        (Coding::Integer { bytes: 1 }, _) => spread(bytes, channels, |[a]| f32::from(a as i8) / 128.0),
        (Coding::Integer { bytes: 2 }, false) => {
            spread(bytes, channels, |raw| f32::from(i16::from_le_bytes(raw)) / 32_768.0);
        }
        (Coding::Integer { bytes: 2 }, true) => {
            spread(bytes, channels, |raw| f32::from(i16::from_be_bytes(raw)) / 32_768.0);
        }
        (Coding::Integer { bytes: 3 }, false) => {
            spread(bytes, channels, |[a, b, c]| top(i32::from_le_bytes([0, a, b, c])));
        }
        (Coding::Integer { bytes: 3 }, true) => {
            spread(bytes, channels, |[a, b, c]| top(i32::from_be_bytes([a, b, c, 0])));
        }
        (Coding::Integer { bytes: 4 }, false) => spread(bytes, channels, |raw| top(i32::from_le_bytes(raw))),
        (Coding::Integer { bytes: 4 }, true) => spread(bytes, channels, |raw| top(i32::from_be_bytes(raw))),
        (Coding::Integer { bytes: 5 }, _) => spread::<5>(bytes, channels, |raw| wide(raw, big_endian)),
        (Coding::Integer { bytes: 6 }, _) => spread::<6>(bytes, channels, |raw| wide(raw, big_endian)),
        (Coding::Integer { bytes: 7 }, _) => spread::<7>(bytes, channels, |raw| wide(raw, big_endian)),
        (Coding::Integer { .. }, _) => spread::<8>(bytes, channels, |raw| wide(raw, big_endian)),
        (Coding::Low24, false) => {
            spread(bytes, channels, |[a, b, c, _]| top(i32::from_le_bytes([0, a, b, c])))
        }
        (Coding::Low24, true) => {
            spread(bytes, channels, |[_, a, b, c]| top(i32::from_be_bytes([a, b, c, 0])))
        }
        (Coding::Float32, false) => spread(bytes, channels, f32::from_le_bytes),
        (Coding::Float32, true) => spread(bytes, channels, f32::from_be_bytes),
        (Coding::Float64, false) => spread(bytes, channels, |raw| f64::from_le_bytes(raw) as f32),
        (Coding::Float64, true) => spread(bytes, channels, |raw| f64::from_be_bytes(raw) as f32),
    }
}

/// An integer of 5 to 8 bytes, rounded to f32 once.
fn wide<const N: usize>(raw: [u8; N], big_endian: bool) -> f32 {
    let mut word = [0; 8];
    if big_endian {
        word[..N].copy_from_slice(&raw);
        (i64::from_be_bytes(word) as f64 * SCALE_64) as f32
    } else {
        word[8 - N..].copy_from_slice(&raw);
        (i64::from_le_bytes(word) as f64 * SCALE_64) as f32
    }
}

/// Hands every `N` bytes to `sample`, channel by channel. Mono and stereo have loops of their own because the
/// distance of samples is then known to the compiler, which makes them several times faster.
fn spread<const N: usize>(bytes: &[u8], channels: &mut [Vec<f32>], sample: impl Fn([u8; N]) -> f32) {
    let (samples, _) = bytes.as_chunks::<N>();
    match channels {
        [mono] => mono.iter_mut().zip(samples).for_each(|(out, raw)| *out = sample(*raw)),
        [left, right] => {
            let (frames, _) = samples.as_chunks::<2>();
            for ((left, right), [a, b]) in left.iter_mut().zip(right.iter_mut()).zip(frames) {
                *left = sample(*a);
                *right = sample(*b);
            }
        }
        _ => {
            let stride = channels.len();
            for (index, channel) in channels.iter_mut().enumerate() {
                let own = samples.iter().skip(index).step_by(stride);
                channel.iter_mut().zip(own).for_each(|(out, raw)| *out = sample(*raw));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(coding: Coding, big_endian: bool, bytes: &[u8]) -> f32 {
        let mut channels = vec![vec![0.0]];
        convert(bytes, coding, big_endian, &mut channels);
        channels[0][0]
    }

    #[test]
    fn every_coding_reaches_both_ends_of_its_scale() {
        for bytes in 1..=8 {
            let mut lowest = vec![0; bytes];
            lowest[0] = 0x80;
            assert_eq!(one(Coding::Integer { bytes }, true, &lowest), -1.0, "{bytes} bytes");
            lowest.reverse();
            assert_eq!(one(Coding::Integer { bytes }, false, &lowest), -1.0, "{bytes} bytes");
            let mut half = vec![0; bytes];
            half[bytes - 1] = 0x40;
            assert_eq!(one(Coding::Integer { bytes }, false, &half), 0.5, "{bytes} bytes");
        }
        assert_eq!(one(Coding::Unsigned8, false, &[0]), -1.0);
        assert_eq!(one(Coding::Unsigned8, false, &[128]), 0.0);
        assert_eq!(one(Coding::Low24, false, &[0, 0, 0x80, 0x55]), -1.0);
        assert_eq!(one(Coding::Low24, true, &[0x55, 0x40, 0, 0]), 0.5);
        assert_eq!(one(Coding::Float32, true, &1.75f32.to_be_bytes()), 1.75);
        assert_eq!(one(Coding::Float64, false, &(-3.5f64).to_le_bytes()), -3.5);
    }

    #[test]
    fn channels_are_told_apart() {
        for count in 1..=8usize {
            let bytes: Vec<u8> =
                (0..3 * count as i16).flat_map(|value| (value * 100).to_le_bytes()).collect();
            let mut channels = vec![vec![0.0; 3]; count];
            convert(&bytes, Coding::Integer { bytes: 2 }, false, &mut channels);
            for (c, channel) in channels.iter().enumerate() {
                for (i, sample) in channel.iter().enumerate() {
                    assert_eq!(*sample, ((i * count + c) * 100) as f32 / 32_768.0);
                }
            }
        }
    }
}
