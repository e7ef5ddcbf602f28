//! `PEAK003`

use super::Context;
use super::context::series_range;
use super::registry::{Findings, MOST_PLACES, check};
use crate::model::Fix;
use crate::units::Unit;

check! {
    /// ### What it measures
    /// How often the reconstructed signal passes 0 dBTP between samples, and where most.
    ///
    /// ### Why it matters
    /// Each excursion may clip in a converter or an encoder. Few are inaudible, hundreds are a sound.
    ///
    /// ### What to do
    /// Limit with a true-peak limiter to a ceiling of -1 dBTP.
    ///
    /// ### References
    /// ITU-R BS.1770-5, annex 2.
    "PEAK003" "inter-sample-overs" Info since "0.1.0" => run
}

fn run(cx: &Context, found: &mut Findings) {
    let peaks = &cx.analysis.peaks;
    let Some(true_peak_dbtp) = peaks.true_peak_dbtp else { return };
    if peaks.over_count == 0 || true_peak_dbtp <= 0.0 {
        return;
    }
    let mut over: Vec<(usize, f32)> = peaks
        .true_peak_dbtp_series
        .iter()
        .enumerate()
        .filter_map(|(index, peak_dbtp)| Some((index, (*peak_dbtp)?)))
        .filter(|(_, peak_dbtp)| *peak_dbtp > 0.0)
        .collect();
    over.sort_by(|a, b| b.1.total_cmp(&a.1));
    over.truncate(MOST_PLACES);
    over.sort_by_key(|(index, _)| *index);
    let times = if peaks.over_count == 1 { "once" } else { "times" };
    let count = if peaks.over_count == 1 { String::new() } else { format!("{} ", peaks.over_count) };
    found
        .info(format!(
            "the signal passes full scale between samples {count}{times}, by up to {true_peak_dbtp:.1} dB"
        ))
        .measured(peaks.over_count as f64, Unit::None)
        .expected("no true peak over 0 dBTP")
        .at(over.iter().map(|(index, _)| series_range(*index, index + 1)))
        .advice(
            if cx.is_mix() { Fix::Mix } else { Fix::Master },
            format!(
                "turn the whole file down by {:.1} dB, or let a true-peak limiter hold {:.1} dBTP",
                true_peak_dbtp.max(0.1),
                cx.delivery.ceiling_dbtp.min(-1.0)
            ),
        );
}
