//! The command line: arguments, progress, standard output and error; one file per command.
//!
//! Results go to standard output, everything else to standard error. Exit code 0: done; 1: done, and a finding
//! reached `--fail-on` or a written file missed its plan; 2: could not; 130: interrupted.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "this is the room that talks to people")]

mod album;
mod analyze;
mod check;
mod compare;
mod console;
mod demo;
mod explain;
mod export;
mod file_args;
mod history;
mod inputs;
mod master;
mod numbers;
mod pages;
mod preview;
mod profile;
mod progress;
mod render;
mod report;
mod scan;
mod self_test;
mod shell;
mod stems;
mod watch;
mod written;

use crate::error::{Error, Result};
use crate::pipeline::{Batch, DEFAULT_DELIVERY, DEFAULT_PROFILE, Listen, Progress, run_batch};
use clap::{Args, Parser, Subcommand, ValueEnum};
use console::Console;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Proofs a mix, proposes how to master it, and proves the result on the written file.
///
/// mixproof proposes with reasons and a confidence; nothing is applied unless told to, sources are never touched,
/// and people keep the last word.
#[derive(Parser)]
#[command(name = "mixproof", version, long_version = shell::build_facts(), max_term_width = 100, after_help = AFTER_HELP)]
struct Cli {
    #[command(subcommand)]
    command: Command,

    #[command(flatten)]
    common: Common,
}

const AFTER_HELP: &str = "\
Examples:
  mixproof master song.wav                     analyse, plan, render, prove, report
  mixproof check --delivery spotify mixes/     is this fit, and for what?
  mixproof master song.wav --plan-only         write the proposal, touch nothing
  mixproof render song.mastered.plan.json      apply a plan that you have edited

Exit codes: 0 done; 1 done, and a finding reached --fail-on or a file missed its plan; 2 could not; 130 interrupted.";

#[derive(Subcommand)]
enum Command {
    Analyze(analyze::AnalyzeArgs),
    Check(check::CheckArgs),
    Compare(compare::CompareArgs),
    Master(master::MasterArgs),
    Album(Box<album::AlbumArgs>),
    Render(render::RenderArgs),
    Export(export::ExportArgs),
    Stems(stems::StemsArgs),
    Preview(preview::PreviewArgs),
    Profile(profile::ProfileArgs),
    Report(report::ReportArgs),
    Scan(scan::ScanArgs),
    #[command(hide = true)]
    ScanWorker(scan::WorkerArgs),
    Watch(watch::WatchArgs),
    History(history::HistoryArgs),
    Explain(explain::ExplainArgs),
    Demo(demo::DemoArgs),
    SelfTest(self_test::SelfTestArgs),
    Completions(shell::CompletionsArgs),
    Man(shell::ManArgs),
}

/// Options that every command takes.
#[derive(Args, Clone)]
struct Common {
    /// What is written to standard output: text for people, or JSON documents, one per line
    #[arg(long, value_enum, default_value_t = OutputFormat::Text, global = true, help_heading = "Output")]
    format: OutputFormat,

    /// Say only what was asked for: no progress, no notes
    #[arg(short, long, global = true, help_heading = "Output")]
    quiet: bool,

    /// Draw no progress bars, even on a terminal
    #[arg(long, global = true, help_heading = "Output")]
    no_progress: bool,

    /// Use plain ASCII in text output
    #[arg(long, global = true, help_heading = "Output")]
    ascii: bool,

    /// When to use colours (NO_COLOR is respected)
    #[arg(long, value_enum, default_value_t = When::Auto, global = true, help_heading = "Output")]
    color: When,

    /// Files worked on at a time [default: one per core]
    #[arg(short, long = "jobs", value_name = "N", global = true, help_heading = "Output")]
    jobs: Option<usize>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum OutputFormat {
    Text,
    Json,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum When {
    Auto,
    Always,
    Never,
}

/// How a command ended; the worst of a batch counts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Outcome {
    Done,
    Found,
    CouldNot,
    Interrupted,
}

impl Outcome {
    /// The exit code; that of an interrupt as shells count it.
    fn code(self) -> u8 {
        match self {
            Outcome::Done => 0,
            Outcome::Found => 1,
            Outcome::CouldNot => 2,
            Outcome::Interrupted => 130,
        }
    }
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> ExitCode {
        ExitCode::from(outcome.code())
    }
}

/// What a song is judged by.
#[derive(Args, Clone)]
struct TargetArgs {
    /// Genre profile to compare with: a name (see `profile list`) or a profile/1 file
    #[arg(long, value_name = "NAME|FILE", default_value = DEFAULT_PROFILE)]
    profile: String,

