//! Which channel weighs how much in the loudness sum.

/// Weight of a channel at ±60° to ±110° in the plane of the listener (BS.1770-5 annex 1 and table 3 of annex 3).
const SURROUND: f64 = 1.41;

/// Weights for a channel count, in the channel order of WAVE files (`dwChannelMask` bit order), which FLAC and most
/// decoders share (BS.1770-5 annex 1; annex 3 for the layouts beyond 5.1).
///
/// | channels | assumed order | note |
/// |---|---|---|
/// | 1 | M | one front channel: 3 LU below the same signal on two |
/// | 2 | L R | |
/// | 3 | L R C | |
/// | 4 | L R Ls Rs | |
/// | 5 | L R C Ls Rs | |
/// | 6 | L R C LFE Ls Rs | LFE does not count |
/// | 7 | L R C LFE Cs Ls Rs | the centre surround lies at 180° and weighs 1 |
/// | 8 | L R C LFE Lb Rb Ls Rs | the rear channels lie at ±135° and weigh 1 |
///
/// More channels than eight have no agreed order: each weighs 1.
pub fn channel_weights(channels: usize) -> Vec<f64> {
    match channels {
        4 => vec![1.0, 1.0, SURROUND, SURROUND],
        5 => vec![1.0, 1.0, 1.0, SURROUND, SURROUND],
        6 => vec![1.0, 1.0, 1.0, 0.0, SURROUND, SURROUND],
        7 => vec![1.0, 1.0, 1.0, 0.0, 1.0, SURROUND, SURROUND],
        8 => vec![1.0, 1.0, 1.0, 0.0, 1.0, 1.0, SURROUND, SURROUND],
        _ => vec![1.0; channels],
    }
}
