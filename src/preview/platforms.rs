//! The gain that a service plays a file with.
//!
//! Gain = target − loudness. Upwards only where the service raises, and only until the true peak reaches its bound;
//! a service that limits instead of stopping says at what level. An album played as one has one gain for all tracks.

use crate::dsp::gating::pooled_integrated_lufs;
use crate::model::{
    Album, AlbumBy, AlbumTrack, Analysis, Delivery, GainHeld, Normalisation, NormalisationScope,
    PlatformGain, PlatformPlayback,
};
use crate::units::{Quantity, Unit, finite, lufs_to_energy};

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
    let series: Vec<&[Option<f32>]> =
        tracks.iter().map(|track| track.loudness.momentary_lufs.as_slice()).collect();
    let whole = Whole {
        levels: tracks.iter().map(|track| Level::of(track)).collect(),
        pooled_lufs: pooled_integrated_lufs(&series),
    };
    for (delivery, rule) in by_album(deliveries) {
        let Some((gain, set_by)) = whole.gain(rule) else { continue };
        let set_by = set_by.map(|index| tracks[index].source.path.clone());
        for (entries, level) in entries.iter_mut().zip(&whole.levels) {
            if let Some(level) = level {
                let scope = NormalisationScope::Album;
                entries.push(playback(delivery, rule, *level, gain, scope, set_by.clone()));
            }
        }
    }
    entries
}

/// What services that take one gain per album do to a record, as it is planned or as it was written.
pub fn record_platforms(album: &Album, deliveries: &[Delivery]) -> Vec<PlatformGain> {
    let level = |track: &AlbumTrack| {
        Some(Level { integrated_lufs: track.result_lufs?, true_peak_dbtp: track.result_dbtp? })
    };
    let whole =
        Whole { levels: album.tracks.iter().map(level).collect(), pooled_lufs: album.integrated_lufs };
    let played = |(delivery, rule): (&Delivery, &Normalisation)| {
        let (gain, set_by) = whole.gain(rule)?;
        let results = album.tracks.iter().map(|track| track.result_lufs.map(|lufs| lufs + gain.gain_db));
        Some(PlatformGain {
            delivery: delivery.name.clone(),
            title: delivery.title.clone(),
            gain_db: gain.gain_db,
            results_lufs: results.collect(),
            set_by,
            because: because(rule, gain, &whole, album),
        })
    };
    by_album(deliveries).filter_map(played).collect()
}

/// This near a target is at it.
const NEAR_LU: f64 = 0.05;

/// Why an album has the gain that it has, in words.
fn because(rule: &Normalisation, gain: Gain, whole: &Whole, album: &Album) -> String {
    let target = Quantity::new(rule.target_lufs, Unit::Lufs);
    let (level, weight) = match rule.album_by {
        AlbumBy::LoudestTrack => ("the loudest song".to_string(), String::new()),
        AlbumBy::Whole => ("the record as one programme".to_string(), heaviest(album)),
    };
    let plays_lufs = whole.level_lufs(rule).map_or(rule.target_lufs, |lufs| lufs + gain.gain_db);
    let reaches = (plays_lufs - rule.target_lufs).abs() < NEAR_LU;
    match gain.held_by {
        Some(_) if reaches => format!("{level} is at {target}{weight}"),
        None => format!("{level} is brought to {target}{weight}"),
        Some(GainHeld::NeverRaised) => format!("{level} is below {target}, and the service never raises"),
        Some(GainHeld::TruePeak) => {
            let peaks = whole.levels.iter().flatten().map(|level| level.true_peak_dbtp);
            let highest = Quantity::new(peaks.fold(f64::NEG_INFINITY, f64::max), Unit::Dbtp);
            let bound = Quantity::new(rule.raises_until_dbtp.unwrap_or_default(), Unit::Dbtp);
            let room = Quantity::new(gain.gain_db, Unit::Db);
            format!("its true peak of {highest} leaves {room} up to {bound}, so {level} stays below {target}")
        }
    }
}

/// The song that weighs most in the loudness of the whole: by its length and power.
fn heaviest(album: &Album) -> String {
    let weight = |track: &AlbumTrack| track.result_lufs.map_or(0.0, lufs_to_energy) * track.length_s();
    let whole: f64 = album.tracks.iter().map(weight).sum();
    match album.tracks.iter().max_by(|a, b| weight(a).total_cmp(&weight(b))) {
        Some(track) if whole > 0.0 && album.tracks.len() > 1 => {
            format!(
                "; \"{}\" weighs most in it ({:.0} % of the energy)",
                track.title,
                100.0 * weight(track) / whole
            )
        }
        _ => String::new(),
    }
}

/// The deliveries that take one gain per album.
fn by_album(deliveries: &[Delivery]) -> impl Iterator<Item = (&Delivery, &Normalisation)> {
    let normalising = deliveries.iter().filter_map(|d| Some((d, d.normalisation.as_ref()?)));
    normalising.filter(|(_, rule)| rule.scope == NormalisationScope::Album)
}

/// An album as a service sees it.
struct Whole {
    levels: Vec<Option<Level>>,
    /// Loudness of all tracks through one gate.
    pooled_lufs: Option<f64>,
}

impl Whole {
    /// What a service takes the gain from.
    fn level_lufs(&self, rule: &Normalisation) -> Option<f64> {
        let loudest_lufs = self.levels.iter().flatten().map(|level| level.integrated_lufs).reduce(f64::max);
        match rule.album_by {
            AlbumBy::LoudestTrack => loudest_lufs,
            AlbumBy::Whole => self.pooled_lufs.or(loudest_lufs),
        }
    }

    /// The gain of all tracks, and the one that sets it: the loudest, or the one whose peak holds it.
    fn gain(&self, rule: &Normalisation) -> Option<(Gain, Option<usize>)> {
        let known = || self.levels.iter().enumerate().filter_map(|(index, level)| Some((index, (*level)?)));
        let (loudest, _) = known().max_by(|a, b| a.1.integrated_lufs.total_cmp(&b.1.integrated_lufs))?;
        let (highest, peak) = known().max_by(|a, b| a.1.true_peak_dbtp.total_cmp(&b.1.true_peak_dbtp))?;
        let level = Level { integrated_lufs: self.level_lufs(rule)?, true_peak_dbtp: peak.true_peak_dbtp };
        let gain = gain(rule, level);
        let set_by = match (gain.held_by, rule.album_by) {
            (Some(GainHeld::TruePeak), _) => Some(highest),
            (_, AlbumBy::LoudestTrack) => Some(loudest),
            (_, AlbumBy::Whole) => None,
        };
        Some((gain, set_by))
    }
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
