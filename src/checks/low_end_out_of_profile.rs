//! `TONE008`

use super::Context;
use super::registry::{Findings, check};
use crate::model::{Fix, Severity};
use crate::units::Unit;

check! {
    /// ### What it measures
    /// The low end (below 148 Hz) against the profile: its distance in tolerances, by the K-weighted band
    /// where both sides have it.
    ///
    /// ### Why it matters
    /// Too much low end makes limiters pump and small loudspeakers choke; too little leaves a song without
    /// weight.
    ///
    /// ### What to do
    /// A low shelf of 1 to 2 dB at 100 Hz; in a mix, the balance of kick and bass.
    ///
    /// ### References
    /// The span is that of the profile, with its own source.
    "TONE008" "low-end-out-of-profile" Warn since "0.1.0" => run
}

/// Distance in tolerances worth a warning.
const FAR_TOLERANCES: f64 = 2.0;
/// Too little bass is more often a kind of music (folk, chamber music, chip tunes) than a fault: it warns later.
const FAR_UNDER_TOLERANCES: f64 = 3.0;

fn run(cx: &Context, found: &mut Findings) {
    let Some(tolerances) = cx.low_end_tolerances() else { return };
    if tolerances.abs() <= 1.0 {
        return;
    }
    let (word, sign) = if tolerances > 0.0 { ("over", "-") } else { ("under", "+") };
    found
        .push(
            if (-FAR_UNDER_TOLERANCES..=FAR_TOLERANCES).contains(&tolerances) { Severity::Info } else { Severity::Warn },
            format!("the low end (below 148 Hz) is {:.1} tolerances {word} {}", tolerances.abs(), cx.profile_name()),
        )
        .measured(tolerances, Unit::None)
        .expected("within 1 tolerance")
        .advice(Fix::Master, format!("{sign}1 to {sign}2 dB with a low shelf at 100 Hz, unless this kind of music is meant to be {}; better by the balance of kick and bass in the mix", if tolerances > 0.0 { "heavy" } else { "light" }))
        .confidence(cx.profile_confidence());
}
