//! `stems DIR`: a delivery of stems: what is in it, what is wrong with it, whether it adds up to the mix.

use super::check::SeverityArg;
use super::console::Console;
use super::{Outcome, inputs};
use crate::error::{Error, Result};
use crate::model::{Persisted, Severity, StemSet, StemsPlan, write_text};
use crate::pipeline::{ApplyJob, StemsJob, StemsOutcome, apply_stems, stems, stems_listening};
use crate::report::{stems_html, text};
use crate::stems::reply;
use clap::Args;
use std::path::{Path, PathBuf};

/// Files that are no audio, by name.
const OTHERS_NAMED: usize = 6;

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

    /// A saved stems/1 document whose plan was edited: it is used instead of a new one
    #[arg(long, value_name = "FILE")]
    plan: Option<PathBuf>,

    /// Render the plan: processed stems and a rough mix, in a folder of their own
    #[arg(long, value_name = "DIR")]
    apply: Option<PathBuf>,

    /// With --apply: also do what is a matter of taste
    #[arg(long, requires = "apply")]
    opt_in: bool,

    /// Write the report: one HTML page
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,

    /// Replace files that exist
    #[arg(long)]
    force: bool,

    /// Severity from which a finding makes the exit code 1
    #[arg(long, value_enum, default_value_t = SeverityArg::Fail)]
    fail_on: SeverityArg,
}

pub(super) fn run(args: &StemsArgs, console: &mut Console) -> Result<Outcome> {
    for output in [&args.reply, &args.manifest, &args.report].into_iter().flatten() {
        refuse(output, args)?;
    }
    if let Some(folder) = &args.apply {
        refuse_delivery(folder, args)?;
    }
    let mut paths = inputs::in_folder(&args.folder)?;
    let others = inputs::others_in(&args.folder);
    if !others.is_empty() {
        let named = others.iter().take(OTHERS_NAMED).cloned().collect::<Vec<_>>().join(", ");
        let more = if others.len() > OTHERS_NAMED { ", …" } else { "" };
        console.note(&format!("no audio by their names, left aside: {named}{more}"));
    }
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
    let edited = args.plan.as_deref().map(StemSet::load).transpose()?;
    let StemsOutcome { mut set, mix, failed } = stems(&job, console.progress().as_ref())?;
    for error in &failed {
        console.error(error);
    }
    if let (Some(edited), Some(path)) = (edited, &args.plan) {
        set.plan = Some(edited_plan(edited, &set, path)?);
    }
    if let Some(folder) = &args.apply {
        let mix = args.mix.as_deref().zip(mix.as_ref());
        let job = ApplyJob { set: &set, folder, mix, opt_in: args.opt_in, force: args.force };
        set.render = Some(apply_stems(&job, console.progress().as_ref())?);
        console.note(&format!("wrote {}", folder.display()));
    }
    if let Some(path) = &args.report {
        let title = args.folder.canonicalize().unwrap_or_else(|_| args.folder.clone());
        let title = title.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let listening = stems_listening(&set, args.mix.as_deref(), console.progress().as_ref())?;
        write_text(path, &stems_html(&set, &title, listening.as_ref()))?;
        console.note(&format!("wrote {}", path.display()));
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
    refuse_delivery(output, args)
}

/// Nothing is ever written into the delivery, nor through a folder that is yet to be made in it.
fn refuse_delivery(output: &Path, args: &StemsArgs) -> Result<()> {
    let whole = std::path::absolute(output).unwrap_or_else(|_| output.to_path_buf());
    let existing = whole.ancestors().find_map(|folder| folder.canonicalize().ok());
    let inside = match (existing, args.folder.canonicalize()) {
        (Some(folder), Ok(delivery)) => folder.starts_with(delivery),
        _ => false,
    };
    if inside {
        let reason = "lies in the delivery, which is never written to; choose another folder";
        return Err(Error::Exists { path: output.to_path_buf(), reason });
    }
    Ok(())
}

/// The plan of a saved set, for stems that are still the same audio.
fn edited_plan(edited: StemSet, set: &StemSet, path: &Path) -> Result<StemsPlan> {
    let plan = edited
        .plan
        .ok_or_else(|| Error::usage(format!("{}: expected a plan in it, found none", path.display())))?;
    for step in &plan.stems {
        let stem = set.stems.iter().find(|stem| stem.name == step.name);
        if stem.is_none_or(|stem| stem.analysis.content_id != step.content_id) {
            return Err(Error::usage(format!(
                "{}: its moves for \"{}\" were made for other audio; make the plan again from this delivery",
                path.display(),
                step.name
            )));
        }
    }
    Ok(plan)
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
