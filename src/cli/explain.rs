//! `explain CODE`: the documentation of a check.

use super::Outcome;
use super::console::Console;
use crate::checks;
use crate::error::Result;
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
        let list: Vec<String> = checks::CHECKS
            .iter()
            .map(|check| (check.code, check.name))
            .chain(stems::SET_CHECKS.iter().map(|check| (check.code, check.name)))
            .map(|(code, name)| format!("{code:8} {name}"))
            .collect();
        console.print(&list.join("\n"));
        return Ok(Outcome::Done);
    };
    let text = stems::explain(code).map_or_else(|| checks::explain(code), Ok)?;
    console.print(&text);
    Ok(Outcome::Done)
}
