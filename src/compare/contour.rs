//! What two revisions are aligned and compared by: a low-rate waveform and third octaves over time, about 9 kB per second.

use crate::audio::Block;
use crate::dsp::bands::{BandSum, THIRD_OCTAVE_CENTERS_HZ, third_octave_edges_hz};
use crate::dsp::biquad::{Biquad, low_pass};
use crate::dsp::rechunk::Rechunker;
use crate::dsp::spectrum::PairSpectrum;
use crate::dsp::window::root_hann;

/// Samples per second of the waveform, whatever the rate of the file: enough for its band, which ends near 600 Hz.
pub(super) const WAVEFORM_HZ: u64 = 2000;

/// Upper edge of the waveform's band: kick, bass and fundamentals, which mastering and lossy codecs leave in time.
const BAND_HZ: f64 = 600.0;

/// Quality of the two sections of a Butterworth low-pass of fourth order.
const BUTTERWORTH_4_Q: [f64; 2] = [0.541_196_1, 1.306_563];

/// Lower edge of what is measured for width: below, everything is near the middle.
const IMAGE_FROM_HZ: f64 = 150.0;

/// Spectra per second; each covers twice the time from one to the next.
const FRAMES_PER_S: u32 = 10;

/// Third octaves.
pub(super) const BANDS: usize = THIRD_OCTAVE_CENTERS_HZ.len();

/// Collects the [`Contour`] of a file while its blocks go by; blocks of any size give the same.
pub struct ContourMeter {
    waveform: Waveform,
    chunks: Rechunker,
    /// The last two chunks of each channel.
    window: Vec<Vec<f32>>,
    spectrum: PairSpectrum,
    bands: Vec<BandSum>,
    image: BandSum,
    frames: Vec<Frame>,
    frame_s: f64,
}

/// One spectrum: powers, which add up over time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Frame {
    /// Power per third octave, both channels together.
    pub(super) bands: [f32; BANDS],
    /// Power of the mid and of the side above 150 Hz, where width is heard; no side in mono.
    pub(super) mid_side: [f32; 2],
}

/// A file's waveform at a low rate, and its third octaves over time.
#[derive(Debug, Clone, PartialEq)]
pub struct Contour {
    /// The middle (or the only channel) below 600 Hz, differentiated, so that the lowest notes do not outweigh the rest.
    pub(super) waveform: Vec<f32>,
    /// Ten spectra per second.
    pub(super) frames: Vec<Frame>,
    /// Seconds from one frame to the next.
    pub(super) frame_s: f64,
}

impl ContourMeter {
    /// For a stream of this layout. Channels after the second are left out.
    pub fn new(sample_rate_hz: u32, channels: usize) -> ContourMeter {
        let hop = (sample_rate_hz / FRAMES_PER_S).max(1) as usize;
        let size = (2 * hop).next_power_of_two();
        let bin_hz = f64::from(sample_rate_hz) / size as f64;
        let bands = (0..BANDS)
            .map(|index| {
                let (low_hz, high_hz) = third_octave_edges_hz(index);
                BandSum::new(low_hz, high_hz, bin_hz, size / 2 + 1, |_| 1.0)
            })
            .collect();
        ContourMeter {
            waveform: Waveform::new(sample_rate_hz),
            chunks: Rechunker::new(channels.min(2), hop),
            window: vec![vec![0.0; 2 * hop]; channels.min(2)],
            // Its squares add up to one at half overlap: no moment of the music counts more than another.
            spectrum: PairSpectrum::new(root_hann(2 * hop), size),
            bands,
            image: BandSum::new(IMAGE_FROM_HZ, 0.5 * f64::from(sample_rate_hz), bin_hz, size / 2 + 1, |_| {
                1.0
            }),
            frames: Vec::new(),
            frame_s: hop as f64 / f64::from(sample_rate_hz),
        }
    }

    /// Takes in the next block.
    pub fn push(&mut self, block: &Block) {
        let used = &block.channels()[..block.channel_count().min(2)];
        self.waveform.push(used);
        let ContourMeter { chunks, window, spectrum, bands, image, frames, .. } = self;
        chunks.push(used, |chunk| {
            for (window, new) in window.iter_mut().zip(chunk) {
                window.copy_within(new.len().., 0);
                window[new.len()..].copy_from_slice(new);
            }
            let Some(left) = window.first() else { return };
            let right = window.get(1).map(Vec::as_slice);
            spectrum.transform(left, right);
            // |M|² and |S|² of M = (L+R)/2, S = (L−R)/2.
            let (power, cross) = (image.of(&spectrum.power), image.of(&spectrum.cross));
            let mid_side = match right {
                Some(_) => [power + 2.0 * cross, power - 2.0 * cross].map(|twice| (twice / 4.0).max(0.0)),
                None => [power, 0.0],
            };
            frames.push(Frame {
                bands: std::array::from_fn(|index| bands[index].of(&spectrum.power)),
                mid_side,
            });
        });
    }

    /// What was collected.
    pub fn finish(self) -> Contour {
        Contour { waveform: self.waveform.samples, frames: self.frames, frame_s: self.frame_s }
    }
}

/// Low-pass, sampling at 2 kHz, difference.
struct Waveform {
    filters: Vec<Biquad>,
    sample_rate_hz: u64,
    position: u64,
    previous: f64,
    last: f64,
    samples: Vec<f32>,
}

impl Waveform {
    fn new(sample_rate_hz: u32) -> Waveform {
        let corner_hz = BAND_HZ.min(0.4 * f64::from(sample_rate_hz));
        let section = |q: &f64| Biquad::new(low_pass(corner_hz, *q, f64::from(sample_rate_hz)));
        Waveform {
            filters: BUTTERWORTH_4_Q.iter().map(section).collect(),
            sample_rate_hz: u64::from(sample_rate_hz),
            position: 0,
            previous: 0.0,
            last: 0.0,
            samples: Vec::new(),
        }
    }

    fn push(&mut self, channels: &[Vec<f32>]) {
        let Some(first) = channels.first() else { return };
        for (index, left) in first.iter().enumerate() {
            let right = channels.get(1).map_or(*left, |right| right[index]);
            let middle = 0.5 * (f64::from(*left) + f64::from(right));
            let filtered = self.filters.iter_mut().fold(middle, |x, filter| filter.process(x));
            // Output sample k lies at k · rate / 2000 input samples; the signal is smooth enough there for a straight line.
            let due = |samples: &[f32]| samples.len() as u64 * self.sample_rate_hz;
            while due(&self.samples) <= self.position * WAVEFORM_HZ {
                let back = (self.position * WAVEFORM_HZ - due(&self.samples)) as f64 / WAVEFORM_HZ as f64;
                let value = filtered + (self.previous - filtered) * back.min(1.0);
                self.samples.push((value - self.last) as f32);
                self.last = value;
            }
            self.previous = filtered;
            self.position += 1;
            // At fixed places of the stream, not of the blocks.
            if self.position.is_multiple_of(1024) {
                self.filters.iter_mut().for_each(Biquad::clear_silence);
            }
        }
    }
}
