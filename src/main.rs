//! The `mixproof` program: parse, run, exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    mixproof::cli::run()
}
