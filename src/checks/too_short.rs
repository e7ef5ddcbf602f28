//! `FILE009`

use super::Context;
use super::registry::{Findings, check};
use crate::model::{Fix, Severity};
use crate::units::Unit;

check! {
    /// ### What it measures
    /// The duration against the shortest that the delivery accepts, and against 30 s for services that
    /// normalise.
    ///
    /// ### Why it matters
    /// A disc refuses tracks under 4 s; streaming services count no play under 30 s.
    ///
    /// ### What to do
    /// Join it to its neighbour, or deliver it as part of an album only.
    ///
    /// ### References
    /// IEC 60908 (4 s); the count from 30 s on is common knowledge of the trade, unconfirmed.
    "FILE009" "too-short" Warn since "0.1.0" => run
}

/// Shortest play that streaming services count.
const COUNTED_S: f64 = 30.0;

fn run(cx: &Context, found: &mut Findings) {
    let duration_s = cx.analysis.source.duration_s;
    if !cx.is_master() {
        return;
    }
    let demanded = cx.delivery.min_duration_s.filter(|shortest_s| duration_s < *shortest_s);
    let (severity, shortest_s, advice) = match demanded {
        Some(shortest_s) => (
            Severity::Warn,
            shortest_s,
            "join the piece to its neighbour, or add silence up to the shortest accepted length",
        ),
        None if cx.delivery.normalisation.is_some() && duration_s < COUNTED_S => {
            (Severity::Info, COUNTED_S, "keep it as part of an album; as a single its plays may not count")
        }
        None => return,
    };
    found
        .push(severity, format!("the file lasts {duration_s:.1} s"))
        .measured(duration_s, Unit::S)
        .expected(format!("at least {shortest_s:.0} s"))
        .advice(Fix::None, advice);
}
