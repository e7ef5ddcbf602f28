//! What a chart shows, as numbers: drawn, read out on hover, listed in its table, and compared with the documents in tests.

use crate::report::measures::{figure_or_dash, number};
use crate::units::{Unit, clock};
use std::fmt::Write;

/// Most points of a series in the page; longer series keep the highest value of each group.
const POINTS_MAX: usize = 4000;
/// Most rows of a table.
const ROWS_MAX: usize = 48;

/// The horizontal positions.
pub(in crate::report) enum Positions {
    /// Regular steps in seconds.
    Time {
        /// The first.
        start_s: f64,
        /// From one to the next.
        step_s: f64,
    },
    /// Frequencies.
    Frequencies(Vec<f64>),
    /// Levels, low edge of each bin.
    Levels(Vec<f64>),
    /// Names.
    Names(Vec<String>),
    /// Versions of a song, counted from 1: what each is called.
    Versions(Vec<String>),
}

/// One curve.
pub(in crate::report) struct Series {
    /// For people.
    pub(in crate::report) name: String,
    /// Unit of the values.
    pub(in crate::report) unit: Unit,
    /// One per position; `None` where nothing could be measured.
    pub(in crate::report) values: Vec<Option<f64>>,
}

/// All that a chart shows.
pub(in crate::report) struct Data {
    /// Where.
    pub(in crate::report) positions: Positions,
    /// What.
    pub(in crate::report) series: Vec<Series>,
    /// What there is to see, in a sentence or two.
    pub(in crate::report) sentence: String,
}

impl Series {
    pub(in crate::report) fn new(name: impl Into<String>, unit: Unit, values: Vec<Option<f64>>) -> Series {
        Series { name: name.into(), unit, values }
    }

    /// A series of tenths of a second as the documents have it.
    pub(super) fn of_time(name: impl Into<String>, unit: Unit, values: &[Option<f32>]) -> Series {
        Series::new(name, unit, values.iter().map(|value| value.map(f64::from)).collect())
    }

    /// The highest value.
    pub(super) fn max(&self) -> Option<f64> {
        self.values.iter().flatten().copied().reduce(f64::max)
    }

    /// The value that the given share of the values lies below.
    pub(super) fn quantile(&self, share: f64) -> Option<f64> {
        let mut values: Vec<f64> = self.values.iter().flatten().copied().collect();
        values.sort_by(f64::total_cmp);
        values.get((share * values.len() as f64) as usize).copied()
    }

    /// The lowest value.
    pub(super) fn min(&self) -> Option<f64> {
        self.values.iter().flatten().copied().reduce(f64::min)
    }
}

impl Data {
    /// Positions in tenths of a second, as all series of the documents have them. Long series are thinned,
    /// all alike, to the highest value of each group.
    pub(super) fn of_time(mut series: Vec<Series>, sentence: String) -> Data {
        let longest = series.iter().map(|series| series.values.len()).max().unwrap_or(0);
        let group = longest.div_ceil(POINTS_MAX).max(1);
        if group > 1 {
            for series in &mut series {
                let highest = |values: &[Option<f64>]| values.iter().flatten().copied().reduce(f64::max);
                series.values = series.values.chunks(group).map(highest).collect();
            }
        }
        let step_s = 0.1 * group as f64;
        Data { positions: Positions::Time { start_s: step_s, step_s }, series, sentence }
    }

    /// How many positions there are.
    pub(in crate::report) fn len(&self) -> usize {
        self.series.iter().map(|series| series.values.len()).max().unwrap_or(0)
    }

    /// The horizontal place of an index, as a number.
    pub(super) fn x(&self, index: usize) -> f64 {
        match &self.positions {
            Positions::Time { start_s, step_s } => start_s + step_s * index as f64,
            Positions::Frequencies(values) | Positions::Levels(values) => {
                values.get(index).copied().unwrap_or(0.0)
            }
            Positions::Names(_) => index as f64,
            Positions::Versions(_) => index as f64 + 1.0,
        }
    }

