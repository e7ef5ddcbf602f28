//! The `mixproof` program: parse, run, exit code.

fn main() {}
