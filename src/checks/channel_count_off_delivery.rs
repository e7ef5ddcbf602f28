//! `FILE006`

use super::Context;
use super::registry::{Findings, check};
use crate::model::{Fix, Severity};
use crate::units::Unit;

check! {
    /// ### What it measures
    /// The number of channels of a master against those that the delivery accepts.
    ///
    /// ### Why it matters
    /// A disc has two channels; a mono file is rejected or plays on one side.
    ///
    /// ### What to do
    /// Write the accepted number: a mono song as two equal channels.
    ///
    /// ### References
    /// The delivery's own source.
    "FILE006" "channel-count-off-delivery" Fail since "0.1.0" => run
}

fn run(cx: &Context, found: &mut Findings) {
    let channels = cx.analysis.source.channels;
    let accepted = &cx.delivery.channels;
    if !cx.is_master() || accepted.is_empty() || accepted.contains(&channels) {
        return;
    }
    let list: Vec<String> = accepted.iter().map(u16::to_string).collect();
    let noun = if channels == 1 { "channel" } else { "channels" };
    found
        .push(Severity::Fail, format!("{channels} {noun}, not accepted by {}", cx.delivery.title))
        .measured(f64::from(channels), Unit::None)
        .expected(format!("{} channels", list.join(" or ")))
        .advice(Fix::Master, "write the accepted number of channels; a mono song as two equal ones");
}
