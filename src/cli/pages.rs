//! Pages of several songs and the index that lists them.

use super::check::title;
use super::console::Console;
use crate::error::Result;
use crate::model::{Analysis, Check, Render, write_text};
use crate::pipeline::Targets;
use crate::report::{IndexEntry, Song, index};
use std::path::{Path, PathBuf};

/// A page that was written, with what the index says about it.
struct Page {
    title: String,
    check: Check,
    render: Option<Render>,
    targets: Targets,
    page: PathBuf,
}

/// The pages of one run.
#[derive(Default)]
pub(super) struct Pages(Vec<Page>);

impl Pages {
    /// Remembers a page, without what the index does not show: one of a thousand songs has to fit into memory.
    pub(super) fn add(
        &mut self,
        input: &Path,
        mut check: Check,
        mut render: Option<Render>,
        targets: &Targets,
        page: &Path,
    ) {
        if let Some(render) = &mut render {
            for unseen in [&mut check.analysis, &mut render.before] {
                leave_out_series(unseen);
                unseen.loudness.short_term_lufs = Vec::new();
            }
        }
        leave_out_series(render.as_mut().map_or(&mut check.analysis, |render| &mut render.after));
        let (title, targets, page) = (title(input, &check), targets.clone(), page.to_path_buf());
        self.0.push(Page { title, check, render, targets, page });
    }

    /// Writes the index beside the pages, where there are several in one folder. An index that is there already is
    /// replaced only where `force` says so.
    pub(super) fn write_index(&self, force: bool, console: &Console) -> Result<()> {
        let Some(folder) = self.0.first().and_then(|page| page.page.parent()) else { return Ok(()) };
        if self.0.len() < 2 || self.0.iter().any(|page| page.page.parent() != Some(folder)) {
            return Ok(());
        }
        let taken = self.0.iter().any(|page| page.page.ends_with("index.html"));
        let output = folder.join(if taken { "index of songs.html" } else { "index.html" });
        if output.exists() && !force {
            console.note(&format!(
                "index:   {} exists already and is kept; --force replaces it",
                output.display()
            ));
            return Ok(());
        }
        let entries: Vec<IndexEntry> = self
            .0
            .iter()
            .map(|page| {
                let Targets { profile, delivery, .. } = &page.targets;
                let song = Song {
                    plan: page.render.as_ref().map(|render| &render.plan),
                    render: page.render.as_ref(),
                    ..Song::new(page.title.clone(), &page.check, profile, delivery)
                };
                let page = page.page.file_name().unwrap_or_default().to_string_lossy().into_owned();
                IndexEntry { song, page }
            })
            .collect();
        let name = folder
            .file_name()
            .map_or_else(|| "Songs".to_string(), |name| name.to_string_lossy().into_owned());
        write_text(&output, &index(&name, &entries)?)?;
        console.note(&format!("index:   {}", output.display()));
        Ok(())
    }
}

/// All that grows with the song but its curve of short-term loudness.
fn leave_out_series(analysis: &mut Analysis) {
    analysis.pictures = None;
    analysis.loudness.momentary_lufs = Vec::new();
    analysis.peaks.true_peak_dbtp_series = Vec::new();
}
