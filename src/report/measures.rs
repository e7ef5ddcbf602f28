//! The measures that people are told about: name, one line of explanation, and where the number is.

use crate::model::{Analysis, Deviation, Expected, Span};
use crate::report::plain;
use crate::units::{Quantity, Unit};

/// One measure and how it is spoken of.
pub(super) struct Measure {
    /// JSON path in `analysis/1`.
    pub(super) path: &'static str,
    /// For people.
    pub(super) name: &'static str,
    /// One line, plain words.
    pub(super) meaning: &'static str,
    /// What less of it is called, as in "quieter than".
    pub(super) less: &'static str,
    /// What more of it is called.
    pub(super) more: &'static str,
    /// The number.
    pub(super) get: fn(&Analysis) -> Option<f64>,
}

impl Measure {
    /// Its unit.
    pub(super) fn unit(&self) -> Unit {
        Unit::of_path(self.path)
    }
}

/// In the order of the tables.
pub(super) static MEASURES: &[Measure] = &[
    Measure {
        path: "loudness.integrated_lufs",
        name: "Integrated loudness",
        meaning: "How loud the whole song is, as streaming services measure it. Closer to 0 is louder.",
        less: "quieter",
        more: "louder",
        get: |a| a.loudness.integrated_lufs,
    },
    Measure {
        path: "peaks.true_peak_dbtp",
        name: "True peak",
        meaning: "The highest point of the wave between the samples. Above 0 it distorts in converters and encoders.",
        less: "lower",
        more: "higher",
        get: |a| a.peaks.true_peak_dbtp,
    },
    Measure {
        path: "loudness.range_lu",
        name: "Loudness range",
        meaning: "How far the quiet and the loud passages are apart.",
        less: "more even",
        more: "more varied",
        get: |a| a.loudness.range_lu,
    },
    Measure {
        path: "dynamics.plr_lu",
        name: "Peak to loudness",
        meaning: "How far the peaks stand above the loudness (PLR). Small means dense and limited, large means open and punchy.",
        less: "denser",
        more: "more open",
        get: |a| a.dynamics.plr_lu,
    },
    Measure {
        path: "stereo.mono_loss_lu",
        name: "Lost in mono",
        meaning: "How much quieter the song gets on a phone or club system that plays one channel.",
        less: "safer in mono",
        more: "less safe in mono",
        get: |a| a.stereo.as_ref().and_then(|s| s.mono_loss_lu),
    },
    Measure {
        path: "stereo.side_to_mid_db",
        name: "Width",
        meaning: "The level of what differs left and right against what is the same in both. Closer to 0 is wider.",
        less: "narrower",
        more: "wider",
        get: |a| a.stereo.as_ref().and_then(|s| s.side_to_mid_db),
    },
    Measure {
        path: "stereo.correlation",
        name: "Correlation",
        meaning: "1: left and right are the same; 0: unrelated; below 0: they cancel in mono.",
        less: "wider",
        more: "narrower",
        get: |a| a.stereo.as_ref().and_then(|s| s.correlation),
    },
    Measure {
        path: "stereo.balance_db",
        name: "Balance",
        meaning: "Left against right. Above 0 the left channel is louder.",
        less: "further right",
        more: "further left",
        get: |a| a.stereo.as_ref().and_then(|s| s.balance_db),
    },
    Measure {
        path: "loudness.momentary_max_lufs",
        name: "Loudest moment",
        meaning: "The loudest 0.4 seconds.",
        less: "quieter",
        more: "louder",
        get: |a| a.loudness.momentary_max_lufs,
    },
    Measure {
        path: "loudness.short_term_max_lufs",
        name: "Loudest passage",
        meaning: "The loudest 3 seconds.",
        less: "quieter",
        more: "louder",
        get: |a| a.loudness.short_term_max_lufs,
    },
    Measure {
        path: "peaks.sample_dbfs",
        name: "Sample peak",
        meaning: "The highest sample of the file. 0 is the most that fixed-point audio can hold.",
        less: "lower",
        more: "higher",
        get: |a| a.peaks.sample_dbfs,
    },
    Measure {
        path: "dynamics.crest_db",
        name: "Crest",
        meaning: "Peak against average level: the punch of the drums.",
        less: "denser",
        more: "punchier",
        get: |a| a.dynamics.crest_db,
    },
    Measure {
        path: "dynamics.psr_min_lu",
        name: "Densest passage",
        meaning: "The smallest distance of peak and short-term loudness (PSR). Below about 8 limiting is usually heard.",
        less: "denser",
        more: "more open",
        get: |a| a.dynamics.psr_min_lu,
    },
    Measure {
        path: "dynamics.psr_p05_lu",
        name: "Dense passages",
        meaning: "Peak against short-term loudness (PSR) in the densest twentieth of the song.",
        less: "denser",
        more: "more open",
        get: |a| a.dynamics.psr_p05_lu,
    },
    Measure {
        path: "dynamics.dr_db",
        name: "DR",
        meaning: "Dynamic range by the TT method, for comparing with published DR values.",
        less: "denser",
        more: "more open",
        get: |a| a.dynamics.dr_db,
    },
    Measure {
        path: "dynamics.limited_db",
        name: "Crest lost to limiting",
        meaning: "How much higher the peaks would stand had they not been cut off; 0 to 1 is untouched.",
        less: "less limited",
        more: "more limited",
        get: |a| a.dynamics.limited_db,
    },
    Measure {
        path: "dynamics.rms_dbfs",
        name: "RMS level",
        meaning: "Average level without weighting by ear.",
        less: "quieter",
        more: "louder",
        get: |a| a.dynamics.rms_dbfs,
    },
    Measure {
        path: "tone.tilt_db_per_oct",
        name: "Tilt",
        meaning: "How steeply the spectrum falls from 100 Hz to 10 kHz. Steeper is darker.",
        less: "darker",
        more: "brighter",
        get: |a| a.tone.tilt_db_per_oct,
    },
    Measure {
        path: "tone.bandwidth_hz",
        name: "Bandwidth",
        meaning: "The highest frequency before the spectrum falls into the noise.",
        less: "duller",
        more: "fuller",
        get: |a| a.tone.bandwidth_hz,
    },
    Measure {
        path: "defects.noise_floor_dbfs",
        name: "Noise floor",
        meaning: "Level of the quietest parts.",
        less: "cleaner",
        more: "noisier",
        get: |a| a.defects.noise_floor_dbfs,
    },
    Measure {
        path: "music.tempo_bpm",
        name: "Tempo",
        meaning: "Beats per minute, as estimated.",
        less: "slower",
        more: "faster",
        get: |a| a.music.tempo_bpm,
    },
    Measure {
        path: "music.energy",
        name: "Energy",
        meaning: "0 is calm, 1 is driving: from loudness, brightness and density of events.",
        less: "calmer",
        more: "more driving",
        get: |a| a.music.energy,
    },
];

