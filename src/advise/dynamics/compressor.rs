//! A gentle compressor, only where the song's dynamics lie above what is typical.

use super::Proposal;
use super::search::{Effect, Grid, search};
use crate::advise::{Context, Depth, LevelTrial, Simulate, Split, Standing, automatic};
use crate::error::Result;
use crate::model::{Analysis, CompressorSettings, Meter, Move, MoveStage, Processor, Unresolved};

/// How far above the profile's ninetieth percentile a measure has to be, at full trust.
const MARGIN_LU: f64 = 1.0;
/// Least improvement that is worth a compressor.
const LEAST_GAIN_LU: f64 = 0.3;
/// Most make-up: what the reduction takes, and what an equaliser in front of it may add or take.
const MOST_MAKEUP_DB: f64 = 6.0;

/// A measure that may ask for a compressor, and the settings that act on it.
struct Kind {
    path: &'static str,
    name: &'static str,
    of: fn(&Analysis) -> Option<f64>,
    predicted: fn(&LevelTrial) -> Option<f64>,
    /// Whether the delivery cannot be reached as it is.
    needed: fn(&Context, f64) -> bool,
    grid: Grid,
    effect: &'static str,
}

/// Peak to loudness ratio, also where no dynamics were measured.
fn plr_lu(analysis: &Analysis) -> Option<f64> {
    let derived = analysis.peaks.true_peak_dbtp.zip(analysis.loudness.integrated_lufs);
    derived.map(|(true_peak_dbtp, integrated_lufs)| true_peak_dbtp - integrated_lufs)
}

/// Fast enough for peaks, slow enough for the attack of a drum.
const FOR_PEAKS: Grid = Grid {
    ratios: &[1.5, 2.0, 3.0],
    attacks_ms: &[10.0, 20.0, 30.0],
    releases_ms: &[80.0, 150.0, 300.0],
    knee_db: 6.0,
};

/// What may ask for a compressor, the more telling first. Ranges of attack, release and ratio are the usual ones of a mix
/// bus (2:1, 10 to 30 ms, 1 to 2 dB of reduction: standards digest, section 8); slower for the loudness range, which is a matter of phrases, not of drums.
const KINDS: &[Kind] = &[
    Kind {
        path: "dynamics.plr_lu",
        name: "PLR",
        of: plr_lu,
        predicted: |trial| trial.plr_lu,
        needed: limiter_would_do_too_much,
        grid: FOR_PEAKS,
        effect: "holds peaks against the body of the sound",
    },
    Kind {
        path: "dynamics.psr_p05_lu",
        name: "PSR of the dense parts",
        of: |analysis| analysis.dynamics.psr_p05_lu,
        predicted: |trial| trial.psr_p05_lu,
        needed: |_, _| true,
        grid: FOR_PEAKS,
        effect: "holds peaks against the body of the sound",
    },
    Kind {
        path: "loudness.range_lu",
        name: "loudness range",
        of: |analysis| analysis.loudness.range_lu,
        predicted: |trial| trial.range_lu,
        needed: |_, _| true,
        grid: Grid {
            ratios: &[1.3, 1.6, 2.0],
            attacks_ms: &[30.0, 100.0],
            releases_ms: &[400.0, 800.0],
            knee_db: 6.0,
        },
        effect: "brings loud and quiet passages nearer to each other",
    },
];

