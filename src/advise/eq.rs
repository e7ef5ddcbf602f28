//! Tone: at most five broad bands against what lies outside the profile's spread, and a high-pass where rumble or DC asks.

use super::deviation::{ToneGap, outside};
use super::response::{self, total_db};
use super::{Context, Standing, automatic, fit, words};
use crate::model::{Analysis, Applicability, EqBand, Move, MoveStage, Processor, Unresolved};
use crate::units::{db_to_power, power_level_db};

/// Mean of a channel, as a share of full scale, from which it is taken out (−60 dB, as detectors note it).
const DC_SHARE: f64 = 0.001;
/// Corner against DC: an octave under everything that is heard, so that no bass turns its phase for it.
const DC_CORNER_HZ: f64 = 10.0;
/// Corner against rumble.
const RUMBLE_CORNER_HZ: f64 = 28.0;
/// How near the level below 28 Hz comes to the bass (40 to 80 Hz) before it is taken for rumble.
const RUMBLE_UNDER_BASS_DB: f64 = 3.0;
/// Least level of rumble, relative to the whole, that is worth a filter.
const RUMBLE_LEAST_DB: f64 = -20.0;
/// Root mean square outside a genre's spread beyond which the genre is more likely wrong than the song: songs of the
/// genre itself stay below 1.5 dB.
const FOREIGN_DB: f64 = 2.0;
/// The same towards references, of which nothing is known but themselves: songs of one record seldom lie further apart
/// (three of four pairs below), songs of different kinds mostly do.
const FOREIGN_REFERENCE_DB: f64 = 3.25;

/// A high-pass, where DC or rumble asks for one.
pub(super) fn high_pass(cx: &Context) -> Option<Move> {
    let analysis = cx.analysis;
    let dc = analysis
        .defects
        .dc_offset
        .iter()
        .copied()
        .filter(|dc| dc.is_finite())
        .fold(0.0, |a: f64, b| a.max(b.abs()));
    let level = |from_hz: f64, to_hz: f64| {
        let powers: Vec<f64> = analysis
            .tone
            .bands
            .iter()
            .filter(|band| (from_hz..=to_hz).contains(&band.center_hz))
            .filter_map(|band| band.level_db.map(db_to_power))
            .collect();
        power_level_db(powers.iter().sum::<f64>() / powers.len() as f64)
    };
    let rumble_db = level(19.0, 26.0);
    let rumbles = rumble_db.zip(level(39.0, 81.0)).filter(|(rumble_db, bass_db)| {
        *rumble_db > RUMBLE_LEAST_DB && *rumble_db > bass_db - RUMBLE_UNDER_BASS_DB
    });
    let mut because = Vec::new();
    let mut reasons = Vec::new();
    if let Some((rumble_db, bass_db)) = rumbles {
        because.push("tone.bands[25].level_db".to_string());
        reasons.push(format!(
            "rumble below 28 Hz is only {:.1} dB under the bass: it eats headroom and is not heard",
            (bass_db - rumble_db).max(0.0)
        ));
    }
    if dc >= DC_SHARE {
        because.push("defects.dc_offset".to_string());
        reasons.push(format!("DC offset of {:.2} % of full scale", 100.0 * dc));
    }
    if because.is_empty() {
        return None;
    }
    let frequency_hz = if rumbles.is_some() { RUMBLE_CORNER_HZ } else { DC_CORNER_HZ };
    Some(automatic(
        "high-pass",
        MoveStage::Eq,
        because,
        reasons.join("; "),
        0.8,
        format!(
            "−3 dB at {frequency_hz:.0} Hz, −12 dB per octave below, −0.5 dB or less above {:.0} Hz; removes DC",
            1.7 * frequency_hz
        ),
        Processor::HighPass { frequency_hz },
    ))
}

