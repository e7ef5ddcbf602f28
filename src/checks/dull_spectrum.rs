//! `TONE004`

use super::Context;
use super::registry::{Findings, check};
use crate::model::Fix;
use crate::units::Unit;

check! {
    /// ### What it measures
    /// The treble (4.3 to 12.2 kHz) against the profile: the mean distance of its bands in tolerances, when
    /// it is low. Silent where the whole spectrum is of another kind (unlike-profile).
    ///
    /// ### Why it matters
    /// A dull mix sounds veiled next to others of its kind, and small loudspeakers make it duller.
    ///
    /// ### What to do
    /// A high shelf from 6 kHz by half the distance, at most 2 dB; first look for a low-pass or a de-esser
    /// that does too much.
    ///
    /// ### References
    /// The span is that of the profile, with its own source.
    "TONE004" "dull-spectrum" Warn since "0.1.0" => run
}

/// Mean distance in tolerances worth a word.
const OFF_TOLERANCES: f64 = 1.0;
/// Mean distance in tolerances worth a warning.
const FAR_TOLERANCES: f64 = 2.0;

/// Most that a shelf lifts: more brings up hiss and sharp s sounds (engineering choice).
const MOST_LIFT_DB: f64 = 2.0;

fn run(cx: &Context, found: &mut Findings) {
    let Some(gap) = cx.treble() else { return };
    if gap.tolerances >= -OFF_TOLERANCES || cx.is_unlike_profile() {
        return;
    }
    found
        .push(
            cx.by_profile(gap.tolerances.abs() > FAR_TOLERANCES),
            format!("the treble (4.3 to 12.2 kHz) lies {:.1} dB under the middle of {}", gap.distance_db.abs(), cx.profile_name()),
        )
        .measured(gap.distance_db, Unit::Db)
        .expected(gap.usual())
        .advice(
            Fix::Master,
            format!(
                "look for a low-pass or a de-esser that does too much; else +{:.1} dB with a high shelf from 6 kHz",
                gap.half_db(MOST_LIFT_DB)
            ),
        )
        .confidence(cx.profile_confidence());
}
