//! Every logarithm of the project: decibels, loudness, octaves, and how numbers with units are written.
//!
//! Settings and documents are in decibels; linear values live only inside signal loops.
//! Silence is not a number: what cannot be measured becomes `None` here, never −inf or a sentinel.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Offset of BS.1770-5 annex 1: loudness = `LOUDNESS_OFFSET_DB` + 10 log10(weighted energy).
pub const LOUDNESS_OFFSET_DB: f64 = -0.691;

/// `Some(value)` where it is a finite number, else `None`. The one gate between meters and documents.
pub fn finite(value: f64) -> Option<f64> {
    value.is_finite().then_some(value)
}

/// 20 log10 of a linear amplitude; −inf for 0. Use inside signal code, `level_db` for documents.
pub fn amplitude_to_db(amplitude: f64) -> f64 {
    20.0 * amplitude.log10()
}

/// 10 log10 of a power or energy; −inf for 0.
pub fn power_to_db(power: f64) -> f64 {
    10.0 * power.log10()
}

/// Linear amplitude of a level in dB.
pub fn db_to_amplitude(level_db: f64) -> f64 {
    10f64.powf(level_db / 20.0)
}

/// Linear power of a level in dB.
pub fn db_to_power(level_db: f64) -> f64 {
    10f64.powf(level_db / 10.0)
}

/// Level of an amplitude in dB; `None` for silence or a value that is no number.
pub fn level_db(amplitude: f64) -> Option<f64> {
    finite(amplitude_to_db(amplitude.abs()))
}

/// Level of a power in dB; `None` for silence or a value that is no number.
pub fn power_level_db(power: f64) -> Option<f64> {
    finite(power_to_db(power))
}

/// Loudness of a K-weighted, channel-weighted mean square (BS.1770-5 annex 1); −inf for silence.
pub fn energy_to_lufs(mean_square: f64) -> f64 {
    LOUDNESS_OFFSET_DB + power_to_db(mean_square)
}

/// The K-weighted, channel-weighted mean square of a loudness.
pub fn lufs_to_energy(loudness_lufs: f64) -> f64 {
    db_to_power(loudness_lufs - LOUDNESS_OFFSET_DB)
}

/// Distance from `from_hz` up to `to_hz` in octaves; negative where it goes down.
pub fn octaves(from_hz: f64, to_hz: f64) -> f64 {
    (to_hz / from_hz).log2()
}

/// The frequency that lies `distance_oct` octaves above `from_hz`.
pub fn shift_octaves(from_hz: f64, distance_oct: f64) -> f64 {
    from_hz * distance_oct.exp2()
}

/// Distance from `from_hz` up to `to_hz` in semitones.
pub fn semitones(from_hz: f64, to_hz: f64) -> f64 {
    12.0 * octaves(from_hz, to_hz)
}

/// A unit that a measured value can have; its suffix is the one of the document fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Loudness, absolute (BS.1770-5).
    Lufs,
    /// Loudness, relative.
    Lu,
    /// Level, relative.
    Db,
    /// Sample level against digital full scale.
    Dbfs,
    /// True-peak level (BS.1770-5 annex 2).
    Dbtp,
    /// Slope of a spectrum.
    DbPerOct,
    /// Frequency.
    Hz,
    /// Seconds.
    S,
    /// Milliseconds.
    Ms,
    /// Octaves.
    Oct,
    /// Beats per minute.
    Bpm,
    /// Semitones.
    St,
    /// Kilobits per second.
    Kbps,
    /// Parts per million.
    Ppm,
    /// A correlation, a ratio, a share or a count.
    None,
}

impl Unit {
    /// The unit that a document path ends in: `loudness.integrated_lufs` is in LUFS.
    pub fn of_path(path: &str) -> Unit {
        const SUFFIXES: &[(&str, Unit)] = &[
            ("_lufs", Unit::Lufs),
            ("_lu", Unit::Lu),
            ("_dbfs", Unit::Dbfs),
            ("_dbtp", Unit::Dbtp),
            ("_db_per_oct", Unit::DbPerOct),
            ("_db", Unit::Db),
            ("_hz", Unit::Hz),
            ("_ms", Unit::Ms),
            ("_s", Unit::S),
            ("_oct", Unit::Oct),
            ("_bpm", Unit::Bpm),
            ("_st", Unit::St),
            ("_kbps", Unit::Kbps),
            ("_ppm", Unit::Ppm),
        ];
        SUFFIXES.iter().find(|(suffix, _)| path.ends_with(suffix)).map_or(Unit::None, |(_, unit)| *unit)
    }

    /// What is written behind a number: `LUFS`, `dB`, `Hz`; empty for dimensionless values.
    pub fn symbol(self) -> &'static str {
        match self {
            Unit::Lufs => "LUFS",
            Unit::Lu => "LU",
            Unit::Db => "dB",
            Unit::Dbfs => "dBFS",
            Unit::Dbtp => "dBTP",
            Unit::DbPerOct => "dB/oct",
            Unit::Hz => "Hz",
            Unit::S => "s",
            Unit::Ms => "ms",
            Unit::Oct => "oct",
            Unit::Bpm => "BPM",
            Unit::St => "st",
            Unit::Kbps => "kb/s",
            Unit::Ppm => "ppm",
            Unit::None => "",
        }
    }

    /// Decimals that are worth reading in this unit.
    pub fn decimals(self) -> usize {
        match self {
            Unit::Hz | Unit::Kbps => 0,
            Unit::None | Unit::S => 2,
            _ => 1,
        }
    }
}

