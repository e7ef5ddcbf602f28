//! Deviations and findings become a [`Plan`]: few broad moves, each with its reason, simulated before it is proposed.

use crate::error::{Error, Result};
use crate::model::{Analysis, Delivery, Deviation, Finding, Meter, Move, MoveStage, Plan, Profile};

/// What advice rests on.
pub struct Context<'a> {
    /// The measured song.
    pub analysis: &'a Analysis,
    /// Its measures against the profile.
    pub deviations: &'a [Deviation],
    /// What the checks found, at stage `mix`.
    pub findings: &'a [Finding],
    /// What is typical.
    pub profile: &'a Profile,
    /// What is demanded.
    pub delivery: &'a Delivery,
    /// What the user asked for.
    pub options: &'a Options,
}

/// What the user asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// How much of the tonal, dynamic and stereo proposal is applied, 0 to 100.
    pub amount: f64,
    /// Stages that may have moves.
    pub stages: Vec<MoveStage>,
    /// Most gain reduction of the limiter.
    pub max_reduction_db: f64,
    /// Bits of the written file; 16 gets dither.
    pub bits: u16,
}

/// What a simulated chain of moves measures.
pub struct Simulated {
    /// The processed song, measured. Where only loudness was asked for, the other families are empty.
    pub analysis: Analysis,
    /// What each move did.
    pub meters: Vec<Meter>,
}

/// How much of a simulation is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// Loudness and peaks.
    Loudness,
    /// Everything.
    Full,
}

/// Runs moves on the song and measures the result, without writing anything. Given by `pipeline`.
pub trait Simulate {
    /// Runs the moves.
    ///
    /// # Errors
    /// Those of decoding and processing.
    fn simulate(&mut self, moves: &[Move], depth: Depth) -> Result<Simulated>;
}

/// The proposal for one song.
///
/// # Errors
/// Those of the simulation.
pub fn advise(_cx: &Context, _simulate: &mut dyn Simulate) -> Result<Plan> {
    Err(Error::usage("not yet"))
}
