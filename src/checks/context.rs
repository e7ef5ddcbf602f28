//! What a check may look at, and the questions that several checks ask of it.

use super::registry::Findings;
use crate::model::{
    Analysis, Confidence, Delivery, Deviation, Fix, Mark, Profile, Severity, Stage, Stereo, StereoBand,
    TimeRange,
};
use crate::units::{Unit, clock};

/// More faults of one kind a minute are rather the sound of the music than a row of faults (engineering choice).
const MUSICAL_PER_MINUTE: f64 = 30.0;
/// In a mix, silence this long at an edge is a wrong export range (engineering choice).
const WRONG_RANGE_S: f64 = 30.0;
/// This many times the limit is worth a warning, even where nobody demands it.
const FAR_OVER: f64 = 5.0;

/// A song that fades is falling at least this fast, this evenly, over its last seconds (engineering choices: 2 dB per
/// second is a fade of half a minute; a decaying chord bends more than that).
const FADE_DB_PER_S: f64 = -2.0;
const FADE_UNEVEN_DB: f64 = 1.8;
const FADE_ENTRIES: usize = 25;

/// What a check may look at.
pub struct Context<'a> {
    /// The measured file.
    pub analysis: &'a Analysis,
    /// Its measures against the profile.
    pub deviations: &'a [Deviation],
    /// What is typical.
    pub profile: &'a Profile,
    /// What is demanded.
    pub delivery: &'a Delivery,
    /// Mix or master.
    pub stage: Stage,
}

/// Bands this far below the loudest one of the spectrum carry nothing that a fold to mono could take away
/// (engineering choice of the standards digest, section 4).
const AUDIBLE_BELOW_LOUDEST_DB: f64 = 20.0;

impl<'a> Context<'a> {
    /// Whether the file is a finished master.
    pub(super) fn is_master(&self) -> bool {
        self.stage == Stage::Master
    }

    /// Whether the file is a mix before mastering.
    pub(super) fn is_mix(&self) -> bool {
        self.stage == Stage::Mix
    }

    /// Loudness at which a fade to the end of the file breaks off; `None` where the song does not end in a fade.
    pub(super) fn fade_ends_at_lufs(&self) -> Option<f64> {
        let series = &self.analysis.loudness.momentary_lufs;
        let tail: Vec<f64> = series[series.len().checked_sub(FADE_ENTRIES)?..]
            .iter()
            .map(|lufs| lufs.map(f64::from))
            .collect::<Option<_>>()?;
        let count = tail.len() as f64;
        let (middle_s, mean) = ((count - 1.0) / 20.0, tail.iter().sum::<f64>() / count);
        let places =
            || tail.iter().enumerate().map(|(index, lufs)| (index as f64 / 10.0 - middle_s, lufs - mean));
        let slope = places().map(|(x, y)| x * y).sum::<f64>() / places().map(|(x, _)| x * x).sum::<f64>();
        let uneven = (places().map(|(x, y)| (y - slope * x).powi(2)).sum::<f64>() / count).sqrt();
        (slope <= FADE_DB_PER_S && uneven <= FADE_UNEVEN_DB).then(|| tail[tail.len() - 1])
    }

    /// Whether the file itself is lossy: its codec keeps no sample depth.
    pub(super) fn is_lossy(&self) -> bool {
        self.analysis.source.bits.is_none() && !self.is_float()
    }

    /// Whether the samples of the file are floating point.
    pub(super) fn is_float(&self) -> bool {
        self.analysis.source.codec.contains("float")
    }

