//! The gain that a service plays a file with.
//!
//! Gain = target − loudness. Upwards only where the service raises, and only until the true peak reaches its bound;
//! a service that limits instead of stopping says at what level. An album played as one has one gain for all tracks.

use crate::dsp::gating::pooled_integrated_lufs;
use crate::model::{
    AlbumBy, Analysis, Delivery, GainHeld, Normalisation, NormalisationScope, PlatformPlayback,
};
use crate::units::finite;

/// Loudness and peak that a gain is taken from.
#[derive(Clone, Copy)]
struct Level {
    integrated_lufs: f64,
    true_peak_dbtp: f64,
}

impl Level {
    fn of(analysis: &Analysis) -> Option<Level> {
        Some(Level {
            integrated_lufs: analysis.loudness.integrated_lufs?,
            true_peak_dbtp: analysis.peaks.true_peak_dbtp?,
        })
    }
}

/// One track by itself, on every delivery that normalises. Empty for a file without loudness or peak.
pub fn platforms(analysis: &Analysis, deliveries: &[Delivery]) -> Vec<PlatformPlayback> {
    let Some(level) = Level::of(analysis) else { return Vec::new() };
    let normalising = deliveries.iter().filter_map(|d| Some((d, d.normalisation.as_ref()?)));
    normalising
        .map(|(delivery, rule)| {
            let gain = gain(rule, level);
            playback(delivery, rule, level, gain, NormalisationScope::Track, None)
        })
        .collect()
}

/// The tracks of an album played as such, on every delivery that takes one gain per album: for each track its entries.
/// A track without loudness has none and does not count for the album.
pub fn album_platforms(tracks: &[&Analysis], deliveries: &[Delivery]) -> Vec<Vec<PlatformPlayback>> {
    let mut entries = vec![Vec::new(); tracks.len()];
    let levels: Vec<Option<Level>> = tracks.iter().map(|track| Level::of(track)).collect();
    let albums = deliveries.iter().filter_map(|d| Some((d, d.normalisation.as_ref()?)));
    for (delivery, rule) in albums.filter(|(_, rule)| rule.scope == NormalisationScope::Album) {
        let Some((album, loudest, highest)) = album_level(tracks, &levels, rule.album_by) else { continue };
        let gain = gain(rule, album);
        let set_by = match (gain.held_by, rule.album_by) {
            (Some(GainHeld::TruePeak), _) => Some(highest),
            (_, AlbumBy::LoudestTrack) => Some(loudest),
            (_, AlbumBy::Whole) => None,
        };
        let set_by = set_by.map(|index| tracks[index].source.path.clone());
        for (entries, level) in entries.iter_mut().zip(&levels) {
            if let Some(level) = level {
                let scope = NormalisationScope::Album;
                entries.push(playback(delivery, rule, *level, gain, scope, set_by.clone()));
            }
        }
    }
    entries
}

/// Loudness and peak of an album, its loudest track, and the one with the highest peak.
fn album_level(tracks: &[&Analysis], levels: &[Option<Level>], by: AlbumBy) -> Option<(Level, usize, usize)> {
    let known = || levels.iter().enumerate().filter_map(|(index, level)| Some((index, (*level)?)));
    let (loudest, loudest_level) =
        known().max_by(|a, b| a.1.integrated_lufs.total_cmp(&b.1.integrated_lufs))?;
    let (highest, peak) = known().max_by(|a, b| a.1.true_peak_dbtp.total_cmp(&b.1.true_peak_dbtp))?;
    let series: Vec<&[Option<f32>]> =
        tracks.iter().map(|track| track.loudness.momentary_lufs.as_slice()).collect();
    let integrated_lufs = match by {
        AlbumBy::LoudestTrack => loudest_level.integrated_lufs,
        AlbumBy::Whole => pooled_integrated_lufs(&series).unwrap_or(loudest_level.integrated_lufs),
    };
    Some((Level { integrated_lufs, true_peak_dbtp: peak.true_peak_dbtp }, loudest, highest))
}

#[derive(Clone, Copy)]
struct Gain {
    gain_db: f64,
    held_by: Option<GainHeld>,
}

fn gain(rule: &Normalisation, level: Level) -> Gain {
    let whole_db = rule.target_lufs - level.integrated_lufs;
    if whole_db <= 0.0 {
        return Gain { gain_db: whole_db, held_by: None };
    }
    if !rule.raises {
        return Gain { gain_db: 0.0, held_by: Some(GainHeld::NeverRaised) };
    }
    match rule.raises_until_dbtp.map(|bound_dbtp| (bound_dbtp - level.true_peak_dbtp).max(0.0)) {
        Some(room_db) if room_db < whole_db => Gain { gain_db: room_db, held_by: Some(GainHeld::TruePeak) },
        _ => Gain { gain_db: whole_db, held_by: None },
    }
}

fn playback(
    delivery: &Delivery,
    rule: &Normalisation,
    level: Level,
    Gain { gain_db, held_by }: Gain,
    scope: NormalisationScope,
    set_by: Option<String>,
) -> PlatformPlayback {
    let true_peak_dbtp = level.true_peak_dbtp + gain_db;
    let over_db = |limit_dbfs: f64| finite(true_peak_dbtp - limit_dbfs).filter(|over| *over > 0.0);
    PlatformPlayback {
        delivery: delivery.name.clone(),
        title: delivery.title.clone(),
        target_lufs: rule.target_lufs,
        gain_db,
        integrated_lufs: level.integrated_lufs + gain_db,
        true_peak_dbtp,
        scope,
        held_by,
        // A limiter is for raising; a file that is turned down never meets it.
        limited_db: rule.limits_at_dbfs.filter(|_| gain_db > 0.0).and_then(over_db),
        set_by,
        source: delivery.source.clone(),
        checked_on: delivery.checked_on.clone(),
    }
}
