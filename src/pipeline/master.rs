//! The main job: analyse, compare, check, plan, render, measure again.

use super::render::{Recording, refuse_to_overwrite_source, render_unnamed};
use super::{FileOptions, Progress, RenderJob, Song, Targets, analyse, analyse_and_draw, check};
use crate::advise::{self, advise};
use crate::checks::Selection;
use crate::encode::FileKind;
use crate::error::{Error, Result};
use crate::model::{Applicability, Check, Plan, Processor, Render, Source, Stage};
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
    /// Whether the pictures of a report are drawn on the way.
    pub pictures: bool,
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

    /// The depth that the plan dithers to, else 24 bit.
    pub fn of_plan(plan: &Plan) -> OutputDepth {
        let applied = plan.moves.iter().filter(|step| step.applicability == Applicability::Automatic);
        let mut dithered = applied.filter_map(|step| match step.processor {
            Processor::Dither { bits, .. } => Some(bits),
            _ => None,
        });
        OutputDepth { bits: dithered.next_back().unwrap_or(24), float: false }
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
    let check = checked(input, job, progress)?;
    let render_job = render_job(input, Path::new(""), &check, job);
    let (plan, _) = plan(input, &check, job, &render_job, false, progress)?;
    Ok(Mastered { check, plan, render: None })
}

/// The main job on one song, written to `output`.
///
/// The last pass of the search for the proposal goes into the file; it is written again only where the plan came out
/// otherwise, or asks for another rate or a codec.
///
/// # Errors
/// Those of decoding, simulation, processing and writing. Nothing is left behind then.
pub fn master(input: &Path, output: &Path, job: &MasterJob, progress: &dyn Progress) -> Result<Mastered> {
    refuse_to_overwrite_source(input, output)?;
    let check = checked(input, job, progress)?;
    let render_job = render_job(input, output, &check, job);
    let at_once = render_job.keeps_samples(check.analysis.source.sample_rate_hz);
    let (plan, recording) = plan(input, &check, job, &render_job, at_once, progress)?;
    let render_job = RenderJob { before: Some(check.analysis.clone()), ..render_job };
    let render = Some(render_unnamed(&plan, render_job, recording, progress)?.publish(&job.targets, None)?);
    Ok(Mastered { check, plan, render })
}

/// The source, measured and checked.
fn checked(input: &Path, job: &MasterJob, progress: &dyn Progress) -> Result<Check> {
    let analysis = if job.pictures { analyse_and_draw(input, progress) } else { analyse(input, progress) }?;
    let channels = analysis.source.channels;
    if channels > 2 {
        let what = format!(
            "has {channels} channels; mastering works on mono and stereo: fold it down first, or use analyze and check"
        );
        return Err(Error::unsupported(input, what));
    }
    Ok(check(analysis, &job.targets, Stage::Mix, &Selection::default()))
}

fn render_job<'a>(input: &'a Path, output: &'a Path, check: &Check, job: &MasterJob) -> RenderJob<'a> {
    let depth = depth(check, job);
    RenderJob {
        input,
        output,
        bits: depth.bits,
        float: depth.float,
        force: job.force,
        transfer: false,
        file: job.file.clone(),
        // Known to the last pass alone: an analysis of hours takes memory.
        before: None,
        cut: None,
        around: None,
        pictures: job.pictures,
    }
}

/// The proposal for a checked song, and what was written on the way to it.
fn plan(
    input: &Path,
    check: &Check,
    job: &MasterJob,
    render_job: &RenderJob,
    at_once: bool,
    progress: &dyn Progress,
) -> Result<(Plan, Option<Recording>)> {
    let analysis = &check.analysis;
    let options = advise::Options { bits: render_job.bits, ..job.options.clone() };
    let cx = advise::Context {
        analysis,
        deviations: &check.deviations,
        findings: &check.findings,
        profile: &job.targets.profile,
        delivery: &job.targets.delivery,
        options: &options,
    };
    let mut song = Song::new(input, analysis, progress).on_the_way_to(render_job, at_once);
    let plan = advise(&cx, &mut song)?;
    Ok((plan, song.recording()))
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
