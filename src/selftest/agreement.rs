//! Our meters against the independent one, on the same audio.

use super::signals::programme;
use super::{Ledger, Place};
use crate::measure::{LoudnessMeter, PeakMeter, ReferenceMeter};
use crate::units::Unit;

/// How far the two may lie apart: two implementations of one formula.
const TOLERANCE: (f64, f64) = (0.01, 0.01);

/// Files the differences, ours minus theirs. Loudness range is not compared: the crate samples short-term loudness once
/// per second, we ten times (Tech 3342).
pub(super) fn with_ebur128(ledger: &mut Ledger) {
    let audio = programme();
    let mut loudness = LoudnessMeter::new(audio.sample_rate_hz(), audio.channel_count());
    let mut peaks = PeakMeter::new(audio.sample_rate_hz(), audio.channel_count());
    loudness.push(&audio);
    peaks.push(&audio);
    let (own, own_peaks) = (loudness.finish(), peaks.finish());
    let reference = ReferenceMeter::new(audio.sample_rate_hz(), audio.channel_count()).map(|mut meter| {
        meter.push(&audio);
        meter.finish()
    });
    let (theirs, their_peaks) = reference.unwrap_or_default();

    let place = Place { standard: "ebur128 crate", case: "30 s of programme" };
    let difference = |own: Option<f64>, theirs: Option<f64>| own.zip(theirs).map(|(own, theirs)| own - theirs);
    for (reading, unit, own, theirs) in [
        ("integrated, difference", Unit::Lu, own.integrated_lufs, theirs.integrated_lufs),
        ("momentary max, difference", Unit::Lu, own.momentary_max_lufs, theirs.momentary_max_lufs),
        ("short-term max, difference", Unit::Lu, own.short_term_max_lufs, theirs.short_term_max_lufs),
        ("sample peak, difference", Unit::Db, own_peaks.sample_dbfs, their_peaks.sample_dbfs),
    ] {
        ledger.file(place, reading, unit, difference(own, theirs), 0.0, TOLERANCE);
    }
    for (reading, own, theirs) in [
        ("momentary series, furthest", &own.momentary_lufs, &theirs.momentary_lufs),
        ("short-term series, furthest", &own.short_term_lufs, &theirs.short_term_lufs),
    ] {
        // Both silent is agreement; one silent is not. Below the absolute gate a window that only just ends in the
        // programme may be silence to one of the two.
        let heard = |value: &Option<f32>| value.map(f64::from).filter(|level| *level > -70.0);
        let differences = own.iter().zip(theirs).map(|(own, theirs)| match (heard(own), heard(theirs)) {
            (None, None) => Some(0.0),
            (own, theirs) => difference(own, theirs),
        });
        let complete = own.len() == theirs.len() && own.iter().any(Option::is_some);
        let differences: Vec<Option<f64>> = if complete { differences.collect() } else { vec![None] };
        ledger.file_furthest(place, reading, Unit::Lu, differences, 0.0, TOLERANCE);
    }
}
