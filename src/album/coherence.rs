//! Tone, width and dynamics of the songs at equal loudness, and bounded moves of outliers towards the record's own middle.

use super::Song;
use crate::dsp::biquad::{high_shelf, low_shelf, peak, response_db};
use crate::dsp::kweight::KCoefficients;
use crate::dsp::stats::median;
use crate::model::{
    Album, AlbumTrack, Applicability, Coherence, CoherenceBand, EqBand, EqPhase, EqShape, Move, MoveStage,
    Processor, SongTone, ToneOutlier, ToneRegion,
};
use crate::units::{db_to_power, power_level_db};

/// Name, edges in Hz, and shape and centre of its band.
type Region = (&'static str, f64, f64, Option<(EqShape, f64)>);

/// Broad regions that engineers speak of, and the band of an equaliser that moves each: what is left alone has none.
const REGIONS: &[Region] = &[
    ("low bass", 28.0, 70.0, None),
    ("bass", 70.0, 180.0, Some((EqShape::LowShelf, 130.0))),
    ("low mids", 180.0, 560.0, Some((EqShape::Peak, 320.0))),
    ("mids", 560.0, 1800.0, Some((EqShape::Peak, 1000.0))),
    ("presence", 1800.0, 5600.0, Some((EqShape::Peak, 3200.0))),
    ("treble", 5600.0, 14_200.0, Some((EqShape::HighShelf, 7000.0))),
];

/// Fewest songs that have a middle.
const FEWEST_SONGS: usize = 3;

/// A song is apart where it is this far from the median at least, and this many times the middle distance of the songs
/// (2.5 robust standard deviations are 3.7 of it, for values that lie normally; engineering choices).
const APART_DB: f64 = 3.0;
const APART_SPREADS: f64 = 3.7;
/// The same for width, peak to loudness and loudness range.
const WIDTH_APART_DB: f64 = 5.0;
const DYNAMICS_APART_LU: f64 = 4.0;

/// A move goes half of the way that the song is beyond the limit of ordinary, and never further than this.
const MOVED_SHARE: f64 = 0.5;
const MOST_MOVED_DB: f64 = 2.0;
const LEAST_MOVED_DB: f64 = 0.5;
const MOST_WIDENED_DB: f64 = 1.5;

/// Half power over about two octaves.
const BELL_Q: f64 = 0.7;
const SHELF_Q: f64 = std::f64::consts::FRAC_1_SQRT_2;

/// Rate at which responses are reckoned: high enough that no band is bent by it.
const RECKONED_HZ: f64 = 192_000.0;

/// Levels this far under the sum are empty bands, which no median and no move should follow.
const EMPTY_DB: f64 = -70.0;

/// All songs beside each other.
pub(super) fn coherence(songs: &[Song]) -> Coherence {
    let spectra: Vec<Vec<(f64, Option<f64>)>> = songs.iter().map(aligned).collect();
    if spectra.iter().filter(|bands| !bands.is_empty()).count() < FEWEST_SONGS {
        return Coherence::default();
    }
    let centers: Vec<f64> =
        spectra.iter().find(|bands| !bands.is_empty()).into_iter().flatten().map(|band| band.0).collect();
    let bands = centers
        .iter()
        .enumerate()
        .map(|(index, center_hz)| {
            let levels = spectra.iter().map(|bands| bands.get(index).and_then(|band| band.1));
            CoherenceBand { center_hz: *center_hz, median_db: middle(levels).map(|(middle, _)| middle) }
        })
        .collect();
    let mut tones: Vec<SongTone> = songs
        .iter()
        .zip(&spectra)
        .map(|(song, bands)| SongTone {
            levels_db: bands.iter().map(|band| band.1).collect(),
            side_to_mid_db: song.analysis.stereo.as_ref().and_then(|stereo| stereo.side_to_mid_db),
            plr_lu: song.analysis.dynamics.plr_lu,
            range_lu: song.analysis.loudness.range_lu,
            outliers: Vec::new(),
        })
        .collect();
    let mut regions = Vec::new();
    for (name, from_hz, to_hz, _) in REGIONS {
        let levels: Vec<Option<f64>> =
            spectra.iter().map(|bands| region_db(bands, *from_hz, *to_hz)).collect();
        if let Some((median_db, spread_db)) = outliers(&mut tones, name, &levels, APART_DB) {
            let name = name.to_string();
            regions.push(ToneRegion { name, from_hz: *from_hz, to_hz: *to_hz, median_db, spread_db });
        }
    }
    let values = |value: fn(&SongTone) -> Option<f64>| tones.iter().map(value).collect::<Vec<_>>();
    let (widths, peaks, ranges) =
        (values(|tone| tone.side_to_mid_db), values(|tone| tone.plr_lu), values(|tone| tone.range_lu));
    outliers(&mut tones, "width", &widths, WIDTH_APART_DB);
    outliers(&mut tones, "peak to loudness", &peaks, DYNAMICS_APART_LU);
    outliers(&mut tones, "loudness range", &ranges, DYNAMICS_APART_LU);
    Coherence { regions, bands, songs: tones }
}

/// Most of the songs that can stand apart in one measure: where more do, they have no common middle.
const MOST_APART_SHARE: f64 = 1.0 / 3.0;

/// Notes the songs that are apart, at most a third of them, the farthest; returns the median and the middle distance from it.
fn outliers(tones: &mut [SongTone], what: &str, values: &[Option<f64>], least_db: f64) -> Option<(f64, f64)> {
    let (median_db, spread_db) = middle(values.iter().copied())?;
    let limit_db = least_db.max(APART_SPREADS * spread_db);
    let mut distances_db: Vec<f64> = values.iter().flatten().map(|value| (value - median_db).abs()).collect();
    distances_db.sort_by(|a, b| b.total_cmp(a));
    let most = (MOST_APART_SHARE * distances_db.len() as f64) as usize;
    let from_db = distances_db.get(most).copied().unwrap_or(0.0).max(limit_db);
    for (tone, value) in tones.iter_mut().zip(values) {
        let off_db = value.map(|value| value - median_db).filter(|off_db| off_db.abs() > from_db);
        if let Some(off_db) = off_db {
            tone.outliers.push(ToneOutlier { what: what.to_string(), off_db, limit_db });
        }
    }
    Some((median_db, spread_db))
}

/// Median, and the median of the distances from it; `None` with fewer than three values.
fn middle(values: impl Iterator<Item = Option<f64>>) -> Option<(f64, f64)> {
    let mut values: Vec<f64> = values.flatten().collect();
    if values.len() < FEWEST_SONGS {
        return None;
    }
    let middle = median(&mut values)?;
    let mut distances: Vec<f64> = values.iter().map(|value| (value - middle).abs()).collect();
    Some((middle, median(&mut distances)?))
}

/// Third octaves relative to the song's loudness: the sum of all of them under K-weighting is 0 dB.
fn aligned(song: &Song) -> Vec<(f64, Option<f64>)> {
    let bands = &song.analysis.tone.bands;
    let weighted = |center_hz: f64, level_db: f64| db_to_power(level_db + k_weight_db(center_hz));
    let power: f64 = bands.iter().filter_map(|band| Some(weighted(band.center_hz, band.level_db?))).sum();
    let Some(whole_db) = power_level_db(power) else { return Vec::new() };
    let level = |level_db: Option<f64>| level_db.filter(|db| *db > EMPTY_DB).map(|db| db - whole_db);
    bands.iter().map(|band| (band.center_hz, level(band.level_db))).collect()
}

/// Gain of the K-weighting of BS.1770-5 annex 1.
fn k_weight_db(frequency_hz: f64) -> f64 {
    let power = KCoefficients::at(RECKONED_HZ).power_response(frequency_hz, RECKONED_HZ);
    power_level_db(power).unwrap_or(EMPTY_DB)
}

/// Level of a region; `None` where there is nothing.
fn region_db(bands: &[(f64, Option<f64>)], from_hz: f64, to_hz: f64) -> Option<f64> {
    let inside = bands.iter().filter(|band| (from_hz..to_hz).contains(&band.0));
    power_level_db(inside.filter_map(|band| band.1).map(db_to_power).sum())
}

/// Broad moves of a song's outliers half of the way back to what is ordinary on this record, within bounds; in tone and
/// width only. Songs have their reasons: the moves are for people to choose.
pub(super) fn moves(coherence: &Coherence, song: usize, applicability: Applicability) -> Vec<Move> {
    let Some(tone) = coherence.songs.get(song) else { return Vec::new() };
    let back_db = |outlier: &ToneOutlier, most_db: f64| {
        let beyond_db = outlier.off_db.abs() - outlier.limit_db / 2.0;
        let moved_db = (MOVED_SHARE * beyond_db).min(most_db);
        (moved_db >= LEAST_MOVED_DB).then(|| -outlier.off_db.signum() * (moved_db * 10.0).round() / 10.0)
    };
    let mut bands = Vec::new();
    let mut said = Vec::new();
    for (name, _, _, band) in REGIONS {
        let outlier = tone.outliers.iter().find(|outlier| outlier.what == *name);
        let Some((outlier, (shape, center_hz))) = outlier.zip(*band) else { continue };
        if let Some(gain_db) = back_db(outlier, MOST_MOVED_DB) {
            let q = if shape == EqShape::Peak { BELL_Q } else { SHELF_Q };
            bands.push(EqBand { shape, center_hz, gain_db, q });
            said.push(format!("{name} {:+.1} dB from the record's median", outlier.off_db));
        }
    }
    let step = |id: &str, stage, reason: String, predicted_effect: String, processor| Move {
        id: id.to_string(),
        stage,
        applicability,
        because: vec!["song-apart-in-tone".to_string()],
        reason,
        confidence: 0.5,
        predicted_effect,
        processor,
    };
    let mut moves = Vec::new();
    if !bands.is_empty() {
        let effect: Vec<String> =
            bands.iter().map(|band| format!("{:+.1} dB at {:.0} Hz", band.gain_db, band.center_hz)).collect();
        let processor = Processor::Eq { bands, phase: EqPhase::Minimum };
        moves.push(step("coherence-eq", MoveStage::Eq, said.join("; "), effect.join(", "), processor));
    }
    let width = tone.outliers.iter().find(|outlier| outlier.what == "width");
    if let Some((outlier, side_gain_db)) =
        width.and_then(|width| Some((width, back_db(width, MOST_WIDENED_DB)?)))
    {
        let reason = format!("side against mid {:+.1} dB from the record's median", outlier.off_db);
        let processor = Processor::Width { side_gain_db, mono_below_hz: None, balance_db: 0.0 };
        let effect = format!("side {side_gain_db:+.1} dB");
        moves.push(step("coherence-width", MoveStage::Stereo, reason, effect, processor));
    }
    moves
}

/// Loudness that a song's applied equalisers and gains add, from its spectrum; other processors are not reckoned.
pub(super) fn moves_lu(song: &Song, moves: &[Move]) -> f64 {
    let applied = || moves.iter().filter(|step| step.applicability == Applicability::Automatic);
    let response = |frequency_hz: f64| {
        let each = applied().map(|step| match &step.processor {
            Processor::Gain { gain_db } => *gain_db,
            Processor::Eq { bands, .. } => {
                let cascade: Vec<_> = bands
                    .iter()
                    .map(|band| match band.shape {
                        EqShape::Peak => peak(band.center_hz, band.gain_db, band.q, RECKONED_HZ),
                        EqShape::LowShelf => low_shelf(band.center_hz, band.gain_db, band.q, RECKONED_HZ),
                        EqShape::HighShelf => high_shelf(band.center_hz, band.gain_db, band.q, RECKONED_HZ),
                    })
                    .collect();
                response_db(&cascade, frequency_hz, RECKONED_HZ)
            }
            _ => 0.0,
        });
        each.sum::<f64>()
    };
    let bands = aligned(song);
    let with = |gain: &dyn Fn(f64) -> f64| -> f64 {
        let power =
            |band: &(f64, Option<f64>)| Some(db_to_power(band.1? + k_weight_db(band.0) + gain(band.0)));
        bands.iter().filter_map(power).sum()
    };
    let change = power_level_db(with(&response)).zip(power_level_db(with(&|_| 0.0)));
    change.map_or(0.0, |(after_db, before_db)| after_db - before_db)
}

/// Whether anything is applied before the gain.
pub(super) fn is_moved(track: &AlbumTrack) -> bool {
    track.moves.iter().any(|step| step.applicability == Applicability::Automatic)
}

/// Songs that are apart, with words for a finding.
pub(super) fn apart(album: &Album) -> Vec<(usize, String)> {
    let words = |outlier: &ToneOutlier| {
        let unit = if outlier.what.contains("loudness") { "LU" } else { "dB" };
        format!("{} {:+.1} {unit}", outlier.what, outlier.off_db)
    };
    let songs = album.coherence.songs.iter().enumerate().filter(|(_, tone)| !tone.outliers.is_empty());
    songs.map(|(song, tone)| (song, tone.outliers.iter().map(words).collect::<Vec<_>>().join(", "))).collect()
}
