//! Dynamics: a gentle compressor, only where the song's dynamics lie above what is typical, found by trying it on the song.

use super::{Context, Depth, Simulate, Standing, automatic};
use crate::error::Result;
use crate::model::{Analysis, CompressorSettings, Meter, Move, MoveStage, Processor, Unresolved};

/// How far above the profile's ninetieth percentile a measure has to be, at full trust.
const MARGIN_LU: f64 = 1.0;
/// Crest lost to limiting from which a song is not compressed any more.
const ALREADY_LIMITED_DB: f64 = 1.5;
/// Most mean gain reduction (mastering practice: 1 to 2 dB on a mix bus).
const MOST_MEAN_DB: f64 = 2.0;
/// Least improvement that is worth a compressor.
const LEAST_GAIN_LU: f64 = 0.3;
/// Most make-up: what the reduction takes, and what an equaliser in front of it may add or take.
const MOST_MAKEUP_DB: f64 = 6.0;
/// Most simulations that are spent on it.
const MOST_TRIES: usize = 2;

/// A measure that may ask for a compressor, and the settings that act on it.
struct Kind {
    path: &'static str,
    name: &'static str,
    of: fn(&Analysis) -> Option<f64>,
    /// Whether the delivery cannot be reached as it is.
    needed: fn(&Context, f64) -> bool,
    ratio: f64,
    attack_ms: f64,
    release_ms: f64,
    effect: &'static str,
}

/// What may ask for a compressor, the more telling first. Attack and release are the usual start points for a mix bus;
/// slower for the loudness range, which is a matter of phrases, not of drums.
const KINDS: &[Kind] = &[
    Kind {
        path: "dynamics.plr_lu",
        name: "PLR",
        of: |analysis| {
            let derived = analysis.peaks.true_peak_dbtp.zip(analysis.loudness.integrated_lufs);
            derived.map(|(true_peak_dbtp, integrated_lufs)| true_peak_dbtp - integrated_lufs)
        },
        needed: limiter_would_do_too_much,
        ratio: 2.0,
        attack_ms: 10.0,
        release_ms: 150.0,
        effect: "holds peaks against the body of the sound",
    },
    Kind {
        path: "loudness.range_lu",
        name: "loudness range",
        of: |analysis| analysis.loudness.range_lu,
        needed: |_, _| true,
        ratio: 1.6,
        attack_ms: 30.0,
        release_ms: 400.0,
        effect: "brings loud and quiet passages nearer to each other",
    },
];

/// What was decided.
#[derive(Default)]
pub(super) struct Proposal {
    /// The compressor.
    pub(super) compressor: Option<Move>,
    /// How much it changes the loudness of the song, with what is in front of it.
    pub(super) change_lu: Option<f64>,
    /// What a compressor cannot mend.
    pub(super) unresolved: Option<Unresolved>,
}

/// A compressor behind `before`, where the dynamics ask for one and it helps.
pub(super) fn compressor(
    cx: &Context,
    standing: &Standing,
    before: &[Move],
    simulate: &mut dyn Simulate,
) -> Result<Proposal> {
    if cx.analysis.dynamics.limited_db.is_some_and(|limited_db| limited_db >= ALREADY_LIMITED_DB) {
        return Ok(Proposal::default());
    }
    let asking = KINDS.iter().find_map(|kind| {
        let measured = (kind.of)(cx.analysis)?;
        let span = cx.profile.spans.get(kind.path)?;
        let unusual = measured > span.p90 + MARGIN_LU / standing.trust;
        (unusual && (kind.needed)(cx, measured)).then_some((kind, measured, span.p90))
    });
    let Some((kind, measured_lu, typical_lu)) = asking else { return Ok(Proposal::default()) };
    let ratio = scaled_ratio(kind.ratio, standing.scale());
    let most_mean_db = MOST_MEAN_DB * standing.scale();
    let levels_dbfs = detector_levels(cx.analysis);
    let Some(mut threshold_dbfs) = threshold_for(&levels_dbfs, ratio, 0.7 * most_mean_db) else {
        return Ok(Proposal::default());
    };
    let mut best: Option<(CompressorSettings, f64, f64)> = None;
    let mut tries = 0;
    while tries < MOST_TRIES {
        tries += 1;
        let settings = CompressorSettings {
            threshold_dbfs: (threshold_dbfs * 2.0).round() / 2.0,
            ratio,
            knee_db: 6.0,
            attack_ms: kind.attack_ms,
            release_ms: kind.release_ms,
            makeup_db: 0.0,
        };
        let mut chain = before.to_vec();
        chain.push(as_move(kind, settings.clone(), String::new(), String::new(), 0.5));
        let simulated = simulate.simulate(&chain, Depth::Loudness)?;
        let mean_db = reduction_mean_db(&simulated.meters);
        let Some(reached_lu) = (kind.of)(&simulated.analysis) else { break };
        // Make-up that keeps the loudness of the song.
        let loudness = cx.analysis.loudness.integrated_lufs.zip(simulated.analysis.loudness.integrated_lufs);
        let makeup_db = loudness.map_or(0.0, |(before_lufs, after_lufs)| before_lufs - after_lufs);
        if mean_db <= most_mean_db + 0.05 && best.as_ref().is_none_or(|best| reached_lu < best.1) {
            best = Some((CompressorSettings { makeup_db, ..settings }, reached_lu, mean_db));
        }
        if tries == MOST_TRIES || (reached_lu <= typical_lu && mean_db <= most_mean_db) {
            break;
        }
        // The levels are estimates: what they predicted for this threshold and what was measured differ by an offset.
        let wanted_db = if mean_db > most_mean_db { 0.8 * most_mean_db } else { 0.95 * most_mean_db };
        let offset_db = threshold_for(&levels_dbfs, ratio, mean_db)
            .map_or(0.0, |equivalent_dbfs| threshold_dbfs - equivalent_dbfs);
        let Some(next_dbfs) = threshold_for(&levels_dbfs, ratio, wanted_db) else { break };
        threshold_dbfs = next_dbfs + offset_db.clamp(-12.0, 12.0);
    }
    let asked =
        format!("{} {measured_lu:.1} LU, usual in {} up to {typical_lu:.1} LU", kind.name, cx.profile.title);
    let helpful = best.filter(|(_, reached_lu, _)| measured_lu - reached_lu >= LEAST_GAIN_LU);
    let Some((mut settings, reached_lu, mean_db)) = helpful else {
        let advice = format!(
            "{asked}; a compressor with {most_mean_db:.1} dB of mean reduction would not change that: ride the loud places or compress single tracks in the mix, if it is not meant"
        );
        let unresolved = Some(Unresolved { because: kind.path.to_string(), advice });
        return Ok(Proposal { unresolved, ..Proposal::default() });
    };
    settings.makeup_db = (settings.makeup_db.clamp(-MOST_MAKEUP_DB, MOST_MAKEUP_DB) * 10.0).round() / 10.0;
    let effect = format!(
        "{}: {} {measured_lu:.1} to {reached_lu:.1} LU, {mean_db:.1} dB mean reduction, threshold {:.1} dBFS",
        kind.effect, kind.name, settings.threshold_dbfs
    );
    let confidence = 0.3 + 0.3 * standing.trust;
    let compressor = Some(as_move(kind, settings, asked, effect, confidence));
    Ok(Proposal { compressor, change_lu: Some(0.0), unresolved: None })
}

