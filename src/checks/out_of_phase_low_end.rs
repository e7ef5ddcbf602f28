//! `MONO003`

use super::Context;
use super::context::hertz;
use super::registry::{Findings, check};
use crate::model::{Fix, Severity};
use crate::units::{Quantity, Unit};

check! {
    /// ### What it measures
    /// The correlation of left and right in the third octaves up to 125 Hz that lie within 20 dB of the
    /// loudest band.
    ///
    /// ### Why it matters
    /// Low notes out of phase cancel in the room even in stereo, vanish in clubs and lift the needle of a
    /// record.
    ///
    /// ### What to do
    /// Mono below 100 to 150 Hz (side high-pass), or mend the bass in the mix: polarity of direct and
    /// amplifier track, stereo effects on the bass.
    ///
    /// ### References
    /// Below 0.5 under 120 Hz: engineering choice of the standards digest, section 4. A tenth of jazz and
    /// classical recordings has side nearly as strong as mid there, so that only anti-phase is a warning.
    "MONO003" "out-of-phase-low-end" Warn since "0.1.0" => run
}

/// Highest third octave of the low end.
const HIGHEST_HZ: f64 = 126.0;
/// Correlation worth a word.
const LOOSE: f64 = 0.5;
/// Below this the sides work against each other.
const AGAINST: f64 = 0.0;

fn run(cx: &Context, found: &mut Findings) {
    let Some(stereo) = &cx.analysis.stereo else { return };
    let worst = cx
        .audible_stereo_bands(stereo)
        .into_iter()
        .filter(|band| band.center_hz <= HIGHEST_HZ)
        .filter_map(|band| Some((band.center_hz, band.correlation?)))
        .min_by(|a, b| a.1.total_cmp(&b.1));
    let Some((center_hz, correlation)) = worst.filter(|(_, correlation)| *correlation < LOOSE) else {
        return;
    };
    let severity = if correlation < AGAINST { Severity::Warn } else { Severity::Info };
    let how = if correlation < AGAINST { "against each other" } else { "loosely together" };
    found
        .push(severity, format!("left and right move {how} at {}: correlation {}", hertz(center_hz), Quantity::new(correlation, Unit::None)))
        .measured(correlation, Unit::None)
        .expected(format!("at least {LOOSE:.1} below 125 Hz"))
        .advice(
            if correlation < AGAINST { Fix::Mix } else { Fix::Master },
            "mono below 120 Hz (side high-pass, 12 dB per octave); where it is one bass, mend its polarity in the mix",
        )
        .confidence(0.8);
}
