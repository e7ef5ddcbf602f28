//! `STER004`

use super::Context;
use super::registry::{Findings, check};
use crate::model::{Fix, Severity};
use crate::units::Unit;

check! {
    /// ### What it measures
    /// Whether one channel is upside down: the channels move against each other over the whole spectrum.
    ///
    /// ### Why it matters
    /// In mono, voice, kick and bass cancel out and only the sides remain; in stereo the sound has no place
    /// and no bass.
    ///
    /// ### What to do
    /// Invert the polarity of one channel: the centre comes back.
    ///
    /// ### References
    /// Correlation below -0.4, the mirror of usual music (+0.3 to +0.8; standards digest, section 4), and three
    /// quarters of the bands negative: widening turns some of them only.
    "STER004" "polarity-inverted" Fail since "0.1.0" => run
}

fn run(cx: &Context, found: &mut Findings) {
    let Some(stereo) = &cx.analysis.stereo else { return };
    if !stereo.polarity_inverted {
        return;
    }
    let lost = match stereo.mono_loss_lu {
        Some(loss_lu) => format!("{loss_lu:.1} LU are lost in mono"),
        None => "in mono nothing remains".to_string(),
    };
    let draft = found
        .push(Severity::Fail, format!("one channel is upside down: {lost}"))
        .expected("both channels of the same polarity")
        .advice(
            Fix::Mix,
            "invert the polarity of one channel, listen whether voice and bass come back to the centre, and export again",
        )
        .confidence(0.8);
    if let Some(correlation) = stereo.correlation {
        draft.measured(correlation, Unit::None);
    }
}