/// A number with its unit, for places that may hold any measure (findings, deviations).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Quantity {
    /// The number, in `unit`.
    pub value: f64,
    /// Its unit.
    pub unit: Unit,
}

impl Quantity {
    /// A quantity from a number and its unit.
    pub fn new(value: f64, unit: Unit) -> Quantity {
        Quantity { value, unit }
    }
}

impl fmt::Display for Quantity {
    /// `-14.0 LUFS`, `2.4 kHz`, `0.31`: a true minus sign is left to the report.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let symbol = self.unit.symbol();
        if self.unit == Unit::Hz && self.value >= 1000.0 {
            return write!(f, "{} kHz", trim_zeros(format!("{:.2}", self.value / 1000.0)));
        }
        // Third octaves have names of three digits: 31.5 Hz.
        if self.unit == Unit::Hz && (10.0..100.0).contains(&self.value) {
            return write!(f, "{} Hz", trim_zeros(format!("{:.1}", self.value)));
        }
        let number = format!("{:.*}", self.unit.decimals(), self.value);
        let number = if number.trim_start_matches(['-', '0', '.']).is_empty() {
            number.trim_start_matches('-').to_string()
        } else {
            number
        };
        if symbol.is_empty() { write!(f, "{number}") } else { write!(f, "{number} {symbol}") }
    }
}

/// `1.50` becomes `1.5`, `2.00` becomes `2`.
fn trim_zeros(number: String) -> String {
    if number.contains('.') { number.trim_end_matches('0').trim_end_matches('.').to_string() } else { number }
}

/// Seconds as `m:ss` or `m:ss.t` where tenths are asked for, for people.
pub fn clock(at_s: f64, tenths: bool) -> String {
    let at_s = at_s.max(0.0);
    let minutes = (at_s / 60.0).floor();
    let seconds = at_s - minutes * 60.0;
    if tenths {
        format!("{minutes:.0}:{seconds:04.1}")
    } else {
        format!("{minutes:.0}:{:02.0}", seconds.floor())
    }
}

/// 10 log10 of a power, without branches, so that a loop over it is vectorised; within 0.0002 dB.
/// About −380 dB for zero, so that silence stays a number inside signal code. Not for documents.
#[inline(always)]
pub fn fast_power_to_db(power: f32) -> f32 {
    /// 10 log10 2.
    const DB_PER_OCTAVE_OF_POWER: f32 = 3.010_3;
    let bits = power.to_bits().wrapping_sub(SQRT_HALF_BITS) as i32;
    let exponent = (bits >> 23) as f32;
    let mantissa = f32::from_bits((bits & 0x007F_FFFF).wrapping_add(SQRT_HALF_BITS as i32) as u32);
    // log2 m = (2 / ln 2) artanh((m − 1) / (m + 1)) for √½ ≤ m < √2.
    let ratio = (mantissa - 1.0) / (mantissa + 1.0);
    let square = ratio * ratio;
    let log2 = ratio * (2.885_39 + square * (0.961_796_7 + square * (0.577_078 + square * 0.412_198_6)));
    (exponent + log2) * DB_PER_OCTAVE_OF_POWER
}

/// Bits of √½, where [`fast_power_to_db`] starts its octaves.
const SQRT_HALF_BITS: u32 = 0x3F35_04F3;

/// Linear amplitude of a level between −700 dB and 700 dB, without branches, so that a loop over it is vectorised;
/// within 0.0001 dB, and exactly 1 for 0 dB.
#[inline(always)]
pub fn fast_db_to_amplitude(level_db: f32) -> f32 {
    /// log2(10) / 20.
    const OCTAVES_PER_DB: f32 = 0.166_096_4;
    /// Adding and taking it away rounds to a whole number.
    const ROUND: f32 = 12_582_912.0;
    let octaves = level_db * OCTAVES_PER_DB;
    let octaves = if octaves < -126.0 { -126.0 } else { octaves };
    let octaves = if octaves > 126.0 { 126.0 } else { octaves };
    let shifted = octaves + ROUND;
    let x = octaves - (shifted - ROUND);
    // 2^x for |x| ≤ ½: Taylor series of e^(x ln 2).
    let tail = 0.009_618_129 + x * (0.001_333_355_8 + x * 0.000_154_035_3);
    let power = 1.0 + x * (std::f32::consts::LN_2 + x * (0.240_226_5 + x * (0.055_504_11 + x * tail)));
    // The whole number stands in the lowest bits of `shifted`: it becomes the exponent.
    f32::from_bits(shifted.to_bits().wrapping_add(127) << 23) * power
}
