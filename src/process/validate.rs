//! Settings that make sense: every value of a plan within the range that its processor is proved for.

use crate::error::{Error, Result};
use crate::model::{Applicability, CompressorSettings, DynamicBand, Move, Plan, Processor};

/// Lowest and highest value of every key of a plan. Frequencies end at [`HIGHEST_FREQUENCY`] of the sample rate.
const RANGES: &[(&str, f64, f64)] = &[
    ("amount", 0.0, 100.0),
    ("attack_ms", 0.1, 1000.0),
    ("balance_db", -24.0, 24.0),
    ("bits", 8.0, 24.0),
    ("ceiling_dbfs", -48.0, 24.0),
    ("ceiling_dbtp", -24.0, 0.0),
    ("center_hz", 10.0, f64::MAX),
    ("confidence", 0.0, 1.0),
    ("crossovers_hz", 20.0, f64::MAX),
    ("frequency_hz", 1.0, f64::MAX),
    ("gain_db", -24.0, 24.0),
    ("knee_db", 0.0, 40.0),
    ("lookahead_ms", 1.0, 20.0),
    ("makeup_db", -24.0, 24.0),
    ("max_reduction_db", 0.0, 24.0),
    ("mono_below_hz", 10.0, f64::MAX),
    ("q", 0.1, 40.0),
    ("ratio", 1.0, 100.0),
    ("release_ms", 1.0, 5000.0),
    ("side_gain_db", -24.0, 24.0),
    ("target_lufs", -70.0, 0.0),
    ("threshold_dbfs", -100.0, 0.0),
];

/// Highest frequency of a filter, relative to the sample rate.
const HIGHEST_FREQUENCY: f64 = 0.49;

/// What is allowed at a path of a plan (`moves[2].processor.bands[0].q`), in words; `None` for keys without a range.
pub fn allowed(at: &str) -> Option<String> {
    let leaf = at.rsplit('.').next()?.split('[').next()?;
    RANGES.iter().find(|(key, ..)| *key == leaf).map(|(_, low, high)| in_words(*low, *high))
}

/// Whether a value is allowed at a path of a plan, for some sample rate; also where the key has no range.
pub fn allows(at: &str, value: f64) -> bool {
    let leaf = at.rsplit('.').next().and_then(|leaf| leaf.split('[').next());
    RANGES
        .iter()
        .find(|(key, ..)| Some(*key) == leaf)
        .is_none_or(|(_, low, high)| (*low..=*high).contains(&value))
}

/// Unit of a range that would not be understood without it.
fn unit(key: &str) -> &'static str {
    let leaf = key.rsplit('.').next().and_then(|leaf| leaf.split('[').next());
    if leaf.is_some_and(|leaf| leaf.ends_with("_hz")) { " Hz" } else { "" }
}

fn in_words(low: f64, high: f64) -> String {
    if high == f64::MAX {
        format!("{low} to {HIGHEST_FREQUENCY} of the sample rate")
    } else {
        format!("{low} to {high}")
    }
}

/// Whether all values of a plan make sense, and its moves stand in an order that keeps the limiter's promise.
/// Frequencies are checked against the sample rate when a [`super::Chain`] is made.
///
/// # Errors
/// [`Error::Setting`] naming the move, the key, its value and the allowed range.
pub fn validate(plan: &Plan) -> Result<()> {
    let whole = Settings { prefix: String::new(), name: "the plan".to_string(), highest_hz: f64::MAX };
    whole.within("ceiling_dbtp", plan.ceiling_dbtp)?;
    whole.within("amount", plan.amount)?;
    if let Some(target_lufs) = plan.target_lufs {
        whole.within("target_lufs", target_lufs)?;
    }
    for (index, stage) in plan.stage_amounts.iter().enumerate() {
        whole.within(&format!("stage_amounts[{index}].amount"), stage.amount)?;
    }
    for (index, step) in plan.moves.iter().enumerate() {
        let named = Settings {
            prefix: format!("moves[{index}]."),
            name: format!("move \"{}\"", step.id),
            highest_hz: f64::MAX,
        };
        named.within("confidence", step.confidence)?;
    }
    validate_moves(&plan.moves)
}

