//! What is loud only now and then in a narrow range: sibilance, and resonances.
//!
//! A resonance belongs to one track and is mended there: the plan says so, and offers a dynamic cut that a person may
//! choose. So does a de-esser: hi-hats look the same to a meter as the s of a voice.

use super::search::{Effect, Grid, search};
use crate::advise::{Context, Depth, LevelTrials, Simulate, Split, Standing, automatic, words};
use crate::error::Result;
use crate::model::{
    Applicability, CompressorSettings, DynamicBand, Move, MoveStage, Processor, Resonance, SIBILANCE_LIMIT_DB,
};

/// Checks that ask.
const SIBILANT: &str = "TONE006";
const RESONANT: &str = "TONE003";

/// The band of a de-esser: 5 to 10 kHz (standards digest, section 6).
const SIBILANCE: (f64, f64) = (7000.0, 1.4);
/// Most cut of a de-esser (mastering practice: 2 to 4 dB), and its mean: it works on sounds, not all the time.
const DE_ESS_MOST_DB: f64 = 4.0;
const DE_ESS_MEAN_DB: f64 = 1.0;
/// Least improvement that is worth a de-esser.
const LEAST_GAIN_DB: f64 = 0.3;
/// Quick, so that the start of an s is met.
const DE_ESS: Grid =
    Grid { ratios: &[2.0, 3.0, 4.0], attacks_ms: &[2.0], releases_ms: &[60.0], knee_db: 3.0 };

/// The bound of what `TONE003` names.
const RESONANT_FROM_HZ: f64 = 150.0;
const RESONANT_HEIGHT_DB: f64 = 6.0;
/// Most resonances that are cut: more is a matter of the mix.
const MOST_RESONANCES: usize = 3;
/// Slow enough to follow a note, not its waves.
const RING: Grid = Grid { ratios: &[3.0], attacks_ms: &[15.0], releases_ms: &[150.0], knee_db: 3.0 };
/// Mean cut of a resonance.
const RING_MEAN_DB: f64 = 1.5;
/// Widest cut of a resonance that does not take its neighbours along.
const RING_Q: (f64, f64) = (6.0, 16.0);

/// Dynamic cuts behind `before`: a dynamic equaliser, then a de-esser, both for a person to choose.
pub(in crate::advise) fn narrow(
    cx: &Context,
    standing: &Standing,
    before: &[Move],
    simulate: &mut dyn Simulate,
) -> Result<Vec<Move>> {
    let found = |code: &str| cx.findings.iter().any(|finding| finding.code == code);
    let resonances =
        if found(RESONANT) && standing.allows(cx, MoveStage::Eq) { resonances(cx) } else { Vec::new() };
    let sibilant = found(SIBILANT) && standing.allows(cx, MoveStage::Dynamics);
    if resonances.is_empty() && !sibilant {
        return Ok(Vec::new());
    }
    let mut places: Vec<(f64, f64)> = resonances.iter().map(place).collect();
    if sibilant {
        places.push(SIBILANCE);
    }
    let trials = simulate.level_trials(before, &Split::Around(places))?;
    let mut moves = Vec::new();
    moves.extend(dynamic_eq(standing, &resonances, trials.as_ref()));
    if sibilant {
        let band = resonances.len();
        let de_esser = de_esser(cx, standing, band, trials.as_ref(), before, simulate)?;
        moves.extend(de_esser);
    }
    Ok(moves)
}

/// The resonances that are worth a word, the highest first.
fn resonances(cx: &Context) -> Vec<Resonance> {
    let mut peaks: Vec<Resonance> = cx.analysis.tone.resonances.clone();
    peaks.retain(|peak| peak.center_hz >= RESONANT_FROM_HZ && peak.height_db >= RESONANT_HEIGHT_DB);
    peaks.sort_by(|a, b| b.height_db.total_cmp(&a.height_db));
    peaks.truncate(MOST_RESONANCES);
    peaks
}

/// Centre and Q of the cut of a resonance.
fn place(peak: &Resonance) -> (f64, f64) {
    (peak.center_hz.round(), peak.q.clamp(RING_Q.0, RING_Q.1).round())
}

