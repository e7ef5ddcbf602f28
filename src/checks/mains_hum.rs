//! `DEF005`

use super::Context;
use super::registry::{Findings, check};
use crate::model::{Fix, Severity};
use crate::units::Unit;

check! {
    /// ### What it measures
    /// Steady lines at 50 or 60 Hz and their harmonics.
    ///
    /// ### Why it matters
    /// Hum comes up in the pauses and with every decibel of gain.
    ///
    /// ### What to do
    /// Notch filters on the channel that hums, or a gate in its pauses; find the ground loop before the
    /// next take.
    ///
    /// ### References
    /// Electric network frequency, base and at least two harmonics; audible from about 50 dB below the
    /// music (engineering choice).
    "DEF005" "mains-hum" Warn since "0.1.0" => run
}

/// Harmonics that make a hum of a low note.
const LEAST_HARMONICS: u32 = 3;
/// Distance below the loudness at which hum is heard in pauses.
const AUDIBLE_BELOW_DB: f64 = 50.0;

fn run(cx: &Context, found: &mut Findings) {
    let Some(hum) = cx.analysis.defects.hum.as_ref().filter(|hum| hum.harmonics >= LEAST_HARMONICS) else {
        return;
    };
    let loudness = cx.analysis.loudness.integrated_lufs.unwrap_or(hum.level_dbfs);
    let audible = loudness - hum.level_dbfs < AUDIBLE_BELOW_DB;
    found
        .push(
            if audible { Severity::Warn } else { Severity::Info },
            format!(
                "mains hum at {:.1} Hz with {} harmonics, {:.1} dBFS",
                hum.base_hz, hum.harmonics, hum.level_dbfs
            ),
        )
        .measured(hum.level_dbfs, Unit::Dbfs)
        .expected(format!("more than {AUDIBLE_BELOW_DB:.0} dB below the loudness"))
        .advice(
            Fix::Mix,
            format!(
                "notch {:.0} Hz and its harmonics on the channel that hums; listen in its pauses",
                hum.base_hz
            ),
        )
        .confidence(0.6);
}
