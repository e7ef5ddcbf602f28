//! A delivery as a whole: what each stem is, what is wrong with the set, and whether it adds up to the mix.

mod across;
pub mod balance;
pub mod conflicts;
pub mod decay;
pub mod delay;
pub mod drift;
mod files_checks;
pub mod fit;
mod format;
pub mod hidden;
pub mod microphones;
pub mod moment;
mod names;
mod plan;
pub mod reading;
mod registry;
mod remedy;
mod reply;
pub mod residual;
mod response;
mod role;
pub mod sitting;
mod sounds_checks;
mod space;
pub mod state;
mod sum_checks;

pub use format::{majority, majority_rate};
pub use names::song;
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

    /// Place in the file of a frame of the mix, between its frames where the stem drifts.
    pub fn place(&self, frame: u64) -> f64 {
        frame as f64 - self.offset - self.slope * frame as f64
    }

    /// Moves the offset by what the fit says is missing; `false` where that is too little or not sure.
    pub fn refine(&mut self, gain: &fit::Gain) -> bool {
        let sure = gain.late.abs() > 4.0 * gain.late_error && gain.own_share > 1e-4;
        let late = gain.late.clamp(-REFINED_FRAMES, REFINED_FRAMES);
        // Where a stem drifts, it is read between its frames.
        let frames = if self.slope == 0.0 { late.round() } else { late };
        if !sure || frames.abs() < LEAST_REFINED_FRAMES || !frames.is_finite() {
            return false;
        }
        self.offset += frames;
        self.found = true;
        true
    }
}

/// Where the song lies in the mix: the line that most stems share, a drift of the whole mix included. `frames` is the
/// length of the mix.
pub fn common(alignments: &[Alignment], frames: u64) -> Alignment {
    let found = alignments.iter().filter(|alignment| alignment.found).count();
    let lines: Vec<&Alignment> = alignments.iter().filter(|alignment| alignment.slope != 0.0).collect();
    let middle = |of: &dyn Fn(&Alignment) -> f64, lines: &[&Alignment]| {
        crate::dsp::stats::median(&mut lines.iter().map(|line| of(line)).collect::<Vec<_>>()).unwrap_or(0.0)
    };
    let slope = middle(&|line| line.slope, &lines);
    let near = |line: &&Alignment| (line.slope - slope).abs() * frames as f64 <= SAME_LINE_FRAMES;
    let shared: Vec<&Alignment> = lines.into_iter().filter(near).collect();
    if 2 * shared.len() > found && shared.len() > 1 {
        return Alignment { offset: middle(&|line| line.offset, &shared), slope, found: true };
    }
    Alignment { offset: common_offset(alignments) as f64, slope: 0.0, found: true }
}

/// Puts stems that lie on the common line but for the error of the search exactly on it; stems that were not found, too.
pub fn share_line(alignments: &mut [Alignment], common: Alignment, frames: u64) {
    for own in alignments.iter_mut().filter(|own| common.slope != 0.0 && (own.slope != 0.0 || !own.found)) {
        let end = (own.slope - common.slope) * frames as f64;
        let apart = (own.offset - common.offset).abs().max((own.offset - common.offset + end).abs());
        if !own.found || apart <= SAME_LINE_FRAMES {
            (own.offset, own.slope) = (common.offset, common.slope);
        }
    }
}

/// The offset that most stems share; of equal votes, the smallest.
fn common_offset(alignments: &[Alignment]) -> i64 {
    let mut votes: Vec<(i64, usize)> = Vec::new();
    for alignment in alignments.iter().filter(|alignment| alignment.found && alignment.slope == 0.0) {
        match votes.iter_mut().find(|(offset, _)| *offset == alignment.at(0)) {
            Some(vote) => vote.1 += 1,
            None => votes.push((alignment.at(0), 1)),
        }
    }
    votes.into_iter().max_by_key(|(offset, votes)| (*votes, -offset.abs())).map_or(0, |(offset, _)| offset)
}

/// Lines that are nowhere further apart are one.
const SAME_LINE_FRAMES: f64 = 3.0;
/// Less is not worth another round.
const LEAST_REFINED_FRAMES: f64 = 0.02;
/// A step of the refinement at most: the fit is straight only near the truth.
const REFINED_FRAMES: f64 = 16.0;
