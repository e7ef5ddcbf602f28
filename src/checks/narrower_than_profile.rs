//! `STER007`

use super::Context;
use super::registry::{Findings, check};
use crate::model::Fix;
use crate::units::Unit;

check! {
    /// ### What it measures
    /// Side against mid from 0.4 to 12.2 kHz against the profile: the mean distance in tolerances, when it
    /// is narrow.
    ///
    /// ### Why it matters
    /// A narrow mix sounds small next to others of its kind.
    ///
    /// ### What to do
    /// Pan the doubled instruments further out in the mix; in mastering at most 1 to 2 dB more side above
    /// 300 Hz.
    ///
    /// ### References
    /// The span is that of the profile, with its own source.
    "STER007" "narrower-than-profile" Warn since "0.1.0" => run
}

/// Mean distance in tolerances worth a word.
const OFF_TOLERANCES: f64 = 1.0;
/// Mean distance in tolerances worth a warning.
const FAR_TOLERANCES: f64 = 3.0;

fn run(cx: &Context, found: &mut Findings) {
    let Some(stereo) = &cx.analysis.stereo else { return };
    let Some(gap) = cx.width() else { return };
    // Mono and anti-phase have findings of their own.
    if gap.tolerances >= -OFF_TOLERANCES || stereo.dual_mono || stereo.polarity_inverted {
        return;
    }
    found
        .push(
            cx.by_profile(gap.tolerances.abs() > FAR_TOLERANCES),
            format!(
                "the side lies {:.1} dB under the middle of {}: the image is narrower",
                gap.distance_db.abs(),
                cx.profile_name()
            ),
        )
        .measured(gap.distance_db, Unit::Db)
        .expected(gap.usual())
        .advice(
            Fix::Mix,
            "pan doubles and rooms further out in the mix; in mastering at most +1 to +2 dB of side above 300 Hz; a song that is meant to be narrow stays as it is",
        )
        .confidence(cx.profile_confidence());
}
