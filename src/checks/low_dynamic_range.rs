//! `DYN005`

use super::Context;
use super::registry::{Findings, check};
use crate::model::Fix;
use crate::units::Unit;

check! {
    /// ### What it measures
    /// The dynamic range by the TT method, below 5 dB, in a master with less than 12 LU from loudness to
    /// peak: a steady sound has a low range without any limiter.
    ///
    /// ### Why it matters
    /// Ratings of releases print this number; below 5 a record is called out for its loudness.
    ///
    /// ### What to do
    /// Lower the drive into the limiter by 2 dB and measure again.
    ///
    /// ### References
    /// TT Dynamic Range Meter (exact 3 s blocks, as PyMasVis). 'DR6 or lower' is common in modern releases,
    /// so that only less is mentioned.
    "DYN005" "low-dynamic-range" Info since "0.1.0" => run
}

/// Worth a word below this.
const LOW_DB: f64 = 5.0;

/// With this much from loudness to peak nothing was limited: a steady sound has a low range by itself.
const OPEN_PLR_LU: f64 = 12.0;

fn run(cx: &Context, found: &mut Findings) {
    let Some(range_db) = cx.analysis.dynamics.dr_db else { return };
    if !cx.is_master()
        || range_db >= LOW_DB
        || cx.analysis.dynamics.plr_lu.is_some_and(|plr_lu| plr_lu >= OPEN_PLR_LU)
    {
        return;
    }
    found
        .info(format!("dynamic range of {range_db:.1} dB by the TT method"))
        .measured(range_db, Unit::Db)
        .expected(format!("at least {LOW_DB:.0} dB"))
        .advice(Fix::Master, "drive the limiter 2 dB less and compare both versions at equal loudness");
}
