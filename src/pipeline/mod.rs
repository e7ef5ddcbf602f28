//! The order of things: decode, measure, compare, check, advise, process, encode, measure again, report.
//!
//! The only room that knows the other rooms. It prints nothing: progress goes to a [`Progress`] listener.

mod ab;
mod batch;
mod master;
mod progress;
mod render;
mod simulate;
mod stream;
mod targets;

pub use ab::write_ab;
pub use batch::{Batch, run_batch};
pub use master::{MasterJob, Mastered, OutputDepth, OutputPaths, master, propose};
pub use progress::{Progress, Silent};
pub use render::{RenderJob, render};
pub use simulate::Song;
pub use targets::{DEFAULT_DELIVERY, DEFAULT_PROFILE, Targets, profile_from_references};

use crate::audio::Block;
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
    let start = |sample_rate_hz, channels| Ok(((), Analyser::new(sample_rate_hz, channels)));
    let ((), analyser, decoded) =
        stream::pass(path, "measuring", progress, start, |(), _| Ok(()), measure_side_by_side)?;
    Ok(analyser.finish(decoded.source, decoded.integrity, decoded.content_id))
}

/// Both halves of the meters at the same time.
fn measure_side_by_side(analyser: &mut Analyser, block: &Block) -> Result<()> {
    let (mut one, mut other) = analyser.halves();
    rayon::join(|| one(block), || other(block));
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
