//! What happens after delivery: services and devices from the analysis, device sounds from the audio.

use super::{Encoded, Progress, stream};
use crate::audio::Block;
use crate::encode::{Format, Writer};
use crate::error::{Error, Result};
use crate::model::{Analysis, Persisted, PlatformPlayback, Preview};
use crate::preview::{DEVICES, DeviceChain, album_platforms, findings, platforms, translations};
use crate::profiles;
use crate::units::db_to_amplitude;
use std::path::{Path, PathBuf};

/// What the world does to one file, judged from its analysis, and from what codecs made of it where that was tried.
pub fn preview(analysis: &Analysis, encoded: Option<&Encoded>) -> Preview {
    let mut preview = Preview {
        schema: Preview::schema_tag(),
        measures_rev: analysis.measures_rev,
        path: analysis.source.path.clone(),
        content_id: analysis.content_id.clone(),
        integrity: analysis.integrity,
        integrated_lufs: analysis.loudness.integrated_lufs,
        true_peak_dbtp: analysis.peaks.true_peak_dbtp,
        platforms: platforms(analysis, &profiles::deliveries()),
        codecs: encoded.map(|encoded| encoded.playbacks.clone()).unwrap_or_default(),
        missing_codecs: encoded.map(|encoded| encoded.missing.clone()).unwrap_or_default(),
        devices: translations(analysis),
        findings: Vec::new(),
    };
    preview.findings = findings(&preview);
    preview
}

/// What services that take one gain per album play the tracks of one at: for each track its entries, to be added to
/// those of its own [`preview`].
pub fn album_playback(tracks: &[&Analysis]) -> Vec<Vec<PlatformPlayback>> {
    album_platforms(tracks, &profiles::deliveries())
}

/// Writes the song as each device plays it, `NAME.DEVICE.wav`, 32-bit float, turned to the loudness of the song as far
/// as the model tells it (so that they compare), never clipped.
///
/// # Errors
/// Those of decoding and writing.
pub fn write_devices(
    input: &Path,
    preview: &Preview,
    folder: &Path,
    force: bool,
    progress: &dyn Progress,
) -> Result<Vec<PathBuf>> {
    let name = input.file_stem().unwrap_or_default().to_string_lossy();
    let mut written = Vec::new();
    for device in DEVICES {
        let Some(playback) = preview.devices.iter().find(|playback| playback.device == device.name) else {
            continue;
        };
        let gain = db_to_amplitude(playback.loudness_lost_lu) as f32;
        let output = folder.join(format!("{name}.{}.wav", device.name));
        let start = |sample_rate_hz, channels: usize| {
            if channels > 2 {
                let what = format!("has {channels} channels; device models are for mono and stereo");
                return Err(Error::unsupported(input, what));
            }
            let format = Format { sample_rate_hz, channels: channels as u16, bits: 32, float: true };
            Ok((DeviceChain::new(device, sample_rate_hz), Writer::create(&output, format, force)?))
        };
        let make = |chain: &mut DeviceChain, block: &mut Block| {
            *block = chain.process(block, gain);
            Ok(())
        };
        let (_, writer, _) =
            stream::pass(input, "playing on devices", progress, start, make, stream::into_file)?;
        writer.finish()?;
        written.push(output);
    }
    Ok(written)
}
