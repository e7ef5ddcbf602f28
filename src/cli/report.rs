//! `report DOCUMENT…`: reports again from saved documents, no audio needed.

use super::check::title as title_of;
use super::console::Console;
use super::pages::Pages;
use super::written::{refuse_existing, stem};
use super::{Outcome, TargetArgs};
use crate::checks::Selection;
use crate::error::{Error, Result};
use crate::model::{
    Album, Analysis, Check, Comparison, Persisted, Plan, Preview, Profile, Render, Stage, StemSet,
    write_bytes,
};
use crate::pipeline::{Targets, check, preview};
use crate::report::{
    Song, comparison_html, html, markdown, plan_html, preview_html, profile_html, sheet, stems_html, text,
};
use clap::{Args, ValueEnum};
use std::path::{Path, PathBuf};

/// Render reports from saved documents (analysis/1, check/1, render/1, plan/1, compare/1, profile/1, preview/1, stems/1),
/// and an index where there are several songs
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

    /// What is made: the page, one PNG to post, Markdown (songs only), or text on standard output
    #[arg(long = "as", value_enum, value_name = "FORM", value_delimiter = ',', default_value = "html")]
    forms: Vec<Form>,

    /// Replace reports that exist already
    #[arg(long)]
    force: bool,
}

/// A form of a report.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    Html,
    Png,
    Markdown,
    Text,
}

pub(super) fn run(args: &ReportArgs, console: &mut Console) -> Result<Outcome> {
    if args.documents.len() > 1 && args.output.as_ref().is_some_and(|output| output.extension().is_some()) {
        return Err(Error::usage("expected a folder for --output with several documents, found a file name"));
    }
    let mut pages = Pages::default();
    for document in &args.documents {
        if let Err(error) = one(args, document, &mut pages, console) {
            console.error(&error);
        }
    }
    if args.forms.contains(&Form::Html) {
        pages.write_index(args.force, console)?;
    }
    Ok(Outcome::Done)
}

fn one(args: &ReportArgs, document: &Path, pages: &mut Pages, console: &mut Console) -> Result<()> {
    let json = std::fs::read_to_string(document).map_err(Error::io(document, "read the document"))?;
    let output = output_path(args, document);
    let title = || stem(&output);
    let make = Make { args, output: &output };
    if let Some(own) = if_it_is::<Comparison>(&json, document)? {
        return make.all(console, || comparison_html(&own), |options| text::comparison(&own, options));
    }
    if let Some(own) = if_it_is::<Profile>(&json, document)? {
        return make.all(console, || profile_html(&own), |options| text::profile(&own, options));
    }
    if let Some(own) = if_it_is::<StemSet>(&json, document)? {
        return make.all(
            console,
            || Ok(stems_html(&own, &title(), None)),
            |options| text::stems(&own, options),
        );
    }
    if let Some(own) = if_it_is::<Preview>(&json, document)? {
        return make.all(
            console,
            || Ok(preview_html(&own, &title())),
            |options| text::preview(&own, options),
        );
    }
    if let Some(own) = if_it_is::<Plan>(&json, document)? {
        return make.all(console, || Ok(plan_html(&own, &title())), |options| text::plan(&own, options));
    }
    if if_it_is::<Album>(&json, document)?.is_some() {
        return Err(Error::usage(format!(
            "{}: the page of a record needs its songs; make it with: mixproof album \"{0}\" --report FILE.html",
            document.display()
        )));
    }
    let (checked, targets, render) = read(args, &json, document)?;
    let path = PathBuf::from(&checked.analysis.source.path);
    let after = render.as_ref().map(|render| &render.after);
    let preview = preview(after.unwrap_or(&checked.analysis), None);
    let song = Song {
        plan: render.as_ref().map(|render| &render.plan),
        render: render.as_ref(),
        preview: Some(&preview),
        ..Song::new(title_of(&path, &checked), &checked, &targets.profile, &targets.delivery)
    };
    make.songs(console, &song)?;
    pages.add(&path, checked, render, &targets, &output);
    Ok(())
}

/// Writes one document in the forms that were asked for.
struct Make<'a> {
    args: &'a ReportArgs,
    output: &'a PathBuf,
}

impl Make<'_> {
    /// Documents that have a page and a text.
    fn all(
        &self,
        console: &mut Console,
        html: impl Fn() -> Result<String>,
        text: impl Fn(&text::Options) -> String,
    ) -> Result<()> {
        for form in &self.args.forms {
            match form {
                Form::Html => self.write(console, self.output, html()?.as_bytes())?,
                Form::Text => {
                    let text = text(&console.text());
                    console.print(&text);
                }
                Form::Png | Form::Markdown => {
                    let words = "{}: this kind of document has a page and a text; sheet and Markdown are for analysis, check and render";
                    return Err(Error::usage(words.replace("{}", &self.output.display().to_string())));
                }
            }
        }
        Ok(())
    }

    /// Songs have all forms.
    fn songs(&self, console: &mut Console, song: &Song) -> Result<()> {
        for form in &self.args.forms {
            match form {
                Form::Html => self.write(console, self.output, html(song)?.as_bytes())?,
                Form::Markdown => {
                    self.write(console, &self.output.with_extension("md"), markdown(song).as_bytes())?;
                }
                Form::Png => self.write(console, &self.output.with_extension("png"), &sheet(song)?)?,
                Form::Text => {
                    let text = text::song(song, &console.text());
                    console.print(&text);
                }
            }
        }
        Ok(())
    }

    fn write(&self, console: &mut Console, path: &PathBuf, bytes: &[u8]) -> Result<()> {
        refuse_existing(&[path], self.args.force)?;
        write_bytes(path, bytes)?;
        console.print(&path.display().to_string());
        Ok(())
    }
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
    let mut stem = name.trim_end_matches(".json");
    for kind in ["render", "check", "analysis", "plan", "preview", "stems", "compare", "profile"] {
        stem = stem.trim_end_matches(&format!(".{kind}"));
    }
    match &args.output {
        Some(file) if file.extension().is_some() => file.clone(),
        Some(folder) => folder.join(format!("{stem}.html")),
        None => document.with_file_name(format!("{stem}.html")),
    }
}
