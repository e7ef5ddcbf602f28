//! `master INPUT…`: the main job.

use super::check::title;
use super::console::Console;
use super::file_args::FileArgs;
use super::numbers::{Amount, amount, within};
use super::pages::Pages;
use super::profile::weighted;
use super::written::{refuse_existing, stem, write_page, write_pngs};
use super::{InputArgs, ListenArgs, Outcome, TargetArgs, inputs};
use crate::advise::Options;
use crate::error::{Error, Result};
use crate::model::{EqPhase, MoveStage, Persisted, StageAmount};
use crate::pipeline::{
    Batch, Encoded, MasterJob, Mastered, OutputDepth, OutputPaths, Progress, ShowJob, Targets, master,
    master_for_codecs, profile_from_weighted, propose, show as shown, through_codecs, write_ab, write_stages,
};
use crate::profiles::Recipe;
use crate::report::{Song, text};
use clap::{Args, ValueEnum};
use std::collections::HashSet;
use std::path::{Path, PathBuf};

/// How much of a proposal is applied unasked.
const DEFAULT_AMOUNT: f64 = 50.0;

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

    /// Weight of the references whose path contains a text [default: 1 each]
    #[arg(long, value_name = "TEXT=WEIGHT", requires = "reference")]
    weight: Vec<String>,

    /// How much of the tonal, dynamic and stereo proposal is applied, in percent; for one stage as STAGE=PERCENT
    #[arg(
        long,
        value_name = "0..100|STAGE=0..100",
        default_value = "50",
        value_delimiter = ',',
        action = clap::ArgAction::Append,
        value_parser = amount
    )]
    amount: Vec<Amount>,

    /// Leave these stages out
    #[arg(long, value_enum, value_name = "STAGE", value_delimiter = ',')]
    without: Vec<StageName>,

    /// Use only these stages
    #[arg(long, value_enum, value_name = "STAGE", value_delimiter = ',', conflicts_with = "without")]
    only: Vec<StageName>,

    /// Most gain reduction that the limiter may need before the target counts as out of reach
    #[arg(long, value_name = "DB", default_value_t = 4.0, value_parser = reduction)]
    max_reduction_db: f64,

    /// Most mean gain reduction that a compressor may do
    #[arg(long, value_name = "DB", default_value_t = 2.0, value_parser = reduction)]
    max_compression_db: f64,

    /// Phase of the equaliser: minimum as analogue ones, or linear, which also rings before
    #[arg(long, value_enum, default_value_t = PhaseName::Minimum)]
    eq_phase: PhaseName,

    /// Let a soft clipper take the highest peaks before the limiter does
    #[arg(long)]
    soft_clip: bool,

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

    #[command(flatten)]
    listen: ListenArgs,

    /// Encode the written file with every codec at hand and report what it makes of the peaks
    #[arg(long)]
    codecs: bool,

    /// As --codecs, and lower the ceiling until nothing passes full scale after any of them
    #[arg(long, conflicts_with = "plan_only")]
    codec_safe: bool,

    /// Also write the charts as PNG into this folder
    #[arg(long, value_name = "DIR")]
    png: Option<PathBuf>,

    /// Also write source and master at equal loudness into this folder
    #[arg(long, value_name = "DIR")]
    ab: Option<PathBuf>,

    /// Also write the song behind each move into this folder
    #[arg(long, value_name = "DIR")]
    keep_stages: Option<PathBuf>,

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
pub(super) enum PhaseName {
    Minimum,
    Linear,
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
        let weighted = weighted(&args.reference, &args.weight)?;
        targets.profile = profile_from_weighted(&weighted, &references(args), progress.as_ref())?;
    }
    let paths = inputs::expand(&args.inputs)?;
    let outputs = output_paths(args, &paths)?;
    let batch = Batch { paths: &paths, workers: console.jobs() };
    let job = |path: &Path, progress: &dyn Progress| {
        let outputs = &outputs[paths.iter().position(|known| known == path).unwrap_or_default()];
        work(args, path, outputs, &targets, progress)
    };
    let mut pages = Pages::default();
    let outcome = super::each(&batch, console, job, |console, path, (mastered, outputs, notes)| {
        notes.iter().for_each(|note| console.note(note));
        let outcome = show(args, console, path, &mastered, &outputs, &targets)?;
        if mastered.render.is_some() {
            pages.add(path, mastered.check, mastered.render, &targets, &outputs.report);
        }
        Ok(outcome)
    })?;
    pages.write_index(args.force, console)?;
    Ok(outcome)
}

