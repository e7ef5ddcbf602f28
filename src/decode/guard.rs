//! What a header may ask for before anything is allocated or decoded.

use crate::error::{Error, Result};
use std::ops::RangeInclusive;
use std::path::Path;

/// Channels that the meters know.
const CHANNELS: RangeInclusive<usize> = 1..=8;

/// Sample rates that the meters are tested at.
const SAMPLE_RATES_HZ: RangeInclusive<u32> = 8_000..=384_000;

/// Samples that one packet may decode to. symphonia allocates this much ahead; files lie about it.
const MAX_PACKET_SAMPLES: u64 = 16 << 20;

/// The longest file that is read. A few kilobytes can decode to more than a lifetime of silence.
const LONGEST_S: u64 = 24 * 3600;

/// Refuses what decodes to more than a day.
pub(super) fn check_length(path: &Path, frames: u64, sample_rate_hz: u32) -> Result<()> {
    if frames > LONGEST_S * u64::from(sample_rate_hz) {
        return Err(Error::unsupported(
            path,
            "more than 24 hours of audio are not supported: split the file, or export it again if it is no longer than a record",
        ));
    }
    Ok(())
}

/// Refuses layouts outside of what is supported, by name.
///
/// # Errors
/// [`Error::Unsupported`], and [`Error::Decode`] for no channel at all.
pub fn check_layout(path: &Path, channels: usize, sample_rate_hz: u32) -> Result<()> {
    if channels == 0 {
        return Err(Error::decode(
            path,
            "expected 1 to 8 channels, the header says 0: the file is damaged, export it again",
        ));
    }
    if !CHANNELS.contains(&channels) {
        return Err(Error::unsupported(
            path,
            format!(
                "{channels} channels are not supported (1 to 8 are): split the file into stereo or surround files"
            ),
        ));
    }
    if !SAMPLE_RATES_HZ.contains(&sample_rate_hz) {
        return Err(Error::unsupported(
            path,
            format!(
                "a sample rate of {sample_rate_hz} Hz is not supported (8 kHz to 384 kHz are): check the header or export the file again"
            ),
        ));
    }
    Ok(())
}

/// Refuses packets so long that only a damaged or hostile file declares them.
pub(super) fn check_packet(path: &Path, max_frames_per_packet: Option<u64>, channels: usize) -> Result<()> {
    let samples = max_frames_per_packet.unwrap_or(0).saturating_mul(channels as u64);
    if samples > MAX_PACKET_SAMPLES {
        return Err(Error::decode(
            path,
            format!(
                "expected packets of at most {MAX_PACKET_SAMPLES} samples, the header says {samples}: the file is damaged, export it again"
            ),
        ));
    }
    Ok(())
}
