//! Equalizer APO's configuration text, which Room EQ Wizard calls "Generic".

use super::curve::{Filter, filters};
use super::{gain_db, one_line, remarks};
use crate::model::{EqBand, EqShape, Plan};

/// Gain, high-pass and equaliser of a plan. `sample_rate_hz` is only for the comparison that the text quotes.
pub fn eqapo(plan: &Plan, sample_rate_hz: u32) -> String {
    let filters = filters(plan);
    let mut out = format!(
        "# mixproof {}: proposal for {}\n# Equalizer APO, Room EQ Wizard (Generic) and what imports their text.\n",
        env!("CARGO_PKG_VERSION"),
        one_line(&plan.input)
    );
    out += "# Q as in the Audio EQ Cookbook: bandwidth = Fc / Q between the points of half the gain in decibels.\n";
    out += &remarks(plan, &filters, sample_rate_hz);
    out += &format!("Preamp: {:.2} dB\n", gain_db(plan));
    for (index, filter) in filters.iter().enumerate() {
        let number = index + 1;
        out += &match filter {
            Filter::HighPass(corner_hz) => format!("Filter {number}: ON HP Fc {corner_hz:.1} Hz\n"),
            Filter::Band(EqBand { shape, center_hz, gain_db, q }) => {
                let kind = match shape {
                    EqShape::Peak => "PK",
                    EqShape::LowShelf => "LSC",
                    EqShape::HighShelf => "HSC",
                };
                format!("Filter {number}: ON {kind} Fc {center_hz:.1} Hz Gain {gain_db:.2} dB Q {q:.4}\n")
            }
        };
    }
    out
}
