//! `ORIG003`

use super::Context;
use super::registry::{Findings, check};
use crate::model::Fix;
use crate::units::Unit;

check! {
    /// ### What it measures
    /// Low bits of an integer file that are always zero.
    ///
    /// ### Why it matters
    /// A 24-bit file with 16 bits of music was converted up; somebody may have dithered, or truncated, on
    /// the way.
    ///
    /// ### What to do
    /// Ask whether a 24-bit export exists. The file itself is fine to work with.
    ///
    /// ### References
    /// Trailing zero bits over all samples; shares below 99 % accuse too many files (audiocheckr).
    "ORIG003" "padded-bits" Info since "0.1.0" => run
}

fn run(cx: &Context, found: &mut Findings) {
    let Some(padded) = cx.analysis.origin.padded_bits.filter(|bits| *bits > 0) else { return };
    let Some(bits) = cx.analysis.source.bits else { return };
    found
        .info(format!(
            "{padded} of {bits} bits are always zero: the file holds {} bits of audio",
            bits.saturating_sub(padded)
        ))
        .measured(f64::from(bits.saturating_sub(padded)), Unit::None)
        .expected(format!("{bits} bits"))
        .advice(Fix::Mix, "ask for an export at the full bit depth, from before the conversion");
}
