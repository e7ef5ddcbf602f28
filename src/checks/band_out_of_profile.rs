//! `TONE001`

use super::Context;
use super::context::{band_words, hertz};
use super::registry::{Findings, check};
use crate::model::Fix;
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
    /// Broad and little: half the distance, at most 3 dB down or 1.5 dB up, with a Q of about 0.7 to 1. In a
    /// mix, rather on the instrument than on the bus. A song that is far from the whole profile is told so
    /// (unlike-profile) and gets no advice from it.
    ///
    /// ### References
    /// The span is that of the profile, with its own source; conversion errors are part of it
    /// (docs/profiles.md).
    "TONE001" "band-out-of-profile" Warn since "0.1.0" => run
}

/// Distance in tolerances from which a region is worth a warning.
const FAR_TOLERANCES: f64 = 2.0;
/// Most that is advised to take in one place.
const MOST_CUT_DB: f64 = 3.0;
/// Most that is advised to lift: what is not in the mix is not lifted, only its noise (engineering choice).
const MOST_LIFT_DB: f64 = 1.5;
/// Range in which third octaves that were converted from K-weighted bands are precise enough.
const CONVERTED_HZ: (f64, f64) = (160.0, 4000.0);

fn run(cx: &Context, found: &mut Findings) {
    if cx.is_unlike_profile() {
        return;
    }
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
        let most_db = if over { MOST_CUT_DB } else { MOST_LIFT_DB };
        let half_db = distance_db.abs() / 2.0;
        let correction_db = half_db.min(most_db);
        let why = match (over, half_db > most_db) {
            (true, false) => "half of what the loud parts have over the profile",
            (true, true) => "no more in one place; the rest belongs into the mix",
            (false, false) => "half of what the loud parts lack, where an instrument plays there",
            (false, true) => {
                "no more, and only where an instrument plays there; the rest belongs into the mix"
            }
        };
        let (low_hz, high_hz) = (region[0].0, region[region.len() - 1].0);
        let extent =
            if region.len() == 1 { String::new() } else { format!(" ({})", band_words(low_hz, high_hz)) };
        let far = worst.tolerances.abs() > FAR_TOLERANCES;
        found
            .push(
                cx.by_profile(far),
                format!(
                    "{:.1} dB {} the middle of {} at {}{extent}",
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
                    "{}{correction_db:.1} dB at {}, broad (Q {}): {why}",
                    if over { "-" } else { "+" },
                    hertz(*center_hz),
                    if region.len() > 3 { "0.7" } else { "1" },
                ),
            )
            .confidence(cx.profile_confidence());
    }
}
