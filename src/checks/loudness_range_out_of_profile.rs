//! `LOUD003`

use super::Context;
use super::registry::{Findings, check};
use crate::model::Fix;
use crate::units::Unit;

check! {
    /// ### What it measures
    /// The loudness range (EBU Tech 3342) against the span of the profile. Files under one minute are left
    /// out, where the measure is not stable.
    ///
    /// ### Why it matters
    /// Far below the span, verse and chorus stand at one level and nothing is left to rise to. Far above
    /// it, quiet parts vanish in a car or a kitchen.
    ///
    /// ### What to do
    /// Too narrow: ease the compression and the automation of the mix. Too wide: ride the level of the
    /// quiet parts before any compressor does it.
    ///
    /// ### References
    /// EBU Tech 3342 v4; the span is that of the profile, with its own source.
    "LOUD003" "loudness-range-out-of-profile" Warn since "0.1.0" => run
}

/// Shortest file whose loudness range means something (EBU Tech 3342 flags the first minute as unstable).
const SHORTEST_S: f64 = 60.0;
/// Distance in tolerances from which it is worth a warning.
const FAR_TOLERANCES: f64 = 2.0;

/// Most that a ride of the level lifts before it is heard as one (engineering choice).
const MOST_RIDE_DB: f64 = 4.0;

fn run(cx: &Context, found: &mut Findings) {
    let Some(deviation) = cx.deviation("loudness.range_lu") else { return };
    if deviation.tolerances.abs() <= 1.0 || cx.analysis.source.duration_s < SHORTEST_S {
        return;
    }
    let expected = deviation.expected;
    let wide = deviation.tolerances > 0.0;
    let (word, fix, advice) = if wide {
        (
            "wider",
            Fix::Master,
            format!(
                "ride the quiet parts up by about {:.0} dB by hand before any compressor; music that lives on its contrasts stays",
                (deviation.measured - expected.high).clamp(1.0, MOST_RIDE_DB)
            ),
        )
    } else {
        (
            "narrower",
            Fix::Mix,
            "let the verses be 1 to 2 dB quieter against the choruses, or ease bus compression; a song of one loudness stays as it is".to_string(),
        )
    };
    // Narrow is a style of whole genres; wide is lost in a car.
    let severity = cx.by_profile(deviation.tolerances > FAR_TOLERANCES);
    found
        .push(
            severity,
            format!(
                "loudness range of {:.1} LU is {word} than usual in {}",
                deviation.measured,
                cx.profile_name()
            ),
        )
        .measured(deviation.measured, Unit::Lu)
        .expected(format!("{:.1} to {:.1} LU", expected.low, expected.high))
        .advice(fix, advice)
        .confidence(cx.profile_confidence());
}
