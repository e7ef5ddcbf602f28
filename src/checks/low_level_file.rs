//! `LOUD007`

use super::Context;
use super::registry::{Findings, check};
use crate::model::{Fix, Severity};
use crate::units::Unit;

check! {
    /// ### What it measures
    /// How many bits the loudest sample of an integer file uses.
    ///
    /// ### Why it matters
    /// A 16-bit file that peaks at -30 dBFS carries 11 bits of music: the noise of its quantisation comes
    /// up with the gain of mastering.
    ///
    /// ### What to do
    /// Raise the level before the export, or export at 24 bit or floating point.
    ///
    /// ### References
    /// One bit is 6.02 dB. That 14 bits are enough is an engineering choice (quantisation noise 84 dB below
    /// the peak).
    "LOUD007" "low-level-file" Warn since "0.1.0" => run
}

/// Bits that the loudest sample should use.
const ENOUGH_BITS: f64 = 14.0;
/// Decibels of one bit.
const DB_PER_BIT: f64 = 6.02;

fn run(cx: &Context, found: &mut Findings) {
    let (Some(bits), Some(peak_dbfs)) = (cx.analysis.source.bits, cx.analysis.peaks.sample_dbfs) else {
        return;
    };
    let used = f64::from(bits) + peak_dbfs / DB_PER_BIT;
    if cx.is_float() || used >= ENOUGH_BITS || bits < 16 {
        return;
    }
    found
        .push(
            Severity::Warn,
            format!(
                "the highest sample is {peak_dbfs:.1} dBFS: only {used:.0} of {bits} bits carry the music"
            ),
        )
        .measured(peak_dbfs, Unit::Dbfs)
        .expected(format!(
            "at least {:.0} dBFS in a file of {bits} bits",
            (ENOUGH_BITS - f64::from(bits)) * DB_PER_BIT
        ))
        .advice(Fix::Mix, "export at 24 bit or floating point, or raise the level before the export");
}
