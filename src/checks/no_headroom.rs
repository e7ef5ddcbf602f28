//! `PEAK004`

use super::Context;
use super::registry::{Findings, check};
use crate::model::{Fix, Severity};
use crate::units::{Quantity, Unit};

check! {
    /// ### What it measures
    /// Whether a mix leaves mastering something to work with: true peaks near full scale, and the signs of
    /// a limiter (crest lost to limiting by the all-pass method, peaks that line up at one level, loud parts
    /// without room for peaks, a very small peak to loudness ratio), whatever the level. Turning a limited mix down does not give its peaks back and does not silence
    /// this check.
    ///
    /// ### Why it matters
    /// Peaks that were limited away cannot be restored; two limiters in a row sound worse than one.
    ///
    /// ### What to do
    /// Level only: turn the mix bus down by the named amount, nothing else. Limited: take the limiter off
    /// the mix bus and export again; send the loud version along as a reference.
    ///
    /// ### References
    /// All-pass crest: PyMasVis manual. Loudness alone proves nothing: a mix of -14 LUFS with a peak to
    /// loudness ratio of 14 dB is fine. 12 LU: of the released tracks of bakuage_dataset1 that are louder than
    /// -12 LUFS, and so were limited, 86 % have less. 7 LU: 0.4 % of all 10 153 have less, none of 158 jazz
    /// tracks (`cargo test genre_tables`). No published figure is known for the share of peaks that line up
    /// and for the room of the loud parts: both limits were set on the 32 released songs on which the
    /// table of `check --summary` is usually printed, so that its figure for this check is not independent.
    "PEAK004" "no-headroom" Warn since "0.1.0" => run
}

/// True peak above which a mix is worth a word: converters and filters of later stages need a little room.
const NEAR_FULL_SCALE_DBTP: f64 = -1.0;
/// Peak that a mix is asked for where it has to be turned down anyway.
const ASKED_FOR_DBTP: f64 = -3.0;
/// Crest that limiting has taken, from which a limiter is likely (all-passes give unlimited music back 0 to 2 dB;
/// engineering choice).
const LIMITED_DB: f64 = 3.0;
/// An unlimited mix has more peak to loudness than this, so that crest lost means something.
const OPEN_PLR_LU: f64 = 12.0;
/// A mix below this was limited or clipped, however its crest comes about (digests flag masters below 6 to 8).
const DENSE_PLR_LU: f64 = 7.0;
/// Loud parts of a mix with less room for peaks than this went through a limiter (released music that is not
/// crushed has 6 to 10 in its loud parts).
const DENSE_PSR_LU: f64 = 5.0;
/// Peaks of unlimited music differ: at most 2 % of the tenths of a second come within 1 dB of the highest peak, 7 % where
/// the drums are samples. From this share on they line up at a ceiling (measured on 32 released songs).
const LINED_UP_SHARE: f64 = 0.2;
const LINED_UP_DB: f32 = 1.0;

fn run(cx: &Context, found: &mut Findings) {
    let (Some(true_peak_dbtp), Some(plr_lu)) =
        (cx.analysis.peaks.true_peak_dbtp, cx.analysis.dynamics.plr_lu)
    else {
        return;
    };
    if !cx.is_mix() {
        return;
    }
    let lost_db = cx.analysis.dynamics.limited_db.unwrap_or(0.0);
    let lined_up = lined_up_share(&cx.analysis.peaks.true_peak_dbtp_series) >= LINED_UP_SHARE;
    let squashed = cx.analysis.dynamics.psr_p05_lu.is_some_and(|psr_lu| psr_lu < DENSE_PSR_LU);
    if plr_lu < DENSE_PLR_LU || squashed || ((lost_db >= LIMITED_DB || lined_up) && plr_lu < OPEN_PLR_LU) {
        let down = if true_peak_dbtp < ASKED_FOR_DBTP { "; it was turned down afterwards" } else { "" };
        let lost = if lost_db >= 1.0 {
            format!(" (about {lost_db:.1} dB of crest are gone)")
        } else {
            String::new()
        };
        let in_line = if lined_up { "; its peaks line up at one level" } else { "" };
        found
            .push(
                Severity::Warn,
                format!("the mix looks limited: {plr_lu:.1} dB from loudness to peak{lost}{in_line}{down}"),
            )
            .measured(plr_lu, Unit::Lu)
            .expected(format!("more than {OPEN_PLR_LU:.0} LU, or no sign of limiting"))
            .advice(Fix::Mix, "take limiter and clipper off the mix bus and export again; send this version along as a reference")
            .confidence(0.7);
    } else if true_peak_dbtp > NEAR_FULL_SCALE_DBTP {
        found
            .info(format!(
                "true peak of {} leaves no headroom; the peaks themselves are intact",
                Quantity::new(true_peak_dbtp, Unit::Dbtp)
            ))
            .measured(true_peak_dbtp, Unit::Dbtp)
            .expected(format!("at most {ASKED_FOR_DBTP:.0} dBTP"))
            .advice(
                Fix::Mix,
                format!(
                    "turn the mix bus down by {:.0} dB and export again; nothing else has to change",
                    (true_peak_dbtp - ASKED_FOR_DBTP).max(1.0)
                ),
            );
    }
}

/// Share of the tenths of a second with sound whose peak comes near the highest one.
fn lined_up_share(series: &[Option<f32>]) -> f64 {
    let sounding: Vec<f32> = series.iter().flatten().copied().collect();
    let highest = sounding.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let near = sounding.iter().filter(|peak_dbtp| **peak_dbtp > highest - LINED_UP_DB).count();
    near as f64 / sounding.len().max(1) as f64
}
