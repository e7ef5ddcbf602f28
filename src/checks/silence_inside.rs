//! `LOUD009`

use super::Context;
use super::context::{moments, series_range};
use super::registry::{Findings, check};
use crate::model::{Fix, Severity};
use crate::units::{Unit, clock};

check! {
    /// ### What it measures
    /// Stretches inside the programme, five seconds or longer, in which momentary loudness stays below -70
    /// LUFS.
    ///
    /// ### Why it matters
    /// A long hole is a region that was not rendered, a mute that stayed, or a hidden track that
    /// distributors reject.
    ///
    /// ### What to do
    /// Listen at the named times. Export again, or split the hidden track off.
    ///
    /// ### References
    /// ITU-R BS.1770-5 (absolute gate at -70 LUFS). The durations are an engineering choice.
    "LOUD009" "silence-inside" Warn since "0.1.0" => run
}

/// Silence worth a word, in tenths of a second.
const SHORTEST_STEPS: usize = 50;
/// Silence worth a warning, in tenths of a second.
const LONG_STEPS: usize = 150;
/// Absolute gate of BS.1770-5.
const SILENT_LUFS: f32 = -70.0;

fn run(cx: &Context, found: &mut Findings) {
    let series = &cx.analysis.loudness.momentary_lufs;
    let sounding = |value: &Option<f32>| value.is_some_and(|lufs| lufs >= SILENT_LUFS);
    let (Some(first), Some(last)) = (series.iter().position(sounding), series.iter().rposition(sounding))
    else {
        return;
    };
    let mut holes: Vec<(usize, usize)> = Vec::new();
    let mut previous = first;
    for index in (first..=last).filter(|index| sounding(&series[*index])) {
        if index - previous > SHORTEST_STEPS {
            holes.push((previous + 1, index));
        }
        previous = index;
    }
    let Some((start, end)) = holes.iter().copied().max_by_key(|(start, end)| end - start) else { return };
    let longest_s = (end - start) as f64 / 10.0;
    found
        .push(
            if end - start > LONG_STEPS { Severity::Warn } else { Severity::Info },
            format!(
                "{longest_s:.1} s of silence inside the programme at {}",
                clock(start as f64 / 10.0, false)
            ),
        )
        .measured(longest_s, Unit::S)
        .expected("no silence of five seconds or more between the first and the last sound")
        .at(holes.iter().map(|(start, end)| series_range(*start, *end)))
        .advice(
            Fix::Mix,
            format!(
                "listen at {}: where a part is missing, export again; where a second piece begins, make it a file of its own",
                moments(holes.iter().map(|(start, _)| *start as f64 / 10.0))
            ),
        )
        .confidence(0.7);
}
