//! `STER001`

use super::Context;
use super::registry::{Findings, check};
use crate::model::{Fix, Severity};
use crate::units::Unit;

check! {
    /// ### What it measures
    /// The level of left against right over the whole file.
    ///
    /// ### Why it matters
    /// A lopsided master pulls the voice off the centre on every system.
    ///
    /// ### What to do
    /// Look for a panned channel or a pan law first; in mastering, half the difference on each side.
    ///
    /// ### References
    /// More than 1 dB is worth a note, more than 2 dB a warning: engineering choices of the standards
    /// digest, section 4.
    "STER001" "channel-imbalance" Warn since "0.1.0" => run
}

/// Worth a word.
const NOTE_DB: f64 = 1.0;
/// Worth a warning.
const WARN_DB: f64 = 2.0;
/// From here one side is silent, which is another finding.
const SILENT_DB: f64 = 60.0;

fn run(cx: &Context, found: &mut Findings) {
    let Some(balance_db) = cx.analysis.stereo.as_ref().and_then(|stereo| stereo.balance_db) else { return };
    if balance_db.abs() <= NOTE_DB || balance_db.abs() >= SILENT_DB {
        return;
    }
    let (loud, soft) = if balance_db > 0.0 { ("left", "right") } else { ("right", "left") };
    found
        .push(
            if balance_db.abs() > WARN_DB { Severity::Warn } else { Severity::Info },
            format!("{loud} is {:.1} dB louder than {soft}", balance_db.abs()),
        )
        .measured(balance_db, Unit::Db)
        .expected(format!("within {NOTE_DB:.0} dB"))
        .advice(
            if cx.is_mix() { Fix::Mix } else { Fix::Master },
            format!(
                "listen whether voice and bass stand in the centre; if not, turn {loud} down and {soft} up by {:.1} dB each",
                balance_db.abs() / 2.0
            ),
        )
        .confidence(0.7);
}
