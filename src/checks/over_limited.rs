//! `DYN001`

use super::Context;
use super::registry::{Findings, check};
use crate::model::{Fix, Severity};
use crate::units::Unit;

check! {
    /// ### What it measures
    /// The peak to loudness ratio of a master (true peak minus integrated loudness): a word below 8 LU, a
    /// warning below 6.
    ///
    /// ### Why it matters
    /// Below 6 LU hardly any transient is left; drums lose their attack, and every service plays it no
    /// louder than an open master.
    ///
    /// ### What to do
    /// Take 2 to 3 dB off the gain in front of the limiter and compare both at equal loudness.
    ///
    /// ### References
    /// Over-limited flags of mastering digests: PLR below 6, worth a look from 6 to 8; Shepherd asks for at
    /// least 8 at the loudest moments. Of the 10 153 released tracks of bakuage_dataset1 2.0 % lie below 8
    /// and 0.1 % below 6, of 138 pop tracks 8 % and none (`cargo test genre_tables`).
    "DYN001" "over-limited" Warn since "0.1.0" => run
}

/// Worth a word below this.
const DENSE_LU: f64 = 8.0;
/// Worth a warning below this.
const CRUSHED_LU: f64 = 6.0;

fn run(cx: &Context, found: &mut Findings) {
    let Some(plr_lu) = cx.analysis.dynamics.plr_lu else { return };
    if !cx.is_master() || plr_lu >= DENSE_LU {
        return;
    }
    let lost = cx
        .analysis
        .dynamics
        .limited_db
        .filter(|lost_db| *lost_db >= 1.0)
        .map_or(String::new(), |lost_db| format!("; about {lost_db:.1} dB of crest are gone"));
    // Where the kind of music is usually that dense, it is a style and not a slip.
    let usual = cx.deviation("dynamics.plr_lu").is_some_and(|deviation| deviation.tolerances >= -1.0);
    let severity = if plr_lu < CRUSHED_LU && !usual { Severity::Warn } else { Severity::Info };
    found
        .push(severity, format!("only {plr_lu:.1} dB from loudness to peak{lost}"))
        .measured(plr_lu, Unit::Lu)
        .expected(format!("at least {DENSE_LU:.0} LU"))
        .advice(
            Fix::Master,
            format!(
                "take {:.0} dB off the gain in front of the limiter and compare both versions at equal loudness",
                (DENSE_LU - plr_lu).clamp(1.0, 4.0)
            ),
        )
        .confidence(0.8);
}
