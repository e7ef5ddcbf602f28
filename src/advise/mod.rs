//! Deviations and findings become a [`Plan`]: few broad moves, each with its reason, simulated before it is proposed.

mod deviation;
mod dynamics;
mod eq;
mod fit;
mod format;
mod loudness;
mod outcome;
mod response;
mod soft_clip;
mod standing;
mod stereo;
mod width;
mod words;

use crate::error::Result;
use crate::model::{
    Analysis, Applicability, CompressorSettings, Delivery, Deviation, EqPhase, Finding, Meter, Move,
    MoveStage, Persisted, Plan, Processor, Profile, StageAmount, Unresolved,
};
use standing::Standing;

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
    /// Stages for which it is another amount.
    pub stage_amounts: Vec<StageAmount>,
    /// Stages that may have moves.
    pub stages: Vec<MoveStage>,
    /// Most gain reduction of the limiter.
    pub max_reduction_db: f64,
    /// Most mean gain reduction of a compressor.
    pub max_mean_reduction_db: f64,
    /// Bits of the written file; 16 gets dither.
    pub bits: u16,
    /// Phase of the equaliser.
    pub eq_phase: EqPhase,
    /// Whether a soft clipper may take the highest peaks before the limiter does.
    pub soft_clip: bool,
}

impl Default for Options {
    /// Half of everything, with the bounds of mastering practice: 4 dB of limiting, 2 dB of mean compression.
    fn default() -> Options {
        use MoveStage::{Dynamics, Eq, Format, Loudness, Stereo};
        Options {
            amount: 50.0,
            stage_amounts: Vec::new(),
            stages: vec![Eq, Dynamics, Stereo, Loudness, Format],
            max_reduction_db: 4.0,
            max_mean_reduction_db: 2.0,
            bits: 24,
            eq_phase: EqPhase::Minimum,
            soft_clip: false,
        }
    }
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
    /// Everything that a plan predicts: loudness, peaks, dynamics and tone.
    Full,
    /// The same for what is meant to be the plan: who writes it anyway may write it now.
    Final,
}

/// What a chain with a limiter at its end would measure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LimiterTrial {
    /// Integrated loudness behind the limiter.
    pub integrated_lufs: f64,
    /// True peak in front of the limiter, without its gain.
    pub open_true_peak_dbtp: f64,
    /// Most gain reduction.
    pub reduction_max_db: f64,
}

/// What a limiter behind some moves would do at any setting, predicted from one pass over the song: a try costs
/// milliseconds, not a pass.
pub trait LimiterTrials {
    /// With this limiter, or with none; `None` where there is no loudness to measure.
    fn trial(&self, limiter: Option<&Processor>) -> Option<LimiterTrial>;
}

/// The bands of a song that compressors are tried on.
#[derive(Debug, Clone, PartialEq)]
pub enum Split {
    /// One band: everything.
    Whole,
    /// Bands between ascending crossover frequencies.
    Crossover(Vec<f64>),
    /// Band-passes, each by centre and Q.
    Around(Vec<(f64, f64)>),
}

/// What a compressor on everything would measure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LevelTrial {
    /// Peak to loudness ratio behind it.
    pub plr_lu: Option<f64>,
    /// Fifth percentile of the peak to short-term ratio behind it.
    pub psr_p05_lu: Option<f64>,
    /// Loudness range behind it.
    pub range_lu: Option<f64>,
    /// Mean gain reduction.
    pub reduction_mean_db: f64,
}

/// What a compressor on one band would change there.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BandTrial {
    /// Change of the crest.
    pub crest_db: f64,
    /// Change of the spread between loud (p95) and usual (p50) stretches of 48 ms, as long as an s.
    pub spread_db: f64,
    /// Change of the level.
    pub level_db: f64,
    /// Mean gain reduction.
    pub reduction_mean_db: f64,
}

/// What compressors behind some moves would do at any setting, predicted from one pass over the song.
pub trait LevelTrials {
    /// On everything; `None` where there is no sound, or the song was split.
    fn whole(&self, settings: &CompressorSettings) -> Option<LevelTrial>;

    /// On one band, with at most so much reduction; `None` for a band without sound.
    fn band(&self, band: usize, settings: &CompressorSettings, most_db: f64) -> Option<BandTrial>;
}

/// Runs moves on the song and measures the result, without writing anything. Given by `pipeline`.
pub trait Simulate {
    /// Runs the moves.
    ///
    /// # Errors
    /// Those of decoding and processing.
    fn simulate(&mut self, moves: &[Move], depth: Depth) -> Result<Simulated>;

