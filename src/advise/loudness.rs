//! Loudness: plain gain where the peaks allow it, else gain into the limiter, found by trying it on the song.

use super::{
    Context, Depth, LimiterTrial, LimiterTrials, Simulate, Simulated, Standing, automatic, format, soft_clip,
    words,
};
use crate::error::Result;
use crate::model::{Applicability, Meter, Move, MoveStage, Processor, Unresolved};
use crate::units::clock;

/// How near the target a prediction has to come: far nearer than it is true.
const TOLERANCE_LU: f64 = 0.003;
/// How near the target the confirming pass has to come (half of the ±0.1 LU that a delivered file is held to).
const CONFIRMED_LU: f64 = 0.05;
/// Most predictions of one search, which closes in from below.
const MOST_TRIALS: usize = 12;
/// How far the loudness in front of the limiter may be from its estimate.
const ESTIMATE_SLACK_LU: f64 = 3.0;
/// How far peaks may be under the song's own before the moves in front.
const PEAK_SLACK_DB: f64 = 6.0;
/// A song this near the target stays as it is.
const CLOSE_ENOUGH_LU: f64 = 0.1;
/// Room under the ceiling that plain gain leaves to the written file's own rounding.
const ROOM_DB: f64 = 0.1;
/// Slope of loudness over gain below which more gain only buys distortion (engineering choice).
const LEAST_SLOPE: f64 = 0.3;
/// Free headroom that is mentioned where the delivery has no loudness.
const HEADROOM_DB: f64 = 3.0;
/// Look-ahead of the limiter: five cycles of 1 kHz, and short enough not to be heard before the peak.
const LOOKAHEAD_MS: f64 = 5.0;
/// Release of the limiter: long against bass periods, short against phrases.
const RELEASE_MS: f64 = 100.0;

/// Most gain that a processor takes.
const MOST_GAIN_DB: f64 = 24.0;

/// What was decided.
#[derive(Default)]
pub(super) struct Proposal {
    /// Gain, or a limiter with gain; or nothing.
    pub(super) moves: Vec<Move>,
    /// The chain with these moves, measured in full, where that was done.
    pub(super) measured: Option<Simulated>,
    /// What stays out of reach.
    pub(super) unresolved: Option<Unresolved>,
}

/// Where the search starts.
pub(super) struct Start<'a> {
    /// The moves in front.
    pub(super) before: &'a [Move],
    /// How much they change the loudness, estimated.
    pub(super) change_lu: f64,
}

/// Gain and limiting behind the moves that are there.
pub(super) fn level(
    cx: &Context,
    standing: &Standing,
    start: &Start,
    simulate: &mut dyn Simulate,
) -> Result<Proposal> {
    match cx.delivery.integrated_lufs {
        Some(target_lufs) => {
            // A master is turned down, or held under the ceiling, but not driven louder than it came.
            let own_lufs = standing.mastered.as_ref().and(cx.analysis.loudness.integrated_lufs);
            let aim_lufs = own_lufs.map_or(target_lufs, |own_lufs| own_lufs.min(target_lufs));
            let search = Search { cx, standing, before: start.before, target_lufs: aim_lufs };
            let mut proposal = to_target(&search, start, simulate)?;
            if cx.options.soft_clip
                && let Some(clip) = soft_clip::soft_clip(cx, &proposal)
            {
                let before: Vec<Move> = start.before.iter().cloned().chain([clip.clone()]).collect();
                let search = Search { before: &before, ..search };
                proposal = to_target(&search, &Start { before: &before, ..*start }, simulate)?;
                proposal.moves.insert(0, clip);
            }
            if target_lufs - aim_lufs > CLOSE_ENOUGH_LU && proposal.unresolved.is_none() {
                proposal.unresolved = Some(Unresolved {
                    because: "loudness.integrated_lufs".to_string(),
                    advice: format!(
                        "already mastered at {aim_lufs:.1} LUFS, so it is not driven on to {target_lufs:.1} LUFS: ask for the mix before limiting"
                    ),
                });
            }
            Ok(proposal)
        }
        None => under_ceiling(cx, start.before, simulate),
    }
}

