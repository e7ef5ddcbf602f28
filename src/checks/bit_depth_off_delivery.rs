//! `FILE005`

use super::Context;
use super::registry::{Findings, check};
use crate::model::{Fix, Severity};
use crate::units::Unit;

check! {
    /// ### What it measures
    /// The bit depth of a lossless master against those that the delivery accepts. Floating point is no
    /// delivery format of any of them.
    ///
    /// ### Why it matters
    /// A distributor rejects it, or cuts the low bits off without dither.
    ///
    /// ### What to do
    /// Write the accepted depth, with dither for 16 bit.
    ///
    /// ### References
    /// The delivery's own source.
    "FILE005" "bit-depth-off-delivery" Fail since "0.1.0" => run
}

fn run(cx: &Context, found: &mut Findings) {
    let accepted = &cx.delivery.bits;
    let Some(bits) = cx.analysis.source.bits else { return };
    if !cx.is_master() || accepted.is_empty() || (accepted.contains(&bits) && !cx.is_float()) {
        return;
    }
    let list: Vec<String> = accepted.iter().map(u16::to_string).collect();
    let kind = if cx.is_float() { "floating point" } else { "integer" };
    let best = accepted.iter().max().copied().unwrap_or(bits);
    found
        .push(Severity::Fail, format!("{bits}-bit {kind} is not accepted by {}", cx.delivery.title))
        .measured(f64::from(bits), Unit::None)
        .expected(format!("{} bits, integer", list.join(" or ")))
        .advice(Fix::Master, format!("write {best} bits{}", if best <= 16 { " with dither" } else { "" }));
}
