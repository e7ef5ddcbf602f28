//! `TONE001`

use super::Context;
use super::context::hertz;
use super::registry::{Findings, check};
use crate::model::{Fix, Severity};
use crate::units::Unit;

check! {
    /// ### What it measures
    /// The third octaves of the loud parts, smoothed over neighbours and level-matched, against the spans
    /// of the profile. Neighbouring bands that miss on the same side are one finding. Where the profile
    /// also knows the nine K-weighted bands, low end and treble are judged by those
    /// (low-end-out-of-profile, dull-spectrum, bright-spectrum) and this check looks from 160 Hz to 4 kHz.
    ///
    /// ### Why it matters
    /// A region well over its usual level masks its neighbours; well under it, something is missing.
    ///
    /// ### What to do
    /// Broad and little: half the distance, at most 3 dB, with a Q of about 0.7 to 1. In a mix, rather on
    /// the instrument than on the bus.
    ///
    /// ### References
    /// The span is that of the profile, with its own source; conversion errors are part of it
    /// (docs/profiles.md).
    "TONE001" "band-out-of-profile" Warn since "0.1.0" => run
}

/// Distance in tolerances from which a region is worth a warning.
const FAR_TOLERANCES: f64 = 2.0;
/// Most correction that is advised in one place.
const MOST_CORRECTION_DB: f64 = 3.0;
/// Range in which third octaves that were converted from K-weighted bands are precise enough.
const CONVERTED_HZ: (f64, f64) = (160.0, 4000.0);

fn run(cx: &Context, found: &mut Findings) {
    let converted = !cx.k_band_deviations(".level_db", 0.0, 22_050.0).is_empty();
    let bands: Vec<_> = cx
        .tone_deviations()
        .into_iter()
        .filter(|(center_hz, _)| !converted || (CONVERTED_HZ.0..=CONVERTED_HZ.1).contains(center_hz))
        .collect();
    let side = |tolerances: f64| if tolerances.abs() > 1.0 { tolerances.signum() } else { 0.0 };
    for region in bands.chunk_by(|a, b| side(a.1.tolerances) == side(b.1.tolerances)) {
        let Some((center_hz, worst)) =
            region.iter().max_by(|a, b| a.1.tolerances.abs().total_cmp(&b.1.tolerances.abs()))
        else {
            continue;
        };
        if side(worst.tolerances) == 0.0 {
            continue;
        }
        let distance_db = worst.measured - worst.expected.mid;
        let over = distance_db > 0.0;
        let correction_db = (distance_db.abs() / 2.0).min(MOST_CORRECTION_DB);
        let (low_hz, high_hz) = (region[0].0, region[region.len() - 1].0);
        let extent = if region.len() == 1 {
            String::new()
        } else {
            format!(" ({} to {})", hertz(low_hz), hertz(high_hz))
        };
        let far = worst.tolerances.abs() > FAR_TOLERANCES;
        found
            .push(
                if far { Severity::Warn } else { Severity::Info },
                format!(
                    "{:.1} dB {} {} at {}{extent}",
                    distance_db.abs(),
                    if over { "over" } else { "under" },
                    cx.profile_name(),
                    hertz(*center_hz)
                ),
            )
            .measured(worst.measured, Unit::Db)
            .expected(format!("{:.1} to {:.1} dB", worst.expected.low, worst.expected.high))
            .advice(
                Fix::Master,
                format!(
                    "{}{correction_db:.1} dB at {}, broad (Q {}): about half of what the loud parts have {} the profile",
                    if over { "-" } else { "+" },
                    hertz(*center_hz),
                    if region.len() > 3 { "0.7" } else { "1" },
                    if over { "over" } else { "under" }
                ),
            )
            .confidence(cx.profile_confidence());
    }
}
