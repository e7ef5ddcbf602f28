//! `FILE004`

use super::Context;
use super::registry::{Findings, check};
use crate::model::{Fix, Severity};
use crate::units::Unit;

check! {
    /// ### What it measures
    /// The sample rate of a master against those that the delivery accepts.
    ///
    /// ### Why it matters
    /// A distributor rejects it, or converts it unheard.
    ///
    /// ### What to do
    /// Convert with a good resampler as the last step before dither.
    ///
    /// ### References
    /// The delivery's own source.
    "FILE004" "sample-rate-off-delivery" Fail since "0.1.0" => run
}

fn run(cx: &Context, found: &mut Findings) {
    let rate_hz = cx.analysis.source.sample_rate_hz;
    let accepted = &cx.delivery.sample_rates_hz;
    if !cx.is_master() || accepted.is_empty() || accepted.contains(&rate_hz) {
        return;
    }
    let list: Vec<String> = accepted.iter().map(u32::to_string).collect();
    found
        .push(Severity::Fail, format!("sample rate of {rate_hz} Hz is not accepted by {}", cx.delivery.title))
        .measured(f64::from(rate_hz), Unit::Hz)
        .expected(format!("{} Hz", list.join(", ")))
        .advice(
            Fix::Master,
            format!("convert to {} Hz before limiting and dither", nearest(accepted, rate_hz)),
        );
}

/// The accepted rate that the file is best converted to: the lowest that keeps all of it, else the highest.
fn nearest(accepted: &[u32], rate_hz: u32) -> u32 {
    let above = accepted.iter().copied().filter(|accepted_hz| *accepted_hz >= rate_hz).min();
    above.or(accepted.iter().copied().max()).unwrap_or(rate_hz)
}
