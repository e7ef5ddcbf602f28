//! A plan in the form that other tools read, for people who want to do it themselves.
//!
//! | form | carries |
//! |---|---|
//! | [`sheet`] | everything, in words and in the Q convention of each family of plug-ins |
//! | [`eqapo`] | gain, high-pass, equaliser: Equalizer APO, Room EQ Wizard and what imports their text |
//! | [`camilladsp`] | gain, high-pass, equaliser |
//! | [`impulse`] | high-pass and equaliser, exactly, for any convolver |
//! | [`jsfx`] | everything but bands of dynamics, as REAPER source text |
//! | [`session`] | original, proposal and reference side by side at equal loudness, as a REAPER project |
//!
//! Each says what it leaves out and how the result should measure.

mod camilladsp;
mod curve;
mod eqapo;
mod impulse;
mod jsfx;
mod rpp;
mod sheet;

pub use camilladsp::camilladsp;
pub use eqapo::eqapo;
pub use impulse::{Phase, impulse};
pub use jsfx::jsfx;
pub use rpp::{Take, session};
pub use sheet::{Widths, sheet, widths};

use self::curve::{Filter, bilinear_difference};
use crate::model::{Applicability, Move, Plan, Processor};

/// The moves that are applied, in their order.
fn applied(plan: &Plan) -> impl Iterator<Item = &Move> {
    plan.moves.iter().filter(|step| step.applicability == Applicability::Automatic)
}

/// All constant gain of the plan, with what stands in front of its limiter.
fn gain_db(plan: &Plan) -> f64 {
    applied(plan)
        .map(|step| match &step.processor {
            Processor::Gain { gain_db } | Processor::Limiter { gain_db, .. } => *gain_db,
            _ => 0.0,
        })
        .fold(0.0, |sum, gain_db| sum + gain_db)
}

/// How the result should measure, a line each.
fn afterwards(plan: &Plan) -> Vec<String> {
    let predicted = &plan.predicted;
    let mut lines = Vec::new();
    let mut say = |name: &str, value: Option<f64>, unit: &str| {
        if let Some(value) = value {
            lines.push(format!("{name}: {value:.1} {unit}"));
        }
    };
    say("integrated loudness", predicted.loudness.integrated_lufs, "LUFS");
    say("loudness range", predicted.loudness.range_lu, "LU");
    say("true peak", predicted.peaks.true_peak_dbtp, "dBTP");
    say("peak to loudness", predicted.dynamics.plr_lu, "LU");
    lines.push(format!("ceiling to hold: {:.1} dBTP", plan.ceiling_dbtp));
    lines.push("check it: mixproof compare ORIGINAL YOURS, or mixproof analyze YOURS".to_string());
    lines
}

/// The moves that a form cannot carry, by name.
fn left_out(plan: &Plan, carried: impl Fn(&Processor) -> bool) -> Vec<String> {
    applied(plan)
        .filter(|step| !carried(&step.processor))
        .map(|step| format!("{} ({})", step.id, step.predicted_effect))
        .collect()
}

/// Whether a processor is a filter or a gain: what every equaliser can do.
fn is_linear(processor: &Processor) -> bool {
    matches!(processor, Processor::Gain { .. } | Processor::Eq { .. } | Processor::HighPass { .. })
}

/// What the forms that carry filters only say in comments: how near they come, what they leave out, what follows.
fn remarks(plan: &Plan, filters: &[Filter], sample_rate_hz: u32) -> String {
    let (difference_db, at_hz) = bilinear_difference(filters, f64::from(sample_rate_hz));
    let mut out = format!(
        "# At {sample_rate_hz} Hz these filters differ from mixproof's by at most {difference_db:.2} dB (at {at_hz:.0} Hz).\n"
    );
    for line in left_out(plan, is_linear) {
        out += &format!("# not in here: {}\n", one_line(&line));
    }
    out += "# afterwards, with what is not in here:\n";
    for line in afterwards(plan) {
        out += &format!("#   {line}\n");
    }
    out
}

/// Text that stays in its line, whatever a title or a path holds.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}
