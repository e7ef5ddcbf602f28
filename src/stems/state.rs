//! From gains, delays and responses to the state of each stem, with its evidence.

use super::Alignment;
use super::fit::{FRAME, Gain};
use crate::dsp::stats::median;
use crate::model::{Stem, StemInMix, StemState, SumVerdict};
use crate::units::level_db;

/// A gain below this share of the others', and surely so, is none.
const MISSING_SHARE: f64 = 0.2;
/// Twice as much as the others, to half a decibel.
const DOUBLED: std::ops::Range<f64> = 1.89..2.12;
/// Smallest difference in level that is named.
const LEVEL_DB: f64 = 0.5;
/// Stems of whose bands less than this share of the mix is unexplained, and how many of them tell the common gain.
const EXPLAINED: f64 = 0.02;
const EXPLAINED_STEMS: usize = 3;
/// A gain that is less sure than this share of itself accuses nobody.
const UNSURE: f64 = 0.25;
/// Spread of a stem's gain over frequency from which its tone was changed.
const TONE_DB: f64 = 1.5;
/// The same of most stems, below which no equaliser is on the bus.
const USUAL_TONE_DB: f64 = 0.5;
/// Share of a stem's power that has to be its own for a verdict.
const OWN_SHARE: f64 = 1e-4;

/// All that is known about one stem.
pub struct Case<'a> {
    /// Its name.
    pub name: &'a str,
    /// Where it lies.
    pub alignment: Alignment,
    /// Its gain.
    pub gain: Gain,
    /// Its gain over frequency: centre in bins, gain, share of the power.
    pub response: &'a [(f64, f64, f64)],
    /// A mono file, which a pan law may turn down by 3 dB.
    pub mono: bool,
}

/// Names the state of every stem. `common` is the line that most share; gives the common gain, too.
pub fn judge(cases: &[Case], common: Alignment, rate_hz: f64, verdict: SumVerdict) -> (f64, Vec<StemInMix>) {
    let sure: Vec<&Case> =
        cases.iter().filter(|case| case.gain.amount_error_ratio < UNSURE * case.gain.amount.abs()).collect();
    // A coder takes from treble first: stems that it left whole tell the gain of all.
    let whole = |case: &&&Case| case.gain.unexplained_share < EXPLAINED;
    let enough = sure.iter().filter(whole).count() >= EXPLAINED_STEMS;
    let mut amounts: Vec<f64> =
        sure.iter().filter(|case| !enough || whole(case)).map(|case| case.gain.amount.abs()).collect();
    let middle = median(&mut amounts).filter(|middle| *middle > 1e-4).unwrap_or(1.0);
    // An equaliser on the bus colours all; where most keep their tone, one that does not was changed by itself.
    let usual_db = median(&mut cases.iter().filter_map(|case| spread_db(case.response)).collect::<Vec<_>>());
    let own_tone =
        verdict != SumVerdict::Mastered || usual_db.is_some_and(|usual_db| usual_db < USUAL_TONE_DB);
    let song = Song { middle, common, rate_hz, own_tone };
    let stems = cases.iter().map(|case| one(case, &song)).collect();
    (middle, stems)
}

/// What holds for all stems.
struct Song {
    middle: f64,
    common: Alignment,
    rate_hz: f64,
    /// Whether a stem's tone is its own, and not the bus's.
    own_tone: bool,
}

