//! The time grid of the meters: slots of 10 ms. Blocks of any size go in, whole slots come out, so that no meter's
//! arithmetic can depend on how the audio was cut.

use crate::audio::Block;

/// Slots per second.
pub(super) const SLOTS_PER_S: u64 = 100;

/// Slots per entry of the ten-per-second series.
pub(super) const SLOTS_PER_TENTH: u64 = SLOTS_PER_S / 10;

/// First frame of slot `index`: the nearest frame to `index` / 100 s. At rates that are no multiple of 100 (11025,
/// 22050) slots differ by one frame, and no error accumulates.
pub(super) fn slot_start(sample_rate_hz: u32, index: u64) -> u64 {
    nearest_frame(sample_rate_hz, index, SLOTS_PER_S)
}

/// The frame nearest to `index` / `per_s` seconds.
fn nearest_frame(sample_rate_hz: u32, index: u64, per_s: u64) -> u64 {
    (index * u64::from(sample_rate_hz) + per_s / 2) / per_s
}

/// One slot of audio.
pub(super) struct Slot<'a> {
    channels: &'a [Vec<f32>],
    from: usize,
    to: usize,
}

impl Slot<'_> {
    pub(super) fn frames(&self) -> usize {
        self.to - self.from
    }

    /// The samples of one channel; empty where the stream has no such channel.
    pub(super) fn channel(&self, index: usize) -> &[f32] {
        self.channels.get(index).and_then(|channel| channel.get(self.from..self.to)).unwrap_or_default()
    }

    /// The samples of channels 2 `pair` and 2 `pair` + 1; a channel that is missing reads as its neighbour.
    pub(super) fn pair(&self, pair: usize) -> [&[f32]; 2] {
        let left = self.channel(2 * pair);
        let right = self.channel(2 * pair + 1);
        [left, if right.is_empty() { left } else { right }]
    }
}

/// Cuts a stream into slots. Holds less than one slot of audio.
pub(super) struct Slots {
    sample_rate_hz: u32,
    per_s: u64,
    pending: Vec<Vec<f32>>,
    next: u64,
}

impl Slots {
    pub(super) fn new(sample_rate_hz: u32, channels: usize) -> Slots {
        Slots::per_second(SLOTS_PER_S, sample_rate_hz, channels)
    }

    /// Slots of another length.
    pub(super) fn per_second(per_s: u64, sample_rate_hz: u32, channels: usize) -> Slots {
        Slots { sample_rate_hz, per_s, pending: vec![Vec::new(); channels], next: 0 }
    }

    /// Takes in a block and hands on the slots that it completes.
    pub(super) fn push(&mut self, block: &Block, mut each: impl FnMut(Slot<'_>)) {
        if block.channel_count() < self.pending.len() || self.sample_rate_hz == 0 {
            return;
        }
        let frames = block.frames();
        let mut at = 0;
        loop {
            let held = self.pending.first().map_or(0, Vec::len);
            let missing = self.frames_of_next() - held;
            if frames - at < missing {
                break;
            }
            if held == 0 {
                each(Slot { channels: block.channels(), from: at, to: at + missing });
            } else {
                self.keep(block, at, at + missing);
                each(self.rest());
                self.pending.iter_mut().for_each(Vec::clear);
            }
            at += missing;
            self.next += 1;
        }
        self.keep(block, at, frames);
    }

    /// The frames after the last whole slot.
    pub(super) fn rest(&self) -> Slot<'_> {
        Slot { channels: &self.pending, from: 0, to: self.pending.first().map_or(0, Vec::len) }
    }

    /// Whole slots so far.
    pub(super) fn completed(&self) -> u64 {
        self.next
    }

    fn frames_of_next(&self) -> usize {
        let start = |index| nearest_frame(self.sample_rate_hz, index, self.per_s);
        (start(self.next + 1) - start(self.next)).max(1) as usize
    }

    fn keep(&mut self, block: &Block, from: usize, to: usize) {
        for (pending, channel) in self.pending.iter_mut().zip(block.channels()) {
            pending.extend_from_slice(&channel[from..to]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_tile_the_stream_whatever_the_blocks() {
        for rate_hz in [8_000, 11_025, 22_050, 44_100, 384_000] {
            let ramp: Vec<f32> = (0..rate_hz).map(|i| i as f32).collect();
            let whole = Block::from_channels(vec![ramp.clone()], rate_hz);
            for size in [1usize, 7, 441, 4096, 65_536] {
                let mut slots = Slots::new(rate_hz, 1);
                let mut seen: Vec<f32> = Vec::new();
                let mut lengths = Vec::new();
                let mut at = 0;
                while at < whole.frames() {
                    let end = (at + size).min(whole.frames());
                    slots.push(&whole.slice(at, end), |slot| {
                        lengths.push(slot.frames());
                        seen.extend_from_slice(slot.channel(0));
                    });
                    at = end;
                }
                assert_eq!(slots.completed(), 100);
                assert_eq!(slots.rest().frames(), 0);
                assert_eq!(seen, ramp);
                let shortest = (rate_hz / 100) as usize;
                assert!(lengths.iter().all(|length| *length == shortest || *length == shortest + 1));
            }
        }
    }
}
