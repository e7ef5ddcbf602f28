//! Sample-rate conversion by fixed blocks of Fourier transforms (the crate `rubato`), as a stream without delay.
//!
//! Measured in `tests/suite/resample.rs`: flat to 20 kHz within 0.001 dB, aliases and images below −120 dB, no shift in time.

use rubato::audioadapter_buffers::direct::SequentialSliceOfVecs;
use rubato::{Fft, FixedSync, Resampler as _, WindowFunction};

/// Frames of a block at the lower rate, at least: the length of the filter. Long enough that only the last 2 % below
/// Nyquist are attenuated.
const BLOCK_FRAMES: u32 = 2048;

/// Converts a stream of planar channels from one rate to another; the same samples come out whatever the length of
/// the pieces.
pub struct Resampler {
    fft: Fft<f64>,
    rates_hz: [u32; 2],
    waiting: Vec<Vec<f64>>,
    made: Vec<Vec<f64>>,
    /// Frames of the filter's delay that are still to be dropped.
    late: usize,
    frames_in: u64,
    frames_out: u64,
}

impl Resampler {
    /// A resampler at rest; `None` for a rate of zero or no channel.
    pub fn new(from_hz: u32, to_hz: u32, channels: usize) -> Option<Resampler> {
        if from_hz == 0 || to_hz == 0 || channels == 0 {
            return None;
        }
        let (from, to) = (from_hz as usize, to_hz as usize);
        // The shortest blocks that last equally long at both rates; an even number of them, so that the filter's delay
        // of half a block is a whole number of frames.
        let shared = greatest_common_divisor(from_hz, to_hz);
        let count = (BLOCK_FRAMES * shared).div_ceil(from_hz.min(to_hz)).next_multiple_of(2);
        let block = (from_hz / shared * count) as usize;
        let fft =
            Fft::new_custom(from, to, block, 1, channels, WindowFunction::BlackmanHarris2, FixedSync::Both)
                .ok()?;
        Some(Resampler {
            waiting: vec![Vec::new(); channels],
            made: vec![vec![0.0; fft.output_frames_max()]; channels],
            late: fft.output_delay(),
            rates_hz: [from_hz, to_hz],
            frames_in: 0,
            frames_out: 0,
            fft,
        })
    }

    /// Takes frames in and appends what is ready to `out`, all channels of one length.
    pub fn process(&mut self, channels: &[Vec<f32>], out: &mut [Vec<f32>]) {
        self.frames_in += channels.first().map_or(0, Vec::len) as u64;
        for (waiting, channel) in self.waiting.iter_mut().zip(channels) {
            waiting.extend(channel.iter().map(|sample| f64::from(*sample)));
        }
        let needed = self.fft.input_frames_next();
        while self.waiting.first().is_some_and(|waiting| waiting.len() >= needed) {
            self.run(out, usize::MAX);
        }
    }

    /// Appends the frames that are still inside, after the last ones went in: as many come out as the duration asks for,
    /// rounded to the nearest frame.
    pub fn flush(&mut self, out: &mut [Vec<f32>]) {
        let [from, to] = self.rates_hz.map(u128::from);
        let all = ((u128::from(self.frames_in) * to + from / 2) / from.max(1)) as u64;
        while self.frames_out < all {
            let needed = self.fft.input_frames_next();
            self.waiting.iter_mut().for_each(|waiting| waiting.resize(needed, 0.0));
            self.run(out, (all - self.frames_out) as usize);
        }
        self.waiting.iter_mut().for_each(Vec::clear);
    }

    /// One block; at most `most` of its frames are appended.
    fn run(&mut self, out: &mut [Vec<f32>], most: usize) {
        let channels = self.waiting.len();
        let needed = self.fft.input_frames_next();
        let room = self.fft.output_frames_max();
        let input = SequentialSliceOfVecs::new(&self.waiting, channels, needed);
        let made = SequentialSliceOfVecs::new_mut(&mut self.made, channels, room);
        // Both buffers have the lengths that were asked for; without them there would be silence instead of sound.
        let frames = match (input, made) {
            (Ok(input), Ok(mut made)) => {
                self.fft.process_into_buffer(&input, &mut made, None).map_or(room, |(_, frames)| frames)
            }
            _ => room,
        };
        let from = self.late.min(frames);
        self.late -= from;
        let to = frames.min(from.saturating_add(most));
        for (out, made) in out.iter_mut().zip(&self.made) {
            out.extend(made[from..to].iter().map(|sample| *sample as f32));
        }
        self.frames_out += (to - from) as u64;
        self.waiting.iter_mut().for_each(|waiting| {
            waiting.drain(..needed);
        });
    }
}

fn greatest_common_divisor(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}
