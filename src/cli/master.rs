//! `master INPUT…`: the main job.

use super::check::title;
use super::console::Console;
use super::file_args::FileArgs;
use super::{InputArgs, Outcome, TargetArgs, inputs};
use crate::advise::Options;
use crate::error::{Error, Result};
use crate::model::{MoveStage, Persisted, write_bytes, write_text};
use crate::pipeline::{
    Batch, MasterJob, Mastered, OutputDepth, OutputPaths, Progress, Targets, master, profile_from_references,
    propose, write_ab,
};
use crate::profiles::Recipe;
use crate::report::{Song, html, pngs, text};
use clap::{Args, ValueEnum};
use std::collections::HashSet;
use std::path::{Path, PathBuf};

/// Analyse songs, propose their mastering, render it, prove the written files, and report
#[derive(Args)]
pub(super) struct MasterArgs {
    #[command(flatten)]
    inputs: InputArgs,

    #[command(flatten)]
    targets: TargetArgs,

    /// Compare with these songs instead of a profile
    #[arg(long, value_name = "FILE", num_args = 1.., conflicts_with = "profile")]
    reference: Vec<PathBuf>,

    /// How much of the tonal, dynamic and stereo proposal is applied, in percent
    #[arg(long, value_name = "0..100", default_value_t = 50.0, value_parser = amount)]
    amount: f64,

    /// Leave these stages out
    #[arg(long, value_enum, value_name = "STAGE", value_delimiter = ',')]
    without: Vec<StageName>,

    /// Use only these stages
    #[arg(long, value_enum, value_name = "STAGE", value_delimiter = ',', conflicts_with = "without")]
    only: Vec<StageName>,

    /// Most gain reduction that the limiter may need before the target counts as out of reach
    #[arg(long, value_name = "DB", default_value_t = 4.0, value_parser = reduction)]
    max_reduction_db: f64,

    /// Write the plan and stop: no audio is written
    #[arg(long)]
    plan_only: bool,

    /// Where to write: a folder, or a file for one input [default: beside the song, as NAME.mastered.wav; the name's ending chooses the kind of file]
    #[arg(short, long, value_name = "FILE|DIR")]
    output: Option<PathBuf>,

    /// Bit depth of the written file [default: the source's; 24 for lossy sources]
    #[arg(long, value_enum)]
    bits: Option<Bits>,

    #[command(flatten)]
    file: FileArgs,

    /// Where to write the report [default: beside the written file]
    #[arg(long, value_name = "FILE.html")]
    report: Option<PathBuf>,

    /// Also write the charts as PNG into this folder
    #[arg(long, value_name = "DIR")]
    png: Option<PathBuf>,

    /// Also write source and master at equal loudness into this folder
    #[arg(long, value_name = "DIR")]
    ab: Option<PathBuf>,