fn one(case: &Case, song: &Song) -> StemInMix {
    let Song { middle, common, rate_hz, own_tone } = *song;
    let relative = case.gain.amount / middle;
    let error = case.gain.amount_error_ratio / middle;
    let late = case.alignment.offset.round() as i64 - common.offset.round() as i64;
    let gain_db = level_db(relative);
    let off_db = gain_db.unwrap_or(-400.0);
    let error_db = level_db(1.0 + error / relative.abs().max(1e-9));
    let pan_law = case.mono && (off_db + 3.01).abs() < 0.2;
    let slope = case.alignment.slope - common.slope;
    let drifts = case.alignment.found && slope != 0.0;
    let spread_db = spread_db(case.response);
    // A tone that stands still has no place of its own, and all but one of its bands are noise.
    let tone_told = own_tone && case.alignment.found;
    let unsure = case.gain.own_share < OWN_SHARE || error > UNSURE * relative.abs().max(0.5);
    let (state, evidence, confidence) = if relative.abs() + 2.0 * error < MISSING_SHARE + 0.15
        && relative.abs() < MISSING_SHARE
        && case.gain.own_share >= OWN_SHARE
    {
        let percent = (100.0 * relative.abs()).round();
        let found =
            if percent > 0.0 { format!("no more than {percent:.0} %") } else { "nothing".to_string() };
        (StemState::Missing, format!("{found} of it is found in the mix"), 0.9)
    } else if unsure {
        let why = if case.gain.own_share < OWN_SHARE {
            "other stems hold the same sound, so its part in the mix cannot be told from theirs"
        } else {
            "too little of it stands out of the mix to be sure"
        };
        (StemState::Present, why.to_string(), 0.3)
    } else if relative < 0.0 {
        (StemState::Inverted, format!("its gain in the mix is {relative:.2} of the others'"), 0.95)
    } else if drifts {
        let way = if slope > 0.0 { "falls behind" } else { "runs ahead" };
        let (ppm, a_minute) = (slope.abs() * 1e6, slope.abs() * 60.0 * rate_hz);
        let evidence = format!("it {way} in the mix by {ppm:.1} ppm, {a_minute:.0} samples a minute");
        (StemState::Drifting, evidence, 0.9)
    } else if late != 0 && case.alignment.found {
        let way = if late > 0 { "later" } else { "earlier" };
        let ms = late.unsigned_abs() as f64 / rate_hz * 1000.0;
        (StemState::Shifted, format!("it lies {} samples ({ms:.2} ms) {way} in the mix", late.abs()), 0.95)
    } else if let Some(spread_db) = spread_db.filter(|own| *own > TONE_DB && tone_told) {
        // No one figure is its level then.
        let evidence =
            format!("its gain varies by {spread_db:.1} dB over frequency, {off_db:+.1} dB on the whole");
        (StemState::Processed, evidence, 0.7)
    } else if DOUBLED.contains(&relative) {
        (StemState::Doubled, format!("its gain in the mix is {relative:.2} times that of the others"), 0.8)
    } else if off_db.abs() >= LEVEL_DB && (relative - 1.0).abs() > case.gain.sure_errors * error && !pan_law {
        (StemState::Gain, format!("it lies {off_db:+.1} dB against the other stems in the mix"), 0.85)
    } else if pan_law {
        (StemState::Present, "a mono file, 3 dB down in the mix: the pan law".to_string(), 0.85)
    } else {
        // Where the figure is too unsure to name half a decibel by, it says so.
        let sure_db = level_db(1.0 + case.gain.sure_errors * error).filter(|sure_db| *sure_db >= LEVEL_DB);
        let told = sure_db.map_or(String::new(), |sure_db| format!(", told to {sure_db:.1} dB either way"));
        (StemState::Present, format!("its gain in the mix is {relative:.3} of the others'{told}"), 0.9)
    };
    let found = state != StemState::Missing;
    StemInMix {
        name: case.name.to_string(),
        state,
        offset_s: (found && case.alignment.found).then_some(late as f64 / rate_hz),
        offset_frames: (found && case.alignment.found).then_some(late),
        drift_ppm: (found && drifts).then_some(slope * 1e6),
        gain_db: gain_db.filter(|_| found),
        gain_error_db: error_db.filter(|_| found),
        inverted: found && !unsure && relative < 0.0,
        evidence,
        confidence,
    }
}

/// Adds the stems that hold the same audio as one that was judged: where that one is in the mix as often as in the
/// delivery, they are all right; where it is there once, they are one too many.
pub fn judge_twins(stems: &[Stem], judged: Vec<StemInMix>) -> Vec<StemInMix> {
    let mut all: Vec<StemInMix> = Vec::new();
    for (index, stem) in stems.iter().enumerate() {
        if let Some(own) = judged.iter().find(|own| own.name == stem.name) {
            all.push(own.clone());
            continue;
        }
        let same = |other: &&Stem| other.analysis.content_id == stem.analysis.content_id;
        let first = stems[..index].iter().find(same);
        let Some(twin) = first.and_then(|first| judged.iter().find(|own| own.name == first.name)) else {
            continue;
        };
        let twice = twin.state == StemState::Doubled;
        let name = stem.name.clone();
        let own = if twin.state == StemState::Missing {
            StemInMix { name, ..twin.clone() }
        } else if twice {
            let evidence = format!("the same audio as {}, and both are in the mix", twin.name);
            if let Some(other) = all.iter_mut().find(|other| other.name == twin.name) {
                other.state = StemState::Present;
            }
            StemInMix { name, state: StemState::Present, evidence, ..twin.clone() }
        } else {
            let evidence = format!("the same audio as {}, which is in the mix once", twin.name);
            StemInMix { name, state: StemState::Doubled, evidence, confidence: 0.95, ..twin.clone() }
        };
        all.push(own);
    }
    all
}

/// Standard deviation of a stem's gain over the bands, weighted by its power there.
fn spread_db(response: &[(f64, f64, f64)]) -> Option<f64> {
    // The first bands hold what leaks from below.
    let usable: Vec<(f64, f64)> = response
        .iter()
        .filter(|(center, _, _)| *center > 3.0 && *center < FRAME as f64 * 0.3)
        .filter_map(|(_, gain, share)| Some((level_db(*gain)?, share.sqrt())))
        .collect();
    if usable.len() < 4 {
        return None;
    }
    let total: f64 = usable.iter().map(|(_, weight)| weight).sum();
    let mean = usable.iter().map(|(gain_db, weight)| gain_db * weight).sum::<f64>() / total;
    let variance =
        usable.iter().map(|(gain_db, weight)| weight * (gain_db - mean).powi(2)).sum::<f64>() / total;
    Some(variance.sqrt())
}
