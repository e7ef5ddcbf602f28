//! A settings sheet: every move in words, every band in the Q convention of each family of plug-ins.

use super::{afterwards, applied};
use crate::model::{
    Applicability, CompressorSettings, DynamicBand, EqBand, EqPhase, EqShape, Plan, Processor,
};
use crate::units::db_to_amplitude;
use std::f64::consts::{LN_2, SQRT_2};

/// How wide one band of an equaliser is, as different plug-ins call it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Widths {
    /// Audio EQ Cookbook: centre over bandwidth between the points of half the gain in decibels.
    pub q: f64,
    /// The same bandwidth in octaves; bells only.
    pub bandwidth_oct: Option<f64>,
    /// As FabFilter Pro-Q counts a bell: √2 times the cookbook's.
    pub fabfilter_q: Option<f64>,
    /// Centre over bandwidth between the points 3 dB from the peak; bells of more than 3 dB only.
    pub three_db_q: Option<f64>,
    /// Slope S of the cookbook, 1 being the steepest without overshoot; shelves only.
    pub slope_ratio: Option<f64>,
}

/// The width of a band in every convention.
pub fn widths(band: &EqBand) -> Widths {
    let q = band.q;
    let a = db_to_amplitude(band.gain_db.abs() / 2.0);
    let is_bell = band.shape == EqShape::Peak;
    // The bell's power is (u² + (A/Q)²) / (u² + (1/AQ)²), u being f/f0 − f0/f; half of its peak A⁴ is met where
    // u² = A²/Q² / (A⁴ − 2), and Q by these points is 1/u.
    let beyond = a.powi(4) - 2.0;
    // 1/Q² = (A + 1/A)(1/S − 1) + 2.
    let slope_ratio = 1.0 / ((1.0 / (q * q) - 2.0) / (a + 1.0 / a) + 1.0);
    Widths {
        q,
        bandwidth_oct: is_bell.then(|| 2.0 / LN_2 * (0.5 / q).asinh()),
        fabfilter_q: is_bell.then_some(q * SQRT_2),
        three_db_q: (is_bell && beyond > 0.0).then(|| q * beyond.sqrt() / a),
        slope_ratio: (!is_bell && slope_ratio > 0.0).then_some(slope_ratio),
    }
}

/// The whole plan as Markdown.
pub fn sheet(plan: &Plan) -> String {
    let mut out = format!("# Settings for {}\n\n", escaped(&plan.input));
    out += &format!(
        "Proposed by mixproof {} against the profile {} for {}, at {:.0} %.\nIn this order; nothing else is done.\n",
        env!("CARGO_PKG_VERSION"),
        escaped(&plan.profile),
        escaped(&plan.delivery),
        plan.amount
    );
    let mut number = 0;
    for step in applied(plan) {
        number += 1;
        out += &format!(
            "\n## {number}. {}\n\nWhy: {}. Effect: {}.\n\n",
            title(&step.processor),
            escaped(&step.reason),
            escaped(&step.predicted_effect)
        );
        out += &settings(&step.processor);
    }
    if number == 0 {
        out += "\nThe plan applies nothing.\n";
    }
    let offered: Vec<_> =
        plan.moves.iter().filter(|step| step.applicability != Applicability::Automatic).collect();
    if !offered.is_empty() {
        out += "\n## Offered, not applied\n\n";
        for step in offered {
            out +=
                &format!("- {}: {}. {}\n", escaped(&step.id), title(&step.processor), escaped(&step.reason));
            let words = settings(&step.processor);
            words.lines().filter(|line| !line.is_empty()).for_each(|line| out += &format!("  {line}\n"));
        }
    }
    if !plan.unresolved.is_empty() {
        out += "\n## To mend in the mix\n\n";
        plan.unresolved.iter().for_each(|one| out += &format!("- {}\n", escaped(&one.advice)));
    }
    out += "\n## How the result should measure\n\n";
    afterwards(plan).iter().for_each(|line| out += &format!("- {line}\n"));
    out += CONVENTIONS;
    out
}

const CONVENTIONS: &str = "
## About Q

| column | whose | conversion |
|---|---|---|
| Q | Audio EQ Cookbook, Equalizer APO, Room EQ Wizard, CamillaDSP, most free plug-ins | centre / bandwidth between the points of half the gain in dB |
| octaves | equalisers that ask for bandwidth (ReaEQ and hardware): between the same points | 2 / ln 2 · asinh(1 / 2Q) |
| Pro-Q | FabFilter Pro-Q, bells | Q · √2 |
| 3 dB Q | equalisers that measure 3 dB from the peak; only above 3 dB of gain | Q · √(A⁴ − 2) / A, A = 10^(gain / 40) |
| slope S | shelves with a slope instead of Q; 1 is the steepest without overshoot | 1 / ((1/Q² − 2) / (A + 1/A) + 1) |

Makers change their minds: check one band with pink noise, or null your chain against the impulse response
(`export --to impulse`): what is left from 20 Hz to 18 kHz should be under −40 dB, which is 0.1 dB of difference.
Analogue-matched and plain digital equalisers differ above 10 kHz with the same settings.
";

