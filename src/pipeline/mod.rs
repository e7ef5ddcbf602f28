//! The order of things: decode, measure, compare, check, advise, process, encode, measure again, report.
//!
//! The only room that knows the other rooms. It prints nothing: progress goes to a [`Progress`] listener.

mod ab;
mod batch;
mod compare;
mod master;
mod progress;
mod render;
mod simulate;
mod stream;
mod targets;

pub use ab::write_ab;
pub use batch::{Batch, run_batch};
pub use compare::{compare_references, compare_revisions, refuse_mixed_revisions};
pub use master::{MasterJob, Mastered, OutputDepth, OutputPaths, master, propose};
pub use progress::{Progress, Silent};
pub use render::{RenderJob, render};
pub use simulate::Song;
pub use targets::{
    DEFAULT_DELIVERY, DEFAULT_PROFILE, Targets, profile_from_references, profile_from_weighted,
};

use crate::checks;
use crate::compare::compare;
use crate::error::Result;
use crate::measure::Analyser;
use crate::model::{Analysis, Check, Persisted, Stage};
use std::path::Path;

/// Measures one file, in one pass and in memory that does not grow with its length.
///
/// # Errors
/// Those of [`crate::decode::Decoder`].
pub fn analyse(path: &Path, progress: &dyn Progress) -> Result<Analysis> {
    let start = |sample_rate_hz, channels| Ok(Analyser::new(sample_rate_hz, channels));
    let (analyser, decoded) =
        stream::pass(path, "measuring", progress, start, |analyser: &mut Analyser, block| {
            analyser.push(block);
            Ok(())
        })?;
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
