//! `DYN004`

use super::Context;
use super::context::{band_edges, hertz};
use super::registry::{Findings, check};
use crate::model::Fix;
use crate::units::Unit;

check! {
    /// ### What it measures
    /// The crest of each octave band against the profile, where the profile knows it (profiles built from
    /// references).
    ///
    /// ### Why it matters
    /// A band far below its usual crest has been compressed by itself: a flat kick, a snare without attack.
    ///
    /// ### What to do
    /// Ease the compression of the instrument that lives in the band.
    ///
    /// ### References
    /// Crest per octave band; Pestana & Reiss (2014) report it for number-one singles. The span is that of
    /// the profile.
    "DYN004" "flat-band" Info since "0.1.0" => run
}

/// Distance in tolerances from which a band is worth a word.
const FAR_TOLERANCES: f64 = -1.5;

fn run(cx: &Context, found: &mut Findings) {
    let worst = cx
        .deviations_like("dynamics.bands[", ".crest_db")
        .filter(|deviation| deviation.tolerances < FAR_TOLERANCES)
        .min_by(|a, b| a.tolerances.total_cmp(&b.tolerances));
    let Some(deviation) = worst else { return };
    let Some((center_hz, _)) = band_edges(&deviation.measure) else { return };
    let missing_db = deviation.expected.mid - deviation.measured;
    found
        .info(format!(
            "the octave at {} has {missing_db:.1} dB less crest than usual in {}",
            hertz(center_hz),
            cx.profile_name()
        ))
        .measured(deviation.measured, Unit::Db)
        .expected(format!("{:.1} to {:.1} dB", deviation.expected.low, deviation.expected.high))
        .advice(Fix::Mix, format!("ease the compression of what plays around {}", hertz(center_hz)))
        .confidence(cx.profile_confidence());
}
