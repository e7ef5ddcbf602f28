//! `completions SHELL` and `man`: generated from the argument definitions.

use super::console::Console;
use super::{Cli, Outcome};
use crate::error::{Error, Result};
use clap::{Args, CommandFactory};

/// Print the completion script for a shell
#[derive(Args)]
pub(super) struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    shell: clap_complete::Shell,
}

/// Print the manual page
#[derive(Args)]
pub(super) struct ManArgs {}

pub(super) fn completions(args: &CompletionsArgs, console: &mut Console) -> Result<Outcome> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "mixproof", &mut script);
    console.print(&String::from_utf8_lossy(&script));
    Ok(Outcome::Done)
}

pub(super) fn man(_args: &ManArgs, console: &mut Console) -> Result<Outcome> {
    let mut page = Vec::new();
    clap_mangen::Man::new(Cli::command())
        .render(&mut page)
        .map_err(Error::io("man page".as_ref(), "write"))?;
    console.print(&String::from_utf8_lossy(&page));
    Ok(Outcome::Done)
}

/// What `--version` says beside the number: what was built, of what, with what.
pub(super) fn build_facts() -> String {
    let codecs = if cfg!(feature = "codecs") { "Vorbis, MP3, Opus" } else { "Vorbis" };
    format!(
        "{}\n{}{}, {}, {}\nlossy encoders: {codecs}; AAC where ffmpeg is installed\nmeasures_rev {}",
        env!("CARGO_PKG_VERSION"),
        env!("MIXPROOF_COMMIT"),
        env!("MIXPROOF_TARGET"),
        env!("MIXPROOF_RUSTC"),
        env!("MIXPROOF_PROFILE"),
        crate::model::MEASURES_REV,
    )
}
