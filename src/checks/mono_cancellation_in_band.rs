//! `MONO002`

use super::Context;
use super::context::band_words;
use super::registry::{Findings, check};
use crate::model::{Fix, Severity};
use crate::units::Unit;

check! {
    /// ### What it measures
    /// The power that each third octave loses when folded to mono, where the band lies within 20 dB of the
    /// loudest one. Neighbouring bands are one finding.
    ///
    /// ### Why it matters
    /// A single instrument can vanish in mono while the whole barely changes.
    ///
    /// ### What to do
    /// Find what lives in the named range: a chorus, a phase-inverted microphone, a stereo bass. Narrow it
    /// or mend its polarity.
    ///
    /// ### References
    /// 6 dB in a band: engineering choice of the standards digest, section 4. Unrelated channels lose 3 dB.
    "MONO002" "mono-cancellation-in-band" Warn since "0.1.0" => run
}

/// Loss in a band worth a word.
const LOSS_DB: f64 = 6.0;
/// Bands this near to the loudest one are the body of the song.
const BODY_DB: f64 = 10.0;

fn run(cx: &Context, found: &mut Findings) {
    let Some(stereo) = &cx.analysis.stereo else { return };
    let bands = cx.audible_stereo_bands(stereo);
    let lost = |loss_db: Option<f64>| loss_db.is_some_and(|loss_db| loss_db > LOSS_DB);
    for region in bands.chunk_by(|a, b| lost(a.mono_loss_db) == lost(b.mono_loss_db)) {
        let worst_db = region.iter().filter_map(|band| band.mono_loss_db).fold(0.0, f64::max);
        if !lost(region[0].mono_loss_db) {
            continue;
        }
        let body = region
            .iter()
            .any(|band| cx.below_loudest_db(band.center_hz).is_some_and(|below_db| below_db <= BODY_DB));
        let (low_hz, high_hz) = (region[0].center_hz, region[region.len() - 1].center_hz);
        let place = band_words(low_hz, high_hz);
        found
            .push(
                if body { Severity::Warn } else { Severity::Info },
                format!("up to {worst_db:.1} dB are lost in mono {place}"),
            )
            .measured(worst_db, Unit::Db)
            .expected(format!("at most {LOSS_DB:.0} dB"))
            .advice(Fix::Mix, format!("find what plays {place}: narrow it, or mend its polarity"))
            .confidence(0.8);
    }
}
