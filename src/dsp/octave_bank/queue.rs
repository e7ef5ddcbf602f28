//! Frames that wait to be filtered.

use super::Frame;
use crate::dsp::simd::{Arithmetic, dispatch};

/// A queue in room that is used again and again, so that nothing is cleared before it is written.
#[derive(Debug, Clone)]
pub(super) struct Queue {
    room: Vec<Frame>,
    held: usize,
}

impl Queue {
    /// A queue that begins with frames of silence.
    pub(super) fn of_silence(frames: usize) -> Queue {
        Queue { room: vec![[0.0; 2]; frames], held: frames }
    }

    /// What waits.
    pub(super) fn frames(&self) -> &[Frame] {
        &self.room[..self.held]
    }

    /// Adds as many frames as `write` says that it has written to the beginning of room for `most`.
    pub(super) fn extend(&mut self, most: usize, write: impl FnOnce(&mut [Frame]) -> usize) {
        let end = self.held + most;
        if self.room.len() < end {
            self.room.resize(end, [0.0; 2]);
        }
        self.held += write(&mut self.room[self.held..end]);
    }

    /// Adds two channels of one length.
    pub(super) fn push(&mut self, left: &[f32], right: &[f32]) {
        let count = left.len().min(right.len());
        self.extend(count, |room| {
            interleave(left, right, room);
            count
        });
    }

    /// Drops the first frames.
    pub(super) fn forget(&mut self, frames: usize) {
        self.room.copy_within(frames..self.held, 0);
        self.held -= frames;
    }
}

dispatch! {
    fn interleave(left: &[f32], right: &[f32], frames: &mut [Frame]) = interleave_body
}

#[inline(always)]
#[expect(clippy::extra_unused_type_parameters, reason = "the two copies differ in their features only")]
fn interleave_body<A: Arithmetic>(left: &[f32], right: &[f32], frames: &mut [Frame]) {
    for ((frame, left), right) in frames.iter_mut().zip(left).zip(right) {
        *frame = [*left, *right];
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::simd::Plain;

    #[test]
    fn both_copies_agree_and_the_oldest_come_first() {
        let left: Vec<f32> = (0..100).map(|i| i as f32).collect();
        let right: Vec<f32> = left.iter().map(|x| -x).collect();
        let mut queue = Queue::of_silence(2);
        queue.push(&left, &right);
        let mut plain = vec![[0.0; 2]; 100];
        interleave_body::<Plain>(&left, &right, &mut plain);
        assert_eq!(queue.frames()[..2], [[0.0; 2]; 2]);
        assert_eq!(queue.frames()[2..], plain);
        queue.forget(50);
        queue.push(&left[..10], &right[..10]);
        assert_eq!(queue.frames()[..52], plain[48..]);
        assert_eq!(queue.frames()[52..], plain[..10]);
    }
}
