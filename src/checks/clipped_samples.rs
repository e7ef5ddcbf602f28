//! `PEAK002`

use super::Context;
use super::context::moments;
use super::registry::{Findings, check};
use crate::model::{Fix, Severity, TimeRange};
use crate::units::Unit;

check! {
    /// ### What it measures
    /// Stretches of at least three equal samples at the ceiling of the file.
    ///
    /// ### Why it matters
    /// Clipping cuts the waves and adds overtones that belong to no chord; it cannot be taken back, and
    /// every later stage makes it plainer.
    ///
    /// ### What to do
    /// In a mix: find the channel or bus that clips, lower it, export in floating point. In a master: lower
    /// the drive into the clipper or limiter.
    ///
    /// ### References
    /// Run of three samples: dart_pop_n_click; a fail needs runs of a millisecond over a thousandth of the
    /// file, which no limiter leaves (engineering choice).
    "PEAK002" "clipped-samples" Fail since "0.1.0" => run
}

/// Fewer runs than this may be single peaks that just touch full scale.
const FEW_RUNS: u64 = 3;
/// Longest run of a file that is clipped beyond use.
const LONG_RUN_S: f64 = 0.001;
/// Share of clipped samples of a file that is clipped beyond use.
const LARGE_SHARE: f64 = 0.001;

fn run(cx: &Context, found: &mut Findings) {
    let peaks = &cx.analysis.peaks;
    if peaks.clipped_runs == 0 {
        return;
    }
    let longest = peaks.clipped.iter().map(|run| run.samples).max().unwrap_or(0);
    let longest_s = longest as f64 / f64::from(cx.analysis.source.sample_rate_hz.max(1));
    let listed: u64 = peaks.clipped.iter().map(|run| run.samples).sum();
    // At most 1000 runs are listed: what they hold is scaled up to all runs.
    let clipped = listed as f64 * peaks.clipped_runs as f64 / (peaks.clipped.len().max(1) as f64);
    let share =
        clipped / (cx.analysis.source.frames.max(1) as f64 * f64::from(cx.analysis.source.channels.max(1)));
    let severity = match peaks.clipped_runs {
        _ if longest_s >= LONG_RUN_S && share >= LARGE_SHARE => Severity::Fail,
        0..FEW_RUNS => Severity::Info,
        _ => Severity::Warn,
    };
    let fix = if cx.is_mix() { Fix::Mix } else { Fix::Master };
    let runs = if peaks.clipped_runs == 1 { "run" } else { "runs" };
    found
        .push(
            severity,
            format!(
                "{} {runs} of clipped samples, the longest {longest} samples ({:.2} ms)",
                peaks.clipped_runs,
                longest_s * 1000.0
            ),
        )
        .measured(peaks.clipped_runs as f64, Unit::None)
        .expected("no clipped samples")
        .at(peaks.clipped.iter().map(|run| TimeRange { start_s: run.start_s, end_s: run.end_s }))
        .advice(
            fix,
            format!(
                "at {}: turn down what drives the clipping (most often the bus or its last plug-in) and export again",
                moments(peaks.clipped.iter().map(|run| run.start_s))
            ),
        );
}
