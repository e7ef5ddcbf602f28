//! `STER008`

use super::Context;
use super::registry::{Findings, check};
use crate::model::{Fix, Severity};
use crate::units::{Quantity, Unit};

check! {
    /// ### What it measures
    /// The correlation of left and right over the whole file, when it is below zero.
    ///
    /// ### Why it matters
    /// A song whose sides work against each other has no centre and loses its body in mono.
    ///
    /// ### What to do
    /// Look for inverted polarity on a main channel and for wideners on the bus.
    ///
    /// ### References
    /// Below 0 sustained is a phase problem; one implementation warns at -0.2 (standards digest, section
    /// 4).
    "STER008" "negative-correlation" Warn since "0.1.0" => run
}

/// Worth a warning below this.
const WARN_BELOW: f64 = -0.2;

fn run(cx: &Context, found: &mut Findings) {
    let Some(stereo) = &cx.analysis.stereo else { return };
    let Some(correlation) = stereo.correlation.filter(|correlation| *correlation < 0.0) else { return };
    // A file that is inverted as a whole has its own finding.
    if stereo.polarity_inverted {
        return;
    }
    found
        .push(
            if correlation < WARN_BELOW { Severity::Warn } else { Severity::Info },
            format!(
                "left and right work against each other: correlation {}",
                Quantity::new(correlation, Unit::None)
            ),
        )
        .measured(correlation, Unit::None)
        .expected("above 0")
        .advice(Fix::Mix, "look for inverted polarity on a main channel, and for wideners on the bus");
}