/// [`validate`] for moves alone, as those of a song in a record.
///
/// # Errors
/// [`Error::Setting`] naming the move, the key, its value and the allowed range.
pub fn validate_moves(moves: &[Move]) -> Result<()> {
    check(moves, f64::MAX)
}

/// The settings and the order of moves, with frequencies below 0.49 of the sample rate.
pub(super) fn at_rate(moves: &[Move], sample_rate_hz: u32) -> Result<()> {
    if sample_rate_hz == 0 {
        return Err(Error::usage("the sample rate is 0 Hz, expected 8000 Hz to 384000 Hz"));
    }
    check(moves, HIGHEST_FREQUENCY * f64::from(sample_rate_hz))
}

fn check(moves: &[Move], highest_hz: f64) -> Result<()> {
    for (index, step) in moves.iter().enumerate() {
        let name = format!("move \"{}\"", step.id);
        if moves[..index].iter().any(|earlier| earlier.id == step.id) {
            return Err(Error::Setting {
                at: format!("moves[{index}].id"),
                reason: format!("{name}: id occurs twice, expected a name of its own for every move"),
            });
        }
        Settings { prefix: format!("moves[{index}].processor."), name, highest_hz }
            .processor(&step.processor)?;
    }
    check_order(moves)
}

/// The dither comes last, and only it may follow the limiter: anything else would undo its promise.
fn check_order(moves: &[Move]) -> Result<()> {
    let applied: Vec<_> =
        moves.iter().enumerate().filter(|(_, step)| step.applicability == Applicability::Automatic).collect();
    for pair in applied.windows(2) {
        let ((_, before), (index, after)) = (pair[0], pair[1]);
        let allowed = match before.processor {
            Processor::Dither { .. } => "nothing",
            Processor::Limiter { .. } if !matches!(after.processor, Processor::Dither { .. }) => {
                "nothing but dither"
            }
            _ => continue,
        };
        return Err(Error::Setting {
            at: format!("moves[{index}]"),
            reason: format!(
                "move \"{}\": follows move \"{}\", after which {allowed} may come; change the order of moves",
                after.id, before.id
            ),
        });
    }
    Ok(())
}

/// Values under one prefix of a plan.
struct Settings {
    /// Path of what the keys belong to.
    prefix: String,
    /// How it is called.
    name: String,
    highest_hz: f64,
}

impl Settings {
    fn processor(&self, processor: &Processor) -> Result<()> {
        match processor {
            Processor::Gain { gain_db } => self.within("gain_db", *gain_db),
            Processor::Eq { bands, .. } | Processor::SideEq { bands } => {
                self.count("bands", bands.len(), 0, 16)?;
                for (index, band) in bands.iter().enumerate() {
                    self.within(&format!("bands[{index}].center_hz"), band.center_hz)?;
                    self.within(&format!("bands[{index}].gain_db"), band.gain_db)?;
                    self.within(&format!("bands[{index}].q"), band.q)?;
                }
                Ok(())
            }
            Processor::DynamicEq { bands } => {
                self.count("bands", bands.len(), 1, 8)?;
                let mut bands = bands.iter().enumerate();
                bands.try_for_each(|(index, band)| self.dynamic_band(&format!("bands[{index}]."), band))
            }
            Processor::DeEsser(band) => self.dynamic_band("", band),
            Processor::Compressor(settings) => self.compressor("", settings),
            Processor::Multiband { crossovers_hz, bands } => self.multiband(crossovers_hz, bands),
            Processor::Width { side_gain_db, mono_below_hz, balance_db } => {
                self.within("side_gain_db", *side_gain_db)?;
                if let Some(mono_below_hz) = mono_below_hz {
                    self.within("mono_below_hz", *mono_below_hz)?;
                }
                self.within("balance_db", *balance_db)
            }
            Processor::HighPass { frequency_hz } => self.within("frequency_hz", *frequency_hz),
            Processor::SoftClip { ceiling_dbfs, knee_db } => {
                self.within("ceiling_dbfs", *ceiling_dbfs)?;
                self.within("knee_db", *knee_db)
            }
            Processor::Limiter { ceiling_dbtp, gain_db, lookahead_ms, release_ms, max_reduction_db } => {
                self.within("ceiling_dbtp", *ceiling_dbtp)?;
                self.within("gain_db", *gain_db)?;
                self.within("lookahead_ms", *lookahead_ms)?;
                self.within("release_ms", *release_ms)?;
                self.within("max_reduction_db", *max_reduction_db)
            }
            Processor::Dither { bits, .. } => self.within("bits", f64::from(*bits)),
        }
    }

