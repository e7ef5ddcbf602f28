//! The FLAC container and its frames (RFC 9639): lossless, streamed, one block of 4096 frames at a time.
//!
//! The effort is that of `flac -5`: prediction up to order 8, mid/side where it is smaller, 32 partitions.

mod bits;
mod lpc;
mod rice;
mod subframe;

use super::Format;
use super::wave::integer;
use crate::audio::Block;
use bits::{BitWriter, crc8, crc16};
use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
use subframe::Subframe;

/// Frames in a block; the last block is shorter.
const BLOCK_FRAMES: usize = 4096;

/// Sample rates that have a code of their own in the frame header (RFC 9639, 9.1.2), from code 1.
const RATES_HZ: [u32; 11] =
    [88_200, 176_400, 192_000, 8_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 96_000];

/// Writes frames behind stream information that is completed at the end.
pub(in crate::encode) struct FlacSink {
    format: Format,
    /// Samples that do not fill a block yet.
    pending: Vec<Vec<i32>>,
    window: Vec<f64>,
    md5: md5::Context,
    frames: u64,
    blocks: u64,
    smallest_bytes: usize,
    largest_bytes: usize,
    out: Vec<u8>,
}

impl FlacSink {
    /// Writes stream information without its sums.
    pub(in crate::encode) fn start(format: Format, file: &mut File) -> io::Result<FlacSink> {
        let sink = FlacSink {
            format,
            pending: vec![Vec::new(); usize::from(format.channels)],
            window: lpc::window(BLOCK_FRAMES),
            md5: md5::Context::new(),
            frames: 0,
            blocks: 0,
            smallest_bytes: 0,
            largest_bytes: 0,
            out: Vec::new(),
        };
        file.write_all(&sink.stream_info([0; 16]))?;
        Ok(sink)
    }

    pub(in crate::encode) fn write(&mut self, block: &Block, file: &mut File) -> io::Result<()> {
        let bits = u32::from(self.format.bits);
        for (pending, channel) in self.pending.iter_mut().zip(block.channels()) {
            pending.extend(channel.iter().map(|sample| integer(*sample, bits)));
        }
        let ready = self.pending.first().map_or(0, Vec::len);
        let whole = ready - ready % BLOCK_FRAMES;
        for start in (0..whole).step_by(BLOCK_FRAMES) {
            self.encode(start, BLOCK_FRAMES);
        }
        self.pending.iter_mut().for_each(|pending| {
            pending.drain(..whole);
        });
        file.write_all(&self.out)?;
        self.out.clear();
        Ok(())
    }

    /// Writes the last block and the sums over all of them.
    pub(in crate::encode) fn finish(&mut self, file: &mut File) -> io::Result<()> {
        let rest = self.pending.first().map_or(0, Vec::len);
        if rest > 0 {
            self.window = lpc::window(rest);
            self.encode(0, rest);
            file.write_all(&self.out)?;
        }
        file.seek(SeekFrom::Start(0))?;
        let md5 = self.md5.clone().finalize().0;
        file.write_all(&self.stream_info(md5))
    }

    /// Appends one block of the pending samples to the output.
    fn encode(&mut self, start: usize, len: usize) {
        let channels: Vec<&[i32]> = self.pending.iter().map(|pending| &pending[start..start + len]).collect();
        hash(&mut self.md5, &channels, self.format.bits);
        let bits = u32::from(self.format.bits);
        let window = &self.window;
        let plan = |samples: &[i32], bits| Subframe::plan(samples, bits, window);
        let plans: Vec<Subframe> = channels.iter().map(|samples| plan(samples, bits)).collect();
        let (assignment, subframes) = match <[Subframe; 2]>::try_from(plans) {
            Ok([left, right]) => {
                let mid: Vec<i32> = channels[0].iter().zip(channels[1]).map(|(l, r)| (l + r) >> 1).collect();
                let side: Vec<i32> = channels[0].iter().zip(channels[1]).map(|(l, r)| l - r).collect();
                smallest(left, right, plan(&mid, bits), plan(&side, bits + 1))
            }
            Err(plans) => (plans.len() as u64 - 1, plans),
        };
        let first_byte = self.out.len();
        let mut out = BitWriter::new(&mut self.out);
        header(&mut out, self.format, assignment, self.blocks, len);
        let sum = crc8(out.aligned_from(first_byte));
        out.put(u64::from(sum), 8);
        subframes.iter().for_each(|subframe| subframe.write(&mut out));
        let sum = crc16(out.aligned_from(first_byte));
        out.put(u64::from(sum), 16);
        out.align();
        let bytes = self.out.len() - first_byte;
        self.smallest_bytes = if self.blocks == 0 { bytes } else { self.smallest_bytes.min(bytes) };
        self.largest_bytes = self.largest_bytes.max(bytes);
        self.blocks += 1;
        self.frames += len as u64;
    }

