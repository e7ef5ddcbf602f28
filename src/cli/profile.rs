//! `profile list|show|build|diff`: what is typical, where it comes from, and how to make one's own.

use super::console::Console;
use super::{InputArgs, Outcome, inputs};
use crate::error::{Error, Result};
use crate::model::{Analysis, Delivery, FEWEST_FOR_SPREAD, Persisted, Profile, write_text};
use crate::pipeline::{Batch, analysis_of};
use crate::profiles::{self, Recipe};
use crate::report::{profile_html, text};
use clap::{Args, Subcommand};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// List, show, build and compare profiles and deliveries
#[derive(Args)]
pub(super) struct ProfileArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// List the built-in profiles and deliveries
    List,
    /// Show a profile or a delivery, with its provenance
    Show {
        /// A name, or a profile/1 or delivery/1 file
        #[arg(value_name = "NAME|FILE")]
        name: String,

        /// Draw a profile as a page
        #[arg(long, value_name = "FILE.html")]
        report: Option<PathBuf>,

        /// Replace an existing page
        #[arg(long)]
        force: bool,
    },
    /// Measure a folder of references and write a profile
    Build {
        #[command(flatten)]
        inputs: InputArgs,

        /// Name of the profile
        #[arg(long, default_value = "my-references")]
        name: String,

        /// Title for people [default: the name]
        #[arg(long)]
        title: Option<String>,

        /// Let files whose path contains TEXT count WEIGHT times; others count once. May be repeated
        #[arg(long, value_name = "TEXT=WEIGHT")]
        weight: Vec<String>,

        /// The file to write
        #[arg(short, long, value_name = "FILE.json")]
        output: PathBuf,

        /// Replace an existing file
        #[arg(long)]
        force: bool,
    },
    /// Compare two profiles, measure by measure
    Diff {
        /// A name, or a profile/1 file
        #[arg(value_name = "A")]
        a: String,

        /// A name, or a profile/1 file
        #[arg(value_name = "B")]
        b: String,
    },
    /// Build the shipped profiles again from the published tables
    BuildReference {
        /// Folder with the tables that docs/profiles.md names
        #[arg(value_name = "TABLES")]
        tables: PathBuf,

        /// Folder to write the profiles into
        #[arg(short, long, value_name = "DIR", default_value = "reference-profiles/genres")]
        output: PathBuf,

        /// Replace existing profiles
        #[arg(long)]
        force: bool,
    },
}

pub(super) fn run(args: &ProfileArgs, console: &mut Console) -> Result<Outcome> {
    match &args.action {
        Action::List => list(console),
        Action::Show { name, report, force } => show(name, report.as_ref(), *force, console)?,
        Action::Build { inputs, name, title, weight, output, force } => {
            super::written::refuse_existing(&[output], *force)?;
            let paths = inputs::expand(inputs)?;
            let recipe = Recipe {
                name: name.clone(),
                title: title.clone().unwrap_or_else(|| name.clone()),
                source: "measured from the user's own files".to_string(),
                licence: "as the files".to_string(),
            };
            let weighted = weighted(&paths, weight)?;
            let measured = measured(&weighted, console)?;
            let references: Vec<(&Analysis, f64)> =
                measured.iter().map(|(analysis, weight)| (analysis, *weight)).collect();
            let profile = profiles::build(&references, &recipe)?;
            profile.save(output)?;
            console.print_document(&profile, |options| text::profile(&profile, options));
            if !profile.has_spread() {
                console.note(&format!(
                    "note: {} of the {FEWEST_FOR_SPREAD} references that show a spread: tolerances are assumed instead, and percentiles are not given",
                    paths.len()
                ));
            }
            console.note(&format!("written: {}", output.display()));
        }
        Action::Diff { a, b } => {
            let (a, b) = (profiles::profile(a)?, profiles::profile(b)?);
            if console.json() {
                return Err(Error::usage(
                    "profile diff prints a table for people; --format json is there for profile show, for each of the two",
                ));
            }
            let rows: Vec<_> = profiles::diff(&a, &b)
                .into_iter()
                .map(|difference| {
                    let apart = difference.is_apart();
                    (difference.measure, difference.a, difference.b, apart)
                })
                .collect();
            if rows.is_empty() {
                return Err(Error::usage(format!("{} and {} have no measure in common", a.name, b.name)));
            }
            let table = text::profile_difference((&a.name, &b.name), &rows, &console.text());
            console.print(&table);
        }
        Action::BuildReference { tables, output, force } => {
            let built = profiles::build_from_tables(tables)?;
            let path_of = |profile: &Profile| output.join(format!("{}.json", profile.name));
            let paths: Vec<PathBuf> = built.iter().map(path_of).collect();
            super::written::refuse_existing(&paths.iter().collect::<Vec<_>>(), *force)?;
            for (profile, path) in built.iter().zip(&paths) {
                profile.save(path)?;
                console.print(&path.display().to_string());
            }
        }
    }
    Ok(Outcome::Done)
}

