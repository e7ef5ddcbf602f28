//! `preview INPUT…`: what services, codecs and devices will make of finished files.

use super::check::{SeverityArg, title};
use super::console::Console;
use super::written::{refuse_existing, write_page};
use super::{InputArgs, Outcome, TargetArgs, inputs};
use crate::checks::Selection;
use crate::error::{Error, Result};
use crate::model::{Analysis, Preview, Severity, Stage};
use crate::pipeline::{
    Batch, Listen, Progress, ShowJob, Targets, album_playback, analysis_of, check, is_saved, preview, show,
    through_codecs, write_devices,
};
use crate::report::{Song, text};
use clap::Args;
use std::path::{Path, PathBuf};

/// Preview playback levels on services, peaks after codecs, and sound on small devices
#[derive(Args)]
pub(super) struct PreviewArgs {
    #[command(flatten)]
    inputs: InputArgs,

    #[command(flatten)]
    targets: TargetArgs,

    /// The files are one album: also show the one gain that services play it with
    #[arg(long)]
    album: bool,

    /// Leave the codecs out, which take longest
    #[arg(long)]
    without_codecs: bool,

    /// Write each file as each device plays it into this folder, at equal loudness
    #[arg(long, value_name = "DIR")]
    audio: Option<PathBuf>,

    /// Write a report: a file for one input, a folder for several
    #[arg(long, value_name = "FILE.html|DIR")]
    report: Option<PathBuf>,

    /// Severity from which a finding makes the exit code 1
    #[arg(long, value_enum, default_value_t = SeverityArg::Fail)]
    fail_on: SeverityArg,

    /// Replace files that an earlier run has written
    #[arg(long)]
    force: bool,
}

pub(super) fn run(args: &PreviewArgs, console: &mut Console) -> Result<Outcome> {
    let targets = Targets::load(&args.targets.profile, &args.targets.delivery)?;
    let paths = inputs::expand(&args.inputs)?;
    let report = args.report.as_deref();
    if report.is_some_and(|report| paths.len() > 1 && report.extension().is_some()) {
        return Err(Error::usage("expected a folder for --report with several inputs, found a file name"));
    }
    let batch = Batch { paths: &paths, workers: console.jobs() };
    let mut songs: Vec<(Analysis, Preview)> = Vec::new();
    let job = |path: &Path, progress: &dyn Progress| {
        let analysis = analysis_of(path, progress)?;
        let audio = !args.without_codecs && !is_saved(path);
        let encoded = audio.then(|| through_codecs(path, &analysis, progress)).transpose()?;
        let preview = preview(&analysis, encoded.as_ref());
        if let Some(folder) = &args.audio {
            write_devices(path, &preview, folder, args.force, progress)?;
        }
        if let Some(report) = report {
            let target = super::check::report_path(report, path);
            refuse_existing(&[&target], args.force)?;
            let job =
                ShowJob { input: path, references: &[], listen: Listen::Loops, encoded: encoded.as_ref() };
            write_report(job, analysis.clone(), &targets, &target, progress)?;
        }
        Ok((analysis, preview))
    };
    super::each(&batch, console, job, |console, _, (analysis, preview)| {
        let worst = preview.findings.iter().map(|finding| finding.severity).max();
        let reached = worst.is_some_and(|worst| worst >= Severity::from(args.fail_on));
        // An album is known once all its tracks are.
        if args.album {
            songs.push((analysis, preview));
        } else {
            print(console, &preview);
        }
        Ok(if reached { Outcome::Found } else { Outcome::Done })
    })?;
    if args.album {
        let analyses: Vec<&Analysis> = songs.iter().map(|(analysis, _)| analysis).collect();
        let albums = album_playback(&analyses);
        for ((_, mut preview), album) in songs.into_iter().zip(albums) {
            preview.platforms.extend(album);
            print(console, &preview);
        }
    }
    if let Some(folder) = &args.audio {
        console.note(&format!("devices: {}", folder.display()));
    }
    Ok(Outcome::Done)
}

fn print(console: &mut Console, preview: &Preview) {
    console.print_document(preview, |options| text::preview(preview, options) + "\n");
}

fn write_report(
    job: ShowJob,
    analysis: Analysis,
    targets: &Targets,
    output: &Path,
    progress: &dyn Progress,
) -> Result<()> {
    let mut check = check(analysis, targets, Stage::Master, &Selection::default());
    let shown = show(&mut check, None, job, progress)?;
    let song = Song {
        preview: Some(&shown.preview),
        listening: shown.listening.as_ref(),
        ..Song::new(title(job.input, &check), &check, &targets.profile, &targets.delivery)
    };
    write_page(&song, output)
}
