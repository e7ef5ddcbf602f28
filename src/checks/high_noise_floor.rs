//! `DEF010`

use super::Context;
use super::registry::{Findings, check};
use crate::model::{Fix, SectionLabel};
use crate::units::Unit;

check! {
    /// ### What it measures
    /// The level of the quietest parts (third percentile of 50 ms RMS) against the loudness, in songs that
    /// have quiet parts and a wide loudness range.
    ///
    /// ### Why it matters
    /// Noise that is hidden at full level shows in intros and endings, and comes up with mastering gain.
    ///
    /// ### What to do
    /// Gate or edit the pauses of single tracks; reduce noise gently before the bus compressor.
    ///
    /// ### References
    /// Thresholds are engineering choices: tape of the seventies lies about 55 dB below the music. Only
    /// songs whose loudness range shows real pauses are judged.
    "DEF010" "high-noise-floor" Info since "0.1.0" => run
}

/// Loudness range from which the quietest parts may be pauses and not music.
const PAUSES_RANGE_LU: f64 = 15.0;
/// Distance of the floor below the loudness that stays unmentioned.
const QUIET_BELOW_DB: f64 = 35.0;

fn run(cx: &Context, found: &mut Findings) {
    let (Some(floor_dbfs), Some(integrated_lufs), Some(range_lu)) = (
        cx.analysis.defects.noise_floor_dbfs,
        cx.analysis.loudness.integrated_lufs,
        cx.analysis.loudness.range_lu,
    ) else {
        return;
    };
    let below_db = integrated_lufs - floor_dbfs;
    let pauses = cx.analysis.sections.iter().any(|section| section.label == SectionLabel::Quiet);
    if !pauses || range_lu < PAUSES_RANGE_LU || below_db >= QUIET_BELOW_DB {
        return;
    }
    found
        .info(format!(
            "the quietest parts lie only {below_db:.1} dB below the loudness, in a song with pauses"
        ))
        .measured(floor_dbfs, Unit::Dbfs)
        .expected(format!("more than {QUIET_BELOW_DB:.0} dB below the loudness"))
        .advice(Fix::Mix, "listen to the quietest parts for hiss, hum and spill; where there is any, clean the single track that brings it")
        .confidence(0.3);
}
