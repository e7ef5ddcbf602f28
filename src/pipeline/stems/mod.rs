//! A folder of stems: every file measured, the set checked, the sum held against the mix.

mod apply;
mod drifts;
mod lined_up;
mod listen;
mod sit;
mod sum;

pub use apply::{ApplyJob, apply_stems};
pub use listen::stems_listening;
pub use sum::sum_against_mix;

use super::{Batch, Progress, analyse, run_batch};
use crate::error::{Error, Result};
use crate::model::{Analysis, Persisted, Stem, StemSet};
use crate::stems::{majority, plan, role, run};
use std::path::{Path, PathBuf};

/// A folder of stems, and the mix that they belong to.
pub struct StemsJob<'a> {
    /// The stems, in the order in which they are listed.
    pub paths: &'a [PathBuf],
    /// The mix, if it is given.
    pub mix: Option<&'a Path>,
    /// Workers; 0 for one per core.
    pub workers: usize,
}

/// What came out of it.
pub struct StemsOutcome {
    /// The delivery.
    pub set: StemSet,
    /// The mix, measured.
    pub mix: Option<Analysis>,
    /// Files that could not be read.
    pub failed: Vec<Error>,
}

/// Measures all stems, checks the set and holds their sum against the mix.
///
/// # Errors
/// Where no stem can be read, or the mix cannot.
pub fn stems(job: &StemsJob, progress: &dyn Progress) -> Result<StemsOutcome> {
    let mut paths = job.paths.to_vec();
    paths.extend(job.mix.map(Path::to_path_buf));
    let (mut stems, mut failed, mut mix) = (Vec::new(), Vec::new(), None);
    let measure = |path: &Path| {
        let analysis = analyse(path, progress);
        progress.done(path);
        analysis
    };
    let mut index = 0;
    run_batch(&Batch { paths: &paths, workers: job.workers }, measure, |path, analysis| {
        match analysis {
            Ok(analysis) if index >= job.paths.len() => mix = Some(Ok(analysis)),
            Err(error) if index >= job.paths.len() => mix = Some(Err(error)),
            Ok(analysis) => stems.push(stem(path, analysis)),
            Err(error) => failed.push(error),
        }
        index += 1;
        true
    })?;
    if stems.is_empty() {
        return Err(failed.pop().unwrap_or_else(|| Error::usage("expected at least one stem, found none")));
    }
    let mix = mix.transpose()?;
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(job.workers)
        .build()
        .map_err(|error| Error::usage(format!("could not start workers: {error}")))?;
    let (sum, sat) = pool.install(|| {
        let sum = match (&mix, job.mix) {
            (Some(analysis), Some(path)) => sum_against_mix(&stems, path, analysis, progress)?,
            _ => None,
        };
        Ok::<_, Error>((sum, sit::sit(&stems, progress)?))
    })?;
    let set = majority(&stems);
    let mut set = StemSet {
        schema: StemSet::schema_tag(),
        stems,
        set,
        sum,
        masking: Vec::new(),
        balance: Vec::new(),
        together: None,
        plan: None,
        render: None,
        findings: Vec::new(),
    };
    if let Some(sat) = sat {
        (set.masking, set.balance, set.together) = (sat.masking, sat.balance, Some(sat.together));
    }
    set.plan = Some(plan(&set));
    set.findings = run(&set);
    Ok(StemsOutcome { set, mix, failed })
}

fn stem(path: &Path, analysis: Analysis) -> Stem {
    let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let (role, role_confidence) = role(&name, &analysis);
    Stem { name, path: path.display().to_string(), role, role_confidence, analysis }
}
