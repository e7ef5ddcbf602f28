//! `compare A B…`: revision against revision, or a song against references.

use super::check::{SeverityArg, StageArg};
use super::console::Console;
use super::written::refuse_existing;
use super::{Outcome, TargetArgs};
use crate::error::{Error, Result};
use crate::model::{Relation, write_text};
use crate::pipeline::{Targets, compare_references, compare_revisions};
use crate::report::{comparison_html, text};
use clap::Args;
use std::path::PathBuf;

/// Compare two revisions of a song: what moved, what broke; or a song with several references
///
/// With two files: they are aligned in time, matched in level, and told apart measure by measure and section by
/// section. With more files: the first is compared with the spread of the others.
#[derive(Args)]
pub(super) struct CompareArgs {
    /// The older revision, or your song
    #[arg(value_name = "A")]
    a: PathBuf,

    /// The newer revision, or the references
    #[arg(value_name = "B", required = true)]
    b: Vec<PathBuf>,

    #[command(flatten)]
    targets: TargetArgs,

    /// Judge both as a mix before mastering, or as a finished master
    #[arg(long, value_enum, default_value_t = StageArg::Mix)]
    stage: StageArg,

    /// Severity from which a finding that is new in B makes the exit code 1
    #[arg(long, value_enum, default_value_t = SeverityArg::Fail)]
    fail_on: SeverityArg,

    /// Write a report: one page with what moved and what broke
    #[arg(long, value_name = "FILE.html")]
    report: Option<PathBuf>,

    /// Replace an existing report
    #[arg(long)]
    force: bool,
}

pub(super) fn run(args: &CompareArgs, console: &mut Console) -> Result<Outcome> {
    let targets = Targets::load(&args.targets.profile, &args.targets.delivery)?;
    if let Some(folder) = std::iter::once(&args.a).chain(&args.b).find(|path| path.is_dir()) {
        return Err(Error::usage(format!(
            "{}: is a folder; expected audio files, the song first and then its newer revision or its references",
            folder.display()
        )));
    }
    if let Some(report) = &args.report {
        refuse_existing(&[report], args.force)?;
        if std::iter::once(&args.a).chain(&args.b).any(|input| input == report) {
            return Err(Error::usage(format!(
                "{}: is an input, and --report would replace it",
                report.display()
            )));
        }
    }
    let progress = console.progress();
    let comparison = match args.b.as_slice() {
        [b] => compare_revisions(&args.a, b, &targets, args.stage.into(), progress.as_ref())?,
        references => compare_references(&args.a, references, progress.as_ref())?,
    };
    for path in std::iter::once(&args.a).chain(&args.b) {
        progress.done(path);
    }
    if let Some(report) = &args.report {
        write_text(report, &comparison_html(&comparison)?)?;
    }
    console.print_document(&comparison, |options| text::comparison(&comparison, options));
    if comparison.relation == Relation::Different {
        console.note(
            "note: the two are different recordings; with further files, A is compared with their spread",
        );
    }
    let fail_on = args.fail_on.into();
    let broke = comparison.broke.iter().any(|finding| finding.severity >= fail_on);
    Ok(if broke { Outcome::Found } else { Outcome::Done })
}
