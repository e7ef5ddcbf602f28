//! `MONO001`

use super::Context;
use super::registry::{Findings, check};
use crate::model::{Fix, Severity};
use crate::units::Unit;

check! {
    /// ### What it measures
    /// The loudness that is lost when both channels are folded to one.
    ///
    /// ### Why it matters
    /// Phones, kitchen radios, clubs and shop ceilings are mono. 3 LU is what two unrelated channels lose;
    /// 10 LU means that most of the song disappears.
    ///
    /// ### What to do
    /// Find the channel with inverted polarity, the widener or the doubled track with a delay. Narrow it,
    /// or mend its polarity.
    ///
    /// ### References
    /// For channels of equal power the loss is -10 log10((1+r)/2): 3.0 LU at r = 0, 4.6 at -0.3, 10 at
    /// -0.8.
    "MONO001" "mono-cancellation" Fail since "0.1.0" => run
}

/// Unrelated channels lose this much: wide stereo of spaced microphones does.
const UNRELATED_LU: f64 = 3.3;
/// Correlation of -0.3: parts cancel.
const CANCELLING_LU: f64 = 4.6;
/// Correlation of -0.8: the song is gone.
const GONE_LU: f64 = 10.0;

fn run(cx: &Context, found: &mut Findings) {
    let Some(loss_lu) = cx.analysis.stereo.as_ref().and_then(|stereo| stereo.mono_loss_lu) else { return };
    let severity = match loss_lu {
        loss_lu if loss_lu < UNRELATED_LU => return,
        loss_lu if loss_lu < CANCELLING_LU => Severity::Info,
        loss_lu if loss_lu < GONE_LU => Severity::Warn,
        _ => Severity::Fail,
    };
    found
        .push(severity, format!("{loss_lu:.1} LU are lost in mono"))
        .measured(loss_lu, Unit::Lu)
        .expected(format!("at most {UNRELATED_LU:.1} LU"))
        .advice(
            Fix::Mix,
            "listen in mono and look for what vanishes: inverted polarity, wideners, delayed doubles; mend or narrow that track",
        );
}