/// Every file that can be read, measured on all cores, with its weight; what cannot be read costs one error line.
fn measured(weighted: &[(&Path, f64)], console: &mut Console) -> Result<Vec<(Analysis, f64)>> {
    let paths: Vec<PathBuf> = weighted.iter().map(|(path, _)| path.to_path_buf()).collect();
    let weight_of: HashMap<&Path, f64> = weighted.iter().copied().collect();
    let batch = Batch { paths: &paths, workers: console.jobs() };
    let mut measured = Vec::new();
    super::each(
        &batch,
        console,
        |path, progress| analysis_of(path, progress),
        |_, path, mut analysis| {
            // Thousands of references are kept at once; their series over time are not asked for.
            analysis.loudness.momentary_lufs.clear();
            analysis.loudness.short_term_lufs.clear();
            analysis.peaks.true_peak_dbtp_series.clear();
            measured.push((analysis, weight_of.get(path).copied().unwrap_or(1.0)));
            Ok(Outcome::Done)
        },
    )?;
    Ok(measured)
}

/// The files with their weights, from rules as `TEXT=WEIGHT`; the last rule that fits a file counts.
pub(super) fn weighted<'a>(paths: &'a [PathBuf], rules: &[String]) -> Result<Vec<(&'a Path, f64)>> {
    let mut weighted: Vec<(&Path, f64)> = paths.iter().map(|path| (path.as_path(), 1.0)).collect();
    for rule in rules {
        let parsed =
            rule.rsplit_once('=').and_then(|(text, weight)| Some((text, weight.parse::<f64>().ok()?)));
        let Some((text, weight)) = parsed.filter(|(text, weight)| !text.is_empty() && *weight > 0.0) else {
            return Err(Error::usage(format!(
                "--weight {rule}: expected TEXT=WEIGHT with a weight above zero, as in \"single=2\""
            )));
        };
        let mut fits =
            weighted.iter_mut().filter(|(path, _)| path.to_string_lossy().contains(text)).peekable();
        if fits.peek().is_none() {
            return Err(Error::usage(format!("--weight {rule}: no reference has \"{text}\" in its path")));
        }
        fits.for_each(|entry| entry.1 = weight);
    }
    Ok(weighted)
}

fn list(console: &mut Console) {
    let (profiles, deliveries) = (profiles::profiles(), profiles::deliveries());
    if console.json() {
        profiles.iter().for_each(|profile| {
            console.print(&profile.to_json_line());
        });
        deliveries.iter().for_each(|delivery| {
            console.print(&delivery.to_json_line());
        });
    } else {
        let text = text::lists(&profiles, &deliveries, &console.text());
        console.print(&text);
    }
}

/// A profile of that name, else a delivery of that name.
fn show(name: &str, report: Option<&PathBuf>, force: bool, console: &mut Console) -> Result<()> {
    let unknown = match profiles::profile(name) {
        Ok(profile) => {
            if let Some(path) = report {
                super::written::refuse_existing(&[path], force)?;
                write_text(path, &profile_html(&profile)?)?;
            }
            show_profile(&profile, console);
            return Ok(());
        }
        // Another kind of document, or no such profile: it may be a delivery.
        Err(error @ (Error::UnknownName { .. } | Error::Schema { .. })) => error,
        Err(error) => return Err(error),
    };
    match profiles::delivery(name) {
        Ok(_) if report.is_some() => {
            Err(Error::usage(format!("{name} is a delivery; --report draws profiles: leave it out")))
        }
        Ok(delivery) => {
            show_delivery(&delivery, console);
            Ok(())
        }
        Err(Error::UnknownName { .. } | Error::Schema { .. }) => Err(unknown),
        Err(error) => Err(error),
    }
}

fn show_profile(profile: &Profile, console: &mut Console) {
    console.print_document(profile, |options| text::profile(profile, options));
}

fn show_delivery(delivery: &Delivery, console: &mut Console) {
    console.print_document(delivery, |options| text::delivery(delivery, options));
}
