//! Documents become pictures and pages: one self-contained HTML file, PNGs, text for the terminal.

pub mod charts;
pub mod palette;
pub mod text;

mod markdown;
mod measures;
mod moves;
mod page;
mod preview;
mod revision;
mod song;
mod stems;
mod verdict;

use crate::error::Result;
use crate::model::{
    Album, Analysis, Check, Comparison, Delivery, History, Listening, Plan, Preview, Profile, Render,
    StemSet, TimeRange,
};
use crate::units::clock;
use std::path::Path;

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
    /// What happens to it after delivery.
    pub preview: Option<&'a Preview>,
    /// What can be heard on the page.
    pub listening: Option<&'a Listening>,
}

impl<'a> Song<'a> {
    /// A song of which there is a check and nothing else yet.
    pub fn new(title: String, check: &'a Check, profile: &'a Profile, delivery: &'a Delivery) -> Song<'a> {
        Song { title, check, profile, delivery, plan: None, render: None, preview: None, listening: None }
    }
}

/// The report on one song as one HTML file that needs nothing beside itself.
///
/// # Errors
/// A chart that cannot be drawn.
pub fn html(song: &Song) -> Result<String> {
    page::page(song)
}

/// The report on two revisions, or on a song beside references, as one HTML file.
///
/// # Errors
/// A chart that cannot be drawn.
pub fn comparison_html(comparison: &Comparison) -> Result<String> {
    page::comparison(comparison)
}

/// The versions of a song over time, as one HTML file.
///
/// # Errors
/// A chart that cannot be drawn.
pub fn history_html(history: &History) -> Result<String> {
    page::history(history)
}

/// A profile on one HTML page: where it comes from, its spectrum, its spans.
///
/// # Errors
/// A chart that cannot be drawn.
pub fn profile_html(profile: &Profile) -> Result<String> {
    page::profile(profile)
}

/// What happens to a file after delivery, on a page of its own.
pub fn preview_html(preview: &Preview, title: &str) -> String {
    page::preview(preview, title)
}

/// A proposal on a page of its own, without the numbers of its song, which the plan does not hold.
pub fn plan_html(plan: &Plan, title: &str) -> String {
    page::plan(plan, title)
}

/// A song on one image.
///
/// # Errors
/// A chart that cannot be drawn.
pub fn sheet(song: &Song) -> Result<Vec<u8>> {
    charts::summary(song)
}

/// The reports of a folder on one page: a table to be sorted, and a small picture of each song.
///
/// # Errors
/// A picture that cannot be drawn.
pub fn index(title: &str, entries: &[IndexEntry]) -> Result<String> {
    page::index(title, entries)
}

/// One song of an [`index`].
pub struct IndexEntry<'a> {
    /// Its documents.
    pub song: Song<'a>,
    /// Its page, relative to the index: a plain path.
    pub page: String,
}

/// The report on a delivery of stems as one HTML file that needs nothing beside itself.
pub fn stems_html(set: &StemSet, title: &str, listening: Option<&Listening>) -> String {
    stems::page(set, title, listening)
}

/// What the report on a record is made of.
pub struct Record<'a> {
    /// The plan, with what was measured where it was written.
    pub album: &'a Album,
    /// The songs' analyses, in the order of the album's tracks.
    pub analyses: &'a [&'a Analysis],
    /// Where the page will lie: it plays the transition reel from beside it.
    pub page: &'a Path,
}

/// The report on a record as one HTML file; only the players of the transition reel need files beside it.
pub fn record_html(record: &Record) -> String {
    page::record_page(record)
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

/// The report as Markdown, for mails, issues and wikis.
pub fn markdown(song: &Song) -> String {
    markdown::markdown(song)
}

/// What a song is called: its title tag, else the name of its file.
pub fn title_of(analysis: &Analysis) -> String {
    let tag = analysis.source.tags.get("title").map(|title| title.trim()).filter(|title| !title.is_empty());
    let path = Path::new(&analysis.source.path);
    let stem = || path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
    tag.map(str::to_string).or_else(stem).unwrap_or_else(|| analysis.source.path.clone())
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

/// The first places of a finding that people can tell apart: those that would be written as the same tenth of a second count once.
fn places_apart(at: &[TimeRange], most: usize) -> Vec<&TimeRange> {
    let mut apart: Vec<&TimeRange> = Vec::new();
    for range in at {
        let is_known =
            apart.last().is_some_and(|last| clock(last.start_s, true) == clock(range.start_s, true));
        if apart.len() == most {
            break;
        }
        if !is_known {
            apart.push(range);
        }
    }
    apart
}

/// Text from a file (a tag, a name) as one harmless line: no control characters, no characters that turn the
/// direction of what follows, not longer than a line.
fn plain(text: &str) -> String {
    let clean = clean(text);
    let mut characters = clean.chars();
    let mut line: String = characters.by_ref().take(PLAIN_MAX).collect();
    if characters.next().is_some() {
        line.push('…');
    }
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Text of any length without control characters and without characters that turn the direction of what follows.
fn clean(text: &str) -> String {
    const TURNING: [char; 12] = [
        '\u{200e}', '\u{200f}', '\u{202a}', '\u{202b}', '\u{202c}', '\u{202d}', '\u{202e}', '\u{2066}',
        '\u{2067}', '\u{2068}', '\u{2069}', '\u{feff}',
    ];
    text.chars().filter(|c| !TURNING.contains(c)).map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// Base 64 with padding (RFC 4648).
fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for three in bytes.chunks(3) {
        let bits =
            three.iter().enumerate().fold(0u32, |bits, (i, byte)| bits | u32::from(*byte) << (16 - 8 * i));
        for digit in 0..4 {
            if digit <= three.len() {
                out.push(char::from(ALPHABET[(bits >> (18 - 6 * digit)) as usize & 63]));
            } else {
                out.push('=');
            }
        }
    }
    out
}
