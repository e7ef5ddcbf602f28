//! The order of things: decode, measure, compare, check, advise, process, encode, measure again, report.
//!
//! The only room that knows the other rooms. It prints nothing: progress goes to a [`Progress`] listener.

mod ab;
mod album;
mod aligned;
mod audibility;
mod batch;
mod bounce;
mod codecs;
mod coded;
mod compare;
mod convert;
mod core_measures;
mod cut;
mod deliver;
mod listening;
mod loops;
mod master;
mod missed;
mod plan_file;
mod preview;
mod progress;
mod relay;
mod render;
mod samples;
mod scan;
mod shown;
mod simulate;
mod stage_files;
mod stems;
mod stream;
mod surroundings;
mod targets;
mod trials;

pub use ab::write_ab;
pub use album::{
    AlbumFiles, AlbumOutput, AlbumSong, keep_songs, measure_album, plan_album, render_album, replan_album,
    vocal_lufs,
};
pub use batch::{Batch, run_batch};
pub use bounce::{BounceJob, Bounced, bounce};
pub use codecs::{Encoded, master_for_codecs, through_codecs};
pub use coded::{CodedJob, encode_song};
pub use compare::{compare_references, compare_revisions, refuse_mixed_revisions};
pub use core_measures::{CoreMeasures, measure_core};
pub use cut::Cut;
pub use deliver::{FileOptions, source_rate_hz};
pub use master::{MasterJob, Mastered, OutputDepth, OutputPaths, master, propose};
pub use plan_file::PlanFile;
pub use preview::{album_playback, preview, write_devices};
pub use progress::{Progress, Silent};
pub use render::{RenderJob, render};
pub use samples::{Samples, analyse_samples};
pub use scan::{ListedFile, ScanJob, ScanSettings, ScanWatch, Scanned, scan, scan_row, shard_of};
pub use shown::{Listen, ShowJob, Shown, show};
pub use simulate::Song;
pub use stage_files::{stage_paths, write_stages};
pub use stems::{ApplyJob, StemsJob, StemsOutcome, apply_stems, stems, stems_listening, sum_against_mix};
pub use surroundings::Surroundings;
pub use targets::{
    DEFAULT_DELIVERY, DEFAULT_PROFILE, Targets, profile_from_references, profile_from_weighted,
};

use crate::checks;
use crate::compare::compare;
use crate::error::{Error, Result};
use crate::measure::{Analyser, Measure, Together};
use crate::model::{Analysis, Check, MeterKind, Persisted, Stage};
use std::path::Path;
use stream::Lane;

/// Measures one file, in one pass and in memory that does not grow with its length.
///
/// # Errors
/// Those of [`crate::decode::Decoder`].
pub fn analyse(path: &Path, progress: &dyn Progress) -> Result<Analysis> {
    analyse_with(MeterKind::Mixproof, path, progress)
}

/// [`analyse`] that draws the pictures of a report in the same pass.
///
/// # Errors
/// Those of [`crate::decode::Decoder`].
pub fn analyse_and_draw(path: &Path, progress: &dyn Progress) -> Result<Analysis> {
    measured(path, progress, |sample_rate_hz, channels| Ok(Analyser::with_pictures(sample_rate_hz, channels)))
}

/// [`analyse`] of levels alone, at a quarter of its cost or less: loudness, peaks, dynamic range. The other families are empty, as
/// where nothing is known.
///
/// # Errors
/// Those of [`crate::decode::Decoder`].
pub fn analyse_levels(path: &Path, progress: &dyn Progress) -> Result<Analysis> {
    measured(path, progress, |sample_rate_hz, channels| Ok(Analyser::of_levels(sample_rate_hz, channels)))
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
    measured(path, progress, start)
}

/// One pass over a file into the meters that `start` makes.
fn measured(
    path: &Path,
    progress: &dyn Progress,
    start: impl FnOnce(u32, usize) -> Result<Analyser>,
) -> Result<Analysis> {
    let start = |sample_rate_hz, channels| Ok(((), start(sample_rate_hz, channels)?));
    let ((), analyser, decoded) = stream::pass(path, "measuring", progress, start, |(), _| Ok(()), meters)?;
    Ok(analyser.finish_on(&OnThePool, decoded.source, decoded.integrity, decoded.content_id))
}

/// Two pieces of work on the threads of the current pool.
struct OnThePool;

impl Together for OnThePool {
    fn both<A: Send, B: Send>(
        &self,
        one: impl FnOnce() -> A + Send,
        other: impl FnOnce() -> B + Send,
    ) -> (A, B) {
        rayon::join(one, other)
    }
}

/// The analysis of a file: measured where it is audio, read where it is a saved `analysis/1` (its name ends in `.json`).
///
/// # Errors
/// Those of [`analyse`], or those of the document.
pub fn analysis_of(path: &Path, progress: &dyn Progress) -> Result<Analysis> {
    if is_saved(path) { Analysis::load(path) } else { analyse(path, progress) }
}

/// Whether a path means a document and not audio.
pub fn is_saved(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("json"))
}

/// A lane for every meter: the numbers are the same to the bit on any number of cores.
fn meters(analyser: &mut Analyser) -> Vec<Lane<'_>> {
    analyser.meters().into_iter().map(measure).collect()
}

/// The lane of one meter.
fn measure<'t>(meter: &'t mut dyn Measure) -> Lane<'t> {
    Box::new(|block| {
        meter.take(block);
        Ok(())
    })
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
