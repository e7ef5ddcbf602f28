//! `DEF001`

use super::Context;
use super::registry::{Findings, check};
use crate::model::{Fix, Severity};
use crate::units::Unit;

check! {
    /// ### What it measures
    /// The mean of each channel.
    ///
    /// ### Why it matters
    /// A constant offset eats headroom on one side, clicks at every edit and makes compressors asymmetric.
    ///
    /// ### What to do
    /// A high-pass below 20 Hz, or the DC filter of the editor.
    ///
    /// ### References
    /// A note from 0.1 % (-60 dBFS), a warning from 1 % (dart_pop_n_click).
    "DEF001" "dc-offset" Warn since "0.1.0" => run
}

/// Share of full scale worth a word.
const NOTE: f64 = 0.001;
/// Share of full scale worth a warning.
const WARN: f64 = 0.01;

fn run(cx: &Context, found: &mut Findings) {
    let worst = cx
        .analysis
        .defects
        .dc_offset
        .iter()
        .copied()
        .enumerate()
        .max_by(|a, b| a.1.abs().total_cmp(&b.1.abs()));
    let Some((channel, offset)) = worst.filter(|(_, offset)| offset.abs() > NOTE) else { return };
    found
        .push(
            if offset.abs() > WARN { Severity::Warn } else { Severity::Info },
            format!("channel {} has a DC offset of {:+.2} % of full scale", channel + 1, 100.0 * offset),
        )
        .measured(offset, Unit::None)
        .expected(format!("within {:.1} %", 100.0 * NOTE))
        .advice(
            Fix::Master,
            "remove the offset by a high-pass at 10 to 20 Hz in front of all other processing",
        );
}
