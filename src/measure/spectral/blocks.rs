//! From hops of audio to band powers of 400 ms blocks: the engine of the spectral meter.

use super::k_bands::{K_BANDS, KBlock, KLevels};
use super::layout::{BANDS, BLOCK_S, FIRST_HIGH_BAND, FIRST_MIDDLE_BAND, Layout};
use super::resonance::Prominence;
use super::sibilance::Sibilance;
use crate::dsp::halving::Halvings;
use crate::dsp::level::add_weighted;
use crate::dsp::window::hann_at;
use std::collections::VecDeque;

/// Band powers: |L|² + |R|², |L|² − |R|², Re(L R*).
#[derive(Clone, Copy)]
pub(super) struct BandPowers {
    pub(super) power: [f32; BANDS],
    pub(super) difference: [f32; BANDS],
    pub(super) cross: [f32; BANDS],
}

impl BandPowers {
    const ZERO: BandPowers =
        BandPowers { power: [0.0; BANDS], difference: [0.0; BANDS], cross: [0.0; BANDS] };

    fn add(&mut self, other: &BandPowers, weight: f32) {
        add_weighted(&mut self.power, &other.power, weight);
        add_weighted(&mut self.difference, &other.difference, weight);
        add_weighted(&mut self.cross, &other.cross, weight);
    }
}

/// Powers of the third octaves in half the memory: the upper sixteen bits below the sign of an f32, rounded. Eight bits
/// of exponent and eight of mantissa keep a level within 0.01 dB.
pub(super) struct PackedPowers([u16; BANDS]);

impl PackedPowers {
    fn new(powers: &[f32; BANDS]) -> PackedPowers {
        PackedPowers(powers.map(packed))
    }

    /// Power of one band.
    pub(super) fn power(&self, band: usize) -> f64 {
        unpacked(self.0[band])
    }
}

const DROPPED_BITS: u32 = 15;

/// A power in half the memory.
pub(super) fn packed(power: f32) -> u16 {
    let half = 1 << (DROPPED_BITS - 1);
    ((power.max(0.0).to_bits() + half) >> DROPPED_BITS) as u16
}

/// What was packed.
pub(super) fn unpacked(packed: u16) -> f64 {
    f64::from(f32::from_bits(u32::from(packed) << DROPPED_BITS))
}

/// A 400 ms block that still takes in short frames.
struct OpenBlock {
    index: u64,
    start: f64,
    weight: f64,
    third: BandPowers,
    k: KBlock,
}

/// Two channels on their way through the transforms; a lone channel has no right side.
struct Pair {
    left: Side,
    right: Option<Side>,
}

/// One channel: the newest hop of the chunk before, and the lowered-rate stream.
struct Side {
    last: Vec<f32>,
    halvings: Halvings,
    low: Vec<f32>,
}

impl Side {
    fn new(layout: &Layout) -> Side {
        Side {
            last: vec![0.0; layout.hop],
            halvings: Halvings::new(layout.rate_hz, layout.halvings),
            // One long frame of silence before the beginning.
            low: vec![0.0; layout.long.window_length()],
        }
    }

    /// The short frame that ends with the hop at `at` of a chunk: two hops, each in its place.
    fn frame<'a>(&'a self, chunk: &'a [f32], at: usize) -> [&'a [f32]; 2] {
        let hop = self.last.len();
        let before = if at == 0 { &self.last } else { &chunk[at - hop..at] };
        [before, &chunk[at..at + hop]]
    }
}

/// Blocks of 400 ms every 100 ms from hops of audio.
pub(super) struct BlockEngine {
    pub(super) layout: Layout,
    pairs: Vec<Pair>,
    stereo: bool,
    hops: u64,
    /// Frames of audio where the end is known.
    end: Option<u64>,
    open: VecDeque<OpenBlock>,
    next_block: u64,
    /// Sample of the lowered rate that `low` of every side begins with (before the leading silence: negative).
    low_start: i64,
    /// Band powers of every second block: five per second.
    pub(super) series: Vec<PackedPowers>,
    /// Band powers summed over each second.
    pub(super) seconds: Vec<BandPowers>,
    pub(super) k_levels: KLevels,
    pub(super) prominence: Prominence,
    pub(super) sibilance: Sibilance,
}

/// Blocks per second.
const BLOCKS_PER_S: u64 = 10;
/// Every second block enters the series of the third octaves.
const SERIES_STEP: u64 = 2;
/// Series entries per second.
pub(super) const SERIES_PER_S: f64 = (BLOCKS_PER_S / SERIES_STEP) as f64;

