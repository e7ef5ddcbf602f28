//! `self-test`: the standards' cases on this machine, as a table.

use super::Outcome;
use super::console::Console;
use crate::error::Result;
use crate::report::text;
use crate::selftest;
use clap::Args;

/// Measure the standards' test signals on this machine and say whether every reading is in its tolerance
#[derive(Args)]
pub(super) struct SelfTestArgs {}

pub(super) fn run(_args: &SelfTestArgs, console: &mut Console) -> Result<Outcome> {
    let result = selftest::run();
    console.print_document(&result, |options| text::self_test(&result, options));
    Ok(if result.passed { Outcome::Done } else { Outcome::Found })
}
