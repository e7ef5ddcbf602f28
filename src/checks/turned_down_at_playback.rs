//! `LOUD008`

use super::Context;
use super::registry::{Findings, check};
use crate::model::Fix;
use crate::units::Unit;

check! {
    /// ### What it measures
    /// By how much a service that normalises turns a master down.
    ///
    /// ### Why it matters
    /// Loudness above the service's target is not heard as loudness; what limiting took away stays away.
    ///
    /// ### What to do
    /// Nothing, if it is meant to sound dense. Otherwise a less limited master plays just as loud and keeps
    /// its peaks.
    ///
    /// ### References
    /// The delivery's own source.
    "LOUD008" "turned-down-at-playback" Info since "0.1.0" => run
}

fn run(cx: &Context, found: &mut Findings) {
    let (Some(integrated_lufs), Some(service)) =
        (cx.analysis.loudness.integrated_lufs, &cx.delivery.normalisation)
    else {
        return;
    };
    let over_lu = integrated_lufs - service.target_lufs;
    if !cx.is_master() || over_lu <= cx.delivery.tolerance_lu {
        return;
    }
    found
        .info(format!("played {over_lu:.1} dB lower by {}, from {integrated_lufs:.1} LUFS", cx.delivery.title))
        .measured(over_lu, Unit::Db)
        .expected(format!("{:.1} LUFS plays unchanged", service.target_lufs))
        .advice(
            Fix::None,
            format!("nothing has to change; up to {over_lu:.1} dB of limiting could be given back at the same playback loudness"),
        );
}