    /// Replace files that an earlier run has written
    #[arg(long)]
    force: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum StageName {
    Eq,
    Dynamics,
    Stereo,
    Loudness,
    Format,
}

impl From<StageName> for MoveStage {
    fn from(name: StageName) -> MoveStage {
        match name {
            StageName::Eq => MoveStage::Eq,
            StageName::Dynamics => MoveStage::Dynamics,
            StageName::Stereo => MoveStage::Stereo,
            StageName::Loudness => MoveStage::Loudness,
            StageName::Format => MoveStage::Format,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Bits {
    #[value(name = "16")]
    Int16,
    #[value(name = "24")]
    Int24,
    #[value(name = "32f")]
    Float32,
}

impl Bits {
    /// As the pipeline takes it.
    pub(super) fn depth(self) -> OutputDepth {
        let (bits, float) = match self {
            Bits::Int16 => (16, false),
            Bits::Int24 => (24, false),
            Bits::Float32 => (32, true),
        };
        OutputDepth { bits, float }
    }
}

pub(super) fn run(args: &MasterArgs, console: &mut Console) -> Result<Outcome> {
    let progress = console.progress();
    let mut targets = Targets::load(&args.targets.profile, &args.targets.delivery)?;
    if !args.reference.is_empty() {
        targets.profile = profile_from_references(&args.reference, &references(args), progress.as_ref())?;
    }
    let paths = inputs::expand(&args.inputs)?;
    let outputs = output_paths(args, &paths)?;
    let batch = Batch { paths: &paths, workers: console.jobs() };
    let job = |path: &Path, progress: &dyn Progress| {
        let outputs = &outputs[paths.iter().position(|known| known == path).unwrap_or_default()];
        work(args, path, outputs, &targets, progress)
    };
    super::each(&batch, console, job, |console, path, (mastered, outputs)| {
        show(args, console, path, &mastered, &outputs, &targets)
    })
}

/// The profile of `--reference`, for the report.
fn references(args: &MasterArgs) -> Recipe {
    let names: Vec<String> = args.reference.iter().map(|path| path.display().to_string()).collect();
    let title = match names.as_slice() {
        [one] => format!("the reference {one}"),
        several => format!("{} references", several.len()),
    };
    Recipe {
        name: "reference".to_string(),
        title,
        source: names.join(", "),
        licence: "measured from the user's own files".to_string(),
    }
}

/// Everything for one song, on a worker.
fn work(
    args: &MasterArgs,
    path: &Path,
    outputs: &OutputPaths,
    targets: &Targets,
    progress: &dyn Progress,
) -> Result<(Mastered, OutputPaths)> {
    let stages = stages(args);
    let options = Options { amount: args.amount, stages, max_reduction_db: args.max_reduction_db, bits: 24 };
    let depth = args.bits.map(Bits::depth);
    let file = args.file.options(Some(&outputs.audio));
    if !args.plan_only {
        file.check(&outputs.audio)?;
    }
    let job = MasterJob { targets: targets.clone(), options, depth, file, force: args.force };
    // A refusal after minutes of work would be a poor joke: look before.
    let written: &[&PathBuf] = if args.plan_only {
        &[&outputs.plan]
    } else {
        &[&outputs.audio, &outputs.plan, &outputs.render, &outputs.report]
    };
    refuse_existing(written, args.force)?;
    let mastered = if args.plan_only {
        propose(path, &job, progress)?
    } else {
        master(path, &outputs.audio, &job, progress)?
    };
    mastered.plan.save(&outputs.plan)?;
    let mut outputs = outputs.clone();
    if let Some(report) = &args.report {
        outputs.report = report.clone();
    }
    if let Some(render) = &mastered.render {
        render.save(&outputs.render)?;
        if let Some(folder) = &args.ab {
            write_ab(path, render, folder, args.force, progress)?;
        }
    }
    if mastered.render.is_some() || args.report.is_some() {
        let song = song(path, &mastered, targets);
        write_page(&song, &outputs.report)?;
        if let Some(folder) = &args.png {
            write_pngs(&song, folder, path)?;
        }
    }
    Ok((mastered, outputs))
}

fn show(
    args: &MasterArgs,
    console: &mut Console,
    path: &Path,
    mastered: &Mastered,
    outputs: &OutputPaths,
    targets: &Targets,
) -> Result<Outcome> {
    let song = song(path, mastered, targets);
    let Some(render) = &mastered.render else {
        console.print_document(&mastered.plan, |options| text::song(&song, options));
        console.note(&format!("plan: {}\nto apply it: mixproof render \"{0}\"", outputs.plan.display()));
        return Ok(Outcome::Done);
    };
    console.print_document(render, |options| text::song(&song, options));
    console.note(&format!("written: {}\nreport:  {}", outputs.audio.display(), outputs.report.display()));
    if let Some(folder) = &args.ab {
        console.note(&format!("A/B:     {}", folder.display()));
    }
    Ok(if render.missed.is_empty() { Outcome::Done } else { Outcome::Found })
}

/// The song as reports show it.
fn song<'a>(path: &Path, mastered: &'a Mastered, targets: &'a Targets) -> Song<'a> {
    Song {
        title: title(path, &mastered.check),
        check: &mastered.check,
        profile: &targets.profile,
        delivery: &targets.delivery,
        plan: Some(&mastered.plan),
        render: mastered.render.as_ref(),
    }
}

/// Where each song is written. Two songs of one name in one folder are refused before any work is done.
fn output_paths(args: &MasterArgs, paths: &[PathBuf]) -> Result<Vec<OutputPaths>> {
    let file = args.output.as_ref().filter(|output| output.extension().is_some() && !output.is_dir());
    if file.is_some() && paths.len() > 1 {
        return Err(Error::usage("expected a folder for --output with several inputs, found a file name"));
    }
    if args.report.is_some() && paths.len() > 1 {
        return Err(Error::usage(
            "expected one input with --report FILE; without it each song gets a report beside its file",
        ));
    }
    let outputs: Vec<OutputPaths> = paths
        .iter()
        .map(|path| match file {
            Some(file) => OutputPaths::for_audio(file.clone()),
            None => OutputPaths::beside_as(path, args.output.as_deref(), &args.file.ending()),
        })
        .collect();
    let mut seen = HashSet::new();
    match outputs.iter().find(|output| !seen.insert(&output.audio)) {
        Some(twice) => Err(Error::usage(format!(
            "{}: two inputs would be written to this file; master them in separate runs or folders",
            twice.audio.display()
        ))),
        None => Ok(outputs),
    }
}

/// Nothing is overwritten without `--force`.
pub(super) fn refuse_existing(outputs: &[&PathBuf], force: bool) -> Result<()> {
    match outputs.iter().find(|output| !force && output.exists()) {
        Some(output) => Err(Error::Exists {
            path: output.to_path_buf(),
            reason: "exists already; choose another --output, or --force to replace it",
        }),
        None => Ok(()),
    }
}

/// Writes a report page.
pub(super) fn write_page(song: &Song, path: &Path) -> Result<()> {
    write_text(path, &html(song)?)
}

/// Writes every chart as `NAME.CHART.png`.
pub(super) fn write_pngs(song: &Song, folder: &Path, input: &Path) -> Result<()> {
    let stem = input.file_stem().unwrap_or_default().to_string_lossy();
    for (name, bytes) in pngs(song)? {
        write_bytes(&folder.join(format!("{stem}.{name}")), &bytes)?;
    }
    Ok(())
}

fn stages(args: &MasterArgs) -> Vec<MoveStage> {
    StageName::value_variants()
        .iter()
        .filter(|stage| args.only.is_empty() || args.only.contains(stage))
        .filter(|stage| !args.without.contains(stage))
        .map(|stage| (*stage).into())
        .collect()
}

fn amount(text: &str) -> std::result::Result<f64, String> {
    within(text, 0.0, 100.0, "percent")
}

fn reduction(text: &str) -> std::result::Result<f64, String> {
    within(text, 0.0, 20.0, "dB")
}

pub(super) fn within(text: &str, low: f64, high: f64, unit: &str) -> std::result::Result<f64, String> {
    match text.parse::<f64>() {
        Ok(value) if (low..=high).contains(&value) => Ok(value),
        _ => Err(format!("expected {low} to {high} {unit}")),
    }
}
