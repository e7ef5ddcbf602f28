//! `LOUD002`

use super::Context;
use super::registry::{Findings, check};
use crate::model::{Fix, Severity};
use crate::units::Unit;

check! {
    /// ### What it measures
    /// The integrated loudness of a master against the target of the delivery, within its tolerance. For a
    /// service that normalises, only a file that plays quieter than the target after the service's own gain
    /// is reported.
    ///
    /// ### Why it matters
    /// A norm without normalisation (broadcast, podcast) rejects or plays the file as it is. A service that
    /// normalises turns loud files down by itself, but raises quiet ones only as far as their peaks allow,
    /// or not at all.
    ///
    /// ### What to do
    /// Move the gain by the difference; where the peaks do not allow that, limit, or accept the quieter
    /// playback for the sake of the dynamics.
    ///
    /// ### References
    /// EBU R 128 v5; ATSC A/85; AES77-2023; the delivery's own source.
    "LOUD002" "off-target-loudness" Fail since "0.1.0" => run
}

/// Difference between songs of a playlist that is clearly heard (engineering choice).
const CLEARLY_HEARD_LU: f64 = 3.0;

fn run(cx: &Context, found: &mut Findings) {
    let (Some(integrated_lufs), Some(target_lufs)) =
        (cx.analysis.loudness.integrated_lufs, cx.delivery.integrated_lufs)
    else {
        return;
    };
    let difference_lu = integrated_lufs - target_lufs;
    let tolerance_lu = cx.delivery.tolerance_lu;
    if !cx.is_master() || difference_lu.abs() <= tolerance_lu {
        return;
    }
    let expected = format!("{target_lufs:.1} LUFS within {tolerance_lu:.1} LU");
    let Some(service) = &cx.delivery.normalisation else {
        let direction = if difference_lu > 0.0 { "over" } else { "under" };
        found
            .push(
                Severity::Fail,
                format!(
                    "{integrated_lufs:.1} LUFS is {:.1} LU {direction} the {target_lufs:.1} LUFS of {}",
                    difference_lu.abs(),
                    cx.delivery.title
                ),
            )
            .measured(integrated_lufs, Unit::Lufs)
            .expected(expected)
            .advice(Fix::Master, change(cx, -difference_lu));
        return;
    };
    if difference_lu > 0.0 {
        return;
    }
    let raised_lu = match (service.raises, service.raises_until_dbtp, cx.analysis.peaks.true_peak_dbtp) {
        (false, ..) => 0.0,
        (true, Some(until_dbtp), Some(peak_dbtp)) => (until_dbtp - peak_dbtp).clamp(0.0, -difference_lu),
        (true, ..) => -difference_lu,
    };
    let short_lu = -difference_lu - raised_lu;
    if short_lu <= tolerance_lu {
        return;
    }
    // A quiet kind of music is meant to be quiet: a loudness inside the profile's span is no fault.
    let usual =
        cx.deviation("loudness.integrated_lufs").is_some_and(|deviation| deviation.tolerances.abs() <= 1.0);
    let severity = if usual || short_lu <= CLEARLY_HEARD_LU { Severity::Info } else { Severity::Warn };
    found
        .push(
            severity,
            format!(
                "plays {short_lu:.1} LU quieter than the {target_lufs:.1} LUFS of {}: {integrated_lufs:.1} LUFS{}",
                cx.delivery.title,
                if raised_lu >= 0.1 {
                    format!(", of which the service makes up {raised_lu:.1} LU")
                } else {
                    String::new()
                }
            ),
        )
        .measured(integrated_lufs, Unit::Lufs)
        .expected(expected)
        // What the service adds it takes back from a file that is louder by itself: the whole way has to be gone.
        .advice(Fix::Master, change(cx, -difference_lu));
}

/// Limiting that an engineer would propose at most for the sake of a target (engineering choice).
const MOST_LIMITING_DB: f64 = 4.0;

/// What brings the file to its target.
fn change(cx: &Context, gain_lu: f64) -> String {
    if gain_lu <= 0.0 {
        return format!("turn the file down by {:.1} dB", -gain_lu);
    }
    let headroom_db =
        cx.analysis.peaks.true_peak_dbtp.map_or(0.0, |peak_dbtp| cx.delivery.ceiling_dbtp - peak_dbtp);
    let limiting_db = gain_lu - headroom_db.max(0.0);
    let gain = format!("raise the gain by {gain_lu:.1} dB");
    if limiting_db > MOST_LIMITING_DB {
        return format!(
            "raise the gain by {:.1} dB and stay {:.1} dB under the target: the whole way would take {limiting_db:.1} dB of limiting",
            gain_lu - (limiting_db - MOST_LIMITING_DB),
            limiting_db - MOST_LIMITING_DB
        );
    }
    if headroom_db >= gain_lu {
        format!("{gain}; the peaks stay under the ceiling")
    } else {
        format!("{gain}; that takes {limiting_db:.1} dB of limiting, or stay quieter and keep the peaks")
    }
}
