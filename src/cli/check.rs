//! `check INPUT…`: findings and profile comparison, with an exit code for pipelines.

use super::console::Console;
use super::pages::Pages;
use super::written::{refuse_existing, write_page, write_pngs};
use super::{InputArgs, ListenArgs, Outcome, TargetArgs, inputs};
use crate::checks::Selection;
use crate::error::{Error, Result};
use crate::model::{Check, Severity, Stage};
use crate::pipeline::{Batch, ShowJob, Targets, analysis_of, check, show};
use crate::report::{Song, text};
use clap::{Args, ValueEnum};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Check files against a profile and a delivery
#[derive(Args)]
pub(super) struct CheckArgs {
    #[command(flatten)]
    inputs: InputArgs,

    #[command(flatten)]
    targets: TargetArgs,

    /// Judge as a mix before mastering, or as a finished master
    #[arg(long, value_enum, default_value_t = StageArg::Mix)]
    stage: StageArg,

    /// Run only these checks: codes, names or families, separated by commas
    #[arg(long, value_name = "CHECK", value_delimiter = ',')]
    select: Vec<String>,

    /// Leave these checks out: codes, names or families, separated by commas
    #[arg(long, value_name = "CHECK", value_delimiter = ',')]
    ignore: Vec<String>,

    /// Severity from which a finding makes the exit code 1
    #[arg(long, value_enum, default_value_t = SeverityArg::Fail)]
    fail_on: SeverityArg,

    /// Print one table over all files instead of each file: how often each check spoke
    #[arg(long)]
    summary: bool,

    /// Write a report: a file for one input, a folder for several
    #[arg(long, value_name = "FILE.html|DIR")]
    report: Option<PathBuf>,

    #[command(flatten)]
    listen: ListenArgs,

    /// Write the charts as PNG into this folder
    #[arg(long, value_name = "DIR")]
    png: Option<PathBuf>,

    /// Replace existing reports and charts
    #[arg(long)]
    force: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum StageArg {
    Mix,
    Master,
}

impl From<StageArg> for Stage {
    fn from(stage: StageArg) -> Stage {
        match stage {
            StageArg::Mix => Stage::Mix,
            StageArg::Master => Stage::Master,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum SeverityArg {
    Info,
    Warn,
    Fail,
}

impl From<SeverityArg> for Severity {
    fn from(severity: SeverityArg) -> Severity {
        match severity {
            SeverityArg::Info => Severity::Info,
            SeverityArg::Warn => Severity::Warn,
            SeverityArg::Fail => Severity::Fail,
        }
    }
}

pub(super) fn run(args: &CheckArgs, console: &mut Console) -> Result<Outcome> {
    let targets = Targets::load(&args.targets.profile, &args.targets.delivery)?;
    let selection = Selection { select: args.select.clone(), ignore: args.ignore.clone() };
    selection.validate()?;
    let paths = inputs::expand(&args.inputs)?;
    let report = args.report.as_deref();
    if report.is_some_and(|report| paths.len() > 1 && report.extension().is_some()) {
        return Err(Error::usage("expected a folder for --report with several inputs, found a file name"));
    }
    if args.summary && console.json() {
        return Err(Error::usage(
            "--summary is a table for people; leave it out with --format json, which prints every document",
        ));
    }
    let reports = report.map(|report| report_paths(report, &paths)).transpose()?.unwrap_or_default();
    refuse_existing(&reports.values().collect::<Vec<_>>(), args.force)?;
    let mut summary = text::Summary::default();
    let mut pages = Pages::default();
    let batch = Batch { paths: &paths, workers: console.jobs() };
    let job = |path: &Path, progress: &dyn crate::pipeline::Progress| {
        let mut check = check(analysis_of(path, progress)?, &targets, args.stage.into(), &selection);
        let job = ShowJob { input: path, references: &[], listen: args.listen.listen.into(), encoded: None };
        let wanted = report.is_some() || args.png.is_some();
        let shown = wanted.then(|| show(&mut check, None, job, progress)).transpose()?;
        Ok((check, shown))
    };
    let outcome = super::each(&batch, console, job, |console, path, (check, shown)| {
        summary.add(&check);
        let song = Song {
            preview: shown.as_ref().map(|shown| &shown.preview),
            listening: shown.as_ref().and_then(|shown| shown.listening.as_ref()),
            ..Song::new(title(path, &check), &check, &targets.profile, &targets.delivery)
        };
        if let Some(page) = reports.get(path) {
            write_page(&song, page)?;
        }
        if let Some(folder) = &args.png {
            write_pngs(&song, folder, path, args.force)?;
        }
        if !args.summary {
            console.print_document(&check, |options| {
                text::check(&check, &targets.profile, &targets.delivery, options)
            });
        }
        let reached = check.worst().is_some_and(|worst| worst >= args.fail_on.into());
        if let Some(page) = reports.get(path) {
            pages.add(path, check, None, &targets, page);
        }
        Ok(if reached { Outcome::Found } else { Outcome::Done })
    })?;
    pages.write_index(args.force, console)?;
    if args.summary {
        let table = text::summary(&summary, &console.text());
        console.print(&table);
    }
    Ok(outcome)
}

/// The title tag, or the file's name.
pub(super) fn title(path: &Path, check: &Check) -> String {
    let tag = check.analysis.source.tags.get("title").filter(|title| !title.trim().is_empty());
    tag.cloned()
        .unwrap_or_else(|| path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned())
}

/// The page of every input; where two inputs have one name, their endings or folders tell their pages apart.
fn report_paths(report: &Path, paths: &[PathBuf]) -> Result<BTreeMap<PathBuf, PathBuf>> {
    let mut pages: BTreeMap<PathBuf, PathBuf> = BTreeMap::new();
    for path in paths {
        let by_stem = report_path(report, path);
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let taken = |page: &PathBuf| pages.values().any(|other| other == page);
        let page = if taken(&by_stem) { report.join(format!("{name}.html")) } else { by_stem };
        if taken(&page) {
            return Err(Error::usage(format!(
                "{}: another input has the same name, and one report would replace the other; check them apart",
                path.display()
            )));
        }
        pages.insert(path.clone(), page);
    }
    Ok(pages)
}

/// A file where one is named, else `NAME.html` in the folder.
pub(super) fn report_path(report: &Path, input: &Path) -> PathBuf {
    if report.extension().is_some() {
        return report.to_path_buf();
    }
    let mut name = input.file_stem().unwrap_or_default().to_os_string();
    name.push(".html");
    report.join(name)
}