    /// Runs the moves once, so that limiters behind them can be tried. Peaks below `least_dbtp` will not matter.
    ///
    /// # Errors
    /// Those of decoding and processing.
    fn limiter_trials(&mut self, moves: &[Move], least_dbtp: f64) -> Result<Box<dyn LimiterTrials>>;

    /// Runs the moves once, so that compressors behind them can be tried.
    ///
    /// # Errors
    /// Those of decoding and processing.
    fn level_trials(&mut self, moves: &[Move], split: &Split) -> Result<Box<dyn LevelTrials>>;
}

/// The proposal for one song: broad strokes in the order high-pass, equaliser, dynamic cuts, compressor, image, level, dither, each with
/// its reason. In doubt it does less and says so: a song inside the spread of its profile gets no equaliser, one that is
/// already mastered only its level. Usually two passes over the song are made: one that lets limiters be tried, and one
/// in full, dither included, that confirms the choice; the plan promises what that one measured. A compressor costs one or two more.
///
/// # Errors
/// Those of the simulation.
pub fn advise(cx: &Context, simulate: &mut dyn Simulate) -> Result<Plan> {
    let mut unresolved = outcome::unmendable(cx.findings);
    if let Some(reason) = outcome::hopeless(cx.analysis) {
        unresolved.push(reason);
        return Ok(plan(cx, Vec::new(), cx.analysis, unresolved));
    }
    let standing = Standing::of(cx);
    unresolved.extend(outcome::mastered_note(&standing));

    let mut moves = Vec::new();
    if standing.allows(cx, MoveStage::Eq) {
        moves.extend(eq::high_pass(cx));
        moves.extend(eq::equaliser(cx, &standing));
    }
    let foreign = eq::is_foreign(cx, &standing);
    unresolved.extend(eq::foreign_reference_note(cx, &standing));
    let mut estimate_lu = eq::loudness_change_lu(cx.analysis, &applied(&moves));
    moves.extend(dynamics::narrow(cx, &standing, &applied(&moves), simulate)?);
    if standing.allows(cx, MoveStage::Dynamics) && !foreign {
        let proposal = dynamics::compression(cx, &standing, &applied(&moves), simulate)?;
        estimate_lu = proposal.change_lu.unwrap_or(estimate_lu);
        moves.extend(proposal.compressor);
        unresolved.extend(proposal.unresolved);
    }
    let (image, unmended) = stereo::image(cx, &standing, &applied(&moves), foreign);
    moves.extend(image);
    unresolved.extend(unmended);

    let mut measured = None;
    if standing.allows(cx, MoveStage::Loudness) {
        let start = loudness::Start { before: &applied(&moves), change_lu: estimate_lu };
        let proposal = loudness::level(cx, &standing, &start, simulate)?;
        moves.extend(proposal.moves);
        unresolved.extend(proposal.unresolved);
        measured = proposal.measured;
    }
    let audible = applied(&moves);
    if standing.allows(cx, MoveStage::Format) {
        moves.extend(format::dither(cx, !audible.is_empty()));
    }
    let result = match measured {
        Some(simulated) => simulated.analysis,
        None if audible.is_empty() => cx.analysis.clone(),
        None => simulate.simulate(&applied(&moves), Depth::Final)?.analysis,
    };
    unresolved.extend(outcome::broken_promises(cx, &result));
    Ok(plan(cx, moves, &result, unresolved))
}

/// The moves that are applied unasked.
fn applied(moves: &[Move]) -> Vec<Move> {
    moves.iter().filter(|step| step.applicability == Applicability::Automatic).cloned().collect()
}

fn plan(cx: &Context, moves: Vec<Move>, result: &Analysis, unresolved: Vec<Unresolved>) -> Plan {
    Plan {
        schema: Plan::schema_tag(),
        content_id: cx.analysis.content_id.clone(),
        input: cx.analysis.source.path.clone(),
        profile: cx.profile.name.clone(),
        delivery: cx.delivery.name.clone(),
        target_lufs: cx.delivery.integrated_lufs,
        ceiling_dbtp: cx.delivery.ceiling_dbtp,
        amount: cx.options.amount,
        stage_amounts: cx.options.stage_amounts.clone(),
        moves,
        predicted: outcome::predicted(result),
        unresolved,
    }
}

/// A move that is applied unasked.
fn automatic(
    id: &str,
    stage: MoveStage,
    because: Vec<String>,
    reason: String,
    confidence: f64,
    predicted_effect: String,
    processor: Processor,
) -> Move {
    Move {
        id: id.to_string(),
        stage,
        applicability: Applicability::Automatic,
        because,
        reason,
        confidence,
        predicted_effect,
        processor,
    }
}
