//! `FILE012`

use super::Context;
use super::registry::{Findings, check};
use crate::model::Fix;
use crate::units::Unit;

check! {
    /// ### What it measures
    /// Whether a mix comes in 16 bit or less.
    ///
    /// ### Why it matters
    /// Mastering raises quiet parts together with the rounding of 16 bit; dither would happen twice.
    ///
    /// ### What to do
    /// Export at 24 bit or floating point, without dither.
    ///
    /// ### References
    /// Quantisation noise of 16 bit with dither lies at -96 dBFS minus 4.8 dB of dither; 24 bit lies 48 dB
    /// lower.
    "FILE012" "low-bit-depth-mix" Info since "0.1.0" => run
}

/// Depth that a mix should have at least.
const WANTED_BITS: u16 = 24;

fn run(cx: &Context, found: &mut Findings) {
    let Some(bits) = cx.analysis.source.bits else { return };
    if !cx.is_mix() || cx.is_float() || bits >= WANTED_BITS {
        return;
    }
    found
        .info(format!("the mix comes in {bits} bit"))
        .measured(f64::from(bits), Unit::None)
        .expected(format!("{WANTED_BITS} bit or floating point"))
        .advice(Fix::Mix, "export at 24 bit or floating point, without dither and without a limiter");
}
