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

/// A band further out than this counts as this far: a fault in one place is no other kind of music.
const MOST_TOLERANCES: f64 = 3.0;
/// Distance of the whole spectrum beyond which the profile is more likely wrong than the song: of the tracks that the
/// profiles pop, jazz and classical were made from at most one in twenty lies further out, of the classical ones every
/// second against popular music (test `genre_tables::songs_of_its_own_kind_are_seldom_unlike_a_profile`).
pub(super) const UNLIKE_TOLERANCES: f64 = 1.75;

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

    /// Severity of what rests on the profile alone: only a profile of many measured tracks is ground for a warning.
    pub(super) fn by_profile(&self, far: bool) -> Severity {
        match self.profile.provenance.confidence {
            Confidence::High if far => Severity::Warn,
            _ => Severity::Info,
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

    /// The treble (4.3 to 12.2 kHz) against the profile, by the K-weighted bands where both sides have them, else by
    /// the third octaves.
    pub(super) fn treble(&self) -> Option<Gap> {
        Gap::of(&self.k_band_deviations(".level_db", 4349.2, 12_199.3))
            .or_else(|| self.third_octaves(5000.0, 12_500.0))
    }

    /// The low end (below 148 Hz) against the profile, likewise.
    pub(super) fn low_end(&self) -> Option<Gap> {
        Gap::of(&self.k_band_deviations(".level_db", 0.0, 148.2)).or_else(|| self.third_octaves(50.0, 125.0))
    }

    /// The width from 0.4 to 12.2 kHz against the profile (positive: wider), by the K-weighted bands, else by the
    /// width bands.
    pub(super) fn width(&self) -> Option<Gap> {
        Gap::of(&self.k_band_deviations(".side_to_mid_db", 392.4, 12_199.3)).or_else(|| {
            Gap::of(&self.deviations_like("stereo.bands[", ".side_to_mid_db").collect::<Vec<_>>())
        })
    }

    /// The third octaves of a range of frequencies against the profile.
    fn third_octaves(&self, low_hz: f64, high_hz: f64) -> Option<Gap> {
        let bands = self.tone_deviations().into_iter();
        let inside: Vec<_> =
            bands.filter(|band| (low_hz..=high_hz).contains(&band.0)).map(|band| band.1).collect();
        Gap::of(&inside)
    }

    /// How far the whole spectrum is from the profile: root mean square of the tolerances of its nine K-weighted bands,
    /// each counted up to [`MOST_TOLERANCES`], so that one band alone makes no other kind of music. `None` where the
    /// profile has no such bands.
    pub(super) fn unlikeness(&self) -> Option<f64> {
        let bands = self.k_band_deviations(".level_db", 0.0, 22_050.0);
        let squares = bands.iter().map(|deviation| deviation.tolerances.abs().min(MOST_TOLERANCES).powi(2));
        (!bands.is_empty()).then(|| (squares.sum::<f64>() / bands.len() as f64).sqrt())
    }

    /// Whether the song is so unlike the profile that the profile is no ground for advice on its tone.
    pub(super) fn is_unlike_profile(&self) -> bool {
        self.unlikeness().is_some_and(|tolerances| tolerances > UNLIKE_TOLERANCES)
    }
}

/// The mean distance of some bands from the middle of the profile.
#[derive(Clone, Copy)]
pub(super) struct Gap {
    pub(super) tolerances: f64,
    pub(super) distance_db: f64,
}

impl Gap {
    /// `None` of nothing.
    fn of(bands: &[&Deviation]) -> Option<Gap> {
        let count = bands.len() as f64;
        let mean = |of: fn(&Deviation) -> f64| bands.iter().map(|band| of(band)).sum::<f64>() / count;
        (!bands.is_empty()).then(|| Gap {
            tolerances: mean(|band| band.tolerances),
            distance_db: mean(|band| band.measured - band.expected.mid),
        })
    }

    /// What the profile's songs keep to, as the expectation of a finding.
    pub(super) fn usual(&self) -> String {
        // Rounded down, so that what is just outside does not read as inside.
        let tenths = (10.0 * self.distance_db / self.tolerances).abs().floor();
        format!("within {:.1} dB of its middle", tenths / 10.0)
    }

    /// Half the distance, at most `most_db`: what one broad stroke may take back.
    pub(super) fn half_db(&self, most_db: f64) -> f64 {
        (self.distance_db.abs() / 2.0).clamp(0.5, most_db)
    }
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
    let place = if marks.len() > 1 { ", the strongest at" } else { " at" };
    let doubt = if musical { ", so many that it may be the sound of the music" } else { "" };
    found
        .push(
            if musical { Severity::Info } else { Severity::Warn },
            format!("{} {noun}{place} {}{doubt}", marks.len(), clock(strongest.at_s, true)),
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
        let advice = match cx.stage {
            // Stems begin and end together: cutting one of them alone shifts it against the others.
            Stage::Mix => format!("{}; one of a set of stems stays as it is", self.advice),
            Stage::Master => self.advice.to_string(),
        };
        found
            .push(
                if warns { Severity::Warn } else { Severity::Info },
                format!("{silence_s:.1} s of silence {place} sound"),
            )
            .measured(silence_s, Unit::S)
            .expected(format!("at most {limit_s:.1} s"))
            .at([TimeRange { start_s: start_s.max(0.0), end_s: start_s.max(0.0) + silence_s }])
            .advice(if cx.is_mix() { Fix::Mix } else { Fix::Master }, advice);
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
    let mut all: Vec<String> = at_s.into_iter().map(|at_s| clock(at_s, true)).collect();
    // What happens within a tenth of a second is one place to listen at.
    all.dedup();
    let named: Vec<String> = all.iter().take(NAMED).cloned().collect();
    match (all.len().saturating_sub(NAMED), named.as_slice()) {
        (0, [first @ .., last]) if !first.is_empty() => format!("{} and {last}", first.join(", ")),
        (0, named) => named.join(""),
        (more, named) => format!("{} and {more} more", named.join(", ")),
    }
}

/// A range of frequencies as people say it: `below 148 Hz`, `from 148 to 392 Hz`, `from 795 Hz to 1.46 kHz`.
pub(super) fn band_words(low_hz: f64, high_hz: f64) -> String {
    let (low, high) = (hertz(low_hz), hertz(high_hz));
    match (low.split_once(' '), high.split_once(' ')) {
        _ if low_hz <= 0.0 => format!("below {high}"),
        _ if high_hz >= 20_000.0 => format!("above {low}"),
        _ if low == high => format!("at {low}"),
        (Some((number, unit)), Some((_, same))) if unit == same => format!("from {number} to {high}"),
        _ => format!("from {low} to {high}"),
    }
}

/// A frequency as people write it: `250 Hz`, `3.15 kHz`.
pub(super) fn hertz(frequency_hz: f64) -> String {
    crate::units::Quantity::new(frequency_hz, crate::units::Unit::Hz).to_string()
}
