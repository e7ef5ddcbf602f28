//! `render PLAN [INPUT]`: apply a plan that may have been edited.

use super::album::{Wanted, run_plan};
use super::check::title;
use super::console::Console;
use super::file_args::FileArgs;
use super::inputs::within_reach;
use super::master::Bits;
use super::written::{refuse_existing, write_page};
use super::{ListenArg, ListenArgs, Outcome};
use crate::checks::Selection;
use crate::error::{Error, Result};
use crate::model::{Persisted, Plan, Stage};
use crate::pipeline::{
    OutputDepth, OutputPaths, PlanFile, RenderJob, ShowJob, Targets, check, render, show, stage_paths,
    write_stages,
};
use crate::report::{Song, text};
use clap::Args;
use std::path::{Path, PathBuf};

/// Apply a plan, perhaps edited, and prove the written file
#[derive(Args)]
pub(super) struct RenderArgs {
    /// The plan/1 document, or the album/1 document of a record
    #[arg(value_name = "PLAN")]
    plan: PathBuf,

    /// The song [default: the file that the plan names]
    #[arg(value_name = "INPUT")]
    input: Option<PathBuf>,

    /// The file to write, or the folder of a record [default: beside the plan, under its name]
    #[arg(short, long, value_name = "FILE|DIR")]
    output: Option<PathBuf>,

    /// Bit depth of the written file [default: that of the plan's dither, else 24]
    #[arg(long, value_enum)]
    bits: Option<Bits>,

    #[command(flatten)]
    file: FileArgs,

    /// Where to write the report [default: beside the written file]
    #[arg(long, value_name = "FILE.html")]
    report: Option<PathBuf>,

    /// Also write the song behind each move into this folder
    #[arg(long, value_name = "DIR")]
    keep_stages: Option<PathBuf>,

    /// Also open files that the plan names outside of its folder and of this one
    #[arg(long)]
    allow_paths: bool,

    /// Apply the plan to other audio than it was made for
    #[arg(long)]
    transfer: bool,

    #[command(flatten)]
    listen: ListenArgs,

    /// Replace files that an earlier run has written
    #[arg(long)]
    force: bool,
}

pub(super) fn run(args: &RenderArgs, console: &mut Console) -> Result<Outcome> {
    if is_album(&args.plan) {
        return render_record(args, console);
    }
    let plan_file = PlanFile::load(&args.plan)?;
    let plan = plan_file.plan.clone();
    let targets = Targets::load_or_default(&plan.profile, &plan.delivery)?;
    let input = input(args, &plan)?;
    let outputs = outputs(args);
    let report = args.report.clone().unwrap_or_else(|| outputs.report.clone());
    let file = args.file.options(Some(&outputs.audio));
    file.check(&outputs.audio)?;
    refuse_existing(&[&outputs.audio, &outputs.render, &report], args.force)?;
    if let Some(folder) = &args.keep_stages {
        refuse_existing(&stage_paths(&input, &plan, folder).iter().collect::<Vec<_>>(), args.force)?;
    }
    let OutputDepth { bits, float } = args.bits.map_or_else(|| OutputDepth::of_plan(&plan), Bits::depth);
    let progress = console.progress();
    let job = RenderJob {
        input: &input,
        output: &outputs.audio,
        bits,
        float,
        force: args.force,
        transfer: args.transfer,
        file,
        before: None,
        cut: None,
        around: None,
        pictures: true,
    };
    let mut render =
        render(&plan, job, &targets, progress.as_ref()).map_err(|error| plan_file.located(error))?;
    if let Some(folder) = &args.keep_stages {
        write_stages(&input, &plan, folder, args.force, progress.as_ref())?;
    }
    progress.done(&input);
    progress.done(&outputs.audio);
    let mut check = check(render.before.clone(), &targets, Stage::Mix, &Selection::default());
    let job = ShowJob { input: &input, references: &[], listen: args.listen.listen.into(), encoded: None };
    let shown = show(&mut check, Some(&mut render), job, progress.as_ref())?;
    render.save(&outputs.render)?;
    let song = Song {
        plan: Some(&render.plan),
        render: Some(&render),
        preview: Some(&shown.preview),
        listening: shown.listening.as_ref(),
        ..Song::new(title(&input, &check), &check, &targets.profile, &targets.delivery)
    };
    write_page(&song, &report)?;
    console.print_document(&render, |options| text::song(&song, options));
    console.note(&format!("written: {}\nreport:  {}", outputs.audio.display(), report.display()));
    Ok(if render.missed.is_empty() { Outcome::Done } else { Outcome::Found })
}

/// Whether the plan is that of a record.
fn is_album(path: &Path) -> bool {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    match Plan::from_json(&text, path) {
        Err(Error::Schema { found, .. }) => found.starts_with("album/"),
        _ => false,
    }
}

/// A record is written into a folder, as by `album PLAN.json`.
fn render_record(args: &RenderArgs, console: &mut Console) -> Result<Outcome> {
    if args.input.is_some() || args.transfer {
        return Err(Error::usage("the plan of a record names its songs: give no INPUT and no --transfer"));
    }
    if args.keep_stages.is_some() || args.listen.listen != ListenArg::Loops {
        return Err(Error::usage(
            "--keep-stages and --listen are for the plan of one song; a record has a reel: album PLAN --reel --output DIR",
        ));
    }
    let Some(folder) = &args.output else {
        return Err(Error::usage("the plan of a record needs a folder to write into: --output DIR"));
    };
    let wanted = Wanted {
        output: Some(folder),
        image: false,
        reel: false,
        ddp: false,
        singles: false,
        save: None,
        report: args.report.as_deref(),
        bits: args.bits,
        file: args.file.options(None),
        force: args.force,
        allow_paths: args.allow_paths,
    };
    run_plan(&args.plan, &wanted, console)
}

/// The song that is named, or the plan's, looked for as written and then beside the plan.
fn input(args: &RenderArgs, plan: &Plan) -> Result<PathBuf> {
    if let Some(input) = &args.input {
        return Ok(input.clone());
    }
    let named = PathBuf::from(&plan.input);
    let beside = args.plan.parent().unwrap_or(Path::new("")).join(named.file_name().unwrap_or_default());
    let input = if !named.exists() && beside.exists() { beside } else { named };
    if !args.allow_paths {
        within_reach(&input, &args.plan, "name the file on the command line")?;
    }
    Ok(input)
}

/// `song.mastered.plan.json` becomes `song.mastered.wav`.
fn outputs(args: &RenderArgs) -> OutputPaths {
    let audio = args.output.clone().unwrap_or_else(|| {
        let name = args.plan.file_name().unwrap_or_default().to_string_lossy();
        let stem = name.strip_suffix(".plan.json").or_else(|| name.strip_suffix(".json")).unwrap_or(&name);
        args.plan.with_file_name(format!("{stem}.{}", args.file.ending()))
    });
    OutputPaths::for_audio(audio)
}
