//! What a plan promises, and what it leaves to the mix.

use super::{Context, Standing};
use crate::model::{
    Analysis, Finding, Fix, Predicted, PredictedBand, PredictedDynamics, PredictedLoudness, PredictedPeaks,
    PredictedTone, Unresolved,
};
use crate::units::finite;

/// The measures of a plan's result, from the analysis of its simulation.
pub(super) fn predicted(analysis: &Analysis) -> Predicted {
    let measured = |value: Option<f64>| value.and_then(finite);
    let bands = analysis.tone.bands.iter().filter_map(|band| {
        Some(PredictedBand { center_hz: band.center_hz, level_db: band.level_db.and_then(finite)? })
    });
    Predicted {
        loudness: PredictedLoudness {
            integrated_lufs: measured(analysis.loudness.integrated_lufs),
            range_lu: measured(analysis.loudness.range_lu),
        },
        peaks: PredictedPeaks { true_peak_dbtp: measured(analysis.peaks.true_peak_dbtp) },
        dynamics: PredictedDynamics {
            plr_lu: measured(analysis.dynamics.plr_lu),
            crest_db: measured(analysis.dynamics.crest_db),
        },
        tone: PredictedTone { bands: bands.collect() },
    }
}

/// The findings that are mended in the mix.
pub(super) fn unmendable(findings: &[Finding]) -> Vec<Unresolved> {
    let mut unresolved: Vec<Unresolved> = Vec::new();
    for finding in findings.iter().filter(|finding| finding.fix == Fix::Mix) {
        let entry = Unresolved { because: finding.code.clone(), advice: finding.advice.clone() };
        if !unresolved.contains(&entry) {
            unresolved.push(entry);
        }
    }
    unresolved
}

/// Why nothing can be proposed for this audio at all.
pub(super) fn hopeless(analysis: &Analysis) -> Option<Unresolved> {
    let because = |because: &str, advice: String| Some(Unresolved { because: because.to_string(), advice });
    if !(1..=2).contains(&analysis.source.channels) {
        let advice = format!(
            "{} channels: processors work on mono and stereo; fold it down or master a stereo version",
            analysis.source.channels
        );
        return because("source.channels", advice);
    }
    if analysis.peaks.sample_dbfs.is_none() && analysis.peaks.true_peak_dbtp.is_none() {
        return because(
            "peaks.sample_dbfs",
            "silent: there is nothing to master; export the song again".to_string(),
        );
    }
    if analysis.loudness.integrated_lufs.is_none() {
        let advice =
            "no loudness is measurable (shorter than 0.4 s, or all below −70 LUFS): level it by hand"
                .to_string();
        return because("loudness.integrated_lufs", advice);
    }
    None
}

/// Says that a finished master was recognised, and what that means.
pub(super) fn mastered_note(standing: &Standing) -> Option<Unresolved> {
    let signs = standing.mastered.as_ref()?;
    let left = if standing.reference { "dynamics are" } else { "tone, dynamics and image are" };
    Some(Unresolved {
        because: "dynamics.limited_db".to_string(),
        advice: format!(
            "already mastered ({signs}): {left} left alone; for a new master, ask for the mix before limiting"
        ),
    })
}

/// What the result breaks although its moves were wanted so.
pub(super) fn broken_promises(cx: &Context, result: &Analysis) -> Vec<Unresolved> {
    let mut unresolved = Vec::new();
    let ceiling_dbtp = cx.delivery.ceiling_dbtp;
    if let Some(true_peak_dbtp) = result.peaks.true_peak_dbtp.filter(|peak| *peak > ceiling_dbtp + 0.05) {
        unresolved.push(Unresolved {
            because: "peaks.true_peak_dbtp".to_string(),
            advice: format!(
                "the true peak of {true_peak_dbtp:.1} dBTP is over the ceiling of {ceiling_dbtp:.1} dBTP, and the loudness stage is off"
            ),
        });
    }
    let limit_lufs = cx.delivery.short_term_max_lufs;
    if let Some((limit_lufs, found_lufs)) = limit_lufs.zip(result.loudness.short_term_max_lufs)
        && found_lufs > limit_lufs + 0.05
    {
        unresolved.push(Unresolved {
            because: "loudness.short_term_max_lufs".to_string(),
            advice: format!(
                "the loudest three seconds are at {found_lufs:.1} LUFS, {} allows {limit_lufs:.1}: lower them in the mix",
                cx.delivery.title
            ),
        });
    }
    unresolved
}
