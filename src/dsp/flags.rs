//! Questions about 64 samples at once, answered as 64 bits: loud music asks them of every sample, so no branches.

use super::simd::{Arithmetic, dispatch};

/// Samples per question; bit i of the answer is sample i.
pub const FLAGS: usize = 64;

/// Bits from bytes that are 0 or 1: eight at a time, the product moves byte i to bit 56 + i.
#[inline(always)]
fn bits(flags: &[u8; FLAGS]) -> u64 {
    let mut bits = 0;
    for (i, eight) in flags.chunks_exact(8).enumerate() {
        let mut bytes = [0; 8];
        bytes.copy_from_slice(eight);
        bits |= (u64::from_le_bytes(bytes).wrapping_mul(0x0102_0408_1020_4080) >> 56) << (8 * i);
    }
    bits
}

dispatch! {
    /// Which samples are greater than a threshold.
    pub fn above(samples: &[f32; FLAGS], threshold: f32) -> u64 = above_body
}

#[inline(always)]
#[expect(clippy::extra_unused_type_parameters, reason = "the two copies differ in their features only")]
fn above_body<A: Arithmetic>(samples: &[f32; FLAGS], threshold: f32) -> u64 {
    let mut flags = [0u8; FLAGS];
    for i in 0..FLAGS {
        flags[i] = u8::from(samples[i] > threshold);
    }
    bits(&flags)
}

dispatch! {
    /// Which samples are greater than a threshold and local maxima: not less than the sample before, greater than
    /// the one after. Bit i is `samples[i + 1]`; there is one sample more on either side.
    pub fn crests(samples: &[f32; FLAGS + 2], threshold: f32) -> u64 = crests_body
}

#[inline(always)]
#[expect(clippy::extra_unused_type_parameters, reason = "the two copies differ in their features only")]
fn crests_body<A: Arithmetic>(samples: &[f32; FLAGS + 2], threshold: f32) -> u64 {
    let mut flags = [0u8; FLAGS];
    for i in 0..FLAGS {
        let (before, here, after) = (samples[i], samples[i + 1], samples[i + 2]);
        flags[i] = u8::from(here >= before) & u8::from(here > after) & u8::from(here > threshold);
    }
    bits(&flags)
}

dispatch! {
    /// Which samples are equal to their two successors and of at least a given magnitude. There are two samples more.
    pub fn triples(samples: &[f32; FLAGS + 2], magnitude: f32) -> u64 = triples_body
}

#[inline(always)]
#[expect(clippy::extra_unused_type_parameters, reason = "the two copies differ in their features only")]
fn triples_body<A: Arithmetic>(samples: &[f32; FLAGS + 2], magnitude: f32) -> u64 {
    let mut flags = [0u8; FLAGS];
    for i in 0..FLAGS {
        let equal = u8::from(samples[i] == samples[i + 1]) & u8::from(samples[i] == samples[i + 2]);
        flags[i] = equal & u8::from(samples[i].abs() >= magnitude);
    }
    bits(&flags)
}

/// The lowest `count` bits.
pub fn low_bits(count: usize) -> u64 {
    if count >= FLAGS { u64::MAX } else { (1 << count) - 1 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::simd::Plain;

    #[test]
    fn bits_are_the_answers_of_each_sample() {
        let samples: [f32; FLAGS + 2] = std::array::from_fn(|i| ((i * i * 7) % 5) as f32 / 2.0 - 1.0);
        let inner: [f32; FLAGS] = std::array::from_fn(|i| samples[i]);
        for threshold in [-1.0, 0.0, 0.5] {
            let expect = |answer: &dyn Fn(usize) -> bool| {
                (0..FLAGS).filter(|i| answer(*i)).fold(0u64, |bits, i| bits | 1 << i)
            };
            let greater = expect(&|i| samples[i] > threshold);
            assert_eq!(above(&inner, threshold), greater);
            assert_eq!(above_body::<Plain>(&inner, threshold), greater);
            let maxima = expect(&|i| {
                samples[i + 1] >= samples[i] && samples[i + 1] > samples[i + 2] && samples[i + 1] > threshold
            });
            assert_eq!(crests(&samples, threshold), maxima);
            assert_eq!(crests_body::<Plain>(&samples, threshold), maxima);
            let equal = expect(&|i| {
                samples[i] == samples[i + 1]
                    && samples[i + 1] == samples[i + 2]
                    && samples[i].abs() >= threshold
            });
            assert_eq!(triples(&samples, threshold), equal);
            assert_eq!(triples_body::<Plain>(&samples, threshold), equal);
        }
        assert_eq!(low_bits(64), u64::MAX);
        assert_eq!(low_bits(3), 7);
    }
}
