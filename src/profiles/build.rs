//! A profile from measured references: one master to match, or a folder of a thousand.

use super::conversion::CENTERS_HZ;
use super::quantile::{rounded, weighted_quantile, weighted_span};
use crate::error::{Error, Result};
use crate::model::{
    Analysis, Confidence, CrestSpan, FEWEST_FOR_SPREAD, Persisted, Profile, ProfileBand, ProfileKBand,
    ProfileTone, Provenance, Span, WidthBand, scalar_paths, side_to_mid_between_db,
};
use crate::units::{Unit, shift_octaves};
use std::collections::{BTreeMap, HashMap};

/// How a built profile is called and where its music comes from.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Recipe {
    /// Short name for the command line: `my-label`.
    pub name: String,
    /// For people: `Releases of my label`.
    pub title: String,
    /// Where the references come from, in words.
    pub source: String,
    /// Under which licence the numbers may be passed on.
    pub licence: String,
}

/// From here a built profile is of medium confidence.
const MEDIUM_FROM: usize = 20;
/// From here a built profile is of high confidence.
const HIGH_FROM: usize = 100;

/// A profile of measured references with their weights (1 for each where all count alike).
///
/// With fewer than ten references a spread cannot be measured: each span is then the widest of what the
/// references show and an assumed tolerance, and `provenance.method` says so. Spectra are those of the loud
/// sections, smoothed 1-2-1, as `compare` smooths the song.
///
/// # Errors
/// [`Error::Usage`] without references, for the same audio twice, for mixed `measures_rev`, for a weight that is
/// not above zero.
pub fn build(references: &[(&Analysis, f64)], recipe: &Recipe) -> Result<Profile> {
    let Some((first, _)) = references.first() else {
        return Err(Error::usage("a profile needs at least one reference; give files or a folder"));
    };
    let mut seen: HashMap<&str, &str> = HashMap::new();
    for (analysis, weight) in references {
        let path = analysis.source.path.as_str();
        if let Some(twin) = seen.insert(&analysis.content_id, path) {
            return Err(Error::usage(format!(
                "{path}: the same audio as {twin}; a reference counts once, leave one of them out"
            )));
        }
        if analysis.measures_rev != first.measures_rev {
            return Err(Error::usage(format!(
                "{path}: measured with measures_rev {}, expected {} as {}; measure all references with one version",
                analysis.measures_rev, first.measures_rev, first.source.path
            )));
        }
        if !(weight.is_finite() && *weight > 0.0) {
            return Err(Error::usage(format!("{path}: expected a weight above zero, found {weight}")));
        }
    }

    let set = Set { references };
    let spans: BTreeMap<String, Span> = scalar_paths()
        .filter_map(|path| {
            let span = set.span(assumed_tolerance(path), &|analysis| analysis.scalar(path))?;
            Some((path.to_string(), span))
        })
        .collect();
    Ok(Profile {
        schema: Profile::schema_tag(),
        name: recipe.name.clone(),
        title: recipe.title.clone(),
        provenance: Provenance {
            tracks: references.len() as u32,
            method: method(references.len()),
            source: recipe.source.clone(),
            licence: recipe.licence.clone(),
            confidence: confidence(references.len()),
        },
        measures_rev: first.measures_rev,
        spans,
        tone: ProfileTone { bands: set.tone_bands(), k_bands: set.k_bands(first) },
        width: set.width(),
        crest: set.crest(first),
    })
}

/// What `provenance.method` says of so many references.
fn method(count: usize) -> String {
    let common = "measured by mixproof: spectra on the loud sections, third octaves smoothed 1-2-1";
    if count < FEWEST_FOR_SPREAD as usize {
        let noun = if count == 1 { "reference is" } else { "references are" };
        format!(
            "{common}; {count} {noun} too few for a spread: each span is the weighted median with an assumed \
             tolerance (third octaves 6 dB below 100 Hz, 3 dB to 4 kHz, 4 dB to 8 kHz, 5 dB above; levels 3 dB, \
             loudness 2 LU), or the range of the references where that is wider"
        )
    } else {
        format!("{common}; spans are weighted percentiles of {count} references")
    }
}

/// How far so many references may be trusted.
fn confidence(count: usize) -> Confidence {
    match count {
        HIGH_FROM.. => Confidence::High,
        MEDIUM_FROM.. => Confidence::Medium,
        _ => Confidence::Low,
    }
}

