//! `scan FOLDER…`: a catalogue, one row per file, resumable after any end.

mod isolate;
mod rate;

pub(super) use isolate::{WorkerArgs, serve};

use super::check::StageArg;
use super::console::Console;
use super::{InputArgs, Outcome, TargetArgs, inputs};
use crate::catalogue::{Catalogue, summarise};
use crate::error::{Error, Result};
use crate::model::{Measured, ScanRow};
use crate::pipeline::{ListedFile, ScanJob, ScanSettings, scan, scan_row, shard_of};
use crate::report::text;
use clap::{Args, ValueEnum};
use glob::Pattern;
use isolate::{LimitArgs, Workers};
use rate::Rate;
use std::path::{Path, PathBuf};

/// Measure and judge a catalogue: one JSON line per file, resumable
///
/// Run the same command again after a kill, a full disk or a power cut: what has a row is not done again, nothing is lost.
/// Files that are new or have changed are added, and so are those of other folders. Broken files have a row that says why.
/// Without an input, an existing --output is summarised.
#[derive(Args)]
pub(super) struct ScanArgs {
    #[command(flatten)]
    inputs: InputArgs,

    /// Where the rows go: JSON Lines, one scan/1 document per file
    #[arg(long, short, value_name = "FILE.jsonl")]
    output: PathBuf,

    /// What was done already, an SQLite database [default: beside the output, with `.state` added to its name]
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,

    /// Only files of which the path below the folder matches this glob
    #[arg(long, value_name = "GLOB", value_parser = pattern)]
    include: Vec<Pattern>,

    /// Without files of which the path below the folder matches this glob
    #[arg(long, value_name = "GLOB", value_parser = pattern)]
    exclude: Vec<Pattern>,

    /// Only one of n parts, as 3/8; every file belongs to one part, on every machine
    #[arg(long, value_name = "i/n", value_parser = shard)]
    shard: Option<Shard>,

    /// Try files again that could not be measured, although they have not changed
    #[arg(long)]
    retry_failed: bool,

    #[command(flatten)]
    targets: TargetArgs,

    /// Judge as a mix before mastering, or as a finished master
    #[arg(long, value_enum, default_value_t = StageArg::Master)]
    stage: StageArg,

    /// Everything, or loudness, peaks and dynamic range alone: much faster, and checks that need more are silent
    #[arg(long, value_enum, default_value_t = MeasureArg::All)]
    measure: MeasureArg,

    /// Measure in processes of their own with limits: a file that brings one down costs its row, not the scan
    #[arg(long)]
    isolate: bool,

    #[command(flatten)]
    limits: LimitArgs,
}

/// What is measured.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum MeasureArg {
    All,
    Levels,
}

impl From<MeasureArg> for Measured {
    fn from(measure: MeasureArg) -> Measured {
        match measure {
            MeasureArg::All => Measured::All,
            MeasureArg::Levels => Measured::Levels,
        }
    }
}

/// One of several parts.
#[derive(Clone, Copy)]
struct Shard {
    /// From 1.
    index: u64,
    count: u64,
}

fn shard(text: &str) -> std::result::Result<Shard, String> {
    let numbers = text.split_once('/').and_then(|(i, n)| Some((i.parse().ok()?, n.parse().ok()?)));
    match numbers {
        Some((index, count)) if 1 <= index && index <= count => Ok(Shard { index, count }),
        _ => Err("expected i/n with 1 <= i <= n, as 3/8".to_string()),
    }
}

fn pattern(text: &str) -> std::result::Result<Pattern, String> {
    Pattern::new(text).map_err(|error| error.msg.to_string())
}

pub(super) fn run(args: &ScanArgs, console: &mut Console) -> Result<Outcome> {
    let settings = ScanSettings::load(&args.targets.profile, &args.targets.delivery, args.stage.into())?
        .measuring(args.measure.into());
    if args.inputs.inputs.is_empty() && args.inputs.files_from.is_none() {
        if !args.output.exists() {
            return Err(Error::usage("expected folders or files to scan, or an --output that exists"));
        }
        let state = state_path(args);
        drop(Catalogue::open(&args.output, &state)?);
        return summary(args, console);
    }
    let files = files(args, console)?;
    let catalogue = Catalogue::open(&args.output, &state_path(args))?;
    let workers = Workers::new(args)?;
    let inside = |path: &Path| -> ScanRow { scan_row(path, &settings) };
    let outside = |path: &Path| -> ScanRow { workers.row(path, &settings) };
    let job = ScanJob {
        files: &files,
        settings: &settings,
        workers: console.jobs(),
        retry_failed: args.retry_failed,
        row: if args.isolate { &outside } else { &inside },
    };
    let scanned = scan(&job, catalogue, &mut Rate::new(console))?;
    if scanned.left > 0 {
        let left = scanned.left;
        console.note(&format!("stopped; {left} files are left: run the same command again to go on"));
        return Ok(Outcome::Interrupted);
    }
    summary(args, console)
}

fn summary(args: &ScanArgs, console: &mut Console) -> Result<Outcome> {
    let summary = summarise(&args.output)?;
    console.print_document(&summary, |options| text::scan_summary(&summary, options));
    Ok(Outcome::Done)
}

/// The files that are wanted, in the order of their paths. What cannot be read is said, and the rest goes on.
fn files(args: &ScanArgs, console: &mut Console) -> Result<Vec<ListedFile>> {
    let walked = inputs::walk(&args.inputs)?;
    walked.faults.iter().for_each(|fault| console.error(fault));
    if walked.files.is_empty() && walked.faults.is_empty() {
        return Err(Error::usage("expected audio files in what was named, found none"));
    }
    let matches = |patterns: &[Pattern], path: &Path| {
        patterns.iter().any(|pattern| {
            // A pattern without a folder in it means the name, wherever the file is.
            let name = path.file_name().map(Path::new).filter(|_| !pattern.as_str().contains('/'));
            pattern.matches_path(name.unwrap_or(path))
        })
    };
    let is_wanted = |below: &Path| {
        (args.include.is_empty() || matches(&args.include, below))
            && !matches(&args.exclude, below)
            && args.shard.is_none_or(|shard| shard_of(below, shard.count) + 1 == shard.index)
    };
    let wanted = walked.files.into_iter().filter(|(_, below)| is_wanted(below));
    Ok(wanted.map(|(path, _)| ListedFile::of(path)).collect())
}

fn state_path(args: &ScanArgs) -> PathBuf {
    args.state.clone().unwrap_or_else(|| {
        let mut name = args.output.clone().into_os_string();
        name.push(".state");
        PathBuf::from(name)
    })
}
