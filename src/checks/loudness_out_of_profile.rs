//! `LOUD004`

use super::Context;
use super::registry::{Findings, check};
use crate::model::Fix;
use crate::units::Unit;

check! {
    /// ### What it measures
    /// The integrated loudness against the span of the profile.
    ///
    /// ### Why it matters
    /// Between songs of its kind, a master far outside the span sounds like a different edition. For a mix
    /// it only says how much mastering will change: mastering sets the loudness.
    ///
    /// ### What to do
    /// Nothing in a mix. In a master, aim inside the span, or at the delivery's target.
    ///
    /// ### References
    /// ITU-R BS.1770-5; the span is that of the profile, with its own source.
    "LOUD004" "loudness-out-of-profile" Warn since "0.1.0" => run
}

/// Distance in tolerances from which a master gets a warning.
const FAR_TOLERANCES: f64 = 2.0;

fn run(cx: &Context, found: &mut Findings) {
    let Some(deviation) = cx.deviation("loudness.integrated_lufs") else { return };
    if deviation.tolerances.abs() <= 1.0 {
        return;
    }
    let expected = deviation.expected;
    let word = if deviation.tolerances > 0.0 { "louder" } else { "quieter" };
    // A delivery with a loudness of its own decides; `LOUD002` judges that.
    let aimed = cx.delivery.integrated_lufs.is_some();
    let far = cx.is_master() && !aimed && deviation.tolerances.abs() > FAR_TOLERANCES;
    let distance_lu = expected.mid - deviation.measured;
    let (fix, advice) = if cx.is_mix() {
        (Fix::None, "nothing to do in the mix: mastering sets the loudness".to_string())
    } else {
        (
            Fix::Master,
            match cx.delivery.integrated_lufs {
                Some(target_lufs) => format!(
                    "aim at the {target_lufs:.1} LUFS of {}; other songs of the profile stand near {:.1} LUFS ({distance_lu:+.1} dB from here)",
                    cx.delivery.title, expected.mid
                ),
                None => format!(
                    "a gain of {distance_lu:+.1} dB leads to the {:.1} LUFS of the middle of the profile, as far as the peaks allow",
                    expected.mid
                ),
            },
        )
    };
    found
        .push(
            cx.by_profile(far),
            format!("{:.1} LUFS is {word} than usual in {}", deviation.measured, cx.profile_name()),
        )
        .measured(deviation.measured, Unit::Lufs)
        .expected(format!("{:.1} to {:.1} LUFS", expected.low, expected.high))
        .advice(fix, advice)
        .confidence(cx.profile_confidence());
}
