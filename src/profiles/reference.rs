//! The shipped genre profiles, built from the published tables. The same tables give the same documents.

use super::conversion::{CENTERS_HZ, Converter, conversion_error_db, relative_to_sum, tilt_db_per_oct};
use super::k_bands::{COUNT, EDGES_HZ};
use super::quantile::{Z90, round2, rounded, span, weighted_span, widened};
use super::stems::stems;
use super::tables::{Track, numbers_of, tracks};
use crate::error::{Error, Result};
use crate::model::{
    Confidence, MEASURES_REV, Persisted, Profile, ProfileBand, ProfileKBand, ProfileTone, Provenance, Span,
    WidthBand,
};
use crate::units::db_to_power;
use std::collections::BTreeMap;
use std::path::Path;

/// Tracks with genres: 568 (github ai-mastering/phaselimiter, MIT).
const LABELLED: &str = "phaselimiter_568_tracks.csv";
/// Tracks without: 10 153 (github ai-mastering/bakuage_dataset1, CC0-1.0).
const UNLABELLED: &str = "bakuage_dataset1_tracks.csv";
/// Cited medians of rock.
const CITED: &str = "rock_pop_cited.json";

/// Tracks behind the mean spectrum of Elowsson & Friberg.
const ELOWSSON_FRIBERG_TRACKS: u32 = 12_345;
/// Tracks behind the cited medians of rock (8 acts).
const ROCK_TRACKS: u32 = 109;
/// The cited tolerances keep 85 % of the tracks inside: 1.440 deviations of a normal distribution.
const ROCK_TOLERANCE_DEVIATIONS: f64 = 1.440;
/// Upper edges of the cited tolerance bands (Sub, Bass, Low-mid, Mid, High-mid, Presence, Brilliance, Air). The
/// source names them without edges; these are the usual ones.
const ROCK_TOLERANCE_EDGES_HZ: [f64; 8] =
    [60.0, 250.0, 500.0, 2000.0, 4000.0, 6000.0, 12_000.0, f64::INFINITY];

/// Error of the slope from 100 Hz to 10 kHz that follows from [`conversion_error_db`]: 3 dB in each of 21
/// independent bands gives 3 / (√21 · 2.0 oct) dB/oct.
const TILT_ERROR_DB_PER_OCT: f64 = 0.33;
/// The true-peak excess of a track is the median of the tracks of the large set within this loudness.
const LIKE_LOUDNESS_LU: f64 = 1.5;

/// The shipped genre profiles, from the folder with the published tables (`reference-profiles/README.md`).
///
/// # Errors
/// [`Error::Io`] for a table that is not there, [`Error::Document`] for one without the expected columns.
pub fn build_from_tables(folder: &Path) -> Result<Vec<Profile>> {
    let labelled = tracks(&folder.join(LABELLED))?;
    let all = tracks(&folder.join(UNLABELLED))?;
    let converter = Converter::new();
    let excess = PeakExcess::new(&all);
    let genre = |name: &str| -> Vec<&Track> { labelled.iter().filter(|track| track.genre == name).collect() };

    let (pop, jazz, classical) = (genre("pop"), genre("jazz"), genre("classical"));
    let neither: Vec<&Track> =
        labelled.iter().filter(|track| track.genre != "jazz" && track.genre != "classical").collect();
    let all: Vec<&Track> = all.iter().collect();
    let mut profiles = vec![
        popular(&neither, &converter, &excess),
        measured("all-music", "All music", &all, UNLABELLED_SOURCE, &converter, &excess),
        measured("pop", "Pop", &pop, LABELLED_SOURCE, &converter, &excess),
        rock(&folder.join(CITED))?,
        measured("jazz", "Jazz", &jazz, LABELLED_SOURCE, &converter, &excess),
        measured("classical", "Classical", &classical, LABELLED_SOURCE, &converter, &excess),
    ];
    profiles.extend(stems(folder)?);
    Ok(profiles)
}

/// Who published the labelled set, under which licence.
const LABELLED_SOURCE: (&str, &str) =
    ("github ai-mastering/phaselimiter, resource/analysis_data; genre from the files' tags", "MIT");
/// Who published the large set, under which licence.
const UNLABELLED_SOURCE: (&str, &str) = ("github ai-mastering/bakuage_dataset1", "CC0-1.0");

