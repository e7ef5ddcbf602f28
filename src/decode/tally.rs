//! What is counted while frames pass: the content hash, the frames, samples that are no numbers, used bits.

use super::Format;
use crate::audio::Block;
use xxhash_rust::xxh3::Xxh3;

/// Full scale of the integers that used bits are looked for in: samples are put at the top of 32 bits.
const FULL_SCALE: f32 = 2_147_483_648.0;

/// The hash of a stream of samples that [`super::Decoded::content_id`] is: that of rate, layout, length and the samples of
/// each channel. The container plays no part, and neither do the blocks.
pub struct ContentHash {
    hashes: Vec<Xxh3>,
    frames: u64,
}

impl ContentHash {
    /// Of a stream with so many channels, before its first frame.
    pub fn new(channels: usize) -> ContentHash {
        ContentHash { hashes: vec![Xxh3::new(); channels], frames: 0 }
    }

    /// Takes in the next frames.
    pub fn push(&mut self, block: &Block) {
        for (hash, channel) in self.hashes.iter_mut().zip(block.channels()) {
            hash_samples(hash, channel);
        }
        self.frames += block.frames() as u64;
    }

    /// The hash of what was taken in: `xxh3:` and 32 hexadecimal digits.
    pub fn content_id(&self, sample_rate_hz: u32) -> String {
        let mut whole = Xxh3::new();
        whole.update(&sample_rate_hz.to_le_bytes());
        whole.update(&(self.hashes.len() as u16).to_le_bytes());
        whole.update(&self.frames.to_le_bytes());
        for hash in &self.hashes {
            whole.update(&hash.digest128().to_le_bytes());
        }
        format!("xxh3:{:032x}", whole.digest128())
    }
}

/// Counters over all frames of a file. Their values do not depend on how the frames come in blocks.
pub(super) struct Tally {
    content: ContentHash,
    non_finite: u64,
    /// Bits of integer PCM to look at; `None` where low bits mean nothing.
    bits: Option<u32>,
    /// All samples, as integers at the top of 32 bits, combined by OR.
    used: i32,
}

impl Tally {
    pub(super) fn new(format: &Format) -> Tally {
        let bits = format.bits.filter(|bits| format.lossless_integer && (1..=32).contains(bits));
        Tally {
            content: ContentHash::new(format.channels),
            non_finite: 0,
            bits: bits.map(u32::from),
            used: 0,
        }
    }

    /// Counts the frames of a block and turns samples that are no numbers into silence.
    pub(super) fn take(&mut self, block: &mut Block) {
        let uses_all_bits = self.effective_bits().map(u32::from) == self.bits;
        for channel in block.channels_mut() {
            if self.bits.is_none() {
                self.non_finite += silence_non_finite(channel);
            } else if !uses_all_bits {
                self.used |= channel.iter().fold(0, |used, sample| used | (sample * FULL_SCALE) as i32);
            }
        }
        self.content.push(block);
    }

    pub(super) fn frames(&self) -> u64 {
        self.content.frames
    }

    pub(super) fn non_finite_samples(&self) -> u64 {
        self.non_finite
    }

    /// Bits without the low ones that are zero in every sample. `None` for float, lossy and silent files and for
    /// integers of more than 32 bits. Integers of more than 25 bits are seen through f32, which can only hide
    /// used bits of loud samples; any quieter sample shows them.
    pub(super) fn effective_bits(&self) -> Option<u16> {
        let bits = self.bits?;
        (self.used != 0).then(|| (32 - self.used.trailing_zeros()).min(bits) as u16)
    }

    pub(super) fn content_id(&self, sample_rate_hz: u32) -> String {
        self.content.content_id(sample_rate_hz)
    }
}

#[cfg(target_endian = "little")]
fn hash_samples(hash: &mut Xxh3, samples: &[f32]) {
    hash.update(bytemuck::cast_slice(samples));
}

#[cfg(not(target_endian = "little"))]
fn hash_samples(hash: &mut Xxh3, samples: &[f32]) {
    samples.iter().for_each(|sample| hash.update(&sample.to_le_bytes()));
}

/// Replaces NaN and infinities by 0 and counts them.
fn silence_non_finite(samples: &mut [f32]) -> u64 {
    const EXPONENT: u32 = 0x7f80_0000;
    let is_number = |sample: &f32| sample.to_bits() & EXPONENT != EXPONENT;
    let all_numbers = samples.iter().fold(true, |all, sample| all & is_number(sample));
    if all_numbers {
        return 0;
    }
    let mut count = 0;
    for sample in samples.iter_mut().filter(|sample| !is_number(sample)) {
        *sample = 0.0;
        count += 1;
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn non_finite_samples_become_silence_and_are_counted() {
        let mut samples = [1.5, f32::NAN, -f32::INFINITY, -0.25, f32::MAX, 1e-40];
        assert_eq!(silence_non_finite(&mut samples), 2);
        assert_eq!(samples, [1.5, 0.0, 0.0, -0.25, f32::MAX, 1e-40]);
    }

    #[test]
    fn counts_and_hash_do_not_depend_on_the_blocks() {
        let format = Format {
            container: "wav",
            codec: "pcm",
            sample_rate_hz: 48_000,
            channels: 2,
            bits: Some(24),
            lossless_integer: true,
            declared_frames: None,
            tags: Default::default(),
        };
        let channel: Vec<f32> = (0..5000).map(|i| (i % 777) as f32 / 32_768.0).collect();
        let whole = Block::from_channels(vec![channel.clone(), channel], 48_000);
        let result = |length: usize| {
            let mut tally = Tally::new(&format);
            for start in (0..whole.frames()).step_by(length) {
                tally.take(&mut whole.slice(start, (start + length).min(whole.frames())));
            }
            (tally.frames(), tally.effective_bits(), tally.content_id(48_000))
        };
        let expected = result(5000);
        assert_eq!(expected.1, Some(16));
        for length in [1, 7, 64, 1023, 4096] {
            assert_eq!(result(length), expected, "blocks of {length}");
        }
    }
}
