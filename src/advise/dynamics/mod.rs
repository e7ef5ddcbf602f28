//! Dynamics: compressor, multiband compressor and de-esser, each only where a measure asks for it, with settings that
//! were found by trying them on the song; and, on request, dynamic cuts of narrow resonances.

mod compressor;
mod multiband;
mod narrow;
mod search;

pub(super) use narrow::narrow;

use super::{Context, Simulate, Standing};
use crate::error::Result;
use crate::model::{Move, Unresolved};

/// What was decided.
#[derive(Default)]
pub(super) struct Proposal {
    /// A compressor, in one band or in several.
    pub(super) compressor: Option<Move>,
    /// How much it changes the loudness of the song, with what is in front of it.
    pub(super) change_lu: Option<f64>,
    /// What compression cannot mend.
    pub(super) unresolved: Option<Unresolved>,
}

/// Crest lost to limiting from which a song is not compressed any more.
const ALREADY_LIMITED_DB: f64 = 1.5;

/// Compression behind `before`, where the dynamics ask for it and it helps: in bands where the crest of single bands is
/// at fault, else as a whole.
pub(super) fn compression(
    cx: &Context,
    standing: &Standing,
    before: &[Move],
    simulate: &mut dyn Simulate,
) -> Result<Proposal> {
    if cx.analysis.dynamics.limited_db.is_some_and(|limited_db| limited_db >= ALREADY_LIMITED_DB) {
        return Ok(Proposal::default());
    }
    if let Some(multiband) = multiband::multiband(cx, standing, before, simulate)? {
        return Ok(Proposal { compressor: Some(multiband), ..Proposal::default() });
    }
    compressor::compressor(cx, standing, before, simulate)
}