impl BlockEngine {
    pub(super) fn new(sample_rate_hz: u32, channels: usize) -> BlockEngine {
        let layout = Layout::new(sample_rate_hz);
        let pairs = (0..channels)
            .step_by(2)
            .map(|left| Pair {
                left: Side::new(&layout),
                right: (left + 1 < channels).then(|| Side::new(&layout)),
            })
            .collect();
        BlockEngine {
            pairs,
            stereo: channels == 2,
            hops: 0,
            end: None,
            open: VecDeque::new(),
            next_block: 0,
            low_start: -(layout.long.window_length() as i64),
            series: Vec::new(),
            seconds: Vec::new(),
            k_levels: KLevels::new(),
            prominence: Prominence::new(&layout),
            sibilance: Sibilance::new(layout.hop as f64 / layout.rate_hz),
            layout,
        }
    }

    /// Frames between two short frames: [`BlockEngine::push_hops`] takes multiples of it.
    pub(super) fn hop(&self) -> usize {
        self.layout.hop
    }

    /// Takes in any number of whole hops.
    pub(super) fn push_hops(&mut self, channels: &[Vec<f32>]) {
        let frames = channels.first().map_or(0, Vec::len);
        for at in (0..frames).step_by(self.hop()) {
            self.push(channels, at);
        }
        let last = frames.saturating_sub(self.hop())..frames;
        for (pair, channels) in self.pairs.iter_mut().zip(channels.chunks(2)) {
            for (side, samples) in
                [Some(&mut pair.left), pair.right.as_mut()].into_iter().flatten().zip(channels)
            {
                side.last.copy_from_slice(&samples[last.clone()]);
            }
        }
    }

    /// Of the frames that were taken in last, so many of them, the first `frames` at the lowered rate: the first two channels.
    pub(super) fn lowered(&self, taken: usize, frames: usize) -> (&[f32], Option<&[f32]>) {
        let Some(Pair { left, right }) = self.pairs.first() else { return (&[], None) };
        let from = left.low.len() - (taken >> self.layout.halvings);
        let newest = from..from + (frames >> self.layout.halvings);
        (&left.low[newest.clone()], right.as_ref().map(|right| &right.low[newest]))
    }

    /// Takes in the hop that begins at frame `at` of a chunk.
    fn push(&mut self, channels: &[Vec<f32>], at: usize) {
        let hop = at..at + self.hop();
        for (pair, sides) in self.pairs.iter_mut().zip(channels.chunks(2)) {
            for (side, samples) in
                [Some(&mut pair.left), pair.right.as_mut()].into_iter().flatten().zip(sides)
            {
                side.halvings.push(&samples[hop.clone()], &mut side.low);
            }
        }
        // The newest short frame is centred on the end of the hop before.
        let center = self.hops * self.layout.hop as u64;
        self.hops += 1;
        self.short_frame(center as f64, channels, at);
        while self.open.front().is_some_and(|block| block.start + self.block_frames() <= center as f64) {
            if let Some(block) = self.open.pop_front() {
                self.close(block);
            }
        }
        self.forget();
    }

    /// Takes in what is left after the last whole chunk, and closes the blocks that are complete; how many frames that became.
    pub(super) fn end(&mut self, rest: &[Vec<f32>]) -> usize {
        let hop = self.hop();
        let frames = rest.first().map_or(0, Vec::len);
        self.end = Some(self.hops * hop as u64 + frames as u64);
        // The last hop is filled up with silence, and one of silence pushes out what is still under way.
        let mut padded = rest.to_vec();
        let whole = (frames / hop + 2) * hop;
        padded.iter_mut().for_each(|channel| channel.resize(whole, 0.0));
        self.push_hops(&padded);
        self.prominence.end();
        self.k_levels.count();
        whole
    }

    fn block_frames(&self) -> f64 {
        BLOCK_S * self.layout.rate_hz
    }

    fn block_start(&self, index: u64) -> f64 {
        index as f64 * self.layout.rate_hz / BLOCKS_PER_S as f64
    }

