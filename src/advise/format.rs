//! Format: dither, last, where the written file has fewer bits than what it is made from.

use super::{Context, automatic};
use crate::model::{Move, MoveStage, Processor};
use crate::units::{amplitude_to_db, shift_octaves};

/// Bits that need dither.
const DITHERED_BITS: u16 = 16;

/// Dither, where 16 bits are written from more.
pub(super) fn dither(cx: &Context, processed: bool) -> Option<Move> {
    let bits = cx.options.bits;
    if bits > DITHERED_BITS {
        return None;
    }
    let source = &cx.analysis.source;
    // Lossy and floating-point audio has no bit depth of its own: more than any integer.
    let depth = source.effective_bits.or(source.bits);
    if !processed && depth.is_some_and(|depth| depth <= bits) {
        return None;
    }
    let reason = if processed {
        format!("processed audio has more than {bits} bits")
    } else {
        format!("the source has more than {bits} bits")
    };
    Some(automatic(
        "dither",
        MoveStage::Format,
        vec!["source.bits".to_string()],
        reason,
        1.0,
        // Triangle and quantiser together have the power LSB²/4, and an LSB is 2 / 2^bits.
        format!(
            "noise at {:.1} dBFS RMS instead of distortion in quiet passages",
            amplitude_to_db(shift_octaves(1.0, -f64::from(bits)))
        ),
        Processor::Dither { bits, seed: seed(&cx.analysis.content_id) },
    ))
}

/// A seed that belongs to the audio (FNV-1a, 32 bits: exact in every JSON reader): the same song gives the same bytes.
fn seed(content_id: &str) -> u64 {
    let hash = content_id
        .bytes()
        .fold(0x811C_9DC5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    u64::from(hash)
}
