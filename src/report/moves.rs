//! Moves in an engineer's words: name of the processor and its settings, one line each.

use super::measures::{change, figure, minus};
use crate::model::{
    Applicability, Audibility, CompressorSettings, DynamicBand, EqBand, EqPhase, EqShape, MoveStage,
    Processor,
};
use crate::units::Unit;

/// Name of a processor.
pub(super) fn name(processor: &Processor) -> &'static str {
    match processor {
        Processor::Gain { .. } => "Gain",
        Processor::Eq { phase: EqPhase::Minimum, .. } => "Equaliser",
        Processor::Eq { phase: EqPhase::Linear, .. } => "Linear-phase equaliser",
        Processor::DynamicEq { .. } => "Dynamic equaliser",
        Processor::DeEsser(_) => "De-esser",
        Processor::Compressor(_) => "Compressor",
        Processor::Multiband { .. } => "Multiband compressor",
        Processor::Width { .. } => "Stereo",
        Processor::SideEq { .. } => "Equaliser of the side",
        Processor::HighPass { .. } => "High-pass filter",
        Processor::SoftClip { .. } => "Soft clipper",
        Processor::Limiter { .. } => "Limiter",
        Processor::Dither { .. } => "Dither",
    }
}

/// Settings as they are dialled in, one line per band.
pub(super) fn settings(processor: &Processor) -> Vec<String> {
    match processor {
        Processor::Gain { gain_db } => vec![change(*gain_db, Unit::Db)],
        Processor::Eq { bands, .. } | Processor::SideEq { bands } => bands.iter().map(eq_band).collect(),
        Processor::DynamicEq { bands } => bands.iter().map(dynamic_band).collect(),
        Processor::DeEsser(band) => vec![dynamic_band(band)],
        Processor::Compressor(settings) => vec![compressor(settings)],
        Processor::Multiband { crossovers_hz, bands } => {
            let edges: Vec<String> = crossovers_hz.iter().map(|hz| figure(*hz, Unit::Hz)).collect();
            let range =
                |index: usize| match (index.checked_sub(1).and_then(|i| edges.get(i)), edges.get(index)) {
                    (None, Some(high)) => format!("below {high}"),
                    (Some(low), None) => format!("above {low}"),
                    (Some(low), Some(high)) => format!("{low} to {high}"),
                    (None, None) => "all".to_string(),
                };
            let band = |(index, settings)| format!("{}: {}", range(index), compressor(settings));
            bands.iter().enumerate().map(band).collect()
        }
        Processor::Width { side_gain_db, mono_below_hz, balance_db } => {
            let mut parts = Vec::new();
            if *side_gain_db != 0.0 {
                parts.push(format!("side {}", change(*side_gain_db, Unit::Db)));
            }
            if let Some(below_hz) = mono_below_hz {
                parts.push(format!("mono below {}", figure(*below_hz, Unit::Hz)));
            }
            if *balance_db != 0.0 {
                parts.push(format!("left against right {}", change(*balance_db, Unit::Db)));
            }
            if parts.is_empty() { vec!["unchanged".to_string()] } else { parts }
        }
        Processor::HighPass { frequency_hz } => {
            vec![format!("{}, 12 dB per octave", figure(*frequency_hz, Unit::Hz))]
        }
        Processor::SoftClip { ceiling_dbfs, knee_db } => vec![format!(
            "ceiling {}, rounds from {} on",
            figure(*ceiling_dbfs, Unit::Dbfs),
            figure(ceiling_dbfs - knee_db, Unit::Dbfs)
        )],
        Processor::Limiter { ceiling_dbtp, gain_db, lookahead_ms, release_ms, max_reduction_db } => vec![
            match gain_db.abs() < 0.05 {
                true => format!("ceiling {}, no gain in front", figure(*ceiling_dbtp, Unit::Dbtp)),
                false => format!(
                    "{} in front, ceiling {}",
                    change(*gain_db, Unit::Db),
                    figure(*ceiling_dbtp, Unit::Dbtp)
                ),
            },
            format!(
                "look-ahead {}, release {}, at most {} of reduction",
                figure(*lookahead_ms, Unit::Ms),
                figure(*release_ms, Unit::Ms),
                figure(*max_reduction_db, Unit::Db)
            ),
        ],
        Processor::Dither { bits, .. } => vec![format!("triangular, to {bits} bits")],
    }
}

