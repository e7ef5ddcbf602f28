//! `STER004`

use super::Context;
use super::registry::{Findings, check};
use crate::model::{Fix, Severity};
use crate::units::Unit;

check! {
    /// ### What it measures
    /// Whether one channel is the other one upside down.
    ///
    /// ### Why it matters
    /// In mono nothing remains; in stereo the sound has no place and no bass.
    ///
    /// ### What to do
    /// Invert the polarity of one channel.
    ///
    /// ### References
    /// Correlation of -1: nothing is left of (L+R)/2.
    "STER004" "polarity-inverted" Fail since "0.1.0" => run
}

fn run(cx: &Context, found: &mut Findings) {
    let Some(stereo) = &cx.analysis.stereo else { return };
    if !stereo.polarity_inverted {
        return;
    }
    let draft = found
        .push(Severity::Fail, "one channel is the other one upside down: in mono nothing remains")
        .expected("both channels of the same polarity")
        .advice(Fix::Mix, "invert the polarity of one channel and export again");
    if let Some(correlation) = stereo.correlation {
        draft.measured(correlation, Unit::None);
    }
}