    /// The horizontal place of an index, in words.
    pub(in crate::report) fn x_text(&self, index: usize) -> String {
        match &self.positions {
            Positions::Time { .. } => clock(self.x(index), self.len() < 600),
            Positions::Frequencies(_) => figure_or_dash(Some(self.x(index)), Unit::Hz),
            Positions::Levels(_) => figure_or_dash(Some(self.x(index)), Unit::Lufs),
            Positions::Names(names) | Positions::Versions(names) => {
                names.get(index).cloned().unwrap_or_default()
            }
        }
    }

    /// Heading of the horizontal place.
    pub(in crate::report) fn x_title(&self) -> &'static str {
        match &self.positions {
            Positions::Time { .. } => "Time",
            Positions::Frequencies(_) => "Frequency",
            Positions::Levels(_) => "Loudness from",
            Positions::Names(_) => "Measure",
            Positions::Versions(_) => "Version",
        }
    }

    /// Rows for the table: place and values; long series are read at even steps, which the caption says.
    pub(in crate::report) fn rows(&self) -> Vec<(String, Vec<String>)> {
        let step = self.len().div_ceil(ROWS_MAX).max(1);
        (0..self.len())
            .step_by(step)
            .map(|index| {
                let cells = self
                    .series
                    .iter()
                    .map(|series| figure_or_dash(series.values.get(index).copied().flatten(), series.unit));
                (self.x_text(index), cells.collect())
            })
            .collect()
    }

    /// JSON for the page's script. `<`, `>` and `&` never occur in it.
    pub(in crate::report) fn json(&self) -> String {
        let mut out = String::from("{");
        let _ = match &self.positions {
            Positions::Time { start_s, step_s } => {
                write!(out, "\"kind\":\"time\",\"start\":{start_s},\"step\":{step_s}")
            }
            Positions::Frequencies(values) => write!(out, "\"kind\":\"hz\",\"x\":{}", numbers(values)),
            Positions::Levels(values) => write!(out, "\"kind\":\"level\",\"x\":{}", numbers(values)),
            Positions::Names(names) => {
                let names: Vec<String> = names.iter().map(|name| json_text(name)).collect();
                write!(out, "\"kind\":\"name\",\"x\":[{}]", names.join(","))
            }
            Positions::Versions(names) => {
                let places: Vec<f64> = (0..names.len()).map(|index| self.x(index)).collect();
                let names: Vec<String> = names.iter().map(|name| json_text(name)).collect();
                let (places, names) = (numbers(&places), names.join(","));
                write!(out, "\"kind\":\"version\",\"x\":{places},\"names\":[{names}]")
            }
        };
        out.push_str(",\"series\":[");
        for (index, series) in self.series.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            let values: Vec<String> = series
                .values
                .iter()
                .map(|value| value.map_or_else(|| "null".to_string(), |value| short(value, series.unit)))
                .collect();
            let _ = write!(
                out,
                "{comma}{{\"name\":{},\"unit\":{},\"values\":[{}]}}",
                json_text(&series.name),
                json_text(series.unit.symbol()),
                values.join(",")
            );
        }
        out.push_str("]}");
        out
    }
}

/// A number as short as its unit deserves, one decimal more than people read.
fn short(value: f64, unit: Unit) -> String {
    let text = format!("{value:.*}", unit.decimals() + 1);
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if matches!(text, "-0" | "") { "0".to_string() } else { text.to_string() }
}

fn numbers(values: &[f64]) -> String {
    let values: Vec<String> = values.iter().map(|value| format!("{value}")).collect();
    format!("[{}]", values.join(","))
}

/// A string in JSON that is also safe between script tags.
pub(in crate::report) fn json_text(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '<' | '>' | '&' | '\'' | '\u{2028}' | '\u{2029}' => {
                let _ = write!(out, "\\u{:04x}", c as u32);
            }
            c if c.is_control() => {
                let _ = write!(out, "\\u{:04x}", c as u32);
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// Decibels on an axis: `−14`, `−0.5`.
pub(super) fn tick(value: f64) -> String {
    number(value, if (value - value.round()).abs() < 1e-9 { 0 } else { 1 })
}