/// A profile whose every number comes from one set of tracks.
fn measured(
    name: &str,
    title: &str,
    tracks: &[&Track],
    (source, licence): (&str, &str),
    converter: &Converter,
    excess: &PeakExcess,
) -> Profile {
    let spectra: Vec<[Option<f64>; 31]> =
        tracks.iter().filter_map(|track| third_octaves_db(track, converter)).collect();
    let bands = (0..CENTERS_HZ.len()).filter_map(|band| {
        let tracks_span = span(spectra.iter().filter_map(|levels_db| levels_db[band]))?;
        let widened = rounded(widened(tracks_span, conversion_error_db(CENTERS_HZ[band])));
        Some(profile_band(CENTERS_HZ[band], widened))
    });
    Profile {
        schema: Profile::schema_tag(),
        name: name.to_string(),
        title: title.to_string(),
        provenance: Provenance {
            tracks: tracks.len() as u32,
            method: METHOD_MEASURED.to_string(),
            source: source.to_string(),
            licence: licence.to_string(),
            confidence: Confidence::High,
        },
        measures_rev: MEASURES_REV,
        spans: spans(tracks, &spectra, excess),
        tone: ProfileTone { bands: bands.collect(), k_bands: k_bands(tracks) },
        width: width(tracks),
        crest: Vec::new(),
    }
}

/// How the profiles of [`measured`] came about.
const METHOD_MEASURED: &str = "per-track measures of released music, at least 60 s long and above -45 LUFS; spans are \
the tenth, fiftieth and ninetieth percentile of the tracks. loudness.* (BS.1770), dynamics.crest_db, tone.k_bands and \
width: as published, band levels raised by the 3.01 dB that their window takes away. dynamics.plr_lu: as published where the set has true peak; where it has only sample peak, plus \
the median excess of true over sample peak of the tracks of like loudness (within 1.5 LU) in bakuage_dataset1. \
tone.bands: converted track by track from the nine K-weighted bands (raised from the mean of the blocks' decibels to \
their power mean by 0.137 dB per dB of their published range, less 0.27 dB), with the shape of Elowsson & Friberg (2017) inside each band and a \
piecewise-linear correction over log frequency so that every band has its level; the error of that conversion (standard \
deviation 7.5 dB below 80 Hz, 3.5 to 400 Hz, 2.5 to 8 kHz, 4 above) is added to the spread in quadrature";

/// Popular music at large: the published mean spectrum of 12 345 tracks, the spread and all else of tracks that are neither jazz nor
/// classical.
fn popular(tracks: &[&Track], converter: &Converter, excess: &PeakExcess) -> Profile {
    let base = measured("popular", "Popular music", tracks, LABELLED_SOURCE, converter, excess);
    let mean_db = converter.mean_spectrum_db();
    let bands = base
        .tone
        .bands
        .iter()
        .zip(mean_db)
        .map(|(band, level_db)| {
            let span = Span {
                p10: level_db - (band.level_db - band.p10_db),
                p50: level_db,
                p90: level_db + (band.p90_db - band.level_db),
            };
            profile_band(band.center_hz, rounded(span))
        })
        .collect();
    let mut spans = base.spans;
    if let (Some(tilt), Some(mean)) =
        (spans.get_mut("tone.tilt_db_per_oct"), tilt_db_per_oct(&mean_db.map(Some)))
    {
        let moved = mean - tilt.p50;
        *tilt = rounded(Span { p10: tilt.p10 + moved, p50: mean, p90: tilt.p90 + moved });
    }
    Profile {
        provenance: Provenance {
            tracks: ELOWSSON_FRIBERG_TRACKS,
            method: format!(
                "tone.bands and tone.tilt_db_per_oct: mean spectrum of 12 345 popular tracks by equations 5 to 7 of \
                 the paper, as third octaves relative to their sum. The paper gives no spread: it is that of the {} \
                 tracks of phaselimiter that carry neither the tag jazz nor classical (pop and untagged), the error of \
                 their conversion included. The branch below 60 Hz is not a target, and recent masters sit higher \
                 below 100 Hz and above 5 kHz. All other measures: those {} tracks, as in the profile 'pop'",
                tracks.len(),
                tracks.len()
            ),
            source: "Elowsson & Friberg, Long-term average spectrum in popular music and its relation to the level of \
                     the percussion, AES 142 (2017); github ai-mastering/phaselimiter, resource/analysis_data"
                .to_string(),
            licence: "published equations (facts); MIT".to_string(),
            confidence: Confidence::High,
        },
        spans,
        tone: ProfileTone { bands, k_bands: base.tone.k_bands },
        ..base
    }
}

