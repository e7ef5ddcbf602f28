//! `TONE008`

use super::Context;
use super::registry::{Findings, check};
use crate::model::Fix;
use crate::units::Unit;

check! {
    /// ### What it measures
    /// The low end (below 148 Hz) against the profile: its distance in tolerances, by the K-weighted band
    /// where both sides have it. Silent where the whole spectrum is of another kind (unlike-profile).
    ///
    /// ### Why it matters
    /// Too much low end makes limiters pump and small loudspeakers choke; too little leaves a song without
    /// weight.
    ///
    /// ### What to do
    /// A low shelf at 100 Hz by half the distance, at most 2 dB; in a mix, the balance of kick and bass.
    ///
    /// ### References
    /// The span is that of the profile, with its own source.
    "TONE008" "low-end-out-of-profile" Warn since "0.1.0" => run
}

/// Distance in tolerances worth a warning.
const FAR_TOLERANCES: f64 = 2.0;
/// Too little bass is more often a kind of music (folk, chamber music, chip tunes) than a fault: it warns later.
const FAR_UNDER_TOLERANCES: f64 = 3.0;

/// Most that a shelf moves; more is a matter of the mix (engineering choice).
const MOST_CORRECTION_DB: f64 = 2.0;

fn run(cx: &Context, found: &mut Findings) {
    let Some(gap) = cx.low_end() else { return };
    if gap.tolerances.abs() <= 1.0 || cx.is_unlike_profile() {
        return;
    }
    let (word, sign, kind) =
        if gap.tolerances > 0.0 { ("over", "-", "heavy") } else { ("under", "+", "light") };
    found
        .push(
            cx.by_profile(!(-FAR_UNDER_TOLERANCES..=FAR_TOLERANCES).contains(&gap.tolerances)),
            format!("the low end (below 148 Hz) lies {:.1} dB {word} the middle of {}", gap.distance_db.abs(), cx.profile_name()),
        )
        .measured(gap.distance_db, Unit::Db)
        .expected(gap.usual())
        .advice(Fix::Master, format!("{sign}{:.1} dB with a low shelf at 100 Hz, unless this kind of music is meant to be {kind}; better by the balance of kick and bass in the mix", gap.half_db(MOST_CORRECTION_DB)))
        .confidence(cx.profile_confidence());
}
