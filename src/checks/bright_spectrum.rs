//! `TONE005`

use super::Context;
use super::registry::{Findings, check};
use crate::model::Fix;
use crate::units::Unit;

check! {
    /// ### What it measures
    /// The treble (4.3 to 12.2 kHz) against the profile: the mean distance of its bands in tolerances, when
    /// it is high. Silent where the whole spectrum is of another kind (unlike-profile).
    ///
    /// ### Why it matters
    /// A bright mix tires the ear, drives encoders hard and cannot be cut on vinyl.
    ///
    /// ### What to do
    /// A high shelf from 6 kHz by half the distance, at most -3 dB; de-ess the voice rather than the whole.
    ///
    /// ### References
    /// The span is that of the profile, with its own source.
    "TONE005" "bright-spectrum" Warn since "0.1.0" => run
}

/// Mean distance in tolerances worth a word.
const OFF_TOLERANCES: f64 = 1.0;
/// Mean distance in tolerances worth a warning.
const FAR_TOLERANCES: f64 = 2.0;

/// Most that a shelf takes (engineering choice).
const MOST_CUT_DB: f64 = 3.0;

fn run(cx: &Context, found: &mut Findings) {
    let Some(gap) = cx.treble() else { return };
    if gap.tolerances <= OFF_TOLERANCES || cx.is_unlike_profile() {
        return;
    }
    found
        .push(
            cx.by_profile(gap.tolerances.abs() > FAR_TOLERANCES),
            format!(
                "the treble (4.3 to 12.2 kHz) lies {:.1} dB over the middle of {}",
                gap.distance_db.abs(),
                cx.profile_name()
            ),
        )
        .measured(gap.distance_db, Unit::Db)
        .expected(gap.usual())
        .advice(
            Fix::Master,
            format!(
                "-{:.1} dB with a high shelf from 6 kHz; where the voice is sharp, a de-esser on it in the mix",
                gap.half_db(MOST_CUT_DB)
            ),
        )
        .confidence(cx.profile_confidence());
}