/// Peaks are the charm of a recording, not a fault: they are compressed only where the delivery asks for more than the
/// limiter may do alone.
fn limiter_would_do_too_much(cx: &Context, plr_lu: f64) -> bool {
    let room_lu = cx.delivery.integrated_lufs.map(|target_lufs| cx.delivery.ceiling_dbtp - target_lufs);
    room_lu.is_some_and(|room_lu| plr_lu - room_lu > cx.options.max_reduction_db)
}

fn as_move(
    kind: &Kind,
    settings: CompressorSettings,
    reason: String,
    effect: String,
    confidence: f64,
) -> Move {
    let because = vec![kind.path.to_string()];
    automatic(
        "compressor",
        MoveStage::Dynamics,
        because,
        reason,
        confidence,
        effect,
        Processor::Compressor(settings),
    )
}

/// The ratio that reduces by `scale` times as many dB.
fn scaled_ratio(ratio: f64, scale: f64) -> f64 {
    let ratio = 1.0 / (1.0 - scale.clamp(0.0, 1.0) * (1.0 - 1.0 / ratio));
    (ratio * 100.0).round() / 100.0
}

/// Levels as the compressor's detector sees them, ten per second, from the momentary loudness: an estimate that takes
/// the distance between loudness and RMS level as constant.
fn detector_levels(analysis: &Analysis) -> Vec<f64> {
    let offset_db = analysis
        .dynamics
        .rms_dbfs
        .zip(analysis.loudness.integrated_lufs)
        // The detector reads a sine at full scale as 0 dBFS, the RMS as −3.01.
        .map_or(0.0, |(rms_dbfs, integrated_lufs)| rms_dbfs + 3.01 - integrated_lufs);
    analysis.loudness.momentary_lufs.iter().flatten().map(|lufs| f64::from(*lufs) + offset_db).collect()
}

/// The threshold at which the static curve reduces by `mean_db` on average; `None` for silence.
fn threshold_for(levels_dbfs: &[f64], ratio: f64, mean_db: f64) -> Option<f64> {
    if levels_dbfs.is_empty() || ratio <= 1.0 {
        return None;
    }
    let mean_at = |threshold_dbfs: f64| {
        let sum: f64 =
            levels_dbfs.iter().map(|level| (level - threshold_dbfs).max(0.0) * (1.0 - 1.0 / ratio)).sum();
        sum / levels_dbfs.len() as f64
    };
    let (mut low_dbfs, mut high_dbfs) = (-60.0, 0.0);
    for _ in 0..30 {
        let middle_dbfs = (low_dbfs + high_dbfs) / 2.0;
        if mean_at(middle_dbfs) > mean_db { low_dbfs = middle_dbfs } else { high_dbfs = middle_dbfs }
    }
    Some((low_dbfs + high_dbfs) / 2.0)
}

/// Mean reduction of the compressor.
fn reduction_mean_db(meters: &[Meter]) -> f64 {
    meters
        .iter()
        .find(|meter| meter.id == "compressor")
        .and_then(|meter| meter.gain_reduction_mean_db)
        .map_or(0.0, f64::abs)
}