/// What a search for the target works on.
struct Search<'a> {
    cx: &'a Context<'a>,
    standing: &'a Standing,
    before: &'a [Move],
    target_lufs: f64,
}

/// A limiter that was run on the song, and what it measured.
struct Confirmed {
    gain_db: f64,
    integrated_lufs: f64,
    reduction_db: f64,
    simulated: Simulated,
}

fn to_target(search: &Search, start: &Start, simulate: &mut dyn Simulate) -> Result<Proposal> {
    let cx = search.cx;
    let ceiling_dbtp = cx.delivery.ceiling_dbtp;
    let loudness = cx.analysis.loudness.integrated_lufs.zip(cx.analysis.peaks.true_peak_dbtp);
    let Some((integrated_lufs, true_peak_dbtp)) = loudness else { return Ok(Proposal::default()) };
    let estimate_db = within_processor(search.target_lufs - (integrated_lufs + start.change_lu));
    if search.before.is_empty() {
        // Nothing in front: the measured song tells exactly what plain gain does.
        if estimate_db.abs() <= CLOSE_ENOUGH_LU && true_peak_dbtp <= ceiling_dbtp {
            return Ok(Proposal::default());
        }
        if true_peak_dbtp + estimate_db <= ceiling_dbtp - ROOM_DB {
            return Ok(plain(search, estimate_db, integrated_lufs, true_peak_dbtp, None));
        }
    }
    let most_reduction_db = bound(cx);
    // With nothing in front, loudness and peaks are known and not estimated.
    let is_known = search.before.is_empty();
    let most_gain_db = match is_known {
        true => ceiling_dbtp - true_peak_dbtp + most_reduction_db,
        false => estimate_db + most_reduction_db + ESTIMATE_SLACK_LU,
    };
    let peak_slack_db = if is_known { ROOM_DB } else { PEAK_SLACK_DB };
    let least_dbtp = (ceiling_dbtp - most_gain_db).min(true_peak_dbtp - peak_slack_db);
    let trials = simulate.limiter_trials(search.before, least_dbtp)?;
    let Some(open) = trials.trial(None) else { return Ok(Proposal::default()) };
    let wanted_db = within_processor(search.target_lufs - open.integrated_lufs);
    let room_db = ceiling_dbtp - ROOM_DB - open.open_true_peak_dbtp;
    if wanted_db <= room_db {
        return Ok(plain(search, wanted_db, open.integrated_lufs, open.open_true_peak_dbtp, None));
    }
    if most_reduction_db < ROOM_DB {
        return Ok(unlimited(search, wanted_db, room_db, &open));
    }
    let most_gain_db =
        within_processor(most_gain_db.min(ceiling_dbtp - open.open_true_peak_dbtp + most_reduction_db));
    let mut aim_lufs = search.target_lufs;
    let mut gain_db = gain_for(search, trials.as_ref(), aim_lufs, most_gain_db);
    let mut confirmed = confirm(search, gain_db, simulate)?;
    if let Some(first) = &confirmed
        && (search.target_lufs - first.integrated_lufs).abs() > CONFIRMED_LU
    {
        // The prediction is off by a little that hardly depends on the gain: aim as much beside the target, once.
        aim_lufs += trials
            .trial(Some(&limiter_at(cx, gain_db)))
            .map_or(0.0, |trial| trial.integrated_lufs - first.integrated_lufs);
        let again_db = gain_for(search, trials.as_ref(), aim_lufs, most_gain_db);
        if again_db != gain_db {
            gain_db = again_db;
            confirmed = confirm(search, gain_db, simulate)?;
        }
    }
    Ok(confirmed.map_or_else(Proposal::default, |found| conclude(search, found, most_reduction_db)))
}

