//! `profile list|show|build|diff`: what is typical, where it comes from, and how to make one's own.

use super::console::Console;
use super::{InputArgs, Outcome, inputs};
use crate::error::{Error, Result};
use crate::model::{Delivery, Persisted, Profile};
use crate::pipeline::profile_from_weighted;
use crate::profiles::{self, Recipe, SMALLEST_FOR_SPREAD};
use crate::report::text;
use crate::units::{Quantity, Unit};
use clap::{Args, Subcommand};
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
    },
}

pub(super) fn run(args: &ProfileArgs, console: &mut Console) -> Result<Outcome> {
    match &args.action {
        Action::List => list(console),
        Action::Show { name } => show(name, console)?,
        Action::Build { inputs, name, title, weight, output, force } => {
            super::master::refuse_existing(&[output], *force)?;
            let paths = inputs::expand(inputs)?;
            let progress = console.progress();
            let recipe = Recipe {
                name: name.clone(),
                title: title.clone().unwrap_or_else(|| name.clone()),
                source: "measured from the user's own files".to_string(),
                licence: "as the files".to_string(),
            };
            let weighted = weighted(&paths, weight)?;
            let profile = profile_from_weighted(&weighted, &recipe, progress.as_ref())?;
            profile.save(output)?;
            console.print_document(&profile, |options| text::profile(&profile, options));
            if paths.len() < SMALLEST_FOR_SPREAD {
                console.note(&format!(
                    "note: {} of the {SMALLEST_FOR_SPREAD} references that show a spread: tolerances are assumed instead, and percentiles are not given",
                    paths.len()
                ));
            }
            console.note(&format!("written: {}", output.display()));
        }
        Action::Diff { a, b } => {
            let (a, b) = (profiles::profile(a)?, profiles::profile(b)?);
            for difference in profiles::diff(&a, &b) {
                let unit = Unit::of_path(&difference.measure);
                let apart = if difference.is_apart() { "  apart" } else { "" };
                let line = format!(
                    "{:38} {:>12} {:>12}  {:+.1}{apart}",
                    difference.measure,
                    Quantity::new(difference.a.p50, unit).to_string(),
                    Quantity::new(difference.b.p50, unit).to_string(),
                    difference.median_shift()
                );
                console.print(&line);
            }
        }
        Action::BuildReference { tables, output } => {
            for profile in profiles::build_from_tables(tables)? {
                let path = output.join(format!("{}.json", profile.name));
                profile.save(&path)?;
                console.print(&path.display().to_string());
            }
        }
    }
    Ok(Outcome::Done)
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
fn show(name: &str, console: &mut Console) -> Result<()> {
    let unknown = match profiles::profile(name) {
        Ok(profile) => {
            show_profile(&profile, console);
            return Ok(());
        }
        Err(error) => error,
    };
    match profiles::delivery(name) {
        Ok(delivery) => {
            show_delivery(&delivery, console);
            Ok(())
        }
        Err(Error::UnknownName { .. }) => Err(unknown),
        Err(error) => Err(error),
    }
}

fn show_profile(profile: &Profile, console: &mut Console) {
    console.print_document(profile, |options| text::profile(profile, options));
}

fn show_delivery(delivery: &Delivery, console: &mut Console) {
    console.print_document(delivery, |options| text::delivery(delivery, options));
}
