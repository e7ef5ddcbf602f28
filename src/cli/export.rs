//! `export PLAN --to …`: the proposal in the form that other tools read.

use super::Outcome;
use super::console::Console;
use super::numbers::within;
use super::written::refuse_existing;
use crate::encode::{Format, Writer};
use crate::error::{Error, Result};
use crate::export::{Phase, Take, camilladsp, eqapo, impulse, jsfx, session, sheet};
use crate::model::{Plan, write_text};
use crate::pipeline::{PlanFile, Progress, analysis_of, source_rate_hz};
use clap::{Args, ValueEnum};
use std::path::{Path, PathBuf};

/// Rate of what needs one where the song is not at hand.
const DEFAULT_RATE_HZ: u32 = 48_000;

/// Write a plan in the form that other tools read: settings sheet, equaliser text, impulse response, REAPER
#[derive(Args)]
pub(super) struct ExportArgs {
    /// The plan/1 document
    #[arg(value_name = "PLAN")]
    plan: PathBuf,

    /// Which forms
    #[arg(long, value_enum, value_name = "FORM", value_delimiter = ',', required = true)]
    to: Vec<Form>,

    /// Where to write: a folder, or a file for one form [default: beside the plan, under its name]
    #[arg(short, long, value_name = "FILE|DIR")]
    output: Option<PathBuf>,

    /// Sample rate of the session [default: the song's]
    #[arg(long, value_name = "HZ", value_parser = rate)]
    rate: Option<u32>,

    /// The master, for the session [default: the audio beside the plan, where there is one]
    #[arg(long, value_name = "FILE")]
    master: Option<PathBuf>,

    /// A reference, for the session
    #[arg(long, value_name = "FILE")]
    reference: Vec<PathBuf>,

    /// Replace files that an earlier run has written
    #[arg(long)]
    force: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    /// Settings sheet (Markdown), with Q in every convention
    Sheet,
    /// Equalizer APO and Room EQ Wizard text
    Eqapo,
    /// CamillaDSP configuration (YAML)
    Camilladsp,
    /// Impulse responses (WAV), minimum and linear phase
    Impulse,
    /// REAPER effect as readable source (JSFX)
    Jsfx,
    /// REAPER session: original, proposal and reference at equal loudness
    Rpp,
}

impl Form {
    /// What follows the plan's name.
    fn ending(self) -> &'static str {
        match self {
            Form::Sheet => "sheet.md",
            Form::Eqapo => "eqapo.txt",
            Form::Camilladsp => "camilladsp.yml",
            Form::Impulse => "impulse.wav",
            Form::Jsfx => "jsfx",
            Form::Rpp => "rpp",
        }
    }
}

pub(super) fn run(args: &ExportArgs, console: &mut Console) -> Result<Outcome> {
    let PlanFile { plan, .. } = PlanFile::load(&args.plan)?;
    let file = args.output.as_ref().filter(|output| output.extension().is_some() && !output.is_dir());
    if file.is_some() && args.to.len() > 1 {
        return Err(Error::usage("expected a folder for --output with several forms, found a file name"));
    }
    let progress = console.progress();
    for form in &args.to {
        let path = file.cloned().unwrap_or_else(|| beside(args, form.ending()));
        for written in write(args, &plan, *form, &path, progress.as_ref())? {
            console.note(&format!("written: {}", written.display()));
        }
    }
    Ok(Outcome::Done)
}

/// Writes one form; the files that it became.
fn write(
    args: &ExportArgs,
    plan: &Plan,
    form: Form,
    path: &Path,
    progress: &dyn Progress,
) -> Result<Vec<PathBuf>> {
    if form != Form::Impulse {
        refuse_existing(&[&path.to_path_buf()], args.force)?;
    }
    let song = song(args, plan);
    let rate_hz = || args.rate.or_else(|| source_rate_hz(&song).ok()).unwrap_or(DEFAULT_RATE_HZ);
    match form {
        Form::Sheet => write_text(path, &sheet(plan))?,
        Form::Eqapo => write_text(path, &eqapo(plan, rate_hz()))?,
        Form::Camilladsp => write_text(path, &camilladsp(plan, rate_hz()))?,
        Form::Jsfx => write_text(path, &jsfx(plan))?,
        Form::Impulse => return write_impulses(args, plan, path, rate_hz()),
        Form::Rpp => {
            let takes = takes(args, &song, path, progress)?;
            write_text(path, &session(&takes, rate_hz()))?;
        }
    }
    Ok(vec![path.to_path_buf()])
}

