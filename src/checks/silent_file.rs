//! `LOUD001`

use super::Context;
use super::registry::{Findings, check};
use crate::model::{Fix, Severity};
use crate::units::Unit;

check! {
    /// ### What it measures
    /// Whether there is any sound: the highest sample against -60 dBFS.
    ///
    /// ### Why it matters
    /// A silent file in a delivery is a failed export: a muted bus, a wrong range, a track that was not
    /// armed.
    ///
    /// ### What to do
    /// Export the file again and listen to it before it is sent.
    ///
    /// ### References
    /// ITU-R BS.1770-5 (no loudness exists below the absolute gate at -70 LUFS). The limit of -60 dBFS is
    /// an engineering choice; the quietest of the 10 153 tracks of bakuage_dataset1 peaks at -35.9 dBFS.
    "LOUD001" "silent-file" Fail since "0.1.0" => run
}

/// Highest sample of a file that counts as silent.
const SILENT_DBFS: f64 = -60.0;

fn run(cx: &Context, found: &mut Findings) {
    match cx.analysis.peaks.sample_dbfs {
        None => {
            found
                .push(Severity::Fail, "the file is digital silence")
                .expected("sound")
                .advice(Fix::Mix, "export the file again: every sample is zero");
        }
        Some(peak_dbfs) if peak_dbfs < SILENT_DBFS => {
            found
                .push(
                    Severity::Fail,
                    format!("the file is nearly silent: its highest sample is {peak_dbfs:.1} dBFS"),
                )
                .measured(peak_dbfs, Unit::Dbfs)
                .expected(format!("at least {SILENT_DBFS:.0} dBFS"))
                .advice(Fix::Mix, "export the file again with the faders and the mute buttons checked");
        }
        Some(_) => {}
    }
}
