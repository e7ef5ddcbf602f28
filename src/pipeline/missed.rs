//! Where a written file does not hold what its plan says.

use crate::model::{Analysis, Integrity, Missed, Plan};

/// How far the written file may be from the loudness that its plan predicts, and at least from the one that was aimed at.
const PREDICTION_TOLERANCE_LU: f64 = 0.1;

/// Where the written file does not hold what the plan says. `tolerance_lu` is how far the delivery lets a file be off its
/// loudness: a song that stays short of it within that is no miss, the plan says how far it got.
pub(super) fn missed(plan: &Plan, after: &Analysis, tolerance_lu: f64) -> Vec<Missed> {
    let mut missed = Vec::new();
    if after.integrity != Integrity::Ok {
        missed.push(Missed {
            measure: "source.frames".to_string(),
            predicted: after.source.declared_frames.unwrap_or_default() as f64,
            measured: after.source.frames as f64,
            reason: "the written file could not be read back whole; render again".to_string(),
        });
    }
    if let Some(measured) = after.peaks.true_peak_dbtp.filter(|peak_dbtp| *peak_dbtp > plan.ceiling_dbtp) {
        let why = if after.source.bits.is_none() {
            "the codec adds it: use a higher --bitrate or a lower ceiling"
        } else {
            "the plan has no limiter that holds it: lower the gain or add a limiter"
        };
        missed.push(Missed {
            measure: "peaks.true_peak_dbtp".to_string(),
            predicted: plan.ceiling_dbtp,
            measured,
            reason: format!(
                "the true peak is {:.2} dB over the ceiling; {why}",
                measured - plan.ceiling_dbtp
            ),
        });
    }
    let Some(measured) = after.loudness.integrated_lufs else { return missed };
    let off = |aim_lufs: f64, allowed_lu: f64| (measured - aim_lufs).abs() > allowed_lu;
    let allowed_lu = tolerance_lu.max(PREDICTION_TOLERANCE_LU);
    let predicted_lufs = plan.predicted.loudness.integrated_lufs;
    if let Some(target_lufs) = plan.target_lufs.filter(|target_lufs| off(*target_lufs, allowed_lu)) {
        let reason = plan
            .unresolved
            .iter()
            .find(|unresolved| unresolved.because == "loudness.integrated_lufs")
            .map_or_else(
                || "the plan's gain was chosen for another loudness".to_string(),
                |unresolved| unresolved.advice.clone(),
            );
        missed.push(Missed {
            measure: "loudness.integrated_lufs".to_string(),
            predicted: target_lufs,
            measured,
            reason,
        });
    } else if let Some(predicted) = predicted_lufs.filter(|lufs| off(*lufs, PREDICTION_TOLERANCE_LU)) {
        missed.push(Missed {
            measure: "loudness.integrated_lufs".to_string(),
            predicted,
            measured,
            reason: "the moves were edited after the prediction was made".to_string(),
        });
    }
    missed
}
