//! `STER006`

use super::Context;
use super::registry::{Findings, check};
use crate::model::{Fix, Severity};
use crate::units::Unit;

check! {
    /// ### What it measures
    /// Side against mid from 0.4 to 12.2 kHz against the profile: the mean distance in tolerances, when it
    /// is wide.
    ///
    /// ### Why it matters
    /// Width beyond the usual costs punch and mono compatibility.
    ///
    /// ### What to do
    /// Side -1 to -2 dB in mastering; in the mix, less widening of pads and voices.
    ///
    /// ### References
    /// The span is that of the profile, with its own source.
    "STER006" "wider-than-profile" Warn since "0.1.0" => run
}

/// Mean distance in tolerances worth a word.
const OFF_TOLERANCES: f64 = 1.0;
/// Mean distance in tolerances worth a warning.
const FAR_TOLERANCES: f64 = 2.0;

fn run(cx: &Context, found: &mut Findings) {
    let Some(stereo) = &cx.analysis.stereo else { return };
    let Some(tolerances) = cx.width_tolerances() else { return };
    // Mono and anti-phase have findings of their own.
    if tolerances <= OFF_TOLERANCES || stereo.dual_mono || stereo.polarity_inverted {
        return;
    }
    found
        .push(
            if tolerances.abs() > FAR_TOLERANCES { Severity::Warn } else { Severity::Info },
            format!(
                "the stereo image is {:.1} tolerances wider than {}",
                tolerances.abs(),
                cx.profile_name()
            ),
        )
        .measured(tolerances, Unit::None)
        .expected("within 1 tolerance")
        .advice(Fix::Master, "turn the side down by 1 to 2 dB and listen in mono; better, take back widening on single tracks of the mix")
        .confidence(cx.profile_confidence());
}