/// The gain at which the limiter is predicted to reach a loudness, as far as it is allowed and worth it.
fn gain_for(search: &Search, trials: &dyn LimiterTrials, aim_lufs: f64, most_gain_db: f64) -> f64 {
    let at = |gain_db: f64| trials.trial(Some(&limiter_at(search.cx, gain_db)));
    let Some(open) = trials.trial(None) else { return 0.0 };
    let mut gain_db = (aim_lufs - open.integrated_lufs).min(most_gain_db);
    let mut slope = 1.0;
    let mut last: Option<(f64, f64)> = None;
    for _ in 0..MOST_TRIALS {
        let Some(found) = at(gain_db) else { break };
        let short_lu = aim_lufs - found.integrated_lufs;
        if let Some((last_db, last_lufs)) = last.filter(|last| last.0 != gain_db) {
            slope = ((found.integrated_lufs - last_lufs) / (gain_db - last_db)).clamp(0.2, 1.0);
        }
        last = Some((gain_db, found.integrated_lufs));
        let next_db = (gain_db + short_lu / slope).min(most_gain_db);
        let useless = slope < LEAST_SLOPE && short_lu > 0.0;
        if short_lu.abs() <= TOLERANCE_LU || useless || (next_db - gain_db).abs() < 0.005 {
            break;
        }
        gain_db = next_db;
    }
    hundredths(gain_db)
}

/// The move for what was confirmed, and what it leaves open.
fn conclude(search: &Search, found: Confirmed, most_reduction_db: f64) -> Proposal {
    let short_lu = search.target_lufs - found.integrated_lufs;
    let ceiling_dbtp = search.cx.delivery.ceiling_dbtp;
    let title = &search.cx.delivery.title;
    let effect = format!(
        "{:.1} LUFS, true peak at most {ceiling_dbtp:.1} dBTP; the limiter reduces by {:.1} dB at most",
        found.integrated_lufs, found.reduction_db
    );
    let reason = match &search.standing.mastered {
        Some(signs) => format!("already mastered ({signs}), so only the level is matched to {title}"),
        None => format!("{title} asks for {:.1} LUFS under {ceiling_dbtp:.1} dBTP", search.target_lufs),
    };
    let limiter = limiter(search.cx, found.gain_db, reason, effect);
    let unresolved = (short_lu.abs() > CLOSE_ENOUGH_LU).then(|| Unresolved {
        because: "loudness.integrated_lufs".to_string(),
        advice: out_of_reach(search, &found, most_reduction_db),
    });
    Proposal { moves: vec![limiter], measured: Some(found.simulated), unresolved }
}

/// How far it got and what would be needed in the mix.
fn out_of_reach(search: &Search, best: &Confirmed, most_reduction_db: f64) -> String {
    let cx = search.cx;
    let ceiling_dbtp = cx.delivery.ceiling_dbtp;
    let short_lu = search.target_lufs - best.integrated_lufs;
    let mut advice = format!(
        "reaches {:.1} LUFS, {short_lu:.1} LU short of {:.1} LUFS, with {:.1} dB of limiting (bound {most_reduction_db:.1} dB)",
        best.integrated_lufs, search.target_lufs, best.reduction_db
    );
    let room_lu = ceiling_dbtp - search.target_lufs;
    if let Some(plr_lu) = cx.analysis.dynamics.plr_lu.filter(|plr_lu| *plr_lu > room_lu + 0.05) {
        advice.push_str(&format!(
            "; the PLR of {plr_lu:.1} LU is {:.1} LU higher than {:.1} LUFS at {ceiling_dbtp:.1} dBTP allows",
            plr_lu - room_lu,
            search.target_lufs
        ));
    }
    let places = highest_peaks(cx, ceiling_dbtp - best.gain_db - short_lu + most_reduction_db);
    if places.is_empty() {
        advice.push_str("; tame the peaks in the mix, or choose a quieter delivery");
    } else {
        advice.push_str(&format!(
            "; tame the peaks in the mix (the highest at {}), choose a quieter delivery, or accept more limiting",
            words::list(&places)
        ));
    }
    advice
}

