//! `TONE006`

use super::Context;
use super::registry::{Findings, check};
use crate::model::Fix;
use crate::units::Unit;

check! {
    /// ### What it measures
    /// How much the bands from 5 to 8 kHz jump out of their own median (p90 against p50 of the frames),
    /// compared with those from 1 to 3.15 kHz, where the treble is already over the profile.
    ///
    /// ### Why it matters
    /// Sharp s sounds grow with every limiter and encoder and cannot be cut on vinyl.
    ///
    /// ### What to do
    /// De-ess the voice in the mix by 2 to 4 dB around 6 to 8 kHz; hi-hats look the same to this check, so
    /// listen first.
    ///
    /// ### References
    /// Detector band 5 to 10 kHz as de-essers use it; thresholds are engineering choices.
    "TONE006" "sibilant-peaks" Info since "0.1.0" => run
}

/// How much more the s range jumps than the voice range.
const JUMPIER_DB: f64 = 4.0;

fn run(cx: &Context, found: &mut Findings) {
    let spread_db = |low_hz: f64, high_hz: f64| {
        let spreads: Vec<f64> = cx
            .analysis
            .tone
            .bands
            .iter()
            .filter(|band| (low_hz..=high_hz).contains(&band.center_hz))
            .filter_map(|band| Some(band.p90_db? - band.p50_db?))
            .collect();
        (!spreads.is_empty()).then(|| spreads.iter().sum::<f64>() / spreads.len() as f64)
    };
    let (Some(sharp_db), Some(voice_db)) = (spread_db(4900.0, 8100.0), spread_db(990.0, 3200.0)) else {
        return;
    };
    let bright = cx.treble_tolerances().is_some_and(|tolerances| tolerances > 0.5);
    let jumpier_db = sharp_db - voice_db;
    if !bright || jumpier_db <= JUMPIER_DB {
        return;
    }
    found
        .info(format!("5 to 8 kHz jumps {jumpier_db:.1} dB more than the voice range, in a bright spectrum"))
        .measured(jumpier_db, Unit::Db)
        .expected(format!("at most {JUMPIER_DB:.0} dB"))
        .advice(
            Fix::Mix,
            "listen for sharp s sounds; de-ess the voice by 2 to 4 dB around 6 to 8 kHz, or tame the hi-hat",
        )
        .confidence(0.4);
}