    /// `fLaC` and the one metadata block (RFC 9639, 8.2).
    fn stream_info(&self, md5: [u8; 16]) -> Vec<u8> {
        let mut bytes = b"fLaC\x80\0\0\x22".to_vec();
        let mut out = BitWriter::new(&mut bytes);
        out.put(BLOCK_FRAMES as u64, 16);
        out.put(BLOCK_FRAMES as u64, 16);
        out.put(self.smallest_bytes as u64, 24);
        out.put(self.largest_bytes as u64, 24);
        out.put(u64::from(self.format.sample_rate_hz), 20);
        out.put(u64::from(self.format.channels) - 1, 3);
        out.put(u64::from(self.format.bits) - 1, 5);
        // 36 bits of length; 0 says unknown, for files of more than 50 days.
        out.put(if self.frames >> 36 == 0 { self.frames } else { 0 }, 36);
        out.align();
        bytes.extend(md5);
        bytes
    }
}

/// The smallest of left/right, left/side, side/right and mid/side, with its code.
fn smallest(left: Subframe, right: Subframe, mid: Subframe, side: Subframe) -> (u64, Vec<Subframe>) {
    let sizes = [
        (1, left.bits() + right.bits()),
        (8, left.bits() + side.bits()),
        (9, side.bits() + right.bits()),
        (10, mid.bits() + side.bits()),
    ];
    match sizes.iter().min_by_key(|(_, bits)| *bits).map_or(1, |(code, _)| *code) {
        8 => (8, vec![left, side]),
        9 => (9, vec![side, right]),
        10 => (10, vec![mid, side]),
        _ => (1, vec![left, right]),
    }
}

/// The frame header without its checksum (RFC 9639, 9.1).
fn header(out: &mut BitWriter, format: Format, assignment: u64, number: u64, len: usize) {
    const SYNC_FIXED_BLOCKS: u64 = 0xfff8;
    let rate = RATES_HZ.iter().position(|rate| *rate == format.sample_rate_hz).map_or(0, |at| at as u64 + 1);
    out.put(SYNC_FIXED_BLOCKS, 16);
    out.put(if len == BLOCK_FRAMES { 12 } else { 7 }, 4);
    out.put(rate, 4);
    out.put(assignment, 4);
    out.put(if format.bits == 16 { 4 } else { 6 }, 3);
    out.put(0, 1);
    out.put_utf8(number);
    if len != BLOCK_FRAMES {
        out.put(len as u64 - 1, 16);
    }
}

/// Samples into the checksum of the stream: interleaved, little-endian (RFC 9639, 8.2).
fn hash(md5: &mut md5::Context, channels: &[&[i32]], bits: u16) {
    let width = usize::from(bits / 8);
    let frames = channels.first().map_or(0, |channel| channel.len());
    let mut bytes = vec![0; frames * channels.len() * width];
    for (index, channel) in channels.iter().enumerate() {
        let own = bytes.chunks_exact_mut(width).skip(index).step_by(channels.len());
        own.zip(*channel).for_each(|(out, sample)| out.copy_from_slice(&sample.to_le_bytes()[..width]));
    }
    md5.consume(&bytes);
}