/// Both phases: `NAME.minimum.wav` and `NAME.linear.wav`.
fn write_impulses(args: &ExportArgs, plan: &Plan, path: &Path, rate_hz: u32) -> Result<Vec<PathBuf>> {
    let both = [("minimum", Phase::Minimum), ("linear", Phase::Linear)]
        .map(|(name, phase)| (path.with_extension(format!("{name}.wav")), phase));
    refuse_existing(&both.each_ref().map(|(path, _)| path), args.force)?;
    for (path, phase) in &both {
        let format = Format { sample_rate_hz: rate_hz, channels: 1, bits: 32, float: true };
        let mut writer = Writer::create(path, format, args.force)?;
        writer.write(&impulse(plan, *phase, rate_hz))?;
        writer.finish()?;
    }
    Ok(both.map(|(path, _)| path).to_vec())
}

/// The tracks of a session: original, master and references, as far as they are there.
fn takes(args: &ExportArgs, song: &Path, project: &Path, progress: &dyn Progress) -> Result<Vec<Take>> {
    let beside_plan = ["wav", "flac", "aiff"].map(|ending| beside_plan(&args.plan, ending));
    let master = args.master.clone().or_else(|| beside_plan.into_iter().find(|path| path.exists()));
    let named = [("Original", Some(song.to_path_buf())), ("Proposal", master)];
    let references = args.reference.iter().map(|path| ("Reference", Some(path.clone())));
    let mut takes = Vec::new();
    for (name, path) in named.into_iter().chain(references) {
        let Some(path) = path else { continue };
        let analysis = analysis_of(&path, progress)?;
        progress.done(&path);
        takes.push(Take {
            name: name.to_string(),
            path: from_project(&path, project).display().to_string(),
            duration_s: analysis.source.duration_s,
            integrated_lufs: analysis.loudness.integrated_lufs,
        });
    }
    Ok(takes)
}

/// The path as a project beside it names a file: by name alone in its own folder, else in full.
fn from_project(path: &Path, project: &Path) -> PathBuf {
    let folder = |path: &Path| {
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        parent.canonicalize().ok()
    };
    match (folder(path), folder(project), path.file_name()) {
        (Some(own), Some(other), Some(name)) if own == other => PathBuf::from(name),
        (Some(own), _, Some(name)) => own.join(name),
        _ => path.to_path_buf(),
    }
}

/// The plan's song, looked for as written and then beside the plan.
fn song(args: &ExportArgs, plan: &Plan) -> PathBuf {
    let named = PathBuf::from(&plan.input);
    let beside = args.plan.with_file_name(named.file_name().unwrap_or_default());
    if !named.exists() && beside.exists() { beside } else { named }
}

/// A file of this plan in `--output` or beside the plan.
fn beside(args: &ExportArgs, ending: &str) -> PathBuf {
    let own = beside_plan(&args.plan, ending);
    match &args.output {
        Some(folder) => folder.join(own.file_name().unwrap_or_default()),
        None => own,
    }
}

/// `song.mastered.plan.json` becomes `song.mastered.ENDING`.
fn beside_plan(plan: &Path, ending: &str) -> PathBuf {
    let name = plan.file_name().unwrap_or_default().to_string_lossy();
    let stem = name.strip_suffix(".plan.json").or_else(|| name.strip_suffix(".json")).unwrap_or(&name);
    plan.with_file_name(format!("{stem}.{ending}"))
}

fn rate(text: &str) -> std::result::Result<u32, String> {
    within(text, 8_000.0, 384_000.0, "Hz").map(|rate_hz| rate_hz as u32)
}