    /// What the file is for: a name (see `profile list`) or a delivery/1 file
    #[arg(long, value_name = "NAME|FILE", default_value = DEFAULT_DELIVERY)]
    delivery: String,
}

/// Parses the command line, runs it, and says how it ended.
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    let mut console = Console::new(cli.common);
    let outcome = dispatch(cli.command, &mut console);
    console.end(outcome).into()
}

fn dispatch(command: Command, console: &mut Console) -> Result<Outcome> {
    match command {
        Command::Analyze(args) => analyze::run(&args, console),
        Command::Check(args) => check::run(&args, console),
        Command::Compare(args) => compare::run(&args, console),
        Command::Master(args) => master::run(&args, console),
        Command::Album(args) => album::run(&args, console),
        Command::Render(args) => render::run(&args, console),
        Command::Export(args) => export::run(&args, console),
        Command::Stems(args) => stems::run(&args, console),
        Command::Preview(args) => preview::run(&args, console),
        Command::Profile(args) => profile::run(&args, console),
        Command::Report(args) => report::run(&args, console),
        Command::Scan(args) => scan::run(&args, console),
        Command::ScanWorker(args) => scan::serve(&args),
        Command::Watch(args) => watch::run(&args, console),
        Command::History(args) => history::run(&args, console),
        Command::Explain(args) => explain::run(&args, console),
        Command::Demo(args) => demo::run(&args, console),
        Command::SelfTest(args) => self_test::run(&args, console),
        Command::Completions(args) => shell::completions(&args, console),
        Command::Man(args) => shell::man(&args, console),
    }
}

/// What a report plays.
#[derive(Args, Clone, Copy)]
struct ListenArgs {
    /// What can be heard in the report: short loops, whole songs (up to 2 MB per minute and version), or nothing
    #[arg(long, value_enum, default_value_t = ListenArg::Loops)]
    listen: ListenArg,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ListenArg {
    Nothing,
    Loops,
    Songs,
}

impl From<ListenArg> for Listen {
    fn from(listen: ListenArg) -> Listen {
        match listen {
            ListenArg::Nothing => Listen::Nothing,
            ListenArg::Loops => Listen::Loops,
            ListenArg::Songs => Listen::Songs,
        }
    }
}

/// Files, folders and globs, as every command takes them.
#[derive(Args, Clone)]
struct InputArgs {
    /// Audio files, folders (searched through) or globs
    #[arg(value_name = "INPUT")]
    inputs: Vec<PathBuf>,

    /// Read further inputs from FILE, one per line (`-` for standard input)
    #[arg(long, value_name = "FILE")]
    files_from: Option<PathBuf>,
}

/// Runs `job` on every file of a batch and hands each result to `show`, in order. An error of one file is printed
/// and the others go on.
fn each<T: Send>(
    batch: &Batch,
    console: &mut Console,
    job: impl Fn(&Path, &dyn Progress) -> Result<T> + Sync,
    mut show: impl FnMut(&mut Console, &Path, T) -> Result<Outcome>,
) -> Result<Outcome> {
    let progress = console.progress();
    let work = |path: &Path| {
        let result = job(path, progress.as_ref());
        progress.done(path);
        result
    };
    let (mut shown, mut told) = (0, false);
    run_batch(batch, work, |path, result| {
        shown += 1;
        let result = result.and_then(|result| show(console, path, result));
        told |= matches!(result, Err(Error::Interrupted { .. }));
        match result {
            Ok(outcome) => console.outcome(outcome),
            Err(error) => console.error(&error),
        }
        !console.is_over()
    })?;
    // The end may be asked for between two files: then none was interrupted, and some were never begun.
    match batch.paths.get(shown) {
        Some(path) if !told && progress.is_stopped() => Err(Error::Interrupted { path: path.clone() }),
        _ => Ok(Outcome::Done),
    }
}
