//! `TONE003`

use super::Context;
use super::context::hertz;
use super::registry::{Findings, check};
use crate::model::{Fix, Severity};
use crate::units::Unit;

check! {
    /// ### What it measures
    /// Narrow peaks of the spectrum above 150 Hz that stand over their neighbourhood in most of the frames.
    ///
    /// ### Why it matters
    /// A room mode, a ringing drum or a whistling string sticks out on every system, and louder with every
    /// decibel of limiting.
    ///
    /// ### What to do
    /// Listen with a narrow boost at the named frequency; if it rings, cut 2 to 4 dB there with the named
    /// Q. If it is the key of the song, leave it.
    ///
    /// ### References
    /// Peak of 6 dB over the 1/12-octave neighbourhood, Q above 8, in more than half of the frames:
    /// engineering choices of the standards digest, section 6.
    "TONE003" "resonance" Warn since "0.1.0" => run
}

/// Below this, single bass notes look like resonances.
const LOWEST_HZ: f64 = 150.0;
/// Height over the neighbourhood worth a word.
const HEIGHT_DB: f64 = 6.0;
/// Share of the frames.
const SHARE: f64 = 0.5;
/// Narrowness.
const LEAST_Q: f64 = 8.0;
/// Height worth a warning, where it also stands in most frames.
const STRONG_DB: f64 = 10.0;
/// Share of the frames worth a warning.
const STEADY_SHARE: f64 = 0.75;
/// Peaks that one file gets named.
const MOST_PEAKS: usize = 3;

fn run(cx: &Context, found: &mut Findings) {
    let mut peaks: Vec<_> = cx
        .analysis
        .tone
        .resonances
        .iter()
        .filter(|peak| peak.center_hz >= LOWEST_HZ && peak.height_db >= HEIGHT_DB)
        .filter(|peak| peak.share >= SHARE && peak.q >= LEAST_Q)
        .collect();
    peaks.sort_by(|a, b| b.height_db.total_cmp(&a.height_db));
    for peak in peaks.into_iter().take(MOST_PEAKS) {
        let strong = peak.height_db >= STRONG_DB && peak.share >= STEADY_SHARE;
        let place = hertz(peak.center_hz);
        found
            .push(
                if strong { Severity::Warn } else { Severity::Info },
                format!(
                    "{place} stands {:.1} dB over its neighbourhood in {:.0} % of the frames",
                    peak.height_db,
                    100.0 * peak.share
                ),
            )
            .measured(peak.height_db, Unit::Db)
            .expected(format!("less than {HEIGHT_DB:.0} dB"))
            .advice(
                Fix::Mix,
                format!("listen around {place}: where it rings and is no held note of the song, cut {:.0} dB at {place} with a Q of {:.0} on the track that rings", (peak.height_db / 3.0).clamp(2.0, 4.0), peak.q.min(20.0)),
            )
            .confidence(0.5);
    }
}
