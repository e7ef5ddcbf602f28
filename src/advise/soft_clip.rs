//! A soft clipper in front of the limiter, where the user allows one.

use super::loudness::{Proposal, reduction_max_db};
use super::{Context, automatic};
use crate::model::{Move, MoveStage, Processor};

/// Limiting from which a soft clipper may share the work, the most that it takes of a peak, and how far below its ceiling
/// it begins (engineering choices: short peaks rounded by up to 2 dB are hardly heard, more is).
const CLIP_FROM_DB: f64 = 1.0;
const CLIP_MOST_DB: f64 = 2.0;
const CLIP_KNEE_DB: f64 = 3.0;

/// A soft clipper for the peaks that a proposed limiter would have to hold; `None` where it has little to do.
pub(super) fn soft_clip(cx: &Context, proposal: &Proposal) -> Option<Move> {
    let limiter = proposal.moves.iter().find_map(|step| match step.processor {
        Processor::Limiter { ceiling_dbtp, gain_db, .. } => Some((ceiling_dbtp, gain_db)),
        _ => None,
    });
    let (ceiling_dbtp, gain_db) = limiter?;
    let reduction_db = reduction_max_db(&proposal.measured.as_ref()?.meters);
    if reduction_db < CLIP_FROM_DB {
        return None;
    }
    let taken_db = (0.5 * reduction_db).min(CLIP_MOST_DB);
    let peak_dbfs = ceiling_dbtp - gain_db + reduction_db;
    let ceiling_dbfs = ((peak_dbfs - taken_db) * 10.0).round() / 10.0;
    let title = &cx.delivery.title;
    Some(automatic(
        "soft-clip",
        MoveStage::Loudness,
        vec!["peaks.true_peak_dbtp".to_string()],
        format!("{title} asks for {reduction_db:.1} dB of limiting; you allowed a soft clipper to share it"),
        0.5,
        format!("rounds peaks above {:.1} dBFS, by up to {taken_db:.1} dB", ceiling_dbfs - CLIP_KNEE_DB),
        Processor::SoftClip { ceiling_dbfs, knee_db: CLIP_KNEE_DB },
    ))
}