/// Rock: cited medians of the third octaves with their tolerances, loudness range and correlation.
fn rock(path: &Path) -> Result<Profile> {
    let text = std::fs::read_to_string(path).map_err(Error::io(path, "read the table"))?;
    let medians_db = numbers_of(&text, "rock_db", path)?;
    let tolerances_db = numbers_of(&text, "rock_tolerance_db", path)?;
    let (_, rock) = text.rsplit_once("\"rock\"").unwrap_or(("", &text));
    let (range_lu, correlation) = (numbers_of(rock, "lra", path)?, numbers_of(rock, "correlation", path)?);
    if medians_db.len() != CENTERS_HZ.len() || tolerances_db.len() != ROCK_TOLERANCE_EDGES_HZ.len() {
        return Err(Error::document(path, 0, "expected 31 medians and 8 tolerances of rock"));
    }
    let levels_db = relative_to_sum(std::array::from_fn(|band| db_to_power(medians_db[band])));
    let bands = CENTERS_HZ
        .iter()
        .zip(levels_db)
        .map(|(center_hz, level_db)| {
            let region = ROCK_TOLERANCE_EDGES_HZ.iter().position(|edge_hz| center_hz < edge_hz).unwrap_or(7);
            let half_db = tolerances_db[region] * Z90 / ROCK_TOLERANCE_DEVIATIONS;
            profile_band(
                *center_hz,
                rounded(Span { p10: level_db - half_db, p50: level_db, p90: level_db + half_db }),
            )
        })
        .collect();
    let cited = |values: &[f64]| match values {
        [low, high, mid] => Ok(Span { p10: *low, p50: *mid, p90: *high }),
        _ => Err(Error::document(path, 0, "expected minimum, maximum and target of rock")),
    };
    Ok(Profile {
        schema: Profile::schema_tag(),
        name: "rock".to_string(),
        title: "Rock".to_string(),
        provenance: Provenance {
            tracks: ROCK_TRACKS,
            method: "tone.bands: published medians (per album, then over 8 acts, smoothed 1-2-1), put relative to the sum of \
                     the bands; the published tolerances, which keep 85 % of the tracks inside, scaled to 80 % for a \
                     normal distribution; their regions are published by name only and are taken to end at 60, 250, \
                     500, 2000, 4000, 6000 and 12000 Hz. loudness.range_lu and stereo.correlation: published minimum, \
                     target and maximum, used as p10, p50, p90. Loudness, peaks and width per band: no data, so no span"
                .to_string(),
            source: "github 0201ocram-oss/MasterAgent, profile generator".to_string(),
            licence: "none stated: numbers cited as facts".to_string(),
            confidence: Confidence::Medium,
        },
        measures_rev: MEASURES_REV,
        spans: BTreeMap::from([
            ("loudness.range_lu".to_string(), cited(&range_lu)?),
            ("stereo.correlation".to_string(), cited(&correlation)?),
        ]),
        tone: ProfileTone { bands, k_bands: Vec::new() },
        width: Vec::new(),
        crest: Vec::new(),
    })
}

/// Spans of the single-valued measures.
fn spans(tracks: &[&Track], spectra: &[[Option<f64>; 31]], excess: &PeakExcess) -> BTreeMap<String, Span> {
    let of = |read: &dyn Fn(&Track) -> Option<f64>| span(tracks.iter().filter_map(|track| read(track)));
    let tilt = span(spectra.iter().filter_map(tilt_db_per_oct));
    [
        ("loudness.integrated_lufs", of(&|track| track.integrated_lufs)),
        ("loudness.range_lu", of(&|track| track.range_lu)),
        ("dynamics.plr_lu", of(&|track| excess.plr_lu(track))),
        ("dynamics.crest_db", of(&|track| track.crest_db)),
        ("tone.tilt_db_per_oct", tilt.map(|span| widened(span, TILT_ERROR_DB_PER_OCT))),
    ]
    .into_iter()
    .filter_map(|(path, span)| Some((path.to_string(), rounded(span?))))
    .collect()
}

