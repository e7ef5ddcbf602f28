//! `STER006`

use super::Context;
use super::registry::{Findings, check};
use crate::model::Fix;
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
    let Some(gap) = cx.width() else { return };
    // Mono and anti-phase have findings of their own.
    if gap.tolerances <= OFF_TOLERANCES || stereo.dual_mono || stereo.polarity_inverted {
        return;
    }
    found
        .push(
            cx.by_profile(gap.tolerances.abs() > FAR_TOLERANCES),
            format!(
                "the side lies {:.1} dB over the middle of {}: the image is wider",
                gap.distance_db.abs(),
                cx.profile_name()
            ),
        )
        .measured(gap.distance_db, Unit::Db)
        .expected(gap.usual())
        .advice(Fix::Master, "turn the side down by 1 to 2 dB and listen in mono; better, take back widening on single tracks of the mix")
        .confidence(cx.profile_confidence());
}
