//! `PEAK003`

use super::Context;
use super::context::series_range;
use super::registry::{Findings, MOST_PLACES, check};
use crate::model::Fix;
use crate::units::{Unit, clock};

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
    let times = match peaks.over_count {
        1 => "once".to_string(),
        count => format!("{count} times"),
    };
    let by = match true_peak_dbtp {
        over_db if over_db < 0.05 => "less than 0.1 dB".to_string(),
        over_db if peaks.over_count == 1 => format!("{over_db:.1} dB"),
        over_db => format!("up to {over_db:.1} dB"),
    };
    let place = if peaks.over_count == 1 { "," } else { ", most" };
    let most = over.iter().max_by(|a, b| a.1.total_cmp(&b.1)).map_or_else(String::new, |(index, _)| {
        format!("{place} at {}", clock(series_range(*index, *index).start_s, true))
    });
    found
        .info(format!("the signal passes full scale between samples {times}, by {by}{most}"))
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