fn eq_band(band: &EqBand) -> String {
    let shape = match band.shape {
        EqShape::Peak => "bell",
        EqShape::LowShelf => "low shelf",
        EqShape::HighShelf => "high shelf",
    };
    let (gain, centre) = (change(band.gain_db, Unit::Db), figure(band.center_hz, Unit::Hz));
    format!("{gain} at {centre}, {shape}, Q\u{a0}{:.2}", band.q)
}

fn dynamic_band(band: &DynamicBand) -> String {
    format!(
        "up to {} at {}, Q\u{a0}{:.1}, threshold {}, {:.1}:1, attack {}, release {}",
        change(-band.max_reduction_db, Unit::Db),
        figure(band.center_hz, Unit::Hz),
        band.q,
        figure(band.threshold_dbfs, Unit::Dbfs),
        band.ratio,
        figure(band.attack_ms, Unit::Ms),
        figure(band.release_ms, Unit::Ms)
    )
}

fn compressor(settings: &CompressorSettings) -> String {
    let mut words = format!(
        "threshold {}, {:.1}:1, knee {}, attack {}, release {}",
        figure(settings.threshold_dbfs, Unit::Dbfs),
        settings.ratio,
        figure(settings.knee_db, Unit::Db),
        figure(settings.attack_ms, Unit::Ms),
        figure(settings.release_ms, Unit::Ms)
    );
    if settings.makeup_db != 0.0 {
        words += &format!(", make-up {}", change(settings.makeup_db, Unit::Db));
    }
    words
}

/// What the dynamics of a render cost, in a sentence; `None` where no move reduces the gain.
pub(super) fn cost(heard: &Audibility) -> Option<String> {
    let mut words = format!("The gain was reduced by at most {}", figure(heard.reduction_max_db?, Unit::Db));
    if let Some(mean_db) = heard.reduction_mean_db {
        words += &format!(", {} on average", figure(mean_db, Unit::Db));
    }
    match heard.crest_lost_db {
        Some(lost_db) if lost_db >= 0.05 => {
            words += &format!("; {} of crest lost", figure(lost_db, Unit::Db))
        }
        Some(lost_db) if lost_db <= -0.05 => {
            words += &format!("; {} of crest gained", figure(-lost_db, Unit::Db))
        }
        Some(_) => words += "; no crest lost",
        None => {}
    }
    let tones: Vec<String> = heard
        .sine_distortion
        .iter()
        .map(|tone| {
            format!("{} at {}", figure(tone.distortion_db, Unit::Db), figure(tone.frequency_hz, Unit::Hz))
        })
        .collect();
    if !tones.is_empty() {
        words +=
            &format!("; distortion and noise of a plain tone as loud as the peaks: {}", tones.join(", "));
    }
    Some(minus(&words) + ".")
}

/// Stage in a word.
pub(super) fn stage(stage: MoveStage) -> &'static str {
    match stage {
        MoveStage::Eq => "Tone",
        MoveStage::Dynamics => "Dynamics",
        MoveStage::Stereo => "Stereo",
        MoveStage::Loudness => "Loudness",
        MoveStage::Format => "Format",
    }
}

/// Applicability in words, before or after the plan was rendered; nothing for moves that are applied.
pub(super) fn condition(applicability: Applicability, rendered: bool) -> Option<&'static str> {
    match applicability {
        Applicability::Automatic => None,
        Applicability::OptIn if rendered => Some("Not applied: only if you choose it"),
        Applicability::OptIn => Some("Only if you choose it"),
        Applicability::Advice => Some("Advice only, never applied"),
    }
}

/// Confidence in words: 0 to 1.
pub(super) fn confidence(confidence: f64) -> &'static str {
    match confidence {
        sure if sure >= 0.8 => "sure",
        fair if fair >= 0.5 => "fairly sure",
        _ => "a guess",
    }
}
