//! A and B at equal loudness, since the louder one always seems better.

use super::{Progress, stream};
use crate::audio::Block;
use crate::encode::{Format, Writer};
use crate::error::{Error, Result};
use crate::model::Render;
use crate::units::db_to_amplitude;
use std::path::{Path, PathBuf};

/// Writes the source and the master at the loudness of the quieter one, 24 bit, as `NAME.A-before.wav` and
/// `NAME.B-after.wav`. Only ever turns down, so nothing clips that did not clip before.
///
/// # Errors
/// Those of decoding and writing; [`Error::Usage`] for a silent song.
pub fn write_ab(
    input: &Path,
    render: &Render,
    folder: &Path,
    force: bool,
    progress: &dyn Progress,
) -> Result<[PathBuf; 2]> {
    let (Some(before_lufs), Some(after_lufs)) =
        (render.before.loudness.integrated_lufs, render.after.loudness.integrated_lufs)
    else {
        return Err(Error::usage("expected sound on both sides of an A/B comparison, found silence"));
    };
    let common_lufs = before_lufs.min(after_lufs);
    let name = input.file_stem().unwrap_or_default().to_string_lossy();
    let a = folder.join(format!("{name}.A-before.wav"));
    let b = folder.join(format!("{name}.B-after.wav"));
    std::fs::create_dir_all(folder).map_err(Error::io(folder, "create the folder"))?;
    write_at(input, &a, common_lufs - before_lufs, force, progress)?;
    write_at(Path::new(&render.output.path), &b, common_lufs - after_lufs, force, progress)?;
    Ok([a, b])
}

/// Copies a file with a gain.
fn write_at(input: &Path, output: &Path, gain_db: f64, force: bool, progress: &dyn Progress) -> Result<()> {
    let gain = db_to_amplitude(gain_db) as f32;
    let start = |sample_rate_hz, channels: usize| {
        let format = Format { sample_rate_hz, channels: channels as u16, bits: 24, float: false };
        Ok(((), Writer::create(output, format, force)?))
    };
    let turn_down = |(): &mut (), block: &mut Block| {
        block.channels_mut().iter_mut().flatten().for_each(|sample| *sample *= gain);
        Ok(())
    };
    let ((), writer, _) = stream::pass(input, "writing A/B", progress, start, turn_down, stream::into_file)?;
    writer.finish()
}
