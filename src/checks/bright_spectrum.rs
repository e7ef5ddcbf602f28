//! `TONE005`

use super::Context;
use super::registry::{Findings, check};
use crate::model::{Fix, Severity};
use crate::units::Unit;

check! {
    /// ### What it measures
    /// The treble (4.3 to 12.2 kHz) against the profile: the mean distance of its bands in tolerances, when
    /// it is high.
    ///
    /// ### Why it matters
    /// A bright mix tires the ear, drives encoders hard and cannot be cut on vinyl.
    ///
    /// ### What to do
    /// A high shelf of -1 to -2 dB from 6 kHz; de-ess the voice rather than the whole.
    ///
    /// ### References
    /// The span is that of the profile, with its own source.
    "TONE005" "bright-spectrum" Warn since "0.1.0" => run
}

/// Mean distance in tolerances worth a word.
const OFF_TOLERANCES: f64 = 1.0;
/// Mean distance in tolerances worth a warning.
const FAR_TOLERANCES: f64 = 2.0;

fn run(cx: &Context, found: &mut Findings) {
    let Some(tolerances) = cx.treble_tolerances() else { return };
    if tolerances <= OFF_TOLERANCES {
        return;
    }
    found
        .push(
            if tolerances.abs() > FAR_TOLERANCES { Severity::Warn } else { Severity::Info },
            format!(
                "the treble (4.3 to 12.2 kHz) is {:.1} tolerances over {}",
                tolerances.abs(),
                cx.profile_name()
            ),
        )
        .measured(tolerances, Unit::None)
        .expected("within 1 tolerance")
        .advice(
            Fix::Master,
            "-1 to -2 dB with a high shelf from 6 kHz; where the voice is sharp, a de-esser on it in the mix",
        )
        .confidence(cx.profile_confidence());
}
