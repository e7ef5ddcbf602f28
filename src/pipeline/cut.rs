//! Head and tail of a song cut on the way to its processors, with fades from and to silence.

use crate::audio::Block;
use std::f64::consts::PI;

/// What is left of a song. Fades are raised cosines inside of what is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cut {
    /// First frame that is kept.
    pub start: u64,
    /// First frame that is not kept any more.
    pub end: u64,
    /// Frames until the full level.
    pub fade_in: u64,
    /// Frames from the full level to silence.
    pub fade_out: u64,
}

impl Cut {
    /// Keeps of a block what lies inside, faded; an untouched sample stays as it is, bit by bit.
    pub fn apply(&self, block: &mut Block) {
        let (start, end) = (block.start_frame, block.start_frame + block.frames() as u64);
        let from = self.start.clamp(start, end);
        let to = self.end.clamp(from, end);
        if (from, to) != (start, end) {
            *block = block.slice((from - start) as usize, (to - start) as usize);
        }
        if from >= self.start + self.fade_in && to + self.fade_out <= self.end {
            return;
        }
        for channel in block.channels_mut() {
            for (frame, sample) in (from..to).zip(channel.iter_mut()) {
                let rising = half_way(frame - self.start, self.fade_in);
                let falling = half_way(self.end - 1 - frame, self.fade_out);
                if rising < 1.0 || falling < 1.0 {
                    *sample = (f64::from(*sample) * rising * falling) as f32;
                }
            }
        }
    }
}

/// Factor so many frames into a fade of a length.
fn half_way(frame: u64, length: u64) -> f64 {
    if frame >= length {
        return 1.0;
    }
    0.5 - 0.5 * (PI * (frame as f64 + 0.5) / length as f64).cos()
}
