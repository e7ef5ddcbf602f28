//! `DEF011`

use super::Context;
use super::registry::{Findings, check};
use crate::model::{Fix, Severity, TimeRange};
use crate::units::{Unit, clock};

check! {
    /// ### What it measures
    /// A song that fades out evenly (at least 2 dB per second over its last two and a half seconds), and the
    /// momentary loudness at which the file breaks the fade off.
    ///
    /// ### Why it matters
    /// A fade that stops before silence is heard as a cut, most of all on headphones and between tracks.
    ///
    /// ### What to do
    /// Export with a longer tail, or bend the last second of the fade down to silence.
    ///
    /// ### References
    /// Engineering choice: 60 dB under full scale is silent to a listener (the line that essentia's StartStopCut draws).
    "DEF011" "fade-ends-early" Warn since "0.1.0" => run
}

/// A fade that has come down to this is at its end.
const SILENT_LUFS: f64 = -60.0;
/// A fade that ends less than this far under the loudness of the song is heard by everyone.
const PLAIN_LU: f64 = 30.0;
/// What the advice asks for.
const TAIL_S: f64 = 1.0;

fn run(cx: &Context, found: &mut Findings) {
    let (Some(end_lufs), Some(integrated_lufs)) =
        (cx.fade_ends_at_lufs(), cx.analysis.loudness.integrated_lufs)
    else {
        return;
    };
    if end_lufs <= SILENT_LUFS {
        return;
    }
    let end_s = cx.analysis.source.duration_s;
    let plain = integrated_lufs - end_lufs < PLAIN_LU;
    found
        .push(
            if plain { Severity::Warn } else { Severity::Info },
            format!(
                "the fade-out breaks off at {end_lufs:.1} LUFS, {:.1} LU under the song",
                integrated_lufs - end_lufs
            ),
        )
        .measured(end_lufs, Unit::Lufs)
        .expected(format!("a fade down to {SILENT_LUFS:.0} LUFS or silence"))
        .at([TimeRange { start_s: (end_s - TAIL_S).max(0.0), end_s }])
        .advice(
            Fix::Master,
            format!(
                "bend the fade down to silence over the last {TAIL_S:.0} s before {}, or export with a longer tail",
                clock(end_s, true)
            ),
        )
        .confidence(0.6);
}