/// A compressor behind `before`, where the dynamics ask for one and it helps.
pub(super) fn compressor(
    cx: &Context,
    standing: &Standing,
    before: &[Move],
    simulate: &mut dyn Simulate,
) -> Result<Proposal> {
    let asking = KINDS.iter().find_map(|kind| {
        let measured = (kind.of)(cx.analysis)?;
        let span = cx.profile.spans.get(kind.path)?;
        let unusual = measured > span.p90 + MARGIN_LU / standing.trust;
        (unusual && (kind.needed)(cx, measured)).then_some((kind, measured, span.p90))
    });
    let Some((kind, measured_lu, typical_lu)) = asking else { return Ok(Proposal::default()) };
    let scale = standing.scale(MoveStage::Dynamics);
    let most_mean_db = cx.options.max_mean_reduction_db * scale;
    let trials = simulate.level_trials(before, &Split::Whole)?;
    let goal_lu = measured_lu - scale * (measured_lu - typical_lu);
    let found = search(&kind.grid, goal_lu, most_mean_db, |settings| {
        let trial = trials.whole(settings)?;
        Some(Effect { value: (kind.predicted)(&trial)?, mean_db: trial.reduction_mean_db })
    });
    let asked =
        format!("{} {measured_lu:.1} LU, usual in {} up to {typical_lu:.1} LU", kind.name, cx.profile.title);
    let tried = match found {
        Some(found) if measured_lu - found.effect.value >= LEAST_GAIN_LU => {
            confirmed(cx, kind, before, most_mean_db, found.settings, simulate)?
        }
        _ => None,
    };
    let helpful = tried.filter(|tried| measured_lu - tried.reached_lu >= LEAST_GAIN_LU);
    let Some(Tried { settings, reached_lu, mean_db }) = helpful else {
        let advice = format!(
            "{asked}; a compressor with {most_mean_db:.1} dB of mean reduction would not change that: ride the loud places or compress single tracks in the mix, if it is not meant"
        );
        let unresolved = Some(Unresolved { because: kind.path.to_string(), advice });
        return Ok(Proposal { unresolved, ..Proposal::default() });
    };
    let effect = format!(
        "{}: {} {measured_lu:.1} to {reached_lu:.1} LU, {mean_db:.1} dB mean reduction, threshold {:.1} dBFS",
        kind.effect, kind.name, settings.threshold_dbfs
    );
    let confidence = 0.3 + 0.3 * standing.trust;
    let compressor = Some(as_move(kind, settings, asked, effect, confidence));
    Ok(Proposal { compressor, change_lu: Some(0.0), unresolved: None })
}

/// A compressor that was run on the song.
struct Tried {
    settings: CompressorSettings,
    reached_lu: f64,
    mean_db: f64,
}

/// The settings run on the song, with make-up that keeps its loudness; once more with a higher threshold where the
/// reduction came out over its bound.
fn confirmed(
    cx: &Context,
    kind: &Kind,
    before: &[Move],
    most_mean_db: f64,
    mut settings: CompressorSettings,
    simulate: &mut dyn Simulate,
) -> Result<Option<Tried>> {
    for _ in 0..2 {
        let mut chain = before.to_vec();
        chain.push(as_move(kind, settings.clone(), String::new(), String::new(), 0.5));
        let simulated = simulate.simulate(&chain, Depth::Loudness)?;
        let mean_db = reduction_mean_db(&simulated.meters);
        let over_db = mean_db - most_mean_db;
        if over_db > 0.05 {
            // Each decibel of threshold is less than the slope of the curve in reduction.
            settings.threshold_dbfs += ((over_db + 0.1) / (1.0 - 1.0 / settings.ratio) * 10.0).ceil() / 10.0;
            settings.threshold_dbfs = settings.threshold_dbfs.min(0.0);
            continue;
        }
        let loudness = cx.analysis.loudness.integrated_lufs.zip(simulated.analysis.loudness.integrated_lufs);
        let makeup_db = loudness.map_or(0.0, |(before_lufs, after_lufs)| before_lufs - after_lufs);
        settings.makeup_db = (makeup_db.clamp(-MOST_MAKEUP_DB, MOST_MAKEUP_DB) * 10.0).round() / 10.0;
        let reached_lu = (kind.of)(&simulated.analysis);
        return Ok(reached_lu.map(|reached_lu| Tried { settings, reached_lu, mean_db }));
    }
    Ok(None)
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

/// Mean reduction of the compressor.
fn reduction_mean_db(meters: &[Meter]) -> f64 {
    meters
        .iter()
        .find(|meter| meter.id == "compressor")
        .and_then(|meter| meter.gain_reduction_mean_db)
        .map_or(0.0, f64::abs)
}