/// Where the true peak exceeds `over_dbtp`: the three highest places, at least two seconds apart.
fn highest_peaks(cx: &Context, over_dbtp: f64) -> Vec<String> {
    let series = &cx.analysis.peaks.true_peak_dbtp_series;
    let mut places: Vec<(usize, f32)> =
        series.iter().enumerate().filter_map(|(i, peak)| Some((i, (*peak)?))).collect();
    places.retain(|(_, peak_dbtp)| f64::from(*peak_dbtp) > over_dbtp);
    places.sort_by(|a, b| b.1.total_cmp(&a.1));
    let mut kept: Vec<usize> = Vec::new();
    for (place, _) in places {
        if kept.len() < 3 && kept.iter().all(|other| other.abs_diff(place) >= 20) {
            kept.push(place);
        }
    }
    kept.sort_unstable();
    kept.iter().map(|place| clock(*place as f64 / 10.0, false)).collect()
}

/// The chain with gain and limiter, measured in full; `None` where nothing could be measured.
fn confirm(search: &Search, gain_db: f64, simulate: &mut dyn Simulate) -> Result<Option<Confirmed>> {
    let mut chain = search.before.to_vec();
    chain.push(limiter(search.cx, gain_db, String::new(), String::new()));
    if search.standing.allows(search.cx, MoveStage::Format) {
        chain.extend(format::dither(search.cx, true));
    }
    let simulated = simulate.simulate(&chain, Depth::Final)?;
    let reduction_db = reduction_max_db(&simulated.meters);
    let loudness = simulated.analysis.loudness.integrated_lufs;
    Ok(loudness.map(|integrated_lufs| Confirmed { gain_db, integrated_lufs, reduction_db, simulated }))
}

/// Where no limiting is accepted: the most gain that the peaks leave.
fn unlimited(search: &Search, wanted_db: f64, room_db: f64, open: &LimiterTrial) -> Proposal {
    let gain_db = wanted_db.min(room_db);
    let short_lu = wanted_db - gain_db;
    let unresolved = (short_lu > CLOSE_ENOUGH_LU).then(|| Unresolved {
        because: "loudness.integrated_lufs".to_string(),
        advice: format!(
            "{short_lu:.1} LU short of {:.1} LUFS, as no limiting is accepted",
            search.target_lufs
        ),
    });
    plain(search, gain_db, open.integrated_lufs, open.open_true_peak_dbtp, unresolved)
}

/// Plain gain, with what the song measures in front of it.
fn plain(search: &Search, gain_db: f64, lufs: f64, dbtp: f64, unresolved: Option<Unresolved>) -> Proposal {
    let title = &search.cx.delivery.title;
    let gain_db = hundredths(within_processor(gain_db));
    let short_lu = search.target_lufs - lufs - gain_db;
    let too_quiet = (gain_db >= MOST_GAIN_DB && short_lu > CLOSE_ENOUGH_LU).then(|| Unresolved {
        because: "loudness.integrated_lufs".to_string(),
        advice: format!(
            "{short_lu:.1} LU short of {:.1} LUFS even with {gain_db:.0} dB of gain: export the mix louder",
            search.target_lufs
        ),
    });
    let reason = match &search.standing.mastered {
        Some(signs) => format!("already mastered ({signs}), so only the level is matched to {title}"),
        None => format!("{title} asks for {:.1} LUFS, and the peaks leave room for it", search.target_lufs),
    };
    let effect =
        format!("{lufs:.1} to {:.1} LUFS, true peak {dbtp:.1} to {:.1} dBTP", lufs + gain_db, dbtp + gain_db);
    let because = vec!["loudness.integrated_lufs".to_string()];
    let gain =
        automatic("gain", MoveStage::Loudness, because, reason, 0.95, effect, Processor::Gain { gain_db });
    Proposal { moves: vec![gain], measured: None, unresolved: unresolved.or(too_quiet) }
}

