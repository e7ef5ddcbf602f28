//! `explain CODE`: the documentation of a check.

use super::Outcome;
use super::console::Console;
use crate::album;
use crate::checks;
use crate::error::Result;
use crate::preview;
use crate::stems;
use clap::Args;

/// Explain a check: what it measures, why it matters, what to do
#[derive(Args)]
pub(super) struct ExplainArgs {
    /// Code or name, as in PEAK001 or true-peak-over-ceiling; without it all checks are listed
    #[arg(value_name = "CODE")]
    code: Option<String>,
}

pub(super) fn run(args: &ExplainArgs, console: &mut Console) -> Result<Outcome> {
    let Some(code) = &args.code else {
        let checks = checks::CHECKS.iter().map(|check| (check.code, check.name));
        let stems = stems::SET_CHECKS.iter().map(|check| (check.code, check.name));
        let album = album::FINDINGS.iter().map(|kind| (kind.code, kind.name));
        let preview = preview::FINDINGS.iter().map(|kind| (kind.code, kind.name));
        let all = checks.chain(stems).chain(album).chain(preview);
        let list: Vec<String> = all.map(|(code, name)| format!("{code:8} {name}")).collect();
        console.print(&list.join("\n"));
        return Ok(Outcome::Done);
    };
    let text = match album::explain(code).or_else(|| stems::explain(code)).or_else(|| preview::explain(code))
    {
        Some(text) => text,
        None => checks::explain(code)?,
    };
    console.print(&text);
    Ok(Outcome::Done)
}
