//! Which measures a changelog speaks of, from which difference on, and in which words.

use crate::model::{Analysis, Change};
use crate::units::{Quantity, Unit, finite};

/// A measure of a changelog.
pub(super) struct Topic {
    /// JSON path.
    pub(super) measure: &'static str,
    /// Smallest difference worth a line (engineering choices: at or below what is heard, above what the meters' grid
    /// of 100 ms and a lossy copy add).
    least: f64,
    read: fn(&Analysis) -> Option<f64>,
    /// What a rise and a fall are called; the size stands before.
    rise: &'static str,
    fall: &'static str,
}

/// Measures of the whole song, in the order of the changelog.
pub(super) const TOPICS: &[Topic] = &[
    topic("source.duration_s", 0.05, |a| Some(a.source.duration_s), "longer", "shorter"),
    topic("loudness.integrated_lufs", 0.2, |a| a.loudness.integrated_lufs, "louder", "quieter"),
    topic("loudness.range_lu", 0.5, |a| a.loudness.range_lu, "more loudness range", "less loudness range"),
    topic("peaks.true_peak_dbtp", 0.2, |a| a.peaks.true_peak_dbtp, "higher true peak", "lower true peak"),
    topic(
        "dynamics.plr_lu",
        0.5,
        |a| a.dynamics.plr_lu,
        "more peak over loudness: less limited",
        "less peak over loudness: more limited",
    ),
    topic(
        "dynamics.psr_p05_lu",
        0.5,
        |a| a.dynamics.psr_p05_lu,
        "more room for peaks in the loud parts",
        "less room for peaks in the loud parts",
    ),
    topic("dynamics.dr_db", 0.5, |a| a.dynamics.dr_db, "more dynamic range (DR)", "less dynamic range (DR)"),
    topic("tone.tilt_db_per_oct", 0.15, |a| a.tone.tilt_db_per_oct, "brighter tilt", "darker tilt"),
    topic(
        "stereo.side_to_mid_db",
        0.5,
        |a| a.stereo.as_ref()?.side_to_mid_db,
        "more side against mid: wider",
        "less side against mid: narrower",
    ),
    topic(
        "stereo.balance_db",
        0.3,
        |a| a.stereo.as_ref()?.balance_db,
        "moved to the left",
        "moved to the right",
    ),
    topic(
        "stereo.mono_loss_lu",
        0.3,
        |a| a.stereo.as_ref()?.mono_loss_lu,
        "more lost in mono",
        "less lost in mono",
    ),
];

const fn topic(
    measure: &'static str,
    least: f64,
    read: fn(&Analysis) -> Option<f64>,
    rise: &'static str,
    fall: &'static str,
) -> Topic {
    Topic { measure, least, read, rise, fall }
}

impl Topic {
    /// The measure without its place and its unit: `side to mid`.
    fn name(&self) -> String {
        let last = self.measure.rsplit('.').next().unwrap_or(self.measure);
        let unit = ["_lufs", "_lu", "_dbtp", "_db_per_oct", "_db", "_s"]
            .into_iter()
            .find(|unit| last.ends_with(unit));
        last.trim_end_matches(unit.unwrap_or_default()).replace('_', " ")
    }

    /// The change of this measure, where it is worth a line.
    pub(super) fn change(&self, a: &Analysis, b: &Analysis) -> Option<Change> {
        let (measured_a, measured_b) = ((self.read)(a), (self.read)(b));
        let unit = Unit::of_path(self.measure);
        let Some((from, to)) = measured_a.zip(measured_b) else {
            let (there, gone) = (measured_b?, measured_a.is_none());
            // Only what became measurable says something; what is lost shows in the findings.
            return gone.then(|| Change {
                measure: self.measure.to_string(),
                measured_a,
                measured_b,
                change: None,
                message: format!("{} now measurable: {}", self.name(), Quantity::new(there, unit)),
            });
        };
        let change = to - from;
        let words = if change > 0.0 { self.rise } else { self.fall };
        (change.abs() >= self.least).then(|| Change {
            measure: self.measure.to_string(),
            measured_a,
            measured_b,
            change: finite(change),
            message: format!("{} {words}", size(change, difference_unit(unit))),
        })
    }
}

/// A difference of two loudnesses is in LU, of two levels in dB.
fn difference_unit(unit: Unit) -> Unit {
    match unit {
        Unit::Lufs => Unit::Lu,
        Unit::Dbfs | Unit::Dbtp => Unit::Db,
        other => other,
    }
}

/// The size of a difference with its unit, without sign.
pub(super) fn size(change: f64, unit: Unit) -> String {
    Quantity::new(change.abs(), unit).to_string()
}
