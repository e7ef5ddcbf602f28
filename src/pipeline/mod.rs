//! The order of things: decode, measure, compare, check, advise, process, encode, measure again, report.
//!
//! The only room that knows the other rooms. It prints nothing: progress goes to a [`Progress`] listener.

mod ab;
mod aligned;
mod batch;
mod master;
mod progress;
mod render;
mod side_by_side;
mod simulate;
mod stems;
mod stream;
mod targets;

pub use ab::write_ab;
pub use batch::{Batch, run_batch};
pub use master::{MasterJob, Mastered, OutputDepth, OutputPaths, master, propose};
pub use progress::{Progress, Silent};
pub use render::{RenderJob, render};
pub use simulate::Song;
pub use stems::{StemsJob, StemsOutcome, stems};
pub use targets::{DEFAULT_DELIVERY, DEFAULT_PROFILE, Targets, profile_from_references};

use crate::checks;
use crate::compare::compare;
use crate::error::{Error, Result};
use crate::measure::Analyser;
use crate::model::{Analysis, Check, MeterKind, Persisted, Stage};
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
    let (analyser, decoded) = side_by_side::pass(path, "measuring", progress, start)?;
    Ok(analyser.finish(decoded.source, decoded.integrity, decoded.content_id))
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
