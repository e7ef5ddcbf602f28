//! A compressor in three bands, only where the crest of single bands is above what is typical, and only in those bands.

use super::search::{Effect, Found, Grid, search};
use crate::advise::{Context, Simulate, Split, Standing, automatic, words};
use crate::error::Result;
use crate::model::{CompressorSettings, Move, MoveStage, Processor};

/// Where the bands part (standards digest, section 8: the usual crossovers of a mastering multiband).
const CROSSOVERS_HZ: [f64; 2] = [200.0, 5000.0];
/// How far above the profile's ninetieth percentile the crest of an octave has to be, at full trust.
const MARGIN_DB: f64 = 1.0;
/// Octaves this far below the whole are not heard on their own.
const AUDIBLE_DB: f64 = -40.0;
/// Least improvement that is worth a band.
const LEAST_GAIN_DB: f64 = 0.3;
/// Fast enough to meet the peaks that make the crest, in the bass slow against its waves.
const GRIDS: [Grid; 3] = [
    Grid {
        ratios: &[1.5, 2.0, 3.0],
        attacks_ms: &[10.0, 20.0, 30.0],
        releases_ms: &[150.0, 300.0],
        knee_db: 6.0,
    },
    Grid {
        ratios: &[1.5, 2.0, 3.0],
        attacks_ms: &[5.0, 10.0, 20.0],
        releases_ms: &[80.0, 150.0],
        knee_db: 6.0,
    },
    Grid {
        ratios: &[1.5, 2.0, 3.0],
        attacks_ms: &[2.0, 5.0, 10.0],
        releases_ms: &[60.0, 120.0],
        knee_db: 6.0,
    },
];

/// An octave whose crest is unusual.
struct Asking {
    center_hz: f64,
    crest_db: f64,
    usual_db: f64,
}

impl Asking {
    fn excess_db(&self) -> f64 {
        self.crest_db - self.usual_db
    }
}

/// A multiband compressor behind `before`, where one or two of the bands ask for it; where all do, it is a matter of the
/// whole, not of bands.
pub(super) fn multiband(
    cx: &Context,
    standing: &Standing,
    before: &[Move],
    simulate: &mut dyn Simulate,
) -> Result<Option<Move>> {
    let asking: Vec<Option<Asking>> =
        (0..=CROSSOVERS_HZ.len()).map(|band| worst_octave(cx, standing, band)).collect();
    if asking.iter().all(Option::is_none) || asking.iter().all(Option::is_some) {
        return Ok(None);
    }
    let scale = standing.scale(MoveStage::Dynamics);
    let most_mean_db = cx.options.max_mean_reduction_db * scale;
    let trials = simulate.level_trials(before, &Split::Crossover(CROSSOVERS_HZ.to_vec()))?;
    let mut bands = Vec::new();
    let (mut because, mut reasons, mut effects) = (Vec::new(), Vec::new(), Vec::new());
    for (index, asking) in asking.into_iter().enumerate() {
        let helpful = asking.and_then(|asking| {
            let found = search(&GRIDS[index], -scale * asking.excess_db(), most_mean_db, |settings| {
                let change = trials.band(index, settings, f64::INFINITY)?;
                Some(Effect { value: change.crest_db, mean_db: change.reduction_mean_db })
            })?;
            (found.effect.value <= -LEAST_GAIN_DB).then_some((asking, found))
        });
        let Some((asking, Found { mut settings, effect })) = helpful else {
            bands.push(idle(&GRIDS[index]));
            continue;
        };
        // What the reduction takes from the band is given back: its level is tone, not dynamics.
        let level_db = trials.band(index, &settings, f64::INFINITY).map_or(0.0, |change| change.level_db);
        settings.makeup_db = (-level_db * 10.0).round() / 10.0;
        because.push(format!("dynamics.bands[{}].crest_db", asking.center_hz));
        reasons.push(format!(
            "crest of {:.1} dB in the octave at {}, usual in {} up to {:.1} dB",
            asking.crest_db,
            words::hz(asking.center_hz),
            cx.profile.title,
            asking.usual_db
        ));
        effects.push(format!(
            "{}: crest {} by {:.1} dB mean reduction, threshold {:.1} dBFS",
            name(index),
            words::signed_db(effect.value),
            effect.mean_db,
            settings.threshold_dbfs
        ));
        bands.push(settings);
    }
    if because.is_empty() {
        return Ok(None);
    }
    Ok(Some(automatic(
        "multiband",
        MoveStage::Dynamics,
        because,
        words::list(&reasons),
        0.25 + 0.3 * standing.trust,
        words::list(&effects),
        Processor::Multiband { crossovers_hz: CROSSOVERS_HZ.to_vec(), bands },
    )))
}

/// A band that passes unchanged.
fn idle(grid: &Grid) -> CompressorSettings {
    CompressorSettings {
        threshold_dbfs: 0.0,
        ratio: 1.0,
        knee_db: grid.knee_db,
        attack_ms: grid.attacks_ms[1],
        release_ms: grid.releases_ms[1],
        makeup_db: 0.0,
    }
}

fn name(band: usize) -> &'static str {
    ["below 200 Hz", "200 Hz to 5 kHz", "above 5 kHz"].get(band).copied().unwrap_or_default()
}

/// The octave of a band whose crest is furthest above the profile's.
fn worst_octave(cx: &Context, standing: &Standing, band: usize) -> Option<Asking> {
    let from_hz = band.checked_sub(1).map_or(0.0, |below| CROSSOVERS_HZ[below]);
    let to_hz = CROSSOVERS_HZ.get(band).copied().unwrap_or(f64::INFINITY);
    let level_db = |center_hz: f64| {
        let mut bands = cx.analysis.tone.bands.iter();
        bands.find(|band| (band.center_hz / center_hz - 1.0).abs() < 0.05).and_then(|band| band.level_db)
    };
    let octaves = cx.analysis.dynamics.bands.iter().filter_map(|octave| {
        let crest_db = octave.crest_db?;
        let usual = cx.profile.crest.iter().find(|span| span.center_hz == octave.center_hz)?;
        let heard = level_db(octave.center_hz).is_some_and(|level_db| level_db > AUDIBLE_DB);
        let inside = (from_hz..to_hz).contains(&octave.center_hz) && heard;
        let asking = Asking { center_hz: octave.center_hz, crest_db, usual_db: usual.crest_db.p90 };
        (inside && asking.excess_db() > MARGIN_DB / standing.trust).then_some(asking)
    });
    octaves.max_by(|a, b| a.excess_db().total_cmp(&b.excess_db()))
}
