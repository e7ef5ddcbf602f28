//! `DYN006`

use super::Context;
use super::context::{band_edges, band_words};
use super::registry::{Findings, check};
use crate::model::Fix;
use crate::units::Unit;

check! {
    /// ### What it measures
    /// How much the level of a frequency band moves in the course of the song (p95 minus p10 of its 400 ms
    /// blocks), against the profile, from 0 to 7.3 kHz.
    ///
    /// ### Why it matters
    /// A low end that moves more than usual is heard as single bass notes that jump out and others that
    /// vanish; in the presence range, as a voice that comes and goes.
    ///
    /// ### What to do
    /// Even the instrument out in the mix: ride its level, or compress it gently; in mastering, a slow
    /// multiband compressor of 1.5:1 on that band.
    ///
    /// ### References
    /// Range per band as the data sets of the shipped profiles define it (docs/profiles.md).
    "DYN006" "uneven-band-level" Info since "0.1.0" => run
}

/// Distance in tolerances from which a band is worth a word.
const FAR_TOLERANCES: f64 = 1.5;
/// Highest edge that is looked at: above, gates and noise floors make the range.
const HIGHEST_HZ: f64 = 7314.2;

fn run(cx: &Context, found: &mut Findings) {
    let worst = cx
        .k_band_deviations(".range_db", 0.0, HIGHEST_HZ)
        .into_iter()
        .filter(|deviation| deviation.tolerances > FAR_TOLERANCES)
        .max_by(|a, b| a.tolerances.total_cmp(&b.tolerances));
    let Some(deviation) = worst else { return };
    let Some((low_hz, high_hz)) = band_edges(&deviation.measure) else { return };
    let place = band_words(low_hz, high_hz);
    found
        .info(format!(
            "the level {place} moves over {:.1} dB, more than usual in {}",
            deviation.measured,
            cx.profile_name()
        ))
        .measured(deviation.measured, Unit::Db)
        .expected(format!("{:.1} to {:.1} dB", deviation.expected.low, deviation.expected.high))
        .advice(
            Fix::Mix,
            format!(
                "listen {place}: where one instrument comes and goes against its will, ride or compress it; breaks and quiet intros widen this number too, and stay"
            ),
        )
        .confidence(0.5 * cx.profile_confidence());
}
