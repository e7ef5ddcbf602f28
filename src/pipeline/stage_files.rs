//! The song behind each move of a plan, as files: to hear what every step does.

use super::{Progress, stream};
use crate::audio::Block;
use crate::encode::{Format, Writer};
use crate::error::Result;
use crate::model::{Applicability, Move, Plan};
use crate::process::Chain;
use std::path::{Path, PathBuf};

/// Names of the files that [`write_stages`] would write.
pub fn stage_paths(input: &Path, plan: &Plan, folder: &Path) -> Vec<PathBuf> {
    let name = input.file_stem().unwrap_or_default().to_string_lossy();
    let file = |(index, step): (usize, &Move)| folder.join(format!("{name}.{}-{}.wav", index + 1, step.id));
    applied(plan).enumerate().map(file).collect()
}

/// Writes the song behind the first applied move, the first two, and so on, as `NAME.1-eq.wav`, `NAME.2-limiter.wav`: 32
/// bit float, so that nothing clips between the steps. One pass per file.
///
/// # Errors
/// Those of decoding, processing and writing.
pub fn write_stages(
    input: &Path,
    plan: &Plan,
    folder: &Path,
    force: bool,
    progress: &dyn Progress,
) -> Result<Vec<PathBuf>> {
    let paths = stage_paths(input, plan, folder);
    let moves: Vec<Move> = applied(plan).cloned().collect();
    for (index, path) in paths.iter().enumerate() {
        let start = |sample_rate_hz, channels: usize| {
            let format = Format { sample_rate_hz, channels: channels as u16, bits: 32, float: true };
            let chain = Chain::new(&moves[..=index], sample_rate_hz, channels)?;
            Ok((chain, Writer::create(path, format, force)?))
        };
        let process = |chain: &mut Chain, block: &mut Block| {
            chain.process(block);
            Ok(())
        };
        let (mut chain, mut writer, _) =
            stream::pass(input, "writing stages", progress, start, process, stream::into_file)?;
        writer.write(&chain.flush())?;
        writer.finish()?;
    }
    Ok(paths)
}

fn applied(plan: &Plan) -> impl Iterator<Item = &Move> {
    plan.moves.iter().filter(|step| step.applicability == Applicability::Automatic)
}
