//! `stems DIR`: a delivery of stems: what is in it, what is wrong with it, whether it adds up to the mix.

use super::check::SeverityArg;
use super::console::Console;
use super::{Outcome, inputs};
use crate::error::{Error, Result};
use crate::model::{Severity, StemSet, write_text};
use crate::pipeline::{StemsJob, StemsOutcome, stems};
use crate::report::text;
use crate::stems::reply;
use clap::Args;
use std::path::{Path, PathBuf};

/// Check a folder of stems as a whole, and its sum against the mix
#[derive(Args)]
pub(super) struct StemsArgs {
    /// Folder with the stems
    #[arg(value_name = "DIR")]
    folder: PathBuf,

    /// The mix that the stems should add up to
    #[arg(long, value_name = "FILE")]
    mix: Option<PathBuf>,

    /// Write a message to the sender: what is needed, file by file
    #[arg(long, value_name = "FILE")]
    reply: Option<PathBuf>,

    /// Write the list of files with the hash of their audio
    #[arg(long, value_name = "FILE")]
    manifest: Option<PathBuf>,

    /// Replace files that exist
    #[arg(long)]
    force: bool,

    /// Severity from which a finding makes the exit code 1
    #[arg(long, value_enum, default_value_t = SeverityArg::Fail)]
    fail_on: SeverityArg,
}

pub(super) fn run(args: &StemsArgs, console: &mut Console) -> Result<Outcome> {
    for output in [&args.reply, &args.manifest].into_iter().flatten() {
        refuse(output, args)?;
    }
    let mut paths = inputs::in_folder(&args.folder)?;
    if let Some(mix) = &args.mix {
        // The mix may lie among its stems.
        let same = |path: &PathBuf| {
            path.canonicalize().ok().is_some_and(|path| mix.canonicalize().is_ok_and(|mix| mix == path))
        };
        paths.retain(|path| !same(path));
    }
    if paths.is_empty() {
        return Err(Error::usage(format!(
            "{}: expected stems beside the mix, found none",
            args.folder.display()
        )));
    }
    let job = StemsJob { paths: &paths, mix: args.mix.as_deref(), workers: console.jobs() };
    let StemsOutcome { set, failed } = stems(&job, console.progress().as_ref())?;
    for error in &failed {
        console.error(error);
    }
    if let Some(path) = &args.reply {
        write_text(path, &reply(&set))?;
        console.note(&format!("wrote {}", path.display()));
    }
    if let Some(path) = &args.manifest {
        write_text(path, &manifest(&set))?;
        console.note(&format!("wrote {}", path.display()));
    }
    console.print_document(&set, |options| text::stems(&set, options));
    let worst = set.findings.iter().map(|finding| finding.severity).max();
    let reached = worst.is_some_and(|worst| worst >= Severity::from(args.fail_on));
    Ok(if reached { Outcome::Found } else { Outcome::Done })
}

/// Nothing that exists is overwritten unless told to, and nothing is ever written into the delivery.
fn refuse(output: &Path, args: &StemsArgs) -> Result<()> {
    if output.exists() && !args.force {
        let reason = "exists already; choose another name, or --force to replace it";
        return Err(Error::Exists { path: output.to_path_buf(), reason });
    }
    let folder = output.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let inside = match (folder.canonicalize(), args.folder.canonicalize()) {
        (Ok(folder), Ok(delivery)) => folder.starts_with(delivery),
        _ => false,
    };
    if inside {
        let reason = "lies in the delivery, which is never written to; choose another folder";
        return Err(Error::Exists { path: output.to_path_buf(), reason });
    }
    Ok(())
}

/// One line per file: hash of the decoded audio, length, format, path.
fn manifest(set: &StemSet) -> String {
    let line = |stem: &crate::model::Stem| {
        let source = &stem.analysis.source;
        format!(
            "{}  {} frames  {} Hz  {} ch  {}  {}\n",
            stem.analysis.content_id,
            source.frames,
            source.sample_rate_hz,
            source.channels,
            source.codec,
            stem.path
        )
    };
    set.stems.iter().map(line).collect()
}
