//! Two revisions of one recording in time: where the second lies in the first, and whether its clock runs away.
//!
//! Coarse: onsets every 10 ms are correlated over the whole length; the best few places are tried. Fine: stretches of
//! the waveform, spread over the song, are found in the other file to a fraction of a sample; a robust line
//! through their lags is the offset and the drift. Two recordings that are not the same give lags that lie anywhere.

use super::contour::{Contour, WAVEFORM_HZ};
use crate::dsp::correlate::{correlate, find};
use crate::dsp::stats;

/// Samples of the waveform per onset value: 10 ms.
const ONSET_SAMPLES: usize = 20;

/// Coarse places that are tried: music that repeats itself fits itself at every bar.
const CANDIDATES: usize = 8;

/// Length of a fine stretch: 4 s.
const STRETCH: usize = 4 * WAVEFORM_HZ as usize;

/// How far around the coarse place a stretch is looked for: 0.3 s, a drift of 1000 ppm over five minutes.
const MARGIN: usize = 600;

/// Stretches that decide between coarse places, and stretches that the line is drawn through.
const FEW: usize = 9;
const MANY: usize = 40;

/// A stretch lies on the line when its lag is this near: 2 ms.
const ON_LINE_S: f64 = 0.002;

/// Share of stretches on the line, and their median likeness, from which two files are one recording. Lags of other
/// music fall on a line of that width once in 150 (engineering choice).
const SAME_SHARE: f64 = 0.5;
const SAME_LIKENESS: f64 = 0.4;

/// Shortest overlap that is looked at.
const SHORTEST_S: f64 = 1.0;

/// Where the second file lies in the first.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Alignment {
    /// Time in B minus time in A, at the beginning of A.
    pub offset_s: f64,
    /// How much faster the time of B goes on: 100 ppm is 18 ms later after three minutes.
    pub drift_ppm: f64,
    /// Median correlation of the stretches on the line, without sign.
    pub likeness_ratio: f64,
    /// Share of the stretches that lie on the line.
    pub share: f64,
    /// B is upside down.
    pub inverted: bool,
}

impl Alignment {
    /// The same audio.
    pub const IDENTITY: Alignment =
        Alignment { offset_s: 0.0, drift_ppm: 0.0, likeness_ratio: 1.0, share: 1.0, inverted: false };

    /// Whether the two are revisions of one recording.
    pub fn is_same_recording(&self) -> bool {
        self.share >= SAME_SHARE && self.likeness_ratio >= SAME_LIKENESS
    }

    /// How sure that is, 0 to 1.
    pub fn confidence(&self) -> f64 {
        (self.share * self.likeness_ratio).clamp(0.0, 1.0)
    }

    /// The time in B of a time in A.
    pub fn in_b(&self, at_s: f64) -> f64 {
        at_s * (1.0 + self.drift_ppm * 1e-6) + self.offset_s
    }
}

/// One stretch of A found in B.
#[derive(Clone, Copy)]
struct Found {
    at_s: f64,
    lag_s: f64,
    correlation: f64,
}

/// Aligns two files; `None` where either is silent or too short to say anything. `finest_s` is one sample of the
/// files: a drift that moves the end by less than half of it is none, an offset near a whole sample is whole.
pub fn align(a: &Contour, b: &Contour, finest_s: f64) -> Option<Alignment> {
    let fine = |lag: i64, count: usize| stretches(&a.waveform, &b.waveform, lag, count);
    let candidates = coarse(&a.waveform, &b.waveform);
    let best = candidates
        .into_iter()
        .filter_map(|lag| Some((lag, line(&fine(lag, FEW))?)))
        .max_by(|one, other| one.1.confidence().total_cmp(&other.1.confidence()))?
        .0;
    let mut alignment = line(&fine(best, MANY))?;
    let length_s = a.waveform.len() as f64 / WAVEFORM_HZ as f64;
    if (alignment.drift_ppm * 1e-6 * length_s).abs() < 0.5 * finest_s {
        alignment.offset_s += 0.5 * alignment.drift_ppm * 1e-6 * length_s;
        alignment.drift_ppm = 0.0;
        let whole_s = (alignment.offset_s / finest_s).round() * finest_s;
        if (alignment.offset_s - whole_s).abs() < 0.2 * finest_s {
            alignment.offset_s = whole_s;
        }
    }
    Some(alignment)
}