/// The measure of a path.
pub(super) fn measure(path: &str) -> Option<&'static Measure> {
    MEASURES.iter().find(|measure| measure.path == path)
}

/// A path in words: `tone.bands[250].level_db` is "Tone at 250 Hz".
pub(super) fn name_of(path: &str) -> String {
    if let Some(measure) = measure(path) {
        return measure.name.to_string();
    }
    let band = path.split_once('[').and_then(|(_, rest)| rest.split_once(']'));
    let what = match path {
        _ if path.starts_with("tone.k_bands") && path.ends_with("range_db") => "Movement",
        _ if path.starts_with("tone.k_bands") && path.ends_with("side_to_mid_db") => "Width",
        _ if path.starts_with("tone.k_bands") => "Loudness",
        _ if path.starts_with("tone.bands") => "Tone",
        _ if path.starts_with("dynamics.bands") => "Crest",
        _ if path.starts_with("stereo.bands") => "Width",
        "defects.dc_offset" => "DC offset",
        "stereo.polarity_inverted" => "Polarity",
        _ => return plain(path),
    };
    match band {
        Some((band, _)) => match band.parse::<f64>() {
            Ok(center_hz) => format!("{what} at {}", figure(center_hz, Unit::Hz)),
            Err(_) => match band
                .split_once('-')
                .and_then(|(low, high)| Some((low.parse().ok()?, high.parse().ok()?)))
            {
                Some(edges_hz) => format!("{what}, {}", band_words(edges_hz)),
                None => plain(&format!("{what}, {band}")),
            },
        },
        None => what.to_string(),
    }
}

/// A band by its edges: `below 148 Hz`, `392–795 Hz`, `1.46–2.55 kHz`.
pub(super) fn band_words((low_hz, high_hz): (f64, f64)) -> String {
    let high = figure(high_hz, Unit::Hz);
    match low_hz {
        zero if zero < 1.0 => format!("below {high}"),
        low if (low < 1000.0) != (high_hz < 1000.0) => format!("{}–{high}", figure(low, Unit::Hz)),
        low => {
            let low = figure(low, Unit::Hz);
            format!("{}–{high}", low.split('\u{a0}').next().unwrap_or(&low))
        }
    }
}

/// A number with its unit and a true minus sign: `−14.0 LUFS`. The space does not break.
pub(super) fn figure(value: f64, unit: Unit) -> String {
    Quantity::new(value, unit).to_string().replace('-', "\u{2212}").replace(' ', "\u{a0}")
}

/// As [`figure`], or a dash where nothing could be measured.
pub(super) fn figure_or_dash(value: Option<f64>, unit: Unit) -> String {
    value.map_or_else(|| "–".to_string(), |value| figure(value, unit))
}