    /// Transforms the short frame that ends with the hop at `at` of a chunk, and adds it to the open blocks.
    fn short_frame(&mut self, center: f64, channels: &[Vec<f32>], at: usize) {
        while self.block_start(self.next_block) < center {
            let start = self.block_start(self.next_block);
            self.open.push_back(OpenBlock {
                index: self.next_block,
                start,
                weight: 0.0,
                third: BandPowers::ZERO,
                k: KBlock::default(),
            });
            self.next_block += 1;
        }
        let mut third = BandPowers::ZERO;
        let mut k = KBlock::default();
        let Layout { short, third: bands, k_high, .. } = &mut self.layout;
        for (pair, samples) in self.pairs.iter().zip(channels.chunks(2)) {
            let [before, newest] = pair.left.frame(&samples[0], at);
            let right = pair.right.as_ref().map(|side| side.frame(&samples[1], at));
            short.transform_parts([(before, right.map(|r| r[0])), (newest, right.map(|r| r[1]))]);
            for (index, band) in bands.iter().enumerate().skip(FIRST_HIGH_BAND) {
                let Some(band) = band else { continue };
                third.power[index] += band.of(&short.power);
                if self.stereo {
                    third.difference[index] += band.of(&short.difference);
                    third.cross[index] += band.of(&short.cross);
                }
            }
            for (index, band) in k_high.iter() {
                k.power[*index] += f64::from(band.of(&short.power));
                if self.stereo {
                    k.cross[*index] += f64::from(band.of(&short.cross));
                }
            }
            self.prominence.add_short(&short.power);
        }
        self.prominence.end_short();
        self.sibilance.push(&third.power);
        let length = self.block_frames();
        for block in &mut self.open {
            let weight = hann_at((center - block.start) / length);
            block.weight += weight;
            if block.index.is_multiple_of(SERIES_STEP) {
                block.third.add(&third, weight as f32);
            }
            for band in 0..K_BANDS {
                block.k.power[band] += weight * k.power[band];
                block.k.cross[band] += weight * k.cross[band];
            }
        }
    }

    /// Adds the low bands to a block that has all of its short frames, and files it.
    fn close(&mut self, mut block: OpenBlock) {
        let end = block.start + self.block_frames();
        if self.end.is_some_and(|frames| end > frames as f64) || block.weight <= 0.0 {
            return;
        }
        let scale = 1.0 / block.weight;
        let mut third = BandPowers::ZERO;
        third.add(&block.third, scale as f32);
        block.k.power.iter_mut().chain(&mut block.k.cross).for_each(|value| *value *= scale);

        let in_series = block.index.is_multiple_of(SERIES_STEP);
        let ratio = self.layout.low_rate_hz / self.layout.rate_hz;
        let low_end = ((end * ratio).round() as i64 - self.low_start) as usize;
        let Layout { middle, long, third: bands, k_low, .. } = &mut self.layout;
        for pair in &self.pairs {
            let frame = |length: usize| {
                let part = |side: &'_ Side| low_end - length..low_end.min(side.low.len());
                let right = pair.right.as_ref().map(|side| &side.low[part(side)]);
                (&pair.left.low[part(&pair.left)], right)
            };
            let (left, right) = frame(middle.window_length());
            middle.transform(left, right);
            for (index, band) in k_low.iter() {
                block.k.power[*index] += f64::from(band.of(&middle.power));
                if self.stereo {
                    block.k.cross[*index] += f64::from(band.of(&middle.cross));
                }
            }
            if !in_series {
                continue;
            }
            self.prominence.add_middle(&middle.power);
            let (left, right) = frame(long.window_length());
            long.transform(left, right);
            // A frame that begins before the signal holds only part of the window.
            let before = (long.window_length() as i64 - (end * ratio).round() as i64).max(0) as usize;
            let share = long.window_energy_share_from(before).max(f32::MIN_POSITIVE);
            for (index, band) in bands.iter().enumerate().take(FIRST_HIGH_BAND) {
                let Some(band) = band else { continue };
                let (spectrum, scale) =
                    if index < FIRST_MIDDLE_BAND { (&*long, 1.0 / share) } else { (&*middle, 1.0) };
                third.power[index] += scale * band.of(&spectrum.power);
                if self.stereo {
                    third.difference[index] += scale * band.of(&spectrum.difference);
                    third.cross[index] += scale * band.of(&spectrum.cross);
                }
            }
        }
        self.k_levels.push(&block.k);
        if in_series {
            self.prominence.end_middle();
            self.series.push(PackedPowers::new(&third.power));
            let second = (block.index / BLOCKS_PER_S) as usize;
            if self.stereo {
                self.seconds.resize(second + 1, BandPowers::ZERO);
                self.seconds[second].add(&third, 1.0);
            }
        }
    }

    /// Drops what no later frame needs.
    fn forget(&mut self) {
        let Some(held) = self.pairs.first().map(|pair| pair.left.low.len()) else { return };
        // The oldest open block began at most 400 ms and two hops ago, and its long frame 350 ms before that.
        let needed = 3 * self.layout.long.window_length();
        if held > 2 * needed {
            for side in
                self.pairs.iter_mut().flat_map(|pair| [Some(&mut pair.left), pair.right.as_mut()]).flatten()
            {
                side.low.drain(..held - needed);
            }
            self.low_start += (held - needed) as i64;
        }
    }
}