/// Dynamic cuts of resonances, for a person to choose.
fn dynamic_eq(standing: &Standing, peaks: &[Resonance], trials: &dyn LevelTrials) -> Option<Move> {
    let scale = standing.amount_of(MoveStage::Eq);
    let mut bands = Vec::new();
    let (mut reasons, mut effects) = (Vec::new(), Vec::new());
    for (index, peak) in peaks.iter().enumerate() {
        let (center_hz, q) = place(peak);
        let most_db = tenths((peak.height_db / 3.0).clamp(2.0, 4.0) * scale);
        let found = search(&RING, f64::NEG_INFINITY, RING_MEAN_DB * scale, |settings| {
            let change = trials.band(index, settings, most_db)?;
            Some(Effect { value: -change.reduction_mean_db, mean_db: change.reduction_mean_db })
        });
        let Some(found) = found.filter(|_| most_db > 0.0) else { continue };
        reasons.push(format!(
            "{} stands {:.1} dB over its neighbourhood in {:.0} % of the frames",
            words::hz(center_hz),
            peak.height_db,
            100.0 * peak.share
        ));
        effects.push(format!(
            "{} by up to {most_db:.1} dB, {:.1} dB on average",
            words::hz(center_hz),
            found.effect.mean_db
        ));
        bands.push(dynamic_band((center_hz, q), &found.settings, most_db));
    }
    if bands.is_empty() {
        return None;
    }
    let reason = format!(
        "{}: mend it on the track that rings; where that cannot be had, this cuts only while it rings",
        words::list(&reasons)
    );
    let effect = format!("cuts {}", words::list(&effects));
    let because = vec![RESONANT.to_string()];
    let processor = Processor::DynamicEq { bands };
    let dynamic_eq = automatic("dynamic-eq", MoveStage::Eq, because, reason, 0.4, effect, processor);
    Some(Move { applicability: Applicability::OptIn, ..dynamic_eq })
}

/// A de-esser that brings sibilance to its limit, as far as it may.
fn de_esser(
    cx: &Context,
    standing: &Standing,
    band: usize,
    trials: &dyn LevelTrials,
    before: &[Move],
    simulate: &mut dyn Simulate,
) -> Result<Option<Move>> {
    let Some(measured_db) = cx.analysis.tone.sibilance_db else { return Ok(None) };
    let scale = standing.scale(MoveStage::Dynamics);
    let over_db = measured_db - SIBILANCE_LIMIT_DB;
    let most_db = tenths(DE_ESS_MOST_DB * scale);
    let most_mean_db = DE_ESS_MEAN_DB.min(cx.options.max_mean_reduction_db) * scale;
    let found = search(&DE_ESS, -over_db * scale, most_mean_db, |settings| {
        let change = trials.band(band, settings, most_db)?;
        Some(Effect { value: change.spread_db, mean_db: change.reduction_mean_db })
    });
    let Some(found) = found.filter(|found| found.effect.value <= -LEAST_GAIN_DB && most_db > 0.0) else {
        return Ok(None);
    };
    let settings = dynamic_band(SIBILANCE, &found.settings, most_db);
    let as_move = |reason: String, effect: String| {
        let processor = Processor::DeEsser(settings.clone());
        let because = vec![SIBILANT.to_string()];
        automatic("de-esser", MoveStage::Dynamics, because, reason, 0.4, effect, processor)
    };
    let mut chain = before.to_vec();
    chain.push(as_move(String::new(), String::new()));
    let after = simulate.simulate(&chain, Depth::Full)?;
    let reached_db = after.analysis.tone.sibilance_db.unwrap_or(measured_db);
    if measured_db - reached_db < LEAST_GAIN_DB {
        return Ok(None);
    }
    let reason = format!(
        "5 to 8 kHz jumps {measured_db:.1} dB more than the voice range, {SIBILANCE_LIMIT_DB:.0} dB is much; hi-hats look the same, so listen to the voice first"
    );
    let effect = format!(
        "{measured_db:.1} to {reached_db:.1} dB, by up to {most_db:.1} dB around {}, {:.1} dB on average",
        words::hz(SIBILANCE.0),
        found.effect.mean_db
    );
    Ok(Some(Move { applicability: Applicability::OptIn, ..as_move(reason, effect) }))
}

fn dynamic_band(
    (center_hz, q): (f64, f64),
    settings: &CompressorSettings,
    max_reduction_db: f64,
) -> DynamicBand {
    DynamicBand {
        center_hz,
        q,
        threshold_dbfs: settings.threshold_dbfs,
        ratio: settings.ratio,
        attack_ms: settings.attack_ms,
        release_ms: settings.release_ms,
        max_reduction_db,
    }
}

fn tenths(value_db: f64) -> f64 {
    (value_db * 10.0).round() / 10.0
}
