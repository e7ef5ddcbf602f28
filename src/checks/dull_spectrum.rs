//! `TONE004`

use super::Context;
use super::registry::{Findings, check};
use crate::model::{Fix, Severity};
use crate::units::Unit;

check! {
    /// ### What it measures
    /// The treble (4.3 to 12.2 kHz) against the profile: the mean distance of its bands in tolerances, when
    /// it is low.
    ///
    /// ### Why it matters
    /// A dull mix sounds veiled next to others of its kind, and small loudspeakers make it duller.
    ///
    /// ### What to do
    /// A high shelf of 1 to 2 dB from 6 kHz; first look for a low-pass or a de-esser that does too much.
    ///
    /// ### References
    /// The span is that of the profile, with its own source.
    "TONE004" "dull-spectrum" Warn since "0.1.0" => run
}

/// Mean distance in tolerances worth a word.
const OFF_TOLERANCES: f64 = 1.0;
/// Mean distance in tolerances worth a warning.
const FAR_TOLERANCES: f64 = 2.0;

fn run(cx: &Context, found: &mut Findings) {
    let Some(tolerances) = cx.treble_tolerances() else { return };
    if tolerances >= -OFF_TOLERANCES {
        return;
    }
    found
        .push(
            if tolerances.abs() > FAR_TOLERANCES { Severity::Warn } else { Severity::Info },
            format!("the treble (4.3 to 12.2 kHz) is {:.1} tolerances under {}", tolerances.abs(), cx.profile_name()),
        )
        .measured(tolerances, Unit::None)
        .expected("within 1 tolerance")
        .advice(Fix::Master, "look for a low-pass or a de-esser that does too much; else +1 to +2 dB with a high shelf from 6 kHz")
        .confidence(cx.profile_confidence());
}
