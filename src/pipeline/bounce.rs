//! One bounce of a song: measured, judged, and told apart from the version before.

use super::compare::{compare_analyses, compare_revisions};
use super::{ListedFile, Progress, Targets, analyse, check};
use crate::checks::Selection;
use crate::error::{Error, Result};
use crate::model::{
    Analysis, Bounce, Check, Comparison, Deviation, Persisted, ScanRow, Since, Stage, Verdict,
};
use std::path::Path;

/// Most changes that a bounce tells in words.
const MOVED_MAX: usize = 3;

/// A file that a watched folder has, and what it is judged by.
pub struct BounceJob<'a> {
    /// The file, as it was when it held still.
    pub file: &'a ListedFile,
    /// The song that it is a version of.
    pub song: &'a str,
    /// The version before.
    pub before: Option<(Bounce, Analysis)>,
    /// What it is judged by.
    pub targets: &'a Targets,
    /// Mix or master.
    pub stage: Stage,
}

/// What is to be told about a bounce.
pub struct Bounced {
    /// For the history.
    pub bounce: Bounce,
    /// In full.
    pub check: Check,
    /// Against the version before.
    pub comparison: Option<Comparison>,
}

/// Measures a bounce and compares it with the version before: with its audio where that is still there, else with what
/// was measured on it.
///
/// # Errors
/// Those of decoding, of the bounce alone.
pub fn bounce(job: BounceJob, progress: &dyn Progress) -> Result<Bounced> {
    let path = &job.file.path;
    let comparison = job.before.as_ref().and_then(|(before, _)| {
        let earlier = ListedFile::of(before.path.clone().into());
        let is_there = earlier.path != *path
            && earlier.size_bytes == Some(before.size_bytes)
            && earlier.modified_unix_ms == Some(before.modified_unix_ms);
        // What cannot be compared is a first version again: the bounce counts, not the one before it.
        is_there
            .then(|| compare_revisions(&earlier.path, path, job.targets, job.stage, progress).ok())
            .flatten()
    });
    let (analysis, comparison) = match comparison
        .and_then(|comparison| Some((comparison.b.clone()?, comparison)))
    {
        Some((analysis, comparison)) => (analysis, Some(comparison)),
        None => {
            let analysis = analyse(path, progress)?;
            let before = job.before.as_ref().map(|(_, before)| before.clone());
            let comparison = before
                .and_then(|before| compare_analyses(before, analysis.clone(), job.targets, job.stage).ok());
            (analysis, comparison)
        }
    };
    let check = check(analysis, job.targets, job.stage, &Selection::default());
    Ok(Bounced { bounce: bounce_of(&job, &check, comparison.as_ref(), path)?, check, comparison })
}

fn bounce_of(job: &BounceJob, check: &Check, comparison: Option<&Comparison>, path: &Path) -> Result<Bounce> {
    let analysis = &check.analysis;
    // As a row of a scan has verdict and findings.
    let row = ScanRow::new(path).with_check(check);
    let gone = || Error::io(path, "read the file")(std::io::ErrorKind::NotFound.into());
    let since = job.before.as_ref().zip(comparison).map(|((before, _), comparison)| {
        let codes = |findings: &[crate::model::Finding]| ScanRow::codes(findings);
        Since {
            path: before.path.clone(),
            relation: comparison.relation,
            gain_db: comparison.gain_db,
            broke: codes(&comparison.broke),
            mended: codes(&comparison.mended),
            moved: comparison.changes.iter().take(MOVED_MAX).map(|change| change.message.clone()).collect(),
        }
    });
    Ok(Bounce {
        schema: Bounce::schema_tag(),
        song: job.song.to_string(),
        version: job.before.as_ref().map_or(1, |(before, _)| before.version + 1),
        path: row.path,
        size_bytes: job.file.size_bytes.ok_or_else(gone)?,
        modified_unix_ms: job.file.modified_unix_ms.unwrap_or(0),
        content_id: analysis.content_id.clone(),
        measures_rev: analysis.measures_rev,
        integrity: analysis.integrity,
        profile: check.profile.clone(),
        delivery: check.delivery.clone(),
        stage: check.stage,
        verdict: row.verdict.unwrap_or(Verdict::Pass),
        findings: row.findings,
        duration_s: analysis.source.duration_s,
        integrated_lufs: analysis.loudness.integrated_lufs,
        range_lu: analysis.loudness.range_lu,
        true_peak_dbtp: analysis.peaks.true_peak_dbtp,
        plr_lu: analysis.dynamics.plr_lu,
        tone_distance_db: tone_distance_db(&check.deviations),
        since,
    })
}

/// Root mean square of the bands' distances from the profile's middle: third octaves where the profile has them, else
/// its K-weighted bands.
fn tone_distance_db(deviations: &[Deviation]) -> Option<f64> {
    let of = |start: &str| -> Vec<f64> {
        deviations
            .iter()
            .filter(|deviation| {
                deviation.measure.starts_with(start) && deviation.measure.ends_with("].level_db")
            })
            .map(|deviation| deviation.measured - deviation.expected.mid)
            .collect()
    };
    let thirds = of("tone.bands[");
    let distances = if thirds.is_empty() { of("tone.k_bands[") } else { thirds };
    let mean_square =
        distances.iter().map(|distance| distance * distance).sum::<f64>() / distances.len() as f64;
    (!distances.is_empty()).then(|| mean_square.sqrt())
}
