//! The spectrum of the loud parts: levels, spread, tilt, bandwidth.

use super::blocks::{BlockEngine, PackedPowers, SERIES_PER_S};
use super::layout::{BANDS, BLOCK_S};
use crate::dsp::bands::THIRD_OCTAVE_CENTERS_HZ;
use crate::dsp::stats::{line, percentile, percentile_of_sorted};
use crate::measure::sections::{Labels, is_loud};
use crate::model::{Loudness, Tone, ToneBand};
use crate::units;

/// The range that the tilt is taken from.
const TILT_HZ: std::ops::RangeInclusive<f64> = 100.0..=10_000.0;
/// Least bands that a tilt needs: two octaves.
const TILT_BANDS: usize = 6;
/// Which entries of the series belong to the loud parts; all of them where none does.
fn loud_entries(entries: usize, labels: &Labels) -> Vec<bool> {
    let center_s = |entry: usize| entry as f64 / SERIES_PER_S + BLOCK_S / 2.0;
    let loud: Vec<bool> = (0..entries).map(|entry| is_loud(labels, center_s(entry))).collect();
    if loud.contains(&true) { loud } else { vec![true; entries] }
}

pub(super) fn tone(
    engine: &mut BlockEngine,
    labels: &Labels,
    loudness: &Loudness,
    bandwidth_hz: Option<f64>,
) -> Tone {
    let loud = loud_entries(engine.series.len(), labels);
    let frames: Vec<&PackedPowers> =
        engine.series.iter().zip(&loud).filter(|(_, loud)| **loud).map(|(entry, _)| entry).collect();
    let mean =
        |band: usize| frames.iter().map(|frame| frame.power(band)).sum::<f64>() / frames.len().max(1) as f64;
    let means: Vec<f64> = (0..BANDS).map(mean).collect();
    let total: f64 = means.iter().sum();
    let bands: Vec<ToneBand> = (0..BANDS)
        .filter(|band| engine.layout.third[*band].is_some())
        .map(|band| {
            let mut levels: Vec<f64> =
                frames.iter().map(|frame| units::power_to_db(frame.power(band) / total)).collect();
            let p10 = percentile(&mut levels, 0.10);
            let at = |share| percentile_of_sorted(&levels, share).and_then(units::finite);
            ToneBand {
                center_hz: THIRD_OCTAVE_CENTERS_HZ[band],
                level_db: units::power_level_db(means[band] / total),
                p10_db: p10.and_then(units::finite),
                p50_db: at(0.50),
                p90_db: at(0.90),
            }
        })
        .collect();
    let stereo = !engine.seconds.is_empty();
    let resonances = engine.prominence.resonances();
    Tone {
        k_bands: engine.k_levels.bands(loudness.integrated_lufs, stereo),
        tilt_db_per_oct: tilt(&bands),
        bandwidth_hz,
        sibilance_db: engine.sibilance.db(labels),
        resonances,
        bands,
    }
}

/// Slope of the straight line through the levels over the logarithm of frequency.
fn tilt(bands: &[ToneBand]) -> Option<f64> {
    let points: Vec<(f64, f64)> = bands
        .iter()
        .filter(|band| TILT_HZ.contains(&band.center_hz))
        .filter_map(|band| band.level_db.map(|level_db| (units::octaves(1000.0, band.center_hz), level_db)))
        .collect();
    if points.len() < TILT_BANDS { None } else { line(&points).map(|(slope, _)| slope) }
}