    /// The deviation of a measure, where the profile and the file both have it.
    pub(super) fn deviation(&self, path: &str) -> Option<&'a Deviation> {
        self.deviations.iter().find(|deviation| deviation.measure == path)
    }

    /// Deviations whose path starts and ends so, in order of frequency.
    pub(super) fn deviations_like<'p>(
        &self,
        start: &'p str,
        end: &'p str,
    ) -> impl Iterator<Item = &'a Deviation> + use<'a, 'p> {
        self.deviations
            .iter()
            .filter(move |deviation| deviation.measure.starts_with(start) && deviation.measure.ends_with(end))
    }

    /// Third-octave deviations as `(center_hz, deviation)`, from low to high.
    pub(super) fn tone_deviations(&self) -> Vec<(f64, &'a Deviation)> {
        self.deviations_like("tone.bands[", ".level_db")
            .filter_map(|deviation| Some((band_edges(&deviation.measure)?.0, deviation)))
            .collect()
    }

    /// Deviations of one field of the nine K-weighted bands that lie inside a range of frequencies.
    pub(super) fn k_band_deviations(&self, field: &str, low_hz: f64, high_hz: f64) -> Vec<&'a Deviation> {
        self.deviations_like("tone.k_bands[", field)
            .filter(|deviation| {
                band_edges(&deviation.measure)
                    .is_some_and(|(low, high)| low >= low_hz - 1.0 && high <= high_hz + 1.0)
            })
            .collect()
    }

    /// How far the profile may be trusted, as the confidence of what rests on it.
    pub(super) fn profile_confidence(&self) -> f64 {
        match self.profile.provenance.confidence {
            Confidence::High => 0.8,
            Confidence::Medium => 0.6,
            Confidence::Low => 0.4,
        }
    }

    /// How a message names the profile: `the profile "pop"`.
    pub(super) fn profile_name(&self) -> String {
        format!("the profile \"{}\"", self.profile.name)
    }

    /// Level of a third octave relative to the loudest one; `None` where it has none.
    pub(super) fn below_loudest_db(&self, center_hz: f64) -> Option<f64> {
        let bands = &self.analysis.tone.bands;
        let loudest_db = bands.iter().filter_map(|band| band.level_db).max_by(f64::total_cmp)?;
        let band = bands.iter().find(|band| same_center(band.center_hz, center_hz))?;
        Some(loudest_db - band.level_db?)
    }

    /// The stereo bands that carry something: within 20 dB of the loudest third octave.
    pub(super) fn audible_stereo_bands(&self, stereo: &'a Stereo) -> Vec<&'a StereoBand> {
        stereo
            .bands
            .iter()
            .filter(|band| {
                self.below_loudest_db(band.center_hz)
                    .is_some_and(|below_db| below_db <= AUDIBLE_BELOW_LOUDEST_DB)
            })
            .collect()
    }

    /// Mean tolerances of the treble (4.3 to 12.2 kHz) against the profile, by the K-weighted bands where both
    /// sides have them, else by the third octaves.
    pub(super) fn treble_tolerances(&self) -> Option<f64> {
        let tolerances: Vec<f64> = self
            .k_band_deviations(".level_db", 4349.2, 12_199.3)
            .iter()
            .map(|deviation| deviation.tolerances)
            .collect();
        mean(&tolerances).or_else(|| self.mean_band_tolerances(5000.0, 12_500.0))
    }

    /// Mean tolerances of the low end (below 148 Hz) against the profile, likewise.
    pub(super) fn low_end_tolerances(&self) -> Option<f64> {
        let tolerances: Vec<f64> = self
            .k_band_deviations(".level_db", 0.0, 148.2)
            .iter()
            .map(|deviation| deviation.tolerances)
            .collect();
        mean(&tolerances).or_else(|| self.mean_band_tolerances(50.0, 125.0))
    }

    /// Mean tolerances of the width from 0.4 to 12.2 kHz against the profile (positive: wider), by the K-weighted
    /// bands, else by the width bands, else by the correlation.
    pub(super) fn width_tolerances(&self) -> Option<f64> {
        let of = |list: Vec<&Deviation>| {
            mean(&list.iter().map(|deviation| deviation.tolerances).collect::<Vec<f64>>())
        };
        of(self.k_band_deviations(".side_to_mid_db", 392.4, 12_199.3))
            .or_else(|| of(self.deviations_like("stereo.bands[", ".side_to_mid_db").collect()))
            .or_else(|| self.deviation("stereo.correlation").map(|deviation| -deviation.tolerances))
    }

    /// Mean tolerances of the third octaves in a range of frequencies.
    fn mean_band_tolerances(&self, low_hz: f64, high_hz: f64) -> Option<f64> {
        let tolerances: Vec<f64> = self
            .tone_deviations()
            .iter()
            .filter(|(center_hz, _)| (low_hz..=high_hz).contains(center_hz))
            .map(|(_, deviation)| deviation.tolerances)
            .collect();
        mean(&tolerances)
    }
}

/// Arithmetic mean; `None` of nothing.
fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// Whether two nominal centres are the same band.
pub(super) fn same_center(a_hz: f64, b_hz: f64) -> bool {
    (a_hz - b_hz).abs() <= 0.02 * b_hz
}

