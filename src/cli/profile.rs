//! `profile list|show|build|diff`: what is typical, where it comes from, and how to make one's own.

use super::console::Console;
use super::{InputArgs, Outcome, inputs};
use crate::error::{Error, Result};
use crate::model::{Delivery, Persisted, Profile};
use crate::pipeline::profile_from_references;
use crate::profiles;
use crate::report::text;
use clap::{Args, Subcommand};
use std::path::PathBuf;

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

        /// The file to write
        #[arg(short, long, value_name = "FILE.json")]
        output: PathBuf,

        /// Replace an existing file
        #[arg(long)]
        force: bool,
    },
}

pub(super) fn run(args: &ProfileArgs, console: &mut Console) -> Result<Outcome> {
    match &args.action {
        Action::List => list(console),
        Action::Show { name } => show(name, console)?,
        Action::Build { inputs, name, output, force } => {
            super::master::refuse_existing(&[output], *force)?;
            let paths = inputs::expand(inputs)?;
            let progress = console.progress();
            let profile = profile_from_references(&paths, name, progress.as_ref())?;
            profile.save(output)?;
            console.print_document(&profile, |options| text::profile(&profile, options));
            console.note(&format!("written: {}", output.display()));
        }
    }
    Ok(Outcome::Done)
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