    fn compressor(&self, prefix: &str, settings: &CompressorSettings) -> Result<()> {
        let CompressorSettings { threshold_dbfs, ratio, knee_db, attack_ms, release_ms, makeup_db } =
            settings;
        self.within(&format!("{prefix}threshold_dbfs"), *threshold_dbfs)?;
        self.within(&format!("{prefix}ratio"), *ratio)?;
        self.within(&format!("{prefix}knee_db"), *knee_db)?;
        self.within(&format!("{prefix}attack_ms"), *attack_ms)?;
        self.within(&format!("{prefix}release_ms"), *release_ms)?;
        self.within(&format!("{prefix}makeup_db"), *makeup_db)
    }

    fn dynamic_band(&self, prefix: &str, band: &DynamicBand) -> Result<()> {
        let DynamicBand { center_hz, q, threshold_dbfs, ratio, attack_ms, release_ms, max_reduction_db } =
            band;
        self.within(&format!("{prefix}center_hz"), *center_hz)?;
        self.within(&format!("{prefix}q"), *q)?;
        self.within(&format!("{prefix}threshold_dbfs"), *threshold_dbfs)?;
        self.within(&format!("{prefix}ratio"), *ratio)?;
        self.within(&format!("{prefix}attack_ms"), *attack_ms)?;
        self.within(&format!("{prefix}release_ms"), *release_ms)?;
        self.within(&format!("{prefix}max_reduction_db"), *max_reduction_db)
    }

    fn multiband(&self, crossovers_hz: &[f64], bands: &[CompressorSettings]) -> Result<()> {
        self.count("bands", bands.len(), 1, 5)?;
        self.count("crossovers_hz", crossovers_hz.len(), bands.len() - 1, bands.len() - 1)?;
        let mut lowest_hz: Option<f64> = None;
        for (index, crossover_hz) in crossovers_hz.iter().enumerate() {
            let key = format!("crossovers_hz[{index}]");
            self.within(&key, *crossover_hz)?;
            if let Some(lowest_hz) = lowest_hz.filter(|lowest_hz| crossover_hz < lowest_hz) {
                return Err(self.refused(&key, *crossover_hz, lowest_hz, self.highest_hz));
            }
            lowest_hz = Some(*crossover_hz);
        }
        let mut bands = bands.iter().enumerate();
        bands.try_for_each(|(index, band)| self.compressor(&format!("bands[{index}]."), band))
    }

    /// Whether the value of a key is within the range of its name.
    fn within(&self, key: &str, value: f64) -> Result<()> {
        let leaf = key.rsplit('.').next().and_then(|leaf| leaf.split('[').next());
        let Some((_, low, high)) = RANGES.iter().find(|(known, ..)| Some(*known) == leaf) else {
            return Ok(());
        };
        let high = if *high == f64::MAX { self.highest_hz.max(*low) } else { *high };
        if (*low..=high).contains(&value) { Ok(()) } else { Err(self.refused(key, value, *low, high)) }
    }

    fn refused(&self, key: &str, value: f64, low: f64, high: f64) -> Error {
        Error::Setting {
            at: format!("{}{key}", self.prefix),
            reason: format!(
                "{}: {key} is {value}, allowed is {}{}",
                self.name,
                in_words(low, high),
                unit(key)
            ),
        }
    }

    fn count(&self, key: &str, entries: usize, low: usize, high: usize) -> Result<()> {
        if (low..=high).contains(&entries) {
            return Ok(());
        }
        let allowed = if low == high { format!("{low}") } else { format!("{low} to {high}") };
        Err(Error::Setting {
            at: format!("{}{key}", self.prefix),
            reason: format!("{}: {key} has {entries} entries, allowed is {allowed}", self.name),
        })
    }
}
