//! The main job: analyse, compare, check, plan, render, measure again.

use super::{FileOptions, Progress, RenderJob, Song, Targets, analyse, check, render};
use crate::advise::{self, advise};
use crate::checks::Selection;
use crate::encode::FileKind;
use crate::error::{Error, Result};
use crate::model::{Check, Plan, Render, Source, Stage};
use std::path::{Path, PathBuf};

/// What is asked of the main job.
#[derive(Debug, Clone)]
pub struct MasterJob {
    /// What the song is judged by.
    pub targets: Targets,
    /// Amount, stages, bounds; the bits are replaced by those of `depth`.
    pub options: advise::Options,
    /// Bit depth of the written file; `None` for the source's own.
    pub depth: Option<OutputDepth>,
    /// Rate, codec and tags of the written file.
    pub file: FileOptions,
    /// Whether existing outputs are replaced.
    pub force: bool,
}

/// Bit depth of a written file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutputDepth {
    /// 16, 24 or 32.
    pub bits: u16,
    /// Floating point, with 32 bits.
    pub float: bool,
}

impl OutputDepth {
    /// The source's own depth where it can be written; 24 bit else, which no ear can tell from more.
    pub fn of_source(source: &Source) -> OutputDepth {
        match source.bits {
            Some(bits) if bits <= 16 => OutputDepth { bits: 16, float: false },
            Some(32) if source.codec == "pcm_float" => OutputDepth { bits: 32, float: true },
            _ => OutputDepth { bits: 24, float: false },
        }
    }
}

/// What came out of it.
pub struct Mastered {
    /// The source, measured and checked.
    pub check: Check,
    /// What was proposed.
    pub plan: Plan,
    /// What was written; `None` for `--plan-only`.
    pub render: Option<Render>,
}

/// The files that belong to one mastered song: they share a folder and a stem.
#[derive(Debug, Clone)]
pub struct OutputPaths {
    /// The mastered audio.
    pub audio: PathBuf,
    /// `plan/1`.
    pub plan: PathBuf,
    /// `render/1`.
    pub render: PathBuf,
    /// The page.
    pub report: PathBuf,
}

impl OutputPaths {
    /// `song.flac` becomes `song.mastered.wav`, `.plan.json`, `.render.json` and `.html`, in `folder` or beside the song.
    pub fn beside(input: &Path, folder: Option<&Path>) -> OutputPaths {
        OutputPaths::beside_as(input, folder, "wav")
    }

    /// As [`OutputPaths::beside`], with another ending of the audio.
    pub fn beside_as(input: &Path, folder: Option<&Path>, ending: &str) -> OutputPaths {
        let folder =
            folder.map_or_else(|| input.parent().unwrap_or(Path::new("")).to_path_buf(), Path::to_path_buf);
        let mut name = input.file_stem().unwrap_or_default().to_os_string();
        name.push(format!(".mastered.{ending}"));
        OutputPaths::for_audio(folder.join(name))
    }

    /// The documents beside a chosen audio file.
    pub fn for_audio(audio: PathBuf) -> OutputPaths {
        OutputPaths {
            plan: audio.with_extension("plan.json"),
            render: audio.with_extension("render.json"),
            report: audio.with_extension("html"),
            audio,
        }
    }
}

/// Analyses a song and proposes its mastering, writing nothing.
///
/// # Errors
/// Those of decoding and of the simulation.
pub fn propose(input: &Path, job: &MasterJob, progress: &dyn Progress) -> Result<Mastered> {
    let analysis = analyse(input, progress)?;
    let channels = analysis.source.channels;
    if channels > 2 {
        let what = format!(
            "has {channels} channels; mastering works on mono and stereo: fold it down first, or use analyze and check"
        );
        return Err(Error::unsupported(input, what));
    }
    let check = check(analysis, &job.targets, Stage::Mix, &Selection::default());
    let plan = plan(input, &check, job, progress)?;
    Ok(Mastered { check, plan, render: None })
}

/// The main job on one song, written to `output`.
///
/// # Errors
/// Those of decoding, simulation, processing and writing. Nothing is left behind then.
pub fn master(input: &Path, output: &Path, job: &MasterJob, progress: &dyn Progress) -> Result<Mastered> {
    let mut mastered = propose(input, job, progress)?;
    let depth = depth(&mastered.check, job);
    let render_job = RenderJob {
        input,
        output,
        bits: depth.bits,
        float: depth.float,
        force: job.force,
        transfer: false,
        file: job.file.clone(),
        before: Some(mastered.check.analysis.clone()),
        cut: None,
    };
    mastered.render = Some(render(&mastered.plan, render_job, &job.targets, progress)?);
    Ok(mastered)
}

/// The proposal for a checked song.
fn plan(input: &Path, check: &Check, job: &MasterJob, progress: &dyn Progress) -> Result<Plan> {
    let analysis = &check.analysis;
    let options = advise::Options { bits: depth(check, job).bits, ..job.options.clone() };
    let cx = advise::Context {
        analysis,
        deviations: &check.deviations,
        findings: &check.findings,
        profile: &job.targets.profile,
        delivery: &job.targets.delivery,
        options: &options,
    };
    advise(&cx, &mut Song::new(input, analysis, progress))
}

fn depth(check: &Check, job: &MasterJob) -> OutputDepth {
    let depth = job.depth.unwrap_or_else(|| OutputDepth::of_source(&check.analysis.source));
    match job.file.kind {
        // A lossy file has no grid.
        FileKind::Lossy(_) => OutputDepth { bits: 24, float: false },
        kind if depth.float && job.depth.is_none() && !kind.holds_float() => {
            OutputDepth { bits: 24, float: false }
        }
        _ => depth,
    }
}