/// The equaliser, where the song's tone lies outside the profile's spread.
pub(super) fn equaliser(cx: &Context, standing: &Standing) -> Option<Move> {
    let gap = ToneGap::of(cx, standing)?;
    let bands = fit::fit(&gap, standing.scale(MoveStage::Eq));
    if bands.is_empty() {
        return None;
    }
    let done_db = |bands: &[EqBand]| total_db(bands, &gap.centers_hz, gap.sample_rate_hz);
    let (before_db, after_db) = (gap.outside_db(&done_db(&[])), gap.outside_db(&done_db(&bands)));
    let mut because = Vec::new();
    let mut reasons = Vec::new();
    let mut effects = Vec::new();
    for band in &bands {
        let place = worst_under(&gap, band);
        let (gap_db, center_hz) = (gap.gap_db[place], gap.centers_hz[place]);
        let measure = format!("tone.bands[{center_hz}].level_db");
        if !because.contains(&measure) {
            because.push(measure);
            reasons.push(format!(
                "{} at {} {:.1} dB {} the middle of {} (spread {} to {})",
                words::region(center_hz),
                words::hz(center_hz),
                gap_db.abs(),
                if gap_db < 0.0 { "under" } else { "over" },
                cx.profile.title,
                words::signed_db(gap.zone_db[place].0),
                words::signed_db(gap.zone_db[place].1),
            ));
        }
        let gain_db = total_db(&bands, &[band.center_hz], gap.sample_rate_hz)[0];
        effects.push(format!("{} at {}", words::signed_db(gain_db), words::hz(band.center_hz)));
    }
    let mut reason = words::list(&reasons);
    let mut confidence = 0.5 + 0.4 * standing.trust * (1.0 - after_db / before_db.max(1e-9)).clamp(0.0, 1.0);
    let foreign = before_db > foreign_from_db(standing);
    if foreign {
        reason.push_str(if standing.reference {
            "; so far off that this seems to be another kind of music, of which an equaliser makes no likeness: nothing is done unasked"
        } else {
            "; so far off that another profile may suit this song better, so nothing is done unasked"
        });
        confidence = confidence.min(0.3);
    }
    let equaliser = automatic(
        "eq",
        MoveStage::Eq,
        because,
        reason,
        confidence,
        format!(
            "{}; outside the spread of {}: {before_db:.1} dB RMS before, {after_db:.1} dB after",
            words::list(&effects),
            cx.profile.title
        ),
        Processor::Eq { bands, phase: cx.options.eq_phase },
    );
    Some(if foreign { Move { applicability: Applicability::OptIn, ..equaliser } } else { equaliser })
}

/// Whether the song is so unlike the profile's that the profile is no ground for taste.
pub(super) fn is_foreign(cx: &Context, standing: &Standing) -> bool {
    let from_db = foreign_from_db(standing);
    ToneGap::of(cx, standing).is_some_and(|gap| gap.outside_db(&vec![0.0; gap.centers_hz.len()]) > from_db)
}

/// Root mean square outside the spread from which a song is of another kind than the profile.
fn foreign_from_db(standing: &Standing) -> f64 {
    if standing.reference { FOREIGN_REFERENCE_DB } else { FOREIGN_DB }
}

/// What is said of references of another kind of music.
pub(super) fn foreign_reference_note(cx: &Context, standing: &Standing) -> Option<Unresolved> {
    (standing.reference && is_foreign(cx, standing)).then(|| Unresolved {
        because: "tone.bands".to_string(),
        advice: format!(
            "{} seems to be another kind of music: its tone, dynamics and image are no measure for this song, so of them nothing is applied unasked; choose references of the song's own kind, or a profile (`profile list`)",
            cx.profile.title
        ),
    })
}

/// The third octave that is furthest outside among those that a band moves by at least half its gain.
fn worst_under(gap: &ToneGap, band: &EqBand) -> usize {
    let moved = response::prototype_db(band, &gap.centers_hz);
    let excess = |i: usize| outside(gap.gap_db[i], gap.zone_db[i]).abs() * gap.weight[i];
    (0..moved.len())
        .filter(|i| moved[*i].abs() >= 0.5 * band.gain_db.abs() && excess(*i) > 0.0)
        .max_by(|a, b| excess(*a).total_cmp(&excess(*b)))
        .unwrap_or_else(|| gap.nearest(band.center_hz))
}

/// How much the moves change the loudness of the song's spectrum; an estimate to start a search from.
pub(super) fn loudness_change_lu(analysis: &Analysis, moves: &[Move]) -> f64 {
    let spectrum: Vec<(f64, f64)> =
        analysis.tone.bands.iter().filter_map(|band| Some((band.center_hz, band.level_db?))).collect();
    let centers_hz: Vec<f64> = spectrum.iter().map(|band| band.0).collect();
    let sample_rate_hz = f64::from(analysis.source.sample_rate_hz);
    let bands = moves.iter().filter_map(|step| match &step.processor {
        Processor::Eq { bands, .. } => Some(bands.as_slice()),
        _ => None,
    });
    let change_db = total_db(&bands.flatten().cloned().collect::<Vec<_>>(), &centers_hz, sample_rate_hz);
    response::loudness_change_lu(&spectrum, &change_db)
}