/// Half-span that is assumed of a measure where too few references show one (engineering choices, of the size
/// of the spreads inside the shipped profiles).
fn assumed_tolerance(path: &str) -> f64 {
    match Unit::of_path(path) {
        Unit::Lufs | Unit::Lu => 2.0,
        Unit::DbPerOct => 0.7,
        Unit::None => 0.2,
        _ => 3.0,
    }
}

/// Half-span that is assumed of a third octave (±3 dB from 100 Hz to 4 kHz, ±6 below, ±5 at the top:
/// the tolerances of the default tonal target in the literature digest).
fn assumed_band_tolerance_db(center_hz: f64) -> f64 {
    match center_hz {
        f if f < 100.0 => 6.0,
        f if f <= 4000.0 => 3.0,
        f if f <= 8000.0 => 4.0,
        _ => 5.0,
    }
}

/// The references and how spans are taken over them.
struct Set<'a> {
    references: &'a [(&'a Analysis, f64)],
}

impl Set<'_> {
    /// The span of one measure; `None` where no reference has it.
    fn span(&self, assumed: f64, read: &dyn Fn(&Analysis) -> Option<f64>) -> Option<Span> {
        let values: Vec<(f64, f64)> = self
            .references
            .iter()
            .filter_map(|(analysis, weight)| Some((read(analysis)?, *weight)))
            .collect();
        let measured = weighted_span(&values)?;
        if values.len() >= FEWEST_FOR_SPREAD as usize {
            return Some(rounded(measured));
        }
        let lowest = weighted_quantile(&values, 0.0)?;
        let highest = weighted_quantile(&values, 1.0)?;
        Some(rounded(Span {
            p10: lowest.min(measured.p50 - assumed),
            p50: measured.p50,
            p90: highest.max(measured.p50 + assumed),
        }))
    }

    /// Third octaves.
    fn tone_bands(&self) -> Vec<ProfileBand> {
        let smoothed: HashMap<&str, Vec<(f64, f64)>> = self
            .references
            .iter()
            .map(|(analysis, _)| (analysis.content_id.as_str(), analysis.tone.smoothed_bands()))
            .collect();
        CENTERS_HZ
            .iter()
            .filter_map(|center_hz| {
                let span = self.span(assumed_band_tolerance_db(*center_hz), &|analysis| {
                    let bands = smoothed.get(analysis.content_id.as_str())?;
                    bands.iter().find(|band| band.0 == *center_hz).map(|band| band.1)
                })?;
                Some(ProfileBand {
                    center_hz: *center_hz,
                    level_db: span.p50,
                    p10_db: span.p10,
                    p90_db: span.p90,
                })
            })
            .collect()
    }

    /// The nine K-weighted bands.
    fn k_bands(&self, first: &Analysis) -> Vec<ProfileKBand> {
        (0..first.tone.k_bands.len())
            .filter_map(|index| {
                let edges = &first.tone.k_bands[index];
                Some(ProfileKBand {
                    low_hz: edges.low_hz,
                    high_hz: edges.high_hz,
                    level_db: self.span(3.0, &|analysis| analysis.tone.k_bands.get(index)?.level_db)?,
                    range_db: self.span(3.0, &|analysis| analysis.tone.k_bands.get(index)?.range_db),
                    side_to_mid_db: self
                        .span(4.0, &|analysis| analysis.tone.k_bands.get(index)?.side_to_mid_db),
                })
            })
            .collect()
    }

    /// Stereo width per octave, wide enough that single panned notes do not show.
    fn width(&self) -> Vec<WidthBand> {
        CENTERS_HZ
            .iter()
            .skip(1)
            .step_by(3)
            .filter_map(|center_hz| {
                let (low_hz, high_hz) = (shift_octaves(*center_hz, -0.5), shift_octaves(*center_hz, 0.5));
                let side_to_mid_db = self.span(4.0, &|analysis| {
                    side_to_mid_between_db(&analysis.stereo.as_ref()?.bands, low_hz, high_hz)
                })?;
                Some(WidthBand { low_hz: low_hz.round(), high_hz: high_hz.round(), side_to_mid_db })
            })
            .collect()
    }

    /// Crest per octave band.
    fn crest(&self, first: &Analysis) -> Vec<CrestSpan> {
        first
            .dynamics
            .bands
            .iter()
            .filter_map(|band| {
                let crest_db = self.span(3.0, &|analysis| {
                    analysis.dynamics.bands.iter().find(|other| other.center_hz == band.center_hz)?.crest_db
                })?;
                Some(CrestSpan { center_hz: band.center_hz, crest_db })
            })
            .collect()
    }
}