/// A difference with its sign: `+3.2 LU`. Loudness differs in LU, levels in dB.
pub(super) fn change(value: f64, unit: Unit) -> String {
    let unit = match unit {
        Unit::Lufs => Unit::Lu,
        Unit::Dbfs | Unit::Dbtp => Unit::Db,
        other => other,
    };
    let text = figure(value, unit);
    let zero = !text.chars().any(|c| ('1'..='9').contains(&c));
    if value > 0.0 && !zero { format!("+{text}") } else { text }
}

/// Words with true minus signs in front of their numbers.
pub(super) fn minus(words: &str) -> String {
    let mut out = String::with_capacity(words.len());
    let mut before = ' ';
    let mut characters = words.chars().peekable();
    while let Some(c) = characters.next() {
        let number_follows = characters.peek().is_some_and(char::is_ascii_digit);
        let sign = c == '-' && number_follows && matches!(before, ' ' | '(' | '\u{a0}' | '/');
        out.push(if sign { '\u{2212}' } else { c });
        before = c;
    }
    out
}

/// Only the number, for axes and large figures.
pub(super) fn number(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    let zero = !text.chars().any(|c| ('1'..='9').contains(&c));
    if zero { text.replace('-', "") } else { text.replace('-', "\u{2212}") }
}

/// Words of a document with a true minus sign before their numbers.
pub(super) fn signed(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut before = ' ';
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let starts = c == '-' && matches!(before, ' ' | '(') && rest.peek().is_some_and(char::is_ascii_digit);
        out.push(if starts { '\u{2212}' } else { c });
        before = c;
    }
    out
}

/// Signed distance from the middle in tolerances, as `compare` counts: beyond ±1 is outside.
pub(super) fn tolerances(value: f64, expected: &Expected) -> Option<f64> {
    let half = if value >= expected.mid { expected.high - expected.mid } else { expected.mid - expected.low };
    (half > 0.0).then(|| (value - expected.mid) / half)
}

/// Where a value stands against a span, in words: "louder than 82 % of Pop tracks".
pub(super) fn position(
    measure: &Measure,
    value: f64,
    span: &Span,
    percentile: Option<f64>,
    kind: &str,
) -> String {
    if let Some(percentile) = percentile {
        return rank((measure.less, measure.more), percentile, kind);
    }
    match value {
        low if low < span.p10 => format!("{} than 9 of 10 in {kind}", measure.less),
        high if high > span.p90 => format!("{} than 9 of 10 in {kind}", measure.more),
        low if low - span.p10 < (span.p50 - span.p10) / 2.0 => {
            format!("typical for {kind}, though {} than most", measure.less)
        }
        high if span.p90 - high < (span.p90 - span.p50) / 2.0 => {
            format!("typical for {kind}, though {} than most", measure.more)
        }
        _ => format!("typical for {kind}"),
    }
}

/// A place among tracks in words: "louder than 92 % of Pop".
pub(super) fn rank((less, more): (&str, &str), percentile: f64, kind: &str) -> String {
    match percentile.clamp(1.0, 99.0).round() {
        45.0..=55.0 => format!("right in the middle of {kind}"),
        above if above > 50.0 => format!("{more} than {above:.0} % of {kind}"),
        below => format!("{less} than {:.0} % of {kind}", 100.0 - below),
    }
}

/// What less and more of a measure are called: those of a band by what the band measures.
pub(super) fn less_and_more(path: &str) -> (&'static str, &'static str) {
    if let Some(measure) = measure(path) {
        return (measure.less, measure.more);
    }
    match path.rsplit('.').next() {
        Some("side_to_mid_db") => ("narrower", "wider"),
        Some("range_db") => ("steadier", "livelier"),
        Some("crest_db") => ("denser", "punchier"),
        Some("level_db") => ("weaker", "stronger"),
        _ => ("lower", "higher"),
    }
}

/// Where a measure stands, in words: "louder than 92 % of Pop"; without ranks the distance to the nearest edge of the
/// span, "2.4 dB stronger than the references".
pub(super) fn standing(deviation: &Deviation, kind: &str) -> String {
    let words = less_and_more(&deviation.measure);
    if let Some(percentile) = deviation.percentile {
        return rank(words, percentile, kind);
    }
    let Expected { low, high, .. } = deviation.expected;
    let beyond = |distance: f64, word: &str| {
        format!("{} {word} than {kind}", change(distance, deviation.unit()).trim_start_matches('+'))
    };
    match deviation.measured {
        under if under < low => beyond(low - under, words.0),
        over if over > high => beyond(over - high, words.1),
        _ => format!("within {kind}"),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_measure_of_a_profile_has_a_name() {
        for path in crate::model::scalar_paths() {
            assert!(super::MEASURES.iter().any(|measure| measure.path == path), "{path}");
        }
    }
}