/// The numbers in the brackets of a path: `tone.bands[250].level_db` gives 250 and 250, `[148-392]` both edges.
pub(super) fn band_edges(path: &str) -> Option<(f64, f64)> {
    let (_, rest) = path.split_once('[')?;
    let (inside, _) = rest.split_once(']')?;
    let (low, high) = inside.split_once('-').unwrap_or((inside, inside));
    Some((low.parse().ok()?, high.parse().ok()?))
}

/// Reports faults that have places: `nouns` for one and for several, `advice` after "listen at …".
pub(super) fn report_marks(
    cx: &Context,
    found: &mut Findings,
    marks: &[Mark],
    nouns: [&str; 2],
    advice: &str,
) {
    let Some(strongest) = marks.iter().max_by(|a, b| a.strength_db.total_cmp(&b.strength_db)) else { return };
    let minutes = (cx.analysis.source.duration_s / 60.0).max(1.0);
    let musical = marks.len() as f64 / minutes > MUSICAL_PER_MINUTE;
    let noun = nouns[usize::from(marks.len() > 1)];
    let doubt = if musical { ", so many that it may be the sound of the music" } else { "" };
    found
        .push(
            if musical { Severity::Info } else { Severity::Warn },
            format!("{} {noun}, the strongest at {}{doubt}", marks.len(), clock(strongest.at_s, true)),
        )
        .measured(marks.len() as f64, Unit::None)
        .expected("none")
        .at(places(marks))
        .advice(Fix::Mix, format!("listen at {}: {advice}", moments(marks.iter().map(|mark| mark.at_s))))
        .confidence(if musical { 0.3 } else { 0.6 });
}

/// Silence at one edge of a file.
pub(super) struct EdgeSilence {
    pub(super) silence_s: f64,
    /// Worth a word in a master, where the delivery says nothing.
    pub(super) long_s: f64,
    /// Whether it is at the start.
    pub(super) leading: bool,
    pub(super) advice: &'static str,
}

impl EdgeSilence {
    pub(super) fn report(&self, cx: &Context, found: &mut Findings) {
        let (silence_s, duration_s) = (self.silence_s, cx.analysis.source.duration_s);
        let demanded_s = cx.delivery.max_edge_silence_s.filter(|_| cx.is_master());
        let limit_s = if cx.is_mix() { WRONG_RANGE_S } else { demanded_s.unwrap_or(self.long_s) };
        // A silent file has its own finding.
        if silence_s <= limit_s || cx.analysis.peaks.sample_dbfs.is_none() {
            return;
        }
        let (place, start_s) =
            if self.leading { ("before the first", 0.0) } else { ("after the last", duration_s - silence_s) };
        let warns = demanded_s.is_some() || silence_s > FAR_OVER * self.long_s;
        found
            .push(
                if warns { Severity::Warn } else { Severity::Info },
                format!("{silence_s:.1} s of silence {place} sound"),
            )
            .measured(silence_s, Unit::S)
            .expected(format!("at most {limit_s:.1} s"))
            .at([TimeRange { start_s: start_s.max(0.0), end_s: start_s.max(0.0) + silence_s }])
            .advice(if cx.is_mix() { Fix::Mix } else { Fix::Master }, self.advice);
    }
}

/// Where marks are.
fn places(marks: &[Mark]) -> Vec<TimeRange> {
    marks.iter().map(|mark| TimeRange { start_s: mark.at_s, end_s: mark.at_s + mark.duration_s }).collect()
}

/// A stretch of a series with ten entries a second, from one entry to the one after its last.
pub(super) fn series_range(first: usize, end: usize) -> TimeRange {
    TimeRange { start_s: first as f64 / 10.0, end_s: end as f64 / 10.0 }
}

/// Moments as people write them, for a sentence that stands alone: `0:12.3, 0:45.1 and 7 more`.
pub(super) fn moments(at_s: impl IntoIterator<Item = f64>) -> String {
    const NAMED: usize = 3;
    let all: Vec<f64> = at_s.into_iter().collect();
    let named: Vec<String> = all.iter().take(NAMED).map(|at_s| clock(*at_s, true)).collect();
    match (all.len().saturating_sub(NAMED), named.as_slice()) {
        (0, [first @ .., last]) if !first.is_empty() => format!("{} and {last}", first.join(", ")),
        (0, named) => named.join(""),
        (more, named) => format!("{} and {more} more", named.join(", ")),
    }
}

/// A frequency as people write it: `250 Hz`, `3.15 kHz`.
pub(super) fn hertz(frequency_hz: f64) -> String {
    crate::units::Quantity::new(frequency_hz, crate::units::Unit::Hz).to_string()
}
