//! Documents become pictures and pages: one self-contained HTML file, PNGs, text for the terminal.

pub mod charts;
pub mod palette;
pub mod text;

mod measures;
mod moves;
mod page;
mod song;
mod verdict;

use crate::error::Result;
use crate::model::{Check, Delivery, Plan, Profile, Render};

/// What a report is made of: a check always, a plan and a render where there are any.
pub struct Song<'a> {
    /// For people: the title tag or the file name.
    pub title: String,
    /// The source, measured and checked.
    pub check: &'a Check,
    /// What it was compared with.
    pub profile: &'a Profile,
    /// What is demanded.
    pub delivery: &'a Delivery,
    /// What is proposed.
    pub plan: Option<&'a Plan>,
    /// What was written.
    pub render: Option<&'a Render>,
}

/// The report on one song as one HTML file that needs nothing beside itself.
///
/// # Errors
/// A chart that cannot be drawn.
pub fn html(song: &Song) -> Result<String> {
    page::page(song)
}

/// All charts of a song as PNGs: file name and bytes. The first one, `summary.png`, says it all in one image.
///
/// # Errors
/// A chart that cannot be drawn.
pub fn pngs(song: &Song) -> Result<Vec<(String, Vec<u8>)>> {
    let mut pictures = vec![("summary.png".to_string(), charts::summary(song)?)];
    for chart in charts::CHARTS {
        if let Some(data) = (chart.data)(song) {
            pictures.push((format!("{}.png", chart.name), chart.picture(song, &data)?));
        }
    }
    Ok(pictures)
}

/// The five numbers of the first screen.
const FIVE: [&str; 5] = [
    "loudness.integrated_lufs",
    "peaks.true_peak_dbtp",
    "loudness.range_lu",
    "dynamics.plr_lu",
    "stereo.mono_loss_lu",
];

/// Most characters of a name or tag that are shown.
const PLAIN_MAX: usize = 160;

/// Text from a file (a tag, a name) as one harmless line: no control characters, no characters that turn the
/// direction of what follows, not longer than a line.
fn plain(text: &str) -> String {
    let turns = |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
    let mut clean = text.chars().filter(|c| !turns(*c)).map(|c| if c.is_control() { ' ' } else { c });
    let mut line: String = clean.by_ref().take(PLAIN_MAX).collect();
    if clean.next().is_some() {
        line.push('…');
    }
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}