/// The most likely lags of B behind A, in samples of the waveform.
fn coarse(a: &[f32], b: &[f32]) -> Vec<i64> {
    let (onsets_a, onsets_b) = (onsets(a), onsets(b));
    let shortest = (SHORTEST_S * WAVEFORM_HZ as f64) as usize / ONSET_SAMPLES;
    if onsets_a.len() < shortest || onsets_b.len() < shortest {
        return Vec::new();
    }
    let before = onsets_a.len() - shortest;
    let mut alike = correlate(&onsets_a, &onsets_b, before, onsets_b.len() - shortest);
    let mut lags = Vec::new();
    for _ in 0..CANDIDATES {
        let Some(best) = (0..alike.len()).max_by(|i, j| alike[*i].total_cmp(&alike[*j])) else { break };
        lags.push((best as i64 - before as i64) * ONSET_SAMPLES as i64);
        let near = best.saturating_sub(10)..(best + 11).min(alike.len());
        alike[near].fill(f64::NEG_INFINITY);
    }
    lags
}

/// Rises of the level every 10 ms, without their mean: equal for the same music at any gain.
fn onsets(waveform: &[f32]) -> Vec<f32> {
    let levels: Vec<f32> = waveform
        .chunks_exact(ONSET_SAMPLES)
        .map(|chunk| chunk.iter().map(|x| x * x).sum::<f32>().sqrt())
        .collect();
    let mut rises: Vec<f32> =
        std::iter::once(0.0).chain(levels.windows(2).map(|pair| (pair[1] - pair[0]).max(0.0))).collect();
    let mean = rises.iter().sum::<f32>() / rises.len().max(1) as f32;
    rises.iter_mut().for_each(|rise| *rise -= mean);
    rises
}

/// Finds stretches of A, evenly spread over what both files have, near a lag in B.
fn stretches(a: &[f32], b: &[f32], lag: i64, count: usize) -> Vec<Found> {
    let from = (-lag).max(0);
    let to = (a.len() as i64).min(b.len() as i64 - lag);
    let overlap = (to - from).max(0) as usize;
    let length = STRETCH.min(overlap / 2);
    if overlap < (SHORTEST_S * WAVEFORM_HZ as f64) as usize || length == 0 {
        return Vec::new();
    }
    let room = overlap - length;
    let loudest = a.iter().fold(0f32, |peak, x| peak.max(x.abs()));
    (0..count)
        .filter_map(|index| {
            let start = from as usize + room * index / (count - 1).max(1);
            let stretch = &a[start..start + length];
            // 60 dB below the loudest sample there is nothing to hold on to.
            if stretch.iter().all(|x| x.abs() < 1e-3 * loudest) {
                return None;
            }
            let around = padded(b, start as i64 + lag - MARGIN as i64, length + 2 * MARGIN);
            let found = find(stretch, &around, MARGIN)?;
            Some(Found {
                at_s: (start + length / 2) as f64 / WAVEFORM_HZ as f64,
                lag_s: (lag as f64 + found.lag) / WAVEFORM_HZ as f64,
                correlation: found.correlation,
            })
        })
        .collect()
}

/// A stretch of a signal, with silence where it goes beyond its ends.
fn padded(signal: &[f32], from: i64, length: usize) -> Vec<f32> {
    (from..from + length as i64)
        .map(|index| usize::try_from(index).ok().and_then(|index| signal.get(index)).copied().unwrap_or(0.0))
        .collect()
}

/// A robust line through the lags: the median slope of all pairs (Theil 1950, Sen 1968), then least squares through
/// what lies on it.
fn line(found: &[Found]) -> Option<Alignment> {
    let mut slopes: Vec<f64> = found
        .iter()
        .enumerate()
        .flat_map(|(index, one)| {
            found[index + 1..].iter().map(|other| (other.lag_s - one.lag_s) / (other.at_s - one.at_s))
        })
        .filter(|slope| slope.is_finite())
        .collect();
    let slope = stats::median(&mut slopes).unwrap_or(0.0);
    let start =
        stats::median(&mut found.iter().map(|one| one.lag_s - slope * one.at_s).collect::<Vec<f64>>())?;
    let on_line: Vec<&Found> =
        found.iter().filter(|one| (one.lag_s - slope * one.at_s - start).abs() <= ON_LINE_S).collect();
    let points: Vec<(f64, f64)> = on_line.iter().map(|one| (one.at_s, one.lag_s)).collect();
    let (slope, start) = stats::line(&points).unwrap_or((slope, start));
    let likeness_ratio =
        stats::median(&mut on_line.iter().map(|one| one.correlation.abs()).collect::<Vec<f64>>())?;
    let upside_down = on_line.iter().filter(|one| one.correlation < 0.0).count();
    Some(Alignment {
        offset_s: start,
        drift_ppm: slope * 1e6,
        likeness_ratio,
        share: on_line.len() as f64 / found.len() as f64,
        inverted: 2 * upside_down > on_line.len(),
    })
}