/// The nine K-weighted bands, straight from the tracks.
fn k_bands(tracks: &[&Track]) -> Vec<ProfileKBand> {
    let of = |read: &dyn Fn(&Track) -> Option<f64>| {
        span(tracks.iter().filter_map(|track| read(track))).map(rounded)
    };
    (0..COUNT)
        .filter_map(|band| {
            Some(ProfileKBand {
                low_hz: EDGES_HZ[band],
                high_hz: EDGES_HZ[band + 1],
                level_db: of(&|track| track.level_db[band])?,
                range_db: of(&|track| track.range_db[band]),
                side_to_mid_db: of(&|track| track.side_to_mid_db[band]),
            })
        })
        .collect()
}

/// Stereo width in the nine bands.
fn width(tracks: &[&Track]) -> Vec<WidthBand> {
    k_bands(tracks)
        .into_iter()
        .filter_map(|band| {
            Some(WidthBand {
                low_hz: band.low_hz,
                high_hz: band.high_hz,
                side_to_mid_db: band.side_to_mid_db?,
            })
        })
        .collect()
}

/// Third octaves of one track.
fn third_octaves_db(track: &Track, converter: &Converter) -> Option<[Option<f64>; 31]> {
    let levels_db =
        std::array::from_fn(|band| Some(power_mean_db(track.level_db[band]?, track.range_db[band]?)));
    converter.convert(&levels_db)
}

/// Decibels that the power mean of a band's blocks lies over the mean of their decibels, per decibel of range.
const POWER_MEAN_PER_RANGE: f64 = 0.137;
/// And the constant part. Both by a straight line through the tracks of the large set, grouped by range: the nine bands sum
/// to 0.57, 0.79, 1.09, 1.61 and 2.21 dB below integrated loudness at ranges of 6, 8, 10.5, 14 and 18 dB.
const POWER_MEAN_OFFSET_DB: f64 = -0.27;

/// Power mean of block levels whose mean in decibels and range (p95 − p10) are known.
fn power_mean_db(mean_db: f64, range_db: f64) -> f64 {
    mean_db + (POWER_MEAN_PER_RANGE * range_db + POWER_MEAN_OFFSET_DB).max(0.0)
}

/// A third-octave band of a profile from its span.
pub(super) fn profile_band(center_hz: f64, span: Span) -> ProfileBand {
    ProfileBand { center_hz, level_db: round2(span.p50), p10_db: span.p10, p90_db: span.p90 }
}

/// By how much true peaks exceed sample peaks, by loudness, in the set that has both.
struct PeakExcess {
    /// Integrated loudness and excess, sorted by loudness.
    tracks: Vec<(f64, f64)>,
}

impl PeakExcess {
    fn new(tracks: &[Track]) -> PeakExcess {
        let mut tracks: Vec<(f64, f64)> = tracks
            .iter()
            .filter_map(|track| {
                Some((track.integrated_lufs?, track.true_peak_dbtp? - track.sample_peak_dbfs?))
            })
            .collect();
        tracks.sort_by(|a, b| a.0.total_cmp(&b.0));
        PeakExcess { tracks }
    }

    /// True peak minus integrated loudness, the true peak estimated where only the sample peak is known.
    fn plr_lu(&self, track: &Track) -> Option<f64> {
        let integrated_lufs = track.integrated_lufs?;
        if let Some(true_peak_dbtp) = track.true_peak_dbtp {
            return Some(true_peak_dbtp - integrated_lufs);
        }
        let first = self.tracks.partition_point(|(lufs, _)| *lufs < integrated_lufs - LIKE_LOUDNESS_LU);
        let last = self.tracks.partition_point(|(lufs, _)| *lufs <= integrated_lufs + LIKE_LOUDNESS_LU);
        let alike: Vec<(f64, f64)> =
            self.tracks[first..last].iter().map(|(_, excess_db)| (*excess_db, 1.0)).collect();
        let excess_db = weighted_span(&alike).map_or(0.0, |span| span.p50);
        Some(track.sample_peak_dbfs? + excess_db - integrated_lufs)
    }
}
