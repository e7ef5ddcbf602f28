//! `MONO004`

use super::Context;
use super::context::hertz;
use super::registry::{Findings, check};
use crate::model::{Fix, Severity};
use crate::units::Unit;

check! {
    /// ### What it measures
    /// The side signal in the third octaves below the frequency under which the delivery demands mono
    /// (vinyl), where the band lies within 20 dB of the loudest one.
    ///
    /// ### Why it matters
    /// Side in the bass moves the cutting head up and down: the groove gets shallow and the needle jumps.
    ///
    /// ### What to do
    /// Mono below the named frequency before the lacquer is cut.
    ///
    /// ### References
    /// Cutting guides: in phase below 150 Hz, some plants 300 Hz (the delivery's own source). -10 dB of
    /// side is a correlation of about 0.8.
    "MONO004" "stereo-bass-for-medium" Warn since "0.1.0" => run
}

/// Side that a cut still bears.
const MOST_SIDE_DB: f64 = -10.0;

fn run(cx: &Context, found: &mut Findings) {
    let (Some(stereo), Some(below_hz)) = (&cx.analysis.stereo, cx.delivery.mono_below_hz) else { return };
    let worst = cx
        .audible_stereo_bands(stereo)
        .into_iter()
        .filter(|band| band.center_hz < below_hz)
        .filter_map(|band| Some((band.center_hz, band.side_to_mid_db?)))
        .max_by(|a, b| a.1.total_cmp(&b.1));
    let Some((center_hz, side_db)) = worst.filter(|(_, side_db)| *side_db > MOST_SIDE_DB) else { return };
    found
        .push(
            if cx.is_master() { Severity::Warn } else { Severity::Info },
            format!(
                "side is {side_db:.1} dB against mid at {}, where {} wants mono",
                hertz(center_hz),
                cx.delivery.title
            ),
        )
        .measured(side_db, Unit::Db)
        .expected(format!("at most {MOST_SIDE_DB:.0} dB below {}", hertz(below_hz)))
        .advice(Fix::Master, format!("remove the side signal below {}", hertz(below_hz)));
}