fn title(processor: &Processor) -> &'static str {
    match processor {
        Processor::Gain { .. } => "Gain",
        Processor::Eq { phase: EqPhase::Minimum, .. } => "Equaliser (minimum phase)",
        Processor::Eq { phase: EqPhase::Linear, .. } => "Equaliser (linear phase)",
        Processor::DynamicEq { .. } => "Dynamic equaliser",
        Processor::DeEsser(_) => "De-esser",
        Processor::SoftClip { .. } => "Soft clipper",
        Processor::HighPass { .. } => "High-pass",
        Processor::Compressor(_) => "Compressor",
        Processor::Multiband { .. } => "Multiband compressor",
        Processor::Width { .. } => "Width",
        Processor::SideEq { .. } => "Equaliser of the side signal (M/S mode, side only)",
        Processor::Limiter { .. } => "Limiter",
        Processor::Dither { .. } => "Dither",
    }
}

fn settings(processor: &Processor) -> String {
    match processor {
        Processor::Gain { gain_db } => format!("- gain {gain_db:+.2} dB\n"),
        Processor::HighPass { frequency_hz } => {
            format!("- {frequency_hz:.0} Hz, 12 dB/oct, Butterworth (Q 0.7071)\n")
        }
        Processor::Eq { bands, .. } | Processor::SideEq { bands } => bands_table(bands),
        Processor::DynamicEq { bands } => bands.iter().map(dynamic_band).collect(),
        Processor::DeEsser(band) => dynamic_band(band),
        Processor::SoftClip { ceiling_dbfs, knee_db } => format!(
            "- soft clipper, oversampled, ceiling {ceiling_dbfs:.1} dBFS\n- rounds what is over {:.1} dBFS\n",
            ceiling_dbfs - knee_db
        ),
        Processor::Compressor(settings) => compressor(settings),
        Processor::Multiband { crossovers_hz, bands } => {
            let mut out = String::new();
            for (index, band) in bands.iter().enumerate() {
                let edge = |index: Option<usize>| index.and_then(|index| crossovers_hz.get(index));
                let low =
                    edge(index.checked_sub(1)).map_or("the bottom".to_string(), |hz| format!("{hz:.0} Hz"));
                let high = edge(Some(index)).map_or("the top".to_string(), |hz| format!("{hz:.0} Hz"));
                out += &format!("- from {low} to {high} (Linkwitz–Riley, 24 dB/oct):\n");
                compressor(band).lines().for_each(|line| out += &format!("  {line}\n"));
            }
            out
        }
        Processor::Width { side_gain_db, mono_below_hz, balance_db } => {
            let mut out = format!(
                "- side signal {side_gain_db:+.2} dB (width {:.0} %)\n",
                100.0 * db_to_amplitude(*side_gain_db)
            );
            if let Some(hz) = mono_below_hz {
                out += &format!("- mono below {hz:.0} Hz (12 dB/oct high-pass on the side signal)\n");
            }
            if *balance_db != 0.0 {
                out += &format!("- left against right {balance_db:+.2} dB, half on each side\n");
            }
            out
        }
        Processor::Limiter { ceiling_dbtp, gain_db, lookahead_ms, release_ms, max_reduction_db } => format!(
            "- true-peak limiter, ceiling {ceiling_dbtp:.1} dBTP\n- gain in front {gain_db:+.2} dB\n- look-ahead {lookahead_ms:.1} ms\n\
             - release {release_ms:.0} ms, slower in dense passages\n- expect up to {max_reduction_db:.1} dB of reduction\n"
        ),
        Processor::Dither { bits, .. } => {
            format!("- triangular, ±1 LSB, to {bits} bits, as the very last step\n")
        }
    }
}

fn dynamic_band(band: &DynamicBand) -> String {
    let DynamicBand { center_hz, q, threshold_dbfs, ratio, attack_ms, release_ms, max_reduction_db } = band;
    format!(
        "- bell at {center_hz:.0} Hz, Q {q:.2}, cuts while the band is over {threshold_dbfs:.1} dBFS, ratio {ratio:.1}:1, \
         at most {max_reduction_db:.1} dB\n- attack {attack_ms:.1} ms, release {release_ms:.0} ms (to 63 %)\n"
    )
}

fn compressor(settings: &CompressorSettings) -> String {
    let CompressorSettings { threshold_dbfs, ratio, knee_db, attack_ms, release_ms, makeup_db } = settings;
    format!(
        "- threshold {threshold_dbfs:.1} dBFS (peak of the envelope), ratio {ratio:.2}:1, knee {knee_db:.0} dB\n\
         - attack {attack_ms:.1} ms, release {release_ms:.0} ms (to 63 %), linked channels\n- make-up {makeup_db:+.2} dB\n"
    )
}

fn bands_table(bands: &[EqBand]) -> String {
    let mut out = "| band | frequency | gain | Q | octaves | Pro-Q | 3 dB Q | slope S |\n".to_string();
    out += "|---|---|---|---|---|---|---|---|\n";
    let cell = |value: Option<f64>| value.map_or("–".to_string(), |value| format!("{value:.2}"));
    for band in bands {
        let shape = match band.shape {
            EqShape::Peak => "bell",
            EqShape::LowShelf => "low shelf",
            EqShape::HighShelf => "high shelf",
        };
        let Widths { q, bandwidth_oct, fabfilter_q, three_db_q, slope_ratio } = widths(band);
        out += &format!(
            "| {shape} | {:.0} Hz | {:+.2} dB | {q:.3} | {} | {} | {} | {} |\n",
            band.center_hz,
            band.gain_db,
            cell(bandwidth_oct),
            cell(fabfilter_q),
            cell(three_db_q),
            cell(slope_ratio)
        );
    }
    out
}

/// Text of others as plain Markdown text.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            c if c.is_control() => out.push(' '),
            '&' => out += "&amp;",
            '<' => out += "&lt;",
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' => out.extend(['\\', c]),
            c => out.push(c),
        }
    }
    out
}
