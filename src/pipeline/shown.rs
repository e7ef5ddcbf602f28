//! What a report shows and plays besides its documents: the preview, the pictures, the loops.

use super::listening::{Heard, ListenJob, listen};
use super::{Encoded, Progress, is_saved, preview};
use crate::error::Result;
use crate::model::{Check, Listening, Preview, Render};
use std::path::{Path, PathBuf};

/// What a report plays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Listen {
    /// Nothing: a page of documents and pictures.
    Nothing,
    /// Short loops of the places that matter.
    Loops,
    /// The songs as a whole.
    Songs,
}

/// What is asked of a report beyond its documents.
#[derive(Clone, Copy)]
pub struct ShowJob<'a> {
    /// The source.
    pub input: &'a Path,
    /// Songs that it was compared with; the first one can be heard.
    pub references: &'a [PathBuf],
    /// What is played.
    pub listen: Listen,
    /// What codecs made of the written file, or of the source where nothing was written.
    pub encoded: Option<&'a Encoded>,
}

/// What a report shows besides its documents.
pub struct Shown {
    /// What happens after delivery: of the written file where there is one.
    pub preview: Preview,
    /// Loops for the player; `None` for saved analyses, silence, more than two channels, or by choice.
    pub listening: Option<Listening>,
}

/// Draws the pictures into the analyses of `check` and `render`, and makes preview and loops.
///
/// # Errors
/// Those of decoding, and of packing the loops.
pub fn show(
    check: &mut Check,
    render: Option<&mut Render>,
    job: ShowJob,
    progress: &dyn Progress,
) -> Result<Shown> {
    let subject = render.as_deref().map_or(&check.analysis, |render| &render.after);
    let preview = preview(subject, job.encoded);
    if is_saved(job.input) {
        return Ok(Shown { preview, listening: None });
    }
    let written = render.as_deref().map(|render| PathBuf::from(&render.output.path));
    let after = render.as_deref().zip(written.as_deref()).map(|(render, path)| (&render.after, path));
    let Heard { before, after, listening } = listen(
        &ListenJob {
            before: &check.analysis,
            input: job.input,
            after,
            reference: job.references.first().map(PathBuf::as_path),
            findings: &check.findings,
            listen: job.listen,
            encoded: job.encoded,
        },
        progress,
    )?;
    if let Some(render) = render {
        render.before.pictures = Some(before.clone());
        render.after.pictures = after;
    }
    check.analysis.pictures = Some(before);
    Ok(Shown { preview, listening })
}
