//! `TONE007`

use super::Context;
use super::context::hertz;
use super::registry::{Findings, check};
use crate::model::Fix;
use crate::units::Unit;

check! {
    /// ### What it measures
    /// The highest frequency before the spectrum falls into its floor, when it lies below 14 kHz.
    ///
    /// ### Why it matters
    /// A spectrum that ends early was recorded, resampled or encoded narrowly; no equaliser brings back
    /// what is not there.
    ///
    /// ### What to do
    /// Look for the file from before the narrow step. Old recordings and some instruments end there by
    /// nature.
    ///
    /// ### References
    /// Low-rate encoders cut between 11 and 16 kHz (section 6 of the standards digest); the limit is an
    /// engineering choice.
    "TONE007" "narrow-bandwidth" Info since "0.1.0" => run
}

/// Music of today reaches further up than this.
const NARROW_HZ: f64 = 14_000.0;

fn run(cx: &Context, found: &mut Findings) {
    let Some(bandwidth_hz) = cx.analysis.tone.bandwidth_hz else { return };
    let nyquist_hz = f64::from(cx.analysis.source.sample_rate_hz) / 2.0;
    if bandwidth_hz >= NARROW_HZ || nyquist_hz <= NARROW_HZ {
        return;
    }
    found
        .info(format!("the spectrum ends at {}", hertz(bandwidth_hz)))
        .measured(bandwidth_hz, Unit::Hz)
        .expected(format!("at least {}", hertz(NARROW_HZ)))
        .advice(Fix::Mix, "look for a wider source; do not boost above, there is only noise")
        .confidence(0.6);
}
