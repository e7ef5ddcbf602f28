//! How numbers and places are said in reasons.

use crate::units::{Quantity, Unit};

/// A signed value in dB: `+1.5 dB`.
pub(super) fn signed_db(value_db: f64) -> String {
    format!("{value_db:+.1} dB")
}

/// A frequency: `250 Hz`, `2.4 kHz`.
pub(super) fn hz(frequency_hz: f64) -> String {
    Quantity::new(frequency_hz, Unit::Hz).to_string()
}

/// What engineers call a region of the spectrum.
pub(super) fn region(frequency_hz: f64) -> &'static str {
    match frequency_hz {
        f if f < 60.0 => "sub-bass",
        f if f < 160.0 => "bass",
        f if f < 500.0 => "low mids",
        f if f < 2_000.0 => "mids",
        f if f < 5_000.0 => "presence",
        f if f < 10_000.0 => "treble",
        _ => "air",
    }
}

/// `a`, `a and b`, `a, b and c`.
pub(super) fn list(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [one] => one.clone(),
        [start @ .., last] => format!("{} and {last}", start.join(", ")),
    }
}
