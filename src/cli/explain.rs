//! `explain CODE`: the documentation of a check.

use super::Outcome;
use super::console::Console;
use crate::checks;
use crate::error::Result;
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
        let list: Vec<String> =
            checks::CHECKS.iter().map(|check| format!("{:8} {}", check.code, check.name)).collect();
        console.print(&list.join("\n"));
        return Ok(Outcome::Done);
    };
    console.print(&checks::explain(code)?);
    Ok(Outcome::Done)
}
