//! Settings that make sense: every value of every move within the range that its processor is proved for.

use crate::error::{Error, Result};
use crate::model::{Applicability, CompressorSettings, Move, Processor};
use std::ops::RangeInclusive;

/// Gains of every kind, in decibels.
const GAIN_DB: RangeInclusive<f64> = -24.0..=24.0;

/// Highest frequency of a filter, relative to the sample rate.
const HIGHEST_FREQUENCY: f64 = 0.49;

/// Whether the settings of all moves make sense, and the moves stand in an order that keeps the limiter's promise.
/// Frequencies are checked against the sample rate when a [`super::Chain`] is made.
///
/// # Errors
/// [`Error::Usage`] naming the move, the key, its value and the allowed range.
pub fn validate(moves: &[Move]) -> Result<()> {
    check(moves, f64::MAX)
}

/// As [`validate`], with frequencies below 0.49 of the sample rate.
pub(super) fn at_rate(moves: &[Move], sample_rate_hz: u32) -> Result<()> {
    if sample_rate_hz == 0 {
        return Err(Error::usage("the sample rate is 0 Hz, expected 8000 Hz to 384000 Hz"));
    }
    check(moves, HIGHEST_FREQUENCY * f64::from(sample_rate_hz))
}

fn check(moves: &[Move], highest_hz: f64) -> Result<()> {
    for (index, step) in moves.iter().enumerate() {
        if moves[..index].iter().any(|earlier| earlier.id == step.id) {
            return Err(Error::usage(format!(
                "move \"{}\": id occurs twice, expected a name of its own for every move",
                step.id
            )));
        }
        Settings { id: &step.id, highest_hz }.check(&step.processor)?;
    }
    check_order(moves)
}

/// The dither comes last, and only it may follow the limiter: anything else would undo its promise.
fn check_order(moves: &[Move]) -> Result<()> {
    let applied: Vec<_> =
        moves.iter().filter(|step| step.applicability == Applicability::Automatic).collect();
    for pair in applied.windows(2) {
        let allowed = match pair[0].processor {
            Processor::Dither { .. } => "nothing",
            Processor::Limiter { .. } if !matches!(pair[1].processor, Processor::Dither { .. }) => {
                "nothing but dither"
            }
            _ => continue,
        };
        return Err(Error::usage(format!(
            "move \"{}\": follows move \"{}\", after which {allowed} may come; change the order of moves",
            pair[1].id, pair[0].id
        )));
    }
    Ok(())
}

/// The settings of one move.
struct Settings<'a> {
    id: &'a str,
    highest_hz: f64,
}

impl Settings<'_> {
    fn check(&self, processor: &Processor) -> Result<()> {
        match processor {
            Processor::Gain { gain_db } => self.within("gain_db", *gain_db, GAIN_DB),
            Processor::Eq { bands } => {
                self.count("bands", bands.len(), 0..=16)?;
                for (index, band) in bands.iter().enumerate() {
                    self.frequency(&format!("bands[{index}].center_hz"), band.center_hz, 10.0)?;
                    self.within(&format!("bands[{index}].gain_db"), band.gain_db, GAIN_DB)?;
                    self.within(&format!("bands[{index}].q"), band.q, 0.1..=40.0)?;
                }
                Ok(())
            }
            Processor::Compressor(settings) => self.compressor("", settings),
            Processor::Multiband { crossovers_hz, bands } => {
                self.count("bands", bands.len(), 1..=5)?;
                self.count("crossovers_hz", crossovers_hz.len(), bands.len() - 1..=bands.len() - 1)?;
                let mut lowest_hz = 20.0;
                for (index, crossover_hz) in crossovers_hz.iter().enumerate() {
                    self.frequency(&format!("crossovers_hz[{index}]"), *crossover_hz, lowest_hz)?;
                    lowest_hz = *crossover_hz;
                }
                bands
                    .iter()
                    .enumerate()
                    .try_for_each(|(index, band)| self.compressor(&format!("bands[{index}]."), band))
            }
            Processor::Width { side_gain_db, mono_below_hz, balance_db } => {
                self.within("side_gain_db", *side_gain_db, GAIN_DB)?;
                if let Some(mono_below_hz) = mono_below_hz {
                    self.frequency("mono_below_hz", *mono_below_hz, 10.0)?;
                }
                self.within("balance_db", *balance_db, GAIN_DB)
            }
            Processor::HighPass { frequency_hz } => self.frequency("frequency_hz", *frequency_hz, 1.0),
            Processor::Limiter { ceiling_dbtp, gain_db, lookahead_ms, release_ms, max_reduction_db } => {
                self.within("ceiling_dbtp", *ceiling_dbtp, -24.0..=0.0)?;
                self.within("gain_db", *gain_db, GAIN_DB)?;
                self.within("lookahead_ms", *lookahead_ms, 1.0..=20.0)?;
                self.within("release_ms", *release_ms, 1.0..=5000.0)?;
                self.within("max_reduction_db", *max_reduction_db, 0.0..=24.0)
            }
            Processor::Dither { bits, .. } => self.count("bits", usize::from(*bits), 8..=24),
        }
    }

    fn compressor(&self, prefix: &str, settings: &CompressorSettings) -> Result<()> {
        let CompressorSettings { threshold_dbfs, ratio, knee_db, attack_ms, release_ms, makeup_db } =
            settings;
        self.within(&format!("{prefix}threshold_dbfs"), *threshold_dbfs, -80.0..=0.0)?;
        self.within(&format!("{prefix}ratio"), *ratio, 1.0..=100.0)?;
        self.within(&format!("{prefix}knee_db"), *knee_db, 0.0..=40.0)?;
        self.within(&format!("{prefix}attack_ms"), *attack_ms, 0.1..=1000.0)?;
        self.within(&format!("{prefix}release_ms"), *release_ms, 1.0..=5000.0)?;
        self.within(&format!("{prefix}makeup_db"), *makeup_db, GAIN_DB)
    }

    fn frequency(&self, key: &str, value_hz: f64, lowest_hz: f64) -> Result<()> {
        self.within(key, value_hz, lowest_hz..=self.highest_hz.max(lowest_hz))
    }

    fn within(&self, key: &str, value: f64, allowed: RangeInclusive<f64>) -> Result<()> {
        if allowed.contains(&value) {
            return Ok(());
        }
        let (low, high) = allowed.into_inner();
        let allowed = if high == f64::MAX { format!("{low} or more") } else { format!("{low} to {high}") };
        Err(Error::usage(format!("move \"{}\": {key} is {value}, allowed is {allowed}", self.id)))
    }

    fn count(&self, key: &str, value: usize, allowed: RangeInclusive<usize>) -> Result<()> {
        if allowed.contains(&value) {
            return Ok(());
        }
        let what = if key == "bits" { "is" } else { "has" };
        let entries = if key == "bits" { "" } else { " entries" };
        let (low, high) = allowed.into_inner();
        let allowed = if low == high { format!("{low}") } else { format!("{low} to {high}") };
        Err(Error::usage(format!(
            "move \"{}\": {key} {what} {value}{entries}, allowed is {allowed}",
            self.id
        )))
    }
}
