//! A delivery as a whole: what each stem is, what is wrong with the set, and whether it adds up to the mix.

pub mod balance;
pub mod conflicts;
pub mod delay;
mod files_checks;
pub mod fit;
mod format;
pub mod hidden;
pub mod microphones;
pub mod moment;
mod names;
mod plan;
mod registry;
mod remedy;
mod reply;
pub mod residual;
mod role;
pub mod sitting;
mod sounds_checks;
pub mod state;
mod sum_checks;

pub use format::{majority, majority_rate};
pub use plan::plan;
pub use registry::{SET_CHECKS, SetCheck, explain, run};
pub use reply::reply;
pub use role::role;

/// Where a stem lies in the mix: `offset + slope · frame` frames later than in its file.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Alignment {
    pub(crate) offset: f64,
    pub(crate) slope: f64,
    /// Whether the mix answered to the stem at all.
    pub found: bool,
}

impl Alignment {
    /// Offset at a frame of the mix, in whole frames.
    pub fn at(&self, frame: u64) -> i64 {
        (self.offset + self.slope * frame as f64).round() as i64
    }

    /// Moves the offset by what the fit says is missing; `false` where that is less than half a frame or not sure.
    pub fn refine(&mut self, gain: &fit::Gain) -> bool {
        let sure = gain.late.abs() > 4.0 * gain.late_error && gain.own_share > 1e-4;
        let frames = gain.late.round().clamp(-REFINED_FRAMES, REFINED_FRAMES);
        if self.slope != 0.0 || !sure || frames == 0.0 || !frames.is_finite() {
            return false;
        }
        self.offset += frames;
        self.found = true;
        true
    }
}

/// The offset that most stems share; of equal votes, the smallest.
pub fn common_offset(alignments: &[Alignment]) -> i64 {
    let mut votes: Vec<(i64, usize)> = Vec::new();
    for alignment in alignments.iter().filter(|alignment| alignment.found && alignment.slope == 0.0) {
        match votes.iter_mut().find(|(offset, _)| *offset == alignment.at(0)) {
            Some(vote) => vote.1 += 1,
            None => votes.push((alignment.at(0), 1)),
        }
    }
    votes.into_iter().max_by_key(|(offset, votes)| (*votes, -offset.abs())).map_or(0, |(offset, _)| offset)
}

/// A step of the refinement at most: the fit is straight only near the truth.
const REFINED_FRAMES: f64 = 16.0;
