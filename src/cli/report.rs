//! `report DOCUMENT…`: reports again from saved documents, no audio needed.

use super::check::title;
use super::console::Console;
use super::pages::Pages;
use super::written::{refuse_existing, write_page};
use super::{Outcome, TargetArgs};
use crate::checks::Selection;
use crate::error::{Error, Result};
use crate::model::{Analysis, Check, Comparison, Persisted, Profile, Render, Stage, write_text};
use crate::pipeline::{Targets, check, preview};
use crate::report::{Song, comparison_html, profile_html};
use clap::Args;
use std::path::{Path, PathBuf};

/// Render reports from saved analysis/1, check/1, render/1, compare/1 or profile/1 documents, and an index
/// where there are several
#[derive(Args)]
pub(super) struct ReportArgs {
    /// The documents
    #[arg(value_name = "DOCUMENT", required = true)]
    documents: Vec<PathBuf>,

    #[command(flatten)]
    targets: TargetArgs,

    /// Where to write: a folder, or a file for one document [default: beside the document]
    #[arg(short, long, value_name = "FILE.html|DIR")]
    output: Option<PathBuf>,

    /// Replace reports that exist already
    #[arg(long)]
    force: bool,
}

pub(super) fn run(args: &ReportArgs, console: &mut Console) -> Result<Outcome> {
    if args.documents.len() > 1 && args.output.as_ref().is_some_and(|output| output.extension().is_some()) {
        return Err(Error::usage("expected a folder for --output with several documents, found a file name"));
    }
    let mut pages = Pages::default();
    for document in &args.documents {
        let output = output_path(args, document);
        match page(args, document, &output, &mut pages) {
            Ok(()) => {
                console.print(&output.display().to_string());
            }
            Err(error) => console.error(&error),
        }
    }
    pages.write_index(args.force, console)?;
    Ok(Outcome::Done)
}

fn page(args: &ReportArgs, document: &Path, output: &PathBuf, pages: &mut Pages) -> Result<()> {
    refuse_existing(&[output], args.force)?;
    let text = std::fs::read_to_string(document).map_err(Error::io(document, "read the document"))?;
    if let Some(comparison) = if_it_is::<Comparison>(&text, document)? {
        return write_text(output, &comparison_html(&comparison)?);
    }
    if let Some(profile) = if_it_is::<Profile>(&text, document)? {
        return write_text(output, &profile_html(&profile)?);
    }
    let (checked, targets, render) = read(args, &text, document)?;
    let path = PathBuf::from(&checked.analysis.source.path);
    let after = render.as_ref().map(|render| &render.after);
    let preview = preview(after.unwrap_or(&checked.analysis));
    let song = Song {
        plan: render.as_ref().map(|render| &render.plan),
        render: render.as_ref(),
        preview: Some(&preview),
        ..Song::new(title(&path, &checked), &checked, &targets.profile, &targets.delivery)
    };
    write_page(&song, output)?;
    pages.add(&path, &checked, render.as_ref(), &targets, output);
    Ok(())
}

/// Whatever the document is, a check comes out of it, and a render where it is one.
fn read(args: &ReportArgs, text: &str, document: &Path) -> Result<(Check, Targets, Option<Render>)> {
    if let Some(render) = if_it_is::<Render>(text, document)? {
        let targets = Targets::load_or_default(&render.plan.profile, &render.plan.delivery)?;
        let checked = check(render.before.clone(), &targets, Stage::Mix, &Selection::default());
        return Ok((checked, targets, Some(render)));
    }
    if let Some(checked) = if_it_is::<Check>(text, document)? {
        let targets = Targets::load_or_default(&checked.profile, &checked.delivery)?;
        return Ok((checked, targets, None));
    }
    let analysis = Analysis::from_json(text, document)?;
    let targets = Targets::load(&args.targets.profile, &args.targets.delivery)?;
    Ok((check(analysis, &targets, Stage::Mix, &Selection::default()), targets, None))
}

/// The document, unless its tag says that it is another one.
fn if_it_is<D: Persisted>(text: &str, document: &Path) -> Result<Option<D>> {
    match D::from_json(text, document) {
        Ok(read) => Ok(Some(read)),
        Err(Error::Schema { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// `song.render.json` becomes `song.html`.
fn output_path(args: &ReportArgs, document: &Path) -> PathBuf {
    let name = document.file_name().unwrap_or_default().to_string_lossy();
    let stem = name
        .trim_end_matches(".json")
        .trim_end_matches(".render")
        .trim_end_matches(".check")
        .trim_end_matches(".analysis");
    match &args.output {
        Some(file) if file.extension().is_some() => file.clone(),
        Some(folder) => folder.join(format!("{stem}.html")),
        None => document.with_file_name(format!("{stem}.html")),
    }
}
