//! The order of things: decode, measure, compare, check, advise, process, encode, measure again, report.
//!
//! The only room that knows the other rooms. It prints nothing: progress goes to a [`Progress`] listener.

mod ab;
mod album;
mod aligned;
mod batch;
mod coded;
mod compare;
mod convert;
mod cut;
mod master;
mod progress;
mod render;
mod simulate;
mod stems;
mod stream;
mod targets;

pub use ab::write_ab;
pub use album::{
    AlbumFiles, AlbumOutput, AlbumSong, keep_songs, measure_album, plan_album, render_album, replan_album, vocal_lufs,
};
pub use batch::{Batch, run_batch};
pub use coded::{CodedJob, encode_song};
pub use compare::{compare_references, compare_revisions, refuse_mixed_revisions};
pub use cut::Cut;
pub use master::{MasterJob, Mastered, OutputDepth, OutputPaths, master, propose};
pub use progress::{Progress, Silent};
pub use render::{RenderJob, render};
pub use simulate::Song;
pub use stems::{StemsJob, StemsOutcome, stems};
pub use targets::{
    DEFAULT_DELIVERY, DEFAULT_PROFILE, Targets, profile_from_references, profile_from_weighted,
};

use crate::audio::Block;
use crate::checks;
use crate::compare::compare;
use crate::error::{Error, Result};
use crate::measure::Analyser;
use crate::model::{Analysis, Check, MeterKind, Persisted, Stage};
use rayon::prelude::*;
use std::path::Path;

/// Measures one file, in one pass and in memory that does not grow with its length.
///
/// # Errors
/// Those of [`crate::decode::Decoder`].
pub fn analyse(path: &Path, progress: &dyn Progress) -> Result<Analysis> {
    analyse_with(MeterKind::Mixproof, path, progress)
}

/// [`analyse`] with a choice of the meter for loudness and peak levels.
///
/// # Errors
/// Those of [`crate::decode::Decoder`], and rates or layouts that the reference meter refuses.
pub fn analyse_with(meter: MeterKind, path: &Path, progress: &dyn Progress) -> Result<Analysis> {
    let start = |sample_rate_hz, channels| match meter {
        MeterKind::Mixproof => Ok(Analyser::new(sample_rate_hz, channels)),
        MeterKind::Reference => Analyser::with_reference(sample_rate_hz, channels).ok_or_else(|| {
            let reason =
                format!("the reference meter does not read {channels} channels at {sample_rate_hz} Hz");
            Error::decode(path, format!("{reason}: use --meter mixproof"))
        }),
    };
    let start = |sample_rate_hz, channels| Ok(((), start(sample_rate_hz, channels)?));
    let ((), analyser, decoded) =
        stream::pass(path, "measuring", progress, start, |(), _| Ok(()), measure_side_by_side)?;
    Ok(analyser.finish(decoded.source, decoded.integrity, decoded.content_id))
}

/// The analysis of a file: measured where it is audio, read where it is a saved `analysis/1` (its name ends in `.json`).
///
/// # Errors
/// Those of [`analyse`], or those of the document.
pub fn analysis_of(path: &Path, progress: &dyn Progress) -> Result<Analysis> {
    if is_saved(path) { Analysis::load(path) } else { analyse(path, progress) }
}

/// Whether a path means a document and not audio.
fn is_saved(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("json"))
}

/// Every meter gets the block, each on whatever core is free: the numbers are the same to the bit on any number of cores.
fn measure_side_by_side(analyser: &mut Analyser, block: &Block) -> Result<()> {
    if rayon::current_num_threads() > 1 {
        analyser.meters().into_par_iter().with_max_len(1).for_each(|meter| meter.take(block));
    } else {
        analyser.push(block);
    }
    Ok(())
}

/// Compares an analysis with the targets and runs the selected checks on it.
pub fn check(analysis: Analysis, targets: &Targets, stage: Stage, selection: &checks::Selection) -> Check {
    let deviations = compare(&analysis, &targets.profile);
    let findings = {
        let cx = checks::Context {
            analysis: &analysis,
            deviations: &deviations,
            profile: &targets.profile,
            delivery: &targets.delivery,
            stage,
        };
        checks::run_selected(&cx, selection)
    };
    Check {
        schema: Check::schema_tag(),
        analysis,
        profile: targets.profile.name.clone(),
        delivery: targets.delivery.name.clone(),
        stage,
        deviations,
        findings,
    }
}
