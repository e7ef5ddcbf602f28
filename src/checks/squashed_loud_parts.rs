//! `DYN003`

use super::Context;
use super::context::series_range;
use super::registry::{Findings, check};
use crate::model::{Fix, Severity};
use crate::units::{Unit, clock};

check! {
    /// ### What it measures
    /// The smallest peak to short-term ratio: true peak minus loudness inside the loudest three seconds.
    ///
    /// ### Why it matters
    /// The loudest moments are where a limiter works hardest; below 4 LU they are a wall.
    ///
    /// ### What to do
    /// Automate the loudest section down by a decibel or two in front of the limiter, or lower its drive.
    ///
    /// ### References
    /// AES e-brief 373 (2017, Shepherd et al.): keep the minimum at 8 or more. A digest flags below 4 LU.
    /// From 6 to 8 current pop is usual and stays unmentioned.
    "DYN003" "squashed-loud-parts" Warn since "0.1.0" => run
}

/// Worth a word below this.
const DENSE_LU: f64 = 6.0;
/// Worth a warning below this.
const WALL_LU: f64 = 4.0;

fn run(cx: &Context, found: &mut Findings) {
    let Some(psr_lu) = cx.analysis.dynamics.psr_min_lu else { return };
    if psr_lu >= DENSE_LU {
        return;
    }
    let loudest = cx
        .analysis
        .loudness
        .short_term_lufs
        .iter()
        .enumerate()
        .filter_map(|(index, lufs)| Some((index, (*lufs)?)))
        .max_by(|a, b| a.1.total_cmp(&b.1))
        .map(|(index, _)| series_range(index.saturating_sub(29), index + 1));
    found
        .push(
            if psr_lu < WALL_LU { Severity::Warn } else { Severity::Info },
            format!("the loudest parts have only {psr_lu:.1} dB from loudness to peak"),
        )
        .measured(psr_lu, Unit::Lu)
        .expected(format!("at least {DENSE_LU:.0} LU"))
        .at(loudest)
        .advice(
            if cx.is_mix() { Fix::Mix } else { Fix::Master },
            format!(
                "turn the loudest passage{} down by 1 to 2 dB in front of the limiter, or drive the limiter {:.0} dB less",
                loudest.map_or_else(String::new, |range| format!(" (at {})", clock(range.start_s, false))),
                (DENSE_LU - psr_lu).clamp(1.0, 4.0)
            ),
        )
        .confidence(0.8);
}