/// The profile of `--reference`, for the report.
fn references(args: &MasterArgs) -> Recipe {
    let names: Vec<String> = args.reference.iter().map(|path| path.display().to_string()).collect();
    let title = match names.as_slice() {
        several if several.len() > 1 => format!("{} references", several.len()),
        _ => format!("the reference {}", args.reference.first().map(|path| stem(path)).unwrap_or_default()),
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
) -> Result<(Mastered, OutputPaths, Vec<String>)> {
    let depth = args.bits.map(Bits::depth);
    let file = args.file.options(Some(&outputs.audio));
    if !args.plan_only {
        file.check(&outputs.audio)?;
    }
    let job = MasterJob {
        targets: targets.clone(),
        options: options(args),
        depth,
        file,
        force: args.force,
        pictures: !args.plan_only || args.report.is_some(),
    };
    // A refusal after minutes of work would be a poor joke: look before.
    let written: &[&PathBuf] = if args.plan_only {
        &[&outputs.plan]
    } else {
        &[&outputs.audio, &outputs.plan, &outputs.render, &outputs.report]
    };
    refuse_existing(written, args.force)?;
    if let Some(folder) = args.keep_stages.as_ref().filter(|_| !args.force) {
        let first = format!("{}.1-", stem(path));
        let kept = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
        let kept: Vec<PathBuf> = kept.filter(|kept| stem(kept).starts_with(&first)).collect();
        refuse_existing(&kept.iter().collect::<Vec<_>>(), false)?;
    }
    let (mut mastered, encoded) = if args.plan_only {
        (propose(path, &job, progress)?, None)
    } else if args.codec_safe {
        let (mastered, encoded) = master_for_codecs(path, &outputs.audio, &job, progress)?;
        (mastered, Some(encoded))
    } else {
        let mastered = master(path, &outputs.audio, &job, progress)?;
        let after = mastered.render.as_ref().filter(|_| args.codecs).map(|render| &render.after);
        let encoded = after.map(|after| through_codecs(&outputs.audio, after, progress)).transpose()?;
        (mastered, encoded)
    };
    mastered.plan.save(&outputs.plan)?;
    let mut outputs = outputs.clone();
    if let Some(report) = &args.report {
        outputs.report = report.clone();
    }
    let shown = (mastered.render.is_some() || args.report.is_some())
        .then(|| {
            let (references, listen) = (&args.reference, args.listen.listen.into());
            let job = ShowJob { input: path, references, listen, encoded: encoded.as_ref() };
            shown(&mut mastered.check, mastered.render.as_mut(), job, progress)
        })
        .transpose()?;
    if let Some(render) = &mastered.render {
        render.save(&outputs.render)?;
        if let Some(folder) = &args.ab {
            write_ab(path, render, folder, args.force, progress)?;
        }
        if let Some(folder) = &args.keep_stages {
            write_stages(path, &mastered.plan, folder, args.force, progress)?;
        }
    }
    if let Some(shown) = &shown {
        let song = Song {
            preview: Some(&shown.preview),
            listening: shown.listening.as_ref(),
            ..song(path, &mastered, targets)
        };
        write_page(&song, &outputs.report)?;
        if let Some(folder) = &args.png {
            write_pngs(&song, folder, path, args.force)?;
        }
    }
    let notes = encoded.map_or_else(Vec::new, |encoded| codec_notes(&mastered, &encoded, targets));
    Ok((mastered, outputs, notes))
}

/// What codecs asked for: a lower ceiling; and which of them could not be tried.
fn codec_notes(mastered: &Mastered, encoded: &Encoded, targets: &Targets) -> Vec<String> {
    let (ceiling_dbtp, wanted_dbtp) = (mastered.plan.ceiling_dbtp, targets.delivery.ceiling_dbtp);
    let lowered = (ceiling_dbtp < wanted_dbtp).then(|| {
        let tried = encoded.playbacks.len();
        format!("codecs:  ceiling lowered from {wanted_dbtp:.1} to {ceiling_dbtp:.1} dBTP for {tried} codecs and rates")
    });
    let missing = encoded.missing.iter().map(|missing| format!("codecs:  not tried: {}", missing.how));
    lowered.into_iter().chain(missing).collect()
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
    let title = title(path, &mastered.check);
    Song {
        plan: Some(&mastered.plan),
        render: mastered.render.as_ref(),
        ..Song::new(title, &mastered.check, &targets.profile, &targets.delivery)
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

/// What `advise` is told.
fn options(args: &MasterArgs) -> Options {
    let whole = args.amount.iter().rev().find(|amount| amount.stage.is_none());
    let of_stage = |amount: &Amount| Some(StageAmount { stage: amount.stage?, amount: amount.amount });
    Options {
        amount: whole.map_or(DEFAULT_AMOUNT, |amount| amount.amount),
        stage_amounts: args.amount.iter().filter_map(of_stage).collect(),
        stages: stages(args),
        max_reduction_db: args.max_reduction_db,
        max_mean_reduction_db: args.max_compression_db,
        eq_phase: match args.eq_phase {
            PhaseName::Minimum => EqPhase::Minimum,
            PhaseName::Linear => EqPhase::Linear,
        },
        soft_clip: args.soft_clip,
        ..Options::default()
    }
}

fn stages(args: &MasterArgs) -> Vec<MoveStage> {
    StageName::value_variants()
        .iter()
        .filter(|stage| args.only.is_empty() || args.only.contains(stage))
        .filter(|stage| !args.without.contains(stage))
        .map(|stage| (*stage).into())
        .collect()
}

fn reduction(text: &str) -> std::result::Result<f64, String> {
    within(text, 0.0, 20.0, "dB")
}
