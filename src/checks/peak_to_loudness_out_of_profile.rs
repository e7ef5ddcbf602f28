//! `DYN002`

use super::Context;
use super::registry::{Findings, check};
use crate::model::{Fix, Severity};
use crate::units::Unit;

check! {
    /// ### What it measures
    /// The peak to loudness ratio against the span of the profile. A mix may be as open as it likes.
    ///
    /// ### Why it matters
    /// Denser than the music of its kind: transients are missing. More open: in a master it will play
    /// quieter than its neighbours.
    ///
    /// ### What to do
    /// Denser: ease the bus compression and limiting. More open: leave it, or let the limiter work a little
    /// more.
    ///
    /// ### References
    /// The span is that of the profile, with its own source.
    "DYN002" "peak-to-loudness-out-of-profile" Warn since "0.1.0" => run
}

/// Distance in tolerances from which it is worth a warning.
const FAR_TOLERANCES: f64 = 2.0;

/// Most that is asked for in one go (engineering choice).
const MOST_EASE_DB: f64 = 4.0;

fn run(cx: &Context, found: &mut Findings) {
    let Some(deviation) = cx.deviation("dynamics.plr_lu") else { return };
    let (distance, expected) = (deviation.tolerances, deviation.expected);
    if distance.abs() <= 1.0 || (distance > 0.0 && cx.is_mix()) {
        return;
    }
    let (word, severity, fix, advice) = if distance < 0.0 {
        let severity = cx.by_profile(distance < -FAR_TOLERANCES);
        let fix = if cx.is_mix() { Fix::Mix } else { Fix::Master };
        (
            "denser",
            severity,
            fix,
            format!(
                "ease compression and limiting by about {:.0} dB",
                (expected.low - deviation.measured).clamp(1.0, MOST_EASE_DB)
            ),
        )
    } else {
        (
            "more open",
            Severity::Info,
            Fix::None,
            "leave it for the sake of the dynamics, or let the limiter take the highest peaks".to_string(),
        )
    };
    found
        .push(
            severity,
            format!(
                "{:.1} dB from loudness to peak is {word} than usual in {}",
                deviation.measured,
                cx.profile_name()
            ),
        )
        .measured(deviation.measured, Unit::Lu)
        .expected(format!("{:.1} to {:.1} LU", expected.low, expected.high))
        .advice(fix, advice)
        .confidence(cx.profile_confidence());
}
