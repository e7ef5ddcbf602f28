//! A part of a stream through processors, as if the whole stream had passed.

use crate::audio::Block;

/// What sounds before and after the source in the same stream: it goes through the processors, and not into the file. So the
/// next part goes on where this one stops, behind a limiter and at another sample rate too.
#[derive(Debug, Clone)]
pub struct Surroundings {
    /// Sound up to the source's first frame.
    pub lead_in: Block,
    /// Sound from the source's last frame on.
    pub lead_out: Block,
    /// Frames at the output's rate that the lead-in becomes; they are left out.
    pub skip_frames: u64,
    /// Frames at the output's rate that the source becomes.
    pub keep_frames: u64,
}

/// Lets the frames of the source pass, and holds back what is around them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Window {
    skip: u64,
    keep: u64,
    kept: u64,
}

impl Window {
    pub(super) fn new(around: Option<&Surroundings>) -> Window {
        let (skip, keep) = around.map_or((0, u64::MAX), |around| (around.skip_frames, around.keep_frames));
        Window { skip, keep, kept: 0 }
    }

    /// Keeps of a block what belongs to the source.
    pub(super) fn apply(&mut self, block: &mut Block) {
        let frames = block.frames() as u64;
        let from = self.skip.min(frames);
        let to = frames.min(from.saturating_add(self.keep - self.kept));
        if (from, to) != (0, frames) {
            *block = block.slice(from as usize, to as usize);
        }
        block.start_frame = self.kept;
        self.skip -= from;
        self.kept += to - from;
    }
}