/// A delivery without a loudness: the level is the engineer's, only the ceiling is kept.
fn under_ceiling(cx: &Context, before: &[Move], simulate: &mut dyn Simulate) -> Result<Proposal> {
    let (mut true_peak_dbtp, ceiling_dbtp) = (cx.analysis.peaks.true_peak_dbtp, cx.delivery.ceiling_dbtp);
    let mut measured = None;
    if !before.is_empty() {
        let simulated = simulate.simulate(before, Depth::Full)?;
        true_peak_dbtp = simulated.analysis.peaks.true_peak_dbtp;
        measured = Some(simulated);
    }
    let Some(true_peak_dbtp) = true_peak_dbtp else {
        return Ok(Proposal { measured, ..Proposal::default() });
    };
    let title = &cx.delivery.title;
    let because = vec!["peaks.true_peak_dbtp".to_string()];
    if true_peak_dbtp > ceiling_dbtp {
        let gain_db = hundredths(ceiling_dbtp - ROOM_DB - true_peak_dbtp);
        let reason = format!(
            "{title} asks for no loudness, but the true peak is over its ceiling of {ceiling_dbtp:.1} dBTP"
        );
        let effect = format!(
            "true peak {true_peak_dbtp:.1} to {:.1} dBTP, dynamics untouched",
            true_peak_dbtp + gain_db
        );
        let gain =
            automatic("gain", MoveStage::Loudness, because, reason, 0.9, effect, Processor::Gain { gain_db });
        return Ok(Proposal { moves: vec![gain], ..Proposal::default() });
    }
    let headroom_db = hundredths(ceiling_dbtp - ROOM_DB - true_peak_dbtp);
    if headroom_db < HEADROOM_DB {
        return Ok(Proposal { measured, ..Proposal::default() });
    }
    let reason = format!(
        "{title} asks for no loudness, so the level is left alone; the peaks would leave room for more"
    );
    let effect =
        format!("true peak {true_peak_dbtp:.1} to {:.1} dBTP, if wanted", true_peak_dbtp + headroom_db);
    let gain = automatic(
        "gain",
        MoveStage::Loudness,
        because,
        reason,
        0.3,
        effect,
        Processor::Gain { gain_db: headroom_db },
    );
    let gain = Move { applicability: Applicability::OptIn, ..gain };
    Ok(Proposal { moves: vec![gain], measured, unresolved: None })
}

fn limiter(cx: &Context, gain_db: f64, reason: String, effect: String) -> Move {
    let because = vec!["loudness.integrated_lufs".to_string(), "peaks.true_peak_dbtp".to_string()];
    automatic("limiter", MoveStage::Loudness, because, reason, 0.9, effect, limiter_at(cx, gain_db))
}

/// The limiter that is proposed, with some gain.
fn limiter_at(cx: &Context, gain_db: f64) -> Processor {
    Processor::Limiter {
        ceiling_dbtp: cx.delivery.ceiling_dbtp,
        gain_db: hundredths(gain_db),
        lookahead_ms: LOOKAHEAD_MS,
        release_ms: RELEASE_MS,
        max_reduction_db: bound(cx),
    }
}

/// The bound on gain reduction that the user accepts.
fn bound(cx: &Context) -> f64 {
    let bound_db = cx.options.max_reduction_db;
    if bound_db.is_finite() { bound_db.clamp(0.0, MOST_GAIN_DB) } else { 0.0 }
}

/// A gain that processors take.
fn within_processor(gain_db: f64) -> f64 {
    gain_db.clamp(-MOST_GAIN_DB, MOST_GAIN_DB)
}

/// Most reduction of the limiter.
pub(super) fn reduction_max_db(meters: &[Meter]) -> f64 {
    meters
        .iter()
        .find(|meter| meter.id == "limiter")
        .and_then(|meter| meter.gain_reduction_max_db)
        .map_or(0.0, f64::abs)
}

/// Gain in steps that people read and that keep the target.
fn hundredths(gain_db: f64) -> f64 {
    (gain_db * 100.0).round() / 100.0
}
